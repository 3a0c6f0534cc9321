#include "backend/cpu/dnnl_api.h"

#if DNNL_VERSION_MAJOR == 2

dnnl_status_t yd_md_create(yd_md *md, int dimensions, const dnnl_dims_t sizes, dnnl_data_type_t type,
                           dnnl_format_tag_t tag)
{
    return dnnl_memory_desc_init_by_tag(&md->it, dimensions, sizes, type, tag);
}

void yd_md_destroy(yd_md *md)
{
    (void)md;
}

yd_md_view yd_md_see(const yd_md *md)
{
    return &md->it;
}

static dnnl_status_t describe(const yd_api_conv *c, dnnl_convolution_desc_t *desc)
{
    const yd_md_view *t = c->tensors;
    switch (c->pass) {
    case YD_API_FORWARD:
        return dnnl_convolution_forward_desc_init(desc, c->kind, c->algorithm, t[0], t[1], c->bias, t[2],
                                                  c->stride, c->before, c->after);
    case YD_API_DATA:
        return dnnl_convolution_backward_data_desc_init(desc, c->algorithm, t[0], t[1], t[2], c->stride,
                                                        c->before, c->after);
    case YD_API_WEIGHTS:
        return dnnl_convolution_backward_weights_desc_init(desc, c->algorithm, t[0], t[1], NULL, t[2],
                                                           c->stride, c->before, c->after);
    }
    return dnnl_invalid_arguments;
}

dnnl_status_t yd_api_conv_create(dnnl_engine_t engine, const yd_api_conv *conv,
                                 const_dnnl_primitive_attr_t attributes, const_dnnl_primitive_desc_t hint,
                                 dnnl_primitive_desc_t *made)
{
    dnnl_convolution_desc_t desc;
    const dnnl_status_t status = describe(conv, &desc);
    return status == dnnl_success ? dnnl_primitive_desc_create(made, &desc, attributes, engine, hint)
                                  : status;
}

dnnl_status_t yd_api_eltwise_append(dnnl_post_ops_t operations, const yd_api_eltwise *f)
{
    return dnnl_post_ops_append_eltwise(operations, 1.0f, f->kind, f->alpha, f->beta);
}

dnnl_status_t yd_api_eltwise_create(dnnl_engine_t engine, const yd_api_eltwise *f, yd_md_view tensor,
                                    dnnl_primitive_desc_t *made)
{
    dnnl_eltwise_desc_t desc;
    const dnnl_status_t status =
        dnnl_eltwise_forward_desc_init(&desc, dnnl_forward_inference, f->kind, tensor, f->alpha, f->beta);
    return status == dnnl_success ? dnnl_primitive_desc_create(made, &desc, NULL, engine, NULL) : status;
}

bool yd_api_has_winograd(void)
{
    const unsigned isa = (unsigned)dnnl_get_effective_cpu_isa(), avx512 = dnnl_cpu_isa_avx512_core;
    return (isa & avx512) == avx512;
}

#elif DNNL_VERSION_MAJOR == 3

dnnl_status_t yd_md_create(yd_md *md, int dimensions, const dnnl_dims_t sizes, dnnl_data_type_t type,
                           dnnl_format_tag_t tag)
{
    return dnnl_memory_desc_create_with_tag(&md->it, dimensions, sizes, type, tag);
}

void yd_md_destroy(yd_md *md)
{
    if (md->it) dnnl_memory_desc_destroy(md->it);
    md->it = NULL;
}

yd_md_view yd_md_see(const yd_md *md)
{
    return md->it;
}

dnnl_status_t yd_api_conv_create(dnnl_engine_t engine, const yd_api_conv *c,
                                 const_dnnl_primitive_attr_t attributes, const_dnnl_primitive_desc_t hint,
                                 dnnl_primitive_desc_t *made)
{
    const yd_md_view *t = c->tensors;
    const dnnl_dims_t dense = {0, 0};
    switch (c->pass) {
    case YD_API_FORWARD:
        return dnnl_convolution_forward_primitive_desc_create(made, engine, c->kind, c->algorithm, t[0], t[1],
                                                              c->bias, t[2], c->stride, dense, c->before,
                                                              c->after, attributes);
    case YD_API_DATA:
        return dnnl_convolution_backward_data_primitive_desc_create(made, engine, c->algorithm, t[0], t[1],
                                                                    t[2], c->stride, dense, c->before,
                                                                    c->after, hint, attributes);
    case YD_API_WEIGHTS:
        return dnnl_convolution_backward_weights_primitive_desc_create(made, engine, c->algorithm, t[0], t[1],
                                                                       NULL, t[2], c->stride, dense,
                                                                       c->before, c->after, hint, attributes);
    }
    return dnnl_invalid_arguments;
}

dnnl_status_t yd_api_eltwise_append(dnnl_post_ops_t operations, const yd_api_eltwise *f)
{
    return dnnl_post_ops_append_eltwise(operations, f->kind, f->alpha, f->beta);
}

dnnl_status_t yd_api_eltwise_create(dnnl_engine_t engine, const yd_api_eltwise *f, yd_md_view tensor,
                                    dnnl_primitive_desc_t *made)
{
    return dnnl_eltwise_forward_primitive_desc_create(made, engine, dnnl_forward_inference, f->kind, tensor,
                                                      tensor, f->alpha, f->beta, NULL);
}

/* Version 3 has dropped them. */
bool yd_api_has_winograd(void)
{
    return false;
}

#else
#error "written for oneDNN 2 and 3"
#endif
