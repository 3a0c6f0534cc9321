#include "io/model_pickle.h"
#include "base/file.h"
#include "io/pickled_yaml.h"
#include <stdio.h>
#include <string.h>

void yd_model_pickle_start(yd_model_pickle *pickle, yd_pickle_writer *writer, const yd_model *model)
{
    *pickle = (yd_model_pickle){.writer = writer, .model = model, .storages.size = sizeof(yd_storage_source)};
}

void yd_model_pickle_free(yd_model_pickle *pickle)
{
    yd_vector_free(&pickle->storages);
}

/* Tensors. */

static int add_storage(yd_model_pickle *p, const yd_storage_source *source)
{
    if (!yd_vector_push(&p->storages, source)) {
        p->failed = true;
        return 0;
    }
    return (int)p->storages.count - 1;
}

static void put_storage(yd_model_pickle *p, int index)
{
    yd_pickle_writer *w = p->writer;
    if (p->failed) return;
    const yd_storage_source *source = &YD_AT(yd_storage_source, &p->storages, index);
    char key[16];
    snprintf(key, sizeof key, "%d", index);
    yd_pickle_put_begin(w);
    yd_pickle_put_text(w, "storage");
    yd_pickle_put_global(w, "torch",
                         source->type == YD_PT_F16   ? "HalfStorage"
                         : source->type == YD_PT_F32 ? "FloatStorage"
                                                     : "LongStorage");
    yd_pickle_put_text(w, key);
    yd_pickle_put_text(w, "cpu");
    yd_pickle_put_int(w, (int64_t)source->elements);
    yd_pickle_put_end_tuple(w);
    yd_pickle_put_persistent(w);
}

/* A contiguous tensor over all of a storage. */
static void put_tensor(yd_model_pickle *p, int storage, int rank, const int *dims)
{
    yd_pickle_writer *w = p->writer;
    int64_t strides[8] = {0}, stride = 1;
    for (int i = rank; i-- > 0;) {
        strides[i] = stride;
        stride *= dims[i];
    }
    yd_pickle_put_global(w, "torch._utils", "_rebuild_tensor_v2");
    yd_pickle_put_begin(w);
    put_storage(p, storage);
    yd_pickle_put_int(w, 0);
    yd_pickle_put_begin(w);
    for (int i = 0; i < rank; i++) yd_pickle_put_int(w, dims[i]);
    yd_pickle_put_end_tuple(w);
    yd_pickle_put_begin(w);
    for (int i = 0; i < rank; i++) yd_pickle_put_int(w, strides[i]);
    yd_pickle_put_end_tuple(w);
    yd_pickle_put_bool(w, false);
    yd_pickle_put_ordered_dict(w);
    yd_pickle_put_end_tuple(w);
    yd_pickle_put_call(w);
}

static void put_floats(yd_model_pickle *p, const float *values, int count)
{
    yd_storage_source source = {.type = YD_PT_F32, .elements = (size_t)count};
    memcpy(source.values, values, (size_t)count * sizeof *values);
    put_tensor(p, add_storage(p, &source), 1, &count);
}

int yd_pickle_put_param(yd_model_pickle *p, const yd_param_set *set, int index, yd_pt_type type)
{
    const yd_param *param = &p->model->params[index];
    yd_storage_source source = {
        .type = param->counter ? YD_PT_I64 : type, .elements = param->plain, .set = set, .param = index};
    int storage = add_storage(p, &source);
    put_tensor(p, storage, param->rank, param->dims);
    return storage;
}

void yd_pickle_put_param_again(yd_model_pickle *p, int index, int storage)
{
    const yd_param *param = &p->model->params[index];
    put_tensor(p, storage, param->rank, param->dims);
}

/* Modules. */

typedef struct tree {
    yd_model_pickle *pickle;
    const yd_param_set *set;
    const yd_model_extras *extras;
    uint32_t strides; /* 1 + place of the strides in the memo, 0 before they were put */
} tree;

static void put_parameter(const tree *t, int index)
{
    yd_pickle_writer *w = t->pickle->writer;
    const yd_param *param = &t->pickle->model->params[index];
    yd_pickle_put_global(w, "torch._utils", "_rebuild_parameter");
    yd_pickle_put_begin(w);
    yd_pickle_put_param(t->pickle, t->set, index, YD_PT_F16);
    yd_pickle_put_bool(w, t->extras->gradients && (!param->frozen || param->left_out));
    yd_pickle_put_ordered_dict(w);
    yd_pickle_put_end_tuple(w);
    yd_pickle_put_call(w);
}

static void put_entries(const tree *t, const yd_module *module, bool buffers)
{
    yd_pickle_writer *w = t->pickle->writer;
    yd_pickle_put_text(w, buffers ? "_buffers" : "_parameters");
    yd_pickle_put_ordered_dict(w);
    yd_pickle_put_begin(w);
    for (int i = 0; i < module->entry_count; i++) {
        const yd_module_entry *entry = &module->entries[i];
        if (entry->buffer != buffers) continue;
        yd_pickle_put_text(w, entry->name);
        if (entry->param < 0)
            yd_pickle_put_none(w);
        else if (buffers)
            yd_pickle_put_param(t->pickle, t->set, entry->param, YD_PT_F16);
        else
            put_parameter(t, entry->param);
    }
    yd_pickle_put_end_dict(w);
}

static void put_empty_set(yd_pickle_writer *w)
{
    yd_pickle_put_global(w, "__builtin__", "set");
    yd_pickle_put_begin(w);
    yd_pickle_put_empty(w, YD_PICKLE_LIST);
    yd_pickle_put_end_tuple(w);
    yd_pickle_put_call(w);
}

/* What torch.nn.Module itself keeps beside parameters, buffers and children. */
static void put_hooks(yd_pickle_writer *w)
{
    static const char *const hooks[] = {"_backward_hooks", "_forward_hooks", "_forward_pre_hooks",
                                        "_state_dict_hooks", "_load_state_dict_pre_hooks"};
    yd_pickle_put_text(w, "_non_persistent_buffers_set");
    put_empty_set(w);
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++) {
        yd_pickle_put_text(w, hooks[i]);
        yd_pickle_put_ordered_dict(w);
    }
    yd_pickle_put_text(w, "_is_full_backward_hook");
    yd_pickle_put_none(w);
}

static void put_int_list(yd_pickle_writer *w, const int *values, int count, bool tuple)
{
    if (!tuple) yd_pickle_put_empty(w, YD_PICKLE_LIST);
    yd_pickle_put_begin(w);
    for (int i = 0; i < count; i++) yd_pickle_put_int(w, values[i]);
    if (tuple)
        yd_pickle_put_end_tuple(w);
    else
        yd_pickle_put_end_list(w);
}

/* The model's strides: one tensor, which the root and Detect share. */
static void put_strides(tree *t)
{
    yd_pickle_writer *w = t->pickle->writer;
    if (t->strides) {
        yd_pickle_put_kept(w, t->strides - 1);
        return;
    }
    put_floats(t->pickle, t->pickle->model->stride, t->pickle->model->nl);
    t->strides = yd_pickle_put_keep(w) + 1;
}

static void put_grids(const tree *t)
{
    yd_pickle_writer *w = t->pickle->writer;
    yd_pickle_put_empty(w, YD_PICKLE_LIST);
    yd_pickle_put_begin(w);
    for (int i = 0; i < t->pickle->model->nl; i++) put_floats(t->pickle, &(float){0}, 1);
    yd_pickle_put_end_list(w);
}

static void put_attr(tree *t, const yd_module_attr *attr)
{
    yd_pickle_writer *w = t->pickle->writer;
    yd_pickle_put_text(w, attr->name);
    switch (attr->kind) {
    case YD_ATTR_NONE:
        yd_pickle_put_none(w);
        break;
    case YD_ATTR_BOOL:
        yd_pickle_put_bool(w, attr->number != 0);
        break;
    case YD_ATTR_INT:
        yd_pickle_put_int(w, (int64_t)attr->number);
        break;
    case YD_ATTR_FLOAT:
        yd_pickle_put_float(w, attr->number);
        break;
    case YD_ATTR_TEXT:
        yd_pickle_put_text(w, attr->text);
        break;
    case YD_ATTR_INT_TUPLE:
    case YD_ATTR_INT_LIST:
        put_int_list(w, attr->list, attr->count, attr->kind == YD_ATTR_INT_TUPLE);
        break;
    case YD_ATTR_STRIDES:
        put_strides(t);
        break;
    case YD_ATTR_GRIDS:
        put_grids(t);
        break;
    }
}

static void put_names(yd_pickle_writer *w, const char *const *names, int count)
{
    yd_pickle_put_empty(w, YD_PICKLE_LIST);
    yd_pickle_put_begin(w);
    for (int i = 0; i < count; i++) yd_pickle_put_text(w, names[i]);
    yd_pickle_put_end_list(w);
}

static void put_hyp(yd_pickle_writer *w, const yd_model_extras *extras)
{
    yd_pickle_put_empty(w, YD_PICKLE_DICT);
    yd_pickle_put_begin(w);
    for (int i = 0; i < extras->hyp_count; i++) {
        yd_pickle_put_text(w, extras->hyp_keys[i]);
        yd_pickle_put_float(w, extras->hyp_values[i]);
    }
    yd_pickle_put_end_dict(w);
}

/* names is a list, which every generation of YOLOv5 takes; a dict only v7.0 does. */
static void put_root_attrs(tree *t)
{
    yd_pickle_writer *w = t->pickle->writer;
    const yd_model *model = t->pickle->model;
    const yd_module_tree *modules = yd_model_modules(model);
    yd_pickle_put_text(w, "yaml_file");
    yd_pickle_put_text(w, model->yaml.file ? yd_path_name(model->yaml.file) : "");
    yd_pickle_put_text(w, "yaml");
    yd_pickle_put_model_yaml(w, &model->yaml);
    yd_pickle_put_text(w, "save");
    put_int_list(w, modules->save, modules->save_count, false);
    yd_pickle_put_text(w, "names");
    put_names(w, t->extras->names, model->nc);
    yd_pickle_put_text(w, "inplace");
    yd_pickle_put_bool(w, true);
    yd_pickle_put_text(w, "stride");
    put_strides(t);
    yd_pickle_put_text(w, "nc");
    yd_pickle_put_int(w, model->nc);
    yd_pickle_put_text(w, "hyp");
    put_hyp(w, t->extras);
}

static void put_module(tree *t, const yd_module *module, bool root)
{
    yd_pickle_writer *w = t->pickle->writer;
    const char *dot = strrchr(module->class_name, '.');
    char package[128];
    YD_ASSERT(dot && (size_t)(dot - module->class_name) < sizeof package);
    snprintf(package, sizeof package, "%.*s", (int)(dot - module->class_name), module->class_name);
    yd_pickle_put_global(w, package, dot + 1);
    yd_pickle_put_empty(w, YD_PICKLE_TUPLE);
    yd_pickle_put_instance(w);
    yd_pickle_put_empty(w, YD_PICKLE_DICT);
    yd_pickle_put_begin(w);
    yd_pickle_put_text(w, "training");
    yd_pickle_put_bool(w, t->extras->training);
    put_entries(t, module, false);
    put_entries(t, module, true);
    put_hooks(w);
    yd_pickle_put_text(w, "_modules");
    yd_pickle_put_ordered_dict(w);
    yd_pickle_put_begin(w);
    for (int i = 0; i < module->child_count; i++) {
        yd_pickle_put_text(w, module->children[i]->name);
        put_module(t, module->children[i], false);
    }
    yd_pickle_put_end_dict(w);
    if (root) put_root_attrs(t);
    for (int i = 0; i < module->attr_count; i++) put_attr(t, &module->attrs[i]);
    yd_pickle_put_end_dict(w);
    yd_pickle_put_build(w);
}

void yd_pickle_put_model(yd_model_pickle *pickle, const yd_param_set *set, const yd_model_extras *extras)
{
    tree t = {.pickle = pickle, .set = set, .extras = extras};
    put_module(&t, yd_model_modules(pickle->model)->root, true);
}
