#include "data/mixup.h"
#include <math.h>

/* A gamma variate of whole shape is a sum of exponential ones. */
static double draw_gamma(yd_rng *rng, int shape)
{
    double sum = 0;
    for (int i = 0; i < shape; i++) sum -= log(1 - yd_rng_uniform(rng));
    return sum;
}

double yd_mixup_draw(yd_rng *rng)
{
    enum { SHAPE = 32 };
    double a = draw_gamma(rng, SHAPE), b = draw_gamma(rng, SHAPE);
    return a / (a + b);
}

void yd_mixup_blend(yd_image *image, const yd_image *other, double ratio)
{
    YD_ASSERT(image->width == other->width && image->height == other->height);
    double share[256], rest[256];
    for (int i = 0; i < 256; i++) {
        share[i] = i * ratio;
        rest[i] = i * (1 - ratio);
    }
    size_t count = yd_image_bytes(image);
    for (size_t i = 0; i < count; i++)
        image->pixels[i] = (uint8_t)(share[image->pixels[i]] + rest[other->pixels[i]]);
}
