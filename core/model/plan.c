#include "model/params.h"
#include "model/plan_internal.h"
#include <stdlib.h>

struct yd_plan_cache {
    yd_model *model;
    yd_plan **plans; /* [limit], the first count of them */
    int count, limit;
    uint64_t asked;
    char *memory; /* of the plan that needs most; all use it */
    size_t bytes;
};

yd_status yd_plan_cache_create(yd_model *model, int limit, yd_plan_cache **cache, yd_error *error)
{
    yd_plan_cache *made = calloc(1, sizeof *made);
    *cache = NULL;
    if (made) {
        *made = (yd_plan_cache){.model = model, .limit = limit < 2 ? 2 : limit};
        made->plans = calloc((size_t)made->limit, sizeof(yd_plan *));
    }
    if (!made || !made->plans) {
        free(made);
        return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    }
    *cache = made;
    return YD_OK;
}

void yd_plan_cache_destroy(yd_plan_cache *cache)
{
    if (!cache) return;
    for (int i = 0; i < cache->count; i++) yd_plan_free(cache->plans[i]);
    if (cache->memory) cache->model->backend->deallocate(cache->model->device, cache->memory, cache->bytes);
    free(cache->plans);
    free(cache);
}

/* The arena grows to the largest plan; every plan then finds its memory at the new place. */
static yd_status make_room(yd_plan_cache *cache, size_t bytes, yd_error *error)
{
    const yd_backend *backend = cache->model->backend;
    if (bytes <= cache->bytes) return YD_OK;
    char *memory = backend->allocate(cache->model->device, bytes);
    if (!memory) return yd_fail(error, YD_ERR_MEMORY, "out of memory: %zu MiB for activations", bytes >> 20);
    if (cache->memory) backend->deallocate(cache->model->device, cache->memory, cache->bytes);
    cache->memory = memory;
    cache->bytes = bytes;
    for (int i = 0; i < cache->count; i++) yd_plan_bind(cache->plans[i], memory);
    return YD_OK;
}

static void make_place(yd_plan_cache *cache)
{
    if (cache->count < cache->limit) return;
    int oldest = 0;
    for (int i = 1; i < cache->count; i++)
        if (cache->plans[i]->used < cache->plans[oldest]->used) oldest = i;
    yd_plan_free(cache->plans[oldest]);
    cache->plans[oldest] = cache->plans[--cache->count];
}

yd_status yd_plan_get(yd_plan_cache *cache, yd_mode mode, int batch, int height, int width, yd_plan **plan,
                      yd_error *error)
{
    int stride = cache->model->max_stride;
    for (int i = 0; i < cache->count; i++) {
        yd_plan *p = cache->plans[i];
        if (p->mode != mode || p->batch != batch || p->height != height || p->width != width) continue;
        p->used = ++cache->asked;
        *plan = p;
        return YD_OK;
    }
    if (batch < 1 || height < 1 || width < 1 || height % stride || width % stride)
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "a batch of %d images of %dx%d: multiples of the model's stride %d are wanted", batch,
                       height, width, stride);
    yd_plan *made;
    YD_TRY(yd_plan_build(cache, cache->model, mode, batch, height, width, &made, error));
    yd_status status = make_room(cache, made->bytes, error);
    if (status != YD_OK) {
        yd_plan_free(made);
        return status;
    }
    make_place(cache);
    yd_plan_bind(made, cache->memory);
    made->used = ++cache->asked;
    cache->plans[cache->count++] = made;
    *plan = made;
    return YD_OK;
}

static void refresh_working(const yd_plan *plan, yd_param_set *set)
{
    const yd_model *model = plan->model;
    if (set->working_version[plan->mode] == set->version) return;
    for (int n = 0; n < model->graph.node_count; n++) {
        const yd_node *node = &model->graph.nodes[n];
        if (node->weight < 0) continue;
        yd_node_params params = yd_model_node_params(model, set, plan->mode, node);
        yd_param_layout layout = yd_model_weight_layout(model, node);
        model->backend->refresh_working(model->device, &layout, plan->mode, &params, (void *)params.working);
    }
    set->working_version[plan->mode] = set->version;
}

/* A batch went through the norms: their counters rise, and copies that hold running statistics are stale. */
static void count_batch(const yd_plan *plan, yd_param_set *set)
{
    for (int i = 0; set->counters && i < plan->model->counter_count; i++) set->counters[i]++;
    set->working_version[YD_MODE_EVAL] = 0;
}

void yd_plan_forward(yd_plan *plan, yd_param_set *set, const uint8_t *bytes, const float *floats)
{
    const yd_model *model = plan->model;
    refresh_working(plan, set);
    if (bytes)
        model->backend->load_bytes(model->device, bytes, &plan->values[0].place.view);
    else
        model->backend->load_floats(model->device, floats, &plan->values[0].place.view);
    for (int n = 0; n < model->graph.node_count; n++) {
        yd_planned_node *node = &plan->nodes[n];
        if (!node->forward) continue;
        node->pass.params = yd_model_node_params(model, set, plan->mode, node->node);
        node->kernels->forward(node->state, &node->pass);
    }
    if (plan->mode == YD_MODE_TRAIN) count_batch(plan, set);
}

static void backward_node(const yd_plan *plan, yd_planned_node *node)
{
    const yd_op_kernels *kernels = node->kernels;
    yd_op_kind kind = node->node->kind;
    bool keeps_gradient = kind == YD_OP_CONV || kind == YD_OP_HEAD || kind == YD_OP_NORM;
    if (node->term_count)
        plan->model->backend->sum_views(plan->model->device, node->bound_terms, node->term_count,
                                        &node->sum.view);
    if (!kernels->backward) return;
    if (keeps_gradient) kernels->backward(node->state, &node->pass, YD_PHASE_OUTPUT);
    if (yd_plan_wants_weights(node)) kernels->backward(node->state, &node->pass, YD_PHASE_WEIGHTS);
    if (node->desc.need_input_gradient) kernels->backward(node->state, &node->pass, YD_PHASE_DATA);
}

void yd_plan_backward(yd_plan *plan, const yd_param_set *set, yd_param_set *grads, bool accumulate)
{
    const yd_model *model = plan->model;
    for (int n = model->graph.node_count - 1; n >= 0; n--) {
        yd_planned_node *node = &plan->nodes[n];
        if (!node->backward) continue;
        node->pass.params = yd_model_node_params(model, set, plan->mode, node->node);
        node->pass.grads = yd_model_node_grads(model, grads, node->node, accumulate);
        backward_node(plan, node);
    }
}

int yd_plan_heads(const yd_plan *plan, yd_head heads[8])
{
    const yd_model *model = plan->model;
    for (int i = 0; i < model->graph.head_count; i++) {
        const yd_planned_node *node = &plan->nodes[model->graph.heads[i]];
        heads[i] = (yd_head){.data = node->pass.output.data,
                             .gradient = plan->head_gradients[i].view.data,
                             .b = plan->batch,
                             .na = node->node->anchors_per_cell,
                             .h = node->desc.output.h,
                             .w = node->desc.output.w,
                             .no = node->node->outputs_per_anchor,
                             .lanes = model->backend->lanes(model->device),
                             .image = node->pass.output.image_stride,
                             .dtype = model->backend->dtype,
                             .gradient_dtype = model->backend->activation_dtype,
                             .stride = (double)model->stride[i]};
    }
    return model->graph.head_count;
}

size_t yd_plan_memory(const yd_plan_cache *cache)
{
    return cache->bytes;
}
