#include "backend/ref/ref_internal.h"
#include <math.h>

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

double yd_ref_activate(const yd_node *node, double x)
{
    switch (node->activation) {
    case YD_ACT_NONE:
        return x;
    case YD_ACT_SILU:
        return x * sigmoid(x);
    case YD_ACT_LEAKY_RELU:
        return x > 0 ? x : (double)node->slope * x;
    case YD_ACT_HARDSWISH:
        return x * fmin(fmax(x + 3, 0), 6) / 6;
    case YD_ACT_RELU:
        return x > 0 ? x : 0;
    }
    return x;
}

double yd_ref_activate_slope(const yd_node *node, double x)
{
    switch (node->activation) {
    case YD_ACT_NONE:
        return 1;
    case YD_ACT_SILU: {
        double s = sigmoid(x);
        return s * (1 + x * (1 - s));
    }
    case YD_ACT_LEAKY_RELU:
        return x > 0 ? 1 : (double)node->slope;
    case YD_ACT_HARDSWISH:
        return x < -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1;
    case YD_ACT_RELU:
        return x > 0 ? 1 : 0;
    }
    return 1;
}
