/* HEAD: 1x1 convolution with bias, and the move between channels in blocks and [B, na, H, W, no]. */
#include "backend/cpu/convolution.h"
#include <stdlib.h>
#include <string.h>

typedef struct head {
    yd_convolution convolution;
    yd_shape output;
    bool eval;
    int na, no;
    size_t blocked_bytes; /* of the convolution's result, or of its gradient */
} head;

static void release(void *state)
{
    head *h = state;
    if (!h) return;
    yd_convolution_release(&h->convolution);
    free(h);
}

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    const yd_node *node = desc->node;
    if (node->anchors_per_cell < 1 || node->outputs_per_anchor < 1 ||
        node->out_channels != node->anchors_per_cell * node->outputs_per_anchor)
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "layer %d's head: %d channels are not %d anchors of %d numbers", node->layer,
                       node->out_channels, node->anchors_per_cell, node->outputs_per_anchor);
    head *h = calloc(1, sizeof *h);
    if (!h) return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare layer %d's head", node->layer);
    h->output = desc->output;
    h->eval = desc->mode == YD_MODE_EVAL;
    h->na = node->anchors_per_cell, h->no = node->outputs_per_anchor;
    yd_team_enter(device->team);
    const yd_status status = yd_convolution_prepare(&h->convolution, device, desc, true, YD_ACT_NONE, error);
    if (status != YD_OK) {
        free(h);
        return status;
    }
    const int channels = h->convolution.master.out;
    h->blocked_bytes = yd_cpu_align(yd_cpu_elements(desc->output, channels) * sizeof(float));
    const size_t sums =
        (size_t)desc->output.n * (size_t)(channels / device->vector->block) * sizeof(yd_moments);
    *needs = (yd_op_needs){.scratch = h->convolution.scratch > sums ? h->convolution.scratch : sums};
    if (h->eval)
        needs->scratch = h->blocked_bytes + h->convolution.scratch;
    else
        needs->saved = h->blocked_bytes;
    *state = h;
    return YD_OK;
}

/* The tasks of a move are the blocks of all images. */
typedef struct move {
    const head *head;
    float *blocked; /* [B, channels / block, H * W, block] */
    float *plain;   /* [B, na, H * W, no] */
    const yd_view *gradients;
    int gradient_count;
    yd_moments *moments; /* of each plane of blocked */
} move;

/* The channels of a block that belong to one anchor: lanes [lane, lane + length) are numbers from first on.
 */
typedef struct run_of_lanes {
    int anchor, first, lane, length;
} run_of_lanes;

static run_of_lanes next_run(const head *h, int block, int lane)
{
    const int size = h->convolution.master.block, channel = block * size + lane;
    run_of_lanes r = {
        .anchor = channel / h->no, .first = channel % h->no, .lane = lane, .length = h->no - channel % h->no};
    if (channel >= h->na * h->no) return (run_of_lanes){.lane = lane};
    if (r.length > size - lane) r.length = size - lane;
    return r;
}

/* Whole blocks, the usual case, in copies of a size that the compiler knows. */
static void copy_lanes(float *to, size_t to_step, const float *from, size_t from_step, int length,
                       size_t pixels)
{
    if (length == 16)
        for (size_t p = 0; p < pixels; p++) memcpy(to + p * to_step, from + p * from_step, 16 * sizeof *to);
    else if (length == 8)
        for (size_t p = 0; p < pixels; p++) memcpy(to + p * to_step, from + p * from_step, 8 * sizeof *to);
    else
        for (size_t p = 0; p < pixels; p++)
            for (int i = 0; i < length; i++) to[p * to_step + (size_t)i] = from[p * from_step + (size_t)i];
}

static void add_lanes(float *to, size_t to_step, const float *from, size_t from_step, int length,
                      size_t pixels)
{
    for (size_t p = 0; p < pixels; p++)
        for (int i = 0; i < length; i++) to[p * to_step + (size_t)i] += from[p * from_step + (size_t)i];
}

static size_t plain_at(const head *h, size_t image, const run_of_lanes *r)
{
    const size_t pixels = (size_t)h->output.h * (size_t)h->output.w;
    return (image * (size_t)h->na + (size_t)r->anchor) * pixels * (size_t)h->no + (size_t)r->first;
}

static void give_out(void *context, int index, int count)
{
    const move *m = context;
    const head *h = m->head;
    const size_t size = (size_t)h->convolution.master.block,
                 blocks = (size_t)h->convolution.master.out / size;
    const size_t pixels = (size_t)h->output.h * (size_t)h->output.w;
    size_t begin, end;
    yd_team_share((size_t)h->output.n * blocks, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const float *plane = m->blocked + i * pixels * size;
        run_of_lanes r;
        for (int lane = 0; lane < (int)size; lane += r.length) {
            r = next_run(h, (int)(i % blocks), lane);
            if (!r.length) break;
            copy_lanes(m->plain + plain_at(h, i / blocks, &r), (size_t)h->no, plane + lane, size, r.length,
                       pixels);
        }
    }
}

static void take_in(void *context, int index, int count)
{
    const move *m = context;
    const head *h = m->head;
    const size_t size = (size_t)h->convolution.master.block,
                 blocks = (size_t)h->convolution.master.out / size;
    const size_t pixels = (size_t)h->output.h * (size_t)h->output.w;
    size_t begin, end;
    yd_team_share((size_t)h->output.n * blocks, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        float *plane = m->blocked + i * pixels * size;
        int lane = 0;
        while (lane < (int)size) {
            const run_of_lanes r = next_run(h, (int)(i % blocks), lane);
            if (!r.length) break;
            const size_t at = plain_at(h, i / blocks, &r);
            for (int g = 0; g < m->gradient_count; g++)
                (g ? add_lanes : copy_lanes)(plane + lane, size, (const float *)m->gradients[g].data + at,
                                             (size_t)h->no, r.length, pixels);
            lane += r.length;
        }
        for (size_t p = 0; lane < (int)size && p < pixels; p++)
            memset(plane + p * size + lane, 0, (size_t)((int)size - lane) * sizeof *plane);
    }
}

static void forward(void *state, const yd_op_pass *pass)
{
    const head *h = state;
    yd_team *team = h->convolution.device->team;
    float *blocked = h->eval ? pass->scratch : pass->saved;
    void *rest = h->eval ? (char *)pass->scratch + h->blocked_bytes : pass->scratch;
    yd_team_enter(team);
    yd_convolution_forward(&h->convolution, pass->inputs[0].data, pass->params.weight, pass->params.beta,
                           blocked, rest);
    yd_team_run(team, give_out, &(move){.head = h, .blocked = blocked, .plain = pass->output.data});
}

static void plane_moments(void *context, int index, int count)
{
    const move *m = context;
    const head *h = m->head;
    const yd_vector *vector = h->convolution.device->vector;
    const size_t size = (size_t)vector->block, pixels = (size_t)h->output.h * (size_t)h->output.w;
    size_t begin, end;
    yd_team_share((size_t)h->output.n * ((size_t)h->convolution.master.out / size), index, count, &begin,
                  &end);
    for (size_t i = begin; i < end; i++)
        vector->moments(m->blocked + i * pixels * size, pixels, &m->moments[i]);
}

/* Sums over images and pixels: of each plane its mean times its pixels, combined in double. */
static void bias_gradient(const head *h, const yd_op_pass *pass)
{
    float *gradient = pass->grads.beta;
    if (!gradient) return;
    const yd_moments *moments = pass->scratch;
    const size_t size = (size_t)h->convolution.master.block,
                 blocks = (size_t)h->convolution.master.out / size;
    yd_team_run(h->convolution.device->team, plane_moments,
                &(move){.head = h, .blocked = pass->saved, .moments = pass->scratch});
    for (size_t c = 0; c < blocks * size; c++) {
        double sum = 0;
        for (size_t image = 0; image < (size_t)h->output.n; image++) {
            const yd_moments *m = &moments[image * blocks + c / size];
            sum += m->mean[c % size] * m->count;
        }
        gradient[c] = (float)(pass->grads.accumulate ? (double)gradient[c] + sum : sum);
    }
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    const head *h = state;
    yd_team *team = h->convolution.device->team;
    yd_team_enter(team);
    switch (phase) {
    case YD_PHASE_OUTPUT:
        yd_team_run(team, take_in,
                    &(move){.head = h,
                            .blocked = pass->saved,
                            .gradients = pass->output_gradients,
                            .gradient_count = pass->output_gradient_count});
        break;
    case YD_PHASE_WEIGHTS:
        yd_convolution_weights(&h->convolution, pass->inputs[0].data, pass->saved, pass->grads.weight,
                               pass->grads.accumulate, pass->scratch);
        bias_gradient(h, pass);
        break;
    case YD_PHASE_DATA:
        yd_convolution_data(&h->convolution, pass->input_gradients[0].data, &pass->params, pass->saved,
                            pass->scratch);
        break;
    }
}

static bool never(const yd_op_desc *desc)
{
    (void)desc;
    return false;
}

const yd_op_kernels yd_cpu_head = {prepare, release, forward, backward, never, never};
