/* Other runs beside the open one, and programs started out of the way of the screen. */
#include "base/clock.h"
#include "base/file.h"
#include "support/test.h"
#include "tui/compare.h"
#include "tui/launcher.h"
#include "tui/past.h"
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int woken;

static void wake(void *context)
{
    (void)context;
    atomic_fetch_add(&woken, 1);
}

static void write_file(const char *folder, const char *name, const char *text, const char *mode)
{
    char path[4600];
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, mode);
    REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static const char *make_run(const char *name)
{
    static char folder[4400];
    snprintf(folder, sizeof folder, "%s/%s", yd_test_folder(), name);
    write_file(folder, "results.csv", "epoch, metrics/mAP_0.5\n0, 0.25\n1, 0.5\n", "w");
    return folder;
}

/* The last value of the series in a slot, once it is `wanted`. */
static bool reaches(yd_compare *compare, int slot, double wanted)
{
    for (int tries = 0; tries < 800 * YD_TEST_PATIENCE; tries++) {
        const yd_series_store *store = yd_compare_lock(compare, slot);
        const yd_series *series = store ? yd_series_store_find(store, "metrics/mAP_0.5") : NULL;
        double last = series ? yd_series_last_value(series) : (double)NAN;
        if (store) yd_compare_unlock(compare, slot);
        if (last == wanted) return true;
        usleep(5000);
    }
    return false;
}

static void runs_are_read_and_read_on(void)
{
    yd_compare *compare = yd_compare_create(wake, NULL);
    REQUIRE(compare);
    const char *folder = make_run("a");
    int slot = yd_compare_add(compare, folder);
    CHECK(slot == 0 && yd_compare_add(compare, folder) == 0 && yd_compare_count(compare) == 1);
    CHECK_TEXT(yd_compare_name(compare, 0), "a");
    CHECK(reaches(compare, 0, 0.5));
    CHECK(atomic_load(&woken) >= 1);
    write_file(folder, "results.csv", "2, 0.75\n", "a");
    CHECK(reaches(compare, 0, 0.75));
    CHECK(yd_compare_add(compare, make_run("b")) == 1);
    yd_compare_remove(compare, make_run("a"));
    CHECK(yd_compare_find(compare, make_run("a")) == -1 && yd_compare_find(compare, make_run("b")) == 1);
    CHECK(yd_compare_lock(compare, 0) == NULL && yd_compare_folder(compare, 0) == NULL);
    yd_compare_clear(compare);
    CHECK(yd_compare_count(compare) == 0);
    yd_compare_destroy(compare);
}

static void seven_are_the_most(void)
{
    yd_compare *compare = yd_compare_create(wake, NULL);
    REQUIRE(compare);
    for (int i = 0; i < YD_COMPARED; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        CHECK(yd_compare_add(compare, make_run(name)) == i);
    }
    CHECK(yd_compare_add(compare, make_run("one more")) == -1);
    CHECK(yd_compare_add(compare, "/no/such/run") == -1);
    yd_compare_remove(compare, make_run("n3"));
    int slot = -1;
    for (int tries = 0; slot < 0 && tries < 400 * YD_TEST_PATIENCE; tries++, usleep(5000))
        slot = yd_compare_add(compare, make_run("one more"));
    CHECK(slot == 3); /* the slot that became free, so that the others keep their letters */
    CHECK(yd_compare_lock(compare, 99) == NULL);
    yd_compare_destroy(compare);
    compare = yd_compare_create(wake, NULL);
    REQUIRE(compare);
    int nothing = yd_compare_add(compare, "/no/such/run");
    CHECK(nothing == 0);
    usleep(50000);
    CHECK(yd_compare_lock(compare, nothing) == NULL);
    yd_compare_destroy(compare);
}

/* This program stands in for the console's own: whatever it is given as an argument it takes for the name of
 * a case that is not there. */
static void programs_are_started_one_at_a_time(void)
{
    yd_launcher *launcher = yd_launcher_create();
    yd_launch_result result;
    REQUIRE(launcher);
    atomic_store(&woken, 0);
    yd_launcher_set_wake(launcher, wake, NULL);
    CHECK(!yd_launcher_take(launcher, &result));
    const char *const arguments[] = {"no such case", NULL};
    CHECK(yd_launcher_start(launcher, arguments, "a test"));
    CHECK(!yd_launcher_start(launcher, arguments, "another"));
    bool ended = false;
    for (int tries = 0; !ended && tries < 800 * YD_TEST_PATIENCE; tries++, usleep(5000))
        ended = yd_launcher_take(launcher, &result);
    REQUIRE(ended);
    CHECK(atomic_load(&woken) == 1);
    CHECK_TEXT(result.what, "a test");
    CHECK(strstr(result.line, "0 passed") != NULL);
    CHECK(!yd_launcher_take(launcher, &result));
    CHECK(yd_launcher_start(launcher, arguments, "again"));
    yd_launcher_destroy(launcher);
}

static void what_a_run_has_left_is_shown(void)
{
    char folder[4400];
    snprintf(folder, sizeof folder, "%s/past", yd_test_folder());
    write_file(folder, "results.csv",
               "epoch,train/box_loss,metrics/mAP_0.5,metrics/mAP_0.5:0.95\n0,0.1,0.5,0.3\n1,0.05,0.4,0.2\n",
               "w");
    write_file(folder, "opt.yaml",
               "weights: /w/yolov5s.pt\ndata: coco.yaml\nepochs: 2\nbatch_size: 16\nimgsz: 640\n", "w");
    yd_run_view *view = yd_run_view_create();
    REQUIRE(view);
    yd_past_load(view, folder);
    CHECK(yd_run_view_ended(view));
    CHECK_TEXT(yd_run_view_state_name(view), "DONE");
    CHECK_TEXT(view->block.model, "yolov5s");
    CHECK(view->block.epoch == 2 && view->block.epochs == 2 && view->block.best_epoch == 0);
    CHECK_NEAR(view->block.map50, 0.4, 1e-6);
    CHECK(yd_lines_count(&view->lines) == 0); /* nothing is said of a death */
    CHECK(isnan(yd_run_view_pace_eta(view)));
    yd_run_view_destroy(view);
    write_file(folder, "opt.yaml", "epochs: 100\n", "w");
    write_file(folder, "results.png", "drawn when it was over", "w");
    view = yd_run_view_create();
    yd_past_load(view, folder);
    CHECK_TEXT(yd_run_view_state_name(view), "ENDED");
    yd_run_view_revive(view);
    CHECK(!view->past[0]);
    yd_run_view_destroy(view);
    write_file(folder, "opt.yaml", "epochs: [\n\t!!", "w");
    write_file(folder, "results.csv", "\377\376 no table", "w");
    view = yd_run_view_create();
    yd_past_load(view, folder);
    CHECK(yd_run_view_ended(view) && view->block.best_epoch == -1);
    yd_run_view_destroy(view);
}

/* A run of YOLOv5's goes on without an engine of ours. */
static void what_changes_later_is_seen(void)
{
    char folder[4400];
    snprintf(folder, sizeof folder, "%s/going on", yd_test_folder());
    write_file(folder, "results.csv", "epoch,metrics/mAP_0.5,metrics/mAP_0.5:0.95\n0,0.5,0.3\n", "w");
    yd_run_view *view = yd_run_view_create();
    REQUIRE(view);
    yd_past past = {0};
    const int64_t second = 1000000000;
    yd_past_load(view, folder);
    CHECK(yd_past_look(&past, view, folder, 1 * second) == YD_PAST_SAME);
    write_file(folder, "results.csv", "1,0.6,0.4\n", "a");
    CHECK(yd_past_look(&past, view, folder, 2 * second) == YD_PAST_SAME); /* not yet */
    CHECK(view->block.epoch == 1);
    CHECK(yd_past_look(&past, view, folder, 3 * second) == YD_PAST_CHANGED);
    CHECK(view->block.epoch == 2);
    CHECK(yd_past_look(&past, view, folder, 6 * second) == YD_PAST_SAME);
    yd_run_view_destroy(view);
}

/* The biases' rate stands first in tables of today, last in older ones; in the warm-up it is the highest. */
static void rates_are_told_apart(void)
{
    char folder[4400];
    snprintf(folder, sizeof folder, "%s/rates", yd_test_folder());
    for (int first = 0; first < 2; first++) {
        write_file(folder, "results.csv",
                   first ? "epoch,x/lr0,x/lr1,x/lr2\n0,0.1,0.002,0.001\n1,0.05,0.004,0.003\n"
                         : "epoch,x/lr0,x/lr1,x/lr2\n0,0.001,0.002,0.1\n1,0.003,0.004,0.05\n",
                   "w");
        write_file(folder, "opt.yaml", "weights: ''\ncfg: models/yolov5s.yaml\ndevice: 0,1\nepochs: 3\n",
                   "w");
        yd_run_view *view = yd_run_view_create();
        yd_past_load(view, folder);
        CHECK(view->bias_first == (first == 1));
        CHECK_NEAR(view->block.lr[0], 0.003, 1e-6);
        CHECK_NEAR(view->block.lr[1], 0.004, 1e-6);
        CHECK_NEAR(view->block.lr[2], 0.05, 1e-6);
        CHECK_TEXT(view->block.model, "yolov5s");
        CHECK_TEXT(view->block.device, "cuda:0,1");
        yd_run_view_destroy(view);
    }
}

static const yd_test_case cases[] = {
    {"rates are told apart", rates_are_told_apart},
    {"what changes later is seen", what_changes_later_is_seen},
    {"runs are read and read on", runs_are_read_and_read_on},
    {"seven are the most", seven_are_the_most},
    {"programs are started one at a time", programs_are_started_one_at_a_time},
    {"what a run has left is shown", what_a_run_has_left_is_shown},
};

TEST_MAIN(cases)
