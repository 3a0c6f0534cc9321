#include "backend/ref/ref_internal.h"
#include <string.h>

/* The three passes are one sum over (image, output channel, input channel, tap, output position), each seen
 * from another side: a tap joins output row oy with input row oy * stride + ky - pad, where that row exists.
 */
typedef struct range {
    int first, end; /* output positions whose input position lies inside */
} range;

static range reach(int outputs, int inputs, int stride, int shift)
{
    range r = {0, outputs};
    while (r.first < outputs && r.first * stride + shift < 0) r.first++;
    while (r.end > r.first && (r.end - 1) * stride + shift >= inputs) r.end--;
    return r;
}

/* One tap over a plane: what is done with every pair of an input and an output element. */
typedef struct tap {
    range rows, columns;
    int shift_y, shift_x;
} tap;

static tap make_tap(const yd_ref_geometry *g, int ky, int kx)
{
    int shift_y = ky - g->node->pad_h, shift_x = kx - g->node->pad_w;
    return (tap){reach(g->output.h, g->input.h, g->node->stride_h, shift_y),
                 reach(g->output.w, g->input.w, g->node->stride_w, shift_x), shift_y, shift_x};
}

static void tap_forward(const yd_ref_geometry *g, const tap *t, const double *input, double weight,
                        double *output)
{
    int step = g->node->stride_w;
    for (int oy = t->rows.first; oy < t->rows.end; oy++) {
        const double *in = input + (oy * g->node->stride_h + t->shift_y) * g->input.w + t->shift_x;
        double *out = output + oy * g->output.w;
        for (int ox = t->columns.first; ox < t->columns.end; ox++) out[ox] += weight * in[ox * step];
    }
}

static double tap_weights(const yd_ref_geometry *g, const tap *t, const double *input, const double *gradient)
{
    int step = g->node->stride_w;
    double sum = 0;
    for (int oy = t->rows.first; oy < t->rows.end; oy++) {
        const double *in = input + (oy * g->node->stride_h + t->shift_y) * g->input.w + t->shift_x;
        const double *out = gradient + oy * g->output.w;
        for (int ox = t->columns.first; ox < t->columns.end; ox++) sum += out[ox] * in[ox * step];
    }
    return sum;
}

static void tap_data(const yd_ref_geometry *g, const tap *t, const double *gradient, double weight,
                     double *input_gradient)
{
    int step = g->node->stride_w;
    for (int oy = t->rows.first; oy < t->rows.end; oy++) {
        double *in = input_gradient + (oy * g->node->stride_h + t->shift_y) * g->input.w + t->shift_x;
        const double *out = gradient + oy * g->output.w;
        for (int ox = t->columns.first; ox < t->columns.end; ox++) in[ox * step] += weight * out[ox];
    }
}

/* Input channels of an output channel: a group's. */
static int first_input(const yd_node *node, int out_channel)
{
    return out_channel / (node->out_channels / node->groups) * (node->in_channels / node->groups);
}

static const double *kernel_of(const yd_node *node, const double *weight, int out, int in)
{
    size_t taps = (size_t)node->kernel_h * (size_t)node->kernel_w;
    return weight + ((size_t)out * (size_t)(node->in_channels / node->groups) + (size_t)in) * taps;
}

void yd_ref_convolve(const yd_ref_geometry *g, const yd_view *input, const double *weight, double *output)
{
    const yd_node *node = g->node;
    size_t plane = (size_t)g->output.h * (size_t)g->output.w;
    memset(output, 0, yd_ref_elements(g->output) * sizeof *output);
    for (int n = 0; n < g->output.n; n++)
        for (int o = 0; o < node->out_channels; o++)
            for (int i = 0; i < node->in_channels / node->groups; i++)
                for (int k = 0; k < node->kernel_h * node->kernel_w; k++) {
                    tap t = make_tap(g, k / node->kernel_w, k % node->kernel_w);
                    tap_forward(g, &t, yd_ref_plane(input, n, first_input(node, o) + i),
                                kernel_of(node, weight, o, i)[k],
                                output + ((size_t)n * (size_t)node->out_channels + (size_t)o) * plane);
                }
}

void yd_ref_convolve_weights(const yd_ref_geometry *g, const yd_view *input, const double *output_gradient,
                             double *weight_gradient, bool accumulate)
{
    const yd_node *node = g->node;
    size_t plane = (size_t)g->output.h * (size_t)g->output.w;
    for (int o = 0; o < node->out_channels; o++)
        for (int i = 0; i < node->in_channels / node->groups; i++)
            for (int k = 0; k < node->kernel_h * node->kernel_w; k++) {
                tap t = make_tap(g, k / node->kernel_w, k % node->kernel_w);
                double sum = 0;
                for (int n = 0; n < g->output.n; n++)
                    sum += tap_weights(g, &t, yd_ref_plane(input, n, first_input(node, o) + i),
                                       output_gradient +
                                           ((size_t)n * (size_t)node->out_channels + (size_t)o) * plane);
                double *element = (double *)kernel_of(node, weight_gradient, o, i) + k;
                *element = accumulate ? *element + sum : sum;
            }
}

void yd_ref_convolve_data(const yd_ref_geometry *g, const double *output_gradient, const double *weight,
                          const yd_view *input_gradient)
{
    const yd_node *node = g->node;
    size_t plane = (size_t)g->output.h * (size_t)g->output.w;
    memset(input_gradient->data, 0, yd_ref_elements(g->input) * sizeof(double));
    for (int n = 0; n < g->output.n; n++)
        for (int o = 0; o < node->out_channels; o++)
            for (int i = 0; i < node->in_channels / node->groups; i++)
                for (int k = 0; k < node->kernel_h * node->kernel_w; k++) {
                    tap t = make_tap(g, k / node->kernel_w, k % node->kernel_w);
                    tap_data(g, &t,
                             output_gradient + ((size_t)n * (size_t)node->out_channels + (size_t)o) * plane,
                             kernel_of(node, weight, o, i)[k],
                             yd_ref_plane(input_gradient, n, first_input(node, o) + i));
                }
}
