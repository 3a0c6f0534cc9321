/* Which anchors and cells answer for which target (model_and_loss.md, 12.2). Decisions in float32, as the
 * reference makes them. */
#pragma once
#include "base/error.h"

typedef struct yd_assignment {
    int image, anchor, row, column, cls;
    float box[4]; /* x, y relative to the cell, w, h; grid units */
} yd_assignment;

/* Zero-initialise. entries and kept grow to the largest batch seen. */
typedef struct yd_assign_list {
    yd_assignment *entries;
    int count, capacity;
    void *kept; /* scratch: (anchor, target) pairs that pass the ratio test */
    int kept_capacity;
} yd_assign_list;

typedef struct yd_assign_level {
    int images, classes, na, height, width; /* of the level's map */
    const double (*anchors)[2];             /* [na][w, h], grid units */
    double anchor_t;
} yd_assign_level;

/* Fills list, in the reference's order: centre cells of all kept pairs (anchor by anchor, targets in their
 * order), then the left, upper, right and lower neighbours, each in the order of the pairs; duplicates stay.
 * targets: [count, 6] image, class, x, y, w, h normalised. INTERNAL where a target names an image or a class
 * that is not there or is not finite; MEMORY. */
yd_status yd_assign(const yd_assign_level *level, const float *targets, int count, yd_assign_list *list,
                    yd_error *error);
void yd_assign_free(yd_assign_list *list);
