#include "backend/ref/ref_internal.h"
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>

static int ref_lanes(const yd_device *device)
{
    (void)device;
    return 1;
}

static yd_status ref_open(int threads, yd_device **device, yd_error *error)
{
    *device = calloc(1, sizeof **device);
    if (!*device) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    (*device)->threads = threads;
    return YD_OK;
}

static void ref_close(yd_device *device)
{
    free(device);
}

static void *allocate(yd_device *device, size_t bytes)
{
    (void)device;
    return yd_block_alloc(bytes);
}

static void deallocate(yd_device *device, void *memory, size_t bytes)
{
    (void)device;
    yd_block_free(memory, bytes);
}

size_t yd_ref_elements(yd_shape shape)
{
    return (size_t)shape.n * (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
}

double yd_ref_sum(const yd_view *views, int count, int image, int channel, size_t i)
{
    double sum = 0;
    for (int k = 0; k < count; k++) sum += yd_ref_plane(&views[k], image, channel)[i];
    return sum;
}

yd_status yd_ref_prepare(yd_device *device, const yd_op_desc *desc, void **state, yd_op_needs *needs,
                         yd_error *error)
{
    (void)device;
    yd_op_desc *copy = malloc(sizeof *copy);
    if (!copy) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    *copy = *desc;
    *state = copy;
    *needs = (yd_op_needs){0};
    return YD_OK;
}

bool yd_ref_slices(const yd_op_desc *desc)
{
    (void)desc;
    return true;
}

/* The masters serve as they are: no copies in other layouts. */
static size_t working_bytes(yd_device *device, const yd_param_layout *weight, yd_mode mode)
{
    (void)device, (void)weight, (void)mode;
    return 0;
}

static void refresh_working(yd_device *device, const yd_param_layout *weight, yd_mode mode,
                            const yd_node_params *params, void *working)
{
    (void)device, (void)weight, (void)mode, (void)params, (void)working;
}

static void load_bytes(yd_device *device, const uint8_t *images, const yd_view *view)
{
    (void)device;
    double *out = view->data;
    for (size_t i = 0; i < yd_ref_elements(view->shape); i++) out[i] = images[i] / 255.0;
}

static void load_floats(yd_device *device, const float *images, const yd_view *view)
{
    (void)device;
    double *out = view->data;
    for (size_t i = 0; i < yd_ref_elements(view->shape); i++) out[i] = images[i];
}

static void sum_views(yd_device *device, const yd_view *views, int count, const yd_view *out)
{
    (void)device;
    size_t plane = (size_t)out->shape.h * (size_t)out->shape.w;
    for (int n = 0; n < out->shape.n; n++)
        for (int c = 0; c < out->shape.c; c++)
            for (size_t i = 0; i < plane; i++) yd_ref_plane(out, n, c)[i] = yd_ref_sum(views, count, n, c, i);
}

static void read_view(yd_device *device, const yd_view *view, const yd_channel_map *map, double *plain)
{
    (void)device, (void)map;
    size_t image = yd_ref_elements(view->shape) / (size_t)view->shape.n;
    for (int n = 0; n < view->shape.n; n++)
        memcpy(plain + (size_t)n * image, yd_ref_plane(view, n, 0), image * sizeof(double));
}

static void write_view(yd_device *device, const double *plain, const yd_channel_map *map, const yd_view *view)
{
    (void)device, (void)map;
    size_t image = yd_ref_elements(view->shape) / (size_t)view->shape.n;
    for (int n = 0; n < view->shape.n; n++)
        memcpy(yd_ref_plane(view, n, 0), plain + (size_t)n * image, image * sizeof(double));
}

static const char *describe(const yd_device *device)
{
    (void)device;
    return "plain C, double precision";
}

const yd_backend yd_backend_ref = {
    .name = "ref",
    .dtype = YD_F64,
    .activation_dtype = YD_F64,
    .channel_block = 1,
    .lanes = ref_lanes,
    .open = ref_open,
    .close = ref_close,
    .describe = describe,
    .allocate = allocate,
    .deallocate = deallocate,
    .param_elements = yd_ref_param_elements,
    .param_pack = yd_ref_param_pack,
    .param_unpack = yd_ref_param_unpack,
    .working_bytes = working_bytes,
    .refresh_working = refresh_working,
    .ops = {[YD_OP_CONV] = &yd_ref_conv,
            [YD_OP_HEAD] = &yd_ref_conv,
            [YD_OP_ADD] = &yd_ref_add,
            [YD_OP_CONCAT] = &yd_ref_concat,
            [YD_OP_NORM] = &yd_ref_conv,
            [YD_OP_MAX_POOL] = &yd_ref_max_pool,
            [YD_OP_PAD] = &yd_ref_pad,
            [YD_OP_UPSAMPLE] = &yd_ref_upsample,
            [YD_OP_SPACE_TO_DEPTH] = &yd_ref_space_to_depth,
            [YD_OP_DEPTH_TO_SPACE] = &yd_ref_depth_to_space,
            [YD_OP_ATTENTION] = &yd_ref_attention},
    .load_bytes = load_bytes,
    .load_floats = load_floats,
    .sum_views = sum_views,
    .read_view = read_view,
    .write_view = write_view,
    .sgd = yd_ref_sgd,
    .adam = yd_ref_adam,
    .ema = yd_ref_ema,
    .sum_squares = yd_ref_sum_squares,
    .run = yd_ref_run,
    .round_half = yd_ref_round_half,
};
