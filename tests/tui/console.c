/* The real console in a pseudo-terminal, on a run that a fake engine plays: what it shows and what keys do.
 */
#include "support/console.h"
#include "base/clock.h"
#include "base/file.h"
#include "support/test.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static yd_test_console console;

static void start(const yd_fake_run *script, int width, int height, const char *const *environment)
{
    yd_test_console_engine(&console, script);
    yd_test_console_start(&console, NULL, width, height, environment);
}

static void draws_at_many_sizes(void)
{
    static const struct {
        int width, height;
        const char *texts[8];
    } sizes[] = {
        {200, 60, {"progress", "loss", "learning rate", "machine", "mAP", "events", "1 Dash", "bccd"}},
        {94, 30, {"progress", "loss", "learning rate", "machine", "mAP", "events", "1 Dash", "bccd"}},
        {80, 24, {"progress", "loss", "mAP", "events", "machine", "1 Dash"}},
        {60, 16, {"progress", "loss", "mAP", "p pause"}},
        {40, 10, {"loss", "mAP", "TRAIN"}},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        start(&(yd_fake_run){0}, sizes[i].width, sizes[i].height, NULL);
        CHECK(yd_test_console_wait(&console, "epoch", 8000));
        CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
        for (int j = 0; j < 8 && sizes[i].texts[j]; j++)
            CHECK(yd_test_console_wait(&console, sizes[i].texts[j], 8000));
        CHECK(console.screen.unknown == 0);
        CHECK(console.screen.alternate);
        yd_test_console_end(&console);
    }
}

static void survives_one_cell(void)
{
    start(&(yd_fake_run){0}, 1, 1, NULL);
    yd_test_console_run(&console, 300);
    CHECK(!console.over);
    yd_test_console_resize(&console, 80, 24);
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    yd_test_console_end(&console);
}

/* Where screens have no room there are rows, with the keys and the command line; down to one line. */
static void shows_the_essential_in_rows(void)
{
    start(&(yd_fake_run){.batches = 5000}, 40, 10, NULL);
    static const char *const texts[] = {"TRAIN", "epoch", "loss", "mAP", "batch", "im/s", "box", "p pause"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK(yd_test_console_wait(&console, texts[i], 8000));
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    yd_test_console_type(&console, ":set patience 1x\r");
    CHECK(yd_test_console_wait(&console, "patience must be", 8000));
    yd_test_console_type(&console, "\033");
    CHECK(yd_test_console_wait_gone(&console, "patience must be", 8000));
    yd_test_console_type(&console, "2"); /* what cannot be seen is said, and its keys do nothing there */
    CHECK(yd_test_console_wait(&console, "Charts needs 60 x 16 cells", 8000));
    yd_test_console_type(&console, "+");
    CHECK(yd_test_console_wait(&console, "save period 6: ", 8000));
    yd_test_console_resize(&console, 30, 2);
    CHECK(yd_test_console_wait_gone(&console, "batch", 8000));
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    CHECK(console.screen.unknown == 0);
    yd_test_console_end(&console);
}

static void says_epoch_while_setting_up(void)
{
    start(&(yd_fake_run){.setup_ms = 60000}, 60, 16, NULL);
    CHECK(yd_test_console_wait(&console, "SETUP", 8000));
    CHECK(yd_vterm_find(&console.screen, "epoch") >= 0);
    yd_test_console_end(&console);
}

static void stands_resizing(void)
{
    start(&(yd_fake_run){0}, 80, 24, NULL);
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    unsigned seed = 7;
    for (int i = 0; i < 60; i++) {
        seed = seed * 1103515245 + 12345;
        yd_test_console_resize(&console, 1 + (int)(seed >> 16) % 180, 1 + (int)(seed >> 8 & 63));
        yd_test_console_run(&console, 15);
    }
    CHECK(!console.over);
    yd_test_console_resize(&console, 94, 30);
    YD_TEST_CONSOLE_AWAIT(&console, yd_vterm_find(&console.screen, "p pause") == 29);
    CHECK(yd_test_console_wait(&console, "learning rate", 8000));
    CHECK(yd_vterm_find(&console.screen, "yolodeck") == 0);
    CHECK(yd_vterm_find(&console.screen, "p pause") == 29);
    CHECK(console.screen.unknown == 0);
    yd_test_console_end(&console);
}

static void obeys_keys(void)
{
    start(&(yd_fake_run){.batches = 5000}, 94, 30, NULL); /* no end of an epoch pushes the lines away */
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    CHECK(yd_test_console_wait(&console, "pause: done (you)", 8000));
    int64_t step = yd_test_console_run_step(&console);
    usleep(100000);
    CHECK(yd_test_console_run_step(&console) == step);
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_type(&console, "s");
    CHECK(yd_test_console_wait(&console, "saved manual-e12-b3.pt", 8000));
    yd_test_console_type(&console, "++");
    CHECK(yd_test_console_wait(&console, "save period 7", 8000));
    CHECK(yd_test_console_wait(&console, "save_period 6 -> 7", 8000));
    yd_test_console_type(&console, "-");
    CHECK(yd_test_console_wait(&console, "save_period 7 -> 6", 8000));
    yd_test_console_type(&console, "z");
    CHECK(yd_test_console_wait(&console, "z does nothing here", 8000));
    yd_test_console_end(&console);
}

static void shows_overlays_and_screens(void)
{
    start(&(yd_fake_run){.batches = 5000, .log_line = "labels/000.txt: class 7 of 3"}, 94, 30, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_type(&console, "?");
    CHECK(yd_test_console_wait(&console, "leave the console", 8000));
    yd_test_console_type(&console, "\033");
    CHECK(yd_test_console_wait_gone(&console, "leave the console", 8000));
    yd_test_console_type(&console, "\033OP"); /* F1 */
    CHECK(yd_test_console_wait(&console, "leave the console", 8000));
    yd_test_console_type(&console, "\033e"); /* Escape and a key at once, as tmux sends them */
    CHECK(yd_test_console_wait(&console, "after a final validation", 8000));
    CHECK(yd_vterm_find(&console.screen, "leave the console") < 0);
    CHECK(!console.screen.cursor_hidden);
    yd_test_console_type(&console, "\033");
    CHECK(yd_test_console_wait_gone(&console, "after a final", 8000));
    yd_test_console_type(&console, "\033[Z"); /* the screen before the first is the last */
    CHECK(yd_test_console_wait(&console, "level: all", 8000));
    CHECK(yd_test_console_wait(&console, "class 7 of 3", 8000));
    yd_test_console_type(&console, "\033[200~q1e\003\033[201~1"); /* what is pasted is not typed */
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    CHECK(yd_vterm_find(&console.screen, "after a final") < 0);
    CHECK(!console.over);
    yd_test_console_end(&console);
}

static void reads_earlier_epochs(void)
{
    char path[4400];
    static const char results[] =
        "epoch,train/box_loss,train/obj_loss,train/cls_loss,metrics/mAP_0.5,metrics/mAP_0.5:0.95\n"
        "0,0.9,0.1,0.1,0.1,0.05\n1,0.8,0.1,0.1,0.2,0.1\n2,0.7,0.1,0.1,0.3,0.2\n3,0.1,0.1";
    yd_test_console_engine(&console, &(yd_fake_run){.first_epoch = 3, .setup_ms = 60000});
    snprintf(path, sizeof path, "%s/results.csv", console.folder);
    CHECK(yd_file_write(path, results, sizeof results - 1, NULL) == YD_OK);
    yd_console_options options = {0};
    yd_test_console_start(&console, &options, 94, 30, NULL);
    CHECK(yd_test_console_wait(&console, "p pause", 8000));
    CHECK(yd_test_console_wait(&console, "\342\226\210", 8000)); /* the first frame waits for no file */
    char row[1024];
    int y = yd_vterm_find(&console.screen, "@.5:.95");
    REQUIRE(y >= 0);
    yd_vterm_row(&console.screen, y, row, sizeof row);
    CHECK(strstr(row, "\342\226\201") != NULL &&
          strstr(row, "\342\226\210") != NULL); /* from the lowest to the highest */
    yd_test_console_end(&console);
}

static void shows_foreign_letters(void)
{
    start(&(yd_fake_run){.dataset = "\350\241\200\347\264\260\350\203\236", .model = "e\314\201t\303\251"},
          94, 30, NULL);
    CHECK(yd_test_console_wait(&console, "\350\241\200\347\264\260\350\203\236", 8000));
    CHECK(yd_test_console_wait(&console, "et\303\251", 8000));
    CHECK(yd_test_console_wait(&console, "ctl \342\227\217",
                               2000)); /* what stands behind is not pushed aside */
    CHECK(console.screen.colours > 0);
    yd_test_console_end(&console);
}

static void escapes_hostile_names(void)
{
    const char *evil = "a\033]0;pwned\a\033[2J\033[31mb\302\233"
                       "c\n\377";
    start(&(yd_fake_run){.model = evil, .dataset = evil, .device = evil, .run = evil, .log_line = evil}, 200,
          40, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    CHECK(yd_test_console_wait(&console, "a\\x1b]0;pwned\\x07\\x1b[2J", 8000));
    CHECK(yd_test_console_wait(&console, "! a\\x1b]0;pwned", 8000));
    yd_test_console_type(&console, "7");
    CHECK(yd_test_console_wait(&console, "level: all", 8000));
    CHECK(console.screen.unknown == 0);
    yd_test_console_end(&console);
}

static void shows_a_loss_that_is_not_finite(void)
{
    start(&(yd_fake_run){.batches = 10, .nan_loss = true}, 94, 30, NULL);
    CHECK(yd_test_console_wait(&console, "\303\227", 4000)); /* the glyph for NaN */
    yd_test_console_end(&console);
}

static void draws_little(void)
{
    start(&(yd_fake_run){.batches = 1000, .step_ms = 2}, 94, 30, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_run(&console, 500);
    uint64_t bytes = console.screen.bytes;
    int frames = console.screen.frames;
    int64_t begin_ns = yd_clock_ns();
    yd_test_console_run(&console, 2500);
    YD_TEST_CONSOLE_AWAIT(&console, console.screen.frames - frames >= 4);
    double seconds = (double)(yd_clock_ns() - begin_ns) * 1e-9;
    CHECK((double)(console.screen.bytes - bytes) < 4096 * seconds);
    CHECK(console.screen.frames - frames <= 4 * seconds + 1);
    CHECK(console.screen.frames - frames >= 4);
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    yd_test_console_end(&console);
}

/* For what happens while it is there; not for what happened before. */
static void rings_when_the_run_ends(void)
{
    start(&(yd_fake_run){.epochs = 1, .held = true}, 94, 30, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    CHECK(console.screen.bells == 0);
    yd_fake_engine_let_go(console.engine);
    CHECK(yd_test_console_wait(&console, "DONE", 15000));
    CHECK(console.screen.bells >= 1 && console.screen.bells <= 2);
    yd_test_console_end(&console);
}

static const yd_test_case cases[] = {
    {"rings when the run ends", rings_when_the_run_ends},
    {"draws at many sizes", draws_at_many_sizes},
    {"survives one cell", survives_one_cell},
    {"shows the essential in rows", shows_the_essential_in_rows},
    {"says epoch while setting up", says_epoch_while_setting_up},
    {"stands resizing", stands_resizing},
    {"obeys keys", obeys_keys},
    {"shows overlays and screens", shows_overlays_and_screens},
    {"reads earlier epochs", reads_earlier_epochs},
    {"shows foreign letters", shows_foreign_letters},
    {"escapes hostile names", escapes_hostile_names},
    {"shows a loss that is not finite", shows_a_loss_that_is_not_finite},
    {"draws little", draws_little},
};

TEST_MAIN(cases)
