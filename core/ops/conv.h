/* What every backend needs to know of a convolution's parameters. */
#pragma once
#include "ops/graph.h"

/* Batch norm's constants throughout YOLOv5 (model_and_loss.md, section 10): new = 0.97 * old + 0.03 * batch.
 */
#define YD_NORM_EPS      1e-3
#define YD_NORM_MOMENTUM 0.03

/* Where element (out, in, y, x) of a CONV's or HEAD's weight stands in the checkpoint's row-major array; in
 * counts the inputs of one group. The checkpoint holds [out_channels, in_channels / groups, kernel_h,
 * kernel_w]; for a focus node it holds Focus's own [out_channels, 4 * in_channels, kernel_h / 2, kernel_w /
 * 2], whose input planes are the image's even and odd rows and columns, rows toggling first (section 4.2);
 * for a transposed one [in_channels, out_channels / groups, kernel_h, kernel_w], turned by half a turn. */
size_t yd_conv_weight_index(const yd_node *node, int out, int in, int y, int x);
/* Elements of that array. */
size_t yd_conv_weight_count(const yd_node *node);
