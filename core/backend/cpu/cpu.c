#include "backend/cpu/cpu.h"
#include "backend/cpu/convolution.h"
#include "backend/cpu/flat.h"
#include "backend/cpu/values.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void close_device(yd_device *device)
{
    if (!device) return;
    yd_dnnl_close(device->dnnl);
    yd_team_close(device->team);
    free(device);
}

static yd_status open_typed(int threads, yd_dtype activations, yd_device **device, yd_error *error)
{
    yd_device *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "no memory for the cpu backend");
    yd_status status = yd_team_open(threads, &made->team, error);
    if (status == YD_OK) status = yd_dnnl_open(&made->dnnl, error);
    if (status != YD_OK) {
        close_device(made);
        return status;
    }
    made->vector = yd_vector_choose();
    made->activations = activations;
    made->element = yd_dtype_size(activations);
    made->planes = activations == YD_BF16 ? &made->vector->bf16 : &made->vector->f32;
    int version[3];
    yd_dnnl_version(version);
    snprintf(made->description, sizeof made->description, "%s, oneDNN %d.%d.%d, %d threads%s",
             made->vector->name, version[0], version[1], version[2], yd_team_threads(made->team),
             activations == YD_BF16 ? ", bf16" : "");
    *device = made;
    return YD_OK;
}

static yd_status open_float(int threads, yd_device **device, yd_error *error)
{
    return open_typed(threads, YD_F32, device, error);
}

static yd_status open_bf16(int threads, yd_device **device, yd_error *error)
{
    if (!yd_dnnl_has_bf16())
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "this processor (or oneDNN's limits for it) does not compute in bf16");
    return open_typed(threads, YD_BF16, device, error);
}

const char *yd_cpu_describe(const yd_device *device)
{
    return device->description;
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

size_t yd_cpu_elements(yd_shape shape, int physical)
{
    if (shape.n < 1 || physical < 1 || shape.h < 1 || shape.w < 1) return 0;
    const size_t images = yd_mul_size((size_t)shape.n, (size_t)physical);
    const size_t area = yd_mul_size((size_t)shape.h, (size_t)shape.w);
    const size_t elements = yd_mul_size(images, area);
    return yd_mul_size(elements, sizeof(double)) ? elements : 0; /* bytes must fit, too */
}

yd_status yd_cpu_check_blocked(const yd_op_desc *desc, yd_error *error)
{
    const char *name = yd_op_name(desc->node->kind);
    for (int i = 0; i <= desc->input_count; i++) {
        const yd_channel_map *map = i < desc->input_count ? &desc->input_maps[i] : &desc->output_map;
        const yd_shape *shape = i < desc->input_count ? &desc->inputs[i] : &desc->output;
        if (map->physical % YD_CHANNEL_BLOCK || !yd_cpu_elements(*shape, map->physical))
            return yd_fail(error, YD_ERR_UNSUPPORTED,
                           "layer %d's %s: [%d, %d, %d, %d] in %d physical channels cannot be laid out",
                           desc->node->layer, name, shape->n, shape->c, shape->h, shape->w, map->physical);
    }
    return YD_OK;
}

static int lanes(const yd_device *device)
{
    return device->vector->block;
}

static size_t param_elements(yd_device *device, const yd_param_layout *layout)
{
    switch (layout->role) {
    case YD_ROLE_CONV_WEIGHT: {
        const yd_weight_layout weight =
            yd_weight_master(layout->node, &layout->input, &layout->output, device->vector->block);
        return yd_weight_elements(&weight);
    }
    case YD_ROLE_CHANNEL_VECTOR:
        return (size_t)layout->output.physical;
    case YD_ROLE_PLAIN:
        break;
    }
    return layout->plain;
}

static void param_pack(yd_device *device, const yd_param_layout *layout, const float *plain, void *packed)
{
    float *to = packed;
    switch (layout->role) {
    case YD_ROLE_CONV_WEIGHT:
        yd_weight_pack(layout, device->vector->block, plain, to);
        break;
    case YD_ROLE_CHANNEL_VECTOR:
        memset(to, 0, param_elements(device, layout) * sizeof *to);
        for (size_t c = 0; c < layout->plain; c++) to[layout->output.index[c]] = plain[c];
        break;
    case YD_ROLE_PLAIN:
        memcpy(to, plain, layout->plain * sizeof *to);
        break;
    }
}

static void param_unpack(yd_device *device, const yd_param_layout *layout, const void *packed, double *plain)
{
    const float *from = packed;
    switch (layout->role) {
    case YD_ROLE_CONV_WEIGHT:
        yd_weight_unpack(layout, device->vector->block, from, plain);
        break;
    case YD_ROLE_CHANNEL_VECTOR:
        for (size_t c = 0; c < layout->plain; c++) plain[c] = (double)from[layout->output.index[c]];
        break;
    case YD_ROLE_PLAIN:
        for (size_t i = 0; i < layout->plain; i++) plain[i] = (double)from[i];
        break;
    }
}

/* All that does not depend on the type of activations. */
#define YD_CPU_BACKEND                                                                                       \
    .channel_block = YD_CHANNEL_BLOCK, .lanes = lanes, .close = close_device, .describe = yd_cpu_describe,   \
    .allocate = allocate, .deallocate = deallocate, .param_elements = param_elements,                        \
    .param_pack = param_pack, .param_unpack = param_unpack, .working_bytes = yd_convolution_working_bytes,   \
    .refresh_working = yd_convolution_refresh,                                                               \
    .ops = {[YD_OP_CONV] = &yd_cpu_conv,                                                                     \
            [YD_OP_HEAD] = &yd_cpu_head,                                                                     \
            [YD_OP_ADD] = &yd_cpu_add,                                                                       \
            [YD_OP_CONCAT] = &yd_cpu_concat,                                                                 \
            [YD_OP_NORM] = &yd_cpu_norm,                                                                     \
            [YD_OP_MAX_POOL] = &yd_cpu_max_pool,                                                             \
            [YD_OP_PAD] = &yd_cpu_pad,                                                                       \
            [YD_OP_UPSAMPLE] = &yd_cpu_upsample,                                                             \
            [YD_OP_SPACE_TO_DEPTH] = &yd_cpu_space_to_depth,                                                 \
            [YD_OP_DEPTH_TO_SPACE] = &yd_cpu_depth_to_space,                                                 \
            [YD_OP_ATTENTION] = &yd_cpu_attention},                                                          \
    .load_bytes = yd_values_load_bytes, .load_floats = yd_values_load_floats, .sum_views = yd_values_sum,    \
    .read_view = yd_values_read, .write_view = yd_values_write, .sgd = yd_flat_sgd, .adam = yd_flat_adam,    \
    .ema = yd_flat_ema, .run = yd_flat_run, .sum_squares = yd_flat_sum_squares,                              \
    .round_half = yd_flat_round_half

const yd_backend yd_backend_cpu = {
    .name = "cpu", .dtype = YD_F32, .activation_dtype = YD_F32, .open = open_float, YD_CPU_BACKEND};
const yd_backend yd_backend_cpu_bf16 = {
    .name = "cpu-bf16", .dtype = YD_F32, .activation_dtype = YD_BF16, .open = open_bf16, YD_CPU_BACKEND};
