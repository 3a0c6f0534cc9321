/* Anchors against the sizes of labels: how well they fit, and others that fit better. (data_and_metrics.md,
 * 20) Everything is a pure function of its arguments: the number of threads changes no bit. */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YD_MOST_ANCHORS = 8 * 5 };

/* Sizes of labels in pixels of the network's input. */
typedef struct yd_label_sizes {
    float *width, *height; /* [count] */
    size_t count;
    int threads; /* that may work on them */
} yd_label_sizes;

/* An anchor matches a label where no side is anchor_t times that of the other, or more. */
typedef struct yd_anchor_fit {
    double recall;     /* share of labels that an anchor matches: the best possible recall */
    double per_target; /* anchors that match a label, on average */
    double fitness;    /* mean over labels of the best anchor's least ratio of sides, 0 where none matches */
} yd_anchor_fit;

/* anchors: [count][w, h] in pixels, at most YD_MOST_ANCHORS. Of no label at all, a fit of zeros. */
yd_anchor_fit yd_anchors_judge(const yd_label_sizes *sizes, const float (*anchors)[2], int count,
                               double anchor_t);

/* k-means over the sizes, each side divided by its deviation, the best of 30 starts from different labels;
 * sorted by area. *found is false where fewer than count clusters came of it. MEMORY. */
yd_status yd_anchors_cluster(const yd_label_sizes *sizes, int count, uint64_t seed, float (*anchors)[2],
                             bool *found, yd_error *error);
/* Sizes drawn at random up to that of the image, in order. */
void yd_anchors_draw(int image_size, int count, uint64_t seed, float (*anchors)[2]);
/* Genetic refinement: mutants of the best so far, which take its place where they are fitter; sorted by area.
 */
void yd_anchors_evolve(const yd_label_sizes *sizes, double anchor_t, int generations, uint64_t seed,
                       float (*anchors)[2], int count);
