#include "data/flip.h"

yd_flip_draws yd_flip_draw(const yd_augment *augment, yd_rng *rng)
{
    yd_flip_draws draws;
    draws.vertical = yd_rng_uniform(rng) < augment->flipud;
    draws.horizontal = yd_rng_uniform(rng) < augment->fliplr;
    return draws;
}

static void mirror_row(const uint8_t *pixel, size_t width, uint8_t *red, uint8_t *green, uint8_t *blue)
{
    for (size_t x = width; x-- > 0; pixel += 3) {
        red[x] = pixel[0];
        green[x] = pixel[1];
        blue[x] = pixel[2];
    }
}

static void copy_row(const uint8_t *pixel, size_t width, uint8_t *red, uint8_t *green, uint8_t *blue)
{
    for (size_t x = 0; x < width; x++, pixel += 3) {
        red[x] = pixel[0];
        green[x] = pixel[1];
        blue[x] = pixel[2];
    }
}

void yd_flip_to_planes(const yd_image *image, yd_flip_draws draws, uint8_t *planes)
{
    size_t width = (size_t)image->width, height = (size_t)image->height, plane = width * height;
    for (size_t y = 0; y < height; y++) {
        const uint8_t *row = image->pixels + (draws.vertical ? height - 1 - y : y) * width * 3;
        uint8_t *red = planes + y * width, *green = red + plane, *blue = green + plane;
        if (draws.horizontal)
            mirror_row(row, width, red, green, blue);
        else
            copy_row(row, width, red, green, blue);
    }
}

void yd_flip_labels(yd_flip_draws draws, float *rows, int count)
{
    for (int i = 0; i < count; i++, rows += 5) {
        if (draws.vertical) rows[2] = 1 - rows[2];
        if (draws.horizontal) rows[1] = 1 - rows[1];
    }
}
