/* The map of a head as boxes: x = (2 sigma(p0) - 0.5 + column) * stride, w = (2 sigma(p2))^2 * anchor width,
 * likewise y and h; objectness and classes by sigma alone. (model_and_loss.md, 4.13) */
#include "io/onnx_internal.h"

/* Columns and rows of all cells less 0.5, [cells, 2]: a constant. */
static yd_status put_offsets(const yd_onnx_lowering *l, int index, yd_error *error)
{
    const yd_shape *map = &l->shapes[l->model->graph.nodes[index].output];
    size_t cells = (size_t)map->h * (size_t)map->w;
    float *offsets = yd_arena_alloc(l->arena, cells, 2 * sizeof *offsets);
    char name[YD_ONNX_NAME];
    if (!offsets) return yd_fail(error, YD_ERR_MEMORY, "no memory to export a model");
    for (size_t i = 0; i < cells; i++) {
        const size_t row = i / (size_t)map->w, column = i % (size_t)map->w;
        offsets[2 * i] = (float)column - 0.5f;
        offsets[2 * i + 1] = (float)row - 0.5f;
    }
    yd_onnx_name(l, index, "offsets", name);
    yd_onnx_put_reals(l->onnx, name, (int64_t[]){(int64_t)cells, 2}, 2, offsets);
    return YD_OK;
}

static void take_dimension(const yd_onnx_lowering *l, int index, const char *which, int64_t dimension)
{
    char place[YD_ONNX_NAME];
    yd_onnx_name(l, index, dimension == 2 ? "axis_height" : "axis_width", place);
    yd_onnx_put_scalar(l->onnx, place, dimension);
    yd_onnx_begin(l->onnx, "Gather");
    yd_onnx_take(l, index, "size");
    yd_onnx_input(l->onnx, place);
    yd_onnx_int(l->onnx, "axis", 0);
    yd_onnx_give(l, index, which);
}

/* The same of a map whose size is known only when the model runs: column = cell mod width, row = cell /
 * width. */
static void compute_offsets(const yd_onnx_lowering *l, int index)
{
    char zero[YD_ONNX_NAME], one[YD_ONNX_NAME];
    yd_onnx_name(l, index, "zero", zero);
    yd_onnx_name(l, index, "one", one);
    yd_onnx_put_scalar(l->onnx, zero, 0);
    yd_onnx_put_scalar(l->onnx, one, 1);
    yd_onnx_integers(l, index, "upright", (int64_t[]){-1, 1}, 2);
    yd_onnx_real(l, index, "half", 0.5f);
    yd_onnx_begin(l->onnx, "Shape");
    yd_onnx_take(l, index, "");
    yd_onnx_give(l, index, "size");
    take_dimension(l, index, "height", 2);
    take_dimension(l, index, "width", 3);
    yd_onnx_apply(l, index, "Mul", "height", "width", "count");
    yd_onnx_begin(l->onnx, "Range");
    yd_onnx_input(l->onnx, zero);
    yd_onnx_take(l, index, "count");
    yd_onnx_input(l->onnx, one);
    yd_onnx_give(l, index, "cells");
    yd_onnx_apply(l, index, "Mod", "cells", "width", "columns_flat");
    yd_onnx_apply(l, index, "Div", "cells", "width", "rows_flat");
    yd_onnx_apply(l, index, "Reshape", "columns_flat", "upright", "columns");
    yd_onnx_apply(l, index, "Reshape", "rows_flat", "upright", "rows");
    yd_onnx_begin(l->onnx, "Concat");
    yd_onnx_take(l, index, "columns");
    yd_onnx_take(l, index, "rows");
    yd_onnx_int(l->onnx, "axis", 1);
    yd_onnx_give(l, index, "places");
    yd_onnx_begin(l->onnx, "Cast");
    yd_onnx_take(l, index, "places");
    yd_onnx_int(l->onnx, "to", l->onnx->real);
    yd_onnx_give(l, index, "places_real");
    yd_onnx_apply(l, index, "Sub", "places_real", "half", "offsets");
}

/* "sigma" [B, na, cells, no], taken apart into places, sizes and scores. */
static void split(const yd_onnx_lowering *l, int index)
{
    const int64_t parts[3] = {2, 2, l->model->nc + 1};
    bool as_input = l->what->opset >= 13;
    if (as_input) yd_onnx_integers(l, index, "parts", parts, 3);
    yd_onnx_begin(l->onnx, "Split");
    yd_onnx_take(l, index, "sigma");
    if (as_input)
        yd_onnx_take(l, index, "parts");
    else
        yd_onnx_ints(l->onnx, "split", parts, 3);
    yd_onnx_int(l->onnx, "axis", 3);
    for (int i = 0; i < 3; i++) {
        char name[YD_ONNX_NAME];
        yd_onnx_name(l, index, (const char *const[]){"xy", "wh", "scores"}[i], name);
        yd_onnx_output(l->onnx, name);
        if (i == 2) yd_onnx_end(l->onnx, name);
    }
}

/* "sigma" from the map [B, na * no, H, W]. */
static void lower_sigma(const yd_onnx_lowering *l, int index)
{
    yd_onnx_integers(l, index, "by_anchor", (int64_t[]){0, l->model->na, l->model->nc + 5, -1}, 4);
    yd_onnx_apply(l, index, "Reshape", "", "by_anchor", "logits");
    yd_onnx_begin(l->onnx, "Transpose");
    yd_onnx_take(l, index, "logits");
    yd_onnx_ints(l->onnx, "perm", (int64_t[]){0, 1, 3, 2}, 4);
    yd_onnx_give(l, index, "by_cell");
    yd_onnx_begin(l->onnx, "Sigmoid");
    yd_onnx_take(l, index, "by_cell");
    yd_onnx_give(l, index, "sigma");
}

yd_status yd_onnx_lower_boxes(const yd_onnx_lowering *l, int level, yd_error *error)
{
    const yd_model *model = l->model;
    int index = model->graph.heads[level];
    char name[YD_ONNX_NAME];
    lower_sigma(l, index);
    split(l, index);
    if (l->what->dynamic)
        compute_offsets(l, index);
    else
        YD_TRY(put_offsets(l, index, error));
    yd_onnx_real(l, index, "two", 2);
    yd_onnx_real(l, index, "stride", model->stride[level]);
    yd_onnx_name(l, index, "anchors", name);
    yd_onnx_put_reals(l->onnx, name, (int64_t[]){1, model->na, 1, 2}, 4, &model->anchors_pixels[level][0][0]);
    yd_onnx_apply(l, index, "Mul", "xy", "two", "xy_doubled");
    yd_onnx_apply(l, index, "Add", "xy_doubled", "offsets", "xy_cells");
    yd_onnx_apply(l, index, "Mul", "xy_cells", "stride", "xy_pixels");
    yd_onnx_apply(l, index, "Mul", "wh", "two", "wh_doubled");
    yd_onnx_apply(l, index, "Mul", "wh_doubled", "wh_doubled", "wh_squared");
    yd_onnx_apply(l, index, "Mul", "wh_squared", "anchors", "wh_pixels");
    yd_onnx_begin(l->onnx, "Concat");
    yd_onnx_take(l, index, "xy_pixels");
    yd_onnx_take(l, index, "wh_pixels");
    yd_onnx_take(l, index, "scores");
    yd_onnx_int(l->onnx, "axis", 3);
    yd_onnx_give(l, index, "by_anchor_and_cell");
    yd_onnx_integers(l, index, "flat", (int64_t[]){0, -1, model->nc + 5}, 3);
    yd_onnx_apply(l, index, "Reshape", "by_anchor_and_cell", "flat", "boxes");
    return YD_OK;
}
