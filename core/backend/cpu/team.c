#include "backend/cpu/team.h"
#include "base/thread.h"
#include <stdbool.h>
#include <stdlib.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

struct yd_team {
    int threads;
    bool entered;
    pthread_t caller; /* the thread whose pool has its denormal mode set; valid where entered */
    yd_team_function *function;
    void *context;
#ifdef YD_THREAD_SANITIZER
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    unsigned long generation; /* of the work that was handed out; guarded by mutex, as are the next two */
    int running;
    bool closing;
    pthread_t *workers;
    struct worker {
        yd_team *team;
        int index;
    } * arguments;
#endif
};

/* Flush-to-zero and denormals-are-zero: bits 15 and 6 of MXCSR. */
static void flush_denormals(void)
{
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040u);
#endif
}

static void set_mode(void *context, int index, int count)
{
    (void)context, (void)index, (void)count;
    flush_denormals();
}

void yd_team_share(size_t total, int index, int count, size_t *begin, size_t *end)
{
    size_t each = total / (size_t)count, rest = total % (size_t)count, i = (size_t)index;
    *begin = i * each + (i < rest ? i : rest);
    *end = *begin + each + (i < rest);
}

int yd_team_threads(const yd_team *team)
{
    return team->threads;
}

#ifndef YD_THREAD_SANITIZER

/* libgomp's own entry points (stable since GCC 4.9): declared here, so that Clang, whose -fopenmp means
 * another library, joins the pool that oneDNN uses. */
void GOMP_parallel(void (*function)(void *), void *data, unsigned threads, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
void omp_set_num_threads(int threads);
void omp_set_dynamic(int dynamic);

static void member(void *data)
{
    const yd_team *team = data;
    team->function(team->context, omp_get_thread_num(), omp_get_num_threads());
}

static void run(yd_team *team)
{
    GOMP_parallel(member, team, (unsigned)team->threads, 0);
}

static void bind_caller(yd_team *team)
{
    omp_set_dynamic(0);
    omp_set_num_threads(team->threads);
}

static yd_status start(yd_team *team, yd_error *error)
{
    (void)team, (void)error; /* libgomp starts its pool at the first region */
    return YD_OK;
}

static void stop(yd_team *team)
{
    (void)team; /* libgomp keeps its pool for the next region */
}

#else

static void *work(void *argument)
{
    const struct worker *worker = argument;
    yd_team *team = worker->team;
    unsigned long seen = 0;
    flush_denormals();
    pthread_mutex_lock(&team->mutex);
    for (;;) {
        while (team->generation == seen && !team->closing) pthread_cond_wait(&team->changed, &team->mutex);
        if (team->closing) break;
        seen = team->generation;
        pthread_mutex_unlock(&team->mutex);
        team->function(team->context, worker->index, team->threads);
        pthread_mutex_lock(&team->mutex);
        if (--team->running == 0) pthread_cond_broadcast(&team->changed);
    }
    pthread_mutex_unlock(&team->mutex);
    return NULL;
}

static void run(yd_team *team)
{
    pthread_mutex_lock(&team->mutex);
    team->generation++;
    team->running = team->threads - 1;
    pthread_cond_broadcast(&team->changed);
    pthread_mutex_unlock(&team->mutex);
    team->function(team->context, 0, team->threads);
    pthread_mutex_lock(&team->mutex);
    while (team->running > 0) pthread_cond_wait(&team->changed, &team->mutex);
    pthread_mutex_unlock(&team->mutex);
}

static void bind_caller(yd_team *team)
{
    (void)team;
}

static void stop(yd_team *team)
{
    pthread_mutex_lock(&team->mutex);
    team->closing = true;
    pthread_cond_broadcast(&team->changed);
    pthread_mutex_unlock(&team->mutex);
    for (int i = 1; i < team->threads; i++) pthread_join(team->workers[i], NULL);
    pthread_cond_destroy(&team->changed);
    pthread_mutex_destroy(&team->mutex);
    free(team->arguments);
    free(team->workers);
}

static yd_status start(yd_team *team, yd_error *error)
{
    int wanted = team->threads;
    pthread_mutex_init(&team->mutex, NULL);
    pthread_cond_init(&team->changed, NULL);
    team->workers = calloc((size_t)wanted, sizeof *team->workers);
    team->arguments = calloc((size_t)wanted, sizeof *team->arguments);
    yd_status status = YD_OK;
    if (!team->workers || !team->arguments) {
        status = yd_fail(error, YD_ERR_MEMORY, "no memory for a team of %d threads", wanted);
        wanted = 1;
    }
    for (team->threads = 1; status == YD_OK && team->threads < wanted;) {
        struct worker *worker = &team->arguments[team->threads];
        *worker = (struct worker){team, team->threads};
        status = yd_thread_start(&team->workers[team->threads], "compute", work, worker, error);
        if (status == YD_OK) team->threads++;
    }
    if (status != YD_OK) stop(team);
    return status;
}

#endif

void yd_team_run(yd_team *team, yd_team_function *function, void *context)
{
    team->function = function;
    team->context = context;
    run(team);
}

void yd_team_enter(yd_team *team)
{
    bind_caller(team);
    if (team->entered && pthread_equal(team->caller, pthread_self())) return;
    team->entered = true;
    team->caller = pthread_self();
    yd_team_run(team, set_mode, NULL);
}

yd_status yd_team_open(int threads, yd_team **team, yd_error *error)
{
    yd_team *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "no memory for the compute team");
    made->threads = threads > 0 ? threads : yd_cpu_count();
    yd_status status = start(made, error);
    if (status != YD_OK) {
        free(made);
        return status;
    }
    yd_team_enter(made);
    *team = made;
    return YD_OK;
}

void yd_team_close(yd_team *team)
{
    if (!team) return;
    stop(team);
    free(team);
}
