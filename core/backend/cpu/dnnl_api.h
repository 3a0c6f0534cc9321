/* The part of oneDNN's C interface that differs between its major versions 2 and 3, made one. What both have
 * is called by its own name. */
#pragma once
#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>

/* A description of memory: a value in version 2, a handle in version 3. What is only read is passed as a
 * view. */
typedef struct yd_md {
    dnnl_memory_desc_t it;
} yd_md;
#if DNNL_VERSION_MAJOR == 2
typedef const dnnl_memory_desc_t *yd_md_view;
#else
typedef const_dnnl_memory_desc_t yd_md_view;
#endif

dnnl_status_t yd_md_create(yd_md *md, int dimensions, const dnnl_dims_t sizes, dnnl_data_type_t type,
                           dnnl_format_tag_t tag);
void yd_md_destroy(yd_md *md); /* a zeroed one, too */
yd_md_view yd_md_see(const yd_md *md);

/* Which of a convolution's passes; the tensors are input, weights and output, or their gradients. */
typedef enum yd_api_pass { YD_API_FORWARD, YD_API_DATA, YD_API_WEIGHTS } yd_api_pass;
typedef struct yd_api_conv {
    yd_api_pass pass;
    dnnl_prop_kind_t kind; /* FORWARD: training or inference */
    dnnl_alg_kind_t algorithm;
    yd_md_view tensors[3], bias; /* bias: FORWARD, may be NULL */
    dnnl_dims_t stride, before, after;
} yd_api_conv;

/* attributes may be NULL; hint: of the forward pass, for the other two. *made is left alone on failure. */
dnnl_status_t yd_api_conv_create(dnnl_engine_t engine, const yd_api_conv *conv,
                                 const_dnnl_primitive_attr_t attributes, const_dnnl_primitive_desc_t hint,
                                 dnnl_primitive_desc_t *made);

/* A function of each element. */
typedef struct yd_api_eltwise {
    dnnl_alg_kind_t kind;
    float alpha, beta;
} yd_api_eltwise;
dnnl_status_t yd_api_eltwise_append(dnnl_post_ops_t operations, const yd_api_eltwise *function);
dnnl_status_t yd_api_eltwise_create(dnnl_engine_t engine, const yd_api_eltwise *function, yd_md_view tensor,
                                    dnnl_primitive_desc_t *made);

/* Whether this version has kernels of Winograd's algorithm for this machine. */
bool yd_api_has_winograd(void);
