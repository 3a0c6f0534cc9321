#include "backend/cpu/values.h"
#include <string.h>

typedef struct image {
    const yd_vector *vector;
    const uint8_t *bytes;
    const float *floats;
    float *to;
    size_t n;
} image;

static void load_share(void *context, int index, int count)
{
    const image *m = context;
    size_t begin, end;
    yd_team_share(m->n, index, count, &begin, &end);
    if (m->bytes)
        m->vector->load_bytes(m->bytes + begin, end - begin, m->to + begin);
    else
        memcpy(m->to + begin, m->floats + begin, (end - begin) * sizeof(float));
}

static void load(yd_device *device, image *m, const yd_view *view)
{
    m->vector = device->vector;
    m->to = view->data;
    m->n = yd_cpu_elements(view->shape, view->physical);
    yd_team_enter(device->team);
    yd_team_run(device->team, load_share, m);
}

void yd_values_load_bytes(yd_device *device, const uint8_t *images, const yd_view *view)
{
    load(device, &(image){.bytes = images}, view);
}

void yd_values_load_floats(yd_device *device, const float *images, const yd_view *view)
{
    load(device, &(image){.floats = images}, view);
}

typedef struct sum {
    const yd_vector *vector;
    const yd_view *views, *out;
    int count;
} sum;

/* Of each image, as many terms at a time as fit an array: a sum so far is the next one's first term. */
static void sum_image(const sum *s, size_t image_index, size_t first, size_t n)
{
    enum { TERMS = 16 };
    const float *terms[TERMS];
    float *to = (float *)s->out->data + image_index * s->out->image_stride + first;
    int used = 0;
    for (int k = 0; k < s->count; k++) {
        terms[used++] = (const float *)s->views[k].data + image_index * s->views[k].image_stride + first;
        if (used < TERMS && k + 1 < s->count) continue;
        s->vector->sum(terms, used, n, to);
        terms[0] = to;
        used = 1;
    }
}

static void sum_share(void *context, int index, int count)
{
    enum { LINE = 16 };
    const sum *s = context;
    const size_t area = (size_t)s->out->shape.h * (size_t)s->out->shape.w,
                 each = (size_t)s->out->physical * area;
    const size_t lines = (each + LINE - 1) / LINE;
    size_t begin, end;
    yd_team_share((size_t)s->out->shape.n * lines, index, count, &begin, &end);
    while (begin < end) {
        const size_t at = begin / lines, first = begin % lines;
        const size_t last = end - at * lines < lines ? end - at * lines : lines;
        const size_t stop = last * LINE < each ? last * LINE : each;
        sum_image(s, at, first * LINE, stop - first * LINE);
        begin += last - first;
    }
}

void yd_values_sum(yd_device *device, const yd_view *views, int count, const yd_view *out)
{
    yd_team_enter(device->team);
    yd_team_run(device->team, sum_share, &(sum){device->vector, views, out, count});
}

void yd_values_read(yd_device *device, const yd_view *view, const yd_channel_map *map, double *plain)
{
    const size_t area = (size_t)view->shape.h * (size_t)view->shape.w;
    /* the image is not blocked: each of its channels is a plane */
    const size_t block = view->physical % YD_CHANNEL_BLOCK ? 1 : (size_t)device->vector->block;
    for (int n = 0; n < view->shape.n; n++)
        for (int c = 0; c < map->count; c++) {
            const size_t lane = (size_t)map->index[c];
            const float *from = yd_cpu_plane(view, (int)block, (size_t)n, lane / block) + lane % block;
            for (size_t i = 0; i < area; i++) *plain++ = (double)from[i * block];
        }
}

void yd_values_write(yd_device *device, const double *plain, const yd_channel_map *map, const yd_view *view)
{
    const size_t area = (size_t)view->shape.h * (size_t)view->shape.w;
    const size_t block = view->physical % YD_CHANNEL_BLOCK ? 1 : (size_t)device->vector->block;
    for (int n = 0; n < view->shape.n; n++) {
        memset(yd_cpu_plane(view, (int)block, (size_t)n, 0), 0,
               (size_t)view->physical * area * sizeof(float));
        for (int c = 0; c < map->count; c++) {
            const size_t lane = (size_t)map->index[c];
            float *to = yd_cpu_plane(view, (int)block, (size_t)n, lane / block) + lane % block;
            for (size_t i = 0; i < area; i++) to[i * block] = (float)*plain++;
        }
    }
}
