/* How weights lie in memory: blocked over physical channels, in the forms that oneDNN's kernels read and
 * write. */
#pragma once
#include "backend/backend.h"

enum { YD_CHANNEL_BLOCK = 16 }; /* physical channels are a multiple of this, whatever the vector length */

/* B is the device's block, 16 or 8: channels that lie side by side in activations, nChw{B}c. */
typedef enum yd_weight_form {
    YD_FORM_IN_OUT,    /* OIhw{B}i{B}o: masters and forward */
    YD_FORM_OUT_IN,    /* OIhw{B}o{B}i: data gradient */
    YD_FORM_SWAPPED,   /* IOhw{B}o{B}i: data gradient of 1x1, blocks of 16 */
    YD_FORM_IMAGE,     /* Ohwi{B}o: the stem, whose input is not blocked */
    YD_FORM_DEPTHWISE, /* Goihw{B}g */
    /* bf16: two of the channels that are summed lie side by side; blocks of 16 */
    YD_FORM_IN_OUT_PAIRS,  /* OIhw8i16o2i: forward */
    YD_FORM_OUT_IN_PAIRS,  /* OIhw8o16i2o: data gradient */
    YD_FORM_SWAPPED_PAIRS, /* IOhw8o16i2o: data gradient of 1x1 */
    YD_FORM_IMAGE_PAIRS    /* OhwI16o2i: the stem; an odd number of channels is followed by one of zeros */
} yd_weight_form;

typedef struct yd_weight_layout {
    yd_weight_form form;
    int block, out, in, kernel_h, kernel_w; /* out, in: physical channels; in is 1 where depthwise */
} yd_weight_layout;

/* The form that all masters of this convolution have: depthwise where every channel is a group of its own and
 * input and output channels lie alike; other grouped convolutions are dense, with zeros between the groups.
 */
yd_weight_layout yd_weight_master(const yd_node *node, const yd_channel_map *input,
                                  const yd_channel_map *output, int block);
/* The forms that the forward pass and the data gradient read; the masters' own where they serve. type: of
 * activations and of these copies. */
yd_weight_layout yd_weight_for_forward(const yd_weight_layout *master, yd_dtype type);
yd_weight_layout yd_weight_for_data(const yd_weight_layout *master, yd_dtype type);

size_t yd_weight_elements(const yd_weight_layout *layout); /* what pads pairs included */
size_t yd_weight_offset(const yd_weight_layout *layout, int out, int in, int y, int x);

/* From and to the checkpoint's order [out, in / groups, kh, kw] (Focus: [out, 4 * in, kh / 2, kw / 2]);
 * packed has zeros where no logical channel lies. */
void yd_weight_pack(const yd_param_layout *param, int block, const float *plain, float *packed);
void yd_weight_unpack(const yd_param_layout *param, int block, const float *packed, double *plain);
/* Sets to zero what lies between the groups of a grouped convolution that is dense in memory. */
void yd_weight_mask(const yd_param_layout *param, int block, float *packed);

/* Block number block of output channels, transposed into the form that the data gradient reads in float32.
 */
void yd_weight_transpose(const yd_weight_layout *master, int block, const float *from, float *to);
