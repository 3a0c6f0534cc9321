/* The rows of a model's YAML, with their gains applied, lowered one after the other. (model_and_loss.md, 2)
 */
#pragma once
#include "model/builder.h"

/* model->yaml and model->arena are set. Leaves the lists in the builder and the layers in its tree; CONFIG or
 * UNSUPPORTED, with FILE:LINE, for a row that is wrong or not known here. */
yd_status yd_model_parse(yd_builder *builder);

/* ceil(x / 8) * 8: channels after the width gain. */
int yd_make_divisible(double x);
/* max(round(number * gain), 1), rounding half to even; 1 is never scaled. */
int yd_scale_depth(int number, double gain);
