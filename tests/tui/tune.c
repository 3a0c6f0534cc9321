/* Tune in the real console: values are listed, previewed, asked for, acknowledged and refused; branches are
 * put together and started. */
#include "base/file.h"
#include "support/console.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
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
    start(&(yd_fake_run){.epochs = 1, .held = true}, 94, 30);
    yd_fake_engine_let_go(console.engine);
    SHOWS("DONE");
    SHOWS("the run has ended: no more changes");
    TYPE("\r");
    SHOWS("nothing can be changed any more");
    CHECK(yd_vterm_find(&console.screen, "-> ") < 0);
    yd_test_console_end(&console);
}

/* ---- branching ---- */

static void put(const char *name, const char *text)
{
    char path[4600], source[4200], *data = NULL;
    size_t length = text ? strlen(text) : 0;
    snprintf(path, sizeof path, "%s/weights", console.folder);
    REQUIRE(yd_make_folders(path, NULL) == YD_OK);
    snprintf(path, sizeof path, "%s/%s", console.folder, name);
    snprintf(source, sizeof source, "%s/configs/hyp/hyp.scratch-low.yaml", YD_SOURCE_DIR);
    if (!text) REQUIRE(yd_file_read(source, 0, &data, &length, NULL) == YD_OK);
    REQUIRE(yd_file_write(path, text ? text : data, length, NULL) == YD_OK);
    free(data);
}

/* The form on a run with two checkpoints. */
static void start_form(int width, int height)
{
    char said[4300];
    yd_test_console_engine(&console, &(yd_fake_run){.batches = 5000});
    put("hyp.yaml", NULL);
    put("weights/epoch3.pt", "x");
    put("weights/last.pt", "x");
    snprintf(said, sizeof said, "YD_TEST_RUN=%s", console.folder);
    yd_test_console_start(&console, NULL, width, height, (const char *const[]){said, NULL});
    REQUIRE(yd_test_console_wait(&console, "TRAIN", 8000));
    TYPE("b");
    SHOWS("branch off");
    SHOWS("last.pt");
}

static void branches(void)
{
    char *words, path[4600];
    size_t length;
    start_form(94, 30);
    TYPE(down);
    TYPE("\033[C"); /* Right: the older one */
    SHOWS("epoch3.pt");
    TYPE(down);
    TYPE("\rcalm\r");
    SHOWS("-> calm");
    TYPE(down);
    TYPE(down);
    TYPE("\r2\r");
    SHOWS("lr0 must be a number in (0, 1]");
    TYPE("\1770.005\r");
    SHOWS("-> 0.005");
    TYPE("\033[H\r");
    SHOWS("both will be about half as fast");
    TYPE("\r");
    SHOWS("was started");
    snprintf(path, sizeof path, "%s/words", console.folder);
    REQUIRE(yd_file_read(path, 0, &words, &length, NULL) == YD_OK);
    snprintf(path, sizeof path, "train|--detach|--branch|%s/weights/epoch3.pt|--name=calm|--set=lr0=0.005|",
             console.folder);
    CHECK_TEXT(words, path);
    free(words);
    TYPE("\r"); /* watches it: here the same run again */
    SHOWS("step/loss");
    yd_test_console_end(&console);
}

static void a_branch_that_fails(void)
{
    start_form(80, 24);
    put("fail", "");
    TYPE("\r");
    SHOWS("Enter starts it all the same");
    TYPE("\r");
    SHOWS("nothing is left to train");
    TYPE("\033");
    SHOWS("live values");
    CHECK(console.screen.unknown == 0);
    yd_test_console_end(&console);
}

static void a_form_on_small_screens(void)
{
    static const int sizes[][2] = {{60, 16}, {40, 10}, {1, 1}, {200, 60}};
    start_form(80, 24);
    TYPE("\033[F"); /* End */
    SHOWS("copy_paste");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        yd_test_console_resize(&console, sizes[i][0], sizes[i][1]);
        yd_test_console_run(&console, 150);
        CHECK(!console.over);
    }
    SHOWS("branch off");
    yd_test_console_end(&console);
}

/* What the console runs in place of «yolodeck train …»: the words go into a file of the run. */
static int stand_in(int argc, char **argv)
{
    char path[4600];
    const char *run = getenv("YD_TEST_RUN");
    snprintf(path, sizeof path, "%s/fail", run);
    if (yd_file_exists(path)) {
        fprintf(stderr, "yolodeck: --branch: nothing is left to train\n");
        return 2;
    }
    snprintf(path, sizeof path, "%s/words", run);
    FILE *file = fopen(path, "w");
    for (int i = 1; i < argc && file; i++) fprintf(file, "%s|", argv[i]);
    if (file) fclose(file);
    printf("%s runs as process 1; yolodeck attach %s\n", run, run);
    return 0;
}

static const yd_test_case cases[] = {
    {"values with their ranges", lists_values},
    {"preview, question, answer", previews_asks_and_is_answered},
    {"steps", steps_and_drops},
    {"refusals", refuses},
    {"small screens", small_screens},
    {"an ended run", an_ended_run},
    {"a branch", branches},
    {"a branch that fails", a_branch_that_fails},
    {"a form on small screens", a_form_on_small_screens},
};

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "train") == 0) return stand_in(argc, argv);
    return yd_test_main(argc, argv, cases, (int)(sizeof cases / sizeof *cases));
}
