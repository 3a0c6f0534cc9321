#include "train/saver.h"
#include "base/file.h"
#include "base/log.h"
#include "base/thread.h"
#include <stdlib.h>
#include <string.h>

typedef enum stage { IDLE, READING, WRITING, DONE } stage;

/* Text for a file. They come a few times an epoch: the list is short, unless the disk hangs. */
typedef struct appendix {
    struct appendix *next;
    yd_text text;
    char path[];
} appendix;

struct yd_saver {
    yd_saver_work *work;
    void *context;
    pthread_t thread;
    pthread_mutex_t guard; /* of the rest; never held across work */
    pthread_cond_t changed;
    stage stage; /* the training thread: IDLE to READING, DONE to IDLE; the writer: the others */
    appendix *appendices, **last; /* what is not yet written; the first one is the writer's while it writes */
    bool closing;
};

static void enter(yd_saver *saver, stage next)
{
    pthread_mutex_lock(&saver->guard);
    saver->stage = next;
    pthread_cond_broadcast(&saver->changed);
    pthread_mutex_unlock(&saver->guard);
}

/* What the writer does next; NULL where it is a save. False: nothing is left, and nothing will come. */
static bool next_job(yd_saver *saver, appendix **job)
{
    pthread_mutex_lock(&saver->guard);
    while (!saver->appendices && saver->stage != READING && !saver->closing)
        pthread_cond_wait(&saver->changed, &saver->guard);
    *job = saver->appendices;
    bool any = *job || saver->stage == READING;
    pthread_mutex_unlock(&saver->guard);
    return any;
}

static void append(yd_saver *saver, appendix *job)
{
    yd_error error;
    size_t bytes = job->text.length;
    if (yd_file_append_text(job->path, &job->text, &error) != YD_OK)
        yd_log(YD_LOG_WARNING, "%zu bytes are missing in it: %s", bytes, error.message);
    pthread_mutex_lock(&saver->guard);
    saver->appendices = job->next;
    if (!job->next) saver->last = &saver->appendices;
    pthread_cond_broadcast(&saver->changed);
    pthread_mutex_unlock(&saver->guard);
    free(job);
}

static void *serve(void *context)
{
    yd_saver *saver = context;
    appendix *job;
    while (next_job(saver, &job)) {
        if (job) {
            append(saver, job);
            continue;
        }
        saver->work(saver->context, saver);
        enter(saver, DONE);
    }
    return NULL;
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
    made->last = &made->appendices;
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

void yd_saver_append(yd_saver *saver, const char *path, yd_text *text)
{
    size_t path_bytes = strlen(path) + 1;
    appendix *made = text->failed ? NULL : malloc(sizeof *made + path_bytes);
    if (!made) {
        yd_log(YD_LOG_WARNING, "%s: no memory for what belongs there", path);
        yd_text_free(text);
        return;
    }
    memcpy(made->path, path, path_bytes);
    made->text = *text;
    made->next = NULL;
    *text = (yd_text){0};
    pthread_mutex_lock(&saver->guard);
    *saver->last = made;
    saver->last = &made->next;
    pthread_cond_broadcast(&saver->changed);
    pthread_mutex_unlock(&saver->guard);
}

void yd_saver_flush(yd_saver *saver)
{
    pthread_mutex_lock(&saver->guard);
    while (saver->appendices) pthread_cond_wait(&saver->changed, &saver->guard);
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
