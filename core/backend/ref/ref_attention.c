/* ATTENTION: of each image and head, softmax(Q K^T / sqrt(d)) V, pixels being the rows.
 * (model_and_loss.md, 4.6) */
#include "backend/ref/ref_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { QUERY, KEY, VALUE };

/* One image and head. Row i of a matrix is pixel i of the head's channels. */
typedef struct head {
    const yd_op_pass *pass;
    int image, first, width; /* channels [first, first + width) */
    size_t pixels;
    double *row, *slope; /* [pixels]: probabilities, and their gradients */
} head;

static double *channel(const head *h, const yd_view *view, int c)
{
    return yd_ref_plane(view, h->image, h->first + c);
}

/* Probabilities of row i. */
static void find_row(const head *h, size_t i)
{
    double most = -INFINITY, sum = 0;
    for (size_t j = 0; j < h->pixels; j++) {
        double score = 0;
        for (int c = 0; c < h->width; c++)
            score += channel(h, &h->pass->inputs[QUERY], c)[i] * channel(h, &h->pass->inputs[KEY], c)[j];
        h->row[j] = score / sqrt(h->width);
        most = fmax(most, h->row[j]);
    }
    for (size_t j = 0; j < h->pixels; j++) sum += h->row[j] = exp(h->row[j] - most);
    for (size_t j = 0; j < h->pixels; j++) h->row[j] /= sum;
}

static void row_forward(const head *h, size_t i)
{
    find_row(h, i);
    for (int c = 0; c < h->width; c++) {
        double sum = 0;
        for (size_t j = 0; j < h->pixels; j++) sum += h->row[j] * channel(h, &h->pass->inputs[VALUE], c)[j];
        channel(h, &h->pass->output, c)[i] = sum;
    }
}

/* With p a row of probabilities, g the gradient of what it puts out: dV += p g, dp = g V^T, ds = p (dp - p
 * dp). */
static void row_backward(const head *h, size_t i)
{
    const yd_op_pass *pass = h->pass;
    double mean = 0;
    find_row(h, i);
    memset(h->slope, 0, h->pixels * sizeof *h->slope);
    for (int c = 0; c < h->width; c++) {
        double g = yd_ref_sum(pass->output_gradients, pass->output_gradient_count, h->image, h->first + c, i);
        for (size_t j = 0; j < h->pixels; j++) h->slope[j] += g * channel(h, &pass->inputs[VALUE], c)[j];
        if (!pass->input_gradients[VALUE].data) continue;
        for (size_t j = 0; j < h->pixels; j++)
            channel(h, &pass->input_gradients[VALUE], c)[j] += h->row[j] * g;
    }
    for (size_t j = 0; j < h->pixels; j++) mean += h->row[j] * h->slope[j];
    for (size_t j = 0; j < h->pixels; j++) h->slope[j] = h->row[j] * (h->slope[j] - mean) / sqrt(h->width);
    for (int c = 0; c < h->width; c++)
        for (size_t j = 0; j < h->pixels; j++) {
            if (pass->input_gradients[QUERY].data)
                channel(h, &pass->input_gradients[QUERY], c)[i] +=
                    h->slope[j] * channel(h, &pass->inputs[KEY], c)[j];
            if (pass->input_gradients[KEY].data)
                channel(h, &pass->input_gradients[KEY], c)[j] +=
                    h->slope[j] * channel(h, &pass->inputs[QUERY], c)[i];
        }
}

static void each_row(const yd_op_desc *op, const yd_op_pass *pass, void (*work)(const head *h, size_t i))
{
    size_t pixels = (size_t)op->output.h * (size_t)op->output.w;
    double *scratch = pass->scratch;
    head h = {.pass = pass,
              .width = op->output.c / op->node->heads,
              .pixels = pixels,
              .row = scratch,
              .slope = scratch + pixels};
    for (h.image = 0; h.image < op->output.n; h.image++)
        for (h.first = 0; h.first < op->output.c; h.first += h.width)
            for (size_t i = 0; i < pixels; i++) work(&h, i);
}

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    YD_TRY(yd_ref_prepare(device, desc, state, needs, error));
    needs->scratch = 2 * (size_t)desc->output.h * (size_t)desc->output.w * sizeof(double);
    return YD_OK;
}

static void forward(void *state, const yd_op_pass *pass)
{
    each_row(state, pass, row_forward);
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    const yd_op_desc *op = state;
    if (phase != YD_PHASE_DATA) return;
    for (int i = 0; i < op->input_count; i++)
        if (pass->input_gradients[i].data)
            memset(pass->input_gradients[i].data, 0, yd_ref_elements(op->inputs[i]) * sizeof(double));
    each_row(op, pass, row_backward);
}

const yd_op_kernels yd_ref_attention = {prepare, free, forward, backward, yd_ref_slices, yd_ref_slices};
