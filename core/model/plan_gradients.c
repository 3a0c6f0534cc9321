/* Gradients are views: of the dense buffers that data gradients are written to, of slices of them behind a
 * concatenation, and of the same again behind an add. A value's list holds one view for each way that its
 * consumers give it, in their order. */
#include "model/plan_internal.h"
#include <string.h>

/* Ways that a value's gradient comes in, before the list is cut to what a kernel takes. */
typedef struct gathered {
    yd_placed_view *views;
    int count, capacity;
} gathered;

static void add_view(gathered *all, const yd_placed_view *view)
{
    if (all->count < all->capacity) all->views[all->count++] = *view;
}

/* The part of a concatenation's gradient that belongs to its input number k. */
static yd_placed_view slice(const yd_plan *plan, const yd_planned_node *concat, int k,
                            const yd_placed_view *whole)
{
    const yd_planned_value *value = &plan->values[concat->node->inputs[k]];
    size_t channels = 0, plane = (size_t)value->shape.h * (size_t)value->shape.w;
    for (int i = 0; i < k; i++) channels += (size_t)plan->values[concat->node->inputs[i]].map->physical;
    yd_placed_view part = *whole;
    part.offset += channels * plane * yd_plan_gradient_element(plan);
    part.view.shape = value->shape;
    part.view.physical = value->map->physical;
    return part;
}

static void gather_from(const yd_plan *plan, const yd_planned_node *consumer, int k, gathered *all)
{
    const yd_gradient_list *list = &consumer->gradients;
    switch (consumer->node->kind) {
    case YD_OP_ADD:
        for (int i = 0; i < list->count; i++) add_view(all, &list->views[i]);
        break;
    case YD_OP_CONCAT:
        for (int i = 0; i < list->count; i++) {
            yd_placed_view part = slice(plan, consumer, k, &list->views[i]);
            add_view(all, &part);
        }
        break;
    default:
        add_view(all, &consumer->input_gradients[k]);
        break;
    }
}

/* Returns false when memory is out. */
static bool gather(yd_plan *plan, int producer, int value, gathered *all)
{
    int ways = 0;
    for (int n = producer + 1; n < plan->model->graph.node_count; n++)
        for (int k = 0; k < plan->nodes[n].node->input_count; k++)
            ways += plan->nodes[n].node->inputs[k] == value;
    all->capacity = ways * YD_MAX_GRADIENT_VIEWS;
    all->views = yd_arena_alloc(plan->arena, (size_t)all->capacity + 1, sizeof *all->views);
    for (int n = producer + 1; all->views && n < plan->model->graph.node_count; n++)
        for (int k = 0; k < plan->nodes[n].node->input_count; k++)
            if (plan->nodes[n].node->inputs[k] == value && plan->nodes[n].backward)
                gather_from(plan, &plan->nodes[n], k, all);
    return all->views != NULL;
}

/* The list as it is, or its sum where it is too long. */
static bool settle_list(yd_plan *plan, int n, const gathered *all)
{
    yd_planned_node *node = &plan->nodes[n];
    if (all->count <= YD_MAX_GRADIENT_VIEWS) {
        memcpy(node->gradients.views, all->views, (size_t)all->count * sizeof *all->views);
        node->gradients.count = all->count;
        return true;
    }
    int step = yd_step_backward(plan, n, YD_STEP_SUM);
    node->terms = all->views;
    node->term_count = all->count;
    node->bound_terms = yd_arena_alloc(plan->arena, (size_t)all->count, sizeof *node->bound_terms);
    node->sum = yd_plan_dense(plan, node->node->output, yd_plan_gradient_element(plan), step);
    for (int i = 0; i < all->count; i++) yd_plan_extend(plan, &all->views[i], step);
    node->gradients = (yd_gradient_list){.views = {node->sum}, .count = 1};
    return node->bound_terms != NULL;
}

static int head_level(const yd_plan *plan, int n)
{
    for (int i = 0; i < plan->model->graph.head_count; i++)
        if (plan->model->graph.heads[i] == n) return i;
    return -1;
}

/* The last step that reads the list: convolutions and norms keep the sum, the others read it when they write.
 */
static int reading_step(const yd_plan *plan, int n)
{
    yd_op_kind kind = plan->nodes[n].node->kind;
    return yd_step_backward(plan, n,
                            kind == YD_OP_CONV || kind == YD_OP_NORM ? YD_STEP_OUTPUT : YD_STEP_DATA);
}

static bool is_view_only(yd_op_kind kind)
{
    return kind == YD_OP_ADD || kind == YD_OP_CONCAT;
}

static bool place_node(yd_plan *plan, int n)
{
    yd_planned_node *node = &plan->nodes[n];
    int output = node->node->output, level = head_level(plan, n);
    if (level >= 0) { /* the loss writes it, wanted or not */
        plan->head_gradients[level] =
            yd_plan_dense(plan, output, yd_plan_gradient_element(plan), yd_step_loss(plan));
        node->gradients = (yd_gradient_list){.views = {plan->head_gradients[level]}, .count = 1};
    } else if (plan->values[output].wants_gradient) {
        gathered all = {0};
        if (!gather(plan, n, output, &all) || !settle_list(plan, n, &all)) return false;
    }
    node->backward = plan->values[output].wants_gradient && node->gradients.count > 0;
    if (!node->backward || is_view_only(node->node->kind)) return true;
    for (int i = 0; i < node->gradients.count; i++)
        yd_plan_extend(plan, &node->gradients.views[i], reading_step(plan, n));
    for (int i = 0; i < node->node->input_count; i++)
        if (plan->values[node->node->inputs[i]].wants_gradient)
            node->input_gradients[i] =
                yd_plan_dense(plan, node->node->inputs[i], yd_plan_gradient_element(plan),
                              yd_step_backward(plan, n, YD_STEP_DATA));
    return true;
}

yd_status yd_plan_place_gradients(yd_plan *plan, yd_error *error)
{
    for (int n = plan->model->graph.node_count - 1; n >= 0; n--)
        if (!place_node(plan, n)) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    return YD_OK;
}
