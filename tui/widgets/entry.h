/* A line of text that is being typed: UTF-8, with a history and completion where the caller has them. Pure:
 * keys in, a picture out. */
#pragma once
#include "tui/canvas.h"
#include "tui/term/input.h"

enum { YD_ENTRY_LIMIT = 512, YD_ENTRY_HISTORY = 32 };

/* Zero-initialise; may be shared by entries of one purpose. */
typedef struct yd_entry_history {
    char lines[YD_ENTRY_HISTORY][YD_ENTRY_LIMIT]; /* a ring */
    int count;                                    /* lines ever added */
} yd_entry_history;

typedef enum yd_entry_result {
    YD_ENTRY_IGNORED, /* not a key of text entry: the caller's */
    YD_ENTRY_TAKEN,
    YD_ENTRY_EDITED,   /* the text has changed */
    YD_ENTRY_DONE,     /* Enter */
    YD_ENTRY_CANCELLED /* Escape, or Backspace in an empty line */
} yd_entry_result;

/* Replaces the word before the cursor: writes what the word (start..cursor of text, quoted as words.h says)
 * may become, complete words without quotes, into candidates, and returns how many there are. */
typedef int yd_entry_completer(void *context, const char *text, int start, int cursor,
                               const char *candidates[], int capacity);

/* Zero-initialise; history and complete are the caller's, NULL where there are none. */
typedef struct yd_entry {
    char text[YD_ENTRY_LIMIT]; /* valid UTF-8 without control characters, terminated */
    int cursor;                /* byte, at the start of a character or the end */
    yd_entry_history *history;
    int back;                  /* how far back in the history; 0: the line itself */
    char kept[YD_ENTRY_LIMIT]; /* the line itself, while the history is shown */
    yd_entry_completer *complete;
    void *complete_context;
} yd_entry;

/* Knows the keys of the shell: arrows, Home, End, Backspace, Ctrl-A E B F D H K U W P N, Tab. Enter adds the
 * line to the history. */
yd_entry_result yd_entry_key(yd_entry *entry, int key);
/* At the cursor; what does not fit or is no text is left out. Nothing that is pasted ends the entry. */
void yd_entry_insert(yd_entry *entry, const char *text);
void yd_entry_set(yd_entry *entry, const char *text); /* cursor at its end */
/* In row y from x on, at most width cells, scrolled so that the cursor is seen. Returns the cursor's x. */
int yd_entry_draw(const yd_entry *entry, const yd_canvas *canvas, int x, int y, int width, yd_style style);
/* The candidates for the word at the cursor that a Tab would choose from; 0: none. */
int yd_entry_candidates(const yd_entry *entry, const char *candidates[], int capacity);
