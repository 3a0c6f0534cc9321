#include "tui/picture/darkroom.h"
#include "base/text.h"
#include "base/thread.h"
#include "tui/picture/develop.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum stage { QUEUED, WORKING, DONE } stage;

typedef struct job {
    yd_order order;
    yd_copy copy;     /* the thread's until DONE, then the drawing side's */
    yd_status status; /* as copy */
    stage stage;      /* under the guard */
    atomic_bool cancelled;
    uint64_t asked; /* the drawing side's: the last round that it was ordered in */
} job;

struct yd_darkroom {
    char folder[4096];
    pthread_t thread;
    pthread_mutex_t guard; /* of jobs, fresh, look and closing; never held across work */
    pthread_cond_t changed;
    yd_vector jobs; /* job *, in the order of their asking */
    yd_album fresh; /* read, and not yet collected */
    bool has_fresh, look, closing, finished;
    yd_darkroom_wake *wake;
    const void *context;
    uint32_t numbers;       /* the thread's: of prints */
    yd_negatives negatives; /* the thread's */
    yd_album album;         /* the drawing side's */
    bool has_album;
    uint64_t round;
};

static job *job_at(const yd_darkroom *darkroom, size_t index)
{
    return YD_AT(job *, &darkroom->jobs, index);
}

static void read_album(yd_darkroom *darkroom)
{
    yd_album album;
    yd_album_read(&album, darkroom->folder);
    pthread_mutex_lock(&darkroom->guard);
    yd_album_free(&darkroom->fresh);
    darkroom->fresh = album;
    darkroom->has_fresh = darkroom->finished = true;
    pthread_mutex_unlock(&darkroom->guard);
    darkroom->wake(darkroom->context);
}

static void work(yd_darkroom *darkroom, job *task)
{
    task->status = yd_develop(&darkroom->negatives, darkroom->folder, &task->order, ++darkroom->numbers,
                              &task->cancelled, &task->copy);
    pthread_mutex_lock(&darkroom->guard);
    task->stage = DONE;
    darkroom->finished = true;
    pthread_mutex_unlock(&darkroom->guard);
    darkroom->wake(darkroom->context);
}

static job *next_job(const yd_darkroom *darkroom)
{
    for (size_t i = 0; i < darkroom->jobs.count; i++)
        if (job_at(darkroom, i)->stage == QUEUED) return job_at(darkroom, i);
    return NULL;
}

static void *serve(void *context)
{
    yd_darkroom *darkroom = context;
    for (;;) {
        job *task = NULL;
        pthread_mutex_lock(&darkroom->guard);
        while (!darkroom->closing && !darkroom->look && !(task = next_job(darkroom)))
            pthread_cond_wait(&darkroom->changed, &darkroom->guard);
        bool closing = darkroom->closing, look = darkroom->look;
        darkroom->look = false;
        if (task && !look && !closing) task->stage = WORKING;
        pthread_mutex_unlock(&darkroom->guard);
        if (closing) return NULL;
        if (look)
            read_album(darkroom);
        else
            work(darkroom, task);
    }
}

yd_status yd_darkroom_open(const char *folder, yd_darkroom_wake *wake, const void *context,
                           yd_darkroom **result, yd_error *error)
{
    yd_darkroom *darkroom = calloc(1, sizeof *darkroom);
    *result = NULL;
    if (!darkroom) return yd_fail(error, YD_ERR_MEMORY, "out of memory for pictures");
    *darkroom = (yd_darkroom){.guard = PTHREAD_MUTEX_INITIALIZER,
                              .changed = PTHREAD_COND_INITIALIZER,
                              .jobs = {.size = sizeof(job *)},
                              .look = true,
                              .wake = wake,
                              .context = context,
                              .numbers = (uint32_t)getpid() << 10}; /* not those of another console */
    yd_copy_text(darkroom->folder, sizeof darkroom->folder, folder);
    yd_status status = yd_thread_start(&darkroom->thread, "pictures", serve, darkroom, error);
    if (status == YD_OK)
        *result = darkroom;
    else
        free(darkroom);
    return status;
}

static void free_job(job *task)
{
    yd_print_release(task->copy.print);
    free(task);
}

void yd_darkroom_close(yd_darkroom *darkroom)
{
    if (!darkroom) return;
    pthread_mutex_lock(&darkroom->guard);
    darkroom->closing = true;
    for (size_t i = 0; i < darkroom->jobs.count; i++) atomic_store(&job_at(darkroom, i)->cancelled, true);
    pthread_cond_signal(&darkroom->changed);
    pthread_mutex_unlock(&darkroom->guard);
    pthread_join(darkroom->thread, NULL);
    for (size_t i = 0; i < darkroom->jobs.count; i++) free_job(job_at(darkroom, i));
    yd_vector_free(&darkroom->jobs);
    yd_album_free(&darkroom->fresh);
    yd_album_free(&darkroom->album);
    yd_negatives_free(&darkroom->negatives);
    pthread_cond_destroy(&darkroom->changed);
    pthread_mutex_destroy(&darkroom->guard);
    free(darkroom);
}

bool yd_darkroom_collect(yd_darkroom *darkroom)
{
    pthread_mutex_lock(&darkroom->guard);
    bool finished = darkroom->finished;
    darkroom->finished = false;
    if (darkroom->has_fresh) {
        yd_album_free(&darkroom->album);
        darkroom->album = darkroom->fresh;
        darkroom->has_album = true;
        darkroom->fresh = (yd_album){0};
        darkroom->has_fresh = false;
    }
    pthread_mutex_unlock(&darkroom->guard);
    return finished;
}

void yd_darkroom_look(yd_darkroom *darkroom)
{
    pthread_mutex_lock(&darkroom->guard);
    darkroom->look = true;
    pthread_cond_signal(&darkroom->changed);
    pthread_mutex_unlock(&darkroom->guard);
}

const yd_album *yd_darkroom_album(const yd_darkroom *darkroom)
{
    return darkroom->has_album ? &darkroom->album : NULL;
}

void yd_darkroom_begin(yd_darkroom *darkroom)
{
    darkroom->round++;
}

static bool same_mode(const yd_graphics_mode *a, const yd_graphics_mode *b)
{
    return a->graphics == b->graphics && a->unicode == b->unicode && a->colours == b->colours &&
           a->cell_width == b->cell_width && a->cell_height == b->cell_height;
}

static bool same_order(const yd_order *a, const yd_order *b)
{
    return a->file.changed_ns == b->file.changed_ns && a->file.bytes == b->file.bytes &&
           a->view.zoom == b->view.zoom && a->view.x == b->view.x && a->view.y == b->view.y &&
           a->room.columns == b->room.columns && a->room.rows == b->room.rows &&
           a->room.cell_width == b->room.cell_width && a->room.cell_height == b->room.cell_height &&
           a->boxes == b->boxes && same_mode(&a->mode, &b->mode) && strcmp(a->file.name, b->file.name) == 0;
}

/* Under the guard. */
static job *find_or_add(yd_darkroom *darkroom, const yd_order *order)
{
    for (size_t i = 0; i < darkroom->jobs.count; i++)
        if (same_order(&job_at(darkroom, i)->order, order)) return job_at(darkroom, i);
    job *task = calloc(1, sizeof *task);
    if (!task || !yd_vector_push(&darkroom->jobs, &task)) {
        free(task);
        return NULL;
    }
    task->order = *order;
    pthread_cond_signal(&darkroom->changed);
    return task;
}

const yd_copy *yd_darkroom_order(yd_darkroom *darkroom, const yd_order *order)
{
    pthread_mutex_lock(&darkroom->guard);
    job *task = find_or_add(darkroom, order);
    bool done = task && task->stage == DONE;
    if (done && task->status == YD_ERR_STOPPED) { /* wanted again after all */
        atomic_store(&task->cancelled, false);
        task->stage = QUEUED;
        done = false;
        pthread_cond_signal(&darkroom->changed);
    }
    pthread_mutex_unlock(&darkroom->guard);
    if (task) task->asked = darkroom->round;
    return done ? &task->copy : NULL;
}

/* The print that nobody asked for the longest; NULL: all are wanted now. Under the guard. */
static job *oldest_kept(const yd_darkroom *darkroom)
{
    job *oldest = NULL;
    for (size_t i = 0; i < darkroom->jobs.count; i++) {
        job *task = job_at(darkroom, i);
        if (task->stage != DONE || task->asked == darkroom->round) continue;
        if (!oldest || task->asked < oldest->asked) oldest = task;
    }
    return oldest;
}

static void remove_job(yd_darkroom *darkroom, job *task)
{
    job **all = darkroom->jobs.data;
    size_t index = 0;
    while (all[index] != task) index++;
    memmove(&all[index], &all[index + 1], (darkroom->jobs.count - index - 1) * sizeof *all);
    darkroom->jobs.count--;
    free_job(task);
}

void yd_darkroom_end(yd_darkroom *darkroom)
{
    size_t bytes = 0;
    job *oldest;
    pthread_mutex_lock(&darkroom->guard);
    for (size_t i = darkroom->jobs.count; i-- > 0;) {
        job *task = job_at(darkroom, i);
        bool wanted = task->asked == darkroom->round;
        if (!wanted && task->stage == WORKING) atomic_store(&task->cancelled, true);
        if (!wanted && (task->stage == QUEUED || (task->stage == DONE && !task->copy.print)))
            remove_job(darkroom, task);
        else if (task->stage == DONE && task->copy.print)
            bytes += yd_print_bytes(task->copy.print);
    }
    while ((bytes > YD_DARKROOM_PRINTS || darkroom->jobs.count > YD_DARKROOM_KEPT) &&
           (oldest = oldest_kept(darkroom)) != NULL) {
        bytes -= yd_print_bytes(oldest->copy.print);
        remove_job(darkroom, oldest);
    }
    pthread_mutex_unlock(&darkroom->guard);
}
