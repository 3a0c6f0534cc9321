#include "series/schedule.h"
#include <math.h>

static const double PI = 3.14159265358979323846;

/* y0 to y1 over the warm-up. The order of operations decides ties in the rounding of accumulate
 * (training.md, 5.3). */
static double interpolate(double y0, double y1, int64_t warmup, int64_t iteration)
{
    if (iteration >= warmup) return y1;
    return y0 + ((y1 - y0) / (double)warmup) * (double)iteration;
}

double yd_schedule_factor(const yd_schedule *schedule, double epoch)
{
    double epochs = schedule->epochs, lrf = schedule->lrf;
    if (schedule->cosine) return ((1 - cos(epoch * PI / epochs)) / 2) * (lrf - 1) + 1;
    double last = schedule->linear_to_last ? epochs - 1 : epochs;
    return last > 0 ? (1 - epoch / last) * (1 - lrf) + lrf : 1;
}

void yd_schedule_at(const yd_schedule *schedule, int epoch, int batch, yd_schedule_point *point)
{
    int64_t iteration = (int64_t)epoch * schedule->batches + batch, warmup = schedule->warmup;
    bool warm = iteration <= warmup;
    double target = schedule->lr0 * yd_schedule_factor(schedule, warm || epoch == 0 ? epoch : epoch - 1);
    double ratio = (double)schedule->nominal_batch / (double)schedule->batch_size;
    for (int group = 0; group < 3; group++) {
        double start = group == 2 ? schedule->warmup_bias_lr : 0;
        point->lr[group] = schedule->scale * interpolate(start, target, warmup, iteration);
    }
    point->momentum = interpolate(schedule->warmup_momentum, schedule->momentum, warmup, iteration);
    point->accumulate = fmax(1, rint(interpolate(1, ratio, warmup, iteration)));
}

int64_t yd_schedule_warmup(double warmup_epochs, int batches, int64_t floor)
{
    double iterations = rint(warmup_epochs * (double)batches);
    if (!(iterations < 9e15)) return floor;
    return iterations > (double)floor ? (int64_t)iterations : floor;
}

double yd_schedule_decay(double weight_decay, int batch_size, int nominal_batch)
{
    double accumulate = fmax(1, rint((double)nominal_batch / (double)batch_size));
    return weight_decay * ((double)batch_size * accumulate / (double)nominal_batch);
}
