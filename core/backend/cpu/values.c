#include "backend/cpu/values.h"
#include <string.h>

typedef struct image {
    const yd_device *device;
    const uint8_t *bytes;
    const float *floats;
    char *to;
    size_t n;
} image;

static void write_floats(const yd_device *device, const float *from, size_t n, void *to)
{
    if (device->activations == YD_BF16)
        device->vector->to_bf16(from, n, to);
    else
        memcpy(to, from, n * sizeof *from);
}

static void load_share(void *context, int index, int count)
{
    const image *m = context;
    size_t begin, end;
    yd_team_share(m->n, index, count, &begin, &end);
    char *to = m->to + begin * m->device->element;
    if (m->bytes)
        m->device->planes->load_bytes(m->bytes + begin, end - begin, to);
    else
        write_floats(m->device, m->floats + begin, end - begin, to);
}

static void load(yd_device *device, image *m, const yd_view *view)
{
    m->device = device;
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
    const yd_device *device;
    const yd_view *views, *out;
    int count;
} sum;

/* Elements of an image from first on. */
static void *elements_at(const yd_device *device, const yd_view *view, size_t image_index, size_t first)
{
    return (char *)view->data + (image_index * view->image_stride + first) * device->element;
}

/* Of each image, as many terms at a time as fit an array: a sum so far is the next one's first term. */
static void sum_image(const sum *s, size_t image_index, size_t first, size_t n)
{
    const void *terms[YD_MOST_TERMS];
    void *to = elements_at(s->device, s->out, image_index, first);
    int used = 0;
    for (int k = 0; k < s->count; k++) {
        terms[used++] = elements_at(s->device, &s->views[k], image_index, first);
        if (used < YD_MOST_TERMS && k + 1 < s->count) continue;
        s->device->planes->sum(terms, used, n, to);
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
    yd_team_run(device->team, sum_share, &(sum){device, views, out, count});
}

/* One element of any lane. */
static double element_at(const yd_device *device, const void *plane, size_t i)
{
    if (device->activations == YD_F32) return (double)((const float *)plane)[i];
    const uint32_t bits = (uint32_t)((const uint16_t *)plane)[i] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

/* The image is not blocked: each of its channels is a plane. */
static size_t lanes_of(const yd_device *device, const yd_view *view)
{
    return view->physical % YD_CHANNEL_BLOCK ? 1 : (size_t)device->vector->block;
}

static char *plane_of_lane(const yd_device *device, const yd_view *view, size_t image_index, size_t lane)
{
    const size_t lanes = lanes_of(device, view), area = (size_t)view->shape.h * (size_t)view->shape.w;
    return elements_at(device, view, image_index, lane / lanes * lanes * area + lane % lanes);
}

void yd_values_read(yd_device *device, const yd_view *view, const yd_channel_map *map, double *plain)
{
    const size_t area = (size_t)view->shape.h * (size_t)view->shape.w, lanes = lanes_of(device, view);
    for (int n = 0; n < view->shape.n; n++)
        for (int c = 0; c < map->count; c++) {
            const char *from = plane_of_lane(device, view, (size_t)n, (size_t)map->index[c]);
            for (size_t i = 0; i < area; i++) *plain++ = element_at(device, from, i * lanes);
        }
}

void yd_values_write(yd_device *device, const double *plain, const yd_channel_map *map, const yd_view *view)
{
    const size_t area = (size_t)view->shape.h * (size_t)view->shape.w, lanes = lanes_of(device, view);
    for (int n = 0; n < view->shape.n; n++) {
        memset(elements_at(device, view, (size_t)n, 0), 0, (size_t)view->physical * area * device->element);
        for (int c = 0; c < map->count; c++) {
            char *to = plane_of_lane(device, view, (size_t)n, (size_t)map->index[c]);
            for (size_t i = 0; i < area; i++) {
                const float value = (float)*plain++;
                write_floats(device, &value, 1, to + i * lanes * device->element);
            }
        }
    }
}
