/* One node's convolution in its three passes, without what follows it. */
#pragma once
#include "backend/cpu/device.h"

typedef struct yd_convolution {
    yd_device *device;
    yd_param_layout param; /* of the weight */
    yd_weight_layout master;
    yd_dnnl_conv *forward, *data, *weights; /* NULL where the plan does not need them */
    size_t scratch;                         /* bytes wanted at every call */
    bool masked;                            /* dense in memory, with zeros between its groups */
} yd_convolution;

/* bias, activation: what the forward pass itself adds and applies. UNSUPPORTED, naming layer and shapes,
 * where it cannot be done. */
yd_status yd_convolution_prepare(yd_convolution *convolution, yd_device *device, const yd_op_desc *desc,
                                 bool bias, yd_activation activation, yd_error *error);
void yd_convolution_release(yd_convolution *convolution);

/* input, output: dense. weight: in master form. */
void yd_convolution_forward(const yd_convolution *convolution, const void *input, const void *weight,
                            const void *bias, float *output, void *scratch);
/* gradient: in master form; NULL where it is not wanted. */
void yd_convolution_weights(const yd_convolution *convolution, const void *input,
                            const float *output_gradient, void *gradient, bool accumulate, void *scratch);
void yd_convolution_data(const yd_convolution *convolution, void *input_gradient,
                         const yd_node_params *params, const float *output_gradient, void *scratch);

/* The backend's working copies (backend.h): in TRAIN the weight in the form of the data gradient; in EVAL
 * weight and bias with the norm folded into them. */
size_t yd_convolution_working_bytes(yd_device *device, const yd_param_layout *weight, yd_mode mode);
void yd_convolution_refresh(yd_device *device, const yd_param_layout *weight, yd_mode mode,
                            const yd_node_params *params, void *working);
/* The bias that lies behind a folded weight. */
const float *yd_convolution_folded_bias(const yd_convolution *convolution, const void *working);
