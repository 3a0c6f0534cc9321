#include "eval/ap.h"

static const double TINY = 1e-16;
enum { AREA_POINTS = 101 };

size_t yd_ap_point_limit(size_t detections, int64_t labels)
{
    size_t matches = (size_t)labels < detections ? (size_t)labels : detections;
    return 2 * matches + 3;
}

/* The corners of the curve between its sentinels. Between two correct detections recall stands and precision
 * falls, so that only the first and the last point of such a stretch matter to the envelope and to the
 * interpolation. */
static size_t collect_points(const uint16_t *masks, size_t count, int threshold, int64_t labels,
                             yd_ap_tail tail, yd_ap_point *points)
{
    double wanted = (double)labels + TINY;
    size_t found = 0, correct = 0;
    yd_ap_point last = {0, 0};
    points[found++] = (yd_ap_point){0, 1};
    for (size_t i = 0; i < count; i++) {
        if (!(masks[i] >> threshold & 1)) continue;
        if (i > 0) points[found++] = (yd_ap_point){last.recall, (double)correct / (double)i};
        correct++;
        last = (yd_ap_point){(double)correct / wanted, (double)correct / (double)(i + 1)};
        points[found++] = last;
    }
    if (count > 0) points[found++] = (yd_ap_point){last.recall, (double)correct / (double)count};
    points[found++] = (yd_ap_point){tail == YD_AP_TAIL_ONE ? 1.0 : last.recall + 0.01, 0};
    for (size_t i = found - 1; i-- > 0;)
        if (points[i].precision < points[i + 1].precision) points[i].precision = points[i + 1].precision;
    return found;
}

/* Precision at recall x; *at is the last point not right of the previous x. At equal recalls the last point
 * counts. */
static double interpolate(const yd_ap_point *points, size_t count, size_t *at, double x)
{
    while (*at + 1 < count && points[*at + 1].recall <= x) (*at)++;
    const yd_ap_point *left = &points[*at];
    if (*at + 1 == count) return left->precision;
    const yd_ap_point *right = left + 1;
    double slope = (right->precision - left->precision) / (right->recall - left->recall);
    return slope * (x - left->recall) + left->precision;
}

static double grid(int i, int count)
{
    return i == count - 1 ? 1.0 : (double)i * (1.0 / (double)(count - 1));
}

double yd_average_precision(const uint16_t *masks, size_t count, int threshold, int64_t labels,
                            yd_ap_tail tail, yd_ap_point *points, double *curve)
{
    size_t found = collect_points(masks, count, threshold, labels, tail, points), at = 0;
    double area = 0, before = interpolate(points, found, &at, 0);
    for (int i = 1; i < AREA_POINTS; i++) {
        double here = interpolate(points, found, &at, grid(i, AREA_POINTS));
        area += (grid(i, AREA_POINTS) - grid(i - 1, AREA_POINTS)) * (here + before) / 2;
        before = here;
    }
    at = 0;
    for (int i = 0; curve && i < YD_CURVE_POINTS; i++)
        curve[i] = interpolate(points, found, &at, grid(i, YD_CURVE_POINTS));
    return area;
}

void yd_confidence_curves(const float *confidences, const uint16_t *masks, size_t count, int64_t labels,
                          double *precision, double *recall)
{
    double wanted = (double)labels + TINY;
    size_t seen = 0, correct = 0; /* detections of at least the confidence at hand */
    for (int i = YD_CURVE_POINTS - 1; i >= 0; i--) {
        double x = grid(i, YD_CURVE_POINTS);
        while (seen < count && (double)confidences[seen] >= x) correct += masks[seen++] & 1;
        double r = (double)correct / wanted, p = seen ? (double)correct / (double)seen : 1;
        if (seen > 0 && seen < count) {
            double next_r = (double)(correct + (masks[seen] & 1)) / wanted;
            double next_p = (double)(correct + (masks[seen] & 1)) / (double)(seen + 1);
            double left = (double)confidences[seen - 1], right = (double)confidences[seen];
            double share = (left - x) / (left - right);
            r += (next_r - r) * share;
            p += (next_p - p) * share;
        }
        recall[i] = r;
        precision[i] = p;
    }
}

void yd_box_filter(const double *values, int count, int window, double *out)
{
    int half = window / 2;
    for (int i = 0; i < count; i++) {
        double sum = 0;
        for (int k = i - half; k <= i + half; k++) sum += values[k < 0 ? 0 : k >= count ? count - 1 : k];
        out[i] = sum / (double)window;
    }
}
