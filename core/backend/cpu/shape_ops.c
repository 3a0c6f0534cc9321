/* ADD and CONCAT: planes in, planes out. Their gradients are views, which the plan handles. */
#include "backend/cpu/device.h"
#include <stdlib.h>
#include <string.h>

typedef struct operation {
    yd_device *device;
    int input_count;
    yd_shape output;
    int physical;
} operation;

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    YD_TRY(yd_cpu_check_blocked(desc, error));
    operation *op = calloc(1, sizeof *op);
    if (!op)
        return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare layer %d's %s", desc->node->layer,
                       yd_op_name(desc->node->kind));
    *op = (operation){device, desc->input_count, desc->output, desc->output_map.physical};
    *needs = (yd_op_needs){0};
    *state = op;
    return YD_OK;
}

/* The planes of a thread's share of an output: index counts blocks of all images. */
static size_t share_planes(const operation *op, int index, int count, size_t *end)
{
    size_t begin;
    yd_team_share((size_t)op->output.n * (size_t)(op->physical / op->device->vector->block), index, count,
                  &begin, end);
    return begin;
}

static void add_share(void *context, int index, int count)
{
    const yd_cpu_work *w = context;
    const operation *op = w->op;
    const size_t blocks = (size_t)(op->physical / op->device->vector->block);
    const size_t elements = (size_t)op->output.h * (size_t)op->output.w * (size_t)op->device->vector->block;
    size_t end;
    for (size_t i = share_planes(op, index, count, &end); i < end; i++) {
        const void *terms[YD_NODE_MAX_INPUTS];
        for (int k = 0; k < op->input_count; k++)
            terms[k] = yd_cpu_plane(op->device, &w->pass->inputs[k], i / blocks, i % blocks);
        op->device->planes->sum(terms, op->input_count, elements,
                                yd_cpu_plane(op->device, &w->pass->output, i / blocks, i % blocks));
    }
}

static void add(void *state, const yd_op_pass *pass)
{
    const operation *op = state;
    yd_cpu_run(op->device, add_share, op, pass);
}

/* Images one after the other; of each, the inputs' segments. */
static void concat_share(void *context, int index, int count)
{
    const yd_cpu_work *w = context;
    const operation *op = w->op;
    const yd_view *out = &w->pass->output;
    const size_t area = (size_t)op->output.h * (size_t)op->output.w;
    size_t segment = 0;
    for (int k = 0; k < op->input_count; k++) {
        const yd_view *in = &w->pass->inputs[k];
        char *to = (char *)out->data + segment;
        segment += (size_t)in->physical * area * op->device->element;
        if (!in->data || in->data == to) continue; /* written in place by its producer */
        const size_t row = (size_t)in->physical;
        size_t begin, end;
        yd_team_share((size_t)op->output.n * row, index, count, &begin, &end);
        while (begin < end) { /* [begin, end) counts channels' worth of floats, of all images */
            const size_t image = begin / row, first = begin % row;
            const size_t last = end - image * row < row ? end - image * row : row;
            memcpy(to + (image * out->image_stride + first * area) * op->device->element,
                   (const char *)in->data + (image * in->image_stride + first * area) * op->device->element,
                   (last - first) * area * op->device->element);
            begin += last - first;
        }
    }
}

static void concat(void *state, const yd_op_pass *pass)
{
    const operation *op = state;
    yd_cpu_run(op->device, concat_share, op, pass);
}

const yd_op_kernels yd_cpu_add = {prepare, free, add, NULL, yd_cpu_always, yd_cpu_always};
const yd_op_kernels yd_cpu_concat = {prepare, free, concat, NULL, yd_cpu_always, yd_cpu_always};
