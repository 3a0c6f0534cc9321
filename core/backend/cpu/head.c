/* HEAD: 1x1 convolution with bias, and the move between channels in blocks and [B, na, H, W, no]. */
#include "backend/cpu/convolution.h"
#include <stdlib.h>
#include <string.h>

/* Channels that lie side by side in both orders: lanes of a block from lane on, numbers of an anchor from
 * first on. */
typedef struct lanes {
    int block, lane, anchor, first, length;
} lanes;

typedef struct head {
    yd_convolution convolution;
    lanes *runs; /* [run_count], in the order of channels */
    int run_count;
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
    free(h->runs);
    free(h);
}

/* Cuts the channels where a block or an anchor ends. */
static bool make_runs(head *h)
{
    const int size = h->convolution.master.block, channels = h->na * h->no;
    h->runs = calloc((size_t)h->convolution.master.out / (size_t)size + (size_t)h->na, sizeof *h->runs);
    for (int c = 0; h->runs && c < channels;) {
        const lanes l = {.block = c / size, .lane = c % size, .anchor = c / h->no, .first = c % h->no};
        const int to_block = size - l.lane, to_anchor = h->no - l.first;
        h->runs[h->run_count] = l;
        h->runs[h->run_count].length = to_block < to_anchor ? to_block : to_anchor;
        c += h->runs[h->run_count++].length;
    }
    return h->runs != NULL;
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
    yd_status status = yd_convolution_prepare(&h->convolution, device, desc, true, YD_ACT_NONE, error);
    if (status == YD_OK && !make_runs(h))
        status = yd_fail(error, YD_ERR_MEMORY, "no memory to prepare layer %d's head", node->layer);
    if (status != YD_OK) {
        release(h);
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

/* Pixels that are moved at a time: what they take in both orders fits the first cache. */
enum { TILE = 32 };

typedef struct move {
    const head *head;
    void *
        blocked; /* [B, channels / block, H * W, block]: the result in float32, its gradient as activations */
    float *plain; /* [B, na, H * W, no] */
    const yd_view *gradients;
    int gradient_count;
    yd_moments *moments; /* of each plane of blocked */
} move;

/* A tile: pixels [first, first + pixels) of an image. */
typedef struct tile {
    size_t image, first, pixels;
} tile;

static size_t area_of(const head *h)
{
    return (size_t)h->output.h * (size_t)h->output.w;
}

static size_t tile_count(const head *h)
{
    return (size_t)h->output.n * ((area_of(h) + TILE - 1) / TILE);
}

static tile tile_at(const head *h, size_t index)
{
    const size_t each = (area_of(h) + TILE - 1) / TILE;
    tile t = {.image = index / each, .first = index % each * TILE};
    t.pixels = area_of(h) - t.first < TILE ? area_of(h) - t.first : TILE;
    return t;
}

/* The first element of a tile in a block of channels. */
static size_t blocked_at(const head *h, const tile *t, int block)
{
    const size_t size = (size_t)h->convolution.master.block,
                 blocks = (size_t)h->convolution.master.out / size;
    return ((t->image * blocks + (size_t)block) * area_of(h) + t->first) * size;
}

static size_t plain_at(const head *h, const tile *t, int anchor)
{
    return ((t->image * (size_t)h->na + (size_t)anchor) * area_of(h) + t->first) * (size_t)h->no;
}

/* Whole blocks, the usual case, in copies of a size that the compiler knows. */
static inline void copy_lanes(float *to, const float *from, int length)
{
    if (length == 16)
        memcpy(to, from, 16 * sizeof *to);
    else if (length == 8)
        memcpy(to, from, 8 * sizeof *to);
    else
        for (int i = 0; i < length; i++) to[i] = from[i];
}

/* The runs of the same anchor as run number begin: [begin, end). */
static int end_of_anchor(const head *h, int begin)
{
    int end = begin;
    while (end < h->run_count && h->runs[end].anchor == h->runs[begin].anchor) end++;
    return end;
}

/* Pixel by pixel, so that the plain order is read and written as it lies. */
static void give_tile(const move *m, const tile *t)
{
    const head *h = m->head;
    const size_t size = (size_t)h->convolution.master.block;
    for (int begin = 0, end; begin < h->run_count; begin = end) {
        end = end_of_anchor(h, begin);
        float *to = m->plain + plain_at(h, t, h->runs[begin].anchor);
        for (size_t p = 0; p < t->pixels; p++, to += h->no)
            for (int i = begin; i < end; i++) {
                const lanes *l = &h->runs[i];
                const float *from = (const float *)m->blocked + blocked_at(h, t, l->block);
                copy_lanes(to + l->first, from + p * size + l->lane, l->length);
            }
    }
}

/* One block of channels of a tile of the gradient. */
static void write_block(const move *m, const tile *t, int block, const float *values)
{
    const head *h = m->head;
    const yd_device *device = h->convolution.device;
    const size_t n = t->pixels * (size_t)h->convolution.master.block;
    char *to = (char *)m->blocked + blocked_at(h, t, block) * device->element;
    if (device->activations == YD_BF16)
        device->vector->to_bf16(values, n, to);
    else
        memcpy(to, values, n * sizeof *values);
}

static void add_lanes(const move *m, const tile *t, const lanes *l, float *values)
{
    const size_t size = (size_t)m->head->convolution.master.block, no = (size_t)m->head->no;
    for (int g = 0; g < m->gradient_count; g++) {
        const float *from = (const float *)m->gradients[g].data + plain_at(m->head, t, l->anchor) + l->first;
        float *to = values + l->lane;
        if (g == 0)
            for (size_t p = 0; p < t->pixels; p++, to += size, from += no) copy_lanes(to, from, l->length);
        else
            for (size_t p = 0; p < t->pixels; p++, to += size, from += no)
                for (int k = 0; k < l->length; k++) to[k] += from[k];
    }
}

/* Block after block; lanes that are no channel are zero. */
static void take_tile(const move *m, const tile *t)
{
    const head *h = m->head;
    float values[TILE * YD_MAX_BLOCK];
    for (int i = 0; i < h->run_count; i++) {
        const lanes *l = &h->runs[i];
        if (l->lane == 0) memset(values, 0, sizeof values);
        add_lanes(m, t, l, values);
        if (i + 1 == h->run_count || h->runs[i + 1].block != l->block) write_block(m, t, l->block, values);
    }
}

static void give_share(void *context, int index, int count)
{
    const move *m = context;
    size_t begin, end;
    yd_team_share(tile_count(m->head), index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const tile t = tile_at(m->head, i);
        give_tile(m, &t);
    }
}

static void take_share(void *context, int index, int count)
{
    const move *m = context;
    size_t begin, end;
    yd_team_share(tile_count(m->head), index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const tile t = tile_at(m->head, i);
        take_tile(m, &t);
    }
}

static void forward(void *state, const yd_op_pass *pass)
{
    const head *h = state;
    yd_team *team = h->convolution.device->team;
    void *blocked = h->eval ? pass->scratch : pass->saved;
    void *rest = h->eval ? (char *)pass->scratch + h->blocked_bytes : pass->scratch;
    yd_team_enter(team);
    yd_convolution_forward(&h->convolution, pass->inputs[0].data,
                           yd_convolution_weight(&h->convolution, &pass->params),
                           yd_convolution_bias(&h->convolution, &pass->params), blocked, rest);
    yd_team_run(team, give_share, &(move){.head = h, .blocked = blocked, .plain = pass->output.data});
}

static void plane_moments(void *context, int index, int count)
{
    const move *m = context;
    const head *h = m->head;
    const yd_device *device = h->convolution.device;
    const size_t size = (size_t)device->vector->block, pixels = area_of(h);
    size_t begin, end;
    yd_team_share((size_t)h->output.n * ((size_t)h->convolution.master.out / size), index, count, &begin,
                  &end);
    for (size_t i = begin; i < end; i++)
        device->planes->moments((const char *)m->blocked + i * pixels * size * device->element, pixels,
                                &m->moments[i]);
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
        yd_team_run(team, take_share,
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
