/* What the console is to a terminal, measured at its descriptor, with the real program on a run that a fake
 * engine plays: how long `attach` takes to its first whole frame, what the Dash writes and costs while the
 * run trains, what it costs while nothing happens, and how soon the end of a run and the death of an engine
 * are seen.
 *
 *     bench_terminal [SECONDS]      watches for so long each time (20); 0: measures the starts alone */
#include "base/clock.h"
#include "sink/tensorboard.h"
#include "support/console.h"
#include "support/test.h"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 15 };

static yd_test_console console;
static const char *program;

static double seconds_since(int64_t begin_ns)
{
    return (double)(yd_clock_ns() - begin_ns) / 1e9;
}

static int by_value(const void *a, const void *b)
{
    const double *first = a, *second = b;
    return (*first > *second) - (*first < *second);
}

static void start(const yd_fake_run *script, int width, int height)
{
    yd_test_console_engine(&console, script);
    console.program = program;
    yd_test_console_start(&console, NULL, width, height, NULL);
}

/* The status query that ends the first frame, in milliseconds after the start of the process; *cpu_ms: of CPU
 * time. */
static double first_frame_ms(int width, int height, double *cpu_ms)
{
    start(&(yd_fake_run){.step_ms = 100}, width, height);
    int64_t begin = yd_clock_ns();
    while (!console.screen.queries) {
        char bytes[65536];
        struct pollfd poller = {.fd = console.master, .events = POLLIN};
        REQUIRE(poll(&poller, 1, 5000) == 1);
        ssize_t count = read(console.master, bytes, sizeof bytes);
        if (count > 0) yd_vterm_feed(&console.screen, bytes, (size_t)count);
    }
    double taken = seconds_since(begin) * 1e3;
    *cpu_ms = yd_test_console_cpu(&console) * 1e3;
    REQUIRE(yd_vterm_find(&console.screen, "TRAIN") >= 0 &&
            yd_vterm_find(&console.screen, "p pause") == height - 1);
    yd_test_console_end(&console);
    return taken;
}

/* The file that an engine leaves after so many steps. */
static void write_history(const char *folder, int steps, int batches)
{
    yd_sink sink;
    const yd_tensorboard_start begin = {.batches = batches, .row.epoch = -1};
    REQUIRE(yd_tensorboard_sink(folder, &begin, &sink, NULL) == YD_OK);
    for (int i = 0; i < steps; i++) {
        yd_event event = {.type = YD_EVENT_STEP, .wall_ns = 1700000000000000000 + i * INT64_C(100000000)};
        event.body.step.step = i, event.body.step.epoch = i / batches, event.body.step.batch = i % batches;
        event.body.step.box = event.body.step.total = (float)(100 + i % 7) / (float)(i + 20000);
        REQUIRE(sink.take(sink.context, &event, NULL, NULL) == YD_OK);
        if (i % 1000 == 0) REQUIRE(sink.flush(sink.context, NULL) == YD_OK);
    }
    sink.close(sink.context);
}

/* The row of the Dash that shows the box loss, with its sparkline. */
static void box_row(char row[1024])
{
    int y = yd_vterm_find(&console.screen, " box ");
    row[0] = '\0';
    if (y >= 0) yd_vterm_row(&console.screen, y, row, 1024);
}

/* From the start of the process until the sparkline is the one that it stays, in milliseconds. wanted "":
 * waits until it surely is, and notes it there. */
static double history_ms(char wanted[1024])
{
    yd_test_console_start(&console, NULL, 200, 60, NULL);
    int64_t begin = yd_clock_ns();
    char row[1024] = "";
    if (!wanted[0]) {
        yd_test_console_run(&console, 6000);
        box_row(wanted);
    } else {
        while (strcmp(row, wanted) != 0 && seconds_since(begin) < 5) {
            yd_test_console_look(&console);
            box_row(row);
        }
    }
    double taken = seconds_since(begin) * 1e3;
    kill(console.pid, SIGKILL);
    waitpid(console.pid, NULL, 0);
    console.over = true;
    close(console.master);
    yd_vterm_free(&console.screen);
    return taken;
}

static void measure_history(int steps)
{
    enum { BATCHES = 1000 };
    char wanted[1024] = "";
    double times[ROUNDS];
    yd_test_console_engine(&console, &(yd_fake_run){.first_epoch = steps / BATCHES,
                                                    .epochs = 2 * steps / BATCHES,
                                                    .batches = BATCHES,
                                                    .setup_ms = 600000});
    write_history(console.folder, steps, BATCHES);
    console.program = program;
    history_ms(wanted);
    for (int i = 0; i < ROUNDS; i++) times[i] = history_ms(wanted);
    qsort(times, ROUNDS, sizeof *times, by_value);
    printf("attach to the whole history of %d steps: median %.1f ms, slowest of %d %.1f ms\n%s\n", steps,
           times[ROUNDS / 2], ROUNDS, times[ROUNDS - 1], wanted);
    printf("result terminal_history %.1f ms\n", times[ROUNDS / 2]);
    console.master = -1;
    yd_fake_engine_kill(console.engine);
    console.engine = 0;
}

static void measure_first_frame(int width, int height)
{
    double times[ROUNDS], cpu[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) times[i] = first_frame_ms(width, height, &cpu[i]);
    qsort(times, ROUNDS, sizeof *times, by_value);
    qsort(cpu, ROUNDS, sizeof *cpu, by_value);
    printf(
        "attach to first frame, %d x %d: median %.1f ms, slowest of %d %.1f ms; median of CPU time %.1f ms\n",
        width, height, times[ROUNDS / 2], ROUNDS, times[ROUNDS - 1], cpu[ROUNDS / 2]);
    printf("result terminal_first_%dx%d %.2f ms\n", width, height, times[ROUNDS / 2]);
}

/* Ten steps a second, an epoch in 20 s: what a GPU or a small model does. */
static void measure_dash(int width, int height, int seconds)
{
    start(&(yd_fake_run){.step_ms = 100, .batches = 200}, width, height);
    REQUIRE(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_run(&console, 3000);
    uint64_t bytes = console.screen.bytes;
    int frames = console.screen.frames;
    double cpu = yd_test_console_cpu(&console);
    int64_t begin = yd_clock_ns();
    yd_test_console_run(&console, seconds * 1000);
    double taken = seconds_since(begin), share = (yd_test_console_cpu(&console) - cpu) / taken;
    double rate = (double)(console.screen.bytes - bytes) / taken / 1e3;
    printf("Dash, %d x %d, for %d s: %.2f kB/s, %.2f frames/s, %.2f %% of a core\n", width, height, seconds,
           rate, (console.screen.frames - frames) / taken, share * 100);
    printf("result terminal_dash_%dx%d %.3f kB/s\n", width, height, rate);
    printf("result terminal_fps_%dx%d %.2f 1/s\n", width, height, (console.screen.frames - frames) / taken);
    printf("result terminal_busy_%dx%d %.3f %%\n", width, height, share * 100);
    yd_test_console_type(&console, "p");
    REQUIRE(yd_test_console_wait(&console, "PAUSED", 8000));
    yd_test_console_run(&console, 7000); /* until the message is gone and the sparklines stand still */
    cpu = yd_test_console_cpu(&console), bytes = console.screen.bytes, begin = yd_clock_ns();
    yd_test_console_run(&console, seconds * 1000);
    share = (yd_test_console_cpu(&console) - cpu) / seconds_since(begin);
    printf("at rest: %.2f %% of a core, %.0f bytes written\n", share * 100,
           (double)(console.screen.bytes - bytes));
    printf("result terminal_rest_%dx%d %.3f %%\n", width, height, share * 100);
    yd_test_console_end(&console);
}

static void measure_end(const char *what, int signal_number)
{
    double slowest = 0;
    for (int i = 0; i < 5; i++) {
        start(&(yd_fake_run){0}, 80, 24);
        REQUIRE(yd_test_console_wait(&console, "TRAIN", 8000));
        int64_t begin = yd_clock_ns();
        if (signal_number)
            kill(console.engine, signal_number);
        else
            yd_test_console_type(&console, "\003\003"); /* ends after this batch */
        REQUIRE(yd_test_console_wait(&console, signal_number ? "DEAD" : "DONE", 5000));
        if (seconds_since(begin) > slowest) slowest = seconds_since(begin);
        waitpid(console.engine, NULL, 0);
        console.engine = 0;
        yd_test_console_end(&console);
    }
    printf("the end is shown, run %s: slowest of 5 after %.2f s\n", what, slowest);
    printf("result terminal_%s %.3f s\n", what, slowest);
}

static int bench(int seconds)
{
    static const int sizes[][2] = {{80, 24}, {200, 60}};
    for (int i = 0; i < 2; i++) measure_first_frame(sizes[i][0], sizes[i][1]);
    measure_history(100000);
    if (!seconds) return 0;
    for (int i = 0; i < 2; i++) measure_dash(sizes[i][0], sizes[i][1], seconds);
    measure_end("killed", SIGKILL);
    measure_end("ended", 0);
    return 0;
}

static int watched_seconds;

static void run_bench(void)
{
    bench(watched_seconds);
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {{"bench_terminal", run_bench}};
    static char path[4096];
    watched_seconds = argc > 1 ? atoi(argv[1]) : 20;
    snprintf(path, sizeof path, "%s/yolodeck", YD_BINARY_DIR);
    program = getenv("YOLODECK") ? getenv("YOLODECK") : path;
    if (watched_seconds < 0) {
        fprintf(stderr, "usage: bench_terminal [SECONDS]\n");
        return 2;
    }
    return yd_test_main(1, argv, cases, 1);
}
