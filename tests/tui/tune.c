/* Tune in the real console: values are listed, previewed, asked for, acknowledged and refused. */
#include "support/console.h"
#include "support/test.h"
#include <string.h>

static yd_test_console console;

static void start(const yd_fake_run *script, int width, int height)
{
    yd_test_console_engine(&console, script);
    yd_test_console_start(&console, NULL, width, height, NULL);
    REQUIRE(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_type(&console, "5");
    REQUIRE(yd_test_console_wait(&console, "live values", 8000));
}

#define SHOWS(text) CHECK(yd_test_console_wait(&console, text, 8000))
#define TYPE(keys)  yd_test_console_type(&console, keys)
static const char up[] = "\033[A", down[] = "\033[B";

static void choose(int row)
{
    TYPE("\033[H"); /* Home */
    for (int i = 0; i < row; i++) TYPE(down);
}

static void lists_values(void)
{
    static const int sizes[][2] = {{200, 60}, {94, 30}, {80, 24}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        start(&(yd_fake_run){.batches = 5000}, sizes[i][0], sizes[i][1]);
        SHOWS("save_period");
        SHOWS("plot_period");
        SHOWS("0.0001 to 100");
        SHOWS("64 to 960 by 32");
        SHOWS("end of e0");
        SHOWS("nothing was changed so far");
        CHECK(console.screen.unknown == 0);
        yd_test_console_end(&console);
    }
}

static void previews_asks_and_is_answered(void)
{
    start(&(yd_fake_run){.batches = 5000}, 94, 30);
    choose(4);
    TYPE("\r0.5");
    SHOWS("-> 0.5");
    SHOWS("weights: 0.009 -> 0.0045");
    SHOWS("dots: as it is");
    SHOWS("Enter asks the run for it");
    SHOWS("nothing was changed so far"); /* not before it is confirmed */
    TYPE("\r");
    SHOWS("done: lr_scale is 0.5 from");
    SHOWS("lr_scale 1 -> 0.5");
    choose(1);
    TYPE("\r50"); /* digits are the value's, not the tabs' */
    SHOWS("-> 50");
    SHOWS("the last epoch is 49");
    TYPE("\r");
    SHOWS("done: epochs is 50");
    SHOWS("epochs 100 -> 50  from end of e0");
    SHOWS("epoch 0/50");
    yd_test_console_end(&console);
}

static void steps_and_drops(void)
{
    start(&(yd_fake_run){.batches = 5000}, 80, 24);
    TYPE("+");
    SHOWS("-> 6");
    TYPE(up);
    SHOWS("-> 7");
    TYPE("-");
    SHOWS("-> 6");
    TYPE("\033");
    CHECK(yd_test_console_wait_gone(&console, "-> 6", 8000));
    choose(7);
    TYPE("-");
    SHOWS("-> 0.95");
    TYPE("\033");
    choose(0);
    TYPE("\r-1"); /* a sign */
    SHOWS("-> -1");
    SHOWS("no more epochN.pt");
    TYPE("\r");
    SHOWS("done: save_period is -1");
    yd_test_console_end(&console);
}

static void refuses(void)
{
    start(&(yd_fake_run){.batches = 5000, .refuse = "mosaic: not \033[31mtoday"}, 94, 30);
    choose(7);
    TYPE("\r1.5");
    SHOWS("must be a number from 0 to 1");
    TYPE("\r");
    SHOWS("mosaic must be a number from 0 to 1"); /* said; nothing is sent */
    SHOWS("-> 1.5");
    TYPE("\177\177\1770.5\r"); /* Backspace */
    SHOWS("refused: mosaic: not \\x1b[");
    SHOWS("nothing was changed so far");
    CHECK(console.screen.unknown == 0);
    yd_test_console_end(&console);
}

static void small_screens(void)
{
    static const int sizes[][2] = {{60, 16}, {40, 10}, {1, 1}, {94, 30}};
    start(&(yd_fake_run){.batches = 5000}, 80, 24);
    choose(4);
    TYPE("\r0.5");
    SHOWS("-> 0.5");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        yd_test_console_resize(&console, sizes[i][0], sizes[i][1]);
        yd_test_console_run(&console, 200);
        CHECK(!console.over);
    }
    SHOWS("-> 0.5"); /* what was typed is still there */
    yd_test_console_end(&console);
}

static void an_ended_run(void)
{
    start(&(yd_fake_run){.epochs = 1, .batches = 40, .step_ms = 20}, 94, 30);
    SHOWS("DONE");
    SHOWS("the run has ended: no more changes");
    TYPE("\r");
    SHOWS("nothing can be changed any more");
    CHECK(yd_vterm_find(&console.screen, "-> ") < 0);
    yd_test_console_end(&console);
}

static const yd_test_case cases[] = {
    {"values with their ranges", lists_values},
    {"preview, question, answer", previews_asks_and_is_answered},
    {"steps", steps_and_drops},
    {"refusals", refuses},
    {"small screens", small_screens},
    {"an ended run", an_ended_run},
};
TEST_MAIN(cases)
