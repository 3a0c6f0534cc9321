#include "ops/graph.h"
#include "ops/rules.h"

static const struct {
    const char *name;
    const yd_op_rules *rules;
} table[YD_OP_COUNT] = {
#define YD_OP(enumerator, name) [YD_OP_##enumerator] = {#name, &yd_op_rules_##name},
#include "ops/ops.def"
#undef YD_OP
};

const char *yd_op_name(yd_op_kind kind)
{
    return table[kind].name;
}

yd_status yd_op_infer(const yd_node *node, const yd_shape *inputs, yd_shape *output, yd_error *error)
{
    return table[node->kind].rules->infer(node, inputs, output, error);
}

double yd_op_flops(const yd_node *node, yd_shape input, yd_shape output)
{
    const yd_op_rules *rules = table[node->kind].rules;
    return rules->flops ? rules->flops(node, input, output) : 0;
}
