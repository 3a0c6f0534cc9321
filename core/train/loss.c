#include "train/loss.h"
#include "tensor/bf16.h"
#include "train/assign.h"
#include "train/bce.h"
#include "train/ciou.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A matched entry of a level. */
typedef struct match {
    size_t place;       /* where channel 0 of the head lies for this cell */
    int channel;        /* the anchor's first */
    size_t cell;        /* of the cell in the target map */
    double iou;         /* CIoU */
    double gradient[4]; /* d(CIoU)/d(raw x, y, w, h) */
    double cls;         /* the loss of its classes, summed */
} match;

/* Scratch of one level. */
typedef struct loss_level {
    yd_assign_list list;
    match *matches; /* of the list's entries */
    double *map;    /* objectness targets [B, na, H, W] */
    double *sums;   /* [B] objectness losses of the images */
    size_t match_capacity, map_capacity, sum_capacity;
} loss_level;

struct yd_loss {
    yd_loss_config config;
    loss_level levels[5];
};

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
    for (int i = 0; i < loss->config.nl; i++) {
        loss_level *l = &loss->levels[i];
        yd_assign_free(&l->list);
        free(l->matches);
        free(l->map);
        free(l->sums);
    }
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

static void write_gradient(const yd_head *head, size_t place, double value)
{
    if (head->gradient_dtype == YD_F32)
        ((float *)head->gradient)[place] = (float)value;
    else if (head->gradient_dtype == YD_BF16)
        ((uint16_t *)head->gradient)[place] = yd_to_bf16((float)value);
    else
        ((double *)head->gradient)[place] = value;
}

static double read_gradient(const yd_head *head, size_t place)
{
    if (head->gradient_dtype == YD_F32) return (double)((const float *)head->gradient)[place];
    if (head->gradient_dtype == YD_BF16)
        return (double)yd_from_bf16(((const uint16_t *)head->gradient)[place]);
    return ((const double *)head->gradient)[place];
}

/* To a matched cell's channel: entries that share the cell add up. */
static void add_gradient(const yd_head *head, const match *m, int k, double value)
{
    size_t place = m->place + yd_head_place(head, 0, m->channel + k);
    write_gradient(head, place, read_gradient(head, place) + value);
}

static size_t cells_of_image(const yd_head *head)
{
    return (size_t)head->na * (size_t)head->h * (size_t)head->w;
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

static bool grow(void **items, size_t *capacity, size_t wanted, size_t size)
{
    if (wanted <= *capacity) return true;
    size_t room = wanted + wanted / 2;
    free(*items);
    *capacity = 0;
    *items = calloc(room, size);
    if (*items) *capacity = room;
    return *items != NULL;
}

static yd_status reserve(loss_level *l, const yd_head *head, yd_error *error)
{
    size_t cells = (size_t)head->b * cells_of_image(head);
    void *matches = l->matches, *map = l->map, *sums = l->sums;
    bool room = grow(&matches, &l->match_capacity, (size_t)l->list.count, sizeof *l->matches) &&
                grow(&map, &l->map_capacity, cells, sizeof *l->map) &&
                grow(&sums, &l->sum_capacity, (size_t)head->b, sizeof *l->sums);
    l->matches = matches;
    l->map = map;
    l->sums = sums;
    return room ? YD_OK
                : yd_fail(error, YD_ERR_MEMORY, "no memory for the loss of %zu cells and %d matches", cells,
                          l->list.count);
}

/* What the work on one level is done with: gains times batch, over what the means are taken of. */
typedef struct terms {
    const yd_loss_config *config;
    const yd_head *head;
    loss_level *level;
    int number; /* of the level */
    double box_scale, obj_scale, cls_scale;
} terms;

/* Scores the box at the entry's cell; d(CIoU)/d(logits) by the chain rule through 2 sigma - 0.5 and (2
 * sigma)^2 * anchor. */
static void score_box(const terms *t, const yd_assignment *entry, match *m)
{
    const yd_head *head = t->head;
    const double *anchor = t->config->anchors[t->number][entry->anchor];
    m->cell = (((size_t)entry->image * (size_t)head->na + (size_t)entry->anchor) * (size_t)head->h +
               (size_t)entry->row) *
                  (size_t)head->w +
              (size_t)entry->column;
    m->place = yd_head_place(head, entry->image, 0) +
               (size_t)(entry->row * head->w + entry->column) * (size_t)head->lanes;
    m->channel = entry->anchor * head->no;
    double box[4], target[4], chain[4];
    for (int k = 0; k < 4; k++) {
        double s = sigmoid(read_head(head, m->place + yd_head_place(head, 0, m->channel + k)));
        target[k] = (double)entry->box[k];
        box[k] = k < 2 ? 2 * s - 0.5 : 4 * s * s * anchor[k - 2];
        chain[k] = k < 2 ? 2 * s * (1 - s) : 8 * s * s * (1 - s) * anchor[k - 2];
    }
    m->iou = yd_ciou(box, target, (yd_ciou_form)t->config->eps_form, m->gradient);
    for (int k = 0; k < 4; k++) m->gradient[k] *= chain[k];
}

/* The objectness target of a matched cell is its CIoU, at least 0; where entries share a cell the last one
 * stays, or, sorted by CIoU, the largest. */
static void aim(const terms *t, const match *m)
{
    double *place = &t->level->map[m->cell], iou = m->iou < 0 ? 0 : m->iou; /* NaN stays NaN */
    if (!t->config->sort_obj_iou || !(iou < *place)) *place = iou;
}

static void gather(const yd_head *head, size_t place, size_t step, int count, double *x)
{
    if (head->dtype == YD_F32) {
        const float *from = (const float *)head->data + place;
        for (int i = 0; i < count; i++) x[i] = (double)from[(size_t)i * step];
    } else {
        const double *from = (const double *)head->data + place;
        for (int i = 0; i < count; i++) x[i] = from[(size_t)i * step];
    }
}

/* The sum over the cells of an anchor. map: their targets. */
static double anchor_objectness(const terms *t, int image, int anchor, const double *map)
{
    const yd_bce_rule rule = {t->config->obj_pw, t->config->fl_gamma};
    const yd_head *head = t->head;
    size_t place = yd_head_place(head, image, anchor * head->no + 4), step = (size_t)head->lanes;
    double sum = 0, x[YD_BCE_MOST], targets[YD_BCE_MOST];
    int cells = head->h * head->w;
    for (int done = 0, count; done < cells; done += count, place += (size_t)count * step) {
        count = cells - done < YD_BCE_MOST ? cells - done : YD_BCE_MOST;
        gather(head, place, step, count, x);
        memcpy(targets, map + done, (size_t)count * sizeof *targets);
        sum += yd_bce_many(&rule, x, targets, count);
        for (int i = 0; head->gradient && i < count; i++)
            write_gradient(head, place + (size_t)i * step, x[i] * t->obj_scale);
    }
    return sum;
}

/* The sum over the image's cells. Writes the gradient of the whole image: zero but for the objectness. */
static double objectness(const terms *t, int image)
{
    const yd_head *head = t->head;
    size_t size = yd_dtype_size(head->gradient_dtype), area = (size_t)head->h * (size_t)head->w;
    const double *map = t->level->map + (size_t)image * cells_of_image(head);
    double sum = 0;
    if (head->gradient)
        memset((char *)head->gradient + (size_t)image * head->image * size, 0, head->image * size);
    for (int a = 0; a < head->na; a++) sum += anchor_objectness(t, image, a, map + (size_t)a * area);
    return sum;
}

/* Logits of count classes from first on, which lie side by side in runs. */
static void gather_classes(const yd_head *head, const match *m, int first, int count, double *x)
{
    for (int c = 0, run; c < count; c += run) {
        int channel = m->channel + 5 + first + c, rest = head->lanes - channel % head->lanes;
        run = rest < count - c ? rest : count - c;
        gather(head, m->place + yd_head_place(head, 0, channel), 1, run, x + c);
    }
}

/* The sum over classes; adds to the gradient. */
static double classes(const terms *t, const yd_assignment *entry, const match *m)
{
    const yd_bce_rule rule = {t->config->cls_pw, t->config->fl_gamma};
    double high = 1 - 0.5 * t->config->label_smoothing, low = 0.5 * t->config->label_smoothing;
    double sum = 0, x[YD_BCE_MOST], targets[YD_BCE_MOST];
    for (int first = 0; first < t->config->nc; first += YD_BCE_MOST) {
        int count = t->config->nc - first < YD_BCE_MOST ? t->config->nc - first : YD_BCE_MOST;
        gather_classes(t->head, m, first, count, x);
        for (int c = 0; c < count; c++) targets[c] = low;
        if (entry->cls >= first && entry->cls < first + count) targets[entry->cls - first] = high;
        sum += yd_bce_many(&rule, x, targets, count);
        for (int c = 0; t->head->gradient && c < count; c++)
            add_gradient(t->head, m, 5 + first + c, x[c] * t->cls_scale);
    }
    return sum;
}

/* One level of one image: its entries' boxes, all cells' objectness, its entries' classes. Images share
 * nothing that is written, and sums are taken over them afterwards, in order: whoever works on which, the
 * result is the same. */
static void image_loss(const terms *t, int image)
{
    loss_level *l = t->level;
    size_t cells = cells_of_image(t->head);
    memset(l->map + (size_t)image * cells, 0, cells * sizeof *l->map);
    for (int e = 0; e < l->list.count; e++) {
        if (l->list.entries[e].image != image) continue;
        score_box(t, &l->list.entries[e], &l->matches[e]);
        aim(t, &l->matches[e]);
    }
    l->sums[image] = objectness(t, image);
    for (int e = 0; e < l->list.count; e++) {
        if (l->list.entries[e].image != image) continue;
        match *m = &l->matches[e];
        for (int k = 0; t->head->gradient && k < 4; k++)
            add_gradient(t->head, m, k, t->box_scale * m->gradient[k]);
        m->cls = t->config->nc > 1 ? classes(t, &l->list.entries[e], m) : 0;
    }
}

/* The share of one of count threads: whole images, all levels. */
typedef struct batch {
    terms levels[5];
    int nl, images;
} batch;

static void batch_share(void *context, int index, int count)
{
    const batch *b = context;
    int first = (int)((int64_t)b->images * index / count),
        end = (int)((int64_t)b->images * (index + 1) / count);
    for (int i = 0; i < b->nl; i++)
        for (int image = first; image < end; image++) image_loss(&b->levels[i], image);
}

/* Of how many samples the loss is the sum. */
static double batch_factor(const yd_loss_config *config, const yd_head *head)
{
    return (double)head->b * (config->samples_each > 1 ? config->samples_each : 1);
}

static yd_status prepare(yd_loss *loss, const yd_head *head, int number, const float *targets, int count,
                         terms *t, yd_error *error)
{
    const yd_loss_config *config = &loss->config;
    loss_level *l = &loss->levels[number];
    const yd_assign_level shape = {.images = head->b,
                                   .classes = config->nc,
                                   .na = head->na,
                                   .height = head->h,
                                   .width = head->w,
                                   .anchors = (const double(*)[2])config->anchors[number],
                                   .anchor_t = config->anchor_t};
    YD_TRY(yd_assign(&shape, targets, count, &l->list, error));
    YD_TRY(reserve(l, head, error));
    double images = batch_factor(config, head), n = (double)l->list.count,
           cells = (double)head->b * (double)cells_of_image(head);
    *t = (terms){.config = config,
                 .head = head,
                 .level = l,
                 .number = number,
                 .box_scale = -images * config->box / n, /* without entries nobody asks */
                 .obj_scale = images * config->obj * config->balance[number] / cells,
                 .cls_scale = images * config->cls / (n * (double)config->nc)};
    return YD_OK;
}

/* Adds the level's means to items, gains not applied. */
static void add_level(yd_loss_config *config, const terms *t, yd_loss_items *items)
{
    const loss_level *l = t->level;
    double box = 0, obj = 0, cls = 0, n = (double)l->list.count;
    double *balance = &config->balance[t->number];
    for (int e = 0; e < l->list.count; e++) box += 1 - l->matches[e].iou, cls += l->matches[e].cls;
    for (int image = 0; image < t->head->b; image++) obj += l->sums[image];
    obj /= (double)t->head->b * (double)cells_of_image(t->head);
    items->obj += obj * *balance;
    if (config->autobalance && isfinite(obj) && obj > 0) *balance = 0.9999 * *balance + 0.0001 / obj;
    if (n == 0) return;
    items->box += box / n;
    items->cls += cls / (n * (double)config->nc);
}

yd_status yd_loss_compute(yd_loss *loss, const yd_head *heads, const float *targets, int count,
                          yd_loss_items *items, yd_error *error)
{
    yd_loss_config *config = &loss->config;
    batch b = {.nl = config->nl, .images = heads[0].b};
    *items = (yd_loss_items){0};
    for (int i = 0; i < config->nl; i++) YD_TRY(check_head(config, &heads[i], &heads[0], i, error));
    for (int i = 0; i < config->nl; i++)
        YD_TRY(prepare(loss, &heads[i], i, targets, count, &b.levels[i], error));
    if (config->backend)
        config->backend->run(config->device, batch_share, &b);
    else
        batch_share(&b, 0, 1);
    for (int i = 0; i < config->nl; i++) add_level(config, &b.levels[i], items);
    if (config->autobalance) {
        double unit = config->balance[config->stride16_level];
        for (int i = 0; i < config->nl; i++) config->balance[i] /= unit;
    }
    items->box *= config->box;
    items->obj *= config->obj;
    items->cls *= config->cls;
    items->total = (items->box + items->obj + items->cls) * batch_factor(config, &heads[0]);
    return YD_OK;
}
