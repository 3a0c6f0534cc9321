/* The console on terminals of all kinds: slow, mute, stopped, dumb, unknown, without colour or Unicode. */
#include "base/clock.h"
#include "base/file.h"
#include "support/console.h"
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

static long resident_kb(pid_t pid)
{
    char path[64], line[256];
    long kb = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %ld", &kb) == 1) break;
    if (file) fclose(file);
    return kb;
}

static void waits_for_a_stopped_terminal(void)
{
    start(&(yd_fake_run){.step_ms = 2}, 200, 60, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_run(&console, 300);
    long memory = resident_kb(console.pid);
    double cpu = yd_test_console_cpu(&console);
    int64_t step = yd_test_console_run_step(&console);
    /* Nothing is read, and much is drawn anew, until the terminal's buffer is full. */
    for (int i = 0; i < 200 && (i < 20 || yd_test_console_run_step(&console) <= step + 100); i++) {
        if (write(console.master, "\014", 1) != 1) break;
        usleep(75000);
    }
    CHECK(yd_test_console_run_step(&console) > step + 100);
    CHECK(resident_kb(console.pid) < memory + 2048);
    CHECK(yd_test_console_cpu(&console) - cpu < 0.5);
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    CHECK(console.screen.unknown == 0);
    yd_test_console_end(&console);
}

static void goes_on_with_a_mute_terminal(void)
{
    start(&(yd_fake_run){.batches = 1000, .step_ms = 1}, 80, 24, NULL);
    console.answers = false;
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_run(&console, 4500); /* two queries in vain */
    uint64_t bytes = console.screen.bytes;
    YD_TEST_CONSOLE_AWAIT(&console, console.screen.bytes > bytes + 100);
    CHECK(console.screen.bytes > bytes + 100);
    CHECK(console.screen.frames == 0); /* it did not say that it knows them */
    CHECK(console.screen.queries <= 3);
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    yd_test_console_end(&console);
}

static void brackets_frames_where_they_are_known(void)
{
    for (int known = 0; known < 2; known++) {
        yd_test_console_engine(&console, &(yd_fake_run){0});
        console.no_sync = !known;
        yd_test_console_start(&console, NULL, 94, 30, NULL);
        CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
        if (known)
            YD_TEST_CONSOLE_AWAIT(&console, console.screen.frames > 2);
        else
            yd_test_console_run(&console, 1500);
        CHECK((console.screen.frames > 2) == known);
        CHECK(!console.screen.synchronised || known);
        yd_test_console_type(&console, "q");
        CHECK(yd_test_console_status(&console, 8000) == 5);
        CHECK(console.screen.unknown == 0 && !console.screen.synchronised);
        yd_test_console_end(&console);
    }
}

/* One frame a round trip: what is drawn follows the link, and nothing piles up in it. */
static void follows_a_slow_link(void)
{
    yd_test_console_engine(&console, &(yd_fake_run){.step_ms = 1});
    yd_test_console_start(&console, NULL, 94, 30, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    console.answer_after_ms = 700;
    yd_test_console_run(&console, 800);
    int frames = console.screen.frames;
    int64_t begin_ns = yd_clock_ns();
    YD_TEST_CONSOLE_AWAIT(&console, console.screen.frames - frames >= 4);
    double seconds = (double)(yd_clock_ns() - begin_ns) * 1e-9;
    printf("answers after 700 ms: %d frames in %.1f s\n", console.screen.frames - frames, seconds);
    CHECK(console.screen.frames - frames >= 4 && console.screen.frames - frames <= seconds / 0.7 + 1);
    yd_test_console_end(&console);
}

static void caps_its_rate(void)
{
    enum { KBPS = 16 };
    yd_test_console_engine(&console, &(yd_fake_run){.step_ms = 1});
    yd_console_options options = {.stay = true, .max_kbps = KBPS};
    yd_test_console_start(&console, &options, 94, 30, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 20000));
    yd_test_console_run(&console, 4000); /* the first picture is paid for */
    uint64_t bytes = console.screen.bytes;
    int frames = console.screen.frames;
    int64_t begin_ns = yd_clock_ns();
    yd_test_console_run(&console, 5000);
    YD_TEST_CONSOLE_AWAIT(&console, console.screen.frames - frames >= 2);
    double seconds = (double)(yd_clock_ns() - begin_ns) * 1e-9,
           kbits = (double)(console.screen.bytes - bytes) * 8e-3;
    printf("at most %d kbit/s: %.2f measured, %d frames\n", KBPS, kbits / seconds,
           console.screen.frames - frames);
    CHECK(kbits <= KBPS * seconds * 1.3); /* a frame is not cut */
    CHECK(console.screen.frames - frames >= 2);
    yd_test_console_end(&console);
}

static void knows_terminals(void)
{
    static const char *const unknown[] = {"TERM=no-such-terminal", NULL}, *const dumb[] = {"TERM=dumb", NULL},
                             *const missing[] = {"TERM", NULL}, *const linux_console[] = {"TERM=linux", NULL};
    start(&(yd_fake_run){0}, 80, 24, unknown);
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    CHECK(yd_test_console_wait(&console, "TERM: no-such-terminal is not known here", 8000));
    yd_test_console_end(&console);
    start(&(yd_fake_run){0}, 80, 24, missing);
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    CHECK(yd_test_console_wait(&console, "TERM is not set: drawn as for xterm-256color", 8000));
    yd_test_console_end(&console);
    start(&(yd_fake_run){0}, 80, 24, linux_console);
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    yd_test_console_end(&console);
    start(&(yd_fake_run){.batches = 20}, 80, 24, dumb);
    CHECK(yd_test_console_wait(&console, "lines in place of a screen: terminal type \"dumb\"", 8000));
    CHECK(yd_test_console_wait(&console, "im/s", 8000));
    CHECK(yd_test_console_wait(&console, "trained: box", 8000));
    CHECK(!console.screen.alternate && console.screen.frames == 0 && console.screen.queries == 0);
    yd_test_console_type(&console, "\003");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    yd_test_console_end(&console);
}

static void plain_lines_until_the_end(void)
{
    yd_test_console_engine(&console, &(yd_fake_run){.epochs = 2, .batches = 20, .held = true});
    yd_console_options options = {.plain = true};
    yd_test_console_start(&console, &options, 100, 40, NULL);
    CHECK(yd_test_console_wait(&console, "ETA", 8000));
    yd_fake_engine_let_go(console.engine);
    CHECK(yd_test_console_status(&console, 5000) == 0);
    CHECK(yd_vterm_find(&console.screen, "epoch 1 trained: ") >= 0);
    CHECK(yd_vterm_find(&console.screen, "best epoch 1") >= 0);
    CHECK(console.screen.colours == 0 && console.screen.frames == 0);
    yd_test_console_end(&console);
}

static void plain_lines_in_the_background(void)
{
    yd_test_console_engine(&console, &(yd_fake_run){.epochs = 1, .batches = 20, .held = true});
    console.background = true;
    yd_test_console_start(&console, NULL, 100, 40, NULL);
    CHECK(yd_test_console_wait(&console, "ETA", 8000));
    yd_fake_engine_let_go(console.engine);
    CHECK(yd_test_console_status(&console, 5000) == 0);
    CHECK(yd_vterm_find(&console.screen, "epoch 0 trained: ") >= 0);
    CHECK(console.screen.frames == 0 && console.screen.queries == 0);
    yd_test_console_end(&console);
}

static bool is_ascii(const yd_vterm *screen)
{
    for (int i = 0; i < screen->width * screen->height; i++)
        if (screen->cells[i] < 0x20 || screen->cells[i] > 0x7e) return false;
    return true;
}

static void keeps_to_ascii_and_no_colour(void)
{
    static const char *const environment[] = {"LC_ALL=C", "NO_COLOR=1", NULL};
    start(&(yd_fake_run){.dataset = "Blutk\303\266rper"}, 94, 30, environment);
    CHECK(yd_test_console_wait(&console, "learning rate", 8000));
    yd_test_console_run(&console, 500);
    CHECK(is_ascii(&console.screen));
    CHECK(yd_vterm_find(&console.screen, "Blutk?rper") >= 0);
    CHECK(console.screen.colours == 0);
    CHECK(console.screen.unknown == 0);
    yd_test_console_end(&console);
}

static const yd_test_case cases[] = {
    {"waits for a stopped terminal", waits_for_a_stopped_terminal},
    {"goes on with a mute terminal", goes_on_with_a_mute_terminal},
    {"brackets frames where they are known", brackets_frames_where_they_are_known},
    {"follows a slow link", follows_a_slow_link},
    {"caps its rate", caps_its_rate},
    {"knows terminals", knows_terminals},
    {"plain lines until the end", plain_lines_until_the_end},
    {"plain lines in the background", plain_lines_in_the_background},
    {"keeps to ASCII and no colour", keeps_to_ascii_and_no_colour},
};

TEST_MAIN(cases)
