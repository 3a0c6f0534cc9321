/* How long a run still takes: the rest of its epoch, later epochs, validations that are due, and generations
 * of an evolution that follow. */
#include "support/test.h"
#include "train/telemetry.h"
#include <math.h>

typedef struct setting {
    yd_ring *ring;
    yd_telemetry telemetry;
} setting;

static void start(setting *s, int epochs, int batches, int val_period)
{
    yd_error error;
    if (yd_ring_create(64, &s->ring, &error) != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    yd_telemetry_start(&s->telemetry, s->ring);
    yd_status_block *block = yd_telemetry_lock(&s->telemetry);
    block->epochs = epochs, block->batches = batches, block->val_period = val_period;
    yd_telemetry_unlock(&s->telemetry);
    s->telemetry.validation_seconds = 5;
}

static void stop(setting *s)
{
    yd_telemetry_stop(&s->telemetry);
    yd_ring_destroy(s->ring);
}

/* Every batch takes two seconds. */
static const yd_status_block *step(setting *s, int epoch, int batch)
{
    const yd_step_report report = {.epoch = epoch, .batch = batch, .count = 8, .total_seconds = 2};
    yd_telemetry_step(&s->telemetry, &report);
    return &s->telemetry.block;
}

static void a_training(void)
{
    setting s;
    start(&s, 3, 10, 1);
    const yd_status_block *block = step(&s, 0, 3);
    CHECK_NEAR(block->epoch_eta_seconds, 6 * 2 + 5, 1e-9);
    CHECK_NEAR(block->eta_seconds, 6 * 2 + 5 + 2 * (10 * 2 + 5), 1e-9);
    CHECK(block->later_seconds == 0);
    block = step(&s, 2, 9);
    CHECK_NEAR(block->eta_seconds, 5, 1e-9);
    stop(&s);
}

/* Generation 1 of 0 to 4, validated at its end alone. */
static void an_evolution(void)
{
    setting s;
    start(&s, 3, 10, 0);
    yd_telemetry_lock(&s.telemetry)->generation = 1;
    s.telemetry.block.generations = 5;
    yd_telemetry_unlock(&s.telemetry);
    const double rest = 6 * 2 + 2 * 10 * 2 + 5, whole = 3 * 10 * 2 + 5;
    const yd_status_block *block = step(&s, 0, 3);
    CHECK_NEAR(block->eta_seconds, rest + 3 * whole, 1e-9); /* by this one's pace */
    CHECK_NEAR(block->later_seconds, 3 * whole, 1e-9);
    s.telemetry.generation_seconds = 100;
    block = step(&s, 0, 3);
    CHECK_NEAR(block->eta_seconds, rest + 3 * 100, 1e-9); /* by those before it */
    CHECK_NEAR(block->epoch_eta_seconds, 6 * 2, 1e-9);
    yd_telemetry_lock(&s.telemetry)->generation = 4;
    yd_telemetry_unlock(&s.telemetry);
    block = step(&s, 2, 9);
    CHECK_NEAR(block->eta_seconds, 5, 1e-9); /* the last one's end is the end */
    CHECK(block->later_seconds == 0);
    stop(&s);
}

static const yd_test_case cases[] = {
    {"a training", a_training},
    {"an evolution", an_evolution},
};
TEST_MAIN(cases)
