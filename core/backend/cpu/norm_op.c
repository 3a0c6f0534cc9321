/* NORM: a batch norm that follows no convolution. In TRAIN its input is kept, and backward turns it into its
 * own gradient, as behind a convolution; in EVAL there is no weight to fold it into. */
#include "backend/cpu/norm.h"
#include <stdlib.h>
#include <string.h>

typedef struct norm {
    yd_device *device;
    yd_norm_plan plan;
    bool eval;
    size_t z_bytes; /* of the input; in TRAIN the vectors of the norm lie behind its copy */
} norm;

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    YD_TRY(yd_cpu_check_blocked(desc, error));
    norm *op = calloc(1, sizeof *op);
    if (!op) return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare layer %d's norm", desc->node->layer);
    const int channels = desc->output_map.physical;
    const size_t vectors = YD_NORM_SAVED_ARRAYS * (size_t)channels * sizeof(float);
    *op = (norm){.device = device,
                 .eval = desc->mode == YD_MODE_EVAL,
                 .z_bytes = yd_cpu_elements(desc->output, channels) * device->element};
    yd_norm_plan_init(&op->plan, device, desc);
    *needs = op->eval ? (yd_op_needs){.scratch = vectors}
                      : (yd_op_needs){.saved = yd_cpu_align(op->z_bytes) + vectors,
                                      .scratch = yd_norm_scratch(&op->plan)};
    *state = op;
    return YD_OK;
}

static yd_norm_saved saved_of(const norm *op, const yd_op_pass *pass)
{
    char *vectors = op->eval ? pass->scratch : (char *)pass->saved + yd_cpu_align(op->z_bytes);
    return yd_norm_saved_at((float *)(void *)vectors, op->plan.channels);
}

static void forward(void *state, const yd_op_pass *pass)
{
    const norm *op = state;
    const yd_norm_saved saved = saved_of(op, pass);
    yd_team_enter(op->device->team);
    if (op->eval) {
        yd_norm_forward_running(&op->plan, pass->inputs[0].data, &pass->params, &saved, &pass->output);
        return;
    }
    memcpy(pass->saved, pass->inputs[0].data, op->z_bytes);
    yd_norm_forward(&op->plan, pass->saved, &pass->params, &saved, &pass->output, pass->scratch);
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    const norm *op = state;
    const yd_norm_saved saved = saved_of(op, pass);
    yd_team_enter(op->device->team);
    switch (phase) {
    case YD_PHASE_OUTPUT:
        yd_norm_backward(&op->plan, true, pass->saved, pass->output_gradients, pass->output_gradient_count,
                         &saved, pass->scratch);
        break;
    case YD_PHASE_WEIGHTS:
        yd_norm_give(&op->plan, &saved, &pass->grads);
        break;
    case YD_PHASE_DATA:
        if (pass->input_gradients[0].data) memcpy(pass->input_gradients[0].data, pass->saved, op->z_bytes);
        break;
    }
}

static bool never(const yd_op_desc *desc)
{
    (void)desc;
    return false;
}

const yd_op_kernels yd_cpu_norm = {prepare, free, forward, backward, never, yd_cpu_always};
