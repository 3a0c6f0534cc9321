/* A golden pack of a whole model against any backend: heads, loss, gradients,
 * weights and moving averages after the pack's optimizer steps, decoded output of the averages. */
#pragma once
#include "model/model.h"
#include "support/golden.h"

/* pack and yaml: paths. */
void yd_golden_model_check(const yd_backend *backend, const char *pack, const char *yaml,
                           yd_golden_tolerance tolerance);
/* The weights before any step, "w0/…" of the pack, into a set of the model. */
void yd_golden_load_weights(yd_npz *pack, const yd_model *model, yd_param_set *weights);
