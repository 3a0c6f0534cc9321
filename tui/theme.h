/* Semantic styles, and the theme that says how each looks. Drawing code names what it means, never a colour.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef enum yd_style {
#define YD_STYLE(enumerator, colour_256, colour_8, attributes) YD_STYLE_##enumerator,
#include "tui/theme.def"
#undef YD_STYLE
    YD_STYLE_COUNT
} yd_style;

enum yd_attributes { YD_PLAIN = 0, YD_BOLD = 1, YD_REVERSE = 2 };

typedef struct yd_look {
    int16_t colour; /* of the terminal's palette; -1: the terminal's own */
    uint8_t attributes;
} yd_look;

typedef struct yd_theme {
    yd_look looks[YD_STYLE_COUNT];
} yd_theme;

/* The default theme for a terminal of so many colours (256 and more, 8 and more, or none). */
void yd_theme_default(yd_theme *theme, int colours);
/* NO_COLOR (https://no-color.org): set and not empty. */
bool yd_theme_no_color(void);
