#include "image/draw.h"
#include <math.h>
#include <string.h>

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

static int to_pixel(double value, int limit)
{
    return value > 0 ? value < limit ? (int)value : limit : 0;
}

void yd_draw_line(yd_image *image, double x1, double y1, double x2, double y2, double thickness,
                  yd_colour colour)
{
    double dx = x2 - x1, dy = y2 - y1, length = hypot(dx, dy), half = thickness / 2;
    if (!isfinite(length)) return;
    double ux = length > 0 ? dx / length : 1, uy = length > 0 ? dy / length : 0;
    int left = to_pixel(floor(fmin(x1, x2) - half), image->width);
    int right = to_pixel(ceil(fmax(x1, x2) + half), image->width);
    int top = to_pixel(floor(fmin(y1, y2) - half), image->height);
    int bottom = to_pixel(ceil(fmax(y1, y2) + half), image->height);
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++) {
            double px = x + 0.5 - x1, py = y + 0.5 - y1, along = px * ux + py * uy,
                   across = px * uy - py * ux;
            if (fabs(across) > half || along < -half || along > length + half) continue;
            yd_draw_fill(image, x, y, x + 1, y + 1, colour);
        }
}

void yd_draw_disc(yd_image *image, double x, double y, double radius, yd_colour colour)
{
    int top = to_pixel(floor(y - radius), image->height), bottom = to_pixel(ceil(y + radius), image->height);
    for (int row = top; row < bottom; row++) {
        double dy = row + 0.5 - y, half = radius * radius - dy * dy;
        if (half < 0) continue;
        half = sqrt(half);
        int left = to_pixel(ceil(x - half - 0.5), image->width),
            right = to_pixel(floor(x + half + 0.5), image->width);
        yd_draw_fill(image, left, row, right, row + 1, colour);
    }
}
