#include "model/lower.h"
#include <math.h>
#include <string.h>

/* The YAML's anchors, or placeholders 0, 1, 2, … that the anchor fit replaces. (1) */
static void set_anchors(yd_model *model)
{
    const yd_model_yaml *yaml = &model->yaml;
    float anchors[YD_MAX_LEVELS * YD_MAX_ANCHORS][2];
    for (int level = 0, i = 0; level < model->nl; level++)
        for (int a = 0; a < model->na; a++, i++)
            for (int side = 0; side < 2; side++)
                anchors[i][side] =
                    yaml->level_count ? (float)yaml->anchors[level][2 * a + side] : (float)(2 * a + side);
    yd_model_set_anchors(model, (const float(*)[2])anchors);
}

static bool check(const yd_lowering *call)
{
    yd_builder *b = call->builder;
    const yd_model_yaml *yaml = &b->model->yaml;
    const yd_arg *nc = yd_arg_at(call, 0), *anchors = yd_arg_at(call, 1);
    char found[96];
    if (!nc || (nc->kind != YD_ARG_NC && !(nc->kind == YD_ARG_INT && nc->number == yaml->nc)))
        yd_build_fail(b, YD_ERR_CONFIG, "argument 1 must be nc, found %s",
                      nc ? yd_arg_show(nc, found, sizeof found) : "none");
    else if (!anchors || anchors->kind != YD_ARG_ANCHORS)
        yd_build_fail(b, YD_ERR_CONFIG, "argument 2 must be anchors, found %s",
                      anchors ? yd_arg_show(anchors, found, sizeof found) : "none");
    else if (yaml->level_count && yaml->level_count != call->input_count)
        yd_build_fail(b, YD_ERR_CONFIG, "%d inputs, but anchors of %d levels", call->input_count,
                      yaml->level_count);
    return b->status == YD_OK;
}

static void anchor_entries(yd_builder *b, yd_module *module)
{
    const yd_model *model = b->model;
    const yd_owners none = {0};
    yd_param anchors = {.dims = {model->nl, model->na, 2},
                        .rank = 3,
                        .region = YD_REGION_STATISTIC,
                        .initial = YD_INITIAL_ANCHORS,
                        .plain = (size_t)(model->nl * model->na * 2),
                        .layout.role = YD_ROLE_PLAIN};
    yd_build_param(b, module, "anchors", &none, anchors, 0);
    if (!model->focus_generation) return;
    yd_param grid = anchors;
    memcpy(grid.dims, (int[]){model->nl, 1, model->na, 1, 1, 2}, sizeof grid.dims);
    grid.rank = 6;
    grid.initial = YD_INITIAL_ANCHOR_GRID;
    yd_build_param(b, module, "anchor_grid", &none, grid, 0);
}

/* Of all maps: a model may go deeper than the levels on which it detects. */
static int largest_reduction(const yd_builder *b)
{
    int largest = 1;
    for (size_t v = 0; v < b->values.count; v++) {
        int reduction = YD_AT(yd_value, &b->values, v).reduction;
        if (reduction > largest) largest = reduction;
    }
    return largest;
}

int yd_lower_detect(const yd_lowering *call)
{
    yd_builder *b = call->builder;
    yd_model *model = b->model;
    if (!check(call)) return YD_NO_VALUE;
    model->nc = model->yaml.nc;
    model->na = model->yaml.anchor_count;
    model->nl = call->input_count;
    int no = model->nc + 5;
    anchor_entries(b, call->module);
    yd_module *convs = yd_build_child(b, call->module, "m", "torch.nn.modules.container.ModuleList");
    for (int i = 0; i < model->nl && b->status == YD_OK; i++) {
        yd_module *conv = yd_build_numbered_child(b, convs, i, "torch.nn.modules.conv.Conv2d");
        int node = (int)b->nodes.count, value = yd_build_head(b, conv, call->inputs[i], model->na, no);
        if (value == YD_NO_VALUE) return YD_NO_VALUE;
        model->graph.heads[model->graph.head_count++] = node;
        model->stride[i] = (float)YD_PROBE_SIZE / (float)YD_AT(yd_shape, &b->probes, value).h;
    }
    model->max_stride = largest_reduction(b);
    set_anchors(model);
    yd_build_attr_int(b, call->module, "nc", model->nc);
    yd_build_attr_int(b, call->module, "no", no);
    yd_build_attr_int(b, call->module, "nl", model->nl);
    yd_build_attr_int(b, call->module, "na", model->na);
    yd_build_attr(b, call->module, (yd_module_attr){.name = "grid", .kind = YD_ATTR_GRIDS});
    if (!model->focus_generation)
        yd_build_attr(b, call->module, (yd_module_attr){.name = "anchor_grid", .kind = YD_ATTR_GRIDS});
    yd_build_attr_bool(b, call->module, "inplace", true);
    yd_build_attr(b, call->module, (yd_module_attr){.name = "stride", .kind = YD_ATTR_STRIDES});
    return YD_NO_VALUE;
}
