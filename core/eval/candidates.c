#include "eval/candidates.h"
#include "base/parallel.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

typedef struct image_rows {
    float *rows; /* [count, 5 + nc], room for capacity */
    size_t count, capacity, step;
    bool failed;
} image_rows;

struct yd_candidates {
    float conf;
    int threads, nc, images, image_capacity;
    image_rows *of; /* [image_capacity] */
};

typedef struct gathering {
    const yd_candidates *candidates;
    const yd_decoder *decoder;
    const yd_candidate_pass *pass;
} gathering;

yd_status yd_candidates_create(double conf, int threads, yd_candidates **candidates, yd_error *error)
{
    *candidates = calloc(1, sizeof **candidates);
    if (!*candidates) return yd_fail(error, YD_ERR_MEMORY, "no memory for candidates of NMS");
    (*candidates)->conf = (float)conf;
    (*candidates)->threads = threads;
    return YD_OK;
}

void yd_candidates_destroy(yd_candidates *candidates)
{
    if (!candidates) return;
    for (int i = 0; i < candidates->image_capacity; i++) free(candidates->of[i].rows);
    free(candidates->of);
    free(candidates);
}

yd_status yd_candidates_reset(yd_candidates *candidates, int images, int nc, yd_error *error)
{
    if (images > candidates->image_capacity) {
        image_rows *grown = realloc(candidates->of, (size_t)images * sizeof *grown);
        if (!grown) return yd_fail(error, YD_ERR_MEMORY, "no memory for candidates of %d images", images);
        memset(grown + candidates->image_capacity, 0,
               (size_t)(images - candidates->image_capacity) * sizeof *grown);
        candidates->of = grown;
        candidates->image_capacity = images;
    }
    candidates->images = images;
    candidates->nc = nc;
    for (int i = 0; i < images; i++) {
        image_rows *of = &candidates->of[i];
        size_t step = 5 + (size_t)nc;
        if (of->step != step) of->capacity = of->capacity * of->step / step;
        of->step = step, of->count = 0, of->failed = false;
    }
    return YD_OK;
}

/* Room for one row more; NULL where there is none. */
static float *next_row(image_rows *of)
{
    if (of->count == of->capacity) {
        size_t capacity = of->capacity ? 2 * of->capacity : FIRST_ROOM;
        float *grown = realloc(of->rows, capacity * of->step * sizeof *grown);
        if (!grown) return NULL;
        of->rows = grown;
        of->capacity = capacity;
    }
    return of->rows + of->count++ * of->step;
}

/* x, y, w, h in the pixels of the pass to those of the batch. */
static void bring_back(const yd_candidate_pass *pass, float box[4])
{
    for (int k = 0; k < 4; k++) box[k] /= (float)pass->scale;
    if (pass->mirrored) box[0] = (float)pass->width - box[0];
}

static void gather_image(void *context, int worker, int image)
{
    const gathering *g = context;
    image_rows *of = &g->candidates->of[image];
    const float low = yd_logit_below(g->candidates->conf);
    (void)worker;
    for (int level = 0, row = 0; level < g->decoder->nl; level++) {
        const yd_head *head = &g->decoder->heads[level];
        for (int cell = 0; cell < head->na * head->h * head->w; cell++, row++) {
            const yd_cell at = yd_decode_cell(head, image, cell);
            const float logit = yd_cell_logit(&at, 4);
            if (row < g->pass->first || row >= g->pass->last || !(logit > low)) continue;
            const float objectness = yd_sigmoid(logit);
            if (!(objectness > g->candidates->conf)) continue;
            float *to = next_row(of);
            if (!to) {
                of->failed = true;
                return;
            }
            yd_decode_box(g->decoder, level, image, cell, to);
            bring_back(g->pass, to);
            to[4] = objectness;
            for (int k = 5; k < head->no; k++) to[k] = yd_sigmoid(yd_cell_logit(&at, k));
        }
    }
}

yd_status yd_candidates_add_heads(yd_candidates *candidates, const yd_decoder *decoder,
                                  const yd_candidate_pass *pass, yd_error *error)
{
    gathering g = {.candidates = candidates, .decoder = decoder, .pass = pass};
    yd_parallel_for(candidates->threads, candidates->images, gather_image, &g);
    for (int i = 0; i < candidates->images; i++)
        if (candidates->of[i].failed)
            return yd_fail(error, YD_ERR_MEMORY, "no memory for %zu candidates of NMS in an image",
                           candidates->of[i].count);
    return YD_OK;
}

yd_status yd_candidates_add_labels(yd_candidates *candidates, const float *targets, int count, int height,
                                   int width, yd_error *error)
{
    for (int t = 0; t < count; t++, targets += 6) {
        const int image = (int)targets[0], class = (int)targets[1];
        if (image < 0 || image >= candidates->images || class < 0 || class >= candidates->nc) continue;
        float *to = next_row(&candidates->of[image]);
        if (!to) return yd_fail(error, YD_ERR_MEMORY, "no memory for labels among the candidates of NMS");
        memset(to, 0, candidates->of[image].step * sizeof *to);
        to[0] = targets[2] * (float)width, to[1] = targets[3] * (float)height;
        to[2] = targets[4] * (float)width, to[3] = targets[5] * (float)height;
        to[4] = to[5 + class] = 1;
    }
    return YD_OK;
}

const float *yd_candidates_rows(const yd_candidates *candidates, int image, int *count)
{
    *count = (int)candidates->of[image].count;
    return candidates->of[image].rows;
}

int yd_candidates_classes(const yd_candidates *candidates)
{
    return candidates->nc;
}
