/* CONV and HEAD, and NORM: what follows a convolution, without one. */
#include "backend/ref/ref_internal.h"
#include "ops/conv.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct conv {
    yd_op_desc desc;
    yd_ref_geometry geometry;
} conv;

/* Saved from forward to backward: what the convolution put out, replaced by its gradient in phase OUTPUT; and
 * for each channel what the norm needs. */
typedef struct saved {
    double *raw;                      /* [n, c, h, w] */
    double *mean, *inverse_deviation; /* of this batch (TRAIN) or running (EVAL) */
    double *gamma_sum, *beta_sum;     /* gradients of gamma and beta, or of the bias */
} saved;

static saved open_saved(const conv *op, void *memory)
{
    size_t elements = yd_ref_elements(op->desc.output), channels = (size_t)op->desc.output.c;
    double *p = memory;
    return (saved){p, p + elements, p + elements + channels, p + elements + 2 * channels,
                   p + elements + 3 * channels};
}

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    (void)device;
    conv *op = calloc(1, sizeof *op);
    if (!op) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    *op = (conv){*desc, {desc->node, desc->inputs[0], desc->output}};
    size_t bytes = (yd_ref_elements(desc->output) + 4 * (size_t)desc->output.c) * sizeof(double);
    *needs = desc->mode == YD_MODE_TRAIN ? (yd_op_needs){.saved = bytes} : (yd_op_needs){.scratch = bytes};
    *state = op;
    return YD_OK;
}

/* Mean, and sum of squared deviations from it, of one channel: two passes. */
static double channel_mean(const conv *op, const double *raw, int channel)
{
    yd_shape s = op->desc.output;
    size_t plane = (size_t)s.h * (size_t)s.w;
    double sum = 0;
    for (int n = 0; n < s.n; n++)
        for (size_t i = 0; i < plane; i++)
            sum += raw[((size_t)n * (size_t)s.c + (size_t)channel) * plane + i];
    return sum / ((double)s.n * (double)plane);
}

static double channel_deviation(const conv *op, const double *raw, int channel, double mean)
{
    yd_shape s = op->desc.output;
    size_t plane = (size_t)s.h * (size_t)s.w;
    double sum = 0;
    for (int n = 0; n < s.n; n++)
        for (size_t i = 0; i < plane; i++) {
            double d = raw[((size_t)n * (size_t)s.c + (size_t)channel) * plane + i] - mean;
            sum += d * d;
        }
    return sum;
}

/* The batch's own statistics, and the running ones moved: these take the unbiased variance.
 * (model_and_loss.md, 10) */
static void train_statistics(const conv *op, const saved *s, const yd_node_params *params)
{
    double count = (double)op->desc.output.n * op->desc.output.h * op->desc.output.w;
    double *running_mean = params->mean, *running_variance = params->variance;
    for (int c = 0; c < op->desc.output.c; c++) {
        double mean = channel_mean(op, s->raw, c), deviation = channel_deviation(op, s->raw, c, mean);
        double unbiased = deviation / (count > 1 ? count - 1 : 1);
        s->mean[c] = mean;
        s->inverse_deviation[c] = 1 / sqrt(deviation / count + YD_NORM_EPS);
        running_mean[c] = (1 - YD_NORM_MOMENTUM) * running_mean[c] + YD_NORM_MOMENTUM * mean;
        running_variance[c] = (1 - YD_NORM_MOMENTUM) * running_variance[c] + YD_NORM_MOMENTUM * unbiased;
    }
}

static void find_statistics(const conv *op, const saved *s, const yd_node_params *params)
{
    if (!op->desc.node->norm) {
        for (int c = 0; c < op->desc.output.c; c++) s->mean[c] = 0, s->inverse_deviation[c] = 1;
    } else if (op->desc.mode == YD_MODE_TRAIN) {
        train_statistics(op, s, params);
    } else {
        const double *mean = params->mean, *variance = params->variance;
        for (int c = 0; c < op->desc.output.c; c++) {
            s->mean[c] = mean[c];
            s->inverse_deviation[c] = 1 / sqrt(variance[c] + YD_NORM_EPS);
        }
    }
}

/* Without a norm gamma is 1, and beta the bias, if there is one. */
static double gamma_of(const yd_node_params *params, int channel)
{
    return params->gamma ? ((const double *)params->gamma)[channel] : 1;
}

static double beta_of(const yd_node_params *params, int channel)
{
    return params->beta ? ((const double *)params->beta)[channel] : 0;
}

static size_t image_elements(const conv *op)
{
    return yd_ref_elements(op->desc.output) / (size_t)op->desc.output.n;
}

/* What the norm is given. */
static void make_raw(const conv *op, const yd_op_pass *pass, double *raw)
{
    if (op->desc.node->kind != YD_OP_NORM)
        yd_ref_convolve(&op->geometry, &pass->inputs[0], pass->params.weight, raw);
    for (int n = 0; op->desc.node->kind == YD_OP_NORM && n < op->desc.output.n; n++)
        memcpy(raw + (size_t)n * image_elements(op), yd_ref_plane(&pass->inputs[0], n, 0),
               image_elements(op) * sizeof *raw);
}

static void forward(void *state, const yd_op_pass *pass)
{
    const conv *op = state;
    saved s = open_saved(op, op->desc.mode == YD_MODE_TRAIN ? pass->saved : pass->scratch);
    yd_shape out = op->desc.output;
    size_t plane = (size_t)out.h * (size_t)out.w;
    make_raw(op, pass, s.raw);
    find_statistics(op, &s, &pass->params);
    for (int n = 0; n < out.n; n++)
        for (int c = 0; c < out.c; c++) {
            const double *raw = s.raw + ((size_t)n * (size_t)out.c + (size_t)c) * plane;
            double *y = yd_ref_plane(&pass->output, n, c), gamma = gamma_of(&pass->params, c),
                   beta = beta_of(&pass->params, c);
            for (size_t i = 0; i < plane; i++)
                y[i] = yd_ref_activate(op->desc.node,
                                       gamma * (raw[i] - s.mean[c]) * s.inverse_deviation[c] + beta);
        }
}

/* One channel through activation and norm: with g the gradient at the norm's output and xhat the normalised
 * input, d raw = gamma * inverse_deviation * (g - mean(g) - xhat * mean(g * xhat)). (model_and_loss.md, 10)
 */
static void channel_backward(const conv *op, const saved *s, const yd_op_pass *pass, int c)
{
    yd_shape out = op->desc.output;
    size_t plane = (size_t)out.h * (size_t)out.w;
    double gamma = gamma_of(&pass->params, c), beta = beta_of(&pass->params, c),
           scale = s->inverse_deviation[c];
    double sum = 0, sum_xhat = 0;
    for (int n = 0; n < out.n; n++)
        for (size_t i = 0; i < plane; i++) {
            double xhat = (s->raw[((size_t)n * (size_t)out.c + (size_t)c) * plane + i] - s->mean[c]) * scale;
            double g = yd_ref_sum(pass->output_gradients, pass->output_gradient_count, n, c, i) *
                       yd_ref_activate_slope(op->desc.node, gamma * xhat + beta);
            sum += g;
            sum_xhat += g * xhat;
        }
    s->beta_sum[c] = sum;
    s->gamma_sum[c] = sum_xhat;
    double count = (double)out.n * (double)plane;
    double mean = op->desc.node->norm ? sum / count : 0,
           mean_xhat = op->desc.node->norm ? sum_xhat / count : 0;
    for (int n = 0; n < out.n; n++)
        for (size_t i = 0; i < plane; i++) {
            double *raw = &s->raw[((size_t)n * (size_t)out.c + (size_t)c) * plane + i];
            double xhat = (*raw - s->mean[c]) * scale;
            double g = yd_ref_sum(pass->output_gradients, pass->output_gradient_count, n, c, i) *
                       yd_ref_activate_slope(op->desc.node, gamma * xhat + beta);
            *raw = gamma * scale * (g - mean - xhat * mean_xhat);
        }
}

static void store(double *to, const double *from, int count, bool accumulate)
{
    for (int i = 0; to && i < count; i++) to[i] = accumulate ? to[i] + from[i] : from[i];
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    const conv *op = state;
    saved s = open_saved(op, pass->saved);
    const yd_node_grads *grads = &pass->grads;
    switch (phase) {
    case YD_PHASE_OUTPUT:
        for (int c = 0; c < op->desc.output.c; c++) channel_backward(op, &s, pass, c);
        break;
    case YD_PHASE_WEIGHTS:
        if (op->desc.node->kind != YD_OP_NORM)
            yd_ref_convolve_weights(&op->geometry, &pass->inputs[0], s.raw, grads->weight, grads->accumulate);
        store(grads->gamma, s.gamma_sum, op->desc.output.c, grads->accumulate);
        store(grads->beta, s.beta_sum, op->desc.output.c, grads->accumulate);
        break;
    case YD_PHASE_DATA:
        if (op->desc.node->kind != YD_OP_NORM)
            yd_ref_convolve_data(&op->geometry, s.raw, pass->params.weight, &pass->input_gradients[0]);
        else
            memcpy(pass->input_gradients[0].data, s.raw, yd_ref_elements(op->desc.output) * sizeof *s.raw);
        break;
    }
}

const yd_op_kernels yd_ref_conv = {prepare, free, forward, backward, yd_ref_slices, yd_ref_slices};
