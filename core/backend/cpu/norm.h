/* Batch norm and activation of a convolution's result in two passes each way: statistics, then the output;
 * sums, then the gradient. Planes are cut into pieces whose statistics are combined in double and in a fixed
 * order, so that the result does not depend on the number of threads. Activations, z and all gradients are of
 * the device's type. */
#pragma once
#include "backend/cpu/device.h"

typedef struct yd_norm_plan {
    yd_device *device;
    int batch, channels;  /* physical */
    size_t pixels;        /* of a plane */
    size_t piece, pieces; /* pixels of a piece, pieces of a plane */
    yd_activation activation;
    float slope;
} yd_norm_plan;

/* What forward leaves to backward: arrays of [channels]. */
typedef struct yd_norm_saved {
    float *mean, *scale, *shift, *inverse_deviation, *c1, *c2, *gamma_gradient, *beta_gradient;
} yd_norm_saved;
enum { YD_NORM_SAVED_ARRAYS = 8 };
yd_norm_saved yd_norm_saved_at(float *memory, int channels);

void yd_norm_plan_init(yd_norm_plan *plan, yd_device *device, const yd_op_desc *desc);
size_t yd_norm_scratch(const yd_norm_plan *plan); /* bytes, of both directions */

/* Batch statistics of z (dense), moved into the running ones; y = act(norm(z)). gamma, beta, mean, variance:
 * [channels]. */
void yd_norm_forward(const yd_norm_plan *plan, void *z, const yd_node_params *params,
                     const yd_norm_saved *saved, const yd_view *y, void *scratch);
/* By the running statistics, which stay as they are. */
void yd_norm_forward_running(const yd_norm_plan *plan, const void *z, const yd_node_params *params,
                             const yd_norm_saved *saved, const yd_view *y);
/* Without norm: y = act(z + beta); beta may be NULL. */
void yd_norm_forward_plain(const yd_norm_plan *plan, void *z, const float *beta, const yd_norm_saved *saved,
                           const yd_view *y);
/* The gradients of y, added in the order given, turn into that of z, which overwrites z; gradients of gamma
 * and beta into saved. */
void yd_norm_backward(const yd_norm_plan *plan, bool norm, void *z, const yd_view *dy, int count,
                      const yd_norm_saved *saved, void *scratch);
/* Those of gamma and beta, where grads has them, set or added. */
void yd_norm_give(const yd_norm_plan *plan, const yd_norm_saved *saved, const yd_node_grads *grads);
