/* Looking at pictures that were drawn: single pixels, and how many have a colour. */
#pragma once
#include "image/draw.h"
#include <stdbool.h>

/* Decodes the file; the case fails where it is none. The caller frees it with yd_image_free. */
yd_image yd_read_picture(const char *folder, const char *name);
yd_colour yd_pixel(const yd_image *image, int x, int y);
/* Whether no channel differs by more than tolerance. */
bool yd_is_colour(yd_colour found, yd_colour wanted, int tolerance);
/* Pixels of about this colour in [x1, x2) by [y1, y2). */
int yd_count_colour(const yd_image *image, int x1, int y1, int x2, int y2, yd_colour colour, int tolerance);
