/* Curves of one class and the area under them (data_and_metrics.md, 25). Detections come sorted, the most
 * confident first; bit t of a mask says correct at threshold t. */
#pragma once
#include "config/preset.h"
#include <stddef.h>
#include <stdint.h>

enum { YD_CURVE_POINTS = 1000 };

typedef struct yd_ap_point {
    double recall, precision;
} yd_ap_point;

/* How many points yd_average_precision may need. */
size_t yd_ap_point_limit(size_t detections, int64_t labels);

/* Area under precision against recall at one threshold: envelope from the right, then the trapezoid rule over
 * 101 points of its linear interpolation. points: scratch. curve, where not NULL: [YD_CURVE_POINTS] precision
 * against recall 0…1. */
double yd_average_precision(const uint16_t *masks, size_t count, int threshold, int64_t labels,
                            yd_ap_tail tail, yd_ap_point *points, double *curve);

/* Precision and recall at IoU 0.5 against confidence 0…1, linear between detections: [YD_CURVE_POINTS] each.
 * Above the highest confidence precision is 1 and recall 0; below the lowest the last value is held. */
void yd_confidence_curves(const float *confidences, const uint16_t *masks, size_t count, int64_t labels,
                          double *precision, double *recall);

/* Mean filter over window points (odd), the ends held: out may not be values. */
void yd_box_filter(const double *values, int count, int window, double *out);
