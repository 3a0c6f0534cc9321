#include "train/anchors.h"
#include "base/parallel.h"
#include "base/rng.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum purpose { STARTS = 0x4b4d4e53, RANDOM_SIZES = 0x414e4348, MUTATIONS = 0x4d555441 };
enum { PIECE = 1024, STARTS_COUNT = 30, MOST_ROUNDS = 1000 };

static size_t pieces_of(const yd_label_sizes *sizes)
{
    return (sizes->count + PIECE - 1) / PIECE;
}

static size_t piece_length(const yd_label_sizes *sizes, size_t piece)
{
    size_t left = sizes->count - piece * PIECE;
    return left < PIECE ? left : PIECE;
}

/* Judging: pieces of labels, each with sums of its own, which are added in order. */

typedef struct score {
    double matched, hits, fitness;
} score;

typedef struct judging {
    const yd_label_sizes *sizes;
    const float (*anchors)[2];
    int count;
    float threshold;
    score total;
} judging;

static float least_ratio(float a, float b)
{
    return a < b ? a / b : b / a;
}

static score judge_piece(const judging *j, size_t piece)
{
    const float *w = j->sizes->width + piece * PIECE, *h = j->sizes->height + piece * PIECE;
    const size_t n = piece_length(j->sizes, piece);
    float best[PIECE] = {0}, hits[PIECE] = {0};
    for (int a = 0; a < j->count; a++) {
        const float aw = j->anchors[a][0], ah = j->anchors[a][1];
        for (size_t i = 0; i < n; i++) {
            const float x = least_ratio(w[i], aw), y = least_ratio(h[i], ah), ratio = x < y ? x : y;
            best[i] = ratio > best[i] ? ratio : best[i];
            hits[i] += ratio > j->threshold ? 1.0f : 0.0f;
        }
    }
    score s = {0};
    for (size_t i = 0; i < n; i++) {
        s.hits += (double)hits[i];
        if (best[i] > j->threshold) s.matched++, s.fitness += (double)best[i];
    }
    return s;
}

/* As many pieces as a batch of workers takes, so that their sums fit the stack. */
enum { BATCH = 64 };
typedef struct judging_batch {
    const judging *judging;
    size_t first;
    score scores[BATCH];
} judging_batch;

static void judge_one(void *context, int worker, int index)
{
    (void)worker;
    judging_batch *b = context;
    b->scores[index] = judge_piece(b->judging, b->first + (size_t)index);
}

yd_anchor_fit yd_anchors_judge(const yd_label_sizes *sizes, const float (*anchors)[2], int count,
                               double anchor_t)
{
    judging j = {.sizes = sizes, .anchors = anchors, .count = count, .threshold = (float)(1 / anchor_t)};
    const size_t pieces = pieces_of(sizes);
    if (!sizes->count) return (yd_anchor_fit){0};
    for (size_t first = 0; first < pieces; first += BATCH) {
        judging_batch b = {.judging = &j, .first = first};
        const int n = (int)(pieces - first < BATCH ? pieces - first : BATCH);
        yd_parallel_for(n < sizes->threads ? n : sizes->threads, n, judge_one, &b);
        for (int i = 0; i < n; i++) {
            j.total.matched += b.scores[i].matched;
            j.total.hits += b.scores[i].hits;
            j.total.fitness += b.scores[i].fitness;
        }
    }
    const double labels = (double)sizes->count;
    return (yd_anchor_fit){j.total.matched / labels, j.total.hits / labels, j.total.fitness / labels};
}

/* Clusters. */

typedef struct cluster_sums {
    double distance, members[YD_MOST_ANCHORS], sum[YD_MOST_ANCHORS][2];
} cluster_sums;

typedef struct clustering {
    const yd_label_sizes *sizes;
    double deviation[2];
    double centre[YD_MOST_ANCHORS][2];
    int count;
    cluster_sums *sums; /* [pieces] */
} clustering;

/* Population standard deviation; 1 where all are equal. */
static double deviation_of(const float *x, size_t n)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++) mean += (double)x[i];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) squares += ((double)x[i] - mean) * ((double)x[i] - mean);
    return squares > 0 ? sqrt(squares / (double)n) : 1;
}

static void assign_piece(void *context, int worker, int index)
{
    (void)worker;
    const clustering *c = context;
    const size_t first = (size_t)index * PIECE, n = piece_length(c->sizes, (size_t)index);
    cluster_sums *s = &c->sums[index];
    *s = (cluster_sums){0};
    for (size_t i = first; i < first + n; i++) {
        const double w = (double)c->sizes->width[i] / c->deviation[0],
                     h = (double)c->sizes->height[i] / c->deviation[1];
        double least = INFINITY;
        int nearest = 0;
        for (int k = 0; k < c->count; k++) {
            const double dw = w - c->centre[k][0], dh = h - c->centre[k][1], distance = dw * dw + dh * dh;
            if (distance < least) least = distance, nearest = k;
        }
        s->distance += sqrt(least);
        s->members[nearest]++;
        s->sum[nearest][0] += w;
        s->sum[nearest][1] += h;
    }
}

/* One round: the mean distance to the centres as they are; then they move to the middle of their labels, and
 * those without any are dropped. */
static double improve(clustering *c)
{
    const int pieces = (int)pieces_of(c->sizes);
    cluster_sums all = {0};
    yd_parallel_for(pieces < c->sizes->threads ? pieces : c->sizes->threads, pieces, assign_piece, c);
    for (int p = 0; p < pieces; p++) {
        all.distance += c->sums[p].distance;
        for (int k = 0; k < c->count; k++) {
            all.members[k] += c->sums[p].members[k];
            for (int side = 0; side < 2; side++) all.sum[k][side] += c->sums[p].sum[k][side];
        }
    }
    int left = 0;
    for (int k = 0; k < c->count; k++) {
        if (!(all.members[k] > 0)) continue;
        for (int side = 0; side < 2; side++) c->centre[left][side] = all.sum[k][side] / all.members[k];
        left++;
    }
    c->count = left;
    return all.distance / (double)c->sizes->count;
}

/* Different labels, drawn. */
static void start_from_labels(clustering *c, int count, uint64_t seed, int start)
{
    yd_rng rng = yd_rng_make(seed, 0, (uint32_t)start, STARTS);
    uint32_t drawn[YD_MOST_ANCHORS];
    for (c->count = 0; c->count < count;) {
        const uint32_t label = yd_rng_below(&rng, (uint32_t)c->sizes->count);
        bool again = false;
        for (int k = 0; k < c->count; k++) again |= drawn[k] == label;
        if (again) continue;
        drawn[c->count] = label;
        c->centre[c->count][0] = (double)c->sizes->width[label] / c->deviation[0];
        c->centre[c->count][1] = (double)c->sizes->height[label] / c->deviation[1];
        c->count++;
    }
}

static double settle(clustering *c)
{
    double before = INFINITY, now = improve(c);
    for (int round = 1; round < MOST_ROUNDS && fabs(before - now) > 1e-5; round++) {
        before = now;
        now = improve(c);
    }
    return now;
}

static int by_area(const void *a, const void *b)
{
    const float *x = a, *y = b;
    const double difference = (double)x[0] * (double)x[1] - (double)y[0] * (double)y[1];
    return (difference > 0) - (difference < 0);
}

static void sort_by_area(float (*anchors)[2], int count)
{
    qsort(anchors, (size_t)count, sizeof *anchors, by_area);
}

yd_status yd_anchors_cluster(const yd_label_sizes *sizes, int count, uint64_t seed, float (*anchors)[2],
                             bool *found, yd_error *error)
{
    *found = false;
    if (sizes->count == 0 || (size_t)count > sizes->count || sizes->count > UINT32_MAX / 2) return YD_OK;
    clustering c = {
        .sizes = sizes,
        .deviation = {deviation_of(sizes->width, sizes->count), deviation_of(sizes->height, sizes->count)},
        .sums = calloc(pieces_of(sizes), sizeof *c.sums)};
    if (!c.sums) return yd_fail(error, YD_ERR_MEMORY, "no memory to cluster %zu labels", sizes->count);
    double least = INFINITY;
    for (int start = 0; start < STARTS_COUNT; start++) {
        start_from_labels(&c, count, seed, start);
        const double distance = settle(&c);
        if (!(distance < least)) continue;
        least = distance;
        *found = c.count == count;
        for (int k = 0; k < c.count; k++)
            for (int side = 0; side < 2; side++)
                anchors[k][side] = (float)(c.centre[k][side] * c.deviation[side]);
    }
    free(c.sums);
    if (*found) sort_by_area(anchors, count);
    return YD_OK;
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

void yd_anchors_draw(int image_size, int count, uint64_t seed, float (*anchors)[2])
{
    yd_rng rng = yd_rng_make(seed, 0, 0, RANDOM_SIZES);
    float *sides = &anchors[0][0];
    for (int i = 0; i < 2 * count; i++) sides[i] = (float)(yd_rng_uniform(&rng) * image_size);
    qsort(sides, 2 * (size_t)count, sizeof *sides, ascending);
}

/* Factors for all sides: most of them near 1, at least one not 1. */
static void draw_factors(uint64_t seed, int generation, double *factors, int count)
{
    bool changed = false;
    for (uint32_t attempt = 0; !changed; attempt++) {
        yd_rng rng = yd_rng_make(seed, (uint32_t)generation, attempt, MUTATIONS);
        const double spread = yd_rng_uniform(&rng) * 0.1;
        for (int i = 0; i < count; i++) {
            const bool mutates = yd_rng_uniform(&rng) < 0.9;
            const double drawn = 1 + spread * yd_rng_normal(&rng);
            factors[i] = mutates ? fmin(fmax(drawn, 0.3), 3) : 1;
            changed |= factors[i] != 1;
        }
    }
}

void yd_anchors_evolve(const yd_label_sizes *sizes, double anchor_t, int generations, uint64_t seed,
                       float (*anchors)[2], int count)
{
    const size_t bytes = (size_t)count * sizeof *anchors;
    double best = yd_anchors_judge(sizes, (const float(*)[2])anchors, count, anchor_t).fitness;
    for (int g = 0; g < generations; g++) {
        double factors[2 * YD_MOST_ANCHORS];
        float mutant[YD_MOST_ANCHORS][2];
        draw_factors(seed, g, factors, 2 * count);
        for (int i = 0; i < 2 * count; i++)
            mutant[i / 2][i % 2] = (float)fmax((double)anchors[i / 2][i % 2] * factors[i], 2);
        const double fitness = yd_anchors_judge(sizes, (const float(*)[2])mutant, count, anchor_t).fitness;
        if (!(fitness > best)) continue;
        best = fitness;
        memcpy(anchors, mutant, bytes);
    }
    sort_by_area(anchors, count);
}
