#include "train/autoanchor.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/text.h"
#include "base/thread.h"
#include "train/anchors.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum purpose { SIZE_JITTER = 0x414e4a54 };
enum { GENERATIONS = 1000 };

/* Sizes of all labels where the longer side of each picture is as long as the network's input, times a factor
 * of the picture's own within jitter of 1. To be released in any case. */
static yd_status collect(const yd_run *run, double jitter, yd_label_sizes *sizes, yd_error *error)
{
    const yd_dataset *set = run->train_set;
    size_t room = set->label_count > 0 ? (size_t)set->label_count : 1;
    *sizes = (yd_label_sizes){.width = malloc(room * sizeof(float)),
                              .height = malloc(room * sizeof(float)),
                              .threads = run->options.threads ? run->options.threads : yd_cpu_count()};
    if (!sizes->width || !sizes->height)
        return yd_fail(error, YD_ERR_MEMORY, "no memory for the sizes of %zu labels", room);
    for (int i = 0; i < set->count; i++) {
        yd_rng rng = yd_rng_make((uint64_t)run->options.seed, 0, (uint32_t)i, SIZE_JITTER);
        const int *picture = set->sizes[i], longer = picture[0] > picture[1] ? picture[0] : picture[1];
        const double scale = run->image_size / (double)longer * yd_rng_between(&rng, 1 - jitter, 1 + jitter);
        for (int l = 0; l < set->labels[i].count && sizes->count < room; l++) {
            const float *row = &set->labels[i].rows[5 * l];
            sizes->width[sizes->count] = (float)((double)row[3] * picture[0] * scale);
            sizes->height[sizes->count++] = (float)((double)row[4] * picture[1] * scale);
        }
    }
    return YD_OK;
}

static void release(yd_label_sizes *sizes)
{
    free(sizes->width);
    free(sizes->height);
}

/* Level after level, as they stand in the model. */
static int list_anchors(const yd_model *model, float (*anchors)[2])
{
    int count = 0;
    for (int level = 0; level < model->nl; level++)
        for (int a = 0; a < model->na; a++, count++)
            memcpy(anchors[count], model->anchors_pixels[level][a], sizeof *anchors);
    return count;
}

static void log_anchors(const yd_model *model)
{
    yd_text text = {0};
    for (int level = 0; level < model->nl; level++)
        for (int a = 0; a < model->na; a++)
            yd_text_addf(&text, "%s%.4g,%.4g",
                         a       ? ", "
                         : level ? " | "
                                 : "",
                         (double)model->anchors_pixels[level][a][0],
                         (double)model->anchors_pixels[level][a][1]);
    yd_log(YD_LOG_INFO, "anchors: %s", text.data ? text.data : "");
    yd_text_free(&text);
}

static void warn_of_small(const yd_label_sizes *sizes)
{
    size_t small = 0;
    for (size_t i = 0; i < sizes->count; i++) small += sizes->width[i] < 3 || sizes->height[i] < 3;
    if (small)
        yd_log(YD_LOG_WARNING,
               "anchors: %zu of %zu labels are less than 3 pixels wide or high at this image size", small,
               sizes->count);
}

/* Labels of which no side is as long as that teach nothing. */
static void drop_specks(yd_label_sizes *sizes, float least)
{
    size_t kept = 0;
    for (size_t i = 0; i < sizes->count; i++) {
        if (sizes->width[i] < least && sizes->height[i] < least) continue;
        sizes->width[kept] = sizes->width[i];
        sizes->height[kept++] = sizes->height[i];
    }
    sizes->count = kept;
}

/* *found is false where there can be none. */
static yd_status search(const yd_run *run, const yd_label_sizes *sizes, int count, float (*anchors)[2],
                        bool *found, yd_error *error)
{
    const uint64_t seed = (uint64_t)run->options.seed;
    YD_TRY(yd_anchors_cluster(sizes, count, seed, anchors, found, error));
    if (!*found) {
        yd_log(YD_LOG_WARNING, "anchors: %zu labels do not fall into %d groups%s", sizes->count, count,
               run->preset.kmeans_random_fallback ? "; the search begins at random" : "");
        if (!run->preset.kmeans_random_fallback) return YD_OK;
        *found = true;
        yd_anchors_draw(run->image_size, count, seed, anchors);
    }
    yd_anchors_evolve(sizes, run->hyp.anchor_t, GENERATIONS, seed, anchors, count);
    return YD_OK;
}

/* Anchors for the labels as they are. */
static yd_status find_anchors(const yd_run *run, int count, float (*anchors)[2], bool *found, yd_error *error)
{
    yd_label_sizes sizes;
    yd_status status = collect(run, 0, &sizes, error);
    if (status == YD_OK) {
        warn_of_small(&sizes);
        drop_specks(&sizes, 2);
        status = search(run, &sizes, count, anchors, found, error);
    }
    release(&sizes);
    return status;
}

static yd_status replace_if_better(yd_run *run, const yd_label_sizes *sizes, const yd_anchor_fit *before,
                                   yd_error *error)
{
    float anchors[YD_MOST_ANCHORS][2];
    bool found;
    const int count = run->model->nl * run->model->na;
    yd_log(YD_LOG_INFO, "anchors: looking for %d that fit %zu labels better", count, sizes->count);
    YD_TRY(find_anchors(run, count, anchors, &found, error));
    const yd_anchor_fit after =
        found ? yd_anchors_judge(sizes, (const float(*)[2])anchors, count, run->hyp.anchor_t)
              : (yd_anchor_fit){0};
    if (!(after.recall > before->recall)) {
        yd_log(YD_LOG_WARNING,
               "anchors: the best that were found recall %.4f, no more: the model keeps its own",
               after.recall);
        return YD_OK;
    }
    yd_log(YD_LOG_INFO, "anchors: new ones, %.2f per target, best possible recall %.4f", after.per_target,
           after.recall);
    yd_model_set_anchors(run->model, (const float(*)[2])anchors);
    yd_model_write_anchors(run->model, &run->values);
    log_anchors(run->model);
    return YD_OK;
}

yd_status yd_autoanchor_fit(yd_run *run, yd_error *error)
{
    float anchors[YD_MOST_ANCHORS][2];
    yd_label_sizes sizes;
    const int count = list_anchors(run->model, anchors);
    if (run->options.noautoanchor) return YD_OK;
    yd_status status = collect(run, 0.1, &sizes, error);
    if (status == YD_OK) {
        const yd_anchor_fit fit =
            yd_anchors_judge(&sizes, (const float(*)[2])anchors, count, run->hyp.anchor_t);
        const double wanted = run->preset.autoanchor_recall;
        const bool fits = fit.recall > wanted || (run->preset.autoanchor_at_recall && fit.recall >= wanted);
        yd_log(YD_LOG_INFO, "anchors: %.2f per target, best possible recall %.4f%s", fit.per_target,
               fit.recall, fits ? ": they fit" : "");
        if (!fits) status = replace_if_better(run, &sizes, &fit, error);
    }
    release(&sizes);
    return status;
}
