/* The schedule of a whole run against PyTorch's (pack schedule). */
#include "series/schedule.h"
#include "support/npz.h"
#include "support/test.h"
#include <math.h>
#include <string.h>

static double number(const char *params, const char *key)
{
    return yd_params_number(params, NAN, key, NULL);
}

static void whole_run(void)
{
    enum { NI, ACCUMULATE, MOMENTUM, LR_NORM, LR_WEIGHT, LR_BIAS, STEP, COLUMNS };
    yd_npz *pack = yd_npz_open(yd_test_shared("golden/schedule.npz"));
    const char *params = yd_npz_params(pack);
    const double *rows = yd_npz_doubles(pack, "rows");
    char shape[16];
    REQUIRE(yd_params_text(params, shape, sizeof shape, "shape", NULL));
    yd_schedule schedule = {.lr0 = number(params, "lr0"),
                            .lrf = number(params, "lrf"),
                            .momentum = number(params, "momentum"),
                            .warmup_bias_lr = number(params, "warmup_bias_lr"),
                            .warmup_momentum = number(params, "warmup_momentum"),
                            .epochs = (int)number(params, "epochs"),
                            .batches = (int)number(params, "nb"),
                            .batch_size = (int)number(params, "batch"),
                            .nominal_batch = (int)number(params, "nominal_batch"),
                            .cosine = strcmp(shape, "cosine") == 0,
                            .scale = 1};
    schedule.warmup = yd_schedule_warmup(number(params, "warmup_epochs"), schedule.batches,
                                         (int64_t)number(params, "warmup_min_iterations"));
    double last_step = -1;
    const yd_npy *array = yd_npz_need(pack, "rows");
    REQUIRE(array->dims[0] == (size_t)(schedule.epochs * schedule.batches) && array->dims[1] == COLUMNS);
    for (int ni = 0; ni < (int)array->dims[0]; ni++, rows += COLUMNS) {
        yd_schedule_point point;
        yd_schedule_at(&schedule, ni / schedule.batches, ni % schedule.batches, &point);
        CHECK(rows[NI] == ni);
        CHECK(point.accumulate == rows[ACCUMULATE]);
        CHECK_NEAR(point.momentum, rows[MOMENTUM], 1e-9);
        CHECK_NEAR(point.lr[0], rows[LR_NORM], 1e-9);
        CHECK_NEAR(point.lr[1], rows[LR_WEIGHT], 1e-9);
        CHECK_NEAR(point.lr[2], rows[LR_BIAS], 1e-9);
        bool step = ni - last_step >= point.accumulate;
        CHECK(step == (rows[STEP] != 0));
        if (step) last_step = ni;
    }
    yd_npz_close(pack);
}

static const yd_test_case cases[] = {{"whole run", whole_run}};
TEST_MAIN(cases)
