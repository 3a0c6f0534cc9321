#include "eval/augmented.h"
#include "base/clock.h"
#include <math.h>

static const double scales[YD_LOOKS] = {1, 0.83, 0.67};
static const bool mirrored[YD_LOOKS] = {false, true, false};
static const float grey = 0.447F; /* the mean of ImageNet's pictures */

static int up_to_stride(double side, int stride)
{
    return (int)ceil(side / stride) * stride;
}

yd_batch_frame yd_look_frame(const yd_model *model, int look, int height, int width)
{
    const double scale = scales[look];
    return (yd_batch_frame){.height = up_to_stride(height * scale, model->max_stride),
                            .width = up_to_stride(width * scale, model->max_stride),
                            .inner_height = (int)(height * scale),
                            .inner_width = (int)(width * scale),
                            .fill = grey,
                            .mirrored = mirrored[look]};
}

yd_status yd_look_run(yd_looker *looker, int look, const yd_batch *batch, yd_head heads[8], int *nl,
                      yd_error *error)
{
    const yd_model *model = looker->model;
    const yd_batch_frame frame = yd_look_frame(model, look, batch->height, batch->width);
    const int height = look ? frame.height : batch->height, width = look ? frame.width : batch->width;
    yd_plan *plan;
    YD_TRY(yd_plan_get(looker->plans, YD_MODE_EVAL, batch->count, height, width, &plan, error));
    int64_t start = yd_clock_ns();
    if (look) {
        YD_TRY(yd_batch_resizer_frame(&looker->resizer, batch, &frame, error));
        model->backend->run(model->device, yd_batch_resizer_work, &looker->resizer);
    }
    yd_plan_forward(plan, looker->set, look ? NULL : batch->images, look ? looker->resizer.images : NULL);
    looker->forward_ns += yd_clock_ns() - start;
    *nl = yd_plan_heads(plan, heads);
    return YD_OK;
}

/* Shares of rows as if each level had four times the cells of the next. */
static void drop_tails(int look, int rows, int nl, yd_candidate_pass *pass)
{
    int all = 1, finest = 1;
    for (int level = 1; level < nl; level++) finest *= 4, all += finest;
    if (look == 0) pass->last = rows - rows / all;
    if (look == YD_LOOKS - 1) pass->first = rows / all * finest;
}

yd_status yd_look_add(const yd_looker *looker, int look, const yd_batch *batch, const yd_head *heads, int nl,
                      yd_candidates *candidates, yd_error *error)
{
    const yd_decoder decoder = {.heads = heads, .nl = nl, .anchors = looker->anchors};
    const int rows = yd_decode_row_count(&decoder);
    yd_candidate_pass pass = {
        .scale = scales[look], .mirrored = mirrored[look], .width = batch->width, .last = rows};
    if (looker->drops_tails) drop_tails(look, rows, nl, &pass);
    return yd_candidates_add_heads(candidates, &decoder, &pass, error);
}
