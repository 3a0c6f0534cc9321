/* The Charts screen in a pseudo-terminal: what it shows of a run, what keys and the mouse do to it, and that
 * none of that is undone by data that comes. */
#include "base/file.h"
#include "support/console.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static yd_test_console console;

static void start(const yd_fake_run *script, int width, int height, const yd_console_options *options)
{
    yd_test_console_engine(&console, script);
    yd_test_console_start(&console, options, width, height, NULL);
    REQUIRE(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_type(&console, "2");
    REQUIRE(yd_test_console_wait(&console, "step/loss", 8000));
}

static void press(const char *keys, const char *then)
{
    yd_test_console_type(&console, keys);
    CHECK(yd_test_console_wait(&console, then, 8000));
}

static void draws_at_many_sizes(void)
{
    static const struct {
        int width, height;
        const char *texts[4];
    } sizes[] = {
        {200, 60, {"metrics/mAP_0.5", "step/lr_weights", "metrics/mAP_0.5:0.95", "by epoch"}},
        {94, 30, {"metrics/mAP_0.5", "step/lr_weights", "metrics/mAP_0.5:0.95", "by epoch"}},
        {80, 24, {"metrics/mAP_0.5", "step/lr_weights", "metrics/mAP_0.5:0.95", "by epoch"}},
        {60, 16, {"metrics/mAP_0.5:0.95", "by epoch"}},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        start(&(yd_fake_run){0}, sizes[i].width, sizes[i].height, NULL);
        for (int j = 0; j < 4 && sizes[i].texts[j]; j++)
            CHECK(yd_test_console_wait(&console, sizes[i].texts[j], 8000));
        CHECK(console.screen.unknown == 0);
        yd_test_console_end(&console);
    }
}

/* Waits until the run is there, and it is drawn. */
static void has_steps(int64_t wanted)
{
    YD_TEST_CONSOLE_AWAIT(&console, yd_test_console_run_step(&console) >= wanted);
    yd_test_console_run(&console, 500);
}

static void what_was_chosen_stays(void)
{
    start(&(yd_fake_run){0}, 94, 30, NULL);
    has_steps(60);                              /* until there is something to zoom into */
    press("\033[A", "zoomed in on the newest"); /* Up: what follows the newest value goes on following */
    press("g", "step/loss, log");
    press("ww", "smoothed 0.7");
    press("W", "smoothed 0.5");
    press("u", "step/loss, log, trimmed");
    press("]", "> metrics/mAP_0.5:0.95");
    press("1", "progress");
    int64_t step = yd_test_console_run_step(&console);
    has_steps(step + 60);
    press("2", "step/loss, log, trimmed");
    CHECK(yd_test_console_wait(&console, "smoothed 0.5", 8000));
    CHECK(yd_test_console_wait(&console, "zoomed in on the newest", 8000));
    CHECK(yd_test_console_wait(&console, "> metrics/mAP_0.5:0.95", 8000));
    yd_test_console_type(&console, "r");
    CHECK(yd_test_console_wait_gone(&console, "zoomed", 8000));
    press("x", "by time");
    press("x", "by step");
    press("x", "by epoch");
    yd_test_console_end(&console);
}

static void panels_come_and_go(void)
{
    start(&(yd_fake_run){0}, 200, 60, NULL);
    press("nn", "val/obj_loss");
    press("N", "val/box_loss");
    CHECK(yd_test_console_wait_gone(&console, "val/obj_loss", 8000));
    yd_test_console_type(&console, "f");
    CHECK(yd_test_console_wait_gone(&console, "val/box_loss", 8000));
    CHECK(yd_vterm_find(&console.screen, "step/loss") >= 0);
    press("\033", "val/box_loss"); /* Escape: all of them again */
    yd_test_console_end(&console);
}

static void a_scalar_is_chosen_by_its_name(void)
{
    start(&(yd_fake_run){0}, 94, 30, NULL);
    press("\r", "type to filter");
    CHECK(yd_test_console_wait(&console, "step/cls_loss", 8000));
    yd_test_console_type(&console, "BIAS lr");
    CHECK(yd_test_console_wait_gone(&console, "step/cls_loss", 8000));
    yd_test_console_type(&console, "\r");
    CHECK(yd_test_console_wait(&console, "> step/lr_biases", 8000));
    press("\r", "type to filter");
    press("no such scalar", "no scalar has all these words");
    yd_test_console_type(&console, "\033");
    CHECK(yd_test_console_wait_gone(&console, "type to filter", 8000));
    CHECK(yd_test_console_wait(&console, "> step/lr_biases", 8000));
    yd_test_console_end(&console);
}

/* Several scalars in one panel: from the list, by name, and away again. */
static void scalars_lie_over_one_another(void)
{
    start(&(yd_fake_run){0}, 120, 30, NULL);
    press("a", "scalars over one another in panel 1");
    yd_test_console_type(&console, "step box");
    CHECK(yd_test_console_wait_gone(&console, "step/cls_loss", 8000));
    yd_test_console_type(&console, "\r");
    CHECK(yd_test_console_wait(&console, "> a step/loss, b step/box_loss", 8000));
    CHECK(yd_test_console_wait_gone(&console, "type to filter", 8000));
    press("\r", "scalar of panel 1");
    press("step/obj\t\033", "a step/loss, b step/box_loss, c step/obj_loss"); /* Tab: the list stays */
    press("astep/loss\r", "> a step/box_loss, b step/obj_loss");
    press(":draw 'step/lr_*' val/none\r", "val/none: no such scalar");
    CHECK(yd_vterm_find(&console.screen, "> a step/box_loss, b step/obj_loss") >= 0); /* as it was */
    press("\025draw step/*\r", "a panel holds 6 scalars at most");
    press("\025draw 'step/lr_*'\r", "> a step/lr_norm, b step/lr_weights, c step/lr_biases");
    press(":draw step/obj_l\t\r", "> step/obj_loss");
    press(":draw\r", "> step/loss");
    yd_test_console_end(&console);
}

static void keep_string(void *context, yd_vterm *terminal, char introducer, const char *text, size_t length)
{
    (void)terminal;
    if (introducer == ']') snprintf(context, 1024, "%.*s", (int)length, text);
}

static void the_cursor_tells_values(void)
{
    char copied[1024] = "";
    start(&(yd_fake_run){0}, 94, 30, NULL);
    has_steps(60);
    console.screen.on_string = keep_string, console.screen.string_context = copied;
    press("\033[D", "step "); /* Left */
    CHECK(yd_vterm_find(&console.screen, " epoch ") >= 0);
    press("y", "copied ");
    YD_TEST_CONSOLE_AWAIT(&console, copied[0]);
    CHECK(strncmp(copied, "52;c;", 5) == 0 && strlen(copied) > 20);
    press("\033", "by epoch");
    press("+", "zoomed in");
    press("-", "by epoch");
    yd_test_console_end(&console);
}

static void changes_are_marked(void)
{
    start(&(yd_fake_run){0}, 94, 30, NULL);
    yd_test_console_type(&console, "1");
    REQUIRE(yd_test_console_wait(&console, "progress", 8000));
    yd_test_console_type(&console, "+"); /* here it is the save period */
    REQUIRE(yd_test_console_wait(&console, "save_period", 8000));
    press("2", "1 live change");
    CHECK(yd_test_console_wait(&console, "\xe2\x96\xb2", 8000)); /* its mark */
    press("{", "save_period");                                   /* the note, at the cursor */
    yd_test_console_end(&console);
}

static void what_is_not_finite_has_a_glyph(void)
{
    start(&(yd_fake_run){.nan_loss = true, .batches = 20}, 94, 30, NULL);
    press("\ro\177box\r", "> step/box_loss");
    CHECK(yd_test_console_wait(&console, "\xc3\x97", 8000));
    yd_test_console_end(&console);
    start(&(yd_fake_run){.nan_loss = true, .batches = 20}, 94, 30,
          &(yd_console_options){.stay = true, .ascii = true});
    CHECK(yd_test_console_wait(&console, "x", 8000));
    for (int y = 0; y < 30; y++) {
        char row[1024];
        yd_vterm_row(&console.screen, y, row, sizeof row);
        for (const char *c = row; *c; c++) CHECK((unsigned char)*c < 0x80);
    }
    yd_test_console_end(&console);
}

static void the_mouse_zooms_and_points(void)
{
    start(&(yd_fake_run){0}, 94, 30, NULL);
    has_steps(60);
    press("\033[<64;70;8M", "zoomed in"); /* wheel up, within the second panel */
    press("\033[<65;70;8M\033[<65;70;8M", "by epoch");
    yd_test_console_type(&console, "\033[<0;70;22M\033[<0;70;22m"); /* a click into the last panel */
    CHECK(yd_test_console_wait(&console, "> step/lr_weights", 8000));
    yd_test_console_end(&console);
}

/* Other runs are laid over this one by the command line. */
static void runs_are_compared(void)
{
    char folder[4400], path[4600], line[4700];
    snprintf(folder, sizeof folder, "%s/other run", yd_test_folder());
    snprintf(path, sizeof path, "%s/results.csv", folder);
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    FILE *file = fopen(path, "w");
    REQUIRE(file && fputs("epoch,metrics/mAP_0.5:0.95\n0,0.125\n1,0.75\n", file) >= 0 && fclose(file) == 0);
    start(&(yd_fake_run){0}, 94, 30, NULL);
    press(":compare nothing\r", "no such run");
    press("\025compare 'other run\r",
          "B other run"); /* a quote that is open at the end holds for all of it */
    CHECK(yd_test_console_wait(&console, "B 0.7500", 8000));
    press(":compare\r", "by epoch");
    CHECK(yd_test_console_wait_gone(&console, "B other", 8000));
    snprintf(line, sizeof line, ":compare %s/oth\t", yd_test_folder());
    press(line, "other\\ run/");
    press("res\t\r", "B other run");
    press(":compare\r", "by epoch");
    CHECK(yd_test_console_wait_gone(&console, "B other", 8000));
    snprintf(line, sizeof line, ":compare \"%s\"\r", folder);
    press(line, "B other run");
    CHECK(yd_test_console_wait(&console, "B 0.7500", 8000));
    press(":compare\r", "by epoch");
    CHECK(yd_test_console_wait_gone(&console, "B other", 8000));
    yd_test_console_end(&console);
}

static const yd_test_case cases[] = {
    {"draws at many sizes", draws_at_many_sizes},
    {"what was chosen stays", what_was_chosen_stays},
    {"panels come and go", panels_come_and_go},
    {"a scalar is chosen by its name", a_scalar_is_chosen_by_its_name},
    {"scalars lie over one another", scalars_lie_over_one_another},
    {"the cursor tells values", the_cursor_tells_values},
    {"changes are marked", changes_are_marked},
    {"what is not finite has a glyph", what_is_not_finite_has_a_glyph},
    {"the mouse zooms and points", the_mouse_zooms_and_points},
    {"runs are compared", runs_are_compared},
};

TEST_MAIN(cases)
