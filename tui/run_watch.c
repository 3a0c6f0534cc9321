#include "tui/run_watch.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/thread.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define SECOND 1000000000LL
/* Runs that live are looked at every second, all of them every two; a look takes a hundredth of the time at
 * most. Long looks show what they have found so far every so often. */
enum { LIVE_MS = 1000, ALL_MS = 2000, SHARE = 100, SHOW_MS = 200, MEASURE_MS = 500, JOIN_MS = 300 };

struct yd_run_watch {
    pthread_mutex_t mutex; /* of what follows, up to table; held for moments only */
    pthread_cond_t changed;
    bool stop, active;
    char problem[1024];
    yd_run_table *table; /* not yet taken */
    pthread_t thread;
    void (*wake)(void *context);
    void *context;
    yd_run_scan *scan; /* the thread's alone, and all below */
    uint64_t shown;    /* the version of the newest table */
    bool any_shown;
    int64_t shown_ns, all_ns, all_took_ns;
};

static bool goes_on(void *context)
{
    yd_run_watch *watch = context;
    pthread_mutex_lock(&watch->mutex);
    bool on = !watch->stop;
    pthread_mutex_unlock(&watch->mutex);
    return on;
}

static void show(yd_run_watch *watch)
{
    watch->shown_ns = yd_clock_ns();
    if (watch->any_shown && watch->shown == yd_run_scan_version(watch->scan)) return;
    yd_run_table *table = yd_run_scan_snapshot(watch->scan);
    if (!table) return;
    watch->shown = yd_run_scan_version(watch->scan);
    watch->any_shown = true;
    pthread_mutex_lock(&watch->mutex);
    yd_run_table_free(watch->table);
    watch->table = table;
    pthread_mutex_unlock(&watch->mutex);
    watch->wake(watch->context);
}

static void show_now_and_then(yd_run_watch *watch)
{
    if (yd_clock_ns() - watch->shown_ns > SHOW_MS * (SECOND / 1000)) show(watch);
}

static void look_for_all(yd_run_watch *watch)
{
    yd_error error = {0};
    int64_t begin = yd_clock_ns();
    yd_status status = yd_run_scan_find(watch->scan, goes_on, watch, &error);
    watch->all_ns = yd_clock_ns();
    watch->all_took_ns = watch->all_ns - begin;
    pthread_mutex_lock(&watch->mutex);
    yd_copy_text(watch->problem, sizeof watch->problem, status == YD_OK ? "" : error.message);
    pthread_mutex_unlock(&watch->mutex);
    if (!watch->any_shown) show(watch);
}

static void look(yd_run_watch *watch)
{
    int64_t period = ALL_MS * (SECOND / 1000);
    if (watch->all_took_ns * SHARE > period) period = watch->all_took_ns * SHARE;
    if (!watch->all_ns || yd_clock_ns() - watch->all_ns >= period)
        look_for_all(watch);
    else
        yd_run_scan_find_live(watch->scan);
    while (goes_on(watch) && yd_run_scan_read_one(watch->scan, yd_clock_ns())) show_now_and_then(watch);
    show(watch);
    int64_t until = yd_clock_ns() + MEASURE_MS * (SECOND / 1000);
    while (goes_on(watch) && yd_clock_ns() < until && yd_run_scan_measure_one(watch->scan, yd_clock_ns()))
        show_now_and_then(watch);
    show(watch);
}

/* Whether there is to be another look. */
static bool rest(yd_run_watch *watch)
{
    const struct timespec until = yd_condition_deadline(LIVE_MS);
    pthread_mutex_lock(&watch->mutex);
    if (!watch->stop) pthread_cond_timedwait(&watch->changed, &watch->mutex, &until);
    while (!watch->stop && !watch->active) pthread_cond_wait(&watch->changed, &watch->mutex);
    bool on = !watch->stop;
    pthread_mutex_unlock(&watch->mutex);
    return on;
}

static void *run(void *context)
{
    do look(context);
    while (rest(context));
    return NULL;
}

yd_run_watch *yd_run_watch_start(const char *folder, void (*wake)(void *context), void *context)
{
    yd_run_watch *watch = calloc(1, sizeof *watch);
    if (!watch) return NULL;
    watch->scan = yd_run_scan_create(folder);
    watch->wake = wake;
    watch->context = context;
    watch->active = true;
    pthread_mutex_init(&watch->mutex, NULL);
    yd_condition_init(&watch->changed);
    if (watch->scan && yd_thread_start(&watch->thread, "runs", run, watch, NULL) == YD_OK) return watch;
    yd_run_scan_destroy(watch->scan);
    free(watch);
    return NULL;
}

void yd_run_watch_end(yd_run_watch *watch)
{
    if (!watch) return;
    pthread_mutex_lock(&watch->mutex);
    watch->stop = true;
    pthread_cond_signal(&watch->changed);
    pthread_mutex_unlock(&watch->mutex);
    if (!yd_thread_join(watch->thread, JOIN_MS)) return;
    pthread_cond_destroy(&watch->changed);
    pthread_mutex_destroy(&watch->mutex);
    yd_run_table_free(watch->table);
    yd_run_scan_destroy(watch->scan);
    free(watch);
}

void yd_run_watch_set_active(yd_run_watch *watch, bool active)
{
    pthread_mutex_lock(&watch->mutex);
    if (active && !watch->active) pthread_cond_signal(&watch->changed);
    watch->active = active;
    pthread_mutex_unlock(&watch->mutex);
}

yd_run_table *yd_run_watch_take(yd_run_watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    yd_run_table *table = watch->table;
    watch->table = NULL;
    pthread_mutex_unlock(&watch->mutex);
    return table;
}

bool yd_run_watch_problem(yd_run_watch *watch, char *out, size_t capacity)
{
    pthread_mutex_lock(&watch->mutex);
    yd_copy_text(out, capacity, watch->problem);
    pthread_mutex_unlock(&watch->mutex);
    return out[0] != '\0';
}
