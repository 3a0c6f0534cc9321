#include "tui/theme.h"
#include <stdlib.h>

typedef struct style_row {
    int16_t colour_256, colour_8;
    uint8_t attributes;
} style_row;

static const style_row rows[YD_STYLE_COUNT] = {
#define YD_STYLE(enumerator, colour_256, colour_8, attributes) {colour_256, colour_8, attributes},
#include "tui/theme.def"
#undef YD_STYLE
};

void yd_theme_default(yd_theme *theme, int colours)
{
    for (int i = 0; i < YD_STYLE_COUNT; i++) {
        int16_t colour = -1;
        if (colours >= 256)
            colour = rows[i].colour_256;
        else if (colours >= 8)
            colour = rows[i].colour_8;
        theme->looks[i] = (yd_look){.colour = colour, .attributes = rows[i].attributes};
    }
}

bool yd_theme_no_color(void)
{
    const char *value = getenv("NO_COLOR");
    return value && *value;
}
