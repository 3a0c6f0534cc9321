/* Parents, mutations and limits of evolution against the specification (training.md, 11). */
#include "evolve/breed.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWS = 10000 };

static yd_hyp whole(void)
{
    yd_hyp hyp = {0};
    for (int key = 0; key < YD_HYP_COUNT; key++) {
        hyp.present[key] = true;
        *yd_hyp_value(&hyp, (yd_hyp_key)key) = 1;
    }
    return hyp;
}

static void test_table(void)
{
    static const struct {
        const char *name;
        double gain, low, high;
    } wanted[] = {{"lr0", 1, 1e-5, .1},         {"lrf", 1, .01, 1},         {"momentum", .3, .6, .98},
                  {"weight_decay", 1, 0, .001}, {"warmup_epochs", 1, 0, 5}, {"warmup_momentum", 1, 0, .95},
                  {"warmup_bias_lr", 1, 0, .2}, {"box", 1, .02, .2},        {"cls", 1, .2, 4},
                  {"cls_pw", 1, .5, 2},         {"obj", 1, .2, 4},          {"obj_pw", 1, .5, 2},
                  {"iou_t", 0, .1, .7},         {"anchor_t", 1, 2, 8},      {"anchors", 2, 2, 5},
                  {"fl_gamma", 0, 0, 2},        {"hsv_h", 1, 0, .1},        {"hsv_s", 1, 0, .9},
                  {"hsv_v", 1, 0, .9},          {"degrees", 1, 0, 45},      {"translate", 1, 0, .9},
                  {"scale", 1, 0, .9},          {"shear", 1, 0, 10},        {"perspective", 0, 0, .001},
                  {"flipud", 1, 0, 1},          {"fliplr", 0, 0, 1},        {"mosaic", 1, 0, 1},
                  {"mixup", 1, 0, 1},           {"copy_paste", 1, 0, 1},    {"mosaic9", 0, 0, 1}};
    REQUIRE(sizeof wanted / sizeof *wanted == YD_HYP_COUNT);
    for (int key = 0; key < YD_HYP_COUNT; key++) {
        yd_hyp_gene gene = yd_hyp_gene_of((yd_hyp_key)key);
        CHECK_TEXT(yd_hyp_name((yd_hyp_key)key), wanted[key].name);
        CHECK(gene.gain == wanted[key].gain && gene.low == wanted[key].low && gene.high == wanted[key].high);
        /* What evolution may come to is what a run takes. */
        CHECK(yd_interval_holds(yd_hyp_interval((yd_hyp_key)key), gene.low) &&
              yd_interval_holds(yd_hyp_interval((yd_hyp_key)key), gene.high));
    }
}

static void test_genome(void)
{
    yd_hyp hyp = whole();
    hyp.present[YD_HYP_anchors] = hyp.present[YD_HYP_copy_paste] = false;
    yd_genome genome = yd_genome_of(&hyp);
    CHECK(genome.count == YD_HYP_COUNT - 2 && genome.keys[0] == YD_HYP_lr0);
    double values[YD_HYP_COUNT];
    for (int i = 0; i < genome.count; i++) values[i] = i;
    yd_genome_put(&genome, values, &hyp);
    CHECK(hyp.lrf == 1 && hyp.anchors == 1 && hyp.mixup == genome.count - 2 &&
          hyp.mosaic9 == genome.count - 1);
    memset(values, 0, sizeof values);
    yd_genome_get(&genome, &hyp, values);
    CHECK(values[1] == 1 && values[genome.count - 1] == genome.count - 1);
}

/* Each gene changes with probability 0.8 by a factor whose spread is 0.2 times that of (a uniform times a
 * normal): of lr0 (gain 1) the variance of the change is 0.8 * 0.04 / 3, and of momentum (gain 0.3) 0.09 of
 * that. */
static void test_mutation(void)
{
    yd_hyp hyp = whole();
    yd_genome genome = yd_genome_of(&hyp);
    int changed[YD_HYP_COUNT] = {0};
    double sum[YD_HYP_COUNT] = {0}, squares[YD_HYP_COUNT] = {0};
    for (int generation = 0; generation < DRAWS; generation++) {
        double values[YD_HYP_COUNT];
        bool any = false;
        for (int i = 0; i < genome.count; i++) values[i] = 1;
        yd_breed_mutate(&genome, 7, generation, values);
        for (int i = 0; i < genome.count; i++) {
            CHECK(values[i] >= 0.3 && values[i] <= 3);
            changed[i] += values[i] != 1;
            any |= values[i] != 1;
            sum[i] += values[i] - 1, squares[i] += (values[i] - 1) * (values[i] - 1);
        }
        CHECK(any);
    }
    const double variance = 0.8 * 0.04 / 3;
    for (int i = 0; i < genome.count; i++) {
        double gain = yd_hyp_gene_of(genome.keys[i]).gain;
        if (gain == 0) {
            CHECK(changed[i] == 0);
            continue;
        }
        CHECK_NEAR((double)changed[i] / DRAWS, 0.8, 4 * sqrt(0.8 * 0.2 / DRAWS));
        CHECK_NEAR(sum[i] / DRAWS, 0, 4 * gain * sqrt(variance / DRAWS));
        /* anchors (gain 2) meet the clipping at 0.3 */
        if (gain <= 1) CHECK_NEAR(squares[i] / DRAWS / (gain * gain * variance), 1, 0.1);
    }
}

static void test_draws(void)
{
    yd_hyp hyp = whole();
    yd_genome genome = yd_genome_of(&hyp);
    double a[YD_HYP_COUNT], b[YD_HYP_COUNT], c[YD_HYP_COUNT], d[YD_HYP_COUNT];
    for (int i = 0; i < genome.count; i++) a[i] = b[i] = c[i] = d[i] = 1;
    yd_breed_mutate(&genome, 1, 5, a);
    yd_breed_mutate(&genome, 1, 5, b);
    yd_breed_mutate(&genome, 1, 6, c);
    yd_breed_mutate(&genome, 2, 5, d);
    CHECK(memcmp(a, b, sizeof a) == 0);
    CHECK(memcmp(a, c, (size_t)genome.count * sizeof *a) != 0 &&
          memcmp(a, d, (size_t)genome.count * sizeof *a) != 0);
}

static yd_individual fit(double map50_95, double lr0)
{
    return (yd_individual){.results = {0, 0, 0, map50_95}, .values = {lr0}};
}

static void test_fittest(void)
{
    yd_individual all[] = {fit(.1, 1), fit(NAN, 2), fit(.5, 3), fit(.3, 4),
                           fit(.5, 5), fit(.2, 6),  fit(.4, 7)};
    int places[YD_BREED_PARENTS];
    CHECK_NEAR(yd_breed_fitness(&all[0]), .09, 1e-15);
    CHECK(yd_breed_fitness(&all[1]) == 0);
    REQUIRE(yd_breed_fittest(all, 7, places) == 5);
    const int wanted[] = {2, 4, 6, 3, 5};
    for (int i = 0; i < 5; i++) CHECK(places[i] == wanted[i]);
    CHECK(yd_breed_fittest(all, 2, places) == 2 && places[0] == 0 && places[1] == 1);
    CHECK(yd_breed_fittest(all, 0, places) == 0);
}

/* A parent is drawn by how much fitter it is than the least of the five; their mean has the same weights. */
static void test_parents(void)
{
    yd_hyp hyp = whole();
    yd_genome genome = yd_genome_of(&hyp);
    yd_individual all[] = {fit(.1, 1), fit(.2, 2), fit(.4, 3)};
    double weights[3], sum = 0, mean = 0, values[YD_HYP_COUNT];
    int drawn[3] = {0};
    for (int i = 0; i < 3; i++) sum += weights[i] = .9 * (all[i].results[3] - .1) + 1e-6;
    for (int generation = 0; generation < DRAWS; generation++) {
        yd_breed_parent(&genome, all, 3, YD_BREED_SINGLE, 3, generation, values);
        int parent = (int)values[0] - 1;
        REQUIRE(parent >= 0 && parent < 3);
        drawn[parent]++;
    }
    for (int i = 0; i < 3; i++) {
        CHECK_NEAR((double)drawn[i] / DRAWS, weights[i] / sum, 0.02);
        mean += weights[i] / sum * (i + 1);
    }
    yd_breed_parent(&genome, all, 3, YD_BREED_WEIGHTED, 3, 0, values);
    CHECK_NEAR(values[0], mean, 1e-12);
    yd_breed_parent(&genome, all, 1, YD_BREED_WEIGHTED, 3, 0, values);
    CHECK(values[0] == 1);
}

static void test_limits(void)
{
    yd_hyp hyp = whole();
    yd_genome genome = yd_genome_of(&hyp);
    double values[YD_HYP_COUNT];
    yd_genome_get(&genome, &hyp, values);
    values[YD_HYP_lr0] = .0123456789;
    values[YD_HYP_box] = 1e-9;
    values[YD_HYP_mosaic] = 1.5;
    values[YD_HYP_iou_t] = .9;     /* frozen, limited all the same */
    values[YD_HYP_cls] = 0.500005; /* in binary above the half: Python's round(…, 5) goes up */
    values[YD_HYP_obj] = 2.000015; /* below */
    yd_breed_limit(&genome, values);
    CHECK(values[YD_HYP_lr0] == .01235 && values[YD_HYP_box] == .02 && values[YD_HYP_mosaic] == 1);
    CHECK(values[YD_HYP_iou_t] == .7 && values[YD_HYP_cls] == 0.50001 && values[YD_HYP_obj] == 2.00001);
}

static const yd_test_case cases[] = {
    {"the table of genes", test_table},
    {"genome", test_genome},
    {"statistics of mutations", test_mutation},
    {"draws", test_draws},
    {"the fittest", test_fittest},
    {"parents", test_parents},
    {"limits", test_limits},
};
TEST_MAIN(cases)
