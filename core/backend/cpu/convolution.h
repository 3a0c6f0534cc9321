/* One node's convolution in its three passes, without what follows it.
 *
 * Inputs (the image too: bytes / 255, rounded), outputs and their gradients are of the device's type of
 * activations. HEAD: the result is always float32, its gradient is of that type. Masters, their gradients and
 * biases are float32. */
#pragma once
#include "backend/cpu/device.h"
#include "backend/cpu/winograd_tiles.h"

/* Where the working copies of a mode begin, in bytes. The first is the forward pass's weight; where there is
 * none, data is 0. */
typedef struct yd_weight_copies {
    yd_weight_layout master;
    yd_dtype type;            /* of the weights; the bias is float32 */
    bool twice, folded;       /* the data gradient has a copy of its own; the norm is folded in */
    size_t data, bias, bytes; /* all of them take bytes */
} yd_weight_copies;

/* One pass, by oneDNN or by our own kernels; neither where the plan does not need it. */
typedef struct yd_pass_kernel {
    yd_dnnl_conv *dnnl;
    yd_tiles *tiles;
} yd_pass_kernel;

typedef struct yd_convolution {
    yd_device *device;
    yd_param_layout param; /* of the weight */
    yd_weight_layout master;
    yd_weight_copies copies;
    yd_pass_kernel forward, data, weights;
    size_t scratch; /* bytes wanted at every call */
    bool masked;    /* dense in memory, with zeros between its groups */
    bool apart;     /* the activation is left to the caller */
} yd_convolution;

/* bias, activation: what the forward pass itself adds and, but where apart says that a pass of our own is
 * faster, applies. UNSUPPORTED, naming layer and shapes,
 * where it cannot be done. */
yd_status yd_convolution_prepare(yd_convolution *convolution, yd_device *device, const yd_op_desc *desc,
                                 bool bias, yd_activation activation, yd_error *error);
void yd_convolution_release(yd_convolution *convolution);

/* input, output: dense. weight, bias: what the functions below give; no bias, NULL. */
void yd_convolution_forward(const yd_convolution *convolution, const void *input, const void *weight,
                            const void *bias, void *output, void *scratch);
/* What the forward pass reads: the working copies of its mode where there are any, else the masters. */
const void *yd_convolution_weight(const yd_convolution *convolution, const yd_node_params *params);
const void *yd_convolution_bias(const yd_convolution *convolution, const yd_node_params *params);
/* gradient: in master form; NULL where it is not wanted. */
void yd_convolution_weights(const yd_convolution *convolution, const void *input, const void *output_gradient,
                            void *gradient, bool accumulate, void *scratch);
void yd_convolution_data(const yd_convolution *convolution, void *input_gradient,
                         const yd_node_params *params, const void *output_gradient, void *scratch);

/* The backend's working copies (backend.h): in TRAIN the weight in the form of the data gradient, in bf16
 * behind that of the forward pass; in EVAL weight and bias with the norm folded into them, in bf16 the weight
 * of every convolution. */
size_t yd_convolution_working_bytes(yd_device *device, const yd_param_layout *weight, yd_mode mode);
void yd_convolution_refresh(yd_device *device, const yd_param_layout *weight, yd_mode mode,
                            const yd_node_params *params, void *working);
