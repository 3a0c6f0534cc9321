#include "bench/step/limit.h"
#include "backend/cpu/dnnl_api.h"
#include "base/arena.h"
#include <stdio.h>
#include <stdlib.h>

enum { INPUT, WEIGHTS, OUTPUT, WRITTEN, BUFFERS, TENSORS = WRITTEN };

/* One pass of one convolution, and its times. */
typedef struct timed {
    dnnl_primitive_t primitive;
    dnnl_memory_t memory[TENSORS];
    yd_api_pass pass;
    double *seconds;
} timed;

struct yd_limit {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_data_type_t type;
    double (*clock)(void);
    timed *passes;
    int count, times, most;
    char *buffers[BUFFERS];
    size_t sizes[BUFFERS];
};

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "bench_step: %s\n", what);
    exit(1);
}

static void must(dnnl_status_t status)
{
    if (status != dnnl_success) stop("oneDNN refused");
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int written_tensor(yd_api_pass pass)
{
    static const int written[] = {OUTPUT, INPUT, WEIGHTS};
    return written[pass];
}

static void add_pass(yd_limit *l, const_dnnl_primitive_desc_t desc, yd_api_pass pass)
{
    static const dnnl_query_t queries[3][TENSORS] = {
        {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
        {dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md},
        {dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md},
    };
    timed *t = &l->passes[l->count++];
    *t = (timed){.pass = pass, .seconds = calloc((size_t)l->most, sizeof(double))};
    if (!t->seconds) stop("out of memory");
    for (int i = 0; i < TENSORS; i++) {
        const yd_md_view md = dnnl_primitive_desc_query_md(desc, queries[pass][i], 0);
        const int buffer = i == written_tensor(pass) ? WRITTEN : i;
        const size_t bytes = dnnl_memory_desc_get_size(md);
        if (bytes > l->sizes[buffer]) l->sizes[buffer] = bytes;
        must(dnnl_memory_create(&t->memory[i], md, l->engine, DNNL_MEMORY_NONE));
    }
    must(dnnl_primitive_create(&t->primitive, desc));
}

static dnnl_primitive_desc_t create(const yd_limit *l, const yd_node *n, yd_shape in, yd_shape out,
                                    yd_api_pass pass, const_dnnl_primitive_desc_t hint)
{
    const dnnl_dims_t input = {in.n, in.c, in.h, in.w}, output = {out.n, out.c, out.h, out.w};
    const dnnl_dims_t dense = {out.c, in.c, n->kernel_h, n->kernel_w};
    const dnnl_dims_t grouped = {n->groups, out.c / n->groups, in.c / n->groups, n->kernel_h, n->kernel_w};
    yd_api_conv conv = {.pass = pass,
                        .kind = dnnl_forward_training,
                        .algorithm = dnnl_convolution_direct,
                        .stride = {n->stride_h, n->stride_w},
                        .before = {n->pad_h, n->pad_w},
                        .after = {(out.h - 1) * n->stride_h + n->kernel_h - in.h - n->pad_h,
                                  (out.w - 1) * n->stride_w + n->kernel_w - in.w - n->pad_w}};
    yd_md mds[TENSORS];
    dnnl_primitive_desc_t made = NULL;
    must(yd_md_create(&mds[INPUT], 4, input, l->type, dnnl_format_tag_any));
    must(yd_md_create(&mds[WEIGHTS], n->groups > 1 ? 5 : 4, n->groups > 1 ? grouped : dense,
                      pass == YD_API_WEIGHTS ? dnnl_f32 : l->type, dnnl_format_tag_any));
    must(yd_md_create(&mds[OUTPUT], 4, output, l->type, dnnl_format_tag_any));
    for (int i = 0; i < TENSORS; i++) conv.tensors[i] = yd_md_see(&mds[i]);
    must(yd_api_conv_create(l->engine, &conv, NULL, hint, &made));
    for (int i = 0; i < TENSORS; i++) yd_md_destroy(&mds[i]);
    return made;
}

static void add_conv(yd_limit *l, const yd_node *n, yd_shape in, yd_shape out)
{
    const dnnl_primitive_desc_t forward = create(l, n, in, out, YD_API_FORWARD, NULL);
    add_pass(l, forward, YD_API_FORWARD);
    for (yd_api_pass pass = YD_API_DATA; pass <= YD_API_WEIGHTS; pass++) {
        if (pass == YD_API_DATA && n->inputs[0] == 0) continue; /* nobody wants the gradient of the image */
        const dnnl_primitive_desc_t gradient = create(l, n, in, out, pass, forward);
        add_pass(l, gradient, pass);
        must(dnnl_primitive_desc_destroy(gradient));
    }
    must(dnnl_primitive_desc_destroy(forward));
}

/* Small numbers, never zeros, in every buffer: 0x3cf0 to 0x3d0f are 0.029 to 0.035 in bf16, and pairs of them
 * about the same in float32. */
static void fill_buffers(yd_limit *l)
{
    for (int i = 0; i < BUFFERS; i++) {
        l->buffers[i] = yd_block_alloc(l->sizes[i]);
        if (!l->buffers[i]) stop("no memory for the limit's buffers");
        for (size_t k = 0; k < l->sizes[i] / sizeof(uint16_t); k++)
            ((uint16_t *)(void *)l->buffers[i])[k] = (uint16_t)(0x3cf0 + k * 7 % 32);
    }
    for (int i = 0; i < l->count; i++)
        for (int k = 0; k < TENSORS; k++)
            must(dnnl_memory_set_data_handle(
                l->passes[i].memory[k], l->buffers[k == written_tensor(l->passes[i].pass) ? WRITTEN : k]));
}

yd_limit *yd_limit_open(const yd_model *model, int batch, int size, yd_dtype type, int repeats,
                        double (*clock)(void))
{
    const yd_graph *graph = &model->graph;
    yd_limit *l = calloc(1, sizeof *l);
    yd_shape *shapes = calloc((size_t)graph->value_count, sizeof *shapes);
    yd_error error;
    if (!l || !shapes) stop("out of memory");
    l->type = type == YD_BF16 ? dnnl_bf16 : dnnl_f32;
    l->clock = clock, l->most = repeats;
    l->passes = calloc(3 * (size_t)graph->node_count, sizeof *l->passes);
    if (!l->passes) stop("out of memory");
    must(dnnl_engine_create(&l->engine, dnnl_cpu, 0));
    must(dnnl_stream_create(&l->stream, l->engine, dnnl_stream_default_flags));
    shapes[0] = (yd_shape){batch, 3, size, size};
    for (int i = 0; i < graph->node_count; i++) {
        const yd_node *node = &graph->nodes[i];
        yd_shape inputs[YD_NODE_MAX_INPUTS];
        for (int k = 0; k < node->input_count; k++) inputs[k] = shapes[node->inputs[k]];
        if (yd_op_infer(node, inputs, &shapes[node->output], &error) != YD_OK) stop(error.message);
        if (node->kind == YD_OP_CONV || node->kind == YD_OP_HEAD)
            add_conv(l, node, inputs[0], shapes[node->output]);
    }
    free(shapes);
    fill_buffers(l);
    return l;
}

void yd_limit_close(yd_limit *l)
{
    for (int i = 0; i < l->count; i++) {
        for (int k = 0; k < TENSORS; k++) dnnl_memory_destroy(l->passes[i].memory[k]);
        dnnl_primitive_destroy(l->passes[i].primitive);
        free(l->passes[i].seconds);
    }
    for (int i = 0; i < BUFFERS; i++) yd_block_free(l->buffers[i], l->sizes[i]);
    dnnl_stream_destroy(l->stream);
    dnnl_engine_destroy(l->engine);
    free(l->passes);
    free(l);
}

void yd_limit_time(yd_limit *l, int repeats)
{
    static const int names[3][TENSORS] = {
        {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
        {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
        {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST},
    };
    for (int i = 0; i < l->count; i++) {
        timed *t = &l->passes[i];
        dnnl_exec_arg_t arguments[TENSORS];
        for (int k = 0; k < TENSORS; k++) arguments[k] = (dnnl_exec_arg_t){names[t->pass][k], t->memory[k]};
        for (int r = -1; r < repeats && l->times + r < l->most; r++) {
            const double start = l->clock();
            must(dnnl_primitive_execute(t->primitive, l->stream, TENSORS, arguments));
            must(dnnl_stream_wait(l->stream));
            if (r >= 0) t->seconds[l->times + r] = l->clock() - start;
        }
    }
    l->times = l->times + repeats < l->most ? l->times + repeats : l->most;
}

void yd_limit_sums(yd_limit *l, double *median, double *fastest)
{
    *median = *fastest = 0;
    for (int i = 0; i < l->count; i++) {
        double *seconds = l->passes[i].seconds;
        qsort(seconds, (size_t)l->times, sizeof *seconds, compare_doubles);
        *median += seconds[l->times / 2];
        *fastest += seconds[0];
    }
}
