#include "model/plan_internal.h"

/* Physical channels of a concatenation before its input number k. */
static int segment_start(const yd_plan *plan, const yd_node *node, int k)
{
    int start = 0;
    for (int i = 0; i < k; i++) start += plan->values[node->inputs[i]].map->physical;
    return start;
}

static int times_read(const yd_node *node, int value)
{
    int count = 0;
    for (int i = 0; i < node->input_count; i++) count += node->inputs[i] == value;
    return count;
}

/* A value can be written straight into a concatenation where its producer writes slices, nothing but this
 * concatenation holds it, and whoever else reads it reads slices. */
static bool can_lie_in(const yd_plan *plan, int value, int concat)
{
    int producer = plan->model->graph.values[value].producer;
    const yd_planned_node *from = producer >= 0 ? &plan->nodes[producer] : NULL;
    if (!from || plan->values[value].parent >= 0 || !from->kernels->writes_slices(&from->desc)) return false;
    for (int n = producer + 1; n < plan->model->graph.node_count; n++) {
        const yd_planned_node *reader = &plan->nodes[n];
        int times = times_read(reader->node, value);
        if (n == concat ? times > 1 : times > 0 && !reader->kernels->reads_slices(&reader->desc))
            return false;
    }
    return true;
}

static void join_concats(yd_plan *plan)
{
    for (int n = 0; n < plan->model->graph.node_count; n++) {
        const yd_node *node = plan->nodes[n].node;
        for (int k = 0; node->kind == YD_OP_CONCAT && k < node->input_count; k++) {
            if (!can_lie_in(plan, node->inputs[k], n)) continue;
            plan->values[node->inputs[k]].parent = node->output;
            plan->values[node->inputs[k]].parent_channel = segment_start(plan, node, k);
        }
    }
}

/* A concatenation has a higher number than its inputs: from the last value to the first, parents are placed
 * before. */
static void place(yd_plan *plan, int v)
{
    yd_planned_value *value = &plan->values[v];
    int producer = plan->model->graph.values[v].producer, first = producer < 0 ? 0 : producer;
    if (value->parent < 0) {
        value->place = yd_plan_dense(plan, v, value->element, first);
        return;
    }
    size_t plane = (size_t)value->shape.h * (size_t)value->shape.w;
    value->place = plan->values[value->parent].place;
    value->place.offset += (size_t)value->parent_channel * plane * value->element;
    value->place.view.shape = value->shape;
    value->place.view.physical = value->map->physical;
    yd_plan_extend(plan, &value->place, first);
}

static void read_by(yd_plan *plan, int n)
{
    yd_planned_node *reader = &plan->nodes[n];
    reader->forward = reader->node->kind != YD_OP_CONCAT;
    reader->output = plan->values[reader->node->output].place;
    for (int i = 0; i < reader->node->input_count; i++) {
        const yd_planned_value *value = &plan->values[reader->node->inputs[i]];
        reader->inputs[i] = value->place;
        yd_plan_extend(plan, &value->place, n);
        if (yd_plan_wants_weights(reader))
            yd_plan_extend(plan, &value->place, yd_step_backward(plan, n, YD_STEP_WEIGHTS));
        if (reader->node->kind == YD_OP_ATTENTION && reader->desc.need_input_gradient)
            yd_plan_extend(plan, &value->place, yd_step_backward(plan, n, YD_STEP_DATA));
        if (reader->node->kind != YD_OP_CONCAT) continue;
        if (value->parent == reader->node->output)
            reader->inputs[i].span = -1; /* in place */
        else
            reader->forward = true;
    }
}

yd_status yd_plan_place_values(yd_plan *plan, yd_error *error)
{
    const yd_graph *graph = &plan->model->graph;
    for (int v = 0; v < graph->value_count; v++) {
        plan->values[v].parent = -1;
        if (!yd_plan_value_elements(plan, v))
            return yd_fail(error, YD_ERR_MEMORY, "a batch of %d images of %dx%d is too large", plan->batch,
                           plan->height, plan->width);
    }
    join_concats(plan);
    for (int v = graph->value_count - 1; v >= 0; v--) place(plan, v);
    for (int n = 0; n < graph->node_count; n++) read_by(plan, n);
    /* The maps of the heads are looked at after the step. */
    for (int i = 0; i < graph->head_count; i++)
        yd_plan_extend(plan, &plan->nodes[graph->heads[i]].output, yd_step_end(plan));
    return YD_OK;
}
