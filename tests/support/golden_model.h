/* A golden pack of a whole model against any backend: heads, loss, gradients,
 * weights and moving averages after the pack's optimizer steps, decoded output of the averages. */
#pragma once
#include "backend/backend.h"
#include "support/golden.h"

/* pack and yaml: paths. */
void yd_golden_model_check(const yd_backend *backend, const char *pack, const char *yaml,
                           yd_golden_tolerance tolerance);
