/* ATTENTION: of each image and head, softmax(Q K^T / sqrt(d)) V, in float32 whatever the activations are. A
 * head's channels are gathered into matrices [pixels][d], which oneDNN multiplies; probabilities exist for
 * some rows at a time, and are computed again backward. */
#include "backend/cpu/device.h"
#include "tensor/bf16.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { QUERY, KEY, VALUE, INPUTS, MOST_ROWS = 256 };
enum { CHANNELS_OF_OUTPUT = INPUTS, CHANNEL_LISTS };

typedef struct attention {
    yd_device *device;
    int images, heads;
    size_t width, pixels, rows; /* of a head's matrices; of a block of probabilities */
    bool padded[CHANNEL_LISTS]; /* some physical channels are no logical ones: they are zero */
    /* [heads * width] of query, key, value, output: where a logical channel's elements of an image begin */
    size_t *place[CHANNEL_LISTS];
} attention;

/* Scratch of one head: matrices, and blocks of probabilities and of their gradients. */
typedef struct head {
    const attention *op;
    const yd_op_pass *pass;
    size_t image, first; /* its channels begin there */
    float *input[INPUTS], *gradient[INPUTS], *output;
    float *p, *dp;    /* [rows][pixels] */
    size_t row, rows; /* of the block that is under way */
} head;

static void release(void *state)
{
    attention *op = state;
    if (!op) return;
    for (int i = 0; i < CHANNEL_LISTS; i++) free(op->place[i]);
    free(op);
}

static size_t *find_places(const yd_device *device, const yd_channel_map *map, size_t pixels)
{
    const size_t lanes = (size_t)device->vector->block;
    size_t *place = calloc((size_t)map->count, sizeof *place);
    for (int c = 0; place && c < map->count; c++) {
        const size_t at = (size_t)map->index[c];
        place[c] = at / lanes * pixels * lanes + at % lanes;
    }
    return place;
}

static size_t matrix_bytes(const attention *op, size_t columns)
{
    return yd_cpu_align(op->pixels * columns * sizeof(float));
}

static yd_status prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    YD_TRY(yd_cpu_check_blocked(desc, error));
    attention *op = calloc(1, sizeof *op);
    if (!op)
        return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare layer %d's attention", desc->node->layer);
    *op = (attention){.device = device,
                      .images = desc->output.n,
                      .heads = desc->node->heads,
                      .width = (size_t)(desc->output.c / desc->node->heads),
                      .pixels = (size_t)desc->output.h * (size_t)desc->output.w};
    op->rows = op->pixels < MOST_ROWS ? op->pixels : MOST_ROWS;
    bool done = true;
    for (int i = 0; i < CHANNEL_LISTS; i++) {
        const yd_channel_map *map = i < INPUTS ? &desc->input_maps[i] : &desc->output_map;
        op->padded[i] = map->physical > map->count;
        op->place[i] = find_places(device, map, op->pixels);
        done = done && op->place[i];
    }
    if (!done) {
        release(op);
        return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare layer %d's attention", desc->node->layer);
    }
    const size_t matrices = desc->mode == YD_MODE_TRAIN ? 2 * INPUTS + 1 : INPUTS + 1,
                 blocks = desc->mode == YD_MODE_TRAIN ? 2 : 1;
    *needs = (yd_op_needs){.scratch =
                               matrices * matrix_bytes(op, op->width) + blocks * matrix_bytes(op, op->rows)};
    *state = op;
    return YD_OK;
}

static head open_head(const attention *op, const yd_op_pass *pass, bool backward)
{
    char *next = pass->scratch;
    head h = {.op = op, .pass = pass};
    for (int i = 0; i < INPUTS; i++, next += matrix_bytes(op, op->width)) h.input[i] = (float *)(void *)next;
    h.output = (float *)(void *)next, next += matrix_bytes(op, op->width);
    h.p = (float *)(void *)next, next += matrix_bytes(op, op->rows);
    for (int i = 0; backward && i < INPUTS; i++, next += matrix_bytes(op, op->width))
        h.gradient[i] = (float *)(void *)next;
    h.dp = (float *)(void *)next;
    return h;
}

/* Between a view and matrices. */
typedef struct transfer {
    const head *head;
    const yd_view *views; /* that are added up, or the one that is written */
    int count;
    const size_t *place;
    float *matrix;
    bool half, into_view;
} transfer;

/* Where a pixel's channel of this head lies in a view. */
static size_t place_of(const transfer *t, const yd_view *view, size_t pixel, size_t channel)
{
    const size_t lanes = (size_t)t->head->op->device->vector->block;
    return t->head->image * view->image_stride + t->place[t->head->first + channel] + pixel * lanes;
}

static float fetched(const transfer *t, size_t pixel, size_t channel)
{
    float sum = 0;
    for (int k = 0; k < t->count; k++) {
        const size_t at = place_of(t, &t->views[k], pixel, channel);
        sum += t->half ? yd_from_bf16(((const uint16_t *)t->views[k].data)[at])
                       : ((const float *)t->views[k].data)[at];
    }
    return sum;
}

static void put_one(const transfer *t, size_t pixel, size_t channel, float value)
{
    const size_t at = place_of(t, t->views, pixel, channel);
    if (t->half)
        ((uint16_t *)t->views->data)[at] = yd_to_bf16(value);
    else
        ((float *)t->views->data)[at] = value;
}

static void transfer_share(void *context, int index, int count)
{
    const transfer *t = context;
    const size_t width = t->head->op->width;
    size_t begin, end;
    yd_team_share(t->head->op->pixels, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++)
        for (size_t c = 0; c < width; c++)
            if (t->into_view)
                put_one(t, i, c, t->matrix[i * width + c]);
            else
                t->matrix[i * width + c] = fetched(t, i, c);
}

static void move(const head *h, transfer of, int channels)
{
    of.head = h;
    of.place = h->op->place[channels];
    of.half = h->op->device->activations == YD_BF16;
    yd_team_run(h->op->device->team, transfer_share, &of);
}

static void fetch(const head *h, const yd_view *views, int count, int channels, float *matrix)
{
    move(h, (transfer){.views = views, .count = count, .matrix = matrix}, channels);
}

static void put(const head *h, const yd_view *view, int channels, float *matrix)
{
    move(h, (transfer){.views = view, .count = 1, .matrix = matrix, .into_view = true}, channels);
}

/* Scores to probabilities, row by row. */
static void softmax_share(void *context, int index, int count)
{
    const head *h = context;
    const size_t n = h->op->pixels;
    size_t begin, end;
    yd_team_share(h->rows, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        float *p = h->p + i * n, most = -INFINITY;
        double sum = 0;
        for (size_t j = 0; j < n; j++) most = p[j] > most ? p[j] : most;
        for (size_t j = 0; j < n; j++) sum += (double)(p[j] = expf(p[j] - most));
        for (size_t j = 0; j < n; j++) p[j] = (float)((double)p[j] / sum);
    }
}

/* Gradients of probabilities to those of scores: ds = p (dp - sum of p dp). */
static void softmax_backward_share(void *context, int index, int count)
{
    const head *h = context;
    const size_t n = h->op->pixels;
    size_t begin, end;
    yd_team_share(h->rows, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const float *p = h->p + i * n;
        float *dp = h->dp + i * n;
        double mean = 0;
        for (size_t j = 0; j < n; j++) mean += (double)p[j] * (double)dp[j];
        for (size_t j = 0; j < n; j++) dp[j] = p[j] * (dp[j] - (float)mean);
    }
}

/* Where channels are padded, what is written is zeroed before: a head writes its own channels alone. */
static void clear(const attention *op, const yd_view *view, int channels)
{
    const size_t bytes = (size_t)view->physical * op->pixels * op->device->element;
    if (!view->data || !op->padded[channels]) return;
    for (size_t image = 0; image < (size_t)op->images; image++)
        memset((char *)view->data + image * view->image_stride * op->device->element, 0, bytes);
}

static float scale_of(const attention *op)
{
    return 1 / sqrtf((float)op->width);
}

/* Rows of a matrix from the block's first one on. */
static float *rows_of(const head *h, float *matrix)
{
    return matrix + h->row * h->op->width;
}

static void find_probabilities(head *h)
{
    const attention *op = h->op;
    yd_dnnl_multiply(&(yd_product){.rows = h->rows,
                                   .columns = op->pixels,
                                   .inner = op->width,
                                   .a = rows_of(h, h->input[QUERY]),
                                   .b = h->input[KEY],
                                   .transpose_b = true,
                                   .factor = scale_of(op),
                                   .out = h->p});
    yd_team_run(op->device->team, softmax_share, h);
}

static void block_forward(head *h)
{
    find_probabilities(h);
    yd_dnnl_multiply(&(yd_product){.rows = h->rows,
                                   .columns = h->op->width,
                                   .inner = h->op->pixels,
                                   .a = h->p,
                                   .b = h->input[VALUE],
                                   .factor = 1,
                                   .out = rows_of(h, h->output)});
}

/* output holds the gradient that comes in. */
static void block_backward(head *h)
{
    const attention *op = h->op;
    const float *dy = rows_of(h, h->output);
    const bool add = h->row > 0;
    find_probabilities(h);
    yd_product value = {.rows = op->pixels, .columns = op->width, .inner = h->rows, .factor = 1, .add = add};
    value.a = h->p, value.transpose_a = true, value.b = dy, value.out = h->gradient[VALUE];
    yd_dnnl_multiply(&value);
    yd_dnnl_multiply(&(yd_product){.rows = h->rows,
                                   .columns = op->pixels,
                                   .inner = op->width,
                                   .a = dy,
                                   .b = h->input[VALUE],
                                   .transpose_b = true,
                                   .factor = 1,
                                   .out = h->dp});
    yd_team_run(op->device->team, softmax_backward_share, h);
    yd_dnnl_multiply(&(yd_product){.rows = h->rows,
                                   .columns = op->width,
                                   .inner = op->pixels,
                                   .a = h->dp,
                                   .b = h->input[KEY],
                                   .factor = scale_of(op),
                                   .out = rows_of(h, h->gradient[QUERY])});
    yd_product key = {
        .rows = op->pixels, .columns = op->width, .inner = h->rows, .factor = scale_of(op), .add = add};
    key.a = h->dp, key.transpose_a = true, key.b = rows_of(h, h->input[QUERY]), key.out = h->gradient[KEY];
    yd_dnnl_multiply(&key);
}

static void each_block(head *h, void (*work)(head *h))
{
    for (h->row = 0; h->row < h->op->pixels; h->row += h->rows) {
        h->rows = h->op->pixels - h->row < h->op->rows ? h->op->pixels - h->row : h->op->rows;
        work(h);
    }
}

static void forward(void *state, const yd_op_pass *pass)
{
    const attention *op = state;
    head h = open_head(op, pass, false);
    yd_team_enter(op->device->team);
    clear(op, &pass->output, CHANNELS_OF_OUTPUT);
    for (h.image = 0; h.image < (size_t)op->images; h.image++)
        for (h.first = 0; h.first < (size_t)op->heads * op->width; h.first += op->width) {
            for (int i = 0; i < INPUTS; i++) fetch(&h, &pass->inputs[i], 1, i, h.input[i]);
            each_block(&h, block_forward);
            put(&h, &pass->output, CHANNELS_OF_OUTPUT, h.output);
        }
}

static void backward(void *state, const yd_op_pass *pass, yd_phase phase)
{
    const attention *op = state;
    if (phase != YD_PHASE_DATA) return;
    head h = open_head(op, pass, true);
    yd_team_enter(op->device->team);
    for (int i = 0; i < INPUTS; i++) clear(op, &pass->input_gradients[i], i);
    for (h.image = 0; h.image < (size_t)op->images; h.image++)
        for (h.first = 0; h.first < (size_t)op->heads * op->width; h.first += op->width) {
            for (int i = 0; i < INPUTS; i++) fetch(&h, &pass->inputs[i], 1, i, h.input[i]);
            fetch(&h, pass->output_gradients, pass->output_gradient_count, CHANNELS_OF_OUTPUT, h.output);
            each_block(&h, block_backward);
            for (int i = 0; i < INPUTS; i++)
                if (pass->input_gradients[i].data) put(&h, &pass->input_gradients[i], i, h.gradient[i]);
        }
}

const yd_op_kernels yd_cpu_attention = {prepare, release, forward, backward, yd_cpu_always, yd_cpu_always};
