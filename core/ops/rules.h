/* What each operation's file in this folder gives: its shape rule and its count of operations. */
#pragma once
#include "ops/graph.h"

typedef struct yd_op_rules {
    yd_status (*infer)(const yd_node *node, const yd_shape *inputs, yd_shape *output, yd_error *error);
    double (*flops)(const yd_node *node, yd_shape input, yd_shape output); /* NULL: counts as 0 */
} yd_op_rules;

#define YD_OP(enumerator, name) extern const yd_op_rules yd_op_rules_##name;
#include "ops/ops.def"
#undef YD_OP
