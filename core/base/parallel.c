#include "base/parallel.h"
#include "base/thread.h"
#include <stdatomic.h>
#include <stdbool.h>

enum { MOST_THREADS = 64 };

typedef struct loop {
    atomic_int next; /* relaxed: it only hands out numbers; threads are joined before results are read */
    int count;
    yd_parallel_body *body;
    void *context;
} loop;

typedef struct worker {
    loop *loop;
    int number;
    bool started;
    pthread_t thread;
} worker;

static void *run(void *context)
{
    const worker *w = context;
    for (;;) {
        int index = atomic_fetch_add_explicit(&w->loop->next, 1, memory_order_relaxed);
        if (index >= w->loop->count) return NULL;
        w->loop->body(w->loop->context, w->number, index);
    }
}

void yd_parallel_for(int threads, int count, yd_parallel_body *body, void *context)
{
    loop shared = {.count = count, .body = body, .context = context};
    worker workers[MOST_THREADS];
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    if (threads > count) threads = count;
    for (int i = 0; i < threads || i == 0; i++) {
        workers[i] = (worker){.loop = &shared, .number = i};
        if (i)
            workers[i].started =
                yd_thread_start(&workers[i].thread, "parallel", run, &workers[i], NULL) == YD_OK;
    }
    run(&workers[0]);
    for (int i = 1; i < threads; i++)
        if (workers[i].started) pthread_join(workers[i].thread, NULL);
}
