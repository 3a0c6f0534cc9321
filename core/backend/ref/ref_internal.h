/* What the files of the reference backend share. Every value is dense or a slice of a concatenation, [n, c,
 * h, w] in double; channels are not padded, so channel maps are identities and are not looked at. */
#pragma once
#include "backend/ref/ref.h"

struct yd_device {
    int threads; /* as asked for; everything here runs in the caller's */
};

/* The operations, one file each. */
extern const yd_op_kernels yd_ref_conv, yd_ref_add, yd_ref_concat, yd_ref_max_pool, yd_ref_pad,
    yd_ref_upsample, yd_ref_space_to_depth, yd_ref_depth_to_space, yd_ref_attention;

/* Plane (one channel of one image) of a view. */
static inline double *yd_ref_plane(const yd_view *view, int image, int channel)
{
    size_t plane = (size_t)view->shape.h * (size_t)view->shape.w;
    return (double *)view->data + (size_t)image * view->image_stride + (size_t)channel * plane;
}
/* Elements of the value that a view shows. */
size_t yd_ref_elements(yd_shape shape);
/* Element (image, channel, i) of the sum of views, added in their order. */
double yd_ref_sum(const yd_view *views, int count, int image, int channel, size_t i);
/* Prepares an operation whose state is a copy of desc, and which needs nothing; released by free. */
yd_status yd_ref_prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error);
bool yd_ref_slices(const yd_op_desc *desc); /* true: every operation here takes slices */

/* Parameters: the order of the regions is the checkpoint's, but for Focus, whose weight is kept as that of
 * its equal convolution. */
size_t yd_ref_param_elements(yd_device *device, const yd_param_layout *layout);
void yd_ref_param_pack(yd_device *device, const yd_param_layout *layout, const float *plain, void *packed);
void yd_ref_param_unpack(yd_device *device, const yd_param_layout *layout, const void *packed, double *plain);

/* Convolution without norm: weights [out, in / groups, kernel_h, kernel_w], dense buffers [n, c, h, w] except
 * for the input view. */
typedef struct yd_ref_geometry {
    const yd_node *node;
    yd_shape input, output;
} yd_ref_geometry;
void yd_ref_convolve(const yd_ref_geometry *geometry, const yd_view *input, const double *weight,
                     double *output);
void yd_ref_convolve_weights(const yd_ref_geometry *geometry, const yd_view *input,
                             const double *output_gradient, double *weight_gradient, bool accumulate);
void yd_ref_convolve_data(const yd_ref_geometry *geometry, const double *output_gradient,
                          const double *weight, const yd_view *input_gradient);

double yd_ref_activate(const yd_node *node, double x);
double yd_ref_activate_slope(const yd_node *node, double x); /* derivative at x */

/* Flat passes. */
void yd_ref_sgd(yd_device *device, size_t n, void *p, const void *gradient, void *momentum,
                const yd_sgd *step);
void yd_ref_adam(yd_device *device, size_t n, void *p, const void *gradient, void *mean, void *square,
                 const yd_adam *step);
void yd_ref_ema(yd_device *device, size_t n, void *average, const void *p, double decay);
double yd_ref_sum_squares(yd_device *device, size_t n, const void *x);
void yd_ref_run(yd_device *device, void (*work)(void *context, int index, int count), void *context);
void yd_ref_round_half(yd_device *device, size_t n, void *x);
