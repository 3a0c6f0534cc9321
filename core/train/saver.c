#include "train/saver.h"
#include "base/thread.h"
#include <stdlib.h>

typedef enum stage { IDLE, READING, WRITING, DONE } stage;

struct yd_saver {
    yd_saver_work *work;
    void *context;
    pthread_t thread;
    pthread_mutex_t guard; /* of the rest; never held across work */
    pthread_cond_t changed;
    stage stage; /* the training thread: IDLE to READING, DONE to IDLE; the writer: the others */
    bool closing;
};

static void enter(yd_saver *saver, stage next)
{
    pthread_mutex_lock(&saver->guard);
    saver->stage = next;
    pthread_cond_broadcast(&saver->changed);
    pthread_mutex_unlock(&saver->guard);
}

static void *serve(void *context)
{
    yd_saver *saver = context;
    for (;;) {
        pthread_mutex_lock(&saver->guard);
        while (saver->stage != READING && !saver->closing) pthread_cond_wait(&saver->changed, &saver->guard);
        bool wanted = saver->stage == READING;
        pthread_mutex_unlock(&saver->guard);
        if (!wanted) return NULL;
        saver->work(saver->context, saver);
        enter(saver, DONE);
    }
}

yd_status yd_saver_create(yd_saver_work *work, void *context, yd_saver **saver, yd_error *error)
{
    *saver = NULL;
    yd_saver *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "no memory for the writer of checkpoints");
    *made = (yd_saver){.work = work,
                       .context = context,
                       .guard = PTHREAD_MUTEX_INITIALIZER,
                       .changed = PTHREAD_COND_INITIALIZER};
    yd_status status = yd_thread_start(&made->thread, "writer", serve, made, error);
    if (status == YD_OK)
        *saver = made;
    else
        free(made);
    return status;
}

void yd_saver_destroy(yd_saver *saver)
{
    if (!saver) return;
    yd_saver_take(saver, true);
    pthread_mutex_lock(&saver->guard);
    saver->closing = true;
    pthread_cond_broadcast(&saver->changed);
    pthread_mutex_unlock(&saver->guard);
    pthread_join(saver->thread, NULL);
    pthread_cond_destroy(&saver->changed);
    pthread_mutex_destroy(&saver->guard);
    free(saver);
}

void yd_saver_has_read(yd_saver *saver)
{
    enter(saver, WRITING);
}

void yd_saver_start(yd_saver *saver)
{
    YD_ASSERT(saver->stage == IDLE);
    enter(saver, READING);
}

void yd_saver_wait_read(yd_saver *saver)
{
    pthread_mutex_lock(&saver->guard);
    while (saver->stage == READING) pthread_cond_wait(&saver->changed, &saver->guard);
    pthread_mutex_unlock(&saver->guard);
}

bool yd_saver_take(yd_saver *saver, bool wait)
{
    pthread_mutex_lock(&saver->guard);
    while (wait && saver->stage != IDLE && saver->stage != DONE)
        pthread_cond_wait(&saver->changed, &saver->guard);
    bool done = saver->stage == DONE;
    if (done) saver->stage = IDLE;
    pthread_mutex_unlock(&saver->guard);
    return done;
}
