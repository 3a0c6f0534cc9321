/* UPSAMPLE: planes in, planes out. Nearest to twice the size, which all of YOLOv5's own models use, has loops
 * of its own; all else goes by a table of where each row and column comes from. */
#include "ops/upsample.h"
#include "backend/cpu/device.h"
#include <stdlib.h>

typedef struct upsample {
    yd_device *device;
    yd_plane_resize resize;      /* its tables: this operation's, behind it; NULL where the size is doubled */
    size_t planes, blocks, rows; /* of a value; of an image; floats of scratch of one thread */
} upsample;

static bool doubles(const yd_op_desc *desc)
{
    return !desc->node->resize.bilinear && desc->output.h == 2 * desc->inputs[0].h &&
           desc->output.w == 2 * desc->inputs[0].w;
}

static void fill_taps(const yd_resize *resize, int in, int out, yd_plane_tap *taps)
{
    for (int i = 0; i < out; i++) {
        const yd_resize_tap tap = yd_resize_tap_at(resize, in, out, i);
        taps[i] = (yd_plane_tap){tap.first, tap.second, (float)tap.share};
    }
}

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    const yd_shape *in = &desc->inputs[0], *out = &desc->output;
    const bool tables = !doubles(desc);
    const size_t taps = tables ? (size_t)out->h + (size_t)out->w : 0;
    YD_TRY(yd_cpu_check_blocked(desc, error));
    upsample *op = calloc(1, sizeof *op + taps * sizeof(yd_plane_tap));
    if (!op)
        return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare layer %d's upsample", desc->node->layer);
    const size_t block = (size_t)device->vector->block, blocks = (size_t)desc->output_map.physical / block;
    *op = (upsample){.device = device,
                     .resize = {in->h, in->w, out->h, out->w, NULL, NULL},
                     .planes = (size_t)out->n * blocks,
                     .blocks = blocks};
    *needs = (yd_op_needs){0};
    if (tables) {
        yd_plane_tap *rows = (yd_plane_tap *)(op + 1), *columns = rows + out->h;
        fill_taps(&desc->node->resize, in->h, out->h, rows);
        fill_taps(&desc->node->resize, in->w, out->w, columns);
        op->resize.rows = rows, op->resize.columns = columns;
        op->rows = yd_cpu_align((size_t)in->h * (size_t)in->w * block * sizeof(float)) / sizeof(float);
        if (desc->mode == YD_MODE_TRAIN)
            needs->scratch = op->rows * sizeof(float) * (size_t)yd_team_threads(device->team);
    }
    *state = op;
    return YD_OK;
}

static void forward_share(void *context, int index, int count)
{
    const yd_cpu_work *w = context;
    const upsample *op = w->op;
    const yd_plane_kernels *kernels = op->device->planes;
    size_t begin, end;
    yd_team_share(op->planes, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const void *x = yd_cpu_plane(op->device, &w->pass->inputs[0], i / op->blocks, i % op->blocks);
        void *y = yd_cpu_plane(op->device, &w->pass->output, i / op->blocks, i % op->blocks);
        if (op->resize.rows)
            kernels->resize(&op->resize, x, y);
        else
            kernels->upsample(x, op->resize.height, op->resize.width, y);
    }
}

static void backward_share(void *context, int index, int count)
{
    const yd_cpu_work *w = context;
    const upsample *op = w->op;
    const yd_plane_kernels *kernels = op->device->planes;
    const int views = w->pass->output_gradient_count;
    float *rows = op->resize.rows ? (float *)w->pass->scratch + (size_t)index * op->rows : NULL;
    size_t begin, end;
    yd_team_share(op->planes, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const void *dy[YD_MAX_GRADIENT_VIEWS];
        for (int k = 0; k < views; k++)
            dy[k] = yd_cpu_plane(op->device, &w->pass->output_gradients[k], i / op->blocks, i % op->blocks);
        void *dx = yd_cpu_plane(op->device, &w->pass->input_gradients[0], i / op->blocks, i % op->blocks);
        if (rows)
            kernels->resize_sums(&op->resize, dy, views, rows, dx);
        else
            kernels->upsample_sums(dy, views, op->resize.height, op->resize.width, dx);
    }
}

static void forward(void *state, const yd_op_pass *pass)
{
    const upsample *op = state;
    yd_cpu_run(op->device, forward_share, op, pass);
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    const upsample *op = state;
    if (phase != YD_PHASE_DATA || !pass->input_gradients[0].data) return;
    yd_cpu_run(op->device, backward_share, op, pass);
}

const yd_op_kernels yd_cpu_upsample = {prepare, free, forward, backward, yd_cpu_always, yd_cpu_always};
