/* The store of scalars: what a million values take in memory, what a look at any part of them costs, and how
 * long the files of a long run take to be read, warm.
 *
 *     bench_series [STEPS]       of the run whose files are read (100000) */
#include "series/run_series.h"
#include "sink/tensorboard.h"
#include "support/test.h"
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MILLION = 1000000, COLUMNS = 400, ROUNDS = 300, TAGS = 10 };

/* Of this thread's CPU time: the files are warm, so nothing waits but for the scheduler. */
static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double ms_since(int64_t begin_ns)
{
    return (double)(cpu_ns() - begin_ns) / 1e6;
}

static double allocated_mb(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)(info.uordblks + info.hblkhd) / 1e6;
}

static int by_value(const void *a, const void *b)
{
    const double *first = a, *second = b;
    return (*first > *second) - (*first < *second);
}

/* A series of a million steps, looked at through windows of all widths. */
static void measure_zoom(void)
{
    static double times[ROUNDS];
    static yd_series_column columns[COLUMNS];
    yd_series_store *store = yd_series_store_create();
    REQUIRE(store);
    double before = allocated_mb();
    int series = yd_series_store_open(store, "step/loss", 9);
    yd_series_store_set_batches(store, 1000);
    int64_t begin = cpu_ns();
    for (int i = 0; i < MILLION; i++) yd_series_store_add(store, series, i, 1.7e9 + i * 0.1, 1.0 / (i + 1));
    printf("result series_add %.1f ns\n", ms_since(begin) * 1e6 / MILLION);
    printf("result series_million_mb %.2f MB\n", allocated_mb() - before);
    const yd_series *own = yd_series_store_at(store, series);
    double width = 1000;
    for (int i = 0; i < ROUNDS; i++) {
        yd_axis axis = (yd_axis)(i % YD_AXIS_COUNT);
        double from, to, part = width * (i % 30 + 1) / 30;
        REQUIRE(yd_series_range(own, axis, &from, &to));
        double span = (to - from) * part / 1000, left = from + (to - from - span) * (i % 7) / 7;
        begin = cpu_ns();
        yd_series_columns(own, axis, left, left + span, columns, COLUMNS);
        times[i] = ms_since(begin);
    }
    qsort(times, ROUNDS, sizeof *times, by_value);
    printf("result series_zoom %.4f ms\nresult series_zoom_worst %.4f ms\n", times[ROUNDS / 2],
           times[ROUNDS - 1]);
    yd_series_store_destroy(store);
}

/* A million values over ten series, as a run has them. */
static void measure_memory(void)
{
    yd_series_store *store = yd_series_store_create();
    REQUIRE(store);
    double before = allocated_mb();
    for (int i = 0; i < MILLION; i++) {
        char name[32];
        snprintf(name, sizeof name, "scalar %d", i % TAGS);
        yd_series_store_add(store, yd_series_store_open(store, name, strlen(name)), i / TAGS, 1.7e9 + i,
                            1.0 / (i + 1));
    }
    printf("result series_ten_mb %.2f MB\n", allocated_mb() - before);
    yd_series_store_destroy(store);
}

/* The file that an engine leaves after so many steps. */
static void write_run(const char *folder, int steps)
{
    enum { BATCHES = 1000 };
    yd_sink sink;
    const yd_tensorboard_start start = {.batches = BATCHES, .row.epoch = -1};
    REQUIRE(yd_tensorboard_sink(folder, &start, &sink, NULL) == YD_OK);
    for (int i = 0; i < steps; i++) {
        yd_event event = {.type = YD_EVENT_STEP, .wall_ns = 1700000000000000000 + i * 100000000LL};
        event.body.step.step = i, event.body.step.epoch = i / BATCHES, event.body.step.batch = i % BATCHES;
        event.body.step.box = event.body.step.total = 1.0f / (float)(i + 1);
        REQUIRE(sink.take(sink.context, &event, NULL, NULL) == YD_OK);
        if (i % 1000 == 0) REQUIRE(sink.flush(sink.context, NULL) == YD_OK);
    }
    sink.close(sink.context);
}

static double load(const char *folder, int steps)
{
    yd_run_series *run;
    yd_series_store *store = yd_series_store_create();
    int64_t begin = cpu_ns();
    REQUIRE(store && yd_run_series_open(folder, store, &run, NULL) == YD_OK);
    while (yd_run_series_update(run, 0)) continue;
    double ms = ms_since(begin);
    const yd_series *loss = yd_series_store_find(store, "step/loss");
    REQUIRE(loss && yd_series_count(loss) == steps);
    yd_run_series_close(run);
    yd_series_store_destroy(store);
    return ms;
}

int main(int argc, char **argv)
{
    int steps = argc > 1 ? atoi(argv[1]) : 100000;
    if (steps < 1) {
        fprintf(stderr, "usage: bench_series [STEPS]\n");
        return 2;
    }
    measure_zoom();
    measure_memory();
    int64_t begin = cpu_ns();
    write_run(yd_test_folder(), steps);
    printf("result series_log %.1f ns\n", ms_since(begin) * 1e6 / steps);
    double times[5];
    for (int i = 0; i < 5; i++) times[i] = load(yd_test_folder(), steps);
    qsort(times, 5, sizeof *times, by_value);
    printf("result series_load %.1f ms\n", times[2]);
    return 0;
}
