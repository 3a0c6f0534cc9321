#include "support/pixels.h"
#include "image/decode.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>

yd_image yd_read_picture(const char *folder, const char *name)
{
    char path[4200];
    yd_image image;
    yd_error error;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (yd_image_read(path, &image, &error) != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return image;
}

yd_colour yd_pixel(const yd_image *image, int x, int y)
{
    REQUIRE(x >= 0 && y >= 0 && x < image->width && y < image->height);
    const uint8_t *p = image->pixels + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
    return (yd_colour){p[0], p[1], p[2]};
}

bool yd_is_colour(yd_colour found, yd_colour wanted, int tolerance)
{
    return abs(found.red - wanted.red) <= tolerance && abs(found.green - wanted.green) <= tolerance &&
           abs(found.blue - wanted.blue) <= tolerance;
}

int yd_count_colour(const yd_image *image, int x1, int y1, int x2, int y2, yd_colour colour, int tolerance)
{
    int found = 0;
    for (int y = y1; y < y2; y++)
        for (int x = x1; x < x2; x++) found += yd_is_colour(yd_pixel(image, x, y), colour, tolerance);
    return found;
}
