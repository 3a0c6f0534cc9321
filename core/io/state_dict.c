#include "io/state_dict.h"
#include <string.h>

/* A pickle can hold one module as its own child, or a thousand times: walks end at these bounds. The largest
 * YOLOv5 has 1000 modules, 10 deep. */
enum { MAX_DEPTH = 32, MAX_MODULES = 20000, MAX_TENSORS = 100000, MAX_NAME = 256 };
static const size_t max_steps = 1 << 25; /* entries of dicts and sets that are looked at */

typedef struct walk {
    const yd_pt *pt;
    yd_arena *arena;
    yd_vector *entries;
    yd_error *error;
    int modules;
    size_t steps;
} walk;

static bool is_module(const yd_pickle_node *node)
{
    return yd_pickle_is(yd_pickle_attribute(node, "_modules"), YD_PICKLE_DICT);
}

static bool is_some(const yd_pickle_node *node)
{
    return node && node->kind != YD_PICKLE_NONE;
}

yd_pickle_node *yd_state_find_model(yd_pickle_node *root)
{
    static const char *const keys[] = {"ema", "model", "state_dict"};
    if (is_module(root)) return root;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        yd_pickle_node *found = yd_pickle_get(root, keys[i]);
        if (is_module(found) || yd_pickle_is(found, YD_PICKLE_DICT)) return found;
        if (is_some(found) && !yd_pt_is_tensor(found)) return NULL; /* a model of a kind that is not known */
    }
    return yd_pickle_is(root, YD_PICKLE_DICT) ? root : NULL;
}

static yd_status fail(const walk *w, const char *what)
{
    return yd_fail(w->error, YD_ERR_FORMAT, "%s: its model %s", yd_pt_label(w->pt), what);
}

/* prefix + name, or NULL where it is no plain text of a fitting length. */
static const char *join(const walk *w, const char *prefix, const yd_pickle_node *name)
{
    if (!yd_pickle_is(name, YD_PICKLE_TEXT) || strlen(name->text) != name->count) return NULL;
    if (strlen(prefix) + name->count > MAX_NAME) return NULL;
    for (const char *c = name->text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) return NULL;
    return yd_arena_printf(w->arena, "%s%s", prefix, name->text);
}

static yd_status add(walk *w, const char *prefix, const yd_pickle_node *name, yd_pickle_node *node,
                     bool parameter)
{
    const char *full = join(w, prefix, name);
    if (!full) return fail(w, "has a tensor without a usable name");
    if (!yd_pt_is_tensor(node))
        return yd_fail(w->error, YD_ERR_FORMAT, "%s: %s is not a tensor", yd_pt_label(w->pt), full);
    if (w->entries->count == MAX_TENSORS) return fail(w, "has more tensors than any detector");
    yd_state_entry entry = {full, node, parameter};
    return yd_vector_push(w->entries, &entry)
               ? YD_OK
               : yd_fail(w->error, YD_ERR_MEMORY, "%s: no memory for its list of tensors",
                         yd_pt_label(w->pt));
}

/* set: NULL is the empty one. */
static bool contains(const yd_pickle_node *set, const yd_pickle_node *name)
{
    for (size_t i = 0; set && i < set->count; i++)
        if (yd_pickle_is(set->items[i], YD_PICKLE_TEXT) && yd_pickle_is(name, YD_PICKLE_TEXT) &&
            strcmp(set->items[i]->text, name->text) == 0)
            return true;
    return false;
}

static yd_status take_steps(walk *w, const yd_pickle_node *node)
{
    w->steps += node ? node->count : 0;
    return w->steps <= max_steps ? YD_OK : fail(w, "is built to be walked without end");
}

/* _parameters or _buffers: None stands for what a module could have and has not. */
static yd_status add_all(walk *w, const char *prefix, const yd_pickle_node *dict,
                         const yd_pickle_node *left_out, bool parameters)
{
    if (!yd_pickle_is(dict, YD_PICKLE_DICT)) return YD_OK;
    if (!yd_pickle_is(left_out, YD_PICKLE_SET)) left_out = NULL;
    YD_TRY(take_steps(w, dict));
    for (size_t i = 0; i < dict->count; i += 2) {
        yd_pickle_node *name = dict->items[i], *value = dict->items[i + 1];
        if (!is_some(value)) continue;
        YD_TRY(take_steps(w, left_out));
        if (!contains(left_out, name)) YD_TRY(add(w, prefix, name, value, parameters));
    }
    return YD_OK;
}

static yd_status walk_module(walk *w, const yd_pickle_node *module, const char *prefix, int depth)
{
    if (depth > MAX_DEPTH) return fail(w, "is nested too deeply");
    if (++w->modules > MAX_MODULES) return fail(w, "has more modules than any detector");
    YD_TRY(take_steps(w, module->state)); /* the attributes are searched for below */
    YD_TRY(add_all(w, prefix, yd_pickle_attribute(module, "_parameters"), NULL, true));
    YD_TRY(add_all(w, prefix, yd_pickle_attribute(module, "_buffers"),
                   yd_pickle_attribute(module, "_non_persistent_buffers_set"), false));
    const yd_pickle_node *children = yd_pickle_attribute(module, "_modules");
    YD_TRY(take_steps(w, children)); /* a dict: is_module has looked */
    for (size_t i = 0; yd_pickle_is(children, YD_PICKLE_DICT) && i < children->count; i += 2) {
        if (!is_some(children->items[i + 1])) continue;
        if (!is_module(children->items[i + 1])) return fail(w, "has a part that is no module");
        const char *name = join(w, prefix, children->items[i]);
        const char *inner = name ? yd_arena_printf(w->arena, "%s.", name) : NULL;
        if (!inner) return fail(w, "has a part without a usable name");
        YD_TRY(walk_module(w, children->items[i + 1], inner, depth + 1));
    }
    return YD_OK;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

/* In a bare state dict nothing tells parameters from buffers but their names. */
static bool buffer_name(const char *name)
{
    static const char *const ends[] = {"running_mean", "running_var", "num_batches_tracked", "anchors",
                                       "anchor_grid"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_with(name, ends[i])) return true;
    return false;
}

static yd_status walk_dict(walk *w, const yd_pickle_node *dict)
{
    for (size_t i = 0; i < dict->count; i += 2) {
        const yd_pickle_node *name = dict->items[i];
        if (!yd_pt_is_tensor(dict->items[i + 1])) continue;
        bool parameter = yd_pickle_is(name, YD_PICKLE_TEXT) && !buffer_name(name->text);
        YD_TRY(add(w, "", name, dict->items[i + 1], parameter));
    }
    return YD_OK;
}

yd_status yd_state_dict_list(const yd_pt *pt, yd_pickle_node *model, yd_arena *arena, yd_vector *entries,
                             yd_error *error)
{
    walk w = {.pt = pt, .arena = arena, .entries = entries, .error = error};
    if (is_module(model))
        YD_TRY(walk_module(&w, model, "", 0));
    else if (yd_pickle_is(model, YD_PICKLE_DICT))
        YD_TRY(walk_dict(&w, model));
    if (entries->count == 0)
        return yd_fail(error, YD_ERR_FORMAT, "%s: not a checkpoint: it holds no model and no dict of tensors",
                       yd_pt_label(pt));
    return YD_OK;
}
