#include "train/studio.h"
#include "base/log.h"
#include "base/text.h"
#include "base/thread.h"
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { QUEUE = 8, NICENESS = 10 };

typedef struct list {
    yd_task *first, *last;
    int count;
} list;

struct yd_studio {
    pthread_t thread;
    pthread_mutex_t guard; /* of the rest; never held across work */
    pthread_cond_t changed;
    list waiting, done;
    bool working, closing;
};

static void push(list *all, yd_task *task)
{
    task->next = NULL;
    if (all->last)
        all->last->next = task;
    else
        all->first = task;
    all->last = task;
    all->count++;
}

static yd_task *pop(list *all)
{
    yd_task *task = all->first;
    if (!task) return NULL;
    all->first = task->next;
    if (!all->first) all->last = NULL;
    all->count--;
    return task;
}

static void *serve(void *context)
{
    yd_studio *own = context;
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS); /* on Linux, this thread's alone */
    for (;;) {
        pthread_mutex_lock(&own->guard);
        while (!own->waiting.first && !own->closing) pthread_cond_wait(&own->changed, &own->guard);
        yd_task *task = own->closing ? NULL : pop(&own->waiting);
        own->working = task != NULL;
        pthread_mutex_unlock(&own->guard);
        if (!task) return NULL;
        task->status = task->work(task, &task->error);
        pthread_mutex_lock(&own->guard);
        push(&own->done, task);
        own->working = false;
        pthread_cond_broadcast(&own->changed);
        pthread_mutex_unlock(&own->guard);
    }
}

yd_status yd_studio_open(yd_run *run, yd_error *error)
{
    yd_studio *own = calloc(1, sizeof *own);
    if (!own) return yd_fail(error, YD_ERR_MEMORY, "out of memory for pictures");
    *own = (yd_studio){.guard = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    yd_status status = yd_thread_start(&own->thread, "pictures", serve, own, error);
    if (status == YD_OK)
        run->studio = own;
    else
        free(own);
    return status;
}

void yd_studio_close(yd_run *run)
{
    yd_studio *own = run->studio;
    yd_task *task;
    if (!own) return;
    pthread_mutex_lock(&own->guard);
    own->closing = true;
    pthread_cond_broadcast(&own->changed);
    pthread_mutex_unlock(&own->guard);
    pthread_join(own->thread, NULL);
    while ((task = pop(&own->waiting)) || (task = pop(&own->done))) task->release(task);
    pthread_cond_destroy(&own->changed);
    pthread_mutex_destroy(&own->guard);
    free(own);
    run->studio = NULL;
}

void yd_studio_submit(yd_run *run, yd_task *task)
{
    yd_studio *own = run->studio;
    bool taken = own != NULL;
    if (own) {
        pthread_mutex_lock(&own->guard);
        taken = !task->optional || own->waiting.count < QUEUE;
        if (taken) push(&own->waiting, task);
        pthread_cond_broadcast(&own->changed);
        pthread_mutex_unlock(&own->guard);
    }
    if (!taken) task->release(task);
}

static void announce(yd_run *run, const yd_task *task)
{
    if (task->status != YD_OK) {
        yd_log(YD_LOG_WARNING, "%s", task->error.message);
        return;
    }
    for (int i = 0; i < task->name_count; i++) {
        yd_event_body body = {.picture = {.epoch = task->epoch, .batch = task->batch}};
        yd_copy_text(body.picture.name, sizeof body.picture.name, task->names[i]);
        yd_ring_publish(run->ring, YD_EVENT_PICTURE, &body);
    }
}

void yd_studio_settle(yd_run *run, bool wait)
{
    yd_studio *own = run->studio;
    if (!own) return;
    for (;;) {
        pthread_mutex_lock(&own->guard);
        while (wait && (own->waiting.first || own->working) && !own->done.first)
            pthread_cond_wait(&own->changed, &own->guard);
        yd_task *task = pop(&own->done);
        pthread_mutex_unlock(&own->guard);
        if (!task) return;
        announce(run, task);
        task->release(task);
    }
}
