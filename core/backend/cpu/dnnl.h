/* All that is asked of oneDNN: convolutions, each prepared for one pass and one shape, and products of
 * matrices. Nothing else includes its headers. */
#pragma once
#include "backend/cpu/layout.h"

typedef struct yd_dnnl yd_dnnl; /* engine and stream */
typedef struct yd_dnnl_conv yd_dnnl_conv;

/* What the library will use on this machine, its environment's limits (ONEDNN_MAX_CPU_ISA) included. */
typedef enum yd_isa { YD_ISA_PLAIN, YD_ISA_AVX2, YD_ISA_AVX512 } yd_isa;
yd_isa yd_dnnl_isa(void);
bool yd_dnnl_has_bf16(void); /* natively, not emulated */
/* Whether it has kernels of Winograd's algorithm, for float32, 3x3, stride 1 and blocks of 16. */
bool yd_dnnl_has_winograd(void);
void yd_dnnl_version(int version[3]);

yd_status yd_dnnl_open(yd_dnnl **dnnl, yd_error *error);
void yd_dnnl_close(yd_dnnl *dnnl);

typedef enum yd_conv_pass { YD_CONV_FORWARD, YD_CONV_DATA, YD_CONV_WEIGHTS } yd_conv_pass;

/* Input [batch, in, h, w] and output [batch, out, out_h, out_w] are dense, nChw{B}c; an input whose form of
 * weights is IMAGE is plain nchw. */
typedef struct yd_conv_desc {
    yd_conv_pass pass;
    const yd_node *node; /* kernel, stride, padding; its names in errors */
    yd_weight_layout weights;
    yd_dtype type;   /* F32 or BF16: of input, output, their gradients and weights that are read; the weights'
                        gradient and the bias are float32 */
    yd_dtype result; /* FORWARD: of the output; type, or F32 */
    /* By Winograd's algorithm, which reads and writes weights of the form IN_OUT in all passes; where the
     * library has no such kernel for these shapes, directly. */
    bool winograd;
    int batch, height, width, out_height, out_width;
    bool bias;                /* FORWARD: a bias of [weights.out] is added */
    yd_activation activation; /* FORWARD: applied to the result */
    float slope;
} yd_conv_desc;

/* *scratch: bytes wanted at every run. UNSUPPORTED where oneDNN has no such convolution. */
yd_status yd_dnnl_conv_create(yd_dnnl *dnnl, const yd_conv_desc *desc, yd_dnnl_conv **conv, size_t *scratch,
                              yd_error *error);
void yd_dnnl_conv_destroy(yd_dnnl_conv *conv);
/* The pass decides which one is written: output, input or weights. bias NULL where there is none. */
void yd_dnnl_conv_run(yd_dnnl_conv *conv, void *input, void *weights, void *bias, void *output,
                      void *scratch);
/* The kernel that oneDNN chose ("jit:avx512_core"), and whether tensors are converted for it at every run. */
const char *yd_dnnl_conv_implementation(const yd_dnnl_conv *conv);
bool yd_dnnl_conv_reorders(const yd_dnnl_conv *conv);

/* out = factor * a b, plus what out holds where add. Rows lie one after the other: out [rows][columns], a
 * [rows][inner] or, transposed, [inner][rows], b [inner][columns] or [columns][inner]. */
typedef struct yd_product {
    size_t rows, columns, inner;
    const float *a, *b;
    bool transpose_a, transpose_b, add;
    float factor, *out;
} yd_product;
void yd_dnnl_multiply(const yd_product *product);
