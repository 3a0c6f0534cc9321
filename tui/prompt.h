/* The command line's state: the line that is typed, its history, what was wrong with it, and what Tab found.
 */
#pragma once
#include "tui/widgets/entry.h"

enum { YD_PROMPT_CANDIDATES = 64, YD_PROMPT_NAME = 512 };

/* Zero-initialise. */
typedef struct yd_prompt {
    bool open;
    yd_entry entry;
    yd_entry_history history;
    char error[256]; /* why the line could not be run; empty: nothing is wrong */
    char names[YD_PROMPT_CANDIDATES][YD_PROMPT_NAME]; /* of the completer */
    int listed;                                       /* names that are shown over the line */
} yd_prompt;

/* Opens it with a text to begin with. */
void yd_prompt_open(yd_prompt *prompt, const char *text, yd_entry_completer *complete, void *context);
/* What the key made of the line. DONE: the caller runs entry.text, and closes or sets error. */
yd_entry_result yd_prompt_key(yd_prompt *prompt, int key);
void yd_prompt_paste(yd_prompt *prompt, const char *text);
/* In the last row of the canvas, what Tab found in the row above. Returns the cursor's x. */
int yd_prompt_draw(const yd_prompt *prompt, const yd_canvas *canvas);
