/* A terminal of the xterm kind in memory: what a program writes becomes a screen that a test can read. Knows
 * the sequences that terminfo lists for xterm-256color and that the console writes itself, and counts those
 * that it does not know. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YD_VTERM_LIMIT = 512 };

/* Colours of a cell: 0xRRGGBB, or a palette index behind YD_VTERM_INDEX, or the terminal's own. */
enum { YD_VTERM_OWN = 1 << 25, YD_VTERM_INDEX = 1 << 24 };

typedef struct yd_vterm_look {
    uint32_t fore, back;
    uint32_t mark;    /* the last combining character over the cell; 0: none */
    uint64_t written; /* the how manieth writing it comes from */
} yd_vterm_look;

struct yd_vterm;
/* A string that ended: 'P' DCS, ']' OSC, '_' APC, as the cursor stands. */
typedef void yd_vterm_string(void *context, struct yd_vterm *terminal, char introducer, const char *text,
                             size_t length);
/* What the terminal was asked: "c", ">0q", "16t", "14t", "?2026$p". */
typedef void yd_vterm_question(void *context, const char *question);

typedef struct yd_vterm {
    int width, height, x, y, saved_x, saved_y, top, bottom; /* top, bottom: scrolling region */
    uint32_t *cells;      /* [height][width]; 0: right half of a wide character */
    yd_vterm_look *looks; /* [height][width] */
    uint64_t writings;
    uint32_t foreground, background, saved_foreground, saved_background;
    bool reverse;
    yd_vterm_string *on_string; /* NULL: swallowed */
    yd_vterm_question *on_question;
    void *context, *string_context;
    char introducer; /* of the string under way */
    char *string;
    size_t string_length, string_capacity;
    bool wrap_pending, alternate, cursor_hidden, paste_mode, mouse_mode, synchronised;
    int state, length;
    char sequence[128];
    uint32_t character, last;
    int missing;
    int bells;
    int unknown; /* sequences and control characters without meaning */
    int queries; /* status queries not answered yet */
    int colours; /* colours that were set */
    int frames;  /* synchronised updates that have ended */
    int entered; /* so often came the alternate screen */
    uint64_t bytes;
} yd_vterm;

void yd_vterm_start(yd_vterm *terminal, int width, int height);
void yd_vterm_free(yd_vterm *terminal);
void yd_vterm_resize(yd_vterm *terminal, int width, int height);
void yd_vterm_feed(yd_vterm *terminal, const char *data, size_t length);
/* Row y as UTF-8 without trailing blanks. */
void yd_vterm_row(const yd_vterm *terminal, int y, char *out, size_t capacity);
/* The first row that holds text; -1: none. */
int yd_vterm_find(const yd_vterm *terminal, const char *text);
/* The whole screen to standard error. */
void yd_vterm_dump(const yd_vterm *terminal);
