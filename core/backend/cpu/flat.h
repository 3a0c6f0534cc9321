/* Passes over flat segments of the training state, shared among the team. */
#pragma once
#include "backend/cpu/device.h"

/* The backend's own (backend.h). */
void yd_flat_sgd(yd_device *device, size_t n, void *p, const void *gradient, void *momentum,
                 const yd_sgd *step);
void yd_flat_adam(yd_device *device, size_t n, void *p, const void *gradient, void *mean, void *square,
                  const yd_adam *step);
void yd_flat_ema(yd_device *device, size_t n, void *average, const void *p, double decay);
double yd_flat_sum_squares(yd_device *device, size_t n, const void *x);
void yd_flat_round_half(yd_device *device, size_t n, void *x);

void yd_flat_run(yd_device *device, yd_team_function *work, void *context);

/* to += x */
void yd_flat_add(yd_device *device, size_t n, float *to, const float *x);
