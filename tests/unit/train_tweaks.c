/* Live values out of a checkpoint that somebody has written. */
#include "io/resume_state.h"
#include "support/test.h"
#include "train/tweaks.h"
#include <math.h>
#include <string.h>

static void refuses_values_that_none_can_have(void)
{
    static const struct {
        const char *key;
        double value;
        const char *wanted;
    } states[] = {
        {"initial_epochs", NAN, "has nan as \"initial_epochs\", wanted a whole number"},
        {"initial_epochs", 1e300, "has 1e+300 as \"initial_epochs\", wanted a whole number"},
        {"initial_size_min", -1e10, "has -1e+10 as \"initial_size_min\", wanted a whole number"},
        {"initial_patience", 1.5, "has 1.5 as \"initial_patience\", wanted a whole number"},
        {"initial_lr_scale", INFINITY, "has inf as \"initial_lr_scale\", wanted a finite number"},
    };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        static yd_run run;
        yd_error error = {0};
        yd_resume_state *state = yd_resume_state_create();
        REQUIRE(state);
        yd_resume_put_text(state, "tweaks", "");
        yd_resume_put_integer(state, "tweak_number", 0);
        yd_resume_put_number(state, "schedule_scale", 1);
        yd_resume_put_integer(state, "schedule_epochs", 3);
        yd_resume_put_number(state, states[i].key, states[i].value);
        CHECK(yd_tweaks_get(&run, state, false, &error) == YD_ERR_FORMAT);
        CHECK(strstr(error.message, states[i].wanted));
        yd_resume_state_destroy(state);
    }
}

static const yd_test_case cases[] = {
    {"refuses values that none can have", refuses_values_that_none_can_have},
};

TEST_MAIN(cases)
