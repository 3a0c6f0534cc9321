/* The learning-rate schedule: a pure function of the global iteration, for the trainer and for the console's
 * planned curve. (training.md, 5.2, 5.3; model_and_loss.md, 16) */
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct yd_schedule {
    double lr0, lrf, momentum, warmup_bias_lr, warmup_momentum;
    int epochs;                    /* E */
    int batches;                   /* nb: batches per epoch */
    int batch_size, nominal_batch; /* nominal 64 */
    int64_t warmup;                /* nw = max(roundHalfEven(warmup_epochs * nb), floor of the preset) */
    bool cosine;
    bool linear_to_last; /* seed's linear: x / (E - 1); newer: x / E */
    double scale;        /* live LR scale, 1 */
} yd_schedule;

/* Groups by what they hold, in whatever order a preset reports them: 0 norm weights, 1 decayed weights,
 * 2 biases. */
typedef struct yd_schedule_point {
    double lr[3], momentum;
    double accumulate; /* micro-batches for one optimizer step, at this iteration */
} yd_schedule_point;

double yd_schedule_factor(const yd_schedule *schedule, double epoch); /* lf(x) */
/* At batch of epoch; outside warm-up, epoch e runs with lf(max(e - 1, 0)). */
void yd_schedule_at(const yd_schedule *schedule, int epoch, int batch, yd_schedule_point *point);

/* nw: warmup_epochs * batches rounded half to even, at least floor (100; seed: 1000). */
int64_t yd_schedule_warmup(double warmup_epochs, int batches, int64_t floor);
/* weight_decay * batch_size * accumulate / nominal, where
 * accumulate = max(1, round half to even(nominal / batch_size)). */
double yd_schedule_decay(double weight_decay, int batch_size, int nominal_batch);
