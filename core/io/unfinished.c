#include "io/unfinished.h"
#include "base/text.h"
#include "io/numpy_value.h"
#include "io/optimizer_order.h"
#include "io/resume_entry.h"
#include "io/state_dict.h"
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    yd_pt *pt;
    const yd_model *model;
    yd_arena *arena;
    yd_error *error;
} reader;

static bool fits(const yd_pt_tensor *tensor, const yd_param *param)
{
    bool same = tensor->rank == param->rank && tensor->elements == param->plain;
    for (int i = 0; same && i < param->rank; i++) same = tensor->dims[i] == param->dims[i];
    return same;
}

/* Into entry index of set. *fitted: it is of that shape. */
static yd_status read_entry(const reader *r, const yd_pickle_node *node, const char *name, yd_param_set *set,
                            int index, bool *fitted)
{
    yd_pt_tensor tensor;
    const yd_param *param = &r->model->params[index];
    *fitted = false;
    if (!node || !yd_pt_is_tensor(node)) return YD_OK;
    YD_TRY(yd_pt_tensor_of(r->pt, node, name, &tensor, r->error));
    if (!fits(&tensor, param)) return YD_OK;
    *fitted = true;
    if (param->counter && yd_pt_is_integer(tensor.type))
        return yd_pt_integers(r->pt, &tensor, &set->counters[param->offset], r->error);
    float *plain = malloc((tensor.elements + 1) * sizeof *plain);
    if (!plain) return yd_fail(r->error, YD_ERR_MEMORY, "%s: no memory to read it", yd_pt_label(r->pt));
    yd_status status = yd_pt_floats(r->pt, &tensor, plain, r->error);
    if (status == YD_OK) yd_param_write(r->model, set, index, plain);
    free(plain);
    return status;
}

/* The tensors of a pickled model, by name. every: all of the model's must be there. */
static yd_status read_model(const reader *r, const char *key, yd_param_set *set, bool every)
{
    yd_vector entries = {.size = sizeof(yd_state_entry)};
    yd_pickle_node *node = (yd_pickle_node *)yd_pickle_get(yd_pt_root(r->pt), key);
    if (!node || node->kind == YD_PICKLE_NONE) return YD_OK;
    yd_status status = yd_state_dict_list(r->pt, node, r->arena, &entries, r->error);
    int fitted_count = 0;
    for (size_t i = 0; status == YD_OK && i < entries.count; i++) {
        const yd_state_entry *entry = &YD_AT(yd_state_entry, &entries, i);
        int index = yd_param_find(r->model, entry->name);
        bool fitted = false;
        if (index >= 0) status = read_entry(r, entry->node, entry->name, set, index, &fitted);
        fitted_count += fitted;
    }
    yd_vector_free(&entries);
    if (status == YD_OK && every && fitted_count != r->model->param_count)
        return yd_fail(r->error, YD_ERR_FORMAT, "%s: %d of its average's tensors fit the model, which has %d",
                       yd_pt_label(r->pt), fitted_count, r->model->param_count);
    return status;
}

/* Whether param_groups are as long as the groups of order. */
static bool groups_fit(const reader *r, const yd_pickle_node *groups, const yd_region order[3])
{
    if (!yd_pickle_is(groups, YD_PICKLE_LIST) || groups->count != 3) return false;
    for (int g = 0; g < 3; g++) {
        const yd_pickle_node *params = yd_pickle_get(groups->items[g], "params");
        size_t wanted = 0;
        for (int i = 0; i < r->model->param_count; i++)
            wanted += yd_optimizer_in_group(r->model, i, order[g]);
        if (!yd_pickle_is(params, YD_PICKLE_LIST) || params->count != wanted) return false;
    }
    return true;
}

/* PyTorch keeps a step as a number, or as a tensor of one element. */
static yd_status read_step(const reader *r, const yd_pickle_node *node, int64_t *steps)
{
    double number;
    yd_pt_tensor tensor;
    if (node && yd_pt_is_tensor(node)) {
        YD_TRY(yd_pt_tensor_of(r->pt, node, "step", &tensor, r->error));
        if (tensor.elements != 1) return YD_OK;
        YD_TRY(yd_pt_doubles(r->pt, &tensor, &number, r->error));
    } else if (!yd_pickle_number(node, &number)) {
        return YD_OK;
    }
    if (number >= 0 && number < 1e15) *steps = (int64_t)number;
    return YD_OK;
}

/* The memory of parameter index; what is missing (a frozen one's) stays zero. */
static yd_status read_memory(const reader *r, const yd_pickle_node *entry, int index,
                             const yd_train_sets *sets, bool adam, yd_unfinished *out)
{
    bool first, second = true;
    const char *name = r->model->params[index].name;
    YD_TRY(read_entry(r, yd_pickle_get(entry, adam ? "exp_avg" : "momentum_buffer"), name, sets->momenta,
                      index, &first));
    if (adam) {
        YD_TRY(read_entry(r, yd_pickle_get(entry, "exp_avg_sq"), name, sets->squares, index, &second));
        YD_TRY(read_step(r, yd_pickle_get(entry, "step"), &out->steps));
    }
    out->remembers = out->remembers || (first && second);
    return YD_OK;
}

static yd_status read_optimizer(const reader *r, const yd_train_sets *sets, yd_unfinished *out)
{
    const yd_pickle_node *optimizer = yd_pickle_get(yd_pt_root(r->pt), "optimizer");
    const yd_pickle_node *state = yd_pickle_get(optimizer, "state"),
                         *groups = yd_pickle_get(optimizer, "param_groups");
    bool adam = sets->squares && sets->squares->region[YD_REGION_WEIGHT], fit = false;
    int *order = yd_arena_alloc(r->arena, (size_t)r->model->param_count, sizeof *order), count = 0;
    yd_region regions[3];
    if (!order) return yd_fail(r->error, YD_ERR_MEMORY, "%s: no memory to read it", yd_pt_label(r->pt));
    if (!yd_pickle_is(state, YD_PICKLE_DICT)) return YD_OK;
    for (int newer = 0; newer < 2 && !fit; newer++) {
        count = yd_optimizer_order(r->model, newer, order, regions);
        fit = groups_fit(r, groups, regions);
    }
    if (!fit)
        return yd_fail(r->error, YD_ERR_FORMAT, "%s: its optimizer has groups of another model's length",
                       yd_pt_label(r->pt));
    for (size_t i = 0; i < state->count / 2; i++) {
        int64_t number;
        if (!yd_pickle_integer(state->items[2 * i], &number) || number < 0 || number >= count) continue;
        YD_TRY(read_memory(r, state->items[2 * i + 1], order[number], sets, adam, out));
    }
    return YD_OK;
}

/* Up to v6.1 YOLOv5 keeps the run's name at W&B. */
static void read_wandb_id(const reader *r, yd_unfinished *out)
{
    const yd_pickle_node *id = yd_pickle_get(yd_pt_root(r->pt), "wandb_id");
    if (yd_pickle_is(id, YD_PICKLE_TEXT) && id->count < sizeof out->wandb_id)
        yd_copy_text(out->wandb_id, sizeof out->wandb_id, id->text);
}

static yd_status read_all(const reader *r, const yd_train_sets *sets, yd_unfinished *out)
{
    const yd_pickle_node *root = yd_pt_root(r->pt), *results = yd_pickle_get(root, "training_results");
    YD_TRY(read_model(r, "model", sets->values, false));
    YD_TRY(read_model(r, "ema", sets->average, true));
    YD_TRY(read_optimizer(r, sets, out));
    if (!yd_pickle_integer(yd_pickle_get(root, "updates"), &out->updates) || out->updates < 0)
        out->updates = 0;
    if (!yd_pickle_number(yd_pickle_get(root, "best_fitness"), &out->best_fitness)) out->best_fitness = 0;
    read_wandb_id(r, out);
    if (!yd_pickle_is(results, YD_PICKLE_TEXT)) return YD_OK;
    out->results = strdup(results->text);
    return out->results ? YD_OK
                        : yd_fail(r->error, YD_ERR_MEMORY, "%s: no memory to read it", yd_pt_label(r->pt));
}

yd_status yd_unfinished_is_foreign(const char *path, bool *foreign, yd_error *error)
{
    yd_pt *pt;
    int64_t epoch;
    YD_TRY(yd_pt_open(path, &pt, error));
    const yd_pickle_node *root = yd_pt_root(pt);
    *foreign = !yd_pickle_get(root, YD_RESUME_KEY) &&
               yd_pickle_is(yd_pickle_get(root, "optimizer"), YD_PICKLE_DICT) &&
               yd_pickle_integer(yd_pickle_get(root, "epoch"), &epoch) && epoch >= 0;
    yd_pt_close(pt);
    return YD_OK;
}

yd_status yd_unfinished_load(const char *path, const yd_model *model, const yd_train_sets *sets,
                             yd_unfinished *unfinished, yd_error *error)
{
    *unfinished = (yd_unfinished){0};
    reader r = {.model = model, .arena = yd_arena_create(0), .error = error};
    if (!r.arena) return yd_fail(error, YD_ERR_MEMORY, "%s: no memory to read it", path);
    yd_status status = yd_pt_open(path, &r.pt, error);
    if (status == YD_OK) status = read_all(&r, sets, unfinished);
    if (r.pt) yd_pt_close(r.pt);
    yd_arena_destroy(r.arena);
    return status;
}
