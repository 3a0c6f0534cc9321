#include "backend/ref/ref_internal.h"
#include "ops/conv.h"

static bool permuted(const yd_param_layout *layout)
{
    return layout->role == YD_ROLE_CONV_WEIGHT && (layout->node->focus || layout->node->transposed);
}

/* Where the checkpoint has the element that stands at packed in [out, in / groups, kernel_h, kernel_w]. */
static size_t index_in_checkpoint(const yd_node *node, size_t packed)
{
    int x = (int)(packed % (size_t)node->kernel_w);
    packed /= (size_t)node->kernel_w;
    int y = (int)(packed % (size_t)node->kernel_h);
    packed /= (size_t)node->kernel_h;
    size_t inputs = (size_t)(node->in_channels / node->groups);
    return yd_conv_weight_index(node, (int)(packed / inputs), (int)(packed % inputs), y, x);
}

size_t yd_ref_param_elements(yd_device *device, const yd_param_layout *layout)
{
    (void)device;
    return layout->plain;
}

void yd_ref_param_pack(yd_device *device, const yd_param_layout *layout, const float *plain, void *packed)
{
    (void)device;
    double *out = packed;
    for (size_t i = 0; i < layout->plain; i++)
        out[i] = plain[permuted(layout) ? index_in_checkpoint(layout->node, i) : i];
}

void yd_ref_param_unpack(yd_device *device, const yd_param_layout *layout, const void *packed, double *plain)
{
    (void)device;
    const double *in = packed;
    for (size_t i = 0; i < layout->plain; i++)
        plain[permuted(layout) ? index_in_checkpoint(layout->node, i) : i] = in[i];
}
