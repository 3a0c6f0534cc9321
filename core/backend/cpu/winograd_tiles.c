#include "backend/cpu/winograd_tiles.h"
#include <stdlib.h>

/* A tensor [images, channels, height, width] in blocks of channels. */
typedef struct blocked {
    float *data;
    int channels, height, width;
} blocked;

/* FORWARD and DATA: from -> to, tiles are of to. WEIGHTS: tiles are of to, the output's gradient, as well. */
struct yd_tiles {
    yd_device *device;
    yd_conv_pass pass;
    yd_weight_layout weights;
    blocked from, to;
    int pad_y, pad_x;            /* how far the inputs of an output begin before it */
    size_t rows, columns, count; /* tiles of an image, and of the batch */
    size_t chunk;                /* tiles whose numbers are held at once: by each thread; WEIGHTS: by all */
    yd_activation activation;
    float slope;
};

/* One run. */
typedef struct tiles_run {
    const yd_tiles *t;
    blocked from, to;
    float *weights;
    const float *bias;
    float *points;        /* of the weights or their gradient */
    float *in, *out;      /* of the tiles */
    size_t first, length; /* WEIGHTS: the chunk */
} tiles_run;

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static size_t weight_points(const yd_tiles *t)
{
    return (size_t)YD_TILE_POINTS * (size_t)t->from.channels * (size_t)t->to.channels;
}

/* Of one chunk: both sides' numbers. */
static size_t chunk_points(const yd_tiles *t)
{
    return (size_t)YD_TILE_POINTS * t->chunk * ((size_t)t->from.channels + (size_t)t->to.channels);
}

/* As many tiles as keep the numbers of both sides within bytes, in whole rows of the product's kernel. */
static size_t chunk_within(const yd_tiles *t, size_t bytes, size_t least)
{
    enum { ROWS = 24 };
    const size_t each =
        (size_t)YD_TILE_POINTS * sizeof(float) * ((size_t)t->from.channels + (size_t)t->to.channels);
    const size_t fits = bytes / each / ROWS * ROWS;
    return fits < least ? least : fits;
}

yd_status yd_tiles_create(yd_device *device, const yd_conv_desc *desc, yd_tiles **tiles, size_t *scratch,
                          yd_error *error)
{
    yd_tiles *t = calloc(1, sizeof *t);
    if (!t) return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare a convolution");
    const yd_weight_layout *w = &desc->weights;
    const blocked input = {.channels = w->in, .height = desc->height, .width = desc->width},
                  output = {.channels = w->out, .height = desc->out_height, .width = desc->out_width};
    const bool data = desc->pass == YD_CONV_DATA;
    *t = (yd_tiles){.device = device,
                    .pass = desc->pass,
                    .weights = *w,
                    .from = data ? output : input,
                    .to = data ? input : output,
                    .pad_y = data ? w->kernel_h - 1 - desc->node->pad_h : desc->node->pad_h,
                    .pad_x = data ? w->kernel_w - 1 - desc->node->pad_w : desc->node->pad_w,
                    .activation = desc->activation,
                    .slope = desc->slope};
    t->rows = round_up((size_t)t->to.height, YD_TILE) / YD_TILE;
    t->columns = round_up((size_t)t->to.width, YD_TILE) / YD_TILE;
    t->count = (size_t)desc->batch * t->rows * t->columns;
    const bool gradient = desc->pass == YD_CONV_WEIGHTS;
    t->chunk = gradient ? chunk_within(t, 768 << 10, 48) : chunk_within(t, 256 << 10, 24);
    const size_t chunks = gradient ? 1 : (size_t)yd_team_threads(device->team);
    *scratch = (weight_points(t) + chunks * chunk_points(t)) * sizeof(float);
    *tiles = t;
    return YD_OK;
}

void yd_tiles_destroy(yd_tiles *tiles)
{
    free(tiles);
}

/* Tile number index begins before rows before its outputs. Returns its image. */
static size_t place(const yd_tiles *t, size_t index, const blocked *of, int before_y, int before_x,
                    yd_tile *tile)
{
    const size_t each = t->rows * t->columns, rest = index % each;
    *tile = (yd_tile){(int)(rest / t->columns) * YD_TILE - before_y,
                      (int)(rest % t->columns) * YD_TILE - before_x, of->height, of->width};
    return index / each;
}

static float *plane(const yd_tiles *t, const blocked *b, size_t image, size_t block)
{
    const size_t size = (size_t)t->device->vector->block, blocks = (size_t)b->channels / size;
    return b->data + (image * blocks + block) * (size_t)b->height * (size_t)b->width * size;
}

typedef void tile_in(const yd_tile *tile, const float *plane, float *to, size_t step);

/* The numbers of tiles [begin, end), [36][chunk][channels] at points, whose first is the chunk's first. */
static void take_in(const yd_tiles *t, tile_in *kernel, const blocked *b, int pad_y, int pad_x, size_t first,
                    size_t begin, size_t end, float *points)
{
    const size_t size = (size_t)t->device->vector->block, channels = (size_t)b->channels;
    for (size_t block = 0; block < channels / size; block++)
        for (size_t i = begin; i < end; i++) {
            yd_tile tile;
            const size_t image = place(t, i, b, pad_y, pad_x, &tile);
            kernel(&tile, plane(t, b, image, block), points + (i - first) * channels + block * size,
                   t->chunk * channels);
        }
}

static void write_out(const tiles_run *r, size_t begin, size_t end, const float *points)
{
    const yd_tiles *t = r->t;
    const yd_vector *vector = t->device->vector;
    const size_t size = (size_t)vector->block, channels = (size_t)r->to.channels;
    for (size_t block = 0; block < channels / size; block++) {
        const yd_tile_end tail = {r->bias ? r->bias + block * size : NULL, t->activation, t->slope};
        for (size_t i = begin; i < end; i++) {
            yd_tile tile;
            const size_t image = place(t, i, &r->to, 0, 0, &tile);
            vector->winograd.output(&tile, points + (i - begin) * channels + block * size,
                                    t->chunk * channels, &tail, plane(t, &r->to, image, block));
        }
    }
}

/* The weights' numbers, [36] panels of [to / PANEL][from][PANEL]: a vector over channels of to for each of
 * from. */
static void take_weights(void *context, int index, int count)
{
    const tiles_run *r = context;
    const yd_tiles *t = r->t;
    const bool data = t->pass == YD_CONV_DATA;
    const size_t size = (size_t)t->device->vector->block, from = (size_t)r->from.channels,
                 to = (size_t)r->to.channels;
    size_t begin, end;
    yd_team_share(to / size * from, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const size_t first = i / from * size, channel = i % from;
        const int out = (int)(data ? channel : first), in = (int)(data ? first : channel);
        t->device->vector->winograd.taps(
            r->weights + yd_weight_offset(&t->weights, out, in, 0, 0), data,
            r->points + (first / YD_PANEL * from + channel) * YD_PANEL + first % YD_PANEL, to * from);
    }
}

static void convolve(void *context, int index, int count)
{
    const tiles_run *r = context;
    const yd_tiles *t = r->t;
    const yd_winograd_kernels *k = &t->device->vector->winograd;
    const size_t from = (size_t)r->from.channels, to = (size_t)r->to.channels;
    float *in = r->in + (size_t)index * chunk_points(t), *out = in + YD_TILE_POINTS * t->chunk * from;
    size_t begin, end;
    yd_team_share(t->count, index, count, &begin, &end);
    for (size_t i = begin; i < end; i += t->chunk) {
        const size_t next = end - i < t->chunk ? end : i + t->chunk;
        take_in(t, k->input, &r->from, t->pad_y, t->pad_x, i, i, next, in);
        for (size_t p = 0; p < YD_TILE_POINTS; p++)
            k->product(in + p * t->chunk * from, next - i, from, r->points + p * from * to, to,
                       out + p * t->chunk * to);
        write_out(r, i, next, out);
    }
}

/* The chunk's tiles of input and gradient. */
static void take_both(void *context, int index, int count)
{
    const tiles_run *r = context;
    const yd_tiles *t = r->t;
    const yd_winograd_kernels *k = &t->device->vector->winograd;
    size_t begin, end;
    yd_team_share(r->length, index, count, &begin, &end);
    begin += r->first, end += r->first;
    take_in(t, k->input, &r->from, t->pad_y, t->pad_x, r->first, begin, end, r->in);
    take_in(t, k->gradient, &r->to, 0, 0, r->first, begin, end, r->out);
}

/* Their products, summed over the chunk's tiles: [36][from][to]. */
static void multiply(void *context, int index, int count)
{
    const tiles_run *r = context;
    const yd_tiles *t = r->t;
    const size_t from = (size_t)r->from.channels, to = (size_t)r->to.channels, panels = to / YD_PANEL;
    size_t begin, end;
    yd_team_share(YD_TILE_POINTS * panels, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const size_t p = i / panels;
        t->device->vector->winograd.outer(r->in + p * t->chunk * from, from, r->out + p * t->chunk * to, to,
                                          r->length, r->first > 0, i % panels * YD_PANEL,
                                          r->points + p * from * to);
    }
}

static void write_weights(void *context, int index, int count)
{
    const tiles_run *r = context;
    const yd_tiles *t = r->t;
    const size_t size = (size_t)t->device->vector->block, from = (size_t)r->from.channels,
                 to = (size_t)r->to.channels;
    size_t begin, end;
    yd_team_share(to / size * from, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const size_t out = i / from * size, in = i % from;
        t->device->vector->winograd.taps_gradient(r->points + in * to + out, from * to,
                                                  r->weights +
                                                      yd_weight_offset(&t->weights, (int)out, (int)in, 0, 0));
    }
}

static void run_weights(tiles_run *r)
{
    const yd_tiles *t = r->t;
    yd_team *team = t->device->team;
    r->out = r->in + YD_TILE_POINTS * t->chunk * (size_t)r->from.channels;
    for (r->first = 0; r->first < t->count; r->first += t->chunk) {
        r->length = t->count - r->first < t->chunk ? t->count - r->first : t->chunk;
        yd_team_run(team, take_both, r);
        yd_team_run(team, multiply, r);
    }
    yd_team_run(team, write_weights, r);
}

void yd_tiles_run(const yd_tiles *t, float *input, float *weights, const float *bias, float *output,
                  float *scratch)
{
    const bool data = t->pass == YD_CONV_DATA;
    tiles_run r = {.t = t, .from = t->from, .to = t->to, .weights = weights, .bias = bias, .points = scratch};
    r.from.data = data ? output : input;
    r.to.data = data ? input : output;
    r.in = scratch + weight_points(t);
    if (t->pass == YD_CONV_WEIGHTS) {
        run_weights(&r);
        return;
    }
    yd_team_run(t->device->team, take_weights, &r);
    yd_team_run(t->device->team, convolve, &r);
}
