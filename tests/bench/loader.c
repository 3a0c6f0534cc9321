/* The loader alone: pictures a second on one thread, with the augmentation of hyp.scratch-low (mosaic, scale,
 * shift, HSV, flip), from BCCD in ../shared (skipped, by name, where that is absent).
 *
 *   bench_loader [SECONDS [ram|FOLDER]]      of each of the four measurements (default: 2); ram: only the
 *                                            first two; FOLDER: the last two, with its pictures
 *
 * "ram": every picture was read and resized before (--cache ram); "files": each is read and decoded for every
 * mosaic that it is part of, from files that the system has in memory. The result is by the thread's
 * processor time, which what else the machine does hardly touches; the wall clock's figure stands beside it.
 * The reference is its own loader with one process. */
#include "data/loader.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { BATCH = 16, STRIDE = 32 };

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "bench_loader: %s\n", what);
    exit(1);
}

static void need(yd_status status, const yd_error *error)
{
    if (status != YD_OK) stop(error->message);
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int take_batch(yd_loader *loader)
{
    yd_error error;
    yd_batch *batch;
    need(yd_loader_next(loader, &batch, &error), &error);
    int count = batch->count;
    yd_loader_release(loader, batch);
    return count;
}

static void measure(const yd_dataset *set, const char *kind, double limit)
{
    static const yd_augment low = {.hsv_h = 0.015,
                                   .hsv_s = 0.7,
                                   .hsv_v = 0.4,
                                   .translate = 0.1,
                                   .scale = 0.5,
                                   .fliplr = 0.5,
                                   .mosaic = 1};
    yd_loader_options options = {.dataset = set, .augment = low, .mosaic = true, .order = YD_ORDER_SHUFFLED};
    yd_loader *loader;
    yd_error error;
    need(yd_loader_create(&options, &loader, &error), &error);
    int warm = set->store ? yd_loader_batches(loader) : 1, images = 0;
    for (int i = 0; i < warm; i++) take_batch(loader);
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_THREAD_CPUTIME_ID), spent = 0;
    while (spent < limit) {
        images += take_batch(loader);
        spent = seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
    }
    wall = seconds(CLOCK_MONOTONIC) - wall;
    int size = set->options.image_size;
    printf("%4d, %-5s %5d images: %8.1f us each by the processor's time, %8.1f us by the clock\n", size, kind,
           images, 1e6 * spent / images, 1e6 * wall / images);
    printf("result loader_%d_%s %.1f images/s\n", size, kind, images / spent);
    yd_loader_destroy(loader);
}

static void measure_set(const char *folder, int size, bool keep, double limit)
{
    yd_dataset_options options = {.entries = &folder,
                                  .entry_count = 1,
                                  .image_size = size,
                                  .batch_size = BATCH,
                                  .stride = STRIDE,
                                  .augment = true,
                                  .classes = 3,
                                  .keep_in_memory = keep,
                                  .no_cache_file = true,
                                  .rules = yd_data_rules_v7};
    yd_dataset *set;
    yd_error error;
    need(yd_dataset_open(&options, &set, &error), &error);
    measure(set, keep ? "ram" : "files", limit);
    yd_dataset_close(set);
}

static double limit = 2;
static bool ram_only;
static const char *own_folder;

static void all(void)
{
    const char *folder = own_folder ? own_folder : yd_test_shared("datasets/bccd/images/train");
    for (int keep = own_folder ? 0 : 1; keep >= (ram_only ? 1 : 0); keep--)
        for (int size = 640; size >= 320; size /= 2) measure_set(folder, size, keep, limit);
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {{"loader", all}};
    if (argc > 1) limit = atof(argv[1]);
    ram_only = argc > 2 && strcmp(argv[2], "ram") == 0;
    if (argc > 2 && !ram_only) own_folder = argv[2];
    return yd_test_main(1, argv, cases, 1);
}
