#include "eval/metrics.h"
#include "base/vector.h"
#include "eval/sort.h"
#include "series/fitness.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double TINY = 1e-16;

typedef struct scored_detection {
    float conf;
    uint16_t mask, cls;
} scored_detection;

struct yd_metrics {
    yd_metrics_config config;
    int images;
    yd_vector found;   /* scored_detection, image by image */
    int64_t *labels;   /* [nc] */
    int *class_images; /* [nc] images that hold the class */
    int *last_image;   /* [nc] the last one that did, counted from 1 */
    double *confusion; /* [nc + 1, nc + 1] */

    /* one image at a time */
    yd_vector detections, targets; /* float[6], float[5] */
    yd_vector masks, taken, pairs;

    /* of the last finish */
    double *maps; /* [nc] */
    yd_class_result *classes;
    double *curves; /* [3, class_count, YD_CURVE_POINTS] */
    size_t curve_capacity;
};

yd_status yd_metrics_create(const yd_metrics_config *config, yd_metrics **metrics, yd_error *error)
{
    *metrics = NULL;
    if (config->nc < 1 || config->nc > UINT16_MAX)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "metrics of %d classes: there can be 1 to %d", config->nc,
                       UINT16_MAX);
    yd_metrics *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "no memory for metrics");
    size_t nc = (size_t)config->nc;
    made->config = *config;
    made->found.size = sizeof(scored_detection);
    made->detections.size = 6 * sizeof(float);
    made->targets.size = 5 * sizeof(float);
    made->masks.size = made->taken.size = sizeof(uint16_t);
    made->pairs.size = sizeof(yd_confusion_pair);
    made->labels = calloc(nc, sizeof *made->labels);
    made->class_images = calloc(nc, sizeof *made->class_images);
    made->last_image = calloc(nc, sizeof *made->last_image);
    made->maps = calloc(nc, sizeof *made->maps);
    made->classes = calloc(nc, sizeof *made->classes);
    made->confusion = config->confusion ? calloc((nc + 1) * (nc + 1), sizeof *made->confusion) : NULL;
    if (!made->labels || !made->class_images || !made->last_image || !made->maps || !made->classes ||
        (config->confusion && !made->confusion)) {
        yd_metrics_destroy(made);
        return yd_fail(error, YD_ERR_MEMORY, "no memory for metrics of %d classes", config->nc);
    }
    *metrics = made;
    return YD_OK;
}

void yd_metrics_destroy(yd_metrics *metrics)
{
    if (!metrics) return;
    yd_vector_free(&metrics->found);
    yd_vector_free(&metrics->detections);
    yd_vector_free(&metrics->targets);
    yd_vector_free(&metrics->masks);
    yd_vector_free(&metrics->taken);
    yd_vector_free(&metrics->pairs);
    free(metrics->labels);
    free(metrics->class_images);
    free(metrics->last_image);
    free(metrics->confusion);
    free(metrics->maps);
    free(metrics->classes);
    free(metrics->curves);
    free(metrics);
}

void yd_metrics_reset(yd_metrics *metrics)
{
    size_t nc = (size_t)metrics->config.nc;
    metrics->images = 0;
    metrics->found.count = 0;
    memset(metrics->labels, 0, nc * sizeof *metrics->labels);
    memset(metrics->class_images, 0, nc * sizeof *metrics->class_images);
    memset(metrics->last_image, 0, nc * sizeof *metrics->last_image);
    if (metrics->confusion) memset(metrics->confusion, 0, (nc + 1) * (nc + 1) * sizeof *metrics->confusion);
}

/* Copies rows of width floats, the class (at column) checked or, with single_cls, set to 0. */
static yd_status copy_rows(const yd_metrics *metrics, yd_vector *to, const float *rows, int count, int column,
                           const char *what, yd_error *error)
{
    size_t width = to->size / sizeof(float);
    to->count = 0;
    if (!yd_vector_reserve(to, (size_t)count))
        return yd_fail(error, YD_ERR_MEMORY, "no memory for %d %s", count, what);
    for (int i = 0; i < count; i++, rows += width) {
        if (width == 6 && !(rows[4] >= 0 && rows[4] < INFINITY)) continue;
        if (!metrics->config.single_cls && !(rows[column] >= 0 && rows[column] < (float)metrics->config.nc))
            return yd_fail(error, YD_ERR_INTERNAL, "metrics: class %g among the %s, but there are %d classes",
                           (double)rows[column], what, metrics->config.nc);
        float *copy = yd_vector_push(to, rows);
        copy[column] = metrics->config.single_cls ? 0 : truncf(rows[column]);
    }
    return YD_OK;
}

static yd_status reserve_image(yd_metrics *metrics, size_t n, size_t m, yd_error *error)
{
    size_t total = metrics->found.count + n;
    if (!yd_vector_reserve(&metrics->found, total) || !yd_vector_reserve(&metrics->masks, n) ||
        !yd_vector_reserve(&metrics->taken, m) || !yd_vector_reserve(&metrics->pairs, m))
        return yd_fail(error, YD_ERR_MEMORY, "no memory for the metrics of %zu detections", total);
    return YD_OK;
}

static void count_labels(yd_metrics *metrics, const float *labels, int m)
{
    for (int i = 0; i < m; i++) {
        int cls = (int)labels[5 * (size_t)i];
        metrics->labels[cls]++;
        if (metrics->last_image[cls] == metrics->images) continue;
        metrics->last_image[cls] = metrics->images;
        metrics->class_images[cls]++;
    }
}

yd_status yd_metrics_add_image(yd_metrics *metrics, const float *detections, int n, const float *labels,
                               int m, yd_error *error)
{
    const yd_metrics_config *config = &metrics->config;
    YD_TRY(copy_rows(metrics, &metrics->detections, detections, n, 5, "detections", error));
    YD_TRY(copy_rows(metrics, &metrics->targets, labels, m, 0, "labels", error));
    n = (int)metrics->detections.count;
    YD_TRY(reserve_image(metrics, (size_t)n, (size_t)m, error));
    detections = metrics->detections.data, labels = metrics->targets.data;

    metrics->images++;
    count_labels(metrics, labels, m);
    float eps = (float)config->match_eps;
    uint16_t *masks = metrics->masks.data;
    yd_match(detections, n, labels, m, config->match, eps, metrics->taken.data, masks);
    for (int d = 0; d < n; d++) {
        const float *row = detections + 6 * (size_t)d;
        yd_vector_push(&metrics->found,
                       &(scored_detection){.conf = row[4], .mask = masks[d], .cls = (uint16_t)row[5]});
    }
    if (metrics->confusion && m > 0 && (n > 0 || config->confusion_counts_missed))
        yd_confusion_add(metrics->confusion, config->nc, detections, n, labels, m, eps, metrics->pairs.data);
    return YD_OK;
}

/* All detections by class, each class by descending confidence. */
typedef struct grouped {
    yd_scored *items, *scratch; /* [n] */
    float *conf;                /* [n] */
    uint16_t *masks;            /* [n] */
    size_t *start;              /* [nc + 1] */
    yd_ap_point *points;        /* scratch of the largest class */
} grouped;

static void free_grouped(grouped *group)
{
    free(group->items);
    free(group->scratch);
    free(group->conf);
    free(group->masks);
    free(group->start);
    free(group->points);
}

static bool any_match(const yd_metrics *metrics)
{
    const scored_detection *found = metrics->found.data;
    for (size_t i = 0; i < metrics->found.count; i++)
        if (found[i].mask) return true;
    return false;
}

static bool make_grouped(const yd_metrics *metrics, grouped *group)
{
    size_t n = metrics->found.count, nc = (size_t)metrics->config.nc, most_points = 0;
    const scored_detection *found = metrics->found.data;
    group->items = malloc((n + 1) * sizeof *group->items);
    group->scratch = malloc((n + 1) * sizeof *group->scratch);
    group->conf = malloc((n + 1) * sizeof *group->conf);
    group->masks = malloc((n + 1) * sizeof *group->masks);
    group->start = calloc(nc + 2, sizeof *group->start);
    if (!group->items || !group->scratch || !group->conf || !group->masks || !group->start) return false;

    for (size_t i = 0; i < n; i++) {
        group->items[i] = (yd_scored){.score = found[i].conf, .index = (uint32_t)i};
        group->start[found[i].cls + 2u]++;
    }
    for (size_t c = 0; c < nc; c++) {
        size_t points = yd_ap_point_limit(group->start[c + 2], metrics->labels[c]);
        if (points > most_points) most_points = points;
        group->start[c + 2] += group->start[c + 1];
    }
    group->points = malloc((most_points + 1) * sizeof *group->points);
    if (!group->points) return false;
    yd_sort_scores(group->items, group->scratch, n);
    /* start[c + 1] is where the next of class c goes, and ends as the start of class c + 1. */
    for (size_t i = 0; i < n; i++) {
        const scored_detection *one = &found[group->items[i].index];
        size_t place = group->start[one->cls + 1u]++;
        group->conf[place] = one->conf;
        group->masks[place] = one->mask;
    }
    return true;
}

static void class_areas(const yd_metrics *metrics, const grouped *group, yd_class_result *result,
                        double *curve_ap)
{
    size_t start = group->start[result->cls], count = group->start[result->cls + 1] - start;
    result->predictions = (int64_t)count;
    if (count == 0) return;
    double sum = 0;
    for (int t = 0; t < YD_MATCH_THRESHOLDS; t++) {
        result->ap[t] = yd_average_precision(group->masks + start, count, t, result->labels,
                                             metrics->config.tail, group->points, t == 0 ? curve_ap : NULL);
        sum += result->ap[t];
    }
    result->map50 = result->ap[0];
    result->map50_95 = sum / YD_MATCH_THRESHOLDS;
}

static double f1_of(double precision, double recall)
{
    return 2 * precision * recall / (precision + recall + TINY);
}

/* The confidence at which the mean F1 is largest, as a place on the curves. */
static int best_place(const yd_metrics *metrics, const double *precision, const double *recall, int classes)
{
    double mean[YD_CURVE_POINTS], smooth[YD_CURVE_POINTS];
    for (int i = 0; i < YD_CURVE_POINTS; i++) {
        double sum = 0;
        for (int c = 0; c < classes; c++) {
            size_t place = (size_t)c * YD_CURVE_POINTS + (size_t)i;
            sum += f1_of(precision[place], recall[place]);
        }
        mean[i] = sum / (double)classes;
    }
    int window = (int)rint(YD_CURVE_POINTS * metrics->config.f1_smoothing * 2) / 2 + 1;
    yd_box_filter(mean, YD_CURVE_POINTS, window, smooth);
    int best = 0;
    for (int i = 1; i < YD_CURVE_POINTS; i++)
        if (smooth[i] > smooth[best]) best = i;
    return best;
}

static bool reserve_curves(yd_metrics *metrics, size_t classes)
{
    size_t wanted = 3 * classes * YD_CURVE_POINTS;
    if (wanted > metrics->curve_capacity) {
        free(metrics->curves);
        metrics->curves = malloc(wanted * sizeof *metrics->curves);
        metrics->curve_capacity = metrics->curves ? wanted : 0;
    }
    if (metrics->curves) memset(metrics->curves, 0, wanted * sizeof *metrics->curves);
    return metrics->curves != NULL;
}

static void average_classes(yd_metrics *metrics, yd_metrics_result *result, int place)
{
    double classes = result->class_count;
    for (int c = 0; c < result->class_count; c++) {
        yd_class_result *one = &metrics->classes[c];
        one->precision = result->curve_precision[(size_t)c * YD_CURVE_POINTS + (size_t)place];
        one->recall = result->curve_recall[(size_t)c * YD_CURVE_POINTS + (size_t)place];
        one->f1 = f1_of(one->precision, one->recall);
        result->precision += one->precision / classes;
        result->recall += one->recall / classes;
        result->map50 += one->map50 / classes;
        result->map50_95 += one->map50_95 / classes;
    }
    for (int c = 0; c < result->nc; c++) metrics->maps[c] = result->map50_95;
    for (int c = 0; c < result->class_count; c++)
        metrics->maps[metrics->classes[c].cls] = metrics->classes[c].map50_95;
    result->best_confidence = (double)place / (YD_CURVE_POINTS - 1);
    result->fitness = yd_fitness(result->map50, result->map50_95);
}

static void list_classes(yd_metrics *metrics, yd_metrics_result *result)
{
    for (int c = 0; c < result->nc; c++) {
        metrics->maps[c] = 0;
        if (!metrics->labels[c]) continue;
        metrics->classes[result->class_count++] =
            (yd_class_result){.cls = c, .images = metrics->class_images[c], .labels = metrics->labels[c]};
        result->labels += metrics->labels[c];
    }
}

yd_status yd_metrics_finish(yd_metrics *metrics, yd_metrics_result *result, yd_error *error)
{
    *result = (yd_metrics_result){.images = metrics->images,
                                  .nc = metrics->config.nc,
                                  .classes = metrics->classes,
                                  .maps = metrics->maps,
                                  .confusion = metrics->confusion};
    list_classes(metrics, result);
    size_t classes = (size_t)result->class_count, curve = classes * YD_CURVE_POINTS;
    if (!reserve_curves(metrics, classes + 1))
        return yd_fail(error, YD_ERR_MEMORY, "no memory for the curves");
    double *precision = metrics->curves, *recall = precision + curve, *ap = recall + curve;
    result->curve_precision = precision, result->curve_recall = recall, result->curve_ap = ap;
    if (!any_match(metrics)) return YD_OK;

    grouped group = {0};
    yd_status status = YD_OK;
    if (!make_grouped(metrics, &group)) {
        status = yd_fail(error, YD_ERR_MEMORY, "no memory to sort %zu detections", metrics->found.count);
        goto out;
    }
    for (size_t c = 0; c < classes; c++) {
        yd_class_result *one = &metrics->classes[c];
        size_t place = c * YD_CURVE_POINTS;
        class_areas(metrics, &group, one, ap + place);
        if (one->predictions)
            yd_confidence_curves(group.conf + group.start[one->cls], group.masks + group.start[one->cls],
                                 (size_t)one->predictions, one->labels, precision + place, recall + place);
    }
    average_classes(metrics, result, best_place(metrics, precision, recall, result->class_count));
out:
    free_grouped(&group);
    return status;
}

/* Appends count elements of size to the block at *end, which keeps doubles aligned; NULL stays NULL. */
static const void *take_over(char **end, const void *from, size_t count, size_t size)
{
    if (!from) return NULL;
    void *place = *end;
    memcpy(place, from, count * size);
    *end += (count * size + 7) / 8 * 8;
    return place;
}

yd_status yd_metrics_copy_result(const yd_metrics_result *result, yd_metrics_result **copy, yd_error *error)
{
    size_t classes = (size_t)result->class_count, curve = classes * YD_CURVE_POINTS, nc = (size_t)result->nc,
           cells = result->confusion ? (nc + 1) * (nc + 1) : 0;
    size_t bytes = sizeof(yd_metrics_result) + classes * sizeof(yd_class_result) +
                   (nc + 3 * curve + cells) * sizeof(double) + 64;
    yd_metrics_result *made = *copy = malloc(bytes);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "no memory to keep a validation's curves");
    char *end = (char *)made + (sizeof *made + 7) / 8 * 8;
    *made = *result;
    made->classes = take_over(&end, result->classes, classes, sizeof *result->classes);
    made->maps = take_over(&end, result->maps, nc, sizeof *result->maps);
    made->confusion = take_over(&end, result->confusion, cells, sizeof *result->confusion);
    made->curve_precision = take_over(&end, result->curve_precision, curve, sizeof *result->curve_precision);
    made->curve_recall = take_over(&end, result->curve_recall, curve, sizeof *result->curve_recall);
    made->curve_ap = take_over(&end, result->curve_ap, curve, sizeof *result->curve_ap);
    return YD_OK;
}
