#include "image/draw.h"

yd_colour yd_class_colour(int class)
{
    static const uint32_t palette[20] = {0xFF3838, 0xFF9D97, 0xFF701F, 0xFFB21D, 0xCFD231, 0x48F90A, 0x92CC17,
                                         0x3DDB86, 0x1A9334, 0x00D4BB, 0x2C99A8, 0x00C2FF, 0x344593, 0x6473FF,
                                         0x0018EC, 0x8438FF, 0x520085, 0xCB38FF, 0xFF95C8, 0xFF37C7};
    uint32_t rgb = palette[class > 0 ? class % 20 : 0];
    return (yd_colour){(uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb};
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

void yd_draw_fill(yd_image *image, int x1, int y1, int x2, int y2, yd_colour colour)
{
    x1 = clamp(x1, 0, image->width), x2 = clamp(x2, 0, image->width);
    y1 = clamp(y1, 0, image->height), y2 = clamp(y2, 0, image->height);
    for (int y = y1; y < y2; y++) {
        uint8_t *pixel = image->pixels + ((size_t)y * (size_t)image->width + (size_t)x1) * 3;
        for (int x = x1; x < x2; x++, pixel += 3) {
            pixel[0] = colour.red;
            pixel[1] = colour.green;
            pixel[2] = colour.blue;
        }
    }
}

void yd_draw_rectangle(yd_image *image, int x1, int y1, int x2, int y2, int thickness, yd_colour colour)
{
    const int far = 1 << 28; /* keeps the sums below from overflowing, however wild a box is */
    x1 = clamp(x1, -far, far), x2 = clamp(x2, -far, far), y1 = clamp(y1, -far, far),
    y2 = clamp(y2, -far, far);
    int outer = thickness / 2, inner = thickness - outer;
    yd_draw_fill(image, x1 - outer, y1 - outer, x2 + outer, y1 + inner, colour);
    yd_draw_fill(image, x1 - outer, y2 - inner, x2 + outer, y2 + outer, colour);
    yd_draw_fill(image, x1 - outer, y1 + inner, x1 + inner, y2 - inner, colour);
    yd_draw_fill(image, x2 - inner, y1 + inner, x2 + outer, y2 - inner, colour);
}
