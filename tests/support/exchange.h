/* Models whose numbers others are to reproduce: what goes in and comes out, as raw float32 files. Every
 * failure ends the test case. */
#pragma once
#include "model/model.h"

/* Norms and biases of no special values, in a set that has been initialised. */
void yd_test_shake(const yd_model *model, yd_param_set *set);
/* Noise through the model: images [batch, 3, height, width] in [0, 1], boxes [batch, N, 5 + nc] as yd_decode
 * has them. The model's anchors are those of set. */
void yd_test_predict(yd_model *model, yd_param_set *set, const int size[3], const char *images,
                     const char *boxes);
