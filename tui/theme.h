/* Semantic styles, and the theme that says how each looks. Drawing code names what it means, never a colour.
 */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum yd_style {
#define YD_STYLE(enumerator, colour, colour_8, attributes) YD_STYLE_##enumerator,
#include "tui/theme.def"
#undef YD_STYLE
    YD_STYLE_COUNT
} yd_style;

enum yd_attributes { YD_PLAIN = 0, YD_BOLD = 1, YD_REVERSE = 2, YD_DIM = 4, YD_UNDERLINE = 8 };

/* A colour: YD_COLOUR_OWN, an index into the terminal's palette of 256, or YD_COLOUR_RGB | 0xRRGGBB. */
enum { YD_COLOUR_OWN = -1, YD_COLOUR_RGB = 1 << 24 };
enum { YD_COLOURS_DIRECT = 1 << 25 }; /* a terminal that takes RGB: numbers of colours are those above */

typedef struct yd_look {
    int32_t colour, ground;     /* with 256 colours and more */
    int16_t colour_8, ground_8; /* with 8 */
    uint8_t attributes;         /* yd_attributes */
} yd_look;

typedef struct yd_theme {
    yd_look looks[YD_STYLE_COUNT];
} yd_theme;

/* The default theme, theme.def. */
void yd_theme_default(yd_theme *theme);
/* The number that a terminal of so many colours (0, 8 or more, 256 or more, YD_COLOURS_DIRECT) has for a
 * look's colour or its ground; YD_COLOUR_OWN: none, the terminal's own. */
int yd_theme_number(const yd_look *look, bool ground, int colours);

/* "bar-rest": the name of a style in theme files. Returns out. */
const char *yd_style_name(yd_style style, char *out, size_t capacity);

/* NO_COLOR (https://no-color.org): set and not empty. */
bool yd_theme_no_color(void);
