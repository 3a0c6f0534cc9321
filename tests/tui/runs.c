/* The list of runs in a pseudo-terminal: live and ended ones, how they are opened, compared, sorted; and a
 * console on a run that has ended. */
#include "base/file.h"
#include "event/server.h"
#include "support/console.h"
#include "support/test.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static yd_test_console console;
static char root[4190];

static void put(const char *run, const char *name, const char *text)
{
    char folder[4400], path[4600];
    snprintf(folder, sizeof folder, "%s/%s", root, run);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    FILE *file = fopen(path, "w");
    REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* The files of a run were written so long ago. */
static void age(const char *run, int seconds)
{
    static const char *const names[] = {"results.csv", "opt.yaml"};
    for (int i = 0; i < 2; i++) {
        char path[4600];
        struct timespec times[2];
        clock_gettime(CLOCK_REALTIME, &times[0]);
        times[0].tv_sec -= seconds;
        times[1] = times[0];
        snprintf(path, sizeof path, "%s/%s/%s", root, run, names[i]);
        REQUIRE(utimensat(AT_FDCWD, path, times, 0) == 0);
    }
}

/* As YOLOv5 v7.0 writes it; long ago. */
static void put_yolov5(const char *run, int epochs, double map)
{
    static char text[65536];
    int length = snprintf(text, sizeof text,
                          "               epoch,      train/box_loss,      train/obj_loss,      "
                          "train/cls_loss,   metrics/precision,   "
                          "   metrics/recall,     metrics/mAP_0.5,metrics/mAP_0.5:0.95,        val/box_loss, "
                          "       val/obj_loss,     "
                          "   val/cls_loss,               x/lr0,               x/lr1,               x/lr2\n");
    for (int i = 0; i < epochs; i++)
        length += snprintf(
            text + length, sizeof text - (size_t)length,
            "%20d,%20.5g,%20.5g,%20.5g,%20.5g,%20.5g,%20.5g,%20.5g,%20.5g,%20.5g,%20.5g,%20.5g,%20.5g,"
            "%20.5g\n",
            i, 0.1 / (i + 1), 0.05, 0.01, 0.8, 0.7, map * 1.2, map * (i + 1) / epochs, 0.06, 0.05, 0.01, 0.01,
            0.01, 0.01);
    put(run, "results.csv", text);
    put(run, "opt.yaml", "weights: yolov5s.pt\ndata: coco128.yaml\nepochs: 10\nbatch_size: 16\nimgsz: 640\n");
    age(run, 20 * 86400);
}

static void begin(const char *name)
{
    setenv("XDG_STATE_HOME", yd_test_folder(), 1);
    snprintf(root, sizeof root, "%s/%s", yd_test_folder(), name);
    REQUIRE(yd_make_folders(root, NULL) == YD_OK);
    console = (yd_test_console){.master = -1, .over = true};
}

/* The console on the list of root. */
static void browse(int width, int height)
{
    yd_console_options options = {.browse = root};
    yd_test_console_start(&console, &options, width, height, NULL);
}

static void press(const char *keys, const char *then)
{
    yd_test_console_type(&console, keys);
    CHECK(yd_test_console_wait(&console, then, 8000));
}

static void lists_at_many_sizes(void)
{
    static const struct {
        int width, height;
        const char *texts[6];
    } sizes[] = {
        {200, 60, {"YOLOv5", "best at", "0.6200", "10/10", "changed", "2 runs"}},
        {94, 30, {"0.6200", "10/10", "done", "ended", "changed", "2 runs"}},
        {80, 24, {"0.6200", "10/10", "done", "ended", "changed", "2 runs"}},
        {60, 16, {"0.6200", "10/10", "done", "ended", "fitness", "2 runs"}},
    };
    begin("sizes");
    put_yolov5("whole", 10, 0.6078); /* 0.1 * 0.7294 + 0.9 * 0.6078 */
    put_yolov5("cut", 4, 0.3);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        browse(sizes[i].width, sizes[i].height);
        for (int j = 0; j < 6; j++) CHECK(yd_test_console_wait(&console, sizes[i].texts[j], 8000));
        CHECK(console.screen.unknown == 0);
        yd_test_console_type(&console, "q");
        CHECK(yd_test_console_status(&console, 4000) == 0);
        yd_test_console_check_left(&console);
        yd_test_console_end(&console);
    }
}

static void opens_and_compares(void)
{
    begin("open");
    put_yolov5("first", 10, 0.6);
    put_yolov5("second", 8, 0.5);
    browse(94, 30);
    CHECK(yd_test_console_wait(&console, "2 runs", 8000));
    press("/first\r", "1 run ");
    press("\r", "first \xe2\x96\xb8 DONE");
    CHECK(yd_test_console_wait(&console, "yolov5s \xc2\xb7 coco128", 8000));
    press("2", "train/box_loss");
    press("6", "A first");
    press("\033", "2 runs");
    press("/second\r", "1 run ");
    press(" ", "B second");
    press("c", "B second"); /* Charts, with the names of both */
    CHECK(yd_test_console_wait(&console, "A first", 8000));
    press("6", "1 compared");
    press(" ", "1 run in");
    CHECK(yd_test_console_wait_gone(&console, "B second", 8000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 4000) == 0);
    yd_test_console_end(&console);
}

static void sees_runs_come_live_and_die(void)
{
    begin("live");
    put_yolov5("ended", 10, 0.6);
    browse(94, 30);
    CHECK(yd_test_console_wait(&console, "1 run ", 8000));
    char folder[4400];
    snprintf(folder, sizeof folder, "%s/alive", root);
    console.engine = yd_fake_engine_start(folder, &(yd_fake_run){0});
    CHECK(yd_test_console_wait(&console, "1 live", 8000));
    press("/alive\r", "1 run, 1 live");
    press("\r", "TRAIN"); /* the console is on it now, and steers */
    press("p", "pause: done");
    press("6", "paused");
    yd_fake_engine_kill(console.engine);
    console.engine = 0;
    CHECK(yd_test_console_wait(&console, "dead", 2000));
    CHECK(yd_test_console_wait_gone(&console, "1 live", 2000));
    yd_test_console_end(&console);
}

/* What Dash makes of a table alone: events, and the curve of the total out of its parts. */
static void check_dash_of_others(void)
{
    char row[1024];
    press("1", "epoch 4: mAP 0.600 / 0.500, best");
    CHECK(yd_test_console_wait(&console, "--:--:-- epoch 3: mAP", 8000)); /* the table knows no times */
    CHECK(yd_vterm_find(&console.screen, "yolov5s \xc2\xb7 coco128") >= 0);
    int y = yd_vterm_find(&console.screen, "total");
    REQUIRE(y >= 0);
    yd_vterm_row(&console.screen, y, row, sizeof row);
    const char *high = strstr(row, "\xe2\x96\x88"), *low = strstr(row, "\xe2\x96\x81");
    CHECK(high && low && high < low); /* it falls */
    y = yd_vterm_find(&console.screen, "batch  ");
    REQUIRE(y >= 0);
    yd_vterm_row(&console.screen, y, row, sizeof row);
    CHECK(strstr(row, "%") == NULL); /* how far in its epoch it is, nobody knows */
}

/* YOLOv5 trains, or has just been killed: nobody can be asked, the files alone tell. */
static void sees_runs_of_others_grow_and_end(void)
{
    begin("others");
    put_yolov5("theirs", 4, 0.5);
    age("theirs", 10);
    browse(94, 30);
    CHECK(yd_test_console_wait(&console, "training?", 8000));
    CHECK(yd_test_console_wait(&console, "4/10", 8000));
    put_yolov5("theirs", 5, 0.5);
    age("theirs", 0);
    CHECK(yd_test_console_wait(&console, "5/10", 8000));
    press("r", "may still be trained by others");
    press("\r", "theirs \xe2\x96\xb8 TRAINING?");
    CHECK(yd_test_console_wait(&console, "it can be watched, not steered", 8000));
    check_dash_of_others();
    put_yolov5("theirs", 6, 0.5);
    age("theirs", 0);
    CHECK(yd_test_console_wait(&console, "epoch 6/10", 8000));
    CHECK(yd_test_console_wait(&console, "epoch 5: mAP 0.600 / 0.500", 8000));
    age("theirs", 300); /* both files at one time: an epoch takes no time, so that minutes are long */
    CHECK(yd_test_console_wait(&console, "theirs \xe2\x96\xb8 QUIET", 8000));
    age("theirs", 20 * 86400);
    CHECK(yd_test_console_wait(&console, "theirs \xe2\x96\xb8 ENDED", 8000));
    press("6", "ended");
    yd_test_console_end(&console);
}

static void sorts(void)
{
    begin("sort");
    put_yolov5("aaa", 10, 0.2);
    put_yolov5("bbb", 10, 0.6);
    browse(94, 30);
    CHECK(yd_test_console_wait(&console, "2 runs", 8000));
    press("\033[<0;8;3M\033[<0;8;3m", "run ^"); /* a click on a title */
    CHECK(yd_vterm_find(&console.screen, "aaa") < yd_vterm_find(&console.screen, "bbb"));
    press("O", "run v");
    CHECK(yd_vterm_find(&console.screen, "aaa") > yd_vterm_find(&console.screen, "bbb"));
    press("ooo", "fitness v");
    CHECK(yd_vterm_find(&console.screen, "aaa") > yd_vterm_find(&console.screen, "bbb"));
    press("y", "copied ");
    yd_test_console_end(&console);
}

/* What attach does with a run that has ended, on a terminal. */
static void looks_at_what_a_run_has_left(void)
{
    begin("past");
    put_yolov5("over", 4, 0.5);
    put("over", "train.log",
        "2026-11-27 23:57:51 warning: labels/000.txt: class 7 of 3\n"
        "2026-11-27 23:57:59 * epoch 3: mAP 0.500 / 0.250, best\n");
    put("over", "hyp.yaml", "mosaic: 0.75\nmixup: 0.5\n");
    put("over", "tweaks.jsonl",
        "{\"number\": 1, \"step\": 5, \"epoch\": 1, \"batch\": 2, \"name\": \"mixup\", \"old\": 0.5, "
        "\"new\": "
        "0.125, \"first_epoch\": 1, \"first_batch\": 3, \"time\": 1764289000.1, \"who\": \"pid 71\"}\n");
    snprintf(console.folder, sizeof console.folder, "%s/over", root);
    yd_test_console_start(&console, NULL, 94, 30, NULL);
    CHECK(yd_test_console_wait(&console, "over \xe2\x96\xb8 ENDED", 8000));
    CHECK(yd_test_console_wait(&console, "epoch 4/10", 8000));
    CHECK(yd_test_console_wait(&console, "epoch 3: mAP 0.500 / 0.250, best", 8000));
    press("5", "mosaic         0.75");
    CHECK(yd_vterm_find(&console.screen, "mixup         0.125  -") >= 0);
    press("2", "train/box_loss");
    press("7", "class 7 of 3");
    press("p", "not sent");
    press("e", "no engine trains this run: there is nothing to end");
    press("R", "there is nothing to take back");
    press("6", "A over");
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 4000) == 0);
    yd_test_console_end(&console);
    char path[4500];
    snprintf(path, sizeof path, "%s/console.log", console.folder);
    CHECK(!yd_file_exists(path)); /* nothing is written to it */
    const char *const dumb[] = {"TERM=dumb", NULL};
    console = (yd_test_console){.master = -1, .over = true};
    snprintf(console.folder, sizeof console.folder, "%s/over", root);
    yd_test_console_start(&console, &(yd_console_options){.plain = true}, 94, 30, dumb);
    CHECK(yd_test_console_status(&console, 4000) == 2); /* without a screen there is nothing to be seen */
    yd_test_console_end(&console);
}

static void names_are_escaped_and_folders_may_be_empty(void)
{
    begin("odd");
    put_yolov5("a\033[31m\a\xff", 3, 0.5);
    browse(94, 30);
    CHECK(yd_test_console_wait(&console, "a\\x1b[31m", 8000));
    CHECK(console.screen.unknown == 0);
    yd_test_console_end(&console);
    begin("empty");
    browse(94, 30);
    CHECK(yd_test_console_wait(&console, "no runs in", 8000));
    press("\r", "no runs in");
    press("crio c", "no runs in");
    yd_test_console_end(&console);
}

static const yd_test_case cases[] = {
    {"lists at many sizes", lists_at_many_sizes},
    {"opens and compares", opens_and_compares},
    {"sees runs come live and die", sees_runs_come_live_and_die},
    {"sees runs of others grow and end", sees_runs_of_others_grow_and_end},
    {"sorts", sorts},
    {"looks at what a run has left", looks_at_what_a_run_has_left},
    {"names are escaped and folders may be empty", names_are_escaped_and_folders_may_be_empty},
};

TEST_MAIN(cases)
