#include "ops/upsample.h"
#include "ops/rules.h"
#include <limits.h>
#include <math.h>

static int size_of(const yd_resize *resize, int fixed, int in)
{
    double size = resize->height > 0 ? fixed : floor(in * resize->factor);
    return size >= 1 && size <= INT_MAX / 2 ? (int)size : 0;
}

static yd_status infer(const yd_node *node, const yd_shape *inputs, yd_shape *output, yd_error *error)
{
    const yd_resize *resize = &node->resize;
    *output = (yd_shape){inputs[0].n, inputs[0].c, size_of(resize, resize->height, inputs[0].h),
                         size_of(resize, resize->width, inputs[0].w)};
    if (output->h < 1 || output->w < 1)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "upsample: no map from %dx%d", inputs[0].h, inputs[0].w);
    return YD_OK;
}

const yd_op_rules yd_op_rules_upsample = {infer, NULL};

yd_resize_tap yd_resize_tap_at(const yd_resize *resize, int in, int out, int at)
{
    double step = resize->height > 0 ? (double)in / out : 1 / resize->factor, from;
    if (!resize->bilinear) { /* in single precision there, whatever the values are */
        int nearest = (int)floorf((float)at * (float)step);
        if (nearest > in - 1) nearest = in - 1;
        return (yd_resize_tap){nearest, nearest, 0};
    }
    if (resize->align_corners)
        from = out > 1 ? (double)at * (in - 1) / (out - 1) : 0;
    else
        from = fmax(step * (at + 0.5) - 0.5, 0);
    int first = (int)from < in - 1 ? (int)from : in - 1;
    return (yd_resize_tap){first, first < in - 1 ? first + 1 : first, fmin(from - first, 1)};
}
