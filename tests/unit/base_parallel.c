/* The loop that several threads take turns at: each index once, each worker's number its own. */
#include "base/parallel.h"
#include "support/test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { MOST = 10000, THREADS = 64 };

typedef struct record {
    int calls[MOST]; /* by whoever has the index: a second call of an index is a race that TSan sees */
    atomic_int inside[THREADS];
    int threads;
    atomic_int wrong;
} record;

static void count_call(void *context, int worker, int index)
{
    record *r = context;
    if (worker < 0 || worker >= r->threads || atomic_fetch_add(&r->inside[worker], 1) != 0) r->wrong++;
    r->calls[index]++;
    atomic_fetch_sub(&r->inside[worker], 1);
}

static void each_index_once(void)
{
    static record r;
    static const int threads[] = {1, 2, 3, 16, 64}, counts[] = {0, 1, 2, 63, MOST};
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            memset(r.calls, 0, sizeof r.calls);
            r.threads = threads[t];
            yd_parallel_for(threads[t], counts[c], count_call, &r);
            for (int i = 0; i < MOST; i++) CHECK(r.calls[i] == (i < counts[c]));
        }
    CHECK(r.wrong == 0);
}

static void more_threads_than_there_can_be(void)
{
    static record r;
    r.threads = THREADS;
    yd_parallel_for(1000, MOST, count_call, &r);
    for (int i = 0; i < MOST; i++) CHECK(r.calls[i] == 1);
    CHECK(r.wrong == 0);
}

static void note_thread(void *context, int worker, int index)
{
    (void)worker, (void)index;
    pthread_t *thread = context;
    *thread = pthread_self();
}

static void one_thread_is_the_callers(void)
{
    pthread_t ran;
    yd_parallel_for(1, 3, note_thread, &ran);
    CHECK(pthread_equal(ran, pthread_self()));
}

static const yd_test_case cases[] = {
    {"each index once", each_index_once},
    {"more threads than there can be", more_threads_than_there_can_be},
    {"one thread is the caller's", one_thread_is_the_callers},
};
TEST_MAIN(cases)
