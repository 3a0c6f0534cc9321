/* SPACE_TO_DEPTH and DEPTH_TO_SPACE: elements are moved, not computed with. Fine is the view with more
 * pixels, coarse the one with more channels. */
#include "backend/cpu/device.h"
#include "backend/cpu/values.h"
#include <stdlib.h>
#include <string.h>

typedef struct operation {
    yd_device *device;
    bool to_depth;
    int factor;
    yd_shape fine, coarse;
    int fine_physical, coarse_physical;
    /* [factor * factor][fine_physical]: the physical channel of coarse that holds this sub-image of this
     * channel; -1 where no logical channel lies. And the way back: [coarse_physical], sub * fine_physical +
     * channel. */
    int32_t *coarse_of, *fine_of;
} operation;

/* One move: every element of target is fetched from source. */
typedef struct move {
    const operation *op;
    const yd_view *source, *target;
    bool to_coarse;
} move;

static void release(void *state)
{
    operation *op = state;
    if (!op) return;
    free(op->coarse_of);
    free(op->fine_of);
    free(op);
}

static void fill_tables(operation *op, const yd_channel_map *fine, const yd_channel_map *coarse)
{
    size_t subs = (size_t)op->factor * (size_t)op->factor, width = (size_t)fine->physical;
    memset(op->coarse_of, 0xff, subs * width * sizeof *op->coarse_of);
    memset(op->fine_of, 0xff, (size_t)coarse->physical * sizeof *op->fine_of);
    for (int i = 0; i < coarse->count; i++) {
        size_t at = (size_t)(i / fine->count) * width + (size_t)fine->index[i % fine->count];
        op->coarse_of[at] = coarse->index[i];
        op->fine_of[coarse->index[i]] = (int32_t)at;
    }
}

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    YD_TRY(yd_cpu_check_blocked(desc, error));
    const bool to_depth = desc->node->kind == YD_OP_SPACE_TO_DEPTH;
    const yd_channel_map *in = &desc->input_maps[0], *out = &desc->output_map, *fine = to_depth ? in : out,
                         *coarse = to_depth ? out : in;
    const size_t subs = (size_t)desc->node->factor * (size_t)desc->node->factor;
    operation *op = calloc(1, sizeof *op);
    if (!op)
        return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare layer %d's %s", desc->node->layer,
                       yd_op_name(desc->node->kind));
    *op = (operation){.device = device,
                      .to_depth = to_depth,
                      .factor = desc->node->factor,
                      .fine = to_depth ? desc->inputs[0] : desc->output,
                      .coarse = to_depth ? desc->output : desc->inputs[0],
                      .fine_physical = fine->physical,
                      .coarse_physical = coarse->physical,
                      .coarse_of = calloc(subs * (size_t)fine->physical, sizeof *op->coarse_of),
                      .fine_of = calloc((size_t)coarse->physical, sizeof *op->fine_of)};
    if (!op->coarse_of || !op->fine_of) {
        release(op);
        return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare layer %d's %s", desc->node->layer,
                       yd_op_name(desc->node->kind));
    }
    fill_tables(op, fine, coarse);
    /* several gradients are summed before they are moved */
    *needs = (yd_op_needs){.scratch = desc->mode == YD_MODE_TRAIN
                                          ? yd_cpu_elements(desc->output, out->physical) * device->element
                                          : 0};
    *state = op;
    return YD_OK;
}

/* Where a channel's elements of an image begin, in elements. */
static ptrdiff_t lane_at(const operation *op, const yd_view *view, int channel)
{
    const int lanes = op->device->vector->block;
    const size_t area = (size_t)view->shape.h * (size_t)view->shape.w;
    return (ptrdiff_t)((size_t)(channel / lanes) * area * (size_t)lanes + (size_t)(channel % lanes));
}

/* A block of lanes over the pixels of coarse: of each, where it begins in the source, or -1. step: from one
 * pixel to the next, row: from one row to the next, in elements. */
typedef struct lanes {
    ptrdiff_t from[YD_MAX_BLOCK];
    bool together; /* one after the other, as they stand in the target */
    size_t source_step, source_row, target_step, target_row;
} lanes;

static inline __attribute__((always_inline)) void
move_lanes(const lanes *l, const yd_shape *coarse, int count, const char *source, char *target, size_t size)
{
    for (int y = 0; y < coarse->h; y++)
        for (int x = 0; x < coarse->w; x++) {
            const char *from = source + ((size_t)y * l->source_row + (size_t)x * l->source_step) * size;
            char *to = target + ((size_t)y * l->target_row + (size_t)x * l->target_step) * size;
            if (l->together) {
                memcpy(to, from + l->from[0] * (ptrdiff_t)size, (size_t)count * size);
                continue;
            }
            for (int k = 0; k < count; k++) {
                if (l->from[k] < 0)
                    memset(to + (size_t)k * size, 0, size);
                else
                    memcpy(to + (size_t)k * size, from + l->from[k] * (ptrdiff_t)size, size);
            }
        }
}

static void run_lanes(const move *m, lanes *l, const char *source, char *target)
{
    const operation *op = m->op;
    const int count = op->device->vector->block;
    l->together = l->from[0] >= 0;
    for (int k = 1; k < count; k++) l->together &= l->from[k] == l->from[0] + k;
    if (op->device->element == sizeof(float))
        move_lanes(l, &op->coarse, count, source, target, sizeof(float));
    else
        move_lanes(l, &op->coarse, count, source, target, sizeof(uint16_t));
}

static const char *image_of(const operation *op, const yd_view *view, size_t image)
{
    return (const char *)view->data + image * view->image_stride * op->device->element;
}

/* Steps in fine and in coarse from one pixel of coarse to the next. */
static lanes steps(const operation *op, bool to_coarse)
{
    const size_t size = (size_t)op->device->vector->block, f = (size_t)op->factor;
    const size_t fine_row = f * (size_t)op->fine.w * size, coarse_row = (size_t)op->coarse.w * size;
    return to_coarse ? (lanes){.source_step = f * size,
                               .source_row = fine_row,
                               .target_step = size,
                               .target_row = coarse_row}
                     : (lanes){.source_step = size,
                               .source_row = coarse_row,
                               .target_step = f * size,
                               .target_row = fine_row};
}

/* Of a square of fine: pixel number sub, in elements. */
static ptrdiff_t pixel_of(const operation *op, int sub)
{
    return (ptrdiff_t)(sub / op->factor * op->fine.w + sub % op->factor) * op->device->vector->block;
}

static void gather_block(const move *m, size_t image, int block)
{
    const operation *op = m->op;
    const int count = op->device->vector->block;
    lanes l = steps(op, true);
    for (int k = 0; k < count; k++) {
        const int32_t at = op->fine_of[block * count + k];
        l.from[k] =
            at < 0 ? -1
                   : lane_at(op, m->source, at % op->fine_physical) + pixel_of(op, at / op->fine_physical);
    }
    run_lanes(m, &l, image_of(op, m->source, image),
              yd_cpu_plane(op->device, m->target, image, (size_t)block));
}

static void scatter_block(const move *m, size_t image, int block)
{
    const operation *op = m->op;
    const int count = op->device->vector->block;
    char *target = yd_cpu_plane(op->device, m->target, image, (size_t)block);
    lanes l = steps(op, false);
    for (int sub = 0; sub < op->factor * op->factor; sub++) {
        for (int k = 0; k < count; k++) {
            const int32_t at = op->coarse_of[sub * op->fine_physical + block * count + k];
            l.from[k] = at < 0 ? -1 : lane_at(op, m->source, at);
        }
        run_lanes(m, &l, image_of(op, m->source, image),
                  target + pixel_of(op, sub) * (ptrdiff_t)op->device->element);
    }
}

static void share(void *context, int index, int count)
{
    const move *m = context;
    const size_t blocks = (size_t)(m->target->physical / m->op->device->vector->block);
    size_t begin, end;
    yd_team_share((size_t)m->target->shape.n * blocks, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++)
        (m->to_coarse ? gather_block : scatter_block)(m, i / blocks, (int)(i % blocks));
}

static void run(const operation *op, const yd_view *source, const yd_view *target, bool to_coarse)
{
    yd_team_enter(op->device->team);
    yd_team_run(op->device->team, share, &(move){op, source, target, to_coarse});
}

static void forward(void *state, const yd_op_pass *pass)
{
    const operation *op = state;
    run(op, &pass->inputs[0], &pass->output, op->to_depth);
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    const operation *op = state;
    if (phase != YD_PHASE_DATA || !pass->input_gradients[0].data) return;
    yd_view sum = pass->output_gradients[0];
    if (pass->output_gradient_count > 1) {
        sum.data = pass->scratch;
        sum.image_stride = (size_t)sum.physical * (size_t)sum.shape.h * (size_t)sum.shape.w;
        yd_values_sum(op->device, pass->output_gradients, pass->output_gradient_count, &sum);
    }
    run(op, &sum, &pass->input_gradients[0], !op->to_depth);
}

const yd_op_kernels yd_cpu_space_to_depth = {prepare,  release,       forward,
                                             backward, yd_cpu_always, yd_cpu_always};
const yd_op_kernels yd_cpu_depth_to_space = {prepare,  release,       forward,
                                             backward, yd_cpu_always, yd_cpu_always};
