/* Plan, then run: a model prepared for one (mode, batch, height, width). Order of passes, memory and
 * primitives are settled here; a step allocates nothing. Plans share one arena of activations and are cached,
 * the least recently used go first. */
#pragma once
#include "model/model.h"

typedef struct yd_plan yd_plan;
typedef struct yd_plan_cache yd_plan_cache;

/* limit: how many plans are kept (at least 2: train and eval). */
yd_status yd_plan_cache_create(yd_model *model, int limit, yd_plan_cache **cache, yd_error *error);
void yd_plan_cache_destroy(yd_plan_cache *cache);
/* The plan for these sizes, made if it is not there. height and width are multiples of the model's largest
 * stride. The plan is valid until limit others were asked for; activations of one plan are lost when another
 * runs. */
yd_status yd_plan_get(yd_plan_cache *cache, yd_mode mode, int batch, int height, int width, yd_plan **plan,
                      yd_error *error);

/* images: [B, 3, H, W] RGB bytes, or floats in [0, 1]; exactly one is not NULL. In TRAIN mode running
 * statistics and counters of set move on. */
void yd_plan_forward(yd_plan *plan, yd_param_set *set, const uint8_t *bytes, const float *floats);

/* The raw map of a level, valid after forward; and its gradient, to be written (all of it, padding with
 * zeros) before backward. The memory is the cache's: asking for a plan may move it, running another
 * overwrites it. Number k of anchor a is channel a * no + k, and lanes channels lie side by side: [b, image /
 * (h * w * lanes), h * w, lanes]. (lanes = no is the order [b, na, h, w, no].) */
typedef struct yd_head {
    void *data, *gradient; /* gradient NULL in EVAL */
    int b, na, h, w, no;
    int lanes;
    size_t image;                   /* elements of an image, padding included */
    yd_dtype dtype, gradient_dtype; /* YD_F32 or YD_F64; of the gradient also YD_BF16 */
    double stride;
} yd_head;
/* Where a channel's element for the first cell of an image lies; that of cell row * w + column lies lanes *
 * cell behind it. */
static inline size_t yd_head_place(const yd_head *head, int image, int channel)
{
    size_t lanes = (size_t)head->lanes, cells = (size_t)head->h * (size_t)head->w, c = (size_t)channel;
    return (size_t)image * head->image + c / lanes * cells * lanes + c % lanes;
}
int yd_plan_heads(const yd_plan *plan, yd_head heads[8]);

/* Backward through all nodes: gradients overwrite grads, or are added to them where accumulate. Entries of
 * frozen layers, and of layers that no head depends on, are not written: they keep the zeros of a fresh set.
 */
void yd_plan_backward(yd_plan *plan, const yd_param_set *set, yd_param_set *grads, bool accumulate);

size_t yd_plan_memory(const yd_plan_cache *cache); /* bytes of activations, saved tensors and scratch */
