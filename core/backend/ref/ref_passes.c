#include "backend/ref/ref_internal.h"
#include <math.h>

void yd_ref_sgd(yd_device *device, size_t n, void *p, const void *gradient, void *momentum,
                const yd_sgd *step)
{
    (void)device;
    double *value = p, *buffer = momentum;
    const double *grad = gradient;
    for (size_t i = 0; i < n; i++) {
        double g = step->scale * grad[i];
        g += step->weight_decay * value[i];
        buffer[i] = step->first ? g : step->momentum * buffer[i] + g;
        value[i] -= step->lr * (g + step->momentum * buffer[i]);
    }
}

void yd_ref_adam(yd_device *device, size_t n, void *p, const void *gradient, void *mean, void *square,
                 const yd_adam *step)
{
    (void)device;
    double *value = p, *m = mean, *v = square;
    const double *grad = gradient;
    for (size_t i = 0; i < n; i++) {
        double g = step->scale * grad[i];
        if (step->decoupled)
            value[i] *= 1 - step->lr * step->weight_decay;
        else
            g += step->weight_decay * value[i];
        m[i] = step->beta1 * m[i] + (1 - step->beta1) * g;
        v[i] = step->beta2 * v[i] + (1 - step->beta2) * g * g;
        value[i] -=
            step->lr / step->correction1 * m[i] / (sqrt(v[i]) / sqrt(step->correction2) + step->epsilon);
    }
}

void yd_ref_ema(yd_device *device, size_t n, void *average, const void *p, double decay)
{
    (void)device;
    double *mean = average;
    const double *value = p;
    for (size_t i = 0; i < n; i++) mean[i] = decay * mean[i] + (1 - decay) * value[i];
}

double yd_ref_sum_squares(yd_device *device, size_t n, const void *x)
{
    (void)device;
    const double *value = x;
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += value[i] * value[i];
    return sum;
}

void yd_ref_run(yd_device *device, void (*work)(void *context, int index, int count), void *context)
{
    (void)device;
    work(context, 0, 1);
}

/* Half precision keeps 11 bits, down to a last place of 2^-24; what rounds beyond 65504 is infinite. */
static double through_half(double x)
{
    if (x == 0 || !isfinite(x)) return x;
    int exponent;
    frexp(x, &exponent);
    double unit = ldexp(1, exponent - 11 > -24 ? exponent - 11 : -24);
    double rounded = rint(x / unit) * unit;
    return fabs(rounded) > 65504 ? copysign(INFINITY, x) : rounded;
}

void yd_ref_round_half(yd_device *device, size_t n, void *x)
{
    (void)device;
    double *value = x;
    for (size_t i = 0; i < n; i++) value[i] = through_half(value[i]);
}
