#include "eval/coco.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { THRESHOLDS = 10, RECALLS = 101, AREAS = 4, LIMITS = 3, MOST = 100 };
enum { ALL = 0, LIMIT_100 = 2 };

static const int limits[LIMITS] = {1, 10, MOST};
/* Both ends belong to a range, so that an object of 32² pixels is small and medium. */
static const double area_ranges[AREAS][2] = {{0, 1e10}, {0, 1024}, {1024, 9216}, {9216, 1e10}};

/* What became of a detection: a bit for each threshold. */
typedef struct outcome {
    double score;
    int rank; /* among those of its image and category */
    uint16_t matched[AREAS], ignored[AREAS];
} outcome;

typedef struct evaluation {
    const yd_coco_label **labels;         /* by category, image, place in the set */
    const yd_coco_detection **detections; /* by category, image, falling score, place */
    size_t label_count, detection_count;
    outcome *outcomes; /* of the category under way */
    size_t outcome_count;
    double *ious; /* [detections, labels] of the image under way */
    uint32_t *order;
    bool *taken;
    double (*envelope)[2]; /* recall and precision behind each detection that counts */
    double thresholds[THRESHOLDS];
    /* Sums over the categories that have a label of the area. */
    double precision[AREAS][THRESHOLDS], recall[AREAS][LIMITS];
    int category_count[AREAS];
} evaluation;

static int compare_places(int category_a, int category_b, int image_a, int image_b)
{
    if (category_a != category_b) return category_a < category_b ? -1 : 1;
    return (image_a > image_b) - (image_a < image_b);
}

static int compare_labels(const void *a, const void *b)
{
    const yd_coco_label *x = *(const yd_coco_label *const *)a, *y = *(const yd_coco_label *const *)b;
    int order = compare_places(x->category, y->category, x->image, y->image);
    return order ? order : (x > y) - (x < y);
}

static int compare_detections(const void *a, const void *b)
{
    const yd_coco_detection *x = *(const yd_coco_detection *const *)a;
    const yd_coco_detection *y = *(const yd_coco_detection *const *)b;
    int order = compare_places(x->category, y->category, x->image, y->image);
    if (order) return order;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return (x > y) - (x < y);
}

/* Falling score. Outcomes of a category lie in the order of images, and those of an image by rank: that
 * order decides between equals, so the sort has to be stable, which the places in the array make it. */
static int compare_outcomes(const void *a, const void *b)
{
    const outcome *x = *(const outcome *const *)a, *y = *(const outcome *const *)b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return (x > y) - (x < y);
}

static double overlap(const double a[4], const double b[4], int axis)
{
    double low = fmax(a[axis], b[axis]), high = fmin(a[axis] + a[axis + 2], b[axis] + b[axis + 2]);
    return high - low;
}

/* Of a crowd it is the share of the detection that lies in it. */
static double iou(const yd_coco_detection *detection, const yd_coco_label *label)
{
    double width = overlap(detection->box, label->box, 0), height = overlap(detection->box, label->box, 1);
    if (!(width > 0) || !(height > 0)) return 0;
    double inside = width * height, area = detection->box[2] * detection->box[3];
    double whole = label->crowd ? area : area + label->box[2] * label->box[3] - inside;
    return whole > 0 ? inside / whole : 0;
}

static bool in_range(double area, int range)
{
    return area >= area_ranges[range][0] && area <= area_ranges[range][1];
}

static bool is_ignored(const yd_coco_label *label, int range)
{
    return label->crowd || !in_range(label->area, range);
}

typedef struct match {
    int label; /* -1: none */
    bool ignored;
} match;

/* The label that a detection takes: the free one of the largest IoU, at least the threshold, the later of
 * equals; one that is ignored only where no other will do, and a crowd as often as wanted. The first counted
 * labels of e->order are those that are not ignored. */
static match best_label(const evaluation *e, const yd_coco_label *const *labels, int count, int counted,
                        const double *ious, double threshold)
{
    double best = fmin(threshold, 1 - 1e-10);
    match found = {.label = -1};
    for (int i = 0; i < count; i++) {
        int label = (int)e->order[i];
        if (i >= counted && found.label >= 0 && !found.ignored) break;
        if ((e->taken[label] && !labels[label]->crowd) || ious[label] < best) continue;
        best = ious[label];
        found = (match){label, i >= counted};
    }
    return found;
}

/* An image of a category at one range of areas. */
static void match_range(evaluation *e, const yd_coco_label *const *labels, int label_count,
                        const yd_coco_detection *const *detections, outcome *outcomes, int count, int range)
{
    int counted = 0, at = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < label_count; i++)
            if (is_ignored(labels[i], range) == (pass == 1)) e->order[at++] = (uint32_t)i;
        if (pass == 0) counted = at;
    }
    for (int t = 0; t < THRESHOLDS; t++) {
        memset(e->taken, 0, (size_t)label_count * sizeof *e->taken);
        for (int d = 0; d < count; d++) {
            const double area = detections[d]->box[2] * detections[d]->box[3];
            match found = best_label(e, labels, label_count, counted,
                                     e->ious + (size_t)d * (size_t)label_count, e->thresholds[t]);
            bool matched = found.label >= 0, ignored = matched ? found.ignored : !in_range(area, range);
            if (matched) e->taken[found.label] = true;
            outcomes[d].matched[range] |= (uint16_t)(matched << t);
            outcomes[d].ignored[range] |= (uint16_t)(ignored << t);
        }
    }
}

static void match_image(evaluation *e, const yd_coco_label *const *labels, int label_count,
                        const yd_coco_detection *const *detections, int count)
{
    outcome *outcomes = e->outcomes + e->outcome_count;
    if (count > MOST) count = MOST;
    for (int d = 0; d < count; d++) {
        outcomes[d] = (outcome){.score = detections[d]->score, .rank = d};
        for (int i = 0; i < label_count; i++)
            e->ious[(size_t)d * (size_t)label_count + (size_t)i] = iou(detections[d], labels[i]);
    }
    for (int range = 0; range < AREAS; range++)
        match_range(e, labels, label_count, detections, outcomes, count, range);
    e->outcome_count += (size_t)count;
}

/* The mean over 101 recalls of the best precision at that recall or beyond. */
static double mean_precision(double (*envelope)[2], size_t count)
{
    double sum = 0;
    for (size_t i = count; i-- > 1;) envelope[i - 1][1] = fmax(envelope[i - 1][1], envelope[i][1]);
    size_t at = 0;
    for (int i = 0; i < RECALLS; i++) {
        double wanted = i == RECALLS - 1 ? 1 : i * 0.01;
        while (at < count && envelope[at][0] < wanted) at++;
        if (at < count) sum += envelope[at][1];
    }
    return sum / RECALLS;
}

/* Adds a category at one range, limit and threshold: ranked by falling score. Precision is taken at the
 * largest limit alone. */
static void accumulate(evaluation *e, const outcome *const *ranked, size_t labels, int range, int limit,
                       int t)
{
    size_t right = 0, wrong = 0, points = 0;
    for (size_t i = 0; i < e->outcome_count; i++) {
        const outcome *one = ranked[i];
        if (one->rank >= limits[limit] || one->ignored[range] >> t & 1) continue;
        if (one->matched[range] >> t & 1)
            right++;
        else
            wrong++;
        e->envelope[points][0] = (double)right / (double)labels;
        e->envelope[points++][1] = (double)right / ((double)(right + wrong) + DBL_EPSILON);
    }
    e->recall[range][limit] += (double)right / (double)labels / THRESHOLDS;
    if (limit == LIMIT_100) e->precision[range][t] += mean_precision(e->envelope, points);
}

static void add_category(evaluation *e, const outcome **ranked, size_t first_label, size_t end_label)
{
    for (size_t i = 0; i < e->outcome_count; i++) ranked[i] = &e->outcomes[i];
    if (e->outcome_count) qsort(ranked, e->outcome_count, sizeof(const outcome *), compare_outcomes);
    for (int range = 0; range < AREAS; range++) {
        size_t counted = 0;
        for (size_t i = first_label; i < end_label; i++) counted += !is_ignored(e->labels[i], range);
        if (!counted) continue;
        e->category_count[range]++;
        for (int limit = range == ALL ? 0 : LIMIT_100; limit < LIMITS; limit++)
            for (int t = 0; t < THRESHOLDS; t++) accumulate(e, ranked, counted, range, limit, t);
    }
}

/* Where the rows of category and image (any image: -1) end, from at on. */
static size_t end_of_labels(const evaluation *e, size_t at, int category, int image)
{
    while (at < e->label_count && e->labels[at]->category == category &&
           (image < 0 || e->labels[at]->image == image))
        at++;
    return at;
}

static size_t end_of_detections(const evaluation *e, size_t at, int category, int image)
{
    while (at < e->detection_count && e->detections[at]->category == category &&
           (image < 0 || e->detections[at]->image == image))
        at++;
    return at;
}

/* Both lists hold the images in ascending order: the lesser of the next two is the next image. */
static void walk(evaluation *e, const outcome **ranked, int categories)
{
    size_t label = 0, detection = 0;
    for (int category = 0; category < categories; category++) {
        size_t first = label, end = end_of_labels(e, label, category, -1);
        size_t last = end_of_detections(e, detection, category, -1);
        e->outcome_count = 0;
        while (label < end || detection < last) {
            int image = label < end ? e->labels[label]->image : INT32_MAX;
            if (detection < last && e->detections[detection]->image < image)
                image = e->detections[detection]->image;
            size_t next_label = end_of_labels(e, label, category, image);
            size_t next = end_of_detections(e, detection, category, image);
            match_image(e, e->labels + label, (int)(next_label - label), e->detections + detection,
                        (int)(next - detection));
            label = next_label, detection = next;
        }
        add_category(e, ranked, first, end);
    }
}

static void summarize(const evaluation *e, double numbers[YD_COCO_NUMBERS])
{
    static const int single[2] = {0, 5}; /* thresholds 0.50 and 0.75 */
    for (int i = 0; i < YD_COCO_NUMBERS; i++) numbers[i] = -1;
    for (int range = 0; range < AREAS; range++) {
        double count = e->category_count[range], sum = 0;
        if (!(count > 0)) continue;
        for (int t = 0; t < THRESHOLDS; t++) sum += e->precision[range][t];
        numbers[range == ALL ? YD_COCO_AP : YD_COCO_AP75 + range] = sum / count / THRESHOLDS;
        if (range != ALL) {
            numbers[YD_COCO_AR100 + range] = e->recall[range][LIMIT_100] / count;
            continue;
        }
        for (int i = 0; i < 2; i++) numbers[YD_COCO_AP50 + i] = e->precision[ALL][single[i]] / count;
        for (int i = 0; i < LIMITS; i++) numbers[YD_COCO_AR1 + i] = e->recall[ALL][i] / count;
    }
}

static bool is_valid(const yd_coco_set *set, int image, int category)
{
    return image >= 0 && image < set->images && category >= 0 && category < set->categories;
}

/* The rows that count, ordered; *most: labels of one image and category at most. */
static void order_rows(const yd_coco_set *set, evaluation *e, size_t *most)
{
    for (size_t i = 0; i < set->label_count; i++)
        if (is_valid(set, set->labels[i].image, set->labels[i].category))
            e->labels[e->label_count++] = &set->labels[i];
    for (size_t i = 0; i < set->detection_count; i++)
        if (is_valid(set, set->detections[i].image, set->detections[i].category))
            e->detections[e->detection_count++] = &set->detections[i];
    qsort(e->labels, e->label_count, sizeof *e->labels, compare_labels);
    qsort(e->detections, e->detection_count, sizeof *e->detections, compare_detections);
    *most = 0;
    for (size_t at = 0; at < e->label_count;) {
        size_t next = end_of_labels(e, at, e->labels[at]->category, e->labels[at]->image);
        if (next - at > *most) *most = next - at;
        at = next;
    }
}

yd_status yd_coco_evaluate(const yd_coco_set *set, double numbers[YD_COCO_NUMBERS], yd_error *error)
{
    evaluation e = {0};
    size_t most = 0;
    const outcome **ranked = calloc(set->detection_count + 1, sizeof(const outcome *));
    yd_status status = YD_OK;
    for (int t = 0; t < THRESHOLDS; t++)
        e.thresholds[t] = t == THRESHOLDS - 1 ? 0.95 : t * ((0.95 - 0.5) / (THRESHOLDS - 1)) + 0.5;
    e.labels = calloc(set->label_count + 1, sizeof(const yd_coco_label *));
    e.detections = calloc(set->detection_count + 1, sizeof(const yd_coco_detection *));
    e.outcomes = calloc(set->detection_count + 1, sizeof *e.outcomes);
    e.envelope = calloc(set->detection_count + 1, sizeof *e.envelope);
    bool there = ranked && e.labels && e.detections && e.outcomes && e.envelope;
    if (there) {
        order_rows(set, &e, &most);
        e.ious = calloc(MOST * (most + 1), sizeof *e.ious);
        e.order = calloc(most + 1, sizeof *e.order);
        e.taken = calloc(most + 1, sizeof *e.taken);
    }
    if (there && e.ious && e.order && e.taken) {
        walk(&e, ranked, set->categories);
        summarize(&e, numbers);
    } else {
        status = yd_fail(error, YD_ERR_MEMORY, "no memory to evaluate %zu detections as COCO does",
                         set->detection_count);
    }
    free(e.taken), free(e.order), free(e.ious), free(e.envelope), free(e.outcomes);
    free((void *)e.detections), free((void *)e.labels), free((void *)ranked);
    return status;
}
