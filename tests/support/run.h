/* A small run in memory, for tests of checkpoints: a model of two levels, and values, average and momenta
 * that float16 would not keep. Every failure ends the test case. */
#pragma once
#include "io/checkpoint.h"

typedef struct yd_test_run {
    const yd_backend *backend;
    yd_device *device;
    yd_arena *arena;
    yd_model *model;
    yd_param_set values, average, momenta, squares; /* squares: none yet */
    yd_train_sets sets;                             /* these four */
    yd_options options;
    yd_preset preset;
    yd_hyp hyp;
    yd_resume_state *resume;
    yd_checkpoint checkpoint; /* of all of the above: epoch 3, classes "cat" and "größe" */
} yd_test_run;

void yd_test_run_open(yd_test_run *run, const yd_backend *backend);
/* From here on the optimizer is Adam, with second moments. */
void yd_test_run_take_adam(yd_test_run *run);
void yd_test_run_close(yd_test_run *run);
/* The same architecture for nc classes (0: 2); the caller destroys it. */
yd_model *yd_test_run_model(yd_test_run *run, int nc);
