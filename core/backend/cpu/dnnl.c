#include "backend/cpu/dnnl.h"
#include "backend/cpu/dnnl_api.h"
#include <stdlib.h>
#include <string.h>

struct yd_dnnl {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
};

/* One of the tensors of a convolution: in our layout, and in the kernel's where that is another one. */
typedef struct tensor {
    dnnl_memory_t ours, theirs;
    dnnl_primitive_t reorder; /* NULL where both are one */
    size_t offset;            /* of the converted copy in scratch */
} tensor;

enum { INPUT, WEIGHTS, OUTPUT, TENSORS };

struct yd_dnnl_conv {
    yd_dnnl *dnnl;
    yd_conv_pass pass;
    dnnl_primitive_t primitive, activation; /* of the output, NULL where the first applies it */
    tensor tensors[TENSORS];
    dnnl_memory_t bias, scratchpad; /* NULL where there is none */
    size_t scratchpad_offset;
    char implementation[64];
};

static const char *status_text(dnnl_status_t status)
{
    switch (status) {
    case dnnl_out_of_memory:
        return "out of memory";
    case dnnl_invalid_arguments:
        return "invalid arguments";
    case dnnl_unimplemented:
        return "not implemented";
    default:
        return "runtime error";
    }
}

/* Steps cannot fail once they are prepared: a status there is a bug of ours. */
static void must(dnnl_status_t status)
{
    YD_ASSERT(status == dnnl_success);
}

yd_isa yd_dnnl_isa(void)
{
    const unsigned isa = (unsigned)dnnl_get_effective_cpu_isa();
    const unsigned avx512 = dnnl_cpu_isa_avx512_core, avx2 = dnnl_cpu_isa_avx2;
    if ((isa & avx512) == avx512) return YD_ISA_AVX512;
    return (isa & avx2) == avx2 ? YD_ISA_AVX2 : YD_ISA_PLAIN;
}

bool yd_dnnl_has_bf16(void)
{
    const unsigned isa = (unsigned)dnnl_get_effective_cpu_isa(), bf16 = dnnl_cpu_isa_avx512_core_bf16;
    return (isa & bf16) == bf16;
}

bool yd_dnnl_has_winograd(void)
{
    return yd_api_has_winograd();
}

void yd_dnnl_version(int version[3])
{
    const dnnl_version_t *v = dnnl_version();
    version[0] = v->major, version[1] = v->minor, version[2] = v->patch;
}

yd_status yd_dnnl_open(yd_dnnl **dnnl, yd_error *error)
{
    yd_dnnl *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "no memory for a oneDNN engine");
    dnnl_status_t status = dnnl_engine_create(&made->engine, dnnl_cpu, 0);
    if (status == dnnl_success)
        status = dnnl_stream_create(&made->stream, made->engine, dnnl_stream_default_flags);
    if (status != dnnl_success) {
        yd_dnnl_close(made);
        return yd_fail(error, YD_ERR_UNSUPPORTED, "oneDNN has no CPU engine: %s", status_text(status));
    }
    *dnnl = made;
    return YD_OK;
}

void yd_dnnl_close(yd_dnnl *dnnl)
{
    if (!dnnl) return;
    dnnl_stream_destroy(dnnl->stream);
    dnnl_engine_destroy(dnnl->engine);
    free(dnnl);
}

static dnnl_format_tag_t weight_tag(const yd_weight_layout *layout)
{
    const bool wide = layout->block == 16;
    switch (layout->form) {
    case YD_FORM_IN_OUT:
        return wide ? dnnl_OIhw16i16o : dnnl_OIhw8i8o;
    case YD_FORM_OUT_IN:
        return wide ? dnnl_OIhw16o16i : dnnl_OIhw8o8i;
    case YD_FORM_SWAPPED:
        return wide ? dnnl_IOhw16o16i : dnnl_format_tag_undef;
    case YD_FORM_IMAGE:
        return wide ? dnnl_Ohwi16o : dnnl_Ohwi8o;
    case YD_FORM_DEPTHWISE:
        return wide ? dnnl_Goihw16g : dnnl_Goihw8g;
    case YD_FORM_IN_OUT_PAIRS:
        return dnnl_OIhw8i16o2i;
    case YD_FORM_OUT_IN_PAIRS:
        return dnnl_OIhw8o16i2o;
    case YD_FORM_SWAPPED_PAIRS:
        return dnnl_IOhw8o16i2o;
    case YD_FORM_IMAGE_PAIRS:
        return dnnl_OhwI16o2i;
    }
    return dnnl_format_tag_undef;
}

static dnnl_data_type_t data_type(yd_dtype type)
{
    return type == YD_BF16 ? dnnl_bf16 : dnnl_f32;
}

/* Descriptions of the tensors and of the bias. */
typedef struct descs {
    yd_md tensors[TENSORS], bias;
} descs;

static void forget(descs *d)
{
    for (int i = 0; i < TENSORS; i++) yd_md_destroy(&d->tensors[i]);
    yd_md_destroy(&d->bias);
}

/* any: whatever layout the library likes. To be forgotten in any case. */
static dnnl_status_t describe(const yd_conv_desc *desc, bool any, descs *made)
{
    const yd_weight_layout *w = &desc->weights;
    const bool depthwise = w->form == YD_FORM_DEPTHWISE,
               image = w->form == YD_FORM_IMAGE || w->form == YD_FORM_IMAGE_PAIRS;
    const dnnl_data_type_t type = data_type(desc->type);
    const dnnl_format_tag_t free_tag = dnnl_format_tag_any, tag = w->block == 16 ? dnnl_nChw16c : dnnl_nChw8c;
    const dnnl_dims_t input = {desc->batch, depthwise ? w->out : w->in, desc->height, desc->width};
    const dnnl_dims_t output = {desc->batch, w->out, desc->out_height, desc->out_width}, bias = {w->out};
    const dnnl_dims_t dense = {w->out, w->in, w->kernel_h, w->kernel_w};
    const dnnl_dims_t single = {w->out, 1, 1, w->kernel_h, w->kernel_w};
    *made = (descs){0};
    dnnl_status_t status = yd_md_create(&made->tensors[INPUT], 4, input, type,
                                        any     ? free_tag
                                        : image ? dnnl_nchw
                                                : tag);
    if (status == dnnl_success)
        status =
            yd_md_create(&made->tensors[WEIGHTS], depthwise ? 5 : 4, depthwise ? single : dense,
                         desc->pass == YD_CONV_WEIGHTS ? dnnl_f32 : type, any ? free_tag : weight_tag(w));
    if (status == dnnl_success)
        status = yd_md_create(&made->tensors[OUTPUT], 4, output,
                              desc->pass == YD_CONV_FORWARD ? data_type(desc->result) : type,
                              any ? free_tag : tag);
    if (status == dnnl_success && desc->bias) status = yd_md_create(&made->bias, 1, bias, dnnl_f32, dnnl_a);
    return status;
}

static yd_api_eltwise eltwise_of(yd_activation activation, float slope)
{
    switch (activation) {
    case YD_ACT_NONE:
        break;
    case YD_ACT_SILU:
        return (yd_api_eltwise){dnnl_eltwise_swish, 1, 0};
    case YD_ACT_LEAKY_RELU:
        return (yd_api_eltwise){dnnl_eltwise_relu, slope, 0};
    case YD_ACT_RELU:
        return (yd_api_eltwise){dnnl_eltwise_relu, 0, 0};
    case YD_ACT_HARDSWISH: /* version 2 has the coefficients built in */
        return (yd_api_eltwise){dnnl_eltwise_hardswish, 1.0f / 6, 0.5f};
    }
    return (yd_api_eltwise){dnnl_eltwise_linear, 1, 0};
}

static dnnl_status_t append_activation(dnnl_primitive_attr_t attributes, const yd_conv_desc *desc)
{
    const yd_api_eltwise e = eltwise_of(desc->activation, desc->slope);
    dnnl_post_ops_t operations = NULL;
    dnnl_status_t status = dnnl_post_ops_create(&operations);
    if (status == dnnl_success) status = yd_api_eltwise_append(operations, &e);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, operations);
    dnnl_post_ops_destroy(operations);
    return status;
}

static dnnl_status_t create_attributes(const yd_conv_desc *desc, dnnl_primitive_attr_t *attributes)
{
    dnnl_status_t status = dnnl_primitive_attr_create(attributes);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user);
    if (status == dnnl_success && desc->pass == YD_CONV_FORWARD && desc->activation && !desc->winograd)
        status = append_activation(*attributes, desc);
    return status;
}

static yd_api_conv api_conv(const yd_conv_desc *desc, const descs *d)
{
    const yd_node *n = desc->node;
    yd_api_conv conv = {.pass = desc->pass == YD_CONV_FORWARD ? YD_API_FORWARD
                                : desc->pass == YD_CONV_DATA  ? YD_API_DATA
                                                              : YD_API_WEIGHTS,
                        .algorithm = desc->winograd ? dnnl_convolution_winograd : dnnl_convolution_direct,
                        .bias = desc->bias ? yd_md_see(&d->bias) : NULL,
                        .stride = {n->stride_h, n->stride_w},
                        .before = {n->pad_h, n->pad_w}};
    /* what is read beyond the last row and column; negative where the stride leaves some unread */
    conv.after[0] = (desc->out_height - 1) * n->stride_h + n->kernel_h - desc->height - n->pad_h;
    conv.after[1] = (desc->out_width - 1) * n->stride_w + n->kernel_w - desc->width - n->pad_w;
    /* for inference alone, Winograd's weights would have to be transformed before */
    conv.kind = desc->activation && !desc->winograd ? dnnl_forward_inference : dnnl_forward_training;
    for (int i = 0; i < TENSORS; i++) conv.tensors[i] = yd_md_see(&d->tensors[i]);
    return conv;
}

/* What the library would do forward: backward passes want it as a hint. */
static dnnl_status_t create_hint(const yd_dnnl *dnnl, const yd_conv_desc *desc, dnnl_primitive_desc_t *made)
{
    yd_conv_desc forward = *desc;
    descs loose;
    forward.pass = YD_CONV_FORWARD, forward.result = desc->type;
    forward.bias = forward.winograd = false;
    dnnl_status_t status = describe(&forward, true, &loose);
    if (status == dnnl_success) {
        const yd_api_conv conv = api_conv(&forward, &loose);
        status = yd_api_conv_create(dnnl->engine, &conv, NULL, NULL, made);
    }
    forget(&loose);
    return status;
}

/* A primitive description of the pass over these tensors. */
static dnnl_status_t create_primitive_desc(const yd_dnnl *dnnl, const yd_conv_desc *desc, const descs *d,
                                           dnnl_primitive_desc_t *made)
{
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t status = create_attributes(desc, &attributes);
    if (status == dnnl_success && desc->pass != YD_CONV_FORWARD) status = create_hint(dnnl, desc, &hint);
    if (status == dnnl_success) {
        const yd_api_conv conv = api_conv(desc, d);
        status = yd_api_conv_create(dnnl->engine, &conv, attributes, hint, made);
    }
    dnnl_primitive_desc_destroy(hint);
    dnnl_primitive_attr_destroy(attributes);
    return status;
}

static const char *implementation_of(const_dnnl_primitive_desc_t desc)
{
    const char *name = "";
    dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &name);
    return name;
}

static bool is_slow(const_dnnl_primitive_desc_t desc)
{
    return strstr(implementation_of(desc), "ref") != NULL;
}

/* Our layouts first; where only the reference code takes those, whatever layouts the library has a real
 * kernel for. */
static dnnl_status_t choose_direct(const yd_dnnl *dnnl, const yd_conv_desc *desc, const descs *ours,
                                   dnnl_primitive_desc_t *chosen)
{
    descs loose;
    dnnl_primitive_desc_t other = NULL;
    const dnnl_status_t status = create_primitive_desc(dnnl, desc, ours, chosen);
    if (status == dnnl_success && !is_slow(*chosen)) return status;
    dnnl_status_t second = describe(desc, true, &loose);
    if (second == dnnl_success) second = create_primitive_desc(dnnl, desc, &loose, &other);
    forget(&loose);
    if (second != dnnl_success) return status;
    if (status == dnnl_success && is_slow(other)) {
        dnnl_primitive_desc_destroy(other);
        return status;
    }
    if (status == dnnl_success) dnnl_primitive_desc_destroy(*chosen);
    *chosen = other;
    return dnnl_success;
}

/* Winograd's kernels apply no activation but ReLU: theirs is a primitive of its own, in place. */
static dnnl_status_t create_activation(yd_dnnl_conv *conv, const yd_conv_desc *desc, const descs *ours)
{
    const yd_api_eltwise e = eltwise_of(desc->activation, desc->slope);
    dnnl_primitive_desc_t made = NULL;
    dnnl_status_t status =
        yd_api_eltwise_create(conv->dnnl->engine, &e, yd_md_see(&ours->tensors[OUTPUT]), &made);
    if (status == dnnl_success) status = dnnl_primitive_create(&conv->activation, made);
    dnnl_primitive_desc_destroy(made);
    return status;
}

static dnnl_status_t choose(yd_dnnl_conv *conv, const yd_conv_desc *desc, const descs *ours,
                            dnnl_primitive_desc_t *chosen)
{
    yd_conv_desc direct = *desc;
    direct.winograd = false;
    if (!desc->winograd || create_primitive_desc(conv->dnnl, desc, ours, chosen) != dnnl_success)
        return choose_direct(conv->dnnl, &direct, ours, chosen);
    return desc->activation ? create_activation(conv, desc, ours) : dnnl_success;
}

static yd_md_view tensor_desc(const_dnnl_primitive_desc_t desc, yd_conv_pass pass, int which)
{
    static const dnnl_query_t queries[3][TENSORS] = {
        {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
        {dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md},
        {dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md}};
    return dnnl_primitive_desc_query_md(desc, queries[pass][which], 0);
}

static int written_tensor(yd_conv_pass pass)
{
    return pass == YD_CONV_FORWARD ? OUTPUT : pass == YD_CONV_DATA ? INPUT : WEIGHTS;
}

/* The part of scratch that bytes more take, at an address that oneDNN likes. */
static size_t reserve(size_t *scratch, size_t bytes)
{
    const size_t offset = *scratch;
    *scratch += (bytes + 63) / 64 * 64;
    return offset;
}

static dnnl_status_t bind_tensor(yd_dnnl_conv *conv, int which, yd_md_view ours,
                                 const_dnnl_primitive_desc_t desc, size_t *scratch)
{
    tensor *t = &conv->tensors[which];
    const dnnl_engine_t engine = conv->dnnl->engine;
    const yd_md_view wanted = tensor_desc(desc, conv->pass, which);
    dnnl_status_t status = dnnl_memory_create(&t->ours, ours, engine, DNNL_MEMORY_NONE);
    if (status != dnnl_success || dnnl_memory_desc_equal(ours, wanted)) return status;
    status = dnnl_memory_create(&t->theirs, wanted, engine, DNNL_MEMORY_NONE);
    if (status != dnnl_success) return status;
    t->offset = reserve(scratch, dnnl_memory_desc_get_size(wanted));
    const bool written = which == written_tensor(conv->pass);
    dnnl_primitive_desc_t reorder = NULL;
    status = dnnl_reorder_primitive_desc_create(&reorder, written ? wanted : ours, engine,
                                                written ? ours : wanted, engine, NULL);
    if (status == dnnl_success) status = dnnl_primitive_create(&t->reorder, reorder);
    dnnl_primitive_desc_destroy(reorder);
    return status;
}

/* The primitive, and memory for all that it reads and writes. */
static dnnl_status_t bind(yd_dnnl_conv *conv, const descs *ours, const_dnnl_primitive_desc_t chosen,
                          bool bias, size_t *scratch)
{
    const dnnl_engine_t engine = conv->dnnl->engine;
    dnnl_status_t status = dnnl_success;
    for (int i = 0; i < TENSORS && status == dnnl_success; i++)
        status = bind_tensor(conv, i, yd_md_see(&ours->tensors[i]), chosen, scratch);
    if (status == dnnl_success && bias)
        status = dnnl_memory_create(&conv->bias, yd_md_see(&ours->bias), engine, DNNL_MEMORY_NONE);
    const yd_md_view pad = dnnl_primitive_desc_query_md(chosen, dnnl_query_scratchpad_md, 0);
    if (status == dnnl_success && pad && dnnl_memory_desc_get_size(pad) > 0) {
        status = dnnl_memory_create(&conv->scratchpad, pad, engine, DNNL_MEMORY_NONE);
        conv->scratchpad_offset = reserve(scratch, dnnl_memory_desc_get_size(pad));
    }
    return status == dnnl_success ? dnnl_primitive_create(&conv->primitive, chosen) : status;
}

static dnnl_status_t build(yd_dnnl_conv *conv, const yd_conv_desc *desc, size_t *scratch)
{
    descs ours;
    dnnl_primitive_desc_t chosen = NULL;
    dnnl_status_t status = describe(desc, false, &ours);
    if (status == dnnl_success) status = choose(conv, desc, &ours, &chosen);
    if (status == dnnl_success) {
        strncpy(conv->implementation, implementation_of(chosen), sizeof conv->implementation - 1);
        status = bind(conv, &ours, chosen, desc->bias && desc->pass == YD_CONV_FORWARD, scratch);
    }
    dnnl_primitive_desc_destroy(chosen);
    forget(&ours);
    return status;
}

yd_status yd_dnnl_conv_create(yd_dnnl *dnnl, const yd_conv_desc *desc, yd_dnnl_conv **conv, size_t *scratch,
                              yd_error *error)
{
    static const char *const passes[] = {"forward", "data gradient", "weight gradient"};
    yd_dnnl_conv *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "no memory to prepare a convolution");
    made->dnnl = dnnl;
    made->pass = desc->pass;
    *scratch = 0;
    const dnnl_status_t status = build(made, desc, scratch);
    if (status != dnnl_success) {
        yd_dnnl_conv_destroy(made);
        const yd_node *n = desc->node;
        return yd_fail(error, status == dnnl_out_of_memory ? YD_ERR_MEMORY : YD_ERR_UNSUPPORTED,
                       "oneDNN cannot prepare the %s of layer %d's %s: [%d, %d, %d, %d] -> [%d, %d, %d, %d], "
                       "kernel %dx%d, "
                       "stride %d, groups %d: %s",
                       passes[desc->pass], n->layer, yd_op_name(n->kind), desc->batch, n->in_channels,
                       desc->height, desc->width, desc->batch, n->out_channels, desc->out_height,
                       desc->out_width, n->kernel_h, n->kernel_w, n->stride_h, n->groups,
                       status_text(status));
    }
    *conv = made;
    return YD_OK;
}

void yd_dnnl_conv_destroy(yd_dnnl_conv *conv)
{
    if (!conv) return;
    for (int i = 0; i < TENSORS; i++) {
        dnnl_primitive_destroy(conv->tensors[i].reorder);
        dnnl_memory_destroy(conv->tensors[i].theirs);
        dnnl_memory_destroy(conv->tensors[i].ours);
    }
    dnnl_memory_destroy(conv->bias);
    dnnl_memory_destroy(conv->scratchpad);
    dnnl_primitive_destroy(conv->activation);
    dnnl_primitive_destroy(conv->primitive);
    free(conv);
}

static void reorder(const yd_dnnl_conv *conv, const tensor *t, bool written)
{
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, written ? t->theirs : t->ours},
                                         {DNNL_ARG_TO, written ? t->ours : t->theirs}};
    must(dnnl_primitive_execute(t->reorder, conv->dnnl->stream, 2, arguments));
}

static void activate(const yd_dnnl_conv *conv)
{
    const dnnl_memory_t output = conv->tensors[OUTPUT].ours;
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, output}, {DNNL_ARG_DST, output}};
    must(dnnl_primitive_execute(conv->activation, conv->dnnl->stream, 2, arguments));
}

void yd_dnnl_conv_run(yd_dnnl_conv *conv, void *input, void *weights, void *bias, void *output, void *scratch)
{
    static const int names[3][TENSORS] = {{DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
                                          {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
                                          {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST}};
    void *const data[TENSORS] = {input, weights, output};
    const int written = written_tensor(conv->pass);
    dnnl_exec_arg_t arguments[TENSORS + 2];
    int count = 0;
    for (int i = 0; i < TENSORS; i++) {
        tensor *t = &conv->tensors[i];
        must(dnnl_memory_set_data_handle(t->ours, data[i]));
        if (t->reorder) {
            must(dnnl_memory_set_data_handle(t->theirs, (char *)scratch + t->offset));
            if (i != written) reorder(conv, t, false);
        }
        arguments[count++] = (dnnl_exec_arg_t){names[conv->pass][i], t->reorder ? t->theirs : t->ours};
    }
    if (conv->bias) {
        must(dnnl_memory_set_data_handle(conv->bias, bias));
        arguments[count++] = (dnnl_exec_arg_t){DNNL_ARG_BIAS, conv->bias};
    }
    if (conv->scratchpad) {
        must(dnnl_memory_set_data_handle(conv->scratchpad, (char *)scratch + conv->scratchpad_offset));
        arguments[count++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, conv->scratchpad};
    }
    must(dnnl_primitive_execute(conv->primitive, conv->dnnl->stream, count, arguments));
    if (conv->activation) activate(conv);
    if (conv->tensors[written].reorder) reorder(conv, &conv->tensors[written], true);
    must(dnnl_stream_wait(conv->dnnl->stream));
}

const char *yd_dnnl_conv_implementation(const yd_dnnl_conv *conv)
{
    return conv->implementation;
}

bool yd_dnnl_conv_reorders(const yd_dnnl_conv *conv)
{
    for (int i = 0; i < TENSORS; i++)
        if (conv->tensors[i].reorder) return true;
    return false;
}

void yd_dnnl_multiply(const yd_product *p)
{
    const dnnl_dim_t rows = (dnnl_dim_t)p->rows, columns = (dnnl_dim_t)p->columns,
                     inner = (dnnl_dim_t)p->inner;
    must(dnnl_sgemm(p->transpose_a ? 'T' : 'N', p->transpose_b ? 'T' : 'N', rows, columns, inner, p->factor,
                    p->a, p->transpose_a ? rows : inner, p->b, p->transpose_b ? inner : columns,
                    p->add ? 1 : 0, p->out, columns));
}
