/* Resizing in the integer arithmetic of OpenCV 4.6 (specification: data_and_metrics.md, 9.1 and 9.2), bit for
 * bit. */
#pragma once
#include "image/image.h"

typedef enum yd_filter {
    YD_FILTER_LINEAR, /* bilinear, not antialiased */
    YD_FILTER_AREA    /* the average over each output pixel's cell; both axes must shrink or stay */
} yd_filter;

/* Fills out, whose size says what is wanted. YD_FILTER_AREA falls back to LINEAR where an axis grows.
 * YD_ERR_MEMORY only. */
yd_status yd_resize(const yd_image *source, yd_image *out, yd_filter filter, yd_error *error);
