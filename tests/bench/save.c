/* What a checkpoint costs.
 *
 *   bench_save [MODEL]…      (default: yolov5n yolov5s)
 *
 * The state of a run of the model (values, average, momenta) is hashed and written, into the folder that
 * TMPDIR names (/tmp): by parts, medians. The training thread waits for none of it but, where its next
 * optimizer step comes sooner than that, for the reading of the state (core/train/saver.h). */
#include "backend/cpu/cpu.h"
#include "backend/cpu/prepare.h"
#include "base/sha256.h"
#include "io/checkpoint.h"
#include "support/models.h"
#include "support/run.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { REPEATS = 9 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void need(yd_status status, const yd_error *error)
{
    if (status == YD_OK) return;
    fprintf(stderr, "bench_save: %s\n", error->message);
    exit(1);
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x)
{
    qsort(x, REPEATS, sizeof *x, compare_doubles);
    return x[REPEATS / 2];
}

static void bench_hash(void)
{
    static unsigned char data[1 << 24];
    static void (*const starts[])(yd_hash *) = {yd_sha256_start_plain, yd_sha256_start};
    static const char *const names[] = {"plain", "native"};
    memset(data, 7, sizeof data);
    for (int i = 0; i < 2; i++) {
        double seconds[REPEATS];
        for (int r = 0; r < REPEATS; r++) {
            yd_hash hash;
            char hex[65];
            const double start = now();
            starts[i](&hash);
            yd_hash_add(&hash, data, sizeof data);
            yd_sha256_hex(&hash, hex);
            seconds[r] = now() - start;
        }
        printf("result sha256_%s %.0f MB/s\n", names[i], (double)sizeof data / 1e6 / median(seconds));
    }
}

typedef struct state {
    yd_test_run run; /* what a checkpoint has beside tensors */
    yd_test_model test;
    yd_param_set sets[3];
    yd_checkpoint checkpoint;
} state;

static void open_state(state *s, const char *name)
{
    yd_error error;
    yd_test_run_open(&s->run, &yd_backend_cpu);
    s->test = yd_test_model_shipped(&yd_backend_cpu, name, 80);
    for (int i = 0; i < 3; i++)
        need(
            yd_param_set_create(s->test.model, i < 2 ? YD_SET_VALUES : YD_SET_GRADIENTS, &s->sets[i], &error),
            &error);
    yd_model_init(s->test.model, &s->sets[0], 0, 0.99999);
    yd_param_set_copy(s->test.model, &s->sets[1], &s->sets[0]);
    yd_param_set_copy(s->test.model, &s->sets[2], &s->sets[0]);
    s->checkpoint = s->run.checkpoint;
    s->checkpoint.model = s->test.model;
    s->checkpoint.names = NULL;
    s->checkpoint.values = &s->sets[0];
    s->checkpoint.average = &s->sets[1];
    s->checkpoint.momenta = &s->sets[2];
}

static void close_state(state *s)
{
    for (int i = 0; i < 3; i++) yd_param_set_destroy(s->test.model, &s->sets[i]);
    yd_test_model_close(&s->test);
    yd_test_run_close(&s->run);
}

static void bench_model(const char *name)
{
    enum { HASH, PUT, FINISH, PARTS };
    static const char *const parts[PARTS] = {"hash", "put", "sync"};
    const char *folder = getenv("TMPDIR");
    double seconds[PARTS][REPEATS];
    char path[4096], hex[65];
    state s;
    open_state(&s, name);
    snprintf(path, sizeof path, "%s/bench_save.%d.pt", folder ? folder : "/tmp", (int)getpid());
    for (int r = 0; r < REPEATS; r++) {
        yd_error error;
        yd_archive archive;
        double at[PARTS + 1] = {now()};
        yd_train_state_hash(s.test.model, &(yd_train_sets){&s.sets[0], &s.sets[1], &s.sets[2], NULL}, hex);
        at[1] = now();
        need(yd_checkpoint_begin(path, &s.checkpoint, &archive, &error), &error);
        at[2] = now();
        need(yd_archive_finish(&archive, YD_OK, &error), &error);
        at[3] = now();
        for (int i = 0; i < PARTS; i++) seconds[i][r] = at[i + 1] - at[i];
    }
    for (int i = 0; i < PARTS; i++)
        printf("result save_%s_%s %.1f ms\n", name, parts[i], 1e3 * median(seconds[i]));
    unlink(path);
    close_state(&s);
}

int main(int argc, char **argv)
{
    yd_cpu_prepare(argv);
    bench_hash();
    if (argc == 1) bench_model("yolov5n"), bench_model("yolov5s");
    for (int i = 1; i < argc; i++) bench_model(argv[i]);
    return 0;
}
