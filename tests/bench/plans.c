/* What a plan costs: time to make one, and memory that it keeps beside the activations that all plans share.
 *     bench_plans [MODEL [BATCH [LOW HIGH]]]     yolov5n 16 320 960: the sizes of --multi-scale at 640
 * Nothing is run, so that the shared arena stays untouched memory, and what grows is the plans'. */
#include "backend/cpu/cpu.h"
#include "base/clock.h"
#include "model/plan.h"
#include "support/models.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { STRIDE = 32, MOST = 64 };

static double resident_mb(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    if (file) fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

/* Makes a plan for each size; prints what that took. */
static void make(yd_plan_cache *plans, yd_mode mode, int batch, int low, int high)
{
    double slowest = 0, before = resident_mb();
    int count = 0;
    int64_t start = yd_clock_ns();
    for (int size = low; size <= high; size += STRIDE, count++) {
        yd_error error;
        yd_plan *plan;
        int64_t from = yd_clock_ns();
        if (yd_plan_get(plans, mode, batch, size, size, &plan, &error) != YD_OK)
            yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
        double ms = (double)(yd_clock_ns() - from) / 1e6;
        if (ms > slowest) slowest = ms;
    }
    printf("%-5s %2d plans: %.1f ms each (slowest %.1f), %.2f MB each\n",
           mode == YD_MODE_TRAIN ? "train" : "eval", count, (double)(yd_clock_ns() - start) / 1e6 / count,
           slowest, (resident_mb() - before) / count);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "yolov5n";
    const int batch = argc > 2 ? atoi(argv[2]) : 16, low = argc > 4 ? atoi(argv[3]) : 320,
              high = argc > 4 ? atoi(argv[4]) : 960;
    yd_test_model test = yd_test_model_shipped(&yd_backend_cpu, name, 0);
    yd_plan_cache *plans;
    yd_error error;
    if (batch < 1 || low < STRIDE || (high - low) / STRIDE >= MOST)
        yd_test_fatal(__FILE__, __LINE__, "a batch from 1 up and sizes from %d up are wanted", STRIDE);
    if (yd_plan_cache_create(test.model, 2 * MOST, &plans, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    printf("%s, batch %d, sizes %d to %d\n", name, batch, low, high);
    make(plans, YD_MODE_TRAIN, batch, low, high);
    make(plans, YD_MODE_EVAL, 2 * batch, low, high);
    printf("shared: %.0f MB of activations, saved tensors and scratch\n",
           (double)yd_plan_memory(plans) / 1e6);
    yd_plan_cache_destroy(plans);
    yd_test_model_close(&test);
    return 0;
}
