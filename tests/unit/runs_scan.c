/* The list of runs as it is kept up to date: what is new, changed, gone, killed; and the thread that does it.
 */
#include "base/clock.h"
#include "base/file.h"
#include "runs/run_scan.h"
#include "support/fake_engine.h"
#include "support/test.h"
#include "tui/run_watch.h"
#include "tui/screens/runs_table.h"
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char header[] = "epoch,metrics/mAP_0.5,metrics/mAP_0.5:0.95\n";
static char root[4200];

static void put(const char *run, const char *name, const char *text)
{
    char folder[4400], path[4600];
    snprintf(folder, sizeof folder, "%s/%s", root, run);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    FILE *file = fopen(path, "w");
    REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0);
    struct timespec times[2]; /* long ago: else it may still grow, and is read again and again */
    clock_gettime(CLOCK_REALTIME, &times[0]);
    times[0].tv_sec -= 20 * 86400;
    times[1] = times[0];
    REQUIRE(utimensat(AT_FDCWD, path, times, 0) == 0);
}

static void put_results(const char *run, double map)
{
    char text[256];
    snprintf(text, sizeof text, "%s0,%g,%g\n", header, map, map);
    put(run, "results.csv", text);
}

static void begin(const char *name)
{
    setenv("XDG_STATE_HOME", yd_test_folder(), 1);
    snprintf(root, sizeof root, "%s/%s", yd_test_folder(), name);
    REQUIRE(yd_make_folders(root, NULL) == YD_OK);
}

static int read_all(yd_run_scan *scan)
{
    int count = 0;
    while (yd_run_scan_read_one(scan, yd_clock_ns())) count++;
    return count;
}

static const yd_run_row *find(const yd_run_table *table, const char *name)
{
    for (int i = 0; table && i < table->count; i++)
        if (strcmp(table->rows[i].entry.name, name) == 0) return &table->rows[i];
    return NULL;
}

static void reads_only_what_has_changed(void)
{
    begin("scan");
    put_results("a", 0.1);
    put_results("b", 0.2);
    yd_run_scan *scan = yd_run_scan_create(root);
    REQUIRE(scan);
    REQUIRE(yd_run_scan_find(scan, NULL, NULL, NULL) == YD_OK);
    yd_run_table *table = yd_run_scan_snapshot(scan);
    REQUIRE(table && table->count == 2 && find(table, "a") && !find(table, "a")->known);
    yd_run_table_free(table);
    CHECK(read_all(scan) == 2);
    REQUIRE(yd_run_scan_find(scan, NULL, NULL, NULL) == YD_OK);
    uint64_t before = yd_run_scan_version(scan);
    CHECK(read_all(scan) == 0);
    CHECK(yd_run_scan_version(scan) == before);
    put_results("b", 0.25);
    put("b", "opt.yaml", "epochs: 7\n");
    put_results("c", 0.3);
    REQUIRE(yd_run_scan_find(scan, NULL, NULL, NULL) == YD_OK);
    CHECK(read_all(scan) == 2);
    CHECK(yd_run_scan_measure_one(scan, 1));
    table = yd_run_scan_snapshot(scan);
    REQUIRE(find(table, "b") && find(table, "c"));
    CHECK(find(table, "b")->known && find(table, "b")->entry.epochs == 7);
    CHECK_NEAR(find(table, "b")->entry.best_fitness, 0.25, 1e-6);
    CHECK(find(table, "a")->bytes > 0 && find(table, "b")->bytes == -1);
    yd_run_table_free(table);
    char path[4600];
    snprintf(path, sizeof path, "%s/a/results.csv", root);
    REQUIRE(unlink(path) == 0);
    REQUIRE(yd_run_scan_find(scan, NULL, NULL, NULL) == YD_OK);
    table = yd_run_scan_snapshot(scan);
    CHECK(table && table->count == 2 && !find(table, "a"));
    yd_run_table_free(table);
    yd_run_scan_destroy(scan);
}

static bool never(void *context)
{
    (void)context;
    return false;
}

static void a_look_that_is_cut_short_forgets_nothing(void)
{
    begin("cut");
    put_results("a", 0.1);
    put_results("b", 0.2);
    yd_run_scan *scan = yd_run_scan_create(root);
    REQUIRE(scan && yd_run_scan_find(scan, NULL, NULL, NULL) == YD_OK);
    yd_run_scan_find(scan, never, NULL, NULL);
    yd_run_table *table = yd_run_scan_snapshot(scan);
    CHECK(table && table->count == 2);
    yd_run_table_free(table);
    yd_run_scan_destroy(scan);
    yd_error error;
    scan = yd_run_scan_create("/no/such/folder");
    REQUIRE(scan);
    CHECK(yd_run_scan_find(scan, NULL, NULL, &error) == YD_ERR_CONFIG);
    CHECK(strstr(error.message, "/no/such/folder") != NULL);
    yd_run_scan_destroy(scan);
}

static atomic_int woken;

static void wake(void *context)
{
    (void)context;
    atomic_fetch_add(&woken, 1);
}

/* Takes tables until the run is in that state, or the time is over. */
static bool becomes(yd_run_watch *watch, const char *name, const char *state, int timeout_ms)
{
    bool found = false;
    for (int64_t end = yd_clock_ns() + YD_TEST_PATIENCE * timeout_ms * 1000000LL;
         !found && yd_clock_ns() < end;) {
        yd_run_table *table = yd_run_watch_take(watch);
        const yd_run_row *row = find(table, name);
        found = row && row->known && strcmp(row->entry.state, state) == 0;
        yd_run_table_free(table);
        usleep(5000);
    }
    return found;
}

static void the_dead_are_seen_within_two_seconds(void)
{
    begin("watch");
    char folder[4400];
    snprintf(folder, sizeof folder, "%s/alive", root);
    put_results("ended", 0.5);
    pid_t engine = yd_fake_engine_start(folder, &(yd_fake_run){0});
    yd_run_watch *watch = yd_run_watch_start(root, wake, NULL);
    REQUIRE(watch);
    CHECK(becomes(watch, "alive", "train", 4000));
    yd_fake_engine_stop(engine);
    CHECK(becomes(watch, "alive", "stalled", 8000));
    yd_fake_engine_kill(engine);
    CHECK(becomes(watch, "alive", "dead", 2000));
    CHECK(atomic_load(&woken) >= 2);
    yd_run_watch_set_active(watch, false);
    yd_run_watch_set_active(watch, true);
    yd_run_watch_end(watch);
}

static void a_thousand_runs_are_shown_soon(void)
{
    begin("many");
    for (int i = 0; i < 1000; i++) {
        char name[32];
        snprintf(name, sizeof name, "exp%d", i);
        put_results(name, i / 1000.0);
    }
    int64_t begin_ns = yd_clock_ns();
    yd_run_watch *watch = yd_run_watch_start(root, wake, NULL);
    REQUIRE(watch);
    yd_run_table *table = NULL;
    int known = 0;
    for (int tries = 0; known < 1000 && tries < 2000 * YD_TEST_PATIENCE; tries++) {
        yd_run_table *fresh = yd_run_watch_take(watch);
        if (fresh) {
            yd_run_table_free(table);
            table = fresh;
            known = 0;
            for (int i = 0; i < table->count; i++) known += table->rows[i].known;
        }
        usleep(5000);
    }
    printf("1000 runs read after %.2f s\n", (double)(yd_clock_ns() - begin_ns) * 1e-9);
    CHECK(known == 1000);
    yd_run_table_free(table);
    yd_run_watch_end(watch);
}

static yd_run_table *table_of(yd_run_row *rows, int count)
{
    static yd_run_table table;
    table = (yd_run_table){.rows = rows, .count = count};
    return &table;
}

static void rows_are_sorted_and_filtered(void)
{
    yd_run_row rows[] = {{.entry = {.name = "exp10",
                                    .folder = "/r/exp10",
                                    .state = "done",
                                    .best_fitness = 0.5,
                                    .epoch = 10,
                                    .changed_ns = 5},
                          .known = true,
                          .bytes = 10},
                         {.entry = {.name = "exp9",
                                    .folder = "/r/exp9",
                                    .state = "train",
                                    .best_fitness = (double)NAN,
                                    .epoch = -1,
                                    .epochs = -1,
                                    .changed_ns = 9},
                          .known = true,
                          .bytes = -1},
                         {.entry = {.name = "Other",
                                    .folder = "/r/Other",
                                    .state = "dead",
                                    .best_fitness = 0.7,
                                    .epoch = 3,
                                    .changed_ns = 1,
                                    .kind = YD_RUN_KIND_YOLOV5},
                          .bytes = 5}};
    const yd_run_table *table = table_of(rows, 3);
    int order[3];
    CHECK(yd_runs_order(table, "", YD_RUN_COLUMN_CHANGED, false, order) == 3);
    CHECK(order[0] == 1 && order[1] == 0 && order[2] == 2); /* newest first */
    yd_runs_order(table, "", YD_RUN_COLUMN_CHANGED, true, order);
    CHECK(order[0] == 2 && order[2] == 1);
    yd_runs_order(table, "", YD_RUN_COLUMN_FITNESS, false, order);
    CHECK(order[0] == 2 && order[1] == 0 && order[2] == 1);
    yd_runs_order(table, "", YD_RUN_COLUMN_FITNESS, true, order); /* what is not known stays last */
    CHECK(order[0] == 0 && order[1] == 2 && order[2] == 1);
    yd_runs_order(table, "", YD_RUN_COLUMN_NAME, false, order);
    CHECK(order[1] == 1 && order[2] == 0); /* exp9 before exp10 */
    CHECK(yd_runs_order(table, "EXP", YD_RUN_COLUMN_NAME, false, order) == 2);
    CHECK(yd_runs_order(table, "exp done", YD_RUN_COLUMN_NAME, false, order) == 1 && order[0] == 0);
    CHECK(yd_runs_order(table, "yolov5", YD_RUN_COLUMN_NAME, false, order) == 1 && order[0] == 2);
    CHECK(yd_runs_order(table, "nothing", YD_RUN_COLUMN_NAME, false, order) == 0);
    char text[64];
    CHECK_TEXT(yd_runs_cell(&rows[2], YD_RUN_COLUMN_STATE, text, sizeof text), "..."); /* not read yet */
    CHECK_TEXT(yd_runs_cell(&rows[1], YD_RUN_COLUMN_EPOCH, text, sizeof text), "-");
    CHECK_TEXT(yd_runs_cell(&rows[1], YD_RUN_COLUMN_SIZE, text, sizeof text), "-");
    rows[0].entry.name = "a\033[31mb";
    CHECK_TEXT(yd_runs_cell(&rows[0], YD_RUN_COLUMN_NAME, text, sizeof text), "a\\x1b[31mb");
}

static void columns_fit(void)
{
    int widths[YD_RUN_COLUMNS];
    for (int width = 0; width < 250; width++) {
        int sum = 0, shown = 0;
        yd_runs_widths(width, widths);
        for (int i = 0; i < YD_RUN_COLUMNS; i++) {
            CHECK(widths[i] >= 0);
            if (widths[i]) sum += widths[i] + (shown++ ? YD_RUN_GAP : 0);
        }
        CHECK(sum == width);
        CHECK(width == 0 || widths[YD_RUN_COLUMN_NAME] > 0);
        if (width >= 120) CHECK(shown == YD_RUN_COLUMNS);
    }
}

static const yd_test_case cases[] = {
    {"reads only what has changed", reads_only_what_has_changed},
    {"a look that is cut short forgets nothing", a_look_that_is_cut_short_forgets_nothing},
    {"the dead are seen within two seconds", the_dead_are_seen_within_two_seconds},
    {"a thousand runs are shown soon", a_thousand_runs_are_shown_soon},
    {"rows are sorted and filtered", rows_are_sorted_and_filtered},
    {"columns fit", columns_fit},
};

TEST_MAIN(cases)
