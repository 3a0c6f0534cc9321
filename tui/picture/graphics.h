/* How a terminal can be shown pictures, and which way is chosen. Pure. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* From the humblest on. */
typedef enum yd_graphics {
    YD_GRAPHICS_NONE,        /* the text of a screen only */
    YD_GRAPHICS_CELLS,       /* characters and their colours */
    YD_GRAPHICS_SIXEL,       /* DEC's sixels */
    YD_GRAPHICS_ITERM,       /* iTerm2's inline images */
    YD_GRAPHICS_KITTY,       /* kitty's graphics protocol */
    YD_GRAPHICS_PLACEHOLDER, /* the same through tmux, placed by Unicode placeholders */
    YD_GRAPHICS_COUNT
} yd_graphics;

/* What the user may ask for. */
typedef enum yd_graphics_wish {
    YD_GRAPHICS_WISH_AUTO,
    YD_GRAPHICS_WISH_KITTY,
    YD_GRAPHICS_WISH_ITERM,
    YD_GRAPHICS_WISH_SIXEL,
    YD_GRAPHICS_WISH_CELLS,
    YD_GRAPHICS_WISH_NONE,
    YD_GRAPHICS_WISH_COUNT
} yd_graphics_wish;

/* "auto", "kitty", …; AUTO where the word is none of them. */
yd_graphics_wish yd_graphics_wish_of(const char *word);
/* "kitty, through tmux", "character cells", … */
const char *yd_graphics_name(yd_graphics graphics);

/* What is known of the terminal; zero: nothing. */
typedef struct yd_terminal_traits {
    bool kitty;         /* it answered kitty's query itself */
    bool kitty_outside; /* the terminal that tmux is in answered it */
    bool sixel, iterm;
    bool tmux; /* tmux or screen stands between: what is not theirs they do not pass on by themselves */
    bool unicode;
    int colours;                 /* 0, 8, 256 or YD_TRUE_COLOUR */
    int cell_width, cell_height; /* pixels; 0: not known */
} yd_terminal_traits;

enum { YD_TRUE_COLOUR = 1 << 24 };

/* How pictures are drawn. Equal ones draw alike, byte for byte. */
typedef struct yd_graphics_mode {
    yd_graphics graphics;
    bool unicode;
    int colours;
    int cell_width, cell_height; /* pixels, never 0: 10 x 20 where the terminal did not tell */
} yd_graphics_mode;

/* A wish is fulfilled whether the terminal has said that it can or not; kitty within tmux by placeholders. */
yd_graphics_mode yd_graphics_choose(yd_graphics_wish wish, const yd_terminal_traits *traits);
