/* What the terminal is asked when the console enters it, and what its answers mean for frames, pictures and
 * colours. Nothing waits for them: until they come, and where none comes, the environment has to do. Pure. */
#pragma once
#include "base/text.h"
#include "tui/picture/graphics.h"
#include "tui/term/input.h"
#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise; filled by yd_answers_start. */
typedef struct yd_answers {
    yd_terminal_traits traits;
    char name[64];            /* the terminal's own, "" where it did not tell: printable characters */
    int64_t asked_ns;         /* 0: nothing was asked */
    bool synchronised;        /* a frame can be bracketed, so that no half of it is seen (mode 2026) */
    int asked_outside;        /* how often the terminal around tmux was asked */
    int64_t asked_outside_ns; /* when, last */
    bool done;                /* the last query is answered: what was not, will not be */
    int columns, rows;        /* of the screen, when it was asked */
} yd_answers;

/* variable: getenv, or a test's. */
typedef const char *yd_answers_environment(const char *name);
/* What the environment alone tells: TERM, COLORTERM, TERM_PROGRAM, LC_TERMINAL, TMUX, NO_COLOR. */
void yd_answers_start(yd_answers *answers, yd_answers_environment *variable, bool unicode, bool colour);
/* Whether a terminal of this type would print the questions: the Linux console, and old ones. */
bool yd_answers_knows_none(const char *type);
/* Appends the queries, which any terminal that knows ECMA-48 swallows. columns,
 * rows: the screen's size; pixel_width, pixel_height: as the kernel has it, 0 where it does not know. */
void yd_answers_ask(yd_answers *answers, int columns, int rows, int pixel_width, int pixel_height,
                    int64_t now_ns, yd_text *out);
/* Takes a report that yd_input_byte announced. True where something is known now that was not. */
bool yd_answers_take(yd_answers *answers, const yd_report *report);
/* Once tmux has given its name: asks the terminal around it, which only where tmux's option allow-passthrough
 * is on hears the question; a few times, some seconds apart. To be called now and then. True where something
 * was appended. */
bool yd_answers_ask_outside(yd_answers *answers, int64_t now_ns, yd_text *out);
/* Whether answers may still be on their way: not longer than two seconds after a question. */
bool yd_answers_waits(const yd_answers *answers, int64_t now_ns);
