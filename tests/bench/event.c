/* What publishing costs the one who publishes: a step's event, and the status block, each call timed for
 * itself, less what the clock takes. Alone, and with a reader in another thread that never
 * rests (a console reads four times a second).
 *
 *     bench_event [CALLS]      (1000000) */
#include "event/ring.h"
#include "support/test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const double limit_ns = 100; /* of the median */

typedef struct bench {
    yd_ring *ring;
    yd_ring_reader *reader;
    atomic_bool over;
    uint64_t seen, lost;
    int64_t *times;
    int calls;
} bench;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const int64_t *first = a, *second = b;
    return (*first > *second) - (*first < *second);
}

/* The least that two looks at the clock are apart. */
static int64_t clock_cost_ns(void)
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < 100000; i++) {
        int64_t begin = now_ns(), taken = now_ns() - begin;
        if (taken < least) least = taken;
    }
    return least;
}

static void publish_event(bench *own, int i)
{
    yd_event_body body = {.step = {.step = i, .batch = i, .box = 0.1F, .lr = {0.01F, 0.01F, 0.01F}}};
    yd_ring_publish(own->ring, YD_EVENT_STEP, &body);
}

static void publish_status(bench *own, int i)
{
    static yd_status_block block;
    block.step = i;
    yd_ring_set_status(own->ring, &block);
}

static void *read_along(void *context)
{
    bench *own = context;
    yd_event events[64];
    while (!atomic_load(&own->over)) own->seen += (uint64_t)yd_ring_read(own->reader, events, 64, &own->lost);
    return NULL;
}

/* Returns the median. */
static double measure(bench *own, const char *name, void (*publish)(bench *own, int i))
{
    int64_t clock = clock_cost_ns();
    for (int i = 0; i < own->calls; i++) {
        int64_t begin = now_ns();
        publish(own, i);
        own->times[i] = now_ns() - begin - clock;
    }
    qsort(own->times, (size_t)own->calls, sizeof *own->times, by_value);
    double median = (double)own->times[own->calls / 2];
    double high = (double)own->times[(int)((double)own->calls * 0.999)];
    printf("%-16s median %.0f ns, 99.9th percentile %.0f ns, slowest of %d %.1f us\n", name, median, high,
           own->calls, (double)own->times[own->calls - 1] / 1e3);
    printf("result %s %.0f ns\nresult %s_999 %.0f ns\n", name, median, name, high);
    return median;
}

int main(int argc, char **argv)
{
    static bench own;
    pthread_t reader;
    own.calls = argc > 1 ? atoi(argv[1]) : 1000000;
    if (own.calls < 1000) {
        fprintf(stderr, "usage: bench_event [CALLS], at least 1000\n");
        return 2;
    }
    own.times = calloc((size_t)own.calls, sizeof *own.times);
    if (!own.times || yd_ring_create(16384, &own.ring, NULL) != YD_OK ||
        yd_ring_open(yd_ring_descriptor(own.ring), &own.reader, NULL) != YD_OK)
        return 77;
    double median = measure(&own, "publish", publish_event);
    measure(&own, "publish_status", publish_status);
    if (pthread_create(&reader, NULL, read_along, &own) != 0) return 77;
    measure(&own, "publish_read", publish_event);
    atomic_store(&own.over, true);
    pthread_join(reader, NULL);
    printf("the reader saw %llu and lost %llu\n", (unsigned long long)own.seen, (unsigned long long)own.lost);
    yd_ring_close(own.reader);
    yd_ring_destroy(own.ring);
    free(own.times);
    return median < limit_ns ? 0 : 1;
}
