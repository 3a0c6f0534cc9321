#include "image/draw.h"
#include <math.h>
#include <string.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_easy_font.h>
#pragma GCC diagnostic pop

/* stb_easy_font gives a character as at most this many quads of four corners. */
enum { MOST_QUADS = 32 };
typedef struct corner {
    float x, y, z;
    uint8_t colour[4];
} corner;

static char printable(char c)
{
    return c >= 32 && c < 127 ? c : '?';
}

static int advance_of(char c)
{
    char single[2] = {printable(c), '\0'};
    return stb_easy_font_width(single);
}

int yd_text_width(const char *text, int size)
{
    int width = 0;
    for (; *text && width < (1 << 20); text++) width += advance_of(*text);
    return width * size;
}

void yd_draw_text(yd_image *image, int x, int y, const char *text, int size, yd_colour colour)
{
    for (; *text && x < image->width; text++) {
        corner quads[MOST_QUADS][4];
        char single[2] = {printable(*text), '\0'};
        int count = stb_easy_font_print(0, 0, single, NULL, quads, (int)sizeof quads);
        for (int i = 0; i < count; i++) {
            const corner *first = &quads[i][0], *last = &quads[i][2]; /* opposite corners */
            yd_draw_fill(image, x + (int)first->x * size, y + (int)first->y * size, x + (int)last->x * size,
                         y + (int)last->y * size, colour);
        }
        x += advance_of(*text) * size;
    }
}
