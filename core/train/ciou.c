#include "train/ciou.h"
#include <math.h>

static const double EPSILON = 1e-7;
static const double FOUR_OVER_PI2 = 0.40528473456935108578;

/* One axis of both boxes: overlap, enclosure and how both change with the edges of the first box. */
typedef struct span {
    double overlap, enclosure;
    double overlap_low, overlap_high;     /* d(overlap)/d(low edge), d(high edge) */
    double enclosure_low, enclosure_high; /* d(enclosure)/d(...) */
    double between; /* sum of the target's edges less that of the box: twice the distance of the centres */
} span;

/* d max(a, b) / da; at equality both sides take half, as elementwise max and min do in PyTorch. */
static double share(double a, double b)
{
    return a > b ? 1.0 : a < b ? 0.0 : 0.5;
}

static span measure(double low, double high, double target_low, double target_high)
{
    double raw = fmin(high, target_high) - fmax(low, target_low);
    double open = raw >= 0 ? 1.0 : 0.0; /* clamp at zero lets the gradient through at exactly zero */
    return (span){.overlap = raw < 0 ? 0 : raw,
                  .enclosure = fmax(high, target_high) - fmin(low, target_low),
                  .overlap_low = -open * share(low, target_low),
                  .overlap_high = open * share(target_high, high),
                  .enclosure_low = -share(target_low, low),
                  .enclosure_high = share(high, target_high),
                  .between = target_low + target_high - low - high};
}

/* How an edge of the first box moves the terms. */
typedef struct slope {
    double intersection, area, diagonal2, distance2;
} slope;

double yd_ciou(const double box[4], const double target[4], yd_ciou_form form, double gradient[4])
{
    double left = box[0] - box[2] / 2, right = box[0] + box[2] / 2;
    double top = box[1] - box[3] / 2, bottom = box[1] + box[3] / 2;
    double target_left = target[0] - target[2] / 2, target_right = target[0] + target[2] / 2;
    double target_top = target[1] - target[3] / 2, target_bottom = target[1] + target[3] / 2;
    double w = box[2], h = box[3], tw = target[2], th = target[3];
    if (form == YD_CIOU_BASE) {
        w = right - left, h = bottom - top + EPSILON;
        tw = target_right - target_left, th = target_bottom - target_top + EPSILON;
    }
    double angle_pad = form == YD_CIOU_V62 ? EPSILON : 0;
    double angle_h = h + angle_pad, angle_th = th + angle_pad;

    span x = measure(left, right, target_left, target_right),
         y = measure(top, bottom, target_top, target_bottom);
    double intersection = x.overlap * y.overlap;
    double united = w * h + tw * th - intersection + EPSILON;
    double iou = intersection / united;
    double diagonal2 = x.enclosure * x.enclosure + y.enclosure * y.enclosure + EPSILON;
    double distance2 = (x.between * x.between + y.between * y.between) / 4;
    double angle = atan(tw / angle_th) - atan(w / angle_h);
    double v = FOUR_OVER_PI2 * angle * angle;
    double alpha = v / (v - iou + 1 + EPSILON);
    if (gradient) {
        const slope edges[4] = {
            /* left, right, top, bottom */
            {x.overlap_low * y.overlap, -h, 2 * x.enclosure * x.enclosure_low, -x.between / 2},
            {x.overlap_high * y.overlap, h, 2 * x.enclosure * x.enclosure_high, -x.between / 2},
            {y.overlap_low * x.overlap, -w, 2 * y.enclosure * y.enclosure_low, -y.between / 2},
            {y.overlap_high * x.overlap, w, 2 * y.enclosure * y.enclosure_high, -y.between / 2},
        };
        double d[4];
        for (int e = 0; e < 4; e++) {
            const slope *s = &edges[e];
            double d_iou =
                (s->intersection * united - intersection * (s->area - s->intersection)) / (united * united);
            d[e] = d_iou - (s->distance2 * diagonal2 - distance2 * s->diagonal2) / (diagonal2 * diagonal2);
        }
        double turn = 2 * FOUR_OVER_PI2 * alpha * angle /
                      (w * w + angle_h * angle_h); /* alpha * dv/d(w, h), less a side */
        gradient[0] = d[0] + d[1];
        gradient[1] = d[2] + d[3];
        gradient[2] = (d[1] - d[0]) / 2 + turn * angle_h;
        gradient[3] = (d[3] - d[2]) / 2 - turn * w;
    }
    return iou - (distance2 / diagonal2 + v * alpha);
}
