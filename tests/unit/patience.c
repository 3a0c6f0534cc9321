/* Best epoch and patience against scripted fitness. */
#include "train/patience.h"
#include "support/test.h"
#include <math.h>

static void a_tie_is_best_too(void)
{
    yd_best best = {.epoch = -1};
    CHECK(yd_best_judge(&best, 0, 0) && best.epoch == 0);
    CHECK(yd_best_judge(&best, 1, .2) && best.epoch == 1);
    CHECK(!yd_best_judge(&best, 2, .1) && best.epoch == 1);
    CHECK(yd_best_judge(&best, 3, .2) && best.epoch == 3);
    CHECK(!yd_best_judge(&best, 4, NAN) && best.fitness == .2);
}

static void patience_counts_from_the_best(void)
{
    yd_best best = {.epoch = -1};
    CHECK(!yd_best_waited(&best, 50, 10));
    static const double fitness[] = {.1, .3, .2, .2, .25, .1};
    int ended = -1;
    for (int epoch = 0; epoch < 6 && ended < 0; epoch++) {
        yd_best_judge(&best, epoch, fitness[epoch]);
        if (yd_best_waited(&best, epoch, 3)) ended = epoch;
    }
    CHECK(ended == 4);
    CHECK(!yd_best_waited(&best, 1000, 0));
}

static const yd_test_case cases[] = {{"a tie is best too", a_tie_is_best_too},
                                     {"patience counts from the best", patience_counts_from_the_best}};
TEST_MAIN(cases)
