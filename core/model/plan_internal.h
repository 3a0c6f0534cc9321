/* A plan under construction and in use: shared by the files that settle values, gradients, memory, and that
 * run it.
 *
 * Time is counted in steps: node n runs forward in step n; the loss has step node_count; then, from the last
 * node to the first, each has four steps backward: the sum of its gradients (where the list is too long), and
 * the three phases. Every buffer has a first and a last step, and the memory plan lets buffers share bytes
 * that are never alive together. */
#pragma once
#include "model/plan.h"
#include "tensor/memory_plan.h"

/* A view whose memory is known as a place in a span; bound to an address when the arena is there. span -1: no
 * memory. */
typedef struct yd_placed_view {
    yd_view view;
    int span;
    size_t offset; /* bytes */
} yd_placed_view;

typedef struct yd_gradient_list {
    yd_placed_view views[YD_MAX_GRADIENT_VIEWS];
    int count;
} yd_gradient_list;

typedef struct yd_planned_node {
    const yd_node *node;
    yd_op_desc desc;
    const yd_op_kernels *kernels;
    void *state;
    yd_op_needs needs;
    bool forward;  /* false for a concatenation whose inputs are all in place */
    bool backward; /* some gradient reaches the output, and something wants it */
    int saved;     /* span, -1 for none */
    yd_placed_view inputs[YD_NODE_MAX_INPUTS], output, input_gradients[YD_NODE_MAX_INPUTS];
    yd_gradient_list gradients; /* of the output */
    yd_placed_view *terms,
        sum; /* where the list was too long: [term_count], summed into the one view of the list */
    int term_count;
    yd_view *bound_terms; /* [term_count] */
    yd_op_pass pass;      /* bound; parameters are filled in by each run */
} yd_planned_node;

/* Where a value lies: in a span of its own, or as a slice of the concatenation that reads it. */
typedef struct yd_planned_value {
    yd_shape shape;
    size_t element; /* bytes of one; gradients are of the activations' type */
    const yd_channel_map *map;
    int parent, parent_channel; /* the concatenation's output and the first physical channel there; parent -1
                                   for none */
    yd_placed_view place;
    bool wants_gradient;
} yd_planned_value;

struct yd_plan {
    yd_plan_cache *cache;
    const yd_model *model;
    yd_mode mode;
    int batch, height, width;
    uint64_t used; /* for the cache: when it was asked for last */
    yd_arena *arena;
    yd_planned_node *nodes;
    yd_planned_value *values;
    yd_span *spans;
    int span_count, span_capacity;
    size_t bytes, scratch; /* of the arena: spans, then scratch */
    yd_placed_view head_gradients[8];
    void *scratch_memory;
};

enum { YD_STEP_SUM, YD_STEP_OUTPUT, YD_STEP_WEIGHTS, YD_STEP_DATA, YD_STEPS_BACKWARD };
static inline int yd_step_loss(const yd_plan *plan)
{
    return plan->model->graph.node_count;
}
static inline int yd_step_backward(const yd_plan *plan, int node, int step)
{
    return yd_step_loss(plan) + 1 + YD_STEPS_BACKWARD * (plan->model->graph.node_count - 1 - node) + step;
}
static inline int yd_step_end(const yd_plan *plan)
{
    return plan->mode == YD_MODE_TRAIN ? yd_step_backward(plan, 0, YD_STEPS_BACKWARD) : yd_step_loss(plan);
}

/* The span of the view is needed in that step too. */
void yd_plan_extend(yd_plan *plan, const yd_placed_view *view, int step);
/* A dense view of a value's shape over a new span, of elements of so many bytes. */
yd_placed_view yd_plan_dense(yd_plan *plan, int value, size_t element, int first);
size_t yd_plan_gradient_element(const yd_plan *plan);
/* Elements of a value when dense; 0 where they, or their bytes, are too many. */
size_t yd_plan_value_elements(const yd_plan *plan, int value);

/* Places every value, settles which concatenations copy what, and extends the lifetimes. */
yd_status yd_plan_place_values(yd_plan *plan, yd_error *error);
/* Which nodes run backward, over which views. */
yd_status yd_plan_place_gradients(yd_plan *plan, yd_error *error);
/* Whether this node's inputs are read again by its weight gradients. */
bool yd_plan_wants_weights(const yd_planned_node *node);

/* Makes a whole plan; its memory is not bound yet. */
yd_status yd_plan_build(yd_plan_cache *cache, const yd_model *model, yd_mode mode, int batch, int height,
                        int width, yd_plan **plan, yd_error *error);
void yd_plan_bind(yd_plan *plan, char *base);
void yd_plan_free(yd_plan *plan);
