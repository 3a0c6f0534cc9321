#include "eval/validate.h"
#include "base/clock.h"
#include "base/thread.h"
#include "eval/augmented.h"
#include "eval/detect.h"
#include "eval/rescale.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A member of the ensemble, or the one model. */
typedef struct member {
    yd_looker looker;
    float anchors[8][5][2]; /* pixels */
} member;

/* What one validation works with. */
typedef struct work {
    const yd_validate_options *options;
    yd_detector *detector;
    yd_candidates *candidates; /* NULL: NMS takes the heads themselves */
    member *members;           /* [options->member_count] */
    int max_det;
    int64_t load_ns, nms_ns, pictures;
    double box, obj, cls;

    /* of a batch; grown to the largest */
    float (*detections)[6];   /* [images, max_det] in the batch's pixels */
    const float (**first)[6]; /* [images] where each image's begin */
    int *found;
    int image_capacity;
    float *labels; /* [targets, 5] of one image, native pixels */
    int label_capacity;
    float (*native)[6]; /* [max_det] */
} work;

/* The set's own anchors (fitted, loaded or averaged ones), brought from grid units to pixels. */
static yd_status read_anchors(member *m, yd_error *error)
{
    const yd_model *model = m->looker.model;
    double grid[8 * 5 * 2];
    if (model->params[model->anchors_param].plain > sizeof grid / sizeof *grid)
        return yd_fail(error, YD_ERR_INTERNAL, "the model has more anchors than a head can hold");
    yd_param_read(model, m->looker.set, model->anchors_param, grid);
    const double *at = grid;
    for (int level = 0; level < model->nl; level++)
        for (int a = 0; a < model->na; a++)
            for (int k = 0; k < 2; k++) m->anchors[level][a][k] = (float)*at++ * model->stride[level];
    return YD_OK;
}

static yd_status reserve(work *w, const yd_batch *batch, yd_error *error)
{
    if (batch->count > w->image_capacity) {
        size_t images = (size_t)batch->count;
        free(w->detections), free((void *)w->first), free(w->found);
        w->image_capacity = 0;
        w->detections = calloc(images * (size_t)w->max_det, sizeof *w->detections);
        w->first = calloc(images, sizeof(const float(*)[6]));
        w->found = calloc(images, sizeof *w->found);
        if (!w->detections || !w->first || !w->found)
            return yd_fail(error, YD_ERR_MEMORY, "no memory to validate %d images at a time", batch->count);
        w->image_capacity = batch->count;
    }
    if (batch->target_count > w->label_capacity) {
        free(w->labels);
        w->label_capacity = 0;
        w->labels = calloc((size_t)batch->target_count, 5 * sizeof *w->labels);
        if (!w->labels) return yd_fail(error, YD_ERR_MEMORY, "no memory for %d labels", batch->target_count);
        w->label_capacity = batch->target_count;
    }
    return YD_OK;
}

static yd_status add_loss(work *w, const yd_head *heads, const yd_batch *batch, yd_error *error)
{
    double items[3];
    if (!w->options->loss) return YD_OK;
    YD_TRY(
        w->options->loss(w->options->loss_context, heads, batch->targets, batch->target_count, items, error));
    w->box += items[0];
    w->obj += items[1];
    w->cls += items[2];
    return YD_OK;
}

static yd_status score_image(work *w, const yd_batch *batch, int image, yd_error *error)
{
    const yd_fit *fit = &batch->fits[image];
    int found = w->found[image];
    if (found) memcpy(w->native, w->first[image], (size_t)found * sizeof *w->native);
    yd_rescale_boxes(fit, w->native[0], found, 6);
    const yd_validate_options *options = w->options;
    if (options->take)
        YD_TRY(options->take(options->take_context, batch->paths[image], fit, (const float(*)[6])w->native,
                             found, error));
    int labels = yd_rescale_labels(fit, batch->targets, batch->target_count, image, batch->height,
                                   batch->width, w->labels);
    return yd_metrics_add_image(w->options->metrics, w->native[0], found, w->labels, labels, error);
}

static yd_status look(member *m, int which, const yd_batch *batch, yd_head heads[8], int *nl, yd_error *error)
{
    YD_TRY(yd_look_run(&m->looker, which, batch, heads, nl, error));
    for (int level = 0; level < *nl; level++)
        if (heads[level].dtype != YD_F32 && heads[level].dtype != YD_F64)
            return yd_fail(error, YD_ERR_UNSUPPORTED, "validation reads heads in float32 and float64 only");
    return YD_OK;
}

/* NMS is given what other members and other looks find too, and the batch's labels. The heads of a look are
 * lost when its model's next one runs. */
static yd_status gather(work *w, const yd_decoder *first, const yd_batch *batch, yd_error *error)
{
    const yd_validate_options *options = w->options;
    const int looks = options->augment ? YD_LOOKS : 1;
    yd_head heads[8];
    int nl = first->nl;
    YD_TRY(yd_candidates_reset(w->candidates, batch->count, first->heads[0].no - 5, error));
    memcpy(heads, first->heads, (size_t)nl * sizeof *heads);
    for (int i = 0; i < options->member_count; i++)
        for (int which = 0; which < looks; which++) {
            member *m = &w->members[i];
            if (i || which) YD_TRY(look(m, which, batch, heads, &nl, error));
            YD_TRY(yd_look_add(&m->looker, which, batch, heads, nl, w->candidates, error));
        }
    if (!options->hybrid) return YD_OK;
    return yd_candidates_add_labels(w->candidates, batch->targets, batch->target_count, batch->height,
                                    batch->width, error);
}

static yd_status detect(work *w, const yd_decoder *decoder, const yd_batch *batch, yd_error *error)
{
    if (w->candidates) YD_TRY(gather(w, decoder, batch, error));
    int64_t start = yd_clock_ns();
    if (w->candidates)
        YD_TRY(yd_detector_run_candidates(w->detector, w->candidates, batch->count, w->detections, w->found,
                                          error));
    else
        YD_TRY(yd_detector_run(w->detector, decoder, batch->count, w->detections, w->found, error));
    for (int image = 0; image < batch->count; image++)
        w->first[image] = (const float(*)[6])(w->detections + (size_t)image * (size_t)w->max_det);
    w->nms_ns += yd_clock_ns() - start;
    return YD_OK;
}

static yd_status run_batch(work *w, const yd_batch *batch, yd_error *error)
{
    yd_head heads[8];
    yd_decoder decoder = {.heads = heads, .anchors = w->members->looker.anchors};
    YD_TRY(reserve(w, batch, error));
    YD_TRY(look(w->members, 0, batch, heads, &decoder.nl, error));
    YD_TRY(add_loss(w, heads, batch, error));
    YD_TRY(detect(w, &decoder, batch, error));
    for (int image = 0; image < batch->count; image++)
        if (batch->picture[image] >= 0) YD_TRY(score_image(w, batch, image, error));
    return YD_OK;
}

static yd_status run_batches(work *w, yd_validate_result *result, int *batches, yd_error *error)
{
    const yd_validate_options *options = w->options;
    for (*batches = 0;; (*batches)++) {
        yd_batch *batch;
        int64_t start = yd_clock_ns();
        YD_TRY(yd_loader_next(options->loader, &batch, error));
        w->load_ns += yd_clock_ns() - start;
        if (!batch) return YD_OK;
        yd_status status = run_batch(w, batch, error);
        const yd_validate_view view = {.batch = *batches,
                                       .batches = yd_loader_batches(options->loader),
                                       .pictures = batch,
                                       .detections = (const float(*const *)[6])w->first,
                                       .found = w->found};
        w->pictures += batch->count;
        for (int image = 0; image < batch->count; image++) result->broken += batch->picture[image] < 0;
        if (status == YD_OK && options->progress && !options->progress(options->progress_context, &view))
            status = yd_fail(error, YD_ERR_STOPPED, "validation was stopped after batch %d", *batches);
        yd_loader_release(options->loader, batch);
        if (status != YD_OK) return status;
    }
}

static double per_picture(int64_t ns, int64_t pictures)
{
    return pictures ? (double)ns / 1e6 / (double)pictures : 0;
}

static yd_status open_members(work *w, yd_error *error)
{
    const yd_validate_options *options = w->options;
    w->members = calloc((size_t)options->member_count, sizeof *w->members);
    if (!w->members)
        return yd_fail(error, YD_ERR_MEMORY, "no memory to validate %d models", options->member_count);
    for (int i = 0; i < options->member_count; i++) {
        member *m = &w->members[i];
        m->looker = (yd_looker){.plans = options->members[i].plans,
                                .model = options->members[i].model,
                                .set = options->members[i].set,
                                .anchors = (const float(*)[5][2])m->anchors,
                                .drops_tails = options->augment && options->augment_drops_tails};
        YD_TRY(read_anchors(m, error));
    }
    return YD_OK;
}

/* What NMS needs: scratch, and where it is not of the heads of one pass alone, room to gather in. */
static yd_status open_detector(work *w, yd_error *error)
{
    const yd_validate_options *options = w->options;
    const int threads = options->threads > 0 ? options->threads : yd_cpu_count();
    YD_TRY(yd_detector_create(&options->nms, threads, &w->detector, error));
    if (options->augment || options->hybrid || options->member_count > 1)
        YD_TRY(yd_candidates_create(options->nms.conf, threads, &w->candidates, error));
    w->native = calloc((size_t)w->max_det, sizeof *w->native);
    return w->native ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "no memory to validate");
}

static double inference_ms(const work *w)
{
    int64_t ns = 0;
    for (int i = 0; i < w->options->member_count; i++) ns += w->members[i].looker.forward_ns;
    return per_picture(ns, w->pictures);
}

static void release(work *w)
{
    yd_detector_destroy(w->detector);
    yd_candidates_destroy(w->candidates);
    for (int i = 0; w->members && i < w->options->member_count; i++)
        yd_batch_resizer_free(&w->members[i].looker.resizer);
    free(w->members);
    free(w->detections);
    free((void *)w->first);
    free(w->found);
    free(w->labels);
    free(w->native);
}

yd_status yd_validate(const yd_validate_options *options, yd_validate_result *result, yd_error *error)
{
    work w = {.options = options, .max_det = options->nms.max_det ? options->nms.max_det : 300};
    int batches = 0;
    *result = (yd_validate_result){0};
    yd_metrics_reset(options->metrics);
    yd_status status = open_members(&w, error);
    if (status == YD_OK) status = open_detector(&w, error);
    if (status != YD_OK) goto out;
    status = run_batches(&w, result, &batches, error);
    if (status != YD_OK) goto out;
    status = yd_metrics_finish(options->metrics, &result->metrics, error);

    double divisor = options->loss && batches ? (double)batches : (double)NAN;
    result->box = w.box / divisor, result->obj = w.obj / divisor, result->cls = w.cls / divisor;
    result->load_ms = per_picture(w.load_ns, w.pictures);
    result->inference_ms = inference_ms(&w);
    result->nms_ms = per_picture(w.nms_ns, w.pictures);
out:
    release(&w);
    return status;
}
