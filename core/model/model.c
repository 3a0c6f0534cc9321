#include "model/model.h"
#include "model/builder.h"
#include "model/channel_maps.h"
#include "model/params.h"
#include "model/parse.h"
#include <stdlib.h>
#include <string.h>

/* A deep copy: rows and texts in the model's own arena. */
static bool copy_yaml(yd_model *model, const yd_model_yaml *yaml)
{
    yd_arena *arena = model->arena;
    yd_model_yaml *copy = &model->yaml;
    *copy = *yaml;
    copy->rows =
        yd_arena_alloc(arena, (size_t)(yaml->row_count > 0 ? yaml->row_count : 1), sizeof *copy->rows);
    copy->file = yd_arena_strdup(arena, yaml->file ? yaml->file : "model");
    if (yaml->activation) copy->activation = yd_arena_strdup(arena, yaml->activation);
    bool done = copy->rows && copy->file && (!yaml->activation || copy->activation);
    for (int i = 0; done && i < yaml->row_count; i++) {
        yd_model_row *row = &copy->rows[i];
        *row = yaml->rows[i];
        row->module = yd_arena_strdup(arena, row->module ? row->module : "");
        done = row->module != NULL;
        for (int a = 0; done && a < row->arg_count && a < YD_ROW_MAX_ARGS; a++) {
            if (!row->args[a].text) continue;
            row->args[a].text = yd_arena_strdup(arena, row->args[a].text);
            done = row->args[a].text != NULL;
        }
    }
    return done;
}

static bool default_names(yd_model *model)
{
    model->names = yd_arena_alloc(model->arena, (size_t)model->nc, sizeof *model->names);
    bool done = model->names != NULL;
    for (int i = 0; done && i < model->nc; i++)
        done = (model->names[i] = yd_arena_printf(model->arena, "%d", i)) != NULL;
    return done;
}

static bool adopt_graph(yd_model *model, const yd_builder *b)
{
    yd_graph *graph = &model->graph;
    graph->node_count = (int)b->nodes.count;
    graph->value_count = (int)b->values.count;
    graph->nodes = yd_arena_alloc(model->arena, b->nodes.count, sizeof *graph->nodes);
    graph->values = yd_arena_alloc(model->arena, b->values.count, sizeof *graph->values);
    if (!graph->nodes || !graph->values) return false;
    memcpy(graph->nodes, b->nodes.data, b->nodes.count * sizeof *graph->nodes);
    memcpy(graph->values, b->values.data, b->values.count * sizeof *graph->values);
    return true;
}

static yd_status build(yd_model *model, yd_builder *b, yd_module_tree *tree, yd_error *error)
{
    YD_TRY(yd_model_parse(b));
    if (!adopt_graph(model, b) || !default_names(model))
        return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    YD_TRY(yd_model_map_channels(model, error));
    return yd_model_place_params(model, tree, b, error);
}

yd_status yd_model_create(const yd_model_yaml *yaml, int nc, const yd_backend *backend, yd_device *device,
                          yd_model **out, yd_error *error)
{
    yd_builder builder = {0};
    yd_status status = yd_fail(error, YD_ERR_MEMORY, "out of memory");
    yd_arena *arena = yd_arena_create(0);
    yd_model *model = arena ? yd_arena_alloc(arena, 1, sizeof *model) : NULL;
    yd_module_tree *tree = arena ? yd_arena_alloc(arena, 1, sizeof *tree) : NULL;
    *out = NULL;
    if (!model || !tree) goto out;
    *model = (yd_model){
        .backend = backend, .device = device, .anchors_param = -1, .arena = arena, .modules = tree};
    if (!copy_yaml(model, yaml)) goto out;
    if (nc > 0) model->yaml.nc = nc;
    if (!yd_builder_start(&builder, model, tree, error)) goto out;
    status = build(model, &builder, tree, error);
    if (status == YD_OK) *out = model;
out:
    yd_builder_free(&builder);
    if (status != YD_OK && arena) yd_arena_destroy(arena);
    return status;
}

void yd_model_destroy(yd_model *model)
{
    if (model) yd_arena_destroy(model->arena);
}

yd_status yd_model_set_names(yd_model *model, const char *const *names, yd_error *error)
{
    for (int i = 0; i < model->nc; i++) {
        char *copy = yd_arena_strdup(model->arena, names[i]);
        if (!copy) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
        model->names[i] = copy;
    }
    return YD_OK;
}

const yd_module_tree *yd_model_modules(const yd_model *model)
{
    return model->modules;
}

int yd_param_find(const yd_model *model, const char *name)
{
    for (int i = 0; i < model->param_count; i++)
        if (strcmp(model->params[i].name, name) == 0) return i;
    return -1;
}
