/* YOLOv5's loss with its assignment and its gradients (model_and_loss.md, 12). Arithmetic in double, whatever
 * the heads are. */
#pragma once
#include "base/error.h"
#include "model/plan.h"

typedef struct yd_loss_config {
    int nc, nl, na;
    double anchors[8][5][2]; /* grid units: [nl][na][w, h] */
    double box, obj, cls;    /* gains, already scaled by 3/nl, nc/80, (imgsz/640)^2 */
    double cls_pw, obj_pw, anchor_t, fl_gamma, label_smoothing;
    double balance[8]; /* yd_loss_default_balance */
    bool autobalance, sort_obj_iou;
    int samples_each;   /* what the batch factor of total and gradients counts for a picture: 4 where pictures
                           are quads; 0: 1 */
    int stride16_level; /* for autobalance */
    int eps_form;       /* 0: base (eps on heights); 1: v6.2; 2: v7.0 (12.4) */
    /* Whose threads share the work, image by image (no result depends on how many); NULL: the caller's alone.
     */
    const yd_backend *backend;
    yd_device *device;
} yd_loss_config;

typedef struct yd_loss_items {
    double total;         /* what backward starts from: (box + obj + cls) * batch factor */
    double box, obj, cls; /* gains applied, no batch factor */
} yd_loss_items;

typedef struct yd_loss
    yd_loss; /* scratch of the run: match lists, target maps; grows to the largest batch seen */
yd_status yd_loss_create(const yd_loss_config *config, yd_loss **loss, yd_error *error);
void yd_loss_destroy(yd_loss *loss);
yd_loss_config *yd_loss_settings(yd_loss *loss);
void yd_loss_default_balance(int nl, double balance[8]);

/* heads: [nl], as yd_plan_heads gives them; where .gradient is not NULL all of it is written:
 * d(total)/d(raw). targets: [count, 6]. MEMORY where scratch cannot grow. */
yd_status yd_loss_compute(yd_loss *loss, const yd_head *heads, const float *targets, int count,
                          yd_loss_items *items, yd_error *error);
