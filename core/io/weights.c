#include "io/weights.h"
#include "base/sha256.h"
#include "base/text.h"
#include "io/pickled_yaml.h"
#include "io/state_dict.h"
#include "io/state_hash.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_CLASSES = 100000 };

typedef struct loader {
    yd_pt *pt;
    yd_weights *weights;
    yd_error *error;
} loader;

static yd_status no_memory(const loader *l)
{
    return yd_fail(l->error, YD_ERR_MEMORY, "%s: no memory for its weights", yd_pt_label(l->pt));
}

/* Tensors. */

static yd_status load_tensor(const loader *l, const yd_state_entry *entry, yd_tensor_entry *out)
{
    yd_pt_tensor tensor;
    YD_TRY(yd_pt_tensor_of(l->pt, entry->node, entry->name, &tensor, l->error));
    float *values = yd_arena_alloc(l->weights->arena, tensor.elements ? tensor.elements : 1, sizeof *values);
    if (!values) return no_memory(l);
    YD_TRY(yd_pt_floats(l->pt, &tensor, values, l->error));
    *out = (yd_tensor_entry){.name = entry->name,
                             .rank = tensor.rank,
                             .elements = tensor.elements,
                             .values = values,
                             .integer = yd_pt_is_integer(tensor.type)};
    memcpy(out->dims, tensor.dims, sizeof out->dims);
    if (entry->parameter && !out->integer) l->weights->parameters += out->elements;
    return YD_OK;
}

static yd_status load_tensors(const loader *l, yd_pickle_node *model)
{
    yd_weights *weights = l->weights;
    yd_vector entries = {.size = sizeof(yd_state_entry)};
    yd_status status = yd_state_dict_list(l->pt, model, weights->arena, &entries, l->error);
    if (status == YD_OK) {
        weights->tensors = yd_arena_alloc(weights->arena, entries.count, sizeof *weights->tensors);
        if (!weights->tensors) status = no_memory(l);
    }
    for (size_t i = 0; status == YD_OK && i < entries.count; i++)
        status = load_tensor(l, &YD_AT(yd_state_entry, &entries, i), &weights->tensors[i]);
    if (status == YD_OK) weights->tensor_count = (int)entries.count;
    yd_vector_free(&entries);
    return status;
}

/* The state hash; two tensors of one name would make it, and all that follows, ambiguous. */
static yd_status hash_tensors(const loader *l)
{
    yd_weights *weights = l->weights;
    size_t count = (size_t)weights->tensor_count;
    yd_tensor_entry *sorted = malloc(count * sizeof *sorted);
    if (!sorted) return no_memory(l);
    memcpy(sorted, weights->tensors, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, yd_compare_names);
    yd_hash hash;
    yd_sha256_start(&hash);
    yd_status status = YD_OK;
    for (size_t i = 0; status == YD_OK && i < count; i++) {
        const yd_tensor_entry *t = &sorted[i];
        if (i > 0 && strcmp(t->name, sorted[i - 1].name) == 0)
            status =
                yd_fail(l->error, YD_ERR_FORMAT, "%s: has two tensors named %s", yd_pt_label(l->pt), t->name);
        yd_state_hash_floats(&hash, t->name, t->rank, t->dims, t->values, t->elements);
    }
    yd_sha256_hex(&hash, weights->sha256);
    free(sorted);
    return status;
}

/* What stands beside the tensors. */

static yd_status load_yaml(const loader *l, const yd_pickle_node *model)
{
    yd_weights *weights = l->weights;
    const yd_pickle_node *stored = yd_pickle_attribute(model, "yaml");
    if (!stored) return YD_OK;
    yd_error problem = {.message = "its YAML is not one"};
    yd_yaml tree = {.file = yd_arena_strdup(weights->arena, yd_pt_label(l->pt)),
                    .root = yd_pickled_yaml_tree(stored, weights->arena)};
    if (!tree.file) return no_memory(l);
    yd_status status =
        tree.root ? yd_model_yaml_read(&tree, weights->arena, &weights->yaml, &problem) : YD_ERR_FORMAT;
    if (status == YD_ERR_MEMORY) return no_memory(l);
    if (status == YD_OK) return YD_OK;
    weights->yaml = (yd_model_yaml){0};
    weights->yaml_problem = yd_arena_strdup(weights->arena, problem.message);
    return YD_OK;
}

static const yd_pickle_node *child(const yd_pickle_node *module, const char *name)
{
    return yd_pickle_get(yd_pickle_attribute(module, "_modules"), name);
}

/* What a module of the pickled graph stands for in a YAML; NULL where it is none that is known. */
static const char *activation_text(const loader *l, const yd_pickle_node *module)
{
    static const struct {
        const char *global, *text;
    } known[] = {{"torch.nn.modules.activation SiLU", "nn.SiLU()"},
                 {"torch.nn.modules.activation Hardswish", "nn.Hardswish()"},
                 {"torch.nn.modules.activation ReLU", "nn.ReLU()"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (yd_pickle_is_call(module, known[i].global)) return known[i].text;
    const yd_pickle_node *slope = yd_pickle_attribute(module, "negative_slope");
    if (!yd_pickle_is_call(module, "torch.nn.modules.activation LeakyReLU") ||
        !yd_pickle_is(slope, YD_PICKLE_FLOAT))
        return NULL;
    char digits[40];
    yd_format_double(digits, sizeof digits, slope->real);
    return yd_arena_printf(l->weights->arena, "nn.LeakyReLU(%s)", digits);
}

/* Before v7.0 the YAML does not say what convolutions are activated by (leaky ReLU up to v2.0, Hardswish in
 * v3, SiLU since, or what somebody wrote into the source): the graph of modules does.
 * (model_and_loss.md, 4.14) */
static void settle_activation(const loader *l, const yd_pickle_node *model)
{
    yd_weights *weights = l->weights;
    const yd_pickle_node *stem = child(child(model, "model"), "0"), *act = child(stem, "act");
    if (!act) act = child(child(stem, "conv"), "act"); /* Focus */
    if (!act || !weights->yaml.row_count || weights->yaml.activation) return;
    const char *text = activation_text(l, act);
    if (text && strcmp(text, "nn.SiLU()") == 0) return; /* as without the key */
    weights->yaml.activation = text;
    if (text) return;
    weights->yaml = (yd_model_yaml){0};
    weights->yaml_problem = "its convolutions are activated by what is none of nn.SiLU(), nn.Hardswish(), "
                            "nn.ReLU() and nn.LeakyReLU(SLOPE)";
}

static int class_count(const loader *l, const yd_pickle_node *model, const yd_pickle_node *names)
{
    int64_t nc;
    if (yd_pickle_integer(yd_pickle_attribute(model, "nc"), &nc) && nc > 0 && nc <= MAX_CLASSES)
        return (int)nc;
    if (l->weights->yaml.nc) return l->weights->yaml.nc;
    size_t count = yd_pickle_is(names, YD_PICKLE_LIST)   ? names->count
                   : yd_pickle_is(names, YD_PICKLE_DICT) ? names->count / 2
                                                         : 0;
    return count <= MAX_CLASSES ? (int)count : 0;
}

/* The name of class index, of a list or of a dict by number. */
static const yd_pickle_node *class_name(const yd_pickle_node *names, int index)
{
    if (yd_pickle_is(names, YD_PICKLE_LIST)) return names->items[index];
    size_t at = 2 * (size_t)index; /* the dicts that YOLOv5 makes are in order */
    int64_t key;
    return yd_pickle_integer(names->items[at], &key) && key == index ? names->items[at + 1] : NULL;
}

static yd_status load_names(const loader *l, const yd_pickle_node *model)
{
    yd_weights *weights = l->weights;
    const yd_pickle_node *names = yd_pickle_attribute(model, "names");
    weights->nc = class_count(l, model, names);
    size_t count = (size_t)weights->nc;
    bool whole = count > 0 && ((yd_pickle_is(names, YD_PICKLE_LIST) && names->count == count) ||
                               (yd_pickle_is(names, YD_PICKLE_DICT) && names->count == 2 * count));
    if (!whole) return YD_OK;
    const char **list = yd_arena_alloc(weights->arena, count, sizeof *list);
    if (!list) return no_memory(l);
    for (int i = 0; i < weights->nc; i++) {
        const yd_pickle_node *name = class_name(names, i);
        if (!yd_pickle_is(name, YD_PICKLE_TEXT))
            return YD_OK; /* names that are none are as good as no names */
        list[i] = yd_arena_strdup(weights->arena, name->text);
        if (!list[i]) return no_memory(l);
    }
    weights->names = list;
    return YD_OK;
}

static bool present(const yd_pickle_node *root, const char *key)
{
    const yd_pickle_node *node = yd_pickle_get(root, key);
    return node && node->kind != YD_PICKLE_NONE;
}

static yd_status load(const loader *l)
{
    yd_pickle_node *root = yd_pt_root(l->pt), *model = yd_state_find_model(root);
    yd_weights *weights = l->weights;
    if (!yd_pickle_integer(yd_pickle_get(root, "epoch"), &weights->epoch)) weights->epoch = -1;
    weights->has_ema = present(root, "ema");
    weights->has_optimizer = present(root, "optimizer");
    weights->has_resume = yd_pickle_is(yd_pickle_get(root, "yolodeck"), YD_PICKLE_DICT);
    YD_TRY(load_tensors(l, model));
    YD_TRY(load_yaml(l, model));
    settle_activation(l, model);
    YD_TRY(load_names(l, model));
    return hash_tensors(l);
}

static yd_status load_from(yd_pt *pt, yd_weights **out, yd_error *error)
{
    yd_arena *arena = yd_arena_create(0);
    yd_weights *weights = arena ? yd_arena_alloc(arena, 1, sizeof *weights) : NULL;
    if (!weights) {
        yd_arena_destroy(arena);
        return yd_fail(error, YD_ERR_MEMORY, "%s: no memory for its weights", yd_pt_label(pt));
    }
    weights->arena = arena;
    yd_status status = load(&(loader){pt, weights, error});
    if (status == YD_OK)
        *out = weights;
    else
        yd_weights_free(weights);
    return status;
}

yd_status yd_weights_load(const char *path, yd_weights **weights, yd_error *error)
{
    yd_pt *pt;
    *weights = NULL;
    YD_TRY(yd_pt_open(path, &pt, error));
    yd_status status = load_from(pt, weights, error);
    yd_pt_close(pt);
    return status;
}

yd_status yd_weights_load_memory(const void *bytes, size_t length, const char *label, yd_weights **weights,
                                 yd_error *error)
{
    yd_pt *pt;
    *weights = NULL;
    YD_TRY(yd_pt_open_memory(bytes, length, label, &pt, error));
    yd_status status = load_from(pt, weights, error);
    yd_pt_close(pt);
    return status;
}

void yd_weights_free(yd_weights *weights)
{
    if (weights) yd_arena_destroy(weights->arena); /* the weights themselves live in it */
}

/* Into a model. */

static const yd_tensor_entry *find(const yd_weights *weights, const char *name)
{
    for (int i = 0; i < weights->tensor_count; i++)
        if (strcmp(weights->tensors[i].name, name) == 0) return &weights->tensors[i];
    return NULL;
}

static bool same_shape(const yd_tensor_entry *tensor, const yd_param *param)
{
    if (tensor->rank != param->rank) return false;
    for (int i = 0; i < param->rank; i++)
        if (tensor->dims[i] != param->dims[i]) return false;
    return true;
}

/* A float that int64 holds. */
static bool sound_counter(const yd_tensor_entry *tensor)
{
    return tensor->values[0] >= 0 && tensor->values[0] < 0x1p62F;
}

/* The tensor for an entry of the model; NULL where there is none that fits. */
static const yd_tensor_entry *fitting(const yd_weights *weights, const yd_param *param, const char *exclude)
{
    if (exclude && strstr(param->name, exclude)) return NULL;
    const yd_tensor_entry *tensor = find(weights, param->name);
    if (!tensor || !same_shape(tensor, param)) return NULL;
    return param->counter && !sound_counter(tensor) ? NULL : tensor;
}

void yd_weights_fit(const yd_weights *weights, const yd_model *model, const char *exclude, bool *fits)
{
    for (int i = 0; i < model->param_count; i++)
        fits[i] = fitting(weights, &model->params[i], exclude) != NULL;
}

void yd_weights_transfer(const yd_weights *weights, const yd_model *model, yd_param_set *set,
                         const char *exclude, int *transferred)
{
    *transferred = 0;
    for (int i = 0; i < model->param_count; i++) {
        const yd_tensor_entry *tensor = fitting(weights, &model->params[i], exclude);
        if (!tensor) continue;
        yd_param_write(model, set, i, tensor->values);
        ++*transferred;
    }
}

static yd_status fill(const yd_weights *weights, const char *path, yd_model *model, yd_param_set *set,
                      yd_error *error)
{
    int transferred;
    yd_weights_transfer(weights, model, set, NULL, &transferred);
    if (transferred != model->param_count)
        return yd_fail(error, YD_ERR_FORMAT,
                       "%s: only %d of the %d entries of its own model are there with the right shape", path,
                       transferred, model->param_count);
    yd_model_read_anchors(model, set);
    return weights->names ? yd_model_set_names(model, weights->names, error) : YD_OK;
}

yd_status yd_weights_build(const yd_weights *weights, const char *path, const yd_backend *backend,
                           yd_device *device, yd_model **model, yd_param_set *set, yd_error *error)
{
    *model = NULL;
    if (!weights->yaml.row_count)
        return yd_fail(error, YD_ERR_FORMAT, "%s: holds no model description", path);
    YD_TRY(yd_model_create(&weights->yaml, weights->nc, backend, device, model, error));
    yd_status status = yd_param_set_create(*model, YD_SET_VALUES, set, error);
    if (status == YD_OK) {
        status = fill(weights, path, *model, set, error);
        if (status == YD_OK) return YD_OK;
        yd_param_set_destroy(*model, set);
    }
    yd_model_destroy(*model);
    *model = NULL;
    return status;
}
