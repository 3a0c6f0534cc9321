#include "backend/cpu/winograd.h"

static bool has_its_shape(const yd_node *node, const yd_weight_layout *weights, yd_dtype type)
{
    return type == YD_F32 && (weights->form == YD_FORM_IN_OUT || weights->form == YD_FORM_OUT_IN) &&
           node->kernel_h == 3 && node->kernel_w == 3 && node->stride_h == 1 && node->stride_w == 1;
}

bool yd_winograd_serves(const yd_node *node, const yd_weight_layout *master, yd_dtype type)
{
    return has_its_shape(node, master, type) && master->block == 16 && yd_dnnl_has_winograd();
}

bool yd_winograd_is_ours(const yd_conv_desc *desc)
{
    return has_its_shape(desc->node, &desc->weights, desc->type) && desc->result == YD_F32 &&
           !yd_dnnl_has_winograd() && yd_winograd_chosen(desc);
}

/* Outputs are computed in tiles of 4 x 4, from 36 products where the direct way has 144, after the weights
 * were transformed. On maps of 5 x 5 and 7 x 7 much of the tiles lies outside, and few tiles do not pay for
 * the weights: 0.14 to 0.8 of the direct speed. From 10 x 10 on, and from 400 pixels in the batch on, it was
 * 1 to 3 times as fast, mostly 2, for 16 to 640 channels, in all three passes. */
bool yd_winograd_chosen(const yd_conv_desc *desc)
{
    enum { LEAST_SIDE = 10, LEAST_PIXELS = 400 };
    const double pixels = (double)desc->batch * desc->out_height * desc->out_width;
    return desc->out_height >= LEAST_SIDE && desc->out_width >= LEAST_SIDE && pixels >= LEAST_PIXELS;
}
