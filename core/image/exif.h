/* The orientation tag of EXIF (CIPA DC-008), found by a bounded parser of our own. */
#pragma once
#include "image/image.h"

/* data: a TIFF header and what follows it, the part of an APP1 segment after "Exif\0\0".
 * Returns 1..8; 1 (upright) where the tag is absent or anything is malformed. */
int yd_exif_orientation(const uint8_t *data, size_t length);

/* Turns the picture upright; 5 to 8 exchange width and height. The pixels are replaced. */
yd_status yd_exif_apply(yd_image *image, int orientation, yd_error *error);
