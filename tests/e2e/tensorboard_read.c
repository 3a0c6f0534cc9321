/* What TensorBoard's own classes write, and torch's SummaryWriter where torch is there too, is read to the
 * last value: tests/support/events/make.py writes it anew. Skipped where no Python has the package
 * tensorboard (.ci/run installs it into build/tensorboard). */
#include "support/events.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>

static const char *python(void)
{
    static char found[4200];
    const char *const known[] = {getenv("YD_TENSORBOARD_PYTHON"),
                                 YD_SOURCE_DIR "/build/tensorboard/bin/python", "python3"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char command[4400];
        if (!known[i]) continue;
        snprintf(found, sizeof found, "%.4000s", known[i]);
        snprintf(command, sizeof command, "'%s' -c 'import tensorboard' 2>/dev/null", found);
        if (system(command) == 0) return found;
    }
    yd_test_skip("no Python here has the package tensorboard");
}

static void others_are_read(void)
{
    char command[16000];
    snprintf(command, sizeof command, "'%s' '%s/tests/support/events/make.py' '%s' 2>/dev/null", python(),
             YD_SOURCE_DIR, yd_test_folder());
    REQUIRE(system(command) == 0);
    CHECK(yd_test_events_check(yd_test_folder()) >= 92);
}

static const yd_test_case cases[] = {{"files of other writers are read", others_are_read}};
TEST_MAIN(cases)
