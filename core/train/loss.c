#include "train/loss.h"
#include "train/assign.h"
#include "train/ciou.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 128 }; /* cells whose logits are gathered, scored and scattered at a time */

/* A matched entry of the level at hand. */
typedef struct match {
    size_t place;       /* of the cell's first element in the head */
    size_t cell;        /* of the cell in the target map */
    double iou;         /* CIoU */
    double gradient[4]; /* d(CIoU)/d(raw x, y, w, h) */
} match;

struct yd_loss {
    yd_loss_config config;
    yd_assign_list list;
    match *matches;
    match **order; /* by which the target map is written */
    double *map;   /* objectness targets [B, na, H, W] of the level at hand */
    size_t match_capacity, map_capacity;
};

/* Binary cross-entropy on logits, as a class or objectness term wants it. */
typedef struct bce_rule {
    double positive_weight, gamma;
} bce_rule;

void yd_loss_default_balance(int nl, double balance[8])
{
    static const double three[3] = {4.0, 1.0, 0.4}, other[5] = {4.0, 1.0, 0.25, 0.06, 0.02};
    for (int i = 0; i < 8; i++) balance[i] = nl == 3 ? (i < 3 ? three[i] : 0) : (i < 5 ? other[i] : 0);
}

yd_status yd_loss_create(const yd_loss_config *config, yd_loss **loss, yd_error *error)
{
    *loss = NULL;
    if (config->nl < 1 || config->nl > 5 || config->na < 1 || config->na > 5 || config->nc < 1)
        return yd_fail(
            error, YD_ERR_UNSUPPORTED,
            "loss of %d levels, %d anchors and %d classes: there can be 1 to 5 levels, 1 to 5 anchors a "
            "level, and at least one class",
            config->nl, config->na, config->nc);
    if (config->autobalance && (config->stride16_level < 0 || config->stride16_level >= config->nl))
        return yd_fail(error, YD_ERR_UNSUPPORTED, "autobalance wants a level of stride 16");
    yd_loss *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "no memory for the loss");
    made->config = *config;
    *loss = made;
    return YD_OK;
}

void yd_loss_destroy(yd_loss *loss)
{
    if (!loss) return;
    yd_assign_free(&loss->list);
    free(loss->matches);
    free(loss->order);
    free(loss->map);
    free(loss);
}

yd_loss_config *yd_loss_settings(yd_loss *loss)
{
    return &loss->config;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double read_head(const yd_head *head, size_t place)
{
    return head->dtype == YD_F32 ? (double)((const float *)head->data)[place]
                                 : ((const double *)head->data)[place];
}

static void add_gradient(const yd_head *head, size_t place, double value)
{
    if (head->dtype == YD_F32) {
        float *at = (float *)head->gradient + place;
        *at = (float)((double)*at + value);
    } else {
        ((double *)head->gradient)[place] += value;
    }
}

static size_t cells_of_image(const yd_head *head)
{
    return (size_t)head->na * (size_t)head->h * (size_t)head->w;
}

/* Loss of logit x against target t, with the slope d(loss)/dx (model_and_loss.md, 12.6; focal: 12.7, Lin et
 * al., ICCV 2017). */
static double bce(const bce_rule *rule, double x, double t, double *slope)
{
    double p = sigmoid(x), weight = rule->positive_weight;
    double softplus = log1p(exp(-fabs(x))) + (x < 0 ? -x : 0); /* -log sigma(x) */
    double loss = (1 - t) * x + (1 + (weight - 1) * t) * softplus;
    *slope = (weight * t + 1 - t) * p - weight * t;
    if (rule->gamma <= 0) return loss;
    double miss = 1 - (t * p + (1 - t) * (1 - p)), spread = p * (1 - p);
    double alpha = 0.25 * t + 0.75 * (1 - t), modulation = pow(miss, rule->gamma);
    /* A saturated logit moves nothing, and must not meet 0^(gamma - 1). */
    double pull = spread == 0 ? 0 : loss * rule->gamma * pow(miss, rule->gamma - 1) * (2 * t - 1) * spread;
    *slope = alpha * (modulation * *slope - pull);
    return loss * alpha * modulation;
}

/* The same for count logits in place: x becomes the slopes; returns the sum. */
static double bce_many(const bce_rule *rule, double *x, const double *t, int count)
{
    double sum = 0;
    if (rule->gamma > 0 || rule->positive_weight != 1) {
        for (int i = 0; i < count; i++) sum += bce(rule, x[i], t[i], &x[i]);
        return sum;
    }
    for (int i = 0; i < count; i++) {
        double tail = exp(-fabs(x[i])), share = 1 / (1 + tail);
        sum += (x[i] < 0 ? 0 : x[i]) - t[i] * x[i] + log1p(tail);
        x[i] = (x[i] < 0 ? tail * share : share) - t[i];
    }
    return sum;
}

static yd_status check_head(const yd_loss_config *config, const yd_head *head, const yd_head *first,
                            int level, yd_error *error)
{
    if (head->dtype != YD_F32 && head->dtype != YD_F64)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "head %d: the loss reads float32 and float64 only", level);
    if (head->na != config->na || head->no != config->nc + 5 || head->b != first->b)
        return yd_fail(error, YD_ERR_INTERNAL,
                       "head %d has %d images, %d anchors and %d outputs, wanted %d, %d and %d", level,
                       head->b, head->na, head->no, first->b, config->na, config->nc + 5);
    if (head->b < 1 || head->h < 1 || head->w < 1)
        return yd_fail(error, YD_ERR_INTERNAL, "head %d is empty: [%d, %d, %d, %d]", level, head->b, head->na,
                       head->h, head->w);
    return YD_OK;
}

static yd_status reserve(yd_loss *loss, size_t cells, yd_error *error)
{
    size_t wanted = (size_t)loss->list.count;
    if (wanted > loss->match_capacity) {
        size_t room = wanted + wanted / 2;
        free(loss->matches), free(loss->order);
        loss->match_capacity = 0;
        loss->matches = calloc(room, sizeof *loss->matches);
        loss->order = calloc(room, sizeof(match *));
        if (!loss->matches || !loss->order)
            return yd_fail(error, YD_ERR_MEMORY, "no memory for %zu matches", room);
        loss->match_capacity = room;
    }
    if (cells > loss->map_capacity) {
        free(loss->map);
        loss->map_capacity = 0;
        loss->map = calloc(cells, sizeof *loss->map);
        if (!loss->map) return yd_fail(error, YD_ERR_MEMORY, "no memory for a map of %zu cells", cells);
        loss->map_capacity = cells;
    }
    return YD_OK;
}

/* Scores the box at the entry's cell; d(CIoU)/d(logits) by the chain rule through 2 sigma - 0.5 and (2
 * sigma)^2 * anchor. */
static void score_box(const yd_loss_config *config, const yd_head *head, const double anchor[2],
                      const yd_assignment *entry, match *m)
{
    m->cell = (((size_t)entry->image * (size_t)head->na + (size_t)entry->anchor) * (size_t)head->h +
               (size_t)entry->row) *
                  (size_t)head->w +
              (size_t)entry->column;
    m->place = m->cell * (size_t)head->no;
    double box[4], target[4], chain[4];
    for (int k = 0; k < 4; k++) {
        double s = sigmoid(read_head(head, m->place + (size_t)k));
        target[k] = (double)entry->box[k];
        box[k] = k < 2 ? 2 * s - 0.5 : 4 * s * s * anchor[k - 2];
        chain[k] = k < 2 ? 2 * s * (1 - s) : 8 * s * s * (1 - s) * anchor[k - 2];
    }
    m->iou = yd_ciou(box, target, (yd_ciou_form)config->eps_form, m->gradient);
    for (int k = 0; k < 4; k++) m->gradient[k] *= chain[k];
}

/* Sum over entries of 1 - CIoU; fills the matches. */
static double box_loss(yd_loss *loss, const yd_head *head, int level)
{
    double sum = 0;
    for (int e = 0; e < loss->list.count; e++) {
        const yd_assignment *entry = &loss->list.entries[e];
        match *m = &loss->matches[e];
        score_box(&loss->config, head, loss->config.anchors[level][entry->anchor], entry, m);
        sum += 1 - m->iou;
    }
    return sum;
}

static int by_iou(const void *a, const void *b)
{
    const match *p = *(match *const *)a, *q = *(match *const *)b;
    if (p->iou != q->iou) return p->iou < q->iou ? -1 : 1;
    return p < q ? -1 : p > q; /* entry order among equals */
}

/* The objectness target of a matched cell is its CIoU; where entries share a cell the last one written stays.
 */
static void fill_map(yd_loss *loss, size_t cells)
{
    int count = loss->list.count;
    memset(loss->map, 0, cells * sizeof *loss->map);
    for (int e = 0; e < count; e++) loss->order[e] = &loss->matches[e];
    if (loss->config.sort_obj_iou && count > 1) qsort(loss->order, (size_t)count, sizeof(match *), by_iou);
    for (int e = 0; e < count; e++) {
        double iou = loss->order[e]->iou;
        loss->map[loss->order[e]->cell] = iou < 0 ? 0 : iou; /* NaN stays NaN */
    }
}

static void gather(const yd_head *head, size_t cell, int count, double *x)
{
    size_t step = (size_t)head->no;
    if (head->dtype == YD_F32) {
        const float *from = (const float *)head->data + cell * step + 4;
        for (int i = 0; i < count; i++) x[i] = (double)from[(size_t)i * step];
    } else {
        const double *from = (const double *)head->data + cell * step + 4;
        for (int i = 0; i < count; i++) x[i] = from[(size_t)i * step];
    }
}

/* Writes the gradient of count cells: the objectness slopes times scale, all other elements zero. */
static void scatter(const yd_head *head, size_t cell, int count, const double *slope, double scale)
{
    size_t step = (size_t)head->no, size = yd_dtype_size(head->dtype);
    memset((char *)head->gradient + cell * step * size, 0, (size_t)count * step * size);
    if (head->dtype == YD_F32) {
        float *to = (float *)head->gradient + cell * step + 4;
        for (int i = 0; i < count; i++) to[(size_t)i * step] = (float)(slope[i] * scale);
    } else {
        double *to = (double *)head->gradient + cell * step + 4;
        for (int i = 0; i < count; i++) to[(size_t)i * step] = slope[i] * scale;
    }
}

/* Objectness of one image: the sum over its cells. Images are independent of one another, so that they can be
 * given to threads; their sums are added in order. */
static double image_objectness(const yd_head *head, int image, const bce_rule *rule, const double *map,
                               double scale)
{
    size_t cells = cells_of_image(head), start = (size_t)image * cells;
    double sum = 0, x[CHUNK];
    for (size_t done = 0; done < cells; done += CHUNK) {
        int count = cells - done < CHUNK ? (int)(cells - done) : CHUNK;
        gather(head, start + done, count, x);
        sum += bce_many(rule, x, map + start + done, count);
        if (head->gradient) scatter(head, start + done, count, x, scale);
    }
    return sum;
}

/* Sum over entries and classes; adds to the gradient. */
static double class_loss(const yd_loss *loss, const yd_head *head, const bce_rule *rule, double scale)
{
    double high = 1 - 0.5 * loss->config.label_smoothing, low = 0.5 * loss->config.label_smoothing, sum = 0;
    for (int e = 0; e < loss->list.count; e++) {
        size_t place = loss->matches[e].place + 5;
        for (int c = 0; c < loss->config.nc; c++) {
            double slope, t = c == loss->list.entries[e].cls ? high : low;
            sum += bce(rule, read_head(head, place + (size_t)c), t, &slope);
            if (head->gradient) add_gradient(head, place + (size_t)c, slope * scale);
        }
    }
    return sum;
}

static void add_box_gradients(const yd_loss *loss, const yd_head *head, double scale)
{
    for (int e = 0; e < loss->list.count; e++) {
        const match *m = &loss->matches[e];
        for (int k = 0; k < 4; k++) add_gradient(head, m->place + (size_t)k, scale * m->gradient[k]);
    }
}

/* Adds the level's means to items, gains not applied. */
static yd_status level_loss(yd_loss *loss, const yd_head *head, int level, const float *targets, int count,
                            yd_loss_items *items, yd_error *error)
{
    yd_loss_config *config = &loss->config;
    const yd_assign_level shape = {.images = head->b,
                                   .classes = config->nc,
                                   .na = head->na,
                                   .height = head->h,
                                   .width = head->w,
                                   .anchors = (const double(*)[2])config->anchors[level],
                                   .anchor_t = config->anchor_t};
    size_t cells = (size_t)head->b * cells_of_image(head);
    YD_TRY(yd_assign(&shape, targets, count, &loss->list, error));
    YD_TRY(reserve(loss, cells, error));

    double n = (double)loss->list.count, batch = (double)head->b;
    if (n > 0) items->box += box_loss(loss, head, level) / n;
    fill_map(loss, cells);

    const bce_rule obj_rule = {config->obj_pw, config->fl_gamma};
    double obj_scale = batch * config->obj * config->balance[level] / (double)cells, obj = 0;
    for (int image = 0; image < head->b; image++)
        obj += image_objectness(head, image, &obj_rule, loss->map, obj_scale);
    obj /= (double)cells;
    items->obj += obj * config->balance[level];
    if (config->autobalance && isfinite(obj) && obj > 0)
        config->balance[level] = 0.9999 * config->balance[level] + 0.0001 / obj;

    if (n == 0) return YD_OK;
    if (head->gradient) add_box_gradients(loss, head, -batch * config->box / n);
    if (config->nc > 1) {
        const bce_rule cls_rule = {config->cls_pw, config->fl_gamma};
        double elements = n * (double)config->nc;
        items->cls += class_loss(loss, head, &cls_rule, batch * config->cls / elements) / elements;
    }
    return YD_OK;
}

yd_status yd_loss_compute(yd_loss *loss, const yd_head *heads, const float *targets, int count,
                          yd_loss_items *items, yd_error *error)
{
    yd_loss_config *config = &loss->config;
    *items = (yd_loss_items){0};
    for (int i = 0; i < config->nl; i++) YD_TRY(check_head(config, &heads[i], &heads[0], i, error));
    for (int i = 0; i < config->nl; i++) YD_TRY(level_loss(loss, &heads[i], i, targets, count, items, error));
    if (config->autobalance) {
        double unit = config->balance[config->stride16_level];
        for (int i = 0; i < config->nl; i++) config->balance[i] /= unit;
    }
    items->box *= config->box;
    items->obj *= config->obj;
    items->cls *= config->cls;
    items->total = (items->box + items->obj + items->cls) * (double)heads[0].b;
    return YD_OK;
}
