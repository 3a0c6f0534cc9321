/* PyTorch's initialisation, and the traces of YOLOv5's stride pass. (model_and_loss.md, 5) */
#include "model/model.h"
#include <math.h>
#include <stdlib.h>

enum purpose { INITIAL_VALUES = 0x494e4954 };

static void fill(float *plain, size_t count, float value)
{
    for (size_t i = 0; i < count; i++) plain[i] = value;
}

/* Draws depend on the seed and the entry alone. */
static void fill_uniform(float *plain, const yd_param *param, int index, uint64_t seed, double bound)
{
    yd_rng rng = yd_rng_make(seed, 0, (uint32_t)index, INITIAL_VALUES);
    for (size_t i = 0; i < param->plain; i++) plain[i] = (float)yd_rng_between(&rng, -bound, bound);
}

/* Conv2d's default, and Linear's, for weight and bias. */
static double fan_in_bound(const yd_param *param)
{
    const yd_node *node = param->layout.node;
    int inputs = node->transposed ? node->out_channels : node->in_channels; /* PyTorch reads dimension 1 */
    return 1 / sqrt((double)inputs / node->groups * node->kernel_h * node->kernel_w);
}

static double xavier_bound(const yd_param *param)
{
    return sqrt(6.0 / (param->dims[0] + param->dims[1]));
}

static int level_of(const yd_model *model, const yd_node *node)
{
    for (int level = 0; level < model->nl; level++)
        if (&model->graph.nodes[model->graph.heads[level]] == node) return level;
    return 0;
}

/* On top of the uniform values: 8 objects on a picture of 640 pixels, and 0.6 shared by the classes. (5.7) */
static void add_head_bias(const yd_model *model, const yd_node *node, float *plain, double denominator)
{
    double stride = (double)model->stride[level_of(model, node)], cells = 640 / stride;
    int no = node->outputs_per_anchor;
    for (int a = 0; a < node->anchors_per_cell; a++) {
        plain[a * no + 4] += (float)log(8 / (cells * cells));
        for (int k = 5; k < no; k++) plain[a * no + k] += (float)log(0.6 / (model->nc - denominator));
    }
}

static void fill_entry(const yd_model *model, int index, uint64_t seed, double denominator, float *plain)
{
    const yd_param *param = &model->params[index];
    switch (param->initial) {
    case YD_INITIAL_UNIFORM:
        fill_uniform(plain, param, index, seed, fan_in_bound(param));
        break;
    case YD_INITIAL_XAVIER:
        fill_uniform(plain, param, index, seed, xavier_bound(param));
        break;
    case YD_INITIAL_ZERO:
        fill(plain, param->plain, 0);
        break;
    case YD_INITIAL_ONE:
        fill(plain, param->plain, 1);
        break;
    case YD_INITIAL_VARIANCE: /* 0.9 * 1 + 0.1 * variance of an all-zero batch */
        fill(plain, param->plain, 0.9f);
        break;
    case YD_INITIAL_HEAD_BIAS:
        fill_uniform(plain, param, index, seed, fan_in_bound(param));
        add_head_bias(model, param->layout.node, plain, denominator);
        break;
    case YD_INITIAL_ANCHORS:
    case YD_INITIAL_ANCHOR_GRID:
        yd_model_list_anchors(model, param->initial == YD_INITIAL_ANCHORS, plain);
        break;
    }
}

void yd_model_init_rest(const yd_model *model, yd_param_set *set, uint64_t seed, double bias_denominator,
                        const bool *given)
{
    size_t largest = 1;
    for (int i = 0; i < model->param_count; i++)
        if (model->params[i].plain > largest) largest = model->params[i].plain;
    float *plain = calloc(largest, sizeof *plain);
    YD_ASSERT(plain); /* smaller than the set, which was allocated just before */
    for (int i = 0; i < model->param_count; i++) {
        if (given && given[i]) continue;
        fill_entry(model, i, seed, bias_denominator, plain);
        yd_param_write(model, set, i, plain);
    }
    free(plain);
}

void yd_model_init(const yd_model *model, yd_param_set *set, uint64_t seed, double bias_denominator)
{
    yd_model_init_rest(model, set, seed, bias_denominator, NULL);
}
