/* A golden pack of a whole model (micro_v6, micro_v5, nano_v6) against any backend: heads, loss, gradients,
 * weights and moving averages after the pack's optimizer steps, decoded output of the averages. */
#pragma once
#include "backend/backend.h"
#include "support/golden.h"

/* pack and yaml: names below ../shared, "golden/micro_v6.npz". Skips the case where they are absent. */
void yd_golden_model_check(const yd_backend *backend, const char *pack, const char *yaml,
                           yd_golden_tolerance tolerance);
