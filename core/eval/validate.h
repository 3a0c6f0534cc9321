/* Validation: all batches of a loader through a model, to metrics, losses and times
 * (data_and_metrics.md, 22 and 28). */
#pragma once
#include "data/loader.h"
#include "eval/coco.h"
#include "eval/metrics.h"
#include "eval/nms.h"
#include "model/plan.h"

/* A batch that is done, as an onlooker sees it; valid during the call. */
typedef struct yd_validate_view {
    int batch, batches; /* batch counts from 0 */
    const yd_batch *pictures;
    /* [pictures->count]: found[i] rows of x1, y1, x2, y2, conf, class in pixels of the batch's pictures */
    const float (*const *detections)[6];
    const int *found;
} yd_validate_view;

/* False ends the validation. */
typedef bool yd_validate_progress(void *context, const yd_validate_view *view);
/* Detections of a picture in its native pixels, most confident first: x1, y1, x2, y2, conf, class. Called for
 * every picture that could be read, in the loader's order, by the thread that validates. */
typedef yd_status yd_validate_take(void *context, const char *path, const yd_fit *fit,
                                   const float (*detections)[6], int count, yd_error *error);
/* items: box, obj and cls of the batch. The raw heads are float32 or float64; they have no gradient. */
typedef yd_status yd_validate_loss(void *context, const yd_head *heads, const float *targets, int count,
                                   double items[3], yd_error *error);

/* A model that takes part. */
typedef struct yd_validate_member {
    yd_plan_cache *plans; /* of model */
    const yd_model *model;
    yd_param_set *set; /* the values to validate, anchors among them */
} yd_validate_member;

typedef struct yd_validate_options {
    /* One, or an ensemble: models of the same classes whose rows go to NMS together, the first one's first
     * (model_and_loss.md, 15). Batches are such that all of them can take them. */
    const yd_validate_member *members;
    int member_count;
    yd_loader *loader; /* rectangular batches without augmentation, one epoch, at its beginning */
    yd_nms_config nms;
    bool augment; /* three looks at each picture by each member */
    bool augment_drops_tails;
    bool hybrid;            /* labels stand among what NMS is given */
    int threads;            /* of NMS; 0: as many as there are CPUs. No result depends on it */
    yd_metrics *metrics;    /* reset, then filled: the result's arrays are its own */
    yd_validate_loss *loss; /* of the first member's first look; NULL: no losses */
    void *loss_context;
    yd_validate_take *take; /* NULL: nobody keeps them */
    void *take_context;
    yd_validate_progress *progress; /* NULL: nobody looks on */
    void *progress_context;
} yd_validate_options;

typedef struct yd_validate_result {
    yd_metrics_result metrics;
    double box, obj, cls; /* means over batches, each batch weighing the same; NAN without a loss */
    double load_ms, inference_ms, nms_ms; /* for each picture */
    int broken;                           /* pictures that could not be read: in none of the numbers above */
    bool has_coco;
    double coco[YD_COCO_NUMBERS]; /* where somebody has evaluated the predictions as COCO does */
} yd_validate_result;

/* STOPPED where progress said so; whatever loader, plan, loss or metrics report. */
yd_status yd_validate(const yd_validate_options *options, yd_validate_result *result, yd_error *error);
