/* Winograd's algorithm against the direct one for the three passes of 3x3 convolutions of stride 1 in
 * float32: what core/backend/cpu/winograd.c chooses by.
 *
 *   bench_winograd [BATCH CHANNELS MAP]…      (default: the shapes of yolov5n to x, and some more)
 *   THREADS=2 bench_winograd …                (default: 1, measured in processor time, for busy machines)
 *   OURS=1 bench_winograd …                   (our own kernels where oneDNN has some too)
 *
 * Both run in turns, the fastest of some runs counts. Of each pass: milliseconds directly, the ratio to
 * Winograd, and the scratch that Winograd wants with so many threads; a + where the table chooses it, a !
 * where it chooses the slower one by more than a tenth. */
#include "backend/cpu/winograd.h"
#include "backend/cpu/cpu.h"
#include "backend/cpu/device.h"
#include "backend/cpu/prepare.h"
#include "backend/cpu/winograd_tiles.h"
#include "base/arena.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PASSES = 3, TENSORS = 3, RUNS = 6 };

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "bench_winograd: %s\n", what);
    exit(1);
}

static bool alone, ours;

static double now(void)
{
    struct timespec t;
    clock_gettime(alone ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One pass by one algorithm. */
typedef struct way {
    yd_dnnl_conv *conv;
    yd_tiles *tiles; /* one of the two */
    size_t scratch;
    double seconds;
} way;

typedef struct buffers {
    float *tensors[TENSORS]; /* input, weights, output */
    size_t sizes[TENSORS];
    void *scratch;
    size_t scratch_size;
} buffers;

static void make_buffers(buffers *b, const way ways[2], const yd_conv_desc *desc)
{
    const size_t channels = (size_t)desc->weights.out;
    const size_t plane = (size_t)desc->batch * channels * (size_t)desc->height * (size_t)desc->width;
    const size_t elements[TENSORS] = {plane, yd_weight_elements(&desc->weights), plane};
    for (int i = 0; i < TENSORS; i++) {
        b->sizes[i] = elements[i] * sizeof(float);
        b->tensors[i] = yd_block_alloc(b->sizes[i]);
        if (!b->tensors[i]) stop("no memory");
        for (size_t k = 0; k < elements[i]; k++) b->tensors[i][k] = 0.01f * (float)(k % 17 + 1);
    }
    b->scratch_size = ways[ways[1].scratch > ways[0].scratch].scratch + 64;
    b->scratch = yd_block_alloc(b->scratch_size);
    if (!b->scratch) stop("no memory");
}

static void free_buffers(buffers *b)
{
    for (int i = 0; i < TENSORS; i++) yd_block_free(b->tensors[i], b->sizes[i]);
    yd_block_free(b->scratch, b->scratch_size);
}

static void time_way(way *w, const buffers *b)
{
    const double start = now();
    if (w->tiles)
        yd_tiles_run(w->tiles, b->tensors[0], b->tensors[1], NULL, b->tensors[2], b->scratch);
    else
        yd_dnnl_conv_run(w->conv, b->tensors[0], b->tensors[1], NULL, b->tensors[2], b->scratch);
    const double seconds = now() - start;
    if (w->seconds == 0 || seconds < w->seconds) w->seconds = seconds;
}

static void open_way(way *w, yd_device *device, const yd_conv_desc *desc, bool winograd)
{
    yd_conv_desc d = *desc;
    yd_error error;
    d.winograd = winograd && !ours;
    if (d.pass == YD_CONV_DATA && !d.winograd) d.weights = yd_weight_for_data(&desc->weights, YD_F32);
    if ((winograd && ours ? yd_tiles_create(device, &d, &w->tiles, &w->scratch, &error)
                          : yd_dnnl_conv_create(device->dnnl, &d, &w->conv, &w->scratch, &error)) != YD_OK)
        stop(error.message);
}

static void bench_pass(yd_device *device, const yd_conv_desc *desc)
{
    way ways[2] = {0};
    buffers b = {0};
    for (int i = 0; i < 2; i++) open_way(&ways[i], device, desc, i == 1);
    make_buffers(&b, ways, desc);
    for (int run = 0; run < RUNS; run++) {
        for (int i = 0; i < 2; i++) time_way(&ways[i], &b);
        if (run == 0) ways[0].seconds = ways[1].seconds = 0;
    }
    const double ratio = ways[0].seconds / ways[1].seconds;
    const bool chosen = yd_winograd_chosen(desc);
    printf("  %8.3f %5.2f%c%c %5.1f", ways[0].seconds * 1e3, ratio, chosen ? '+' : ' ',
           (chosen ? ratio < 0.9 : ratio > 1.1) ? '!' : ' ', (double)ways[1].scratch * 1e-6);
    if (ways[1].conv && !strstr(yd_dnnl_conv_implementation(ways[1].conv), "wino")) printf(" (none)");
    free_buffers(&b);
    for (int i = 0; i < 2; i++) {
        yd_dnnl_conv_destroy(ways[i].conv);
        yd_tiles_destroy(ways[i].tiles);
    }
}

static void bench(yd_device *device, int batch, int channels, int map)
{
    const yd_node node = {.kind = YD_OP_CONV,
                          .in_channels = channels,
                          .out_channels = channels,
                          .kernel_h = 3,
                          .kernel_w = 3,
                          .stride_h = 1,
                          .stride_w = 1,
                          .pad_h = 1,
                          .pad_w = 1,
                          .groups = 1};
    yd_conv_desc desc = {.node = &node,
                         .batch = batch,
                         .height = map,
                         .width = map,
                         .out_height = map,
                         .out_width = map,
                         .weights = {YD_FORM_IN_OUT, device->vector->block, channels, channels, 3, 3}};
    printf("%3d x %3d, %3d x %-3d", batch, channels, map, map);
    for (int pass = 0; pass < PASSES; pass++) {
        desc.pass = (yd_conv_pass)pass;
        bench_pass(device, &desc);
    }
    printf("\n");
    fflush(stdout);
}

/* Of the models n, s, m, l and x: channels at the first of the maps, which doubles as the map halves. */
static void bench_models(yd_device *device)
{
    static const int first[] = {16, 32, 48, 64, 80}, sizes[][2] = {{320, 8}, {640, 4}, {320, 16}, {640, 1}};
    for (int model = 0; model < 5; model++)
        for (int s = 0; s < 4; s++)
            for (int level = 0; level < 4; level++)
                bench(device, model > 1 && sizes[s][1] > 4 ? 4 : sizes[s][1], first[model] << level,
                      sizes[s][0] >> (level + 2));
    static const int odd[][3] = {{1, 256, 5}, {4, 128, 5},  {4, 256, 7},  {8, 64, 13},  {2, 512, 13},
                                 {8, 16, 15}, {2, 128, 26}, {4, 384, 10}, {8, 512, 10}, {16, 256, 10}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) bench(device, odd[i][0], odd[i][1], odd[i][2]);
}

int main(int argc, char **argv)
{
    const char *wanted = getenv("THREADS");
    const int threads = wanted ? atoi(wanted) : 1;
    yd_device *device;
    yd_error error;
    alone = threads == 1;
    yd_cpu_prepare(argv);
    if ((argc - 1) % 3) stop("usage: bench_winograd [BATCH CHANNELS MAP]...");
    if (yd_backend_cpu.open(threads, &device, &error) != YD_OK) stop(error.message);
    ours = getenv("OURS") || !yd_dnnl_has_winograd();
    yd_team_enter(device->team);
    printf("%s; %s\n%21s  %-21s  %-21s  %s\n", yd_cpu_describe(device), ours ? "our kernels" : "oneDNN's", "",
           "forward", "data gradient", "weight gradient");
    if (argc == 1) bench_models(device);
    for (int i = 1; i + 2 < argc; i += 3) bench(device, atoi(argv[i]), atoi(argv[i + 1]), atoi(argv[i + 2]));
    yd_backend_cpu.close(device);
    return 0;
}
