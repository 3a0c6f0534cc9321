/* The schedule on the specification's vectors (training.md, 5.2 and 16). */
#include "series/schedule.h"
#include "support/test.h"
#include <math.h>
#include <stddef.h>

static const yd_schedule seed = {.lr0 = .01,
                                 .lrf = .2,
                                 .momentum = .937,
                                 .warmup_bias_lr = .1,
                                 .warmup_momentum = .8,
                                 .epochs = 300,
                                 .batches = 2000,
                                 .batch_size = 16,
                                 .nominal_batch = 64,
                                 .warmup = 1000,
                                 .cosine = true,
                                 .linear_to_last = true,
                                 .scale = 1};

static void factors(void)
{
    yd_schedule s = seed;
    CHECK_NEAR(yd_schedule_factor(&s, 1), .9999780677462049, 1e-15);
    CHECK_NEAR(yd_schedule_factor(&s, 2), .9999122733899382, 1e-15);
    CHECK_NEAR(yd_schedule_factor(&s, 150), .6, 1e-15);
    CHECK_NEAR(yd_schedule_factor(&s, 299), .20002193225379505, 1e-15);
    s.cosine = false;
    CHECK_NEAR(yd_schedule_factor(&s, 1), .9973244147157192, 1e-15);
    CHECK_NEAR(yd_schedule_factor(&s, 150), .5986622073578596, 1e-15);
    CHECK_NEAR(yd_schedule_factor(&s, 299), .2, 1e-15);
    s.linear_to_last = false;
    CHECK_NEAR(yd_schedule_factor(&s, 150), .6, 1e-15);
    s.linear_to_last = true, s.epochs = 1;
    CHECK(yd_schedule_factor(&s, 0) == 1); /* the reference divides by zero here */
}

static void warmup(void)
{
    static const struct {
        int ni;
        double accumulate, bias, other, momentum;
    } rows[] = {{0, 1, .1, 0, .8},           {250, 2, .0775, .0025, .83425},
                {500, 2, .055, .005, .8685}, {625, 3, .04375, .00625, .885625},
                {1000, 4, .01, .01, .937},   {1001, 4, .01, .01, .937}};
    for (int i = 0; i < 6; i++) {
        yd_schedule_point p;
        yd_schedule_at(&seed, 0, rows[i].ni, &p);
        CHECK(p.accumulate == rows[i].accumulate);
        CHECK_NEAR(p.lr[2], rows[i].bias, 1e-15);
        CHECK_NEAR(p.lr[0], rows[i].other, 1e-15);
        CHECK(p.lr[0] == p.lr[1]);
        CHECK_NEAR(p.momentum, rows[i].momentum, 1e-15);
    }
    yd_schedule four = seed;
    yd_schedule_point p;
    four.batch_size = 4;
    yd_schedule_at(&four, 0, 100, &p);
    CHECK(p.accumulate == 2); /* 2.5, half to even */
    yd_schedule_at(&four, 0, 125, &p);
    CHECK(p.accumulate == 3);
}

static void one_epoch_behind_after_warmup(void)
{
    static const double wanted[10] = {1,         1,  .98042261, .92360680, .83511410,
                                      .72360680, .6, .47639320, .36488590, .27639320};
    yd_schedule s = seed;
    s.epochs = 10, s.warmup = 0, s.batches = 100;
    for (int epoch = 0; epoch < 10; epoch++) {
        yd_schedule_point p;
        yd_schedule_at(&s, epoch, 50, &p);
        CHECK_NEAR(p.lr[1] / .01, wanted[epoch], 1e-7);
        CHECK(p.lr[1] == p.lr[2]);
    }
}

/* The specification's toy run: 2 epochs of 3 batches, all of it in warm-up. */
static void toy_run(void)
{
    yd_schedule s = seed;
    yd_schedule_point p;
    s.epochs = 2, s.batches = 3;
    yd_schedule_at(&s, 0, 2, &p);
    CHECK_NEAR(p.lr[0], .00002, 1e-12);
    CHECK_NEAR(p.lr[2], .09982, 1e-12);
    yd_schedule_at(&s, 1, 2, &p);
    CHECK_NEAR(p.lr[1], .00003, 1e-12);
    CHECK_NEAR(p.lr[2], .09953, 1e-12);
}

static void scaled(void)
{
    yd_schedule s = seed;
    yd_schedule_point plain, half;
    yd_schedule_at(&s, 3, 7, &plain);
    s.scale = .5;
    yd_schedule_at(&s, 3, 7, &half);
    for (int g = 0; g < 3; g++) CHECK_NEAR(half.lr[g], plain.lr[g] / 2, 1e-17);
    CHECK(half.momentum == plain.momentum && half.accumulate == plain.accumulate);
}

static void warmup_length_and_decay(void)
{
    CHECK(yd_schedule_warmup(3, 13, 100) == 100);
    CHECK(yd_schedule_warmup(3, 400, 1000) == 1200);
    CHECK(yd_schedule_warmup(.5, 401, 0) == 200); /* 200.5, half to even */
    CHECK(yd_schedule_warmup(.5, 403, 0) == 202);
    CHECK(yd_schedule_warmup(NAN, 403, 100) == 100);
    CHECK(yd_schedule_warmup(1e300, 403, 100) == 100);
    static const struct {
        int batch;
        double decay;
    } rows[] = {{1, .0005},  {4, .0005},    {12, .00046875}, {16, .0005}, {20, .00046875}, {24, .0005625},
                {32, .0005}, {40, .000625}, {48, .000375},   {64, .0005}, {96, .00075},    {128, .001}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_NEAR(yd_schedule_decay(.0005, rows[i].batch, 64), rows[i].decay, 1e-18);
}

static const yd_test_case cases[] = {
    {"factors", factors},
    {"warm-up", warmup},
    {"one epoch behind after warm-up", one_epoch_behind_after_warmup},
    {"toy run", toy_run},
    {"scaled", scaled},
    {"length of warm-up, decay", warmup_length_and_decay},
};
TEST_MAIN(cases)
