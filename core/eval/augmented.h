/* Test-time augmentation: three looks at each picture, as it is, mirrored at 0.83 and at 0.67 of its size,
 * whose boxes go to NMS together (model_and_loss.md, 14). */
#pragma once
#include "data/batch.h"
#include "data/multi_scale.h"
#include "eval/candidates.h"

enum { YD_LOOKS = 3 };

typedef struct yd_looker {
    yd_plan_cache *plans;
    const yd_model *model;
    yd_param_set *set;
    const float (*anchors)[5][2]; /* pixels */
    bool drops_tails; /* of the first look the coarsest level, of the last the finest do not count: v6.0 on */
    int64_t forward_ns;       /* what the looks took, their plans apart; added up */
    yd_batch_resizer resizer; /* zero; freed by who has the looker */
} yd_looker;

/* What a look makes of height and width of a batch: sizes that the model takes, and how much of them the
 * pictures fill. */
yd_batch_frame yd_look_frame(const yd_model *model, int look, int height, int width);
/* Runs a look; heads: the raw maps, valid until another plan of the model runs. Returns their number in *nl.
 */
yd_status yd_look_run(yd_looker *looker, int look, const yd_batch *batch, yd_head heads[8], int *nl,
                      yd_error *error);
/* Adds the rows of a look, 0 included, to the candidates. */
yd_status yd_look_add(const yd_looker *looker, int look, const yd_batch *batch, const yd_head *heads, int nl,
                      yd_candidates *candidates, yd_error *error);
