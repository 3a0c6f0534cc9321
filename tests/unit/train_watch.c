#include "support/test.h"
#include "train/watch.h"
#include <math.h>
#include <stdlib.h>

static const int64_t second = 1000000000;

static void a_loss_that_is_not_finite(void)
{
    yd_watch_nan watch = {0};
    CHECK(yd_watch_nan_step(&watch, 0.5) == YD_WATCH_SAME);
    CHECK(yd_watch_nan_step(&watch, (double)NAN) == YD_WATCH_BEGINS);
    CHECK(yd_watch_nan_step(&watch, (double)INFINITY) == YD_WATCH_SAME);
    for (int i = 0; i < 9; i++) CHECK(yd_watch_nan_step(&watch, 1) == YD_WATCH_SAME);
    CHECK(yd_watch_nan_step(&watch, (double)-INFINITY) == YD_WATCH_SAME); /* counted anew */
    for (int i = 0; i < 9; i++) CHECK(yd_watch_nan_step(&watch, 1) == YD_WATCH_SAME);
    CHECK(yd_watch_nan_step(&watch, 1) == YD_WATCH_ENDS);
    CHECK(yd_watch_nan_step(&watch, 1) == YD_WATCH_SAME);
    CHECK(yd_watch_nan_step(&watch, (double)NAN) == YD_WATCH_BEGINS);
}

/* About the noise that batches have: 15 %. */
static double noisy(double level)
{
    double sum = 0;
    for (int i = 0; i < 12; i++) sum += rand() / (RAND_MAX + 1.0);
    return level * (1 + 0.15 * (sum - 6));
}

static void noise_is_no_spike(void)
{
    srand(11);
    for (int run = 0; run < 40; run++) {
        yd_watch_spike watch = {0};
        for (int i = 0; i < 5000; i++) {
            double level = 0.05 + 0.3 * exp(-i / 300.0); /* falling */
            if (yd_watch_spike_step(&watch, noisy(level)) != YD_WATCH_SAME)
                yd_test_fatal(__FILE__, __LINE__, "a false alarm at step %d: score %g", i, watch.score);
        }
    }
}

static void a_spike_is_seen_once(void)
{
    yd_watch_spike watch = {0};
    srand(12);
    for (int i = 0; i < 31; i++) CHECK(yd_watch_spike_step(&watch, noisy(1)) == YD_WATCH_SAME);
    CHECK(yd_watch_spike_step(&watch, (double)NAN) == YD_WATCH_SAME); /* the other watchdog's */
    for (int i = 0; i < 60; i++) CHECK(yd_watch_spike_step(&watch, noisy(1)) == YD_WATCH_SAME);
    CHECK(yd_watch_spike_step(&watch, 8) == YD_WATCH_BEGINS);
    CHECK(watch.score > 10 && fabs(watch.usual - 1) < 0.1);
    /* Many more do not blunt it: it is one alarm, until the loss is back. */
    for (int i = 0; i < 20; i++) CHECK(yd_watch_spike_step(&watch, 9) == YD_WATCH_SAME);
    for (int i = 0; i < 9; i++) CHECK(yd_watch_spike_step(&watch, noisy(1)) == YD_WATCH_SAME);
    CHECK(yd_watch_spike_step(&watch, noisy(1)) == YD_WATCH_ENDS);
    CHECK(yd_watch_spike_step(&watch, noisy(1)) == YD_WATCH_SAME);
}

static void a_drop_is_no_spike(void)
{
    yd_watch_spike watch = {0};
    for (int i = 0; i < 64; i++) yd_watch_spike_step(&watch, 1);
    CHECK(yd_watch_spike_step(&watch, 0.01) == YD_WATCH_SAME);
    CHECK(yd_watch_spike_step(&watch, 1.1) == YD_WATCH_SAME); /* though nothing ever varied */
    CHECK(yd_watch_spike_step(&watch, 1.3) == YD_WATCH_BEGINS);
}

static void a_slow_loader(void)
{
    yd_watch_loader watch = {0};
    for (int i = 0; i < 59; i++) CHECK(yd_watch_loader_step(&watch, 0.9, 1) == YD_WATCH_SAME);
    CHECK(yd_watch_loader_step(&watch, 0.9, 1) == YD_WATCH_BEGINS);
    CHECK_NEAR(yd_watch_loader_share(&watch), 0.9, 1e-9);
    for (int i = 0; i < 30; i++)
        CHECK(yd_watch_loader_step(&watch, 0.3, 1) == YD_WATCH_SAME); /* in between */
    int until = 0;
    while (yd_watch_loader_step(&watch, 0.05, 1) == YD_WATCH_SAME) REQUIRE(++until < 200);
    CHECK(until > 5);                                           /* not for one fast batch */
    CHECK(yd_watch_loader_step(&watch, 5, 5) == YD_WATCH_SAME); /* nor back for one slow one */
    CHECK(yd_watch_loader_step(&watch, (double)NAN, 1) == YD_WATCH_SAME);
    CHECK(yd_watch_loader_step(&watch, 0, 0) == YD_WATCH_SAME);
}

/* Looks every 0.4 s from one second on to another; returns the one edge that there was, and when. */
static yd_watch_edge look_on(yd_watch_stall *watch, double from, double to, int64_t sign_ns, double usual,
                             double *when)
{
    yd_watch_edge seen = YD_WATCH_SAME;
    for (double t = from; t < to; t += 0.4) {
        yd_watch_edge edge = yd_watch_stall_look(watch, (int64_t)(t * 1e9), true, sign_ns, usual);
        if (edge == YD_WATCH_SAME) continue;
        CHECK(seen == YD_WATCH_SAME);
        seen = edge;
        *when = t;
    }
    return seen;
}

static void a_step_that_stalls(void)
{
    double when = 0;
    yd_watch_stall watch = {0};
    CHECK(look_on(&watch, 100, 129, 100 * second, 0.1, &when) == YD_WATCH_SAME); /* half a minute at least */
    CHECK(look_on(&watch, 129, 140, 100 * second, 0.1, &when) == YD_WATCH_BEGINS && when > 130 && when < 131);
    CHECK(look_on(&watch, 140, 141, 140 * second, 0.1, &when) == YD_WATCH_ENDS);
    CHECK(look_on(&watch, 141, 219, 140 * second, 8, &when) == YD_WATCH_SAME); /* ten times the usual */
    CHECK(look_on(&watch, 219, 230, 140 * second, 8, &when) == YD_WATCH_BEGINS);
    CHECK(yd_watch_stall_look(&watch, 231 * second, false, 140 * second, 8) == YD_WATCH_ENDS); /* paused */
    watch = (yd_watch_stall){0};
    CHECK(look_on(&watch, 10, 309, 10 * second, 0, &when) ==
          YD_WATCH_SAME); /* the first step takes its time */
    CHECK(look_on(&watch, 309, 320, 10 * second, 0, &when) == YD_WATCH_BEGINS);
    watch = (yd_watch_stall){0};
    CHECK(look_on(&watch, 10, 900, 0, 1, &when) == YD_WATCH_SAME); /* no sign is expected yet */
}

static void a_process_that_was_stopped_has_not_stalled(void)
{
    double when = 0;
    yd_watch_stall watch = {0};
    CHECK(look_on(&watch, 100, 110, 100 * second, 0.1, &when) == YD_WATCH_SAME);
    CHECK(look_on(&watch, 500, 519, 100 * second, 0.1, &when) == YD_WATCH_SAME); /* 390 s by SIGSTOP */
    CHECK(look_on(&watch, 519, 530, 100 * second, 0.1, &when) == YD_WATCH_BEGINS && when < 521);
}

static void room_that_is_short(void)
{
    yd_watch_room disk = {0}, memory = {0};
    CHECK(yd_watch_disk_look(&disk, -1, 100) == YD_WATCH_SAME);
    CHECK(yd_watch_disk_look(&disk, 10, 0) == YD_WATCH_SAME);
    CHECK(yd_watch_disk_look(&disk, 200, 100) == YD_WATCH_SAME);
    CHECK(yd_watch_disk_look(&disk, 199, 100) == YD_WATCH_BEGINS);
    CHECK(yd_watch_disk_look(&disk, 0, INT64_MAX) == YD_WATCH_SAME);
    CHECK(yd_watch_disk_look(&disk, 299, 100) == YD_WATCH_SAME);
    CHECK(yd_watch_disk_look(&disk, 300, 100) == YD_WATCH_ENDS);
    CHECK(yd_watch_memory_look(&memory, -1, 100) == YD_WATCH_SAME);
    CHECK(yd_watch_memory_look(&memory, 6, 100) == YD_WATCH_SAME);
    CHECK(yd_watch_memory_look(&memory, 4, 100) == YD_WATCH_BEGINS);
    CHECK(yd_watch_memory_look(&memory, 7, 100) == YD_WATCH_SAME);
    CHECK(yd_watch_memory_look(&memory, 9, 100) == YD_WATCH_ENDS);
}

static const yd_test_case cases[] = {
    {"a loss that is not finite", a_loss_that_is_not_finite},
    {"noise is no spike", noise_is_no_spike},
    {"a spike is seen once", a_spike_is_seen_once},
    {"a drop is no spike", a_drop_is_no_spike},
    {"a slow loader", a_slow_loader},
    {"a step that stalls", a_step_that_stalls},
    {"a process that was stopped has not stalled", a_process_that_was_stopped_has_not_stalled},
    {"room that is short", room_that_is_short},
};

TEST_MAIN(cases)
