/* Which convolutions Winograd's algorithm computes: a fixed rule over shapes, never a measurement at run
 * time, so that the same run gives the same bits everywhere. tests/bench/winograd.c shows what it is made
 * from. */
#pragma once
#include "backend/cpu/dnnl.h"

/* Whether oneDNN computes maps of some size by it: then all passes read weights in master form. */
bool yd_winograd_serves(const yd_node *node, const yd_weight_layout *master, yd_dtype type);
/* Whether it is the faster one, for weights that it serves. desc: pass and weights are not looked at. */
bool yd_winograd_chosen(const yd_conv_desc *desc);
/* Whether our own kernels compute this pass by it (winograd_tiles.h): chosen, and oneDNN has none. */
bool yd_winograd_is_ours(const yd_conv_desc *desc);
