#include "tui/theme.h"
#include <ctype.h>
#include <stdlib.h>

typedef struct style_row {
    const char *name;
    int32_t colour;
    int16_t colour_8;
    uint8_t attributes;
} style_row;

static const style_row rows[YD_STYLE_COUNT] = {
#define YD_STYLE(enumerator, colour, colour_8, attributes) {#enumerator, colour, colour_8, attributes},
#include "tui/theme.def"
#undef YD_STYLE
};

void yd_theme_default(yd_theme *theme)
{
    for (int i = 0; i < YD_STYLE_COUNT; i++)
        theme->looks[i] = (yd_look){.colour = rows[i].colour,
                                    .colour_8 = rows[i].colour_8,
                                    .ground = YD_COLOUR_OWN,
                                    .ground_8 = YD_COLOUR_OWN,
                                    .attributes = rows[i].attributes};
}

static int distance(int a, int b)
{
    return (a - b) * (a - b);
}

/* The nearest of the palette's cube of 6 x 6 x 6 and its 24 greys, as xterm has them. */
static int nearest_of_256(int rgb)
{
    static const int levels[6] = {0, 95, 135, 175, 215, 255};
    const int parts[3] = {rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255};
    int cube = 0, cube_distance = 0;
    for (int i = 0; i < 3; i++) {
        int best = 0;
        for (int level = 1; level < 6; level++)
            if (distance(levels[level], parts[i]) < distance(levels[best], parts[i])) best = level;
        cube = cube * 6 + best;
        cube_distance += distance(levels[best], parts[i]);
    }
    int grey = ((parts[0] + parts[1] + parts[2]) / 3 - 3) / 10, grey_distance = 0;
    grey = grey < 0 ? 0 : grey > 23 ? 23 : grey;
    for (int i = 0; i < 3; i++) grey_distance += distance(8 + 10 * grey, parts[i]);
    return grey_distance < cube_distance ? 232 + grey : 16 + cube;
}

int yd_theme_number(const yd_look *look, bool ground, int colours)
{
    int32_t colour = ground ? look->ground : look->colour;
    if (colours < 8) return YD_COLOUR_OWN;
    if (colours < 256) return ground ? look->ground_8 : look->colour_8;
    if (colours < YD_COLOURS_DIRECT && colour >= YD_COLOUR_RGB) return nearest_of_256(colour);
    return colour;
}

const char *yd_style_name(yd_style style, char *out, size_t capacity)
{
    size_t i = 0;
    for (; rows[style].name[i] && i + 1 < capacity; i++)
        out[i] = rows[style].name[i] == '_' ? '-' : (char)tolower((unsigned char)rows[style].name[i]);
    out[i] = '\0';
    return out;
}

bool yd_theme_no_color(void)
{
    const char *value = getenv("NO_COLOR");
    return value && *value;
}
