#include "tui/compare.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "base/thread.h"
#include "series/run_series.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MILLISECOND 1000000LL
enum { SLICE_MS = 3, REST_US = 500, PERIOD_MS = 1000, LOCK_MS = 6, JOIN_MS = 300 };

typedef enum slot_state { SLOT_FREE, SLOT_TAKEN, SLOT_LEAVING } slot_state;

/* state goes from FREE to TAKEN and LEAVING by the console's thread, back to FREE by the reader's, under the
 * mutex of the whole. folder and name are the console's while FREE, and stand still otherwise. */
typedef struct compared {
    slot_state state;
    char folder[4096], name[256];
    pthread_mutex_t mutex; /* of the store: held for a slice of reading, or for drawing */
    yd_series_store *store;
    yd_run_series *series; /* the reader's alone */
    bool failed;           /* the reader's: there is nothing to read */
    uint64_t version;      /* the reader's: of the store, when it last woke the console */
} compared;

struct yd_compare {
    pthread_mutex_t mutex; /* of the states and of stop: held for moments only */
    pthread_cond_t changed;
    pthread_t reader;
    bool stop;
    void (*wake)(void *context);
    void *context;
    compared slots[YD_COMPARED];
};

static struct timespec after_ms(clockid_t clock, int milliseconds)
{
    struct timespec at;
    clock_gettime(clock, &at);
    at.tv_nsec += milliseconds * MILLISECOND;
    at.tv_sec += at.tv_nsec / (1000 * MILLISECOND);
    at.tv_nsec %= 1000 * MILLISECOND;
    return at;
}

static void empty(compared *own)
{
    yd_run_series_close(own->series);
    own->series = NULL;
    pthread_mutex_lock(&own->mutex);
    yd_series_store_destroy(own->store);
    own->store = NULL;
    pthread_mutex_unlock(&own->mutex);
}

static void open_slot(compared *own)
{
    yd_series_store *store = yd_series_store_create();
    own->failed = !store || yd_run_series_open(own->folder, store, &own->series, NULL) != YD_OK;
    if (own->failed) {
        yd_series_store_destroy(store);
        return;
    }
    pthread_mutex_lock(&own->mutex);
    own->store = store;
    own->version = 0;
    pthread_mutex_unlock(&own->mutex);
}

/* A slice; whether there is more at once. */
static bool read_slot(compared *own, bool *fresh)
{
    if (!own->series && !own->failed) open_slot(own);
    if (!own->series) return false;
    pthread_mutex_lock(&own->mutex);
    bool more = yd_run_series_update(own->series, yd_clock_ns() + SLICE_MS * MILLISECOND);
    uint64_t version = yd_series_store_version(own->store);
    pthread_mutex_unlock(&own->mutex);
    *fresh |= version != own->version;
    own->version = version;
    return more;
}

static slot_state state_of(yd_compare *compare, int i)
{
    pthread_mutex_lock(&compare->mutex);
    slot_state state = compare->slots[i].state;
    pthread_mutex_unlock(&compare->mutex);
    return state;
}

static void release(yd_compare *compare, int i)
{
    compared *own = &compare->slots[i];
    empty(own);
    pthread_mutex_lock(&compare->mutex);
    own->state = SLOT_FREE;
    pthread_mutex_unlock(&compare->mutex);
}

/* Whether to go on; waits for a change or for a second where there is nothing more to read. */
static bool rest(yd_compare *compare, bool more)
{
    struct timespec pause = {.tv_nsec = REST_US * 1000}, until = yd_condition_deadline(PERIOD_MS);
    if (more) nanosleep(&pause, NULL); /* whoever draws gets its turn */
    pthread_mutex_lock(&compare->mutex);
    bool leaving = false;
    for (int i = 0; i < YD_COMPARED; i++) leaving |= compare->slots[i].state == SLOT_LEAVING;
    if (!more && !leaving && !compare->stop)
        pthread_cond_timedwait(&compare->changed, &compare->mutex, &until);
    bool stop = compare->stop;
    pthread_mutex_unlock(&compare->mutex);
    return !stop;
}

static void *read_runs(void *context)
{
    yd_compare *compare = context;
    bool more;
    do {
        bool fresh = false;
        more = false;
        for (int i = 0; i < YD_COMPARED; i++) {
            slot_state state = state_of(compare, i);
            if (state == SLOT_TAKEN) more |= read_slot(&compare->slots[i], &fresh);
            if (state == SLOT_LEAVING) release(compare, i), fresh = true;
        }
        if (fresh) compare->wake(compare->context);
    } while (rest(compare, more));
    return NULL;
}

yd_compare *yd_compare_create(void (*wake)(void *context), void *context)
{
    yd_compare *compare = calloc(1, sizeof *compare);
    if (!compare) return NULL;
    compare->wake = wake;
    compare->context = context;
    pthread_mutex_init(&compare->mutex, NULL);
    yd_condition_init(&compare->changed);
    for (int i = 0; i < YD_COMPARED; i++) pthread_mutex_init(&compare->slots[i].mutex, NULL);
    if (yd_thread_start(&compare->reader, "compare", read_runs, compare, NULL) == YD_OK) return compare;
    free(compare);
    return NULL;
}

void yd_compare_destroy(yd_compare *compare)
{
    if (!compare) return;
    pthread_mutex_lock(&compare->mutex);
    compare->stop = true;
    pthread_cond_signal(&compare->changed);
    pthread_mutex_unlock(&compare->mutex);
    if (!yd_thread_join(compare->reader, JOIN_MS)) return;
    for (int i = 0; i < YD_COMPARED; i++) {
        empty(&compare->slots[i]);
        pthread_mutex_destroy(&compare->slots[i].mutex);
    }
    pthread_cond_destroy(&compare->changed);
    pthread_mutex_destroy(&compare->mutex);
    free(compare);
}

/* Of a file of scalars its name alone says nothing. */
static void name_slot(compared *own)
{
    char parent[4096], name[600];
    yd_path_parent(parent, sizeof parent, own->folder);
    if (yd_file_exists(own->folder))
        snprintf(name, sizeof name, "%.200s/%.300s", yd_path_name(parent), yd_path_name(own->folder));
    else
        snprintf(name, sizeof name, "%.500s", yd_path_name(own->folder));
    yd_escape(own->name, sizeof own->name, name);
}

int yd_compare_add(yd_compare *compare, const char *folder)
{
    int found = yd_compare_find(compare, folder);
    if (found >= 0 || strlen(folder) >= sizeof compare->slots[0].folder) return found;
    pthread_mutex_lock(&compare->mutex);
    for (int i = 0; i < YD_COMPARED && found < 0; i++)
        if (compare->slots[i].state == SLOT_FREE) found = i;
    if (found >= 0) {
        compared *own = &compare->slots[found];
        yd_copy_text(own->folder, sizeof own->folder, folder);
        name_slot(own);
        own->failed = false;
        own->state = SLOT_TAKEN;
        pthread_cond_signal(&compare->changed);
    }
    pthread_mutex_unlock(&compare->mutex);
    return found;
}

static void leave(yd_compare *compare, int i)
{
    pthread_mutex_lock(&compare->mutex);
    if (compare->slots[i].state == SLOT_TAKEN) compare->slots[i].state = SLOT_LEAVING;
    pthread_cond_signal(&compare->changed);
    pthread_mutex_unlock(&compare->mutex);
}

void yd_compare_remove(yd_compare *compare, const char *folder)
{
    int found = yd_compare_find(compare, folder);
    if (found >= 0) leave(compare, found);
}

void yd_compare_clear(yd_compare *compare)
{
    for (int i = 0; i < YD_COMPARED; i++) leave(compare, i);
}

/* Only this thread makes a slot TAKEN or LEAVING, so what it sees here stays true. */
static bool is_taken(yd_compare *compare, int i)
{
    return i >= 0 && i < YD_COMPARED && state_of(compare, i) == SLOT_TAKEN;
}

int yd_compare_find(yd_compare *compare, const char *folder)
{
    for (int i = 0; i < YD_COMPARED; i++)
        if (is_taken(compare, i) && strcmp(compare->slots[i].folder, folder) == 0) return i;
    return -1;
}

int yd_compare_count(yd_compare *compare)
{
    int count = 0;
    for (int i = 0; i < YD_COMPARED; i++) count += is_taken(compare, i);
    return count;
}

const char *yd_compare_folder(yd_compare *compare, int slot)
{
    return is_taken(compare, slot) ? compare->slots[slot].folder : NULL;
}

const char *yd_compare_name(yd_compare *compare, int slot)
{
    return is_taken(compare, slot) ? compare->slots[slot].name : NULL;
}

const yd_series_store *yd_compare_lock(yd_compare *compare, int slot)
{
    if (!is_taken(compare, slot)) return NULL;
    struct timespec until = after_ms(CLOCK_REALTIME, LOCK_MS);
    pthread_mutex_t *mutex = &compare->slots[slot].mutex;
    if (pthread_mutex_timedlock(mutex, &until) != 0) return NULL;
    if (compare->slots[slot].store) return compare->slots[slot].store;
    pthread_mutex_unlock(mutex);
    return NULL;
}

void yd_compare_unlock(yd_compare *compare, int slot)
{
    pthread_mutex_unlock(&compare->slots[slot].mutex);
}
