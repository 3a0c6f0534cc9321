/* The console's links to its run and to its terminal, as they break and come back: a connection that the
 * engine drops, an engine stopped, killed, resumed or out of its mind, a reader left behind, a hang-up. */
#include "base/clock.h"
#include "base/file.h"
#include "support/console.h"
#include "support/test.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static yd_test_console console;

static void start(const yd_fake_run *script, int width, int height)
{
    yd_test_console_engine(&console, script);
    yd_test_console_start(&console, NULL, width, height, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
}

static int rows_with(const char *text)
{
    char row[4 * YD_VTERM_LIMIT + 1];
    int count = 0;
    for (int y = 0; y < console.screen.height; y++) {
        yd_vterm_row(&console.screen, y, row, sizeof row);
        count += strstr(row, text) != NULL;
    }
    return count;
}

static void attaches_again_by_itself(void)
{
    start(&(yd_fake_run){.batches = 5000}, 94, 30); /* no end of an epoch pushes the lines away */
    for (int i = 1; i <= 3; i++) {
        kill(console.engine, SIGUSR1);
        YD_TEST_CONSOLE_AWAIT(&console, rows_with("attached again") == i);
        CHECK(rows_with("attached again") == i);
    }
    CHECK(yd_vterm_find(&console.screen, "overwritten") < 0); /* what was read is not read again */
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "PAUSED", 4000));
    CHECK(yd_test_console_wait(&console, "pause: done", 4000));
    CHECK(!console.over);
    yd_test_console_end(&console);
}

/* The engine lives, but takes no connection: the console goes on showing what it publishes. */
static void shows_a_stopped_engine(void)
{
    start(&(yd_fake_run){0}, 94, 30);
    yd_fake_engine_stop(console.engine);
    double cpu = yd_test_console_cpu(&console);
    CHECK(yd_test_console_wait(&console, "STALLED", 8000));
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "asked for", 2000)); /* keys are obeyed while it hangs */
    CHECK(yd_test_console_cpu(&console) - cpu < 0.5);
    kill(console.engine, SIGCONT);
    CHECK(yd_test_console_wait(&console, "PAUSED", 4000));
    CHECK(yd_vterm_find(&console.screen, "STALLED") < 0);
    yd_test_console_end(&console);
}

static void sees_the_death_of_an_engine(void)
{
    start(&(yd_fake_run){0}, 80, 24);
    kill(console.engine, SIGKILL);
    int64_t begin = yd_clock_ns();
    CHECK(yd_test_console_wait(&console, "DEAD", 2000));
    printf("shown as dead after %.2f s\n", (double)(yd_clock_ns() - begin) / 1e9);
    waitpid(console.engine, NULL, 0);
    console.engine = 0;
    yd_test_console_end(&console);
}

static void goes_on_with_a_resumed_run(void)
{
    start(&(yd_fake_run){0}, 94, 30);
    kill(console.engine, SIGKILL);
    CHECK(yd_test_console_wait(&console, "DEAD", 2000));
    yd_test_console_resume(&console, &(yd_fake_run){.first_epoch = 7, .batches = 10000});
    CHECK(yd_test_console_wait(&console, "attached again: the run goes on", 4000));
    CHECK(yd_test_console_wait(&console, "TRAIN", 2000));
    CHECK(yd_test_console_wait(&console, "epoch 7/100", 2000));
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "pause: done", 4000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 4000) == 5);
    yd_test_console_end(&console);
}

/* Stopped while the ring went round several times. */
static void a_reader_left_behind_starts_again(void)
{
    start(&(yd_fake_run){.burst = 200}, 94, 30);
    kill(console.pid, SIGSTOP);
    REQUIRE(waitpid(console.pid, NULL, WUNTRACED) == console.pid);
    int64_t step = yd_test_console_run_step(&console);
    for (int i = 0; i < 1000 * YD_TEST_PATIENCE && yd_test_console_run_step(&console) <= step + 100; i++)
        usleep(10000);
    CHECK(yd_test_console_run_step(&console) > step + 100); /* nobody waits for it */
    kill(console.pid, SIGCONT);
    yd_test_console_type(&console, "7");
    CHECK(yd_test_console_wait(&console, "one of many lines", 4000));
    yd_test_console_type(&console, "1p");
    CHECK(yd_test_console_wait(&console, "PAUSED", 4000));
    CHECK(!console.over);
    yd_test_console_end(&console);
}

static void stands_an_engine_out_of_its_mind(void)
{
    yd_test_console_engine(&console, &(yd_fake_run){.garbage = true, .step_ms = 1});
    yd_test_console_start(&console, NULL, 94, 30, NULL);
    for (int i = 0; i < 12; i++) {
        yd_test_console_resize(&console, 40 + 13 * i, 10 + 4 * i);
        yd_test_console_type(&console, "\t");
        yd_test_console_run(&console, 120);
    }
    YD_TEST_CONSOLE_AWAIT(&console, console.screen.frames > 10);
    CHECK(!console.over);
    CHECK(console.screen.unknown == 0);
    CHECK(console.screen.frames > 10);
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 4000) == 5);
    yd_test_console_end(&console);
}

static void refuses_a_corrupt_live_file(void)
{
    static const char *const texts[] = {"", "yolodeck-live 1\nhost \033[2Jx\n",
                                        "yolodeck-live 1\npid 1\npid 2\n", "\377\376\0\0"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char path[4400];
        yd_test_console_engine(&console, &(yd_fake_run){0});
        snprintf(path, sizeof path, "%s/live", console.folder);
        CHECK(yd_file_write(path, texts[i], strlen(texts[i]), NULL) == YD_OK);
        yd_test_console_start(&console, NULL, 120, 24, NULL);
        CHECK(yd_test_console_status(&console, 4000) == 2);
        CHECK(yd_vterm_find(&console.screen, "live") >= 0);
        CHECK(console.screen.unknown == 0 && console.screen.frames == 0);
        yd_test_console_end(&console);
    }
}

/* What becomes of `live` later is no matter, as long as the connection stands. */
static void a_broken_live_file_ends_nothing(void)
{
    char path[4400];
    start(&(yd_fake_run){0}, 94, 30);
    snprintf(path, sizeof path, "%s/live", console.folder);
    CHECK(yd_file_write(path, "nonsense", 8, NULL) == YD_OK);
    yd_test_console_run(&console, 300);
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "PAUSED", 4000));
    kill(console.engine, SIGUSR1); /* now nobody can say where the engine is */
    CHECK(yd_test_console_wait(&console, "DEAD", 2000));
    yd_test_console_end(&console);
}

static void a_hang_up_ends_it_though_ignored(void)
{
    yd_test_console_engine(&console, &(yd_fake_run){0});
    console.no_hangup = true;
    yd_test_console_start(&console, NULL, 80, 24, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    close(console.master);
    console.master = -1;
    int64_t begin = yd_clock_ns();
    CHECK(yd_test_console_status(&console, 1500) == 5);
    CHECK(yd_clock_ns() - begin < YD_TEST_PATIENCE * INT64_C(1000000000));
    CHECK(yd_test_console_run_step(&console) > 0);
    yd_test_console_end(&console);
}

static const yd_test_case cases[] = {
    {"attaches again by itself", attaches_again_by_itself},
    {"shows a stopped engine", shows_a_stopped_engine},
    {"sees the death of an engine", sees_the_death_of_an_engine},
    {"goes on with a resumed run", goes_on_with_a_resumed_run},
    {"a reader left behind starts again", a_reader_left_behind_starts_again},
    {"stands an engine out of its mind", stands_an_engine_out_of_its_mind},
    {"refuses a corrupt live file", refuses_a_corrupt_live_file},
    {"a broken live file ends nothing", a_broken_live_file_ends_nothing},
    {"a hang-up ends it though ignored", a_hang_up_ends_it_though_ignored},
};

TEST_MAIN(cases)
