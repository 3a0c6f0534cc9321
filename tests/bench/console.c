/* CPU time of a picture, from the view of a run to the bytes for the terminal, at 80 x 24 and 200 x 60: a
 * full repaint of every screen, and a frame of the Dash in which the numbers of a step have changed. Exit
 * status 1 where a median at 200 x 60 is above what it may take: 2 ms for a full repaint, 0.5 ms for a frame
 * of the Dash.
 *
 *     bench_console [STEPS]      after so many steps (60000); also says what taking in a step costs */
#include "support/test.h"
#include "tui/frame.h"
#include "tui/term/surface.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 400, EPOCHS = 100, BATCHES = 1000 };
static const double repaint_limit_ms = 2, frame_limit_ms = 0.5;

typedef struct bench {
    yd_app app;
    yd_surface *surface;
    yd_canvas canvas;
    int step;
    size_t bytes; /* of the last frame */
} bench;

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* A step, as the ring would bring it. */
static void advance(bench *own)
{
    yd_status_block block = {
        .state = YD_RUN_TRAIN, .model = "yolov5n", .dataset = "bccd", .device = "cpu bf16", .best_epoch = 11};
    int step = own->step++;
    float loss = 0.02f + 80.0f / (float)(step + 1000);
    block.epoch = step / BATCHES, block.epochs = EPOCHS, block.batch = step % BATCHES,
    block.batches = BATCHES;
    block.loss_box = block.loss_obj = block.loss_cls = block.loss_total = loss;
    block.images_per_second = 38.0f + (float)(step % 7), block.eta_seconds = 3600 - step * 0.01;
    block.memory_bytes = 1100000000 + step, block.lr0 = 0.01, block.lrf = 0.01, block.warmup_bias_lr = 0.1;
    block.warmup_iterations = 3 * BATCHES;
    yd_event event = {.type = YD_EVENT_STEP, .wall_ns = 1773489600000000000 + step * 100000000LL};
    event.body.step.step = step, event.body.step.memory_mb = 1100;
    event.body.step.epoch = block.epoch, event.body.step.batch = block.batch;
    event.body.step.box = event.body.step.obj = event.body.step.cls = event.body.step.total = loss;
    for (int i = 0; i < 3; i++) event.body.step.lr[i] = 0.01f;
    yd_run_view_status(own->app.view, &block);
    yd_run_view_event(own->app.view, &event);
}

static void draw(bench *own)
{
    yd_cursor cursor = yd_frame_draw(&own->app, &own->canvas);
    own->bytes = yd_surface_draw(own->surface, &own->canvas, cursor.x, cursor.y).length;
}

static int by_value(const void *a, const void *b)
{
    const double *first = a, *second = b;
    return (*first > *second) - (*first < *second);
}

/* Frames at four a second of the run's time; returns the median, which is printed. */
static double measure(bench *own, const char *screen, bool whole)
{
    static double times[ROUNDS];
    size_t bytes = 0;
    for (int i = 0; i < ROUNDS; i++) {
        for (int j = 0; j < 5; j++) advance(own);
        own->app.now_ns += 250000000;
        yd_app_tick(&own->app);
        if (whole) yd_surface_forget(own->surface);
        double begin = cpu_ms();
        draw(own);
        times[i] = cpu_ms() - begin;
        bytes += own->bytes;
    }
    qsort(times, ROUNDS, sizeof *times, by_value);
    printf("%-8s %-7s %3d x %d: median %.3f ms, 99th percentile %.3f ms, %zu bytes a frame\n", screen,
           whole ? "repaint" : "frame", own->canvas.width, own->canvas.height, times[ROUNDS / 2],
           times[ROUNDS * 99 / 100], bytes / ROUNDS);
    return times[ROUNDS / 2];
}

static bool set_size(bench *own, int width, int height)
{
    yd_canvas_free(&own->canvas);
    yd_surface_resize(own->surface, width, height);
    return yd_canvas_create(&own->canvas, width, height, &yd_glyphs_unicode);
}

/* Every screen anew, and the Dash as it goes on; true where all stays within its limit. */
static bool measure_size(bench *own, int width, int height)
{
    double slowest = 0;
    if (!set_size(own, width, height)) return false;
    for (int i = 0; i < YD_SCREENS; i++) {
        yd_app_key(&own->app, yd_screens[i]->tab_key);
        double median = measure(own, yd_screens[i]->name, true);
        slowest = median > slowest ? median : slowest;
    }
    yd_app_key(&own->app, yd_screens[0]->tab_key);
    double frame = measure(own, yd_screens[0]->name, false);
    printf("result console_repaint_%dx%d %.4f ms\n", width, height, slowest);
    printf("result console_frame_%dx%d %.4f ms\n", width, height, frame);
    return slowest <= repaint_limit_ms && frame <= frame_limit_ms;
}

/* The most memory that the process has held; getrusage's figure also has what its parent held. */
static double peak_mb(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    double kilobytes = 0;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0) kilobytes = strtod(line + 6, NULL);
    if (file) fclose(file);
    return kilobytes / 1024;
}

static void take_in(bench *own, int steps)
{
    double begin = cpu_ms();
    for (int i = 0; i < steps; i++) advance(own);
    printf("result console_step %.1f ns\n", (cpu_ms() - begin) * 1e6 / steps);
    printf("result console_peak %.1f MB\n", peak_mb());
}

int main(int argc, char **argv)
{
    static bench own;
    const int steps = argc > 1 ? atoi(argv[1]) : 60 * BATCHES;
    if (steps < 1) {
        fprintf(stderr, "usage: bench_console [STEPS]\n");
        return 2;
    }
    setlocale(LC_CTYPE, "C.UTF-8");
    if (!yd_app_start(&own.app, yd_run_view_create(), NULL, "runs/train/exp") ||
        yd_surface_create("xterm-256color", true, &own.surface, NULL) != YD_OK)
        return 77;
    own.app.now_ns = 1;
    for (int i = 0; i < YD_LINES_CAPACITY; i++)
        yd_lines_addf(&own.app.view->lines, i, YD_LINE_INFO,
                      "labels/%06d.txt: a line of the log, of usual length", i);
    take_in(&own, steps);
    bool good = measure_size(&own, 80, 24);
    good &= measure_size(&own, 200, 60);
    yd_surface_destroy(own.surface);
    yd_canvas_free(&own.canvas);
    yd_app_end(&own.app);
    return good ? 0 : 1;
}
