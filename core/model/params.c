#include "model/params.h"
#include "ops/conv.h"
#include <stdio.h>
#include <string.h>

enum { ALIGNMENT = 64 };

typedef struct placer {
    yd_model *model;
    yd_builder *builder;
    bool overflow; /* of a region's size, or of a name's length */
    bool no_memory;
} placer;

static bool is_anchor(const yd_pending_param *pending)
{
    return pending->node_count == 0;
}

/* The map of the channels of all nodes that share an entry; each is told where its part begins. MEMORY leaves
 * it without an index. */
static yd_channel_map join_outputs(placer *p, const yd_pending_param *pending)
{
    yd_model *model = p->model;
    yd_channel_map joint = {0};
    for (int i = 0; i < pending->node_count; i++) {
        yd_node *node = &model->graph.nodes[pending->nodes[i]];
        node->part = joint.physical;
        joint.count += model->maps[node->output].count;
        joint.physical += model->maps[node->output].physical;
    }
    int32_t *index = yd_arena_alloc(model->arena, (size_t)joint.count, sizeof *index);
    joint.index = index;
    for (int i = 0; index && i < pending->node_count; i++) {
        const yd_node *node = &model->graph.nodes[pending->nodes[i]];
        const yd_channel_map *own = &model->maps[node->output];
        for (int c = 0; c < own->count; c++) *index++ = node->part + own->index[c];
    }
    if (!joint.index) p->no_memory = true;
    return joint;
}

/* A shared weight is that of one convolution to all the channels. */
static void join_weights(placer *p, yd_param *param)
{
    yd_node *all = yd_arena_alloc(p->model->arena, 1, sizeof *all);
    if (!all) {
        p->no_memory = true;
        return;
    }
    *all = *param->layout.node;
    all->out_channels = param->layout.output.count;
    param->layout.node = all;
}

static void set_layout(placer *p, yd_param *param, const yd_pending_param *pending)
{
    yd_model *model = p->model;
    param->layout.plain = param->plain;
    if (is_anchor(pending)) return;
    const yd_node *node = &model->graph.nodes[pending->nodes[0]];
    param->shared = pending->node_count > 1;
    param->layout.node = node;
    param->layout.input = model->maps[node->inputs[0]];
    param->layout.output = param->shared ? join_outputs(p, pending) : model->maps[node->output];
    if (param->shared && param->layout.role == YD_ROLE_CONV_WEIGHT) join_weights(p, param);
}

/* Gives the entry its place at the end of its region, each on a boundary that vectors like. */
static void set_place(placer *p, yd_param *param)
{
    yd_model *model = p->model;
    if (param->counter) {
        param->offset = (size_t)model->counter_count++;
        param->elements = 1;
        return;
    }
    size_t unit = ALIGNMENT / yd_dtype_size(model->backend->dtype),
           *end = &model->region_elements[param->region];
    param->elements = model->backend->param_elements(model->device, &param->layout);
    param->offset = *end;
    size_t length = (param->elements + unit - 1) / unit * unit;
    if (param->elements > SIZE_MAX / 16 || *end > SIZE_MAX / 16 - length)
        p->overflow = true;
    else
        *end += length;
}

static void place_entry(placer *p, const char *prefix, yd_module_entry *entry)
{
    if (entry->param < 0) return;
    yd_model *model = p->model;
    const yd_pending_param *pending = &YD_AT(yd_pending_param, &p->builder->params, entry->param);
    int index = model->param_count++;
    yd_param *param = &model->params[index];
    *param = pending->param;
    int length = snprintf(param->name, sizeof param->name, "%s%s", prefix, entry->name);
    if (length < 0 || (size_t)length >= sizeof param->name) p->overflow = true;
    set_layout(p, param, pending);
    set_place(p, param);
    for (int i = 0; i < pending->node_count; i++) {
        char *node = (char *)&model->graph.nodes[pending->nodes[i]];
        memcpy(node + pending->node_field, &index, sizeof index);
    }
    if (param->initial == YD_INITIAL_ANCHORS) model->anchors_param = index;
    entry->param = index;
}

/* Parameters, then buffers, then children: the walk of PyTorch's state_dict. (training.md, 10.5) */
static void place_module(placer *p, const char *prefix, yd_module *module)
{
    for (int buffers = 0; buffers < 2; buffers++)
        for (int i = 0; i < module->entry_count; i++)
            if (module->entries[i].buffer == (buffers == 1)) place_entry(p, prefix, &module->entries[i]);
    for (int i = 0; i < module->child_count; i++) {
        char inner[sizeof p->model->params->name];
        int length = snprintf(inner, sizeof inner, "%s%s.", prefix, module->children[i]->name);
        if (length < 0 || (size_t)length >= sizeof inner)
            p->overflow = true;
        else
            place_module(p, inner, module->children[i]);
    }
}

yd_param_layout yd_model_weight_layout(const yd_model *model, const yd_node *node)
{
    return (yd_param_layout){.role = YD_ROLE_CONV_WEIGHT,
                             .node = node,
                             .input = model->maps[node->inputs[0]],
                             .output = model->maps[node->output],
                             .plain = yd_conv_weight_count(node)};
}

static yd_status place_working(yd_model *model, yd_error *error)
{
    for (int mode = 0; mode < 2; mode++) {
        model->working_offset[mode] =
            yd_arena_alloc(model->arena, (size_t)model->graph.node_count + 1, sizeof(size_t));
        if (!model->working_offset[mode]) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
        size_t end = 0;
        for (int n = 0; n < model->graph.node_count; n++) {
            model->working_offset[mode][n] = end;
            if (model->graph.nodes[n].weight < 0) continue;
            yd_param_layout layout = yd_model_weight_layout(model, &model->graph.nodes[n]);
            size_t bytes = model->backend->working_bytes(model->device, &layout, (yd_mode)mode);
            if (bytes > SIZE_MAX / 4 - end) return yd_fail(error, YD_ERR_MEMORY, "the model is too large");
            end += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }
        model->working_offset[mode][model->graph.node_count] = end;
    }
    return YD_OK;
}

yd_status yd_model_place_params(yd_model *model, yd_module_tree *tree, yd_builder *builder, yd_error *error)
{
    placer p = {.model = model, .builder = builder};
    model->params = yd_arena_alloc(model->arena, builder->params.count, sizeof *model->params);
    if (!model->params) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    place_module(&p, "", tree->root);
    if (p.no_memory) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    if (p.overflow) return yd_fail(error, YD_ERR_CONFIG, "%s: the model is too large", model->yaml.file);
    return place_working(model, error);
}

void *yd_model_param_place(const yd_model *model, const yd_param_set *set, int index)
{
    if (index < 0) return NULL;
    const yd_param *param = &model->params[index];
    char *region = set->region[param->region];
    return region ? region + param->offset * yd_dtype_size(model->backend->dtype) : NULL;
}

/* Where a node's part of an entry lies: in every layout the output channels are outermost, in whole blocks.
 */
static void *part_of(const yd_model *model, const yd_param_set *set, const yd_node *node, int index)
{
    char *place = yd_model_param_place(model, set, index);
    if (!place || !model->params[index].shared) return place;
    const yd_param *param = &model->params[index];
    size_t channel = param->elements / (size_t)param->layout.output.physical;
    return place + (size_t)node->part * channel * yd_dtype_size(model->backend->dtype);
}

yd_node_params yd_model_node_params(const yd_model *model, const yd_param_set *set, yd_mode mode,
                                    const yd_node *node)
{
    ptrdiff_t index = node - model->graph.nodes;
    char *working = set->working[mode];
    return (yd_node_params){.weight = part_of(model, set, node, node->weight),
                            .gamma = part_of(model, set, node, node->gamma),
                            .beta = part_of(model, set, node, node->beta),
                            .mean = part_of(model, set, node, node->mean),
                            .variance = part_of(model, set, node, node->variance),
                            .working = working ? working + model->working_offset[mode][index] : NULL};
}

yd_node_grads yd_model_node_grads(const yd_model *model, const yd_param_set *grads, const yd_node *node,
                                  bool accumulate)
{
    return (yd_node_grads){.weight = part_of(model, grads, node, node->weight),
                           .gamma = part_of(model, grads, node, node->gamma),
                           .beta = part_of(model, grads, node, node->beta),
                           .accumulate = accumulate};
}
