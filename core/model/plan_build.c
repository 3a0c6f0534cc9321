#include "model/plan_internal.h"
#include <stdlib.h>
#include <string.h>

/* A new span, first to first for now; its index. MEMORY leaves -1. */
static int new_span(yd_plan *plan, size_t bytes, int first)
{
    if (plan->span_count == plan->span_capacity) {
        int capacity = plan->span_capacity ? plan->span_capacity * 2 : 256;
        yd_span *larger = realloc(plan->spans, (size_t)capacity * sizeof *larger);
        if (!larger) return -1;
        plan->spans = larger;
        plan->span_capacity = capacity;
    }
    plan->spans[plan->span_count] = (yd_span){.bytes = bytes, .first = first, .last = first};
    return plan->span_count++;
}

void yd_plan_extend(yd_plan *plan, const yd_placed_view *view, int step)
{
    if (view->span < 0) return;
    yd_span *span = &plan->spans[view->span];
    if (step < span->first) span->first = step;
    if (step > span->last) span->last = step;
}

size_t yd_plan_value_elements(const yd_plan *plan, int v)
{
    const yd_planned_value *value = &plan->values[v];
    size_t plane = yd_mul_size((size_t)value->shape.h, (size_t)value->shape.w);
    size_t image = yd_mul_size(plane, (size_t)value->map->physical);
    size_t elements = yd_mul_size(image, (size_t)value->shape.n);
    return yd_mul_size(elements, sizeof(double)) ? elements : 0;
}

size_t yd_plan_gradient_element(const yd_plan *plan)
{
    return yd_dtype_size(plan->model->backend->activation_dtype);
}

yd_placed_view yd_plan_dense(yd_plan *plan, int v, size_t element, int first)
{
    const yd_planned_value *value = &plan->values[v];
    size_t elements = yd_plan_value_elements(plan, v);
    yd_view view = {.image_stride = elements / (size_t)value->shape.n,
                    .shape = value->shape,
                    .physical = value->map->physical};
    return (yd_placed_view){view, new_span(plan, elements * element, first), 0};
}

bool yd_plan_wants_weights(const yd_planned_node *node)
{
    bool learns = node->node->weight >= 0 || node->node->gamma >= 0;
    return node->desc.mode == YD_MODE_TRAIN && learns && !node->desc.frozen;
}

static yd_status infer_shapes(yd_plan *plan, yd_error *error)
{
    const yd_model *model = plan->model;
    plan->values[0].shape =
        (yd_shape){plan->batch, model->graph.values[0].channels, plan->height, plan->width};
    for (int v = 0; v < model->graph.value_count; v++) {
        plan->values[v].map = &model->maps[v];
        plan->values[v].element = yd_dtype_size(model->backend->activation_dtype);
    }
    for (int i = 0; i < model->graph.head_count; i++)
        plan->values[model->graph.nodes[model->graph.heads[i]].output].element =
            yd_dtype_size(model->backend->dtype);
    for (int n = 0; n < model->graph.node_count; n++) {
        const yd_node *node = &model->graph.nodes[n];
        yd_shape inputs[YD_NODE_MAX_INPUTS];
        yd_error inner;
        for (int i = 0; i < node->input_count; i++) inputs[i] = plan->values[node->inputs[i]].shape;
        if (yd_op_infer(node, inputs, &plan->values[node->output].shape, &inner) != YD_OK)
            return yd_fail(error, YD_ERR_UNSUPPORTED, "%s: layer %d: for images of %dx%d: %s",
                           model->yaml.file, node->layer, plan->height, plan->width, inner.message);
    }
    return YD_OK;
}

static bool is_frozen(const yd_model *model, const yd_node *node)
{
    int entries[] = {node->weight, node->gamma, node->beta};
    for (int i = 0; i < 3; i++)
        if (entries[i] >= 0 && !model->params[entries[i]].frozen) return false;
    return true;
}

/* Everything that prepare is told; a value wants a gradient where something that learns lies before it. */
static void describe(yd_plan *plan, int n)
{
    const yd_model *model = plan->model;
    yd_planned_node *planned = &plan->nodes[n];
    const yd_node *node = &model->graph.nodes[n];
    *planned = (yd_planned_node){.node = node, .kernels = model->backend->ops[node->kind], .saved = -1};
    yd_op_desc *desc = &planned->desc;
    *desc = (yd_op_desc){.node = node,
                         .mode = plan->mode,
                         .input_count = node->input_count,
                         .output = plan->values[node->output].shape,
                         .output_map = model->maps[node->output],
                         .frozen = is_frozen(model, node)};
    planned->output.span = planned->sum.span = -1;
    for (int i = 0; i < YD_NODE_MAX_INPUTS; i++)
        planned->inputs[i].span = planned->input_gradients[i].span = -1;
    for (int i = 0; i < node->input_count; i++) {
        desc->inputs[i] = plan->values[node->inputs[i]].shape;
        desc->input_maps[i] = model->maps[node->inputs[i]];
        desc->need_input_gradient |= plan->values[node->inputs[i]].wants_gradient;
    }
    plan->values[node->output].wants_gradient =
        plan->mode == YD_MODE_TRAIN && (!desc->frozen || desc->need_input_gradient);
}

/* Saved tensors live from the forward pass to the last phase that the node runs. */
static bool place_saved(yd_plan *plan, int n)
{
    yd_planned_node *node = &plan->nodes[n];
    if (!node->needs.saved) return true;
    node->saved = new_span(plan, node->needs.saved, n);
    if (node->saved >= 0 && node->backward)
        plan->spans[node->saved].last =
            yd_step_backward(plan, n, node->desc.need_input_gradient ? YD_STEP_DATA : YD_STEP_WEIGHTS);
    return node->saved >= 0;
}

static yd_status prepare_nodes(yd_plan *plan, yd_error *error)
{
    const yd_model *model = plan->model;
    for (int n = 0; n < model->graph.node_count; n++) {
        yd_planned_node *node = &plan->nodes[n];
        if (node->forward)
            YD_TRY(node->kernels->prepare(model->device, &node->desc, &node->state, &node->needs, error));
        if (node->needs.scratch > plan->scratch) plan->scratch = node->needs.scratch;
        if (!place_saved(plan, n)) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    }
    return YD_OK;
}

static yd_status plan_memory(yd_plan *plan, yd_error *error)
{
    size_t total;
    bool spans_there = true;
    for (int v = 0; v < plan->model->graph.value_count; v++) spans_there &= plan->values[v].place.span >= 0;
    for (int n = 0; n < plan->model->graph.node_count; n++) {
        const yd_planned_node *node = &plan->nodes[n];
        spans_there &= !node->term_count || node->sum.span >= 0;
        for (int i = 0; i < node->gradients.count; i++) spans_there &= node->gradients.views[i].span >= 0;
    }
    if (!spans_there || !yd_memory_plan(plan->spans, plan->span_count, &total) ||
        total > SIZE_MAX - plan->scratch)
        return yd_fail(error, YD_ERR_MEMORY, "out of memory for a batch of %d images of %dx%d", plan->batch,
                       plan->height, plan->width);
    plan->bytes = total + plan->scratch;
    return YD_OK;
}

static yd_status settle(yd_plan *plan, yd_error *error)
{
    const yd_graph *graph = &plan->model->graph;
    plan->nodes = yd_arena_alloc(plan->arena, (size_t)graph->node_count, sizeof *plan->nodes);
    plan->values = yd_arena_alloc(plan->arena, (size_t)graph->value_count, sizeof *plan->values);
    if (!plan->nodes || !plan->values) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    YD_TRY(infer_shapes(plan, error));
    for (int n = 0; n < graph->node_count; n++) describe(plan, n);
    YD_TRY(yd_plan_place_values(plan, error));
    if (plan->mode == YD_MODE_TRAIN) YD_TRY(yd_plan_place_gradients(plan, error));
    YD_TRY(prepare_nodes(plan, error));
    return plan_memory(plan, error);
}

yd_status yd_plan_build(yd_plan_cache *cache, const yd_model *model, yd_mode mode, int batch, int height,
                        int width, yd_plan **out, yd_error *error)
{
    yd_arena *arena = yd_arena_create(0);
    yd_plan *plan = arena ? yd_arena_alloc(arena, 1, sizeof *plan) : NULL;
    if (!plan) {
        if (arena) yd_arena_destroy(arena);
        return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    }
    *plan = (yd_plan){.cache = cache,
                      .model = model,
                      .mode = mode,
                      .batch = batch,
                      .height = height,
                      .width = width,
                      .arena = arena};
    yd_status status = settle(plan, error);
    if (status == YD_OK)
        *out = plan;
    else
        yd_plan_free(plan);
    return status;
}

void yd_plan_free(yd_plan *plan)
{
    if (!plan) return;
    for (int n = 0; plan->nodes && n < plan->model->graph.node_count; n++)
        if (plan->nodes[n].state) plan->nodes[n].kernels->release(plan->nodes[n].state);
    free(plan->spans);
    yd_arena_destroy(plan->arena);
}

static yd_view bind(const yd_plan *plan, const yd_placed_view *placed, char *base)
{
    yd_view view = placed->view;
    view.data = placed->span < 0 ? NULL : base + plan->spans[placed->span].offset + placed->offset;
    return view;
}

static void bind_node(yd_plan *plan, yd_planned_node *node, char *base)
{
    yd_op_pass *pass = &node->pass;
    for (int i = 0; i < node->node->input_count; i++) {
        pass->inputs[i] = bind(plan, &node->inputs[i], base);
        pass->input_gradients[i] = bind(plan, &node->input_gradients[i], base);
    }
    pass->output = bind(plan, &node->output, base);
    pass->output_gradient_count = node->gradients.count;
    for (int i = 0; i < node->gradients.count; i++)
        pass->output_gradients[i] = bind(plan, &node->gradients.views[i], base);
    for (int i = 0; i < node->term_count; i++) node->bound_terms[i] = bind(plan, &node->terms[i], base);
    node->sum.view = bind(plan, &node->sum, base);
    pass->saved = node->saved < 0 ? NULL : base + plan->spans[node->saved].offset;
    pass->scratch = plan->scratch_memory;
}

void yd_plan_bind(yd_plan *plan, char *base)
{
    plan->scratch_memory = base + plan->bytes - plan->scratch;
    for (int n = 0; n < plan->model->graph.node_count; n++) bind_node(plan, &plan->nodes[n], base);
    for (int v = 0; v < plan->model->graph.value_count; v++)
        plan->values[v].place.view = bind(plan, &plan->values[v].place, base);
    for (int i = 0; plan->mode == YD_MODE_TRAIN && i < plan->model->graph.head_count; i++)
        plan->head_gradients[i].view = bind(plan, &plan->head_gradients[i], base);
}
