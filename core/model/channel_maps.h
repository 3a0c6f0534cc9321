/* Where every value's logical channels lie among its physical ones, for a backend's block. */
#pragma once
#include "model/model.h"

/* Fills model->maps. The image keeps its three channels; a convolution's output is padded to the block; a
 * concatenation has a padded segment for each input, and space-to-depth one for each sub-image; pools,
 * upsampling and depthwise convolutions keep their input's map. Both sides of an add must have one map: a
 * convolution takes over the other's; UNSUPPORTED where neither side is one. A head's output is not padded.
 */
yd_status yd_model_map_channels(yd_model *model, yd_error *error);
