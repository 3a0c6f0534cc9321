/* Pictures as PNG (https://www.w3.org/TR/png-3/). */
#pragma once
#include "base/text.h"
#include "image/image.h"

typedef enum yd_png_effort {
    YD_PNG_SMALL, /* for files that stay */
    YD_PNG_FAST   /* for what is looked at once: about six times as fast, a little larger */
} yd_png_effort;

/* Appends the picture, 8 bits RGB, to out. YD_ERR_MEMORY; YD_ERR_UNSUPPORTED where a chunk could not hold
 * it. */
yd_status yd_png_encode(const yd_image *image, yd_png_effort effort, yd_text *out, yd_error *error);
