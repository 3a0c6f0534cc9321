#include "backend/cpu/flat.h"
#include <math.h>

typedef struct flat {
    const yd_vector *vector;
    size_t n;
    float *p, *q, *r;
    const float *x;
    yd_sgd_step step;
    yd_adam_step adam;
    float keep, take;
    double *sums;
} flat;

/* Shares start at whole cache lines. */
static size_t share(const flat *f, int index, int count, size_t *length)
{
    enum { LINE = 16 };
    size_t begin, end;
    yd_team_share((f->n + LINE - 1) / LINE, index, count, &begin, &end);
    begin *= LINE, end *= LINE;
    if (end > f->n) end = f->n;
    *length = end > begin ? end - begin : 0;
    return begin;
}

static void sgd_share(void *context, int index, int count)
{
    const flat *f = context;
    size_t length, at = share(f, index, count, &length);
    f->vector->sgd(&f->step, length, f->p + at, f->x + at, f->q + at);
}

void yd_flat_sgd(yd_device *device, size_t n, void *p, const void *gradient, void *momentum,
                 const yd_sgd *step)
{
    flat f = {.vector = device->vector,
              .n = n,
              .p = p,
              .x = gradient,
              .q = momentum,
              .step = {.lr = (float)step->lr,
                       .momentum = (float)step->momentum,
                       .weight_decay = (float)step->weight_decay,
                       .scale = (float)step->scale,
                       .first = step->first}};
    yd_team_enter(device->team);
    yd_team_run(device->team, sgd_share, &f);
}

static void adam_share(void *context, int index, int count)
{
    const flat *f = context;
    size_t length, at = share(f, index, count, &length);
    f->vector->adam(&f->adam, length, f->p + at, f->x + at, f->q + at, f->r + at);
}

void yd_flat_adam(yd_device *device, size_t n, void *p, const void *gradient, void *mean, void *square,
                  const yd_adam *step)
{
    flat f = {.vector = device->vector,
              .n = n,
              .p = p,
              .x = gradient,
              .q = mean,
              .r = square,
              .adam = {.rate = (float)(step->lr / step->correction1),
                       .root = (float)sqrt(step->correction2),
                       .keep1 = (float)step->beta1,
                       .take1 = (float)(1 - step->beta1),
                       .keep2 = (float)step->beta2,
                       .take2 = (float)(1 - step->beta2),
                       .epsilon = (float)step->epsilon,
                       .shrink = step->decoupled ? (float)(1 - step->lr * step->weight_decay) : 1,
                       .weight_decay = step->decoupled ? 0 : (float)step->weight_decay,
                       .scale = (float)step->scale}};
    yd_team_enter(device->team);
    yd_team_run(device->team, adam_share, &f);
}

static void ema_share(void *context, int index, int count)
{
    const flat *f = context;
    size_t length, at = share(f, index, count, &length);
    f->vector->ema(f->keep, f->take, length, f->p + at, f->x + at);
}

void yd_flat_ema(yd_device *device, size_t n, void *average, const void *p, double decay)
{
    flat f = {.vector = device->vector,
              .n = n,
              .p = average,
              .x = p,
              .keep = (float)decay,
              .take = (float)(1 - decay)};
    yd_team_enter(device->team);
    yd_team_run(device->team, ema_share, &f);
}

/* Sums of blocks of one size, whoever computes them, would need memory for each; a sum a thread serves: the
 * result depends on the number of threads alone. */
static void squares_share(void *context, int index, int count)
{
    const flat *f = context;
    size_t length, at = share(f, index, count, &length);
    f->sums[index] = f->vector->sum_squares(length, f->x + at);
}

double yd_flat_sum_squares(yd_device *device, size_t n, const void *x)
{
    enum { MOST = 1024 };
    double sums[MOST] = {0}, total = 0;
    flat f = {.vector = device->vector, .n = n, .x = x, .sums = sums};
    yd_team_enter(device->team);
    if (yd_team_threads(device->team) <= MOST)
        yd_team_run(device->team, squares_share, &f);
    else
        squares_share(&f, 0, 1);
    for (int i = 0; i < MOST; i++) total += sums[i];
    return total;
}

static void half_share(void *context, int index, int count)
{
    const flat *f = context;
    size_t length, at = share(f, index, count, &length);
    f->vector->round_half(length, f->p + at);
}

void yd_flat_round_half(yd_device *device, size_t n, void *x)
{
    flat f = {.vector = device->vector, .n = n, .p = x};
    yd_team_enter(device->team);
    yd_team_run(device->team, half_share, &f);
}

void yd_flat_run(yd_device *device, yd_team_function *work, void *context)
{
    yd_team_enter(device->team);
    yd_team_run(device->team, work, context);
}

static void add_share(void *context, int index, int count)
{
    const flat *f = context;
    size_t length, at = share(f, index, count, &length);
    const void *terms[] = {f->p + at, f->x + at};
    f->vector->f32.sum(terms, 2, length, f->p + at);
}

void yd_flat_add(yd_device *device, size_t n, float *to, const float *x)
{
    flat f = {.vector = device->vector, .n = n, .p = to, .x = x};
    yd_team_enter(device->team);
    yd_team_run(device->team, add_share, &f);
}
