/* A terminal of the xterm kind in memory: what a program writes becomes a screen that a test can read. Knows
 * the sequences that terminfo lists for xterm-256color and that the console writes itself, and counts those
 * that it does not know. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YD_VTERM_LIMIT = 512 };

typedef struct yd_vterm {
    int width, height, x, y, saved_x, saved_y, top, bottom; /* top, bottom: scrolling region */
    uint32_t *cells; /* [height][width]; 0: right half of a wide character */
    bool wrap_pending, alternate, cursor_hidden, paste_mode, mouse_mode, synchronised;
    int state, length;
    char sequence[128];
    uint32_t character, last;
    int missing;
    int unknown; /* sequences and control characters without meaning */
    int queries; /* status queries not answered yet */
    int colours; /* colours that were set */
    int frames;  /* synchronised updates that have ended */
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
