/* Validation of a small model on a small synthetic set, against the same done the long way: every row
 * decoded, each step by hand. */
#include "eval/validate.h"
#include "backend/ref/ref.h"
#include "data/synthetic.h"
#include "eval/rescale.h"
#include "support/models.h"
#include "support/test.h"
#include "train/loss.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PICTURES = 5, BATCH = 2, SIZE = 64, NC = YD_SYNTHETIC_CLASSES };

typedef struct setting {
    yd_test_model test;
    yd_param_set set, other;
    yd_plan_cache *plans;
    yd_validate_member members[2]; /* of the same model: with set, and with other */
    yd_dataset *dataset;
    yd_loader *loader;
    yd_metrics *metrics;
    yd_loss *loss;
} setting;

static void need(yd_status status, const yd_error *error)
{
    if (status != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s", error->message);
}

static yd_loss *make_loss(const yd_model *model)
{
    yd_loss_config config = {.nc = NC,
                             .nl = model->nl,
                             .na = model->na,
                             .box = .05,
                             .obj = 1,
                             .cls = .5,
                             .cls_pw = 1,
                             .obj_pw = 1,
                             .anchor_t = 4,
                             .eps_form = 2};
    yd_loss *loss;
    yd_error error;
    for (int l = 0; l < model->nl; l++)
        for (int a = 0; a < model->na; a++)
            for (int k = 0; k < 2; k++)
                config.anchors[l][a][k] = (double)(model->anchors_pixels[l][a][k] / model->stride[l]);
    yd_loss_default_balance(model->nl, config.balance);
    need(yd_loss_create(&config, &loss, &error), &error);
    return loss;
}

static void open_data(setting *s)
{
    static char yaml[4096], pictures[8400], folder[4200];
    yd_error error;
    snprintf(folder, sizeof folder, "%s/set", yd_test_folder());
    need(yd_synthetic_write(folder, 6, 1, PICTURES, 60, yaml, &error), &error);
    snprintf(pictures, sizeof pictures, "%s/images/val", folder);
    const char *const entries[1] = {pictures};
    const yd_dataset_options options = {.entries = entries,
                                        .entry_count = 1,
                                        .image_size = SIZE,
                                        .batch_size = BATCH,
                                        .stride = 32,
                                        .rect = true,
                                        .pad = .5,
                                        .classes = NC,
                                        .no_cache_file = true,
                                        .rules = yd_data_rules_v7,
                                        .threads = 1};
    need(yd_dataset_open(&options, &s->dataset, &error), &error);
    need(yd_loader_create(&(yd_loader_options){.dataset = s->dataset, .one_epoch = true}, &s->loader, &error),
         &error);
}

static setting open_setting(void)
{
    setting s = {0};
    yd_error error;
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/support/micro.yaml", YD_SOURCE_DIR);
    s.test = yd_test_model_open(&yd_backend_ref, path, NC);
    need(yd_param_set_create(s.test.model, YD_SET_VALUES, &s.set, &error), &error);
    yd_model_init(s.test.model, &s.set, 1, .99999);
    need(yd_param_set_create(s.test.model, YD_SET_VALUES, &s.other, &error), &error);
    yd_model_init(s.test.model, &s.other, 2, .99999);
    need(yd_plan_cache_create(s.test.model, 4, &s.plans, &error), &error);
    open_data(&s);
    const yd_metrics_config config = {.nc = NC,
                                      .match = YD_MATCH_PER_THRESHOLD,
                                      .match_eps = 1e-7,
                                      .tail = YD_AP_TAIL_ONE,
                                      .f1_smoothing = .1,
                                      .confusion = true};
    need(yd_metrics_create(&config, &s.metrics, &error), &error);
    s.loss = make_loss(s.test.model);
    return s;
}

static void close_setting(setting *s)
{
    yd_loss_destroy(s->loss);
    yd_metrics_destroy(s->metrics);
    yd_loader_destroy(s->loader);
    yd_dataset_close(s->dataset);
    yd_plan_cache_destroy(s->plans);
    yd_param_set_destroy(s->test.model, &s->set);
    yd_param_set_destroy(s->test.model, &s->other);
    yd_test_model_close(&s->test);
}

static yd_status loss_of(void *context, const yd_head *heads, const float *targets, int count,
                         double items[3], yd_error *error)
{
    yd_loss_items all;
    YD_TRY(yd_loss_compute(context, heads, targets, count, &all, error));
    items[0] = all.box, items[1] = all.obj, items[2] = all.cls;
    return YD_OK;
}

/* conf 0: an untrained model is sure of nothing. */
static const yd_nms_config nms_config = {.conf = 0, .iou = .6, .multi_label = true, .max_wh = 7680};

static yd_validate_options options_of(setting *s)
{
    s->members[0] = (yd_validate_member){s->plans, s->test.model, &s->set};
    s->members[1] = (yd_validate_member){s->plans, s->test.model, &s->other};
    return (yd_validate_options){.members = s->members,
                                 .member_count = 1,
                                 .loader = s->loader,
                                 .nms = nms_config,
                                 .metrics = s->metrics,
                                 .loss = loss_of,
                                 .loss_context = s->loss};
}

typedef struct watch {
    int calls, last_batch, stop_after, found;
} watch;

static bool look_on(void *context, const yd_validate_view *view)
{
    watch *w = context;
    CHECK(view->batch == w->calls && view->batches == 3);
    CHECK(view->pictures->count == (view->batch == 2 ? 1 : BATCH));
    for (int i = 0; i < view->pictures->count; i++) {
        w->found += view->found[i];
        for (int d = 1; d < view->found[i]; d++)
            CHECK(view->detections[i][d - 1][4] >= view->detections[i][d][4]);
    }
    w->last_batch = view->pictures->count;
    return ++w->calls != w->stop_after;
}

/* all: [batch->count, rows, NC + 5] */
static void score_by_hand(setting *s, yd_nms *nms, const float *all, int rows, const yd_batch *batch,
                          yd_metrics *metrics)
{
    float *labels = malloc((size_t)(batch->target_count + 1) * 5 * sizeof *labels), native[300][6];
    yd_error error;
    for (int image = 0; image < batch->count; image++) {
        const float *found;
        int n;
        const float *from = all + (size_t)image * (size_t)rows * (NC + 5);
        need(yd_nms_rows(nms, from, rows, NC, &found, &n, &error), &error);
        memcpy(native, found, (size_t)n * sizeof *native);
        yd_rescale_boxes(&batch->fits[image], native[0], n, 6);
        int m = yd_rescale_labels(&batch->fits[image], batch->targets, batch->target_count, image,
                                  batch->height, batch->width, labels);
        CHECK(m == s->dataset->labels[batch->picture[image]].count);
        need(yd_metrics_add_image(metrics, native[0], n, labels, m, &error), &error);
    }
    free(labels);
}

/* The rows of a member's heads, behind those of the members before it: all is [batch->count, members, rows,
 * NC + 5]. Returns rows; losses: what the batch's are added to, may be NULL. */
static int rows_by_hand(setting *s, int member, int members, const yd_batch *batch, float **all,
                        double losses[3])
{
    yd_plan *plan;
    yd_head heads[8];
    double items[3];
    yd_error error;
    need(yd_plan_get(s->plans, YD_MODE_EVAL, batch->count, batch->height, batch->width, &plan, &error),
         &error);
    yd_plan_forward(plan, s->members[member].set, batch->images, NULL);
    const yd_decoder decoder = {heads, yd_plan_heads(plan, heads),
                                (const float(*)[5][2])s->test.model->anchors_pixels};
    int rows = yd_decode_row_count(&decoder);
    size_t block = (size_t)rows * (NC + 5);
    float *own = malloc((size_t)batch->count * block * sizeof *own);
    *all = realloc(*all, (size_t)batch->count * (size_t)members * block * sizeof **all);
    REQUIRE(own && *all);
    yd_decode(&decoder, own);
    for (size_t i = 0; i < (size_t)batch->count; i++)
        memcpy(*all + (i * (size_t)members + (size_t)member) * block, own + i * block, block * sizeof *own);
    free(own);
    if (losses) need(loss_of(s->loss, heads, batch->targets, batch->target_count, items, &error), &error);
    for (int k = 0; losses && k < 3; k++) losses[k] += items[k];
    return rows;
}

/* Of the first so many members; box, obj and cls means of the first one in losses. */
static void validate_by_hand(setting *s, int members, yd_metrics *metrics, yd_metrics_result *result,
                             double losses[3])
{
    yd_nms *nms;
    yd_error error;
    yd_batch *batch;
    int batches = 0;
    need(yd_nms_create(&nms_config, &nms, &error), &error);
    for (;; batches++) {
        float *all = NULL;
        int rows = 0;
        need(yd_loader_next(s->loader, &batch, &error), &error);
        if (!batch) break;
        for (int m = 0; m < members; m++) rows = rows_by_hand(s, m, members, batch, &all, m ? NULL : losses);
        score_by_hand(s, nms, all, members * rows, batch, metrics);
        free(all);
        yd_loader_release(s->loader, batch);
    }
    for (int k = 0; k < 3; k++) losses[k] /= batches;
    need(yd_metrics_finish(metrics, result, &error), &error);
    yd_nms_destroy(nms);
}

static void check_members(int members)
{
    setting s = open_setting();
    yd_validate_options options = options_of(&s);
    yd_validate_result result;
    yd_error error;
    watch w = {0};
    options.member_count = members;
    options.progress = look_on, options.progress_context = &w;
    need(yd_validate(&options, &result, &error), &error);
    CHECK(w.calls == 3 && w.last_batch == 1 && w.found > 0);
    CHECK(result.metrics.images == PICTURES && result.metrics.labels == s.dataset->label_count);
    CHECK(result.broken == 0);
    CHECK(result.load_ms > 0 && result.inference_ms > 0 && result.nms_ms > 0);

    yd_metrics *metrics;
    yd_metrics_result wanted;
    double losses[3] = {0};
    const yd_metrics_config config = {.nc = NC,
                                      .match = YD_MATCH_PER_THRESHOLD,
                                      .match_eps = 1e-7,
                                      .tail = YD_AP_TAIL_ONE,
                                      .f1_smoothing = .1,
                                      .confusion = true};
    need(yd_metrics_create(&config, &metrics, &error), &error);
    need(yd_loader_restart(s.loader, 0, 0, NULL, &error), &error);
    validate_by_hand(&s, members, metrics, &wanted, losses);
    CHECK(result.box == losses[0] && result.obj == losses[1] && result.cls == losses[2]);
    CHECK(result.box > 0 && result.obj > 0 && result.cls > 0);
    CHECK(result.metrics.map50 == wanted.map50 && result.metrics.map50_95 == wanted.map50_95);
    CHECK(result.metrics.precision == wanted.precision && result.metrics.recall == wanted.recall);
    REQUIRE(result.metrics.class_count == wanted.class_count && wanted.class_count > 0);
    int64_t predictions = 0;
    for (int c = 0; c < wanted.class_count; c++) {
        CHECK(result.metrics.classes[c].predictions == wanted.classes[c].predictions);
        predictions += wanted.classes[c].predictions;
    }
    CHECK(predictions > 0 && predictions <= w.found);
    yd_metrics_destroy(metrics);
    close_setting(&s);
}

static void equals_the_long_way(void)
{
    check_members(1);
}

static void ensemble(void)
{
    check_members(2);
}

static void stops_when_told(void)
{
    setting s = open_setting();
    yd_validate_options options = options_of(&s);
    yd_validate_result result;
    yd_error error;
    watch w = {.stop_after = 2};
    options.progress = look_on, options.progress_context = &w;
    CHECK(yd_validate(&options, &result, &error) == YD_ERR_STOPPED);
    CHECK(w.calls == 2);
    /* and goes on as if nothing had been */
    need(yd_loader_restart(s.loader, 0, 0, NULL, &error), &error);
    options.progress = NULL, options.loss = NULL;
    need(yd_validate(&options, &result, &error), &error);
    CHECK(result.metrics.images == PICTURES);
    CHECK(isnan(result.box) && isnan(result.obj) && isnan(result.cls));
    close_setting(&s);
}

static yd_status failing_loss(void *context, const yd_head *heads, const float *targets, int count,
                              double items[3], yd_error *error)
{
    (void)context, (void)heads, (void)targets, (void)count, (void)items;
    return yd_fail(error, YD_ERR_INTERNAL, "this loss fails");
}

static void errors_come_through(void)
{
    setting s = open_setting();
    yd_validate_options options = options_of(&s);
    yd_validate_result result;
    yd_error error;
    options.loss = failing_loss;
    CHECK(yd_validate(&options, &result, &error) == YD_ERR_INTERNAL);
    CHECK_TEXT(error.message, "this loss fails");
    need(yd_loader_restart(s.loader, 0, 0, NULL, &error), &error);
    options.loss = loss_of, options.nms.iou = 7;
    CHECK(yd_validate(&options, &result, &error) == YD_ERR_CONFIG);
    close_setting(&s);
}

/* Weights that are not finite: no detections, losses that say so, no crash. */
static void broken_weights(void)
{
    setting s = open_setting();
    yd_validate_options options = options_of(&s);
    yd_validate_result result;
    yd_error error;
    int index = yd_param_find(s.test.model, "model.0.conv.weight");
    REQUIRE(index >= 0);
    size_t count = s.test.model->params[index].plain;
    float *values = malloc(count * sizeof *values);
    for (size_t i = 0; i < count; i++) values[i] = NAN;
    yd_param_write(s.test.model, &s.set, index, values);
    s.set.version++;
    free(values);
    need(yd_validate(&options, &result, &error), &error);
    CHECK(isnan(result.box) && isnan(result.obj));
    CHECK(result.metrics.map50 == 0 && result.metrics.labels == s.dataset->label_count);
    close_setting(&s);
}

static const yd_test_case cases[] = {
    {"equals the long way", equals_the_long_way}, {"an ensemble equals the long way", ensemble},
    {"stops when told", stops_when_told},         {"errors come through", errors_come_through},
    {"broken weights", broken_weights},
};
TEST_MAIN(cases)
