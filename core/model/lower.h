/* From one module of a row to operations: what a lowering is given, and how it reads its arguments. */
#pragma once
#include "model/builder.h"

typedef struct yd_lowering {
    yd_builder *builder;
    yd_module *module; /* to be filled; its class is set */
    const int *inputs; /* values */
    int input_count;
    int c2, repeats;         /* SCALED and NESTED: output channels after the gain; NESTED: blocks inside */
    const yd_arg *args;      /* those behind c2; all of them for GIVEN */
    int arg_count, arg_base; /* arg_base: how many of the row's arguments stand before args[0] */
} yd_lowering;

/* Returns the value that the module puts out, or YD_NO_VALUE after a failure (Detect: always). */
typedef int yd_lower(const yd_lowering *call);
#define YD_MODULE(name, class_name, arguments, lowering) yd_lower yd_lower_##lowering;
#include "model/modules.def"
#undef YD_MODULE

int yd_greatest_common_divisor(int a, int b);

/* Modules that stand inside others too. Each fills module, whose class is set, and returns what it puts out.
 */
/* cv2(cat(x, pools of x)) behind cv1; the kernels are the call's first argument. (4.8) */
int yd_build_spp(const yd_lowering *call, yd_module *module, int x, int out);
/* As many channels as x has. (4.6) */
int yd_build_transformer(yd_builder *builder, yd_module *module, int x, int layers);
/* out: even; stride: 1 or 2. (4.9) */
int yd_build_ghost_bottleneck(yd_builder *builder, yd_module *module, int x, int out, int kernel, int stride);
/* Two convolutions, 1 x kernel and kernel x 1, plus x where it fits. (4.10) */
typedef struct yd_cross_spec {
    int hidden, out, kernel, stride, groups;
    bool shortcut;
} yd_cross_spec;
int yd_build_cross(yd_builder *builder, yd_module *module, int x, const yd_cross_spec *spec);

/* Arguments by position behind c2; what stands for the argument where it is absent or None. A value of
 * another type or outside [low, high] fails the builder with "FILE:LINE: MODULE: argument N (name) must be …,
 * found …". */
int yd_arg_int(const yd_lowering *call, int index, const char *name, int otherwise, int low, int high);
double yd_arg_real(const yd_lowering *call, int index, const char *name, double otherwise, double low,
                   double high);
bool yd_arg_bool(const yd_lowering *call, int index, const char *name, bool otherwise);
/* One integer for both, or a list of two. */
void yd_arg_pair(const yd_lowering *call, int index, const char *name, int otherwise, int low, int high,
                 int pair[2]);
/* A list of integers; count is that of out where it is absent. */
int yd_arg_list(const yd_lowering *call, int index, const char *name, int out[8], int count, int low,
                int high);
/* "nn.SiLU()", "nn.LeakyReLU(0.1)", …; slope is set for leaky ReLU alone. False for any other text. */
bool yd_activation_read(const char *text, yd_activation *activation, float *slope);
/* The argument "act" of a Conv, a flag or a module in a text, into spec. */
void yd_arg_activation(const yd_lowering *call, int index, yd_conv_spec *spec);
/* The argument as it was written, for messages: in Python's spelling. */
const char *yd_arg_show(const yd_arg *arg, char *out, size_t capacity);
/* The argument, or NULL where it is absent; counts as understood. */
const yd_arg *yd_arg_at(const yd_lowering *call, int index);
