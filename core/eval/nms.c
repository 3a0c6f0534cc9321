#include "eval/nms.h"
#include "eval/sort.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 8, NONE = -1, MAX_CLASSES = 65536, MAX_KEPT = 100000, MAX_CANDIDATES = 1000000 };
enum { CLASS_BLOCK = 16, READ_AHEAD = 8 }; /* logits that lie side by side; cells */

/* Kept boxes of one class, offset applied, in a form that one vector loop compares against; free lanes
 * overlap nothing. */
typedef struct block {
    float left[LANES], top[LANES], right[LANES], bottom[LANES], area[LANES];
    int used, next;
} block;

/* Where candidates come from: decoded rows, or heads. */
typedef struct source {
    const float *rows;
    const yd_decoder *decoder;
    int image, nc;
} source;

struct yd_nms {
    yd_nms_config config;
    float conf, iou; /* conf as float32; the largest float32 that is not above iou */
    float offset;    /* between classes; 0 where they suppress one another */

    yd_scored *candidates, *scratch; /* index: row * nc + class, ascending while gathering */
    size_t count, capacity;
    float floor; /* once there were too many: what a further candidate has to exceed */

    block *blocks; /* [max_det]: at worst one box in each */
    int block_count;
    int *first; /* [nc] a class's newest block */
    int first_capacity;
    float low_x, high_x; /* of kept boxes, offset not applied */
    float *out;          /* [max_det, 6] */
    int kept;
};

static float largest_float_within(double value)
{
    float nearest = (float)value;
    return (double)nearest > value ? nextafterf(nearest, -INFINITY) : nearest;
}

static yd_status check_config(const yd_nms_config *config, yd_error *error)
{
    if (!(config->conf >= 0 && config->conf <= 1))
        return yd_fail(error, YD_ERR_CONFIG, "NMS: the confidence threshold must lie in [0, 1], found %g",
                       config->conf);
    if (!(config->iou >= 0 && config->iou <= 1))
        return yd_fail(error, YD_ERR_CONFIG, "NMS: the IoU threshold must lie in [0, 1], found %g",
                       config->iou);
    if (!(config->max_wh >= 0 && config->max_wh <= 1e6))
        return yd_fail(error, YD_ERR_CONFIG, "NMS: max_wh must lie in [0, 1e6], found %g", config->max_wh);
    if (config->max_det < 0 || config->max_det > MAX_KEPT || config->max_nms < 0 ||
        config->max_nms > MAX_CANDIDATES)
        return yd_fail(error, YD_ERR_CONFIG, "NMS: cannot keep %d of %d boxes (at most %d of %d)",
                       config->max_det, config->max_nms, MAX_KEPT, MAX_CANDIDATES);
    return YD_OK;
}

yd_status yd_nms_create(const yd_nms_config *config, yd_nms **nms, yd_error *error)
{
    *nms = NULL;
    YD_TRY(check_config(config, error));
    yd_nms *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "no memory for NMS");
    made->config = *config;
    if (!made->config.max_det) made->config.max_det = 300;
    if (!made->config.max_nms) made->config.max_nms = 30000;
    made->conf = (float)config->conf;
    made->iou = largest_float_within(config->iou);
    made->offset = config->agnostic ? 0 : (float)config->max_wh;
    made->capacity = 4 * (size_t)made->config.max_nms;
    made->candidates = calloc(made->capacity, sizeof *made->candidates);
    made->scratch = calloc(made->capacity, sizeof *made->scratch);
    made->blocks = calloc((size_t)made->config.max_det, sizeof *made->blocks);
    made->out = calloc((size_t)made->config.max_det, 6 * sizeof *made->out);
    if (!made->candidates || !made->scratch || !made->blocks || !made->out) {
        yd_nms_destroy(made);
        return yd_fail(error, YD_ERR_MEMORY, "no memory for NMS of %d candidates", config->max_nms);
    }
    *nms = made;
    return YD_OK;
}

void yd_nms_destroy(yd_nms *nms)
{
    if (!nms) return;
    free(nms->candidates);
    free(nms->scratch);
    free(nms->blocks);
    free(nms->first);
    free(nms->out);
    free(nms);
}

static yd_status begin(yd_nms *nms, int rows, int nc, yd_error *error)
{
    if (nc < 1 || nc > MAX_CLASSES || rows < 0 || (uint64_t)rows * (uint64_t)nc > UINT32_MAX)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "NMS of %d rows and %d classes", rows, nc);
    if (nc > nms->first_capacity) {
        int *first = realloc(nms->first, (size_t)nc * sizeof *first);
        if (!first) return yd_fail(error, YD_ERR_MEMORY, "no memory for NMS of %d classes", nc);
        nms->first = first;
        nms->first_capacity = nc;
    }
    for (int c = 0; c < nc; c++) nms->first[c] = NONE;
    nms->count = 0;
    nms->floor = 0;
    nms->block_count = nms->kept = 0;
    nms->low_x = INFINITY, nms->high_x = -INFINITY;
    return YD_OK;
}

/* The most confident max_nms, equal ones in the order they came. */
static void sort_and_cut(yd_nms *nms)
{
    yd_sort_scores(nms->candidates, nms->scratch, nms->count);
    size_t limit = (size_t)nms->config.max_nms;
    if (nms->count > limit) nms->count = limit;
}

static void push(yd_nms *nms, float score, uint32_t row, int cls, int nc)
{
    if (nms->config.classes && !nms->config.classes[cls]) return;
    if (!(score > nms->floor)) return;
    if (nms->count == nms->capacity) {
        /* Later candidates that only equal the last one kept would lose to it in the stable order. */
        sort_and_cut(nms);
        nms->floor = nms->candidates[nms->count - 1].score;
        if (!(score > nms->floor)) return;
    }
    nms->candidates[nms->count++] = (yd_scored){.score = score, .index = row * (uint32_t)nc + (uint32_t)cls};
}

static void box_of(const source *from, uint32_t row, float box[4])
{
    if (from->rows) {
        memcpy(box, from->rows + (size_t)row * (size_t)(from->nc + 5), 4 * sizeof *box);
        return;
    }
    int level = 0, cell = (int)row;
    for (;; level++) {
        const yd_head *head = &from->decoder->heads[level];
        int cells = head->na * head->h * head->w;
        if (cell < cells) break;
        cell -= cells;
    }
    yd_decode_box(from->decoder, level, from->image, cell, box);
}

static bool box_counts(const yd_nms *nms, const float box[4])
{
    for (int k = 0; k < 4; k++)
        if (!isfinite(box[k])) return false;
    if (nms->config.min_wh <= 0) return true;
    float low = (float)nms->config.min_wh, high = (float)nms->config.max_wh;
    return box[2] >= low && box[3] >= low && box[2] <= high && box[3] <= high;
}

/* Probabilities of one row to candidates. */
static void push_row(yd_nms *nms, uint32_t row, float obj, const float *cls, int nc)
{
    if (nms->config.multi_label && nc > 1) {
        for (int c = 0; c < nc; c++) {
            float score = cls[c] * obj;
            if (score > nms->conf && score <= 3e38f) push(nms, score, row, c, nc);
        }
        return;
    }
    int best = 0;
    for (int c = 1; c < nc; c++)
        if (cls[c] * obj > cls[best] * obj) best = c;
    float score = cls[best] * obj;
    if (score > nms->conf && score <= 3e38f) push(nms, score, row, best, nc);
}

static void gather_rows(yd_nms *nms, const source *from, int count)
{
    size_t step = (size_t)from->nc + 5;
    for (int i = 0; i < count; i++) {
        const float *row = from->rows + (size_t)i * step;
        if (row[4] > nms->conf && box_counts(nms, row)) push_row(nms, (uint32_t)i, row[4], row + 5, from->nc);
    }
}

/* Of the classes from first on, those that lie side by side in the head. */
static int side_by_side(const yd_cell *cell, int first, int nc)
{
    int lanes = cell->head->lanes, rest = lanes - (cell->channel + 5 + first) % lanes;
    return rest < nc - first ? rest : nc - first;
}

/* Whether any of count logits is above low; whole blocks, the usual case, are compared at once. */
static bool any_above(const float *logits, int count, float low)
{
    int above = 0;
    if (count == CLASS_BLOCK)
        for (int i = 0; i < CLASS_BLOCK; i++) above |= logits[i] > low;
    else
        for (int i = 0; i < count; i++) above |= logits[i] > low;
    return above != 0;
}

/* As push_row on the sigmoids of the head's logits, but leaving out those that cannot reach conf: most, so
 * that they are passed over a block at a time. */
static void push_labels(yd_nms *nms, uint32_t row, float obj, const yd_cell *cell, int nc)
{
    float low = yd_logit_below(nms->conf / obj);
    for (int first = 0, count; first < nc; first += count) {
        count = side_by_side(cell, first, nc);
        if (cell->head->dtype == YD_F32) {
            size_t place = cell->place + yd_head_place(cell->head, 0, cell->channel + 5 + first);
            if (!any_above((const float *)cell->head->data + place, count, low)) continue;
        }
        for (int c = first; c < first + count; c++) {
            float logit = yd_cell_logit(cell, 5 + c);
            if (!(logit > low)) continue;
            float score = yd_sigmoid(logit) * obj;
            if (score > nms->conf) push(nms, score, row, c, nc);
        }
    }
}

/* The first maximum of the rounded products, as the dense way has it. */
static void push_best(yd_nms *nms, uint32_t row, float obj, const yd_cell *cell, int nc)
{
    int best = 0;
    float top = -1;
    for (int c = 0; c < nc; c++) {
        float score = yd_sigmoid(yd_cell_logit(cell, 5 + c)) * obj;
        if (score > top) top = score, best = c;
    }
    if (top > nms->conf) push(nms, top, row, best, nc);
}

static void gather_cell(yd_nms *nms, const source *from, int level, int cell, uint32_t row, float logit)
{
    const yd_cell at = yd_decode_cell(&from->decoder->heads[level], from->image, cell);
    float obj = yd_sigmoid(logit), box[4];
    if (!(obj > nms->conf)) return;
    yd_decode_box(from->decoder, level, from->image, cell, box);
    if (!box_counts(nms, box)) return;
    if (nms->config.multi_label && from->nc > 1)
        push_labels(nms, row, obj, &at, from->nc);
    else
        push_best(nms, row, obj, &at, from->nc);
}

/* Of most cells the objectness alone is read, a cache line in each: memory is asked for them ahead. */
static void gather_anchor(yd_nms *nms, const source *from, int level, int anchor, uint32_t row, float low)
{
    const yd_head *head = &from->decoder->heads[level];
    int cells = head->h * head->w;
    size_t place = yd_head_place(head, from->image, anchor * head->no + 4), step = (size_t)head->lanes,
           size = yd_dtype_size(head->dtype);
    for (int cell = 0; cell < cells; cell++, place += step) {
        if (cell + READ_AHEAD < cells)
            __builtin_prefetch((const char *)head->data + (place + READ_AHEAD * step) * size);
        float logit = yd_head_logit(head, place);
        if (logit > low) gather_cell(nms, from, level, anchor * cells + cell, row + (uint32_t)cell, logit);
    }
}

static void gather_heads(yd_nms *nms, const source *from)
{
    float low = yd_logit_below(nms->conf);
    uint32_t row = 0;
    for (int level = 0; level < from->decoder->nl; level++) {
        const yd_head *head = &from->decoder->heads[level];
        for (int anchor = 0; anchor < head->na; anchor++) {
            gather_anchor(nms, from, level, anchor, row, low);
            row += (uint32_t)(head->h * head->w);
        }
    }
}

static bool block_overlaps(const block *kept, const float box[4], float area, float limit)
{
    int hits = 0;
    for (int i = 0; i < LANES; i++) {
        float right = kept->right[i] < box[2] ? kept->right[i] : box[2];
        float left = kept->left[i] > box[0] ? kept->left[i] : box[0];
        float bottom = kept->bottom[i] < box[3] ? kept->bottom[i] : box[3];
        float top = kept->top[i] > box[1] ? kept->top[i] : box[1];
        float width = right - left, height = bottom - top;
        width = width > 0 ? width : 0;
        height = height > 0 ? height : 0;
        float shared = width * height;
        hits |= shared / (kept->area[i] + area - shared) > limit;
    }
    return hits != 0;
}

static float area_of(const float box[4])
{
    return (box[2] - box[0]) * (box[3] - box[1]);
}

/* box: offset applied. apart: boxes of other classes cannot reach this one. */
static bool suppressed(const yd_nms *nms, const float box[4], int key, bool apart)
{
    float area = area_of(box);
    if (!apart) {
        for (int b = 0; b < nms->block_count; b++)
            if (block_overlaps(&nms->blocks[b], box, area, nms->iou)) return true;
        return false;
    }
    for (int b = nms->first[key]; b != NONE; b = nms->blocks[b].next)
        if (block_overlaps(&nms->blocks[b], box, area, nms->iou)) return true;
    return false;
}

static void keep(yd_nms *nms, const float box[4], int key)
{
    int b = nms->first[key];
    if (b == NONE || nms->blocks[b].used == LANES) {
        block *fresh = &nms->blocks[nms->block_count];
        *fresh = (block){.next = b};
        for (int i = 0; i < LANES; i++) {
            fresh->left[i] = fresh->top[i] = INFINITY;
            fresh->right[i] = fresh->bottom[i] = -INFINITY;
        }
        b = nms->first[key] = nms->block_count++;
    }
    block *to = &nms->blocks[b];
    int lane = to->used++;
    to->left[lane] = box[0], to->top[lane] = box[1];
    to->right[lane] = box[2], to->bottom[lane] = box[3];
    to->area[lane] = area_of(box);
}

/* Greedy suppression in order of confidence. Boxes of different classes lie offset apart on both axes, so
 * that they cannot meet while all boxes together are narrower than that; the margin is beyond float32's
 * rounding for 65,536 classes. */
static void suppress(yd_nms *nms, const source *from)
{
    for (size_t i = 0; i < nms->count && nms->kept < nms->config.max_det; i++) {
        uint32_t index = nms->candidates[i].index;
        int cls = (int)(index % (uint32_t)from->nc), key = nms->offset > 0 ? cls : 0;
        float box[4], shift = (float)cls * nms->offset;
        box_of(from, index / (uint32_t)from->nc, box);
        float plain[4] = {box[0] - box[2] / 2, box[1] - box[3] / 2, box[0] + box[2] / 2, box[1] + box[3] / 2};
        float shifted[4] = {plain[0] + shift, plain[1] + shift, plain[2] + shift, plain[3] + shift};
        float low = fminf(nms->low_x, plain[0]), high = fmaxf(nms->high_x, plain[2]);
        if (suppressed(nms, shifted, key, high - low < 0.98f * nms->offset)) continue;
        keep(nms, shifted, key);
        nms->low_x = low, nms->high_x = high;
        float *out = nms->out + 6 * (size_t)nms->kept++;
        memcpy(out, plain, sizeof plain);
        out[4] = nms->candidates[i].score;
        out[5] = (float)cls;
    }
}

static void finish(yd_nms *nms, const source *from, const float **detections, int *found)
{
    sort_and_cut(nms);
    suppress(nms, from);
    *detections = nms->out;
    *found = nms->kept;
}

yd_status yd_nms_rows(yd_nms *nms, const float *rows, int count, int nc, const float **detections, int *found,
                      yd_error *error)
{
    YD_TRY(begin(nms, count, nc, error));
    const source from = {.rows = rows, .nc = nc};
    gather_rows(nms, &from, count);
    finish(nms, &from, detections, found);
    return YD_OK;
}

yd_status yd_nms_heads(yd_nms *nms, const yd_decoder *decoder, int image, const float **detections,
                       int *found, yd_error *error)
{
    const source from = {.decoder = decoder, .image = image, .nc = decoder->heads[0].no - 5};
    YD_TRY(begin(nms, yd_decode_row_count(decoder), from.nc, error));
    gather_heads(nms, &from);
    finish(nms, &from, detections, found);
    return YD_OK;
}
