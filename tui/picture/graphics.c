#include "tui/picture/graphics.h"
#include "tui/picture/blocks.h"
#include <string.h>

enum { CELL_WIDTH = 10, CELL_HEIGHT = 20, LARGEST_CELL = 200 };

yd_graphics_wish yd_graphics_wish_of(const char *word)
{
    static const char *const words[YD_GRAPHICS_WISH_COUNT] = {"auto",  "kitty", "iterm",
                                                              "sixel", "cells", "none"};
    for (int i = 0; word && i < YD_GRAPHICS_WISH_COUNT; i++)
        if (strcmp(word, words[i]) == 0) return (yd_graphics_wish)i;
    return YD_GRAPHICS_WISH_AUTO;
}

const char *yd_graphics_name(yd_graphics graphics)
{
    static const char *const names[YD_GRAPHICS_COUNT] = {"none",           "character cells",
                                                         "sixels",         "iTerm2 inline images",
                                                         "kitty graphics", "kitty graphics through tmux"};
    return graphics < YD_GRAPHICS_COUNT ? names[graphics] : "?";
}

static yd_graphics best_of(const yd_terminal_traits *traits)
{
    if (traits->kitty) return YD_GRAPHICS_KITTY;
    if (traits->kitty_outside) return YD_GRAPHICS_PLACEHOLDER;
    if (traits->iterm && !traits->tmux) return YD_GRAPHICS_ITERM;
    return traits->sixel ? YD_GRAPHICS_SIXEL : YD_GRAPHICS_CELLS;
}

static yd_graphics wished(yd_graphics_wish wish, const yd_terminal_traits *traits)
{
    switch (wish) {
    case YD_GRAPHICS_WISH_KITTY:
        return traits->tmux ? YD_GRAPHICS_PLACEHOLDER : YD_GRAPHICS_KITTY;
    case YD_GRAPHICS_WISH_ITERM:
        return YD_GRAPHICS_ITERM;
    case YD_GRAPHICS_WISH_SIXEL:
        return YD_GRAPHICS_SIXEL;
    case YD_GRAPHICS_WISH_CELLS:
        return YD_GRAPHICS_CELLS;
    case YD_GRAPHICS_WISH_NONE:
        return YD_GRAPHICS_NONE;
    default:
        return best_of(traits);
    }
}

yd_graphics_mode yd_graphics_choose(yd_graphics_wish wish, const yd_terminal_traits *traits)
{
    bool known = traits->cell_width > 0 && traits->cell_height > 0 && traits->cell_width <= LARGEST_CELL &&
                 traits->cell_height <= LARGEST_CELL;
    return (yd_graphics_mode){.graphics = wished(wish, traits),
                              .unicode = traits->unicode,
                              .colours = traits->colours,
                              .cell_width = known ? traits->cell_width : CELL_WIDTH,
                              .cell_height = known ? traits->cell_height : CELL_HEIGHT};
}
