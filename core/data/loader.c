#include "data/loader.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "data/quad.h"
#include "data/slot.h"
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MOST_WORKERS = 64, MOST_LENT = 2, DEFAULT_PREFETCH = 2 };

/* A slot's way round: free, filling, ready, lent, free. */
typedef enum slot_state { FREE, FILLING, READY, LENT } slot_state;

typedef struct place {
    yd_slot slot;
    slot_state state;
    int64_t number;      /* of the batch: epoch * batches + index */
    int begun, finished; /* samples handed to workers; samples done */
} place;

/* Everything below lock is guarded by it; it is never held while a sample is made. Batch number n uses place
 * n % place_count, so that batches are made and handed over in order. */
struct yd_loader {
    yd_loader_options options;
    yd_sampler sampler;
    yd_reader reader;
    double *weights;
    int batches; /* of an epoch */
    pthread_t threads[MOST_WORKERS];
    int thread_count;
    yd_scratch own;         /* of the caller's thread, where there are no workers */
    atomic_uchar *reported; /* [count] pictures known to be broken */
    atomic_int broken;
    _Atomic int64_t waited;

    pthread_mutex_t lock;
    pthread_cond_t work, ready; /* there may be samples to make; a batch is ready, or all is quiet */
    place *places;
    int place_count;
    int64_t next_begin, next_lend, end; /* batch numbers; end: one past the last, or INT64_MAX */
    int32_t *order;                     /* [count] of order_epoch */
    int order_epoch;
    int lent, busy;    /* batches lent; samples being made */
    bool stop, hold;   /* hold: begin nothing new */
    yd_vector changes; /* yd_augment_change of options.augment, sorted by first */
    yd_error failure;
};

typedef struct task {
    place *place;
    int sample;
} task;

/* Makes the calling thread yield to the compute team wherever both want a CPU: a batch that comes a little
 * later costs nothing while the trainer is busy. The nice value is the thread's own on Linux. Refusals do not
 * matter. */
static void lower_priority(void)
{
    enum { NICE = 5 };
    struct sched_param none = {0};
    sched_setscheduler(0, SCHED_BATCH, &none);
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
}

static void report_broken(void *context, int picture, const char *message)
{
    yd_loader *loader = context;
    if (atomic_exchange(&loader->reported[picture], 1)) return;
    atomic_fetch_add(&loader->broken, 1);
    yd_log(YD_LOG_WARNING, "A grey picture stands in: %s", message);
}

static yd_augment augment_for(const yd_loader *loader, int64_t number)
{
    yd_augment augment = loader->options.augment;
    for (size_t i = 0; i < loader->changes.count; i++) {
        const yd_augment_change *change = &YD_AT(yd_augment_change, &loader->changes, i);
        if (change->first > number) break;
        memcpy((char *)&augment + change->place, &change->value, sizeof change->value);
    }
    return augment;
}

/* ---- handing out work; the lock is held ---- */

/* number: from -1 on. */
static place *place_of(yd_loader *loader, int64_t number)
{
    return &loader->places[(number + loader->place_count) % loader->place_count];
}

static bool begin_batch(yd_loader *loader)
{
    place *p = place_of(loader, loader->next_begin);
    if (loader->next_begin >= loader->end || p->state != FREE) return false;
    int epoch = (int)(loader->next_begin / loader->batches),
        index = (int)(loader->next_begin % loader->batches);
    if (epoch != loader->order_epoch) {
        if (yd_sampler_order(&loader->sampler, epoch, loader->order, &loader->failure) != YD_OK) {
            pthread_cond_broadcast(&loader->ready);
            return false;
        }
        loader->order_epoch = epoch;
    }
    yd_batch *batch = &p->slot.batch;
    int size = loader->sampler.batch_size, first = index * size,
        left = yd_sampler_length(&loader->sampler) - first;
    yd_slot_begin(&p->slot, left < size ? left : size, yd_dataset_shape(loader->options.dataset, index));
    batch->epoch = epoch;
    batch->index = index;
    for (int i = 0; i < batch->samples; i++) {
        p->slot.positions[i] = yd_sampler_position(&loader->sampler, first + i);
        batch->picture[i] = loader->order[p->slot.positions[i]];
        batch->paths[i] = loader->options.dataset->paths[batch->picture[i]];
    }
    for (int i = 0; i < batch->count && p->slot.quad; i++)
        p->slot.enlarged[i] = yd_quad_draw(loader->options.seed, epoch, p->slot.positions[i * YD_QUAD]);
    p->slot.augment = augment_for(loader, loader->next_begin);
    p->number = loader->next_begin++;
    p->begun = p->finished = 0;
    p->state = FILLING;
    return true;
}

/* The next sample to make: of the batch begun last, or, where that has none left, of a new one. */
static bool take_task(yd_loader *loader, task *t)
{
    if (loader->hold || loader->stop || loader->failure.status != YD_OK) return false;
    t->place = place_of(loader, loader->next_begin - 1);
    if (t->place->state != FILLING || t->place->begun == t->place->slot.batch.samples) {
        if (!begin_batch(loader)) return false;
        t->place = place_of(loader, loader->next_begin - 1);
    }
    t->sample = t->place->begun++;
    loader->busy++;
    return true;
}

/* ---- making samples; the lock is not held ---- */

static yd_status make_sample(yd_loader *loader, const task *t, yd_scratch *scratch, yd_error *error)
{
    yd_slot *slot = &t->place->slot;
    const yd_loader_options *o = &loader->options;
    if (!o->dataset->options.augment)
        return yd_slot_fill(slot, t->sample, &loader->reader, NULL, scratch, error);
    yd_sample_key key = {o->seed, slot->batch.epoch, slot->positions[t->sample]};
    /* Weighted orders last one epoch, after which the loader starts again: the order cannot change meanwhile.
     */
    const int32_t *choices = o->order == YD_ORDER_WEIGHTED ? loader->order : NULL;
    yd_sample_draws draws = yd_sample_draw(&slot->augment, key, o->dataset, slot->batch.picture[t->sample],
                                           choices, o->mosaic && !o->dataset->shapes);
    return yd_slot_fill(slot, t->sample, &loader->reader, &draws, scratch, error);
}

/* Does one task. Called, and returns, with the lock held. */
static void do_task(yd_loader *loader, const task *t, yd_scratch *scratch)
{
    yd_error error = {0};
    pthread_mutex_unlock(&loader->lock);
    yd_status status = make_sample(loader, t, scratch, &error);
    pthread_mutex_lock(&loader->lock);
    if (status == YD_OK && ++t->place->finished == t->place->slot.batch.samples) {
        pthread_mutex_unlock(&loader->lock); /* all others are done with this place */
        status = yd_slot_finish(&t->place->slot, &error);
        pthread_mutex_lock(&loader->lock);
        t->place->state = READY;
    }
    if (status != YD_OK && loader->failure.status == YD_OK) loader->failure = error;
    loader->busy--;
    pthread_cond_broadcast(&loader->ready);
}

static void *run_worker(void *context)
{
    yd_loader *loader = context;
    yd_scratch scratch = yd_scratch_make();
    lower_priority();
    pthread_mutex_lock(&loader->lock);
    while (!loader->stop) {
        task t;
        if (take_task(loader, &t))
            do_task(loader, &t, &scratch);
        else
            pthread_cond_wait(&loader->work, &loader->lock);
    }
    pthread_mutex_unlock(&loader->lock);
    yd_scratch_free(&scratch);
    return NULL;
}

/* ---- the loader ---- */

static yd_status copy_weights(yd_loader *loader, const double *weights, yd_error *error)
{
    if (loader->options.order != YD_ORDER_WEIGHTED) return YD_OK;
    size_t count = (size_t)loader->options.dataset->count;
    if (!weights) return yd_fail(error, YD_ERR_INTERNAL, "a weighted order without weights");
    if (!loader->weights) loader->weights = malloc(count * sizeof *loader->weights);
    if (!loader->weights) return yd_fail(error, YD_ERR_MEMORY, "out of memory for the weights of pictures");
    memcpy(loader->weights, weights, count * sizeof *weights);
    loader->sampler.weights = loader->weights;
    return YD_OK;
}

/* The lock is held, or no thread runs yet. The newest word about a value counts. */
static bool tell_change(yd_loader *loader, const yd_augment_change *fresh)
{
    yd_vector *all = &loader->changes;
    size_t kept = 0, at = 0;
    if (!yd_vector_reserve(all, all->count + 1)) return false;
    yd_augment_change *list = all->data;
    for (size_t i = 0; i < all->count; i++) {
        if (list[i].place == fresh->place && list[i].first >= fresh->first) continue;
        list[kept] = list[i];
        if (list[kept++].first <= fresh->first) at = kept;
    }
    memmove(&list[at + 1], &list[at], (kept - at) * sizeof *list);
    list[at] = *fresh;
    all->count = kept + 1;
    return true;
}

/* The lock is held, or no thread runs yet. */
static yd_status set_start(yd_loader *loader, int epoch, int batch, yd_error *error)
{
    if (epoch < 0 || batch < 0 || batch > loader->batches)
        return yd_fail(error, YD_ERR_INTERNAL, "epoch %d, batch %d: an epoch has %d batches", epoch, batch,
                       loader->batches);
    for (int i = 0; i < loader->place_count; i++) loader->places[i].state = FREE;
    loader->next_begin = loader->next_lend = (int64_t)epoch * loader->batches + batch;
    loader->end = loader->options.one_epoch ? (int64_t)(epoch + 1) * loader->batches : INT64_MAX;
    loader->order_epoch = -1;
    loader->failure = (yd_error){0};
    return YD_OK;
}

static yd_status make_places(yd_loader *loader, yd_error *error)
{
    int prefetch = loader->options.prefetch > 0 ? loader->options.prefetch : DEFAULT_PREFETCH;
    int count = MOST_LENT + (loader->options.workers ? prefetch : 0);
    yd_batch_shape largest = {0};
    for (int i = 0; i < loader->batches; i++) {
        yd_batch_shape shape = yd_dataset_shape(loader->options.dataset, i);
        if (shape.width * shape.height > largest.width * largest.height) largest = shape;
    }
    loader->places = calloc((size_t)count, sizeof *loader->places);
    if (!loader->places) return yd_fail(error, YD_ERR_MEMORY, "out of memory for batches");
    for (; loader->place_count < count; loader->place_count++)
        YD_TRY(yd_slot_make(loader->sampler.batch_size, largest, loader->options.quad,
                            &loader->places[loader->place_count].slot, error));
    return YD_OK;
}

static void start_workers(yd_loader *loader)
{
    int wanted = loader->options.workers < MOST_WORKERS ? loader->options.workers : MOST_WORKERS;
    for (; loader->thread_count < wanted; loader->thread_count++) {
        char name[16];
        yd_error error;
        snprintf(name, sizeof name, "loader %u", (unsigned)loader->thread_count % 100);
        if (yd_thread_start(&loader->threads[loader->thread_count], name, run_worker, loader, &error) ==
            YD_OK)
            continue;
        yd_log(YD_LOG_WARNING, "Pictures are loaded by %d threads, not %d: %s", loader->thread_count, wanted,
               error.message);
        return;
    }
}

static yd_sampler sampler_of(const yd_dataset *set, bool quad)
{
    return (yd_sampler){.count = set->count,
                        .batch_size =
                            set->options.batch_size < set->count ? set->options.batch_size : set->count,
                        .least = quad ? YD_QUAD : 1};
}

static yd_status prepare(yd_loader *loader, yd_error *error)
{
    const yd_loader_options *o = &loader->options;
    const yd_dataset *set = o->dataset;
    loader->sampler = sampler_of(set, o->quad);
    loader->sampler.order = set->shapes ? YD_ORDER_SEQUENTIAL : o->order;
    loader->sampler.seed = o->seed;
    loader->sampler.rank = o->rank;
    loader->sampler.ranks = o->ranks;
    loader->batches = yd_sampler_batches(&loader->sampler);
    if (!loader->batches)
        return yd_fail(error, YD_ERR_DATA, "%d pictures in batches of %d: a quad needs %d in one batch",
                       set->count, set->options.batch_size, YD_QUAD);
    loader->own = yd_scratch_make();
    loader->changes.size = sizeof(yd_augment_change);
    loader->order = malloc((size_t)set->count * sizeof *loader->order);
    loader->reported = calloc((size_t)set->count, sizeof *loader->reported);
    bool told = true;
    for (int i = 0; i < o->change_count; i++) told &= tell_change(loader, &o->changes[i]);
    if (!loader->order || !loader->reported || !told)
        return yd_fail(error, YD_ERR_MEMORY, "out of memory for the loader");
    YD_TRY(copy_weights(loader, o->weights, error));
    YD_TRY(make_places(loader, error));
    return set_start(loader, o->epoch, o->batch, error);
}

yd_status yd_loader_create(const yd_loader_options *options, yd_loader **result, yd_error *error)
{
    *result = NULL;
    yd_loader *loader = calloc(1, sizeof *loader);
    if (!loader) return yd_fail(error, YD_ERR_MEMORY, "out of memory for the loader");
    loader->options = *options;
    if (options->dataset->shapes && options->order == YD_ORDER_WEIGHTED)
        loader->options.order = YD_ORDER_SEQUENTIAL;
    loader->options.one_epoch |= loader->options.order == YD_ORDER_WEIGHTED;
    loader->reader = (yd_reader){options->dataset, report_broken, loader};
    pthread_mutex_init(&loader->lock, NULL);
    pthread_cond_init(&loader->work, NULL);
    pthread_cond_init(&loader->ready, NULL);
    yd_status status = prepare(loader, error);
    loader->options.weights = NULL; /* the copies count */
    loader->options.changes = NULL;
    if (status == YD_OK) start_workers(loader);
    if (status == YD_OK)
        *result = loader;
    else
        yd_loader_destroy(loader);
    return status;
}

void yd_loader_destroy(yd_loader *loader)
{
    if (!loader) return;
    pthread_mutex_lock(&loader->lock);
    loader->stop = true;
    pthread_cond_broadcast(&loader->work);
    pthread_mutex_unlock(&loader->lock);
    for (int i = 0; i < loader->thread_count; i++) pthread_join(loader->threads[i], NULL);
    for (int i = 0; i < loader->place_count; i++) yd_slot_free(&loader->places[i].slot);
    pthread_cond_destroy(&loader->ready);
    pthread_cond_destroy(&loader->work);
    pthread_mutex_destroy(&loader->lock);
    yd_scratch_free(&loader->own);
    yd_vector_free(&loader->changes);
    free(loader->places);
    free(loader->order);
    free(loader->weights);
    free(loader->reported);
    free(loader);
}

int yd_loader_batches(const yd_loader *loader)
{
    return loader->batches;
}

int yd_loader_batches_of(const yd_dataset *dataset, bool quad)
{
    yd_sampler sampler = sampler_of(dataset, quad);
    return yd_sampler_batches(&sampler);
}

/* Waits for a place to be ready, working meanwhile where nobody else does. The lock is held. */
static yd_status await(yd_loader *loader, const place *p, yd_error *error)
{
    while (!(p->state == READY && p->number == loader->next_lend) && loader->failure.status == YD_OK) {
        task t;
        if (loader->thread_count)
            pthread_cond_wait(&loader->ready, &loader->lock);
        else if (take_task(loader, &t))
            do_task(loader, &t, &loader->own);
    }
    if (loader->failure.status == YD_OK) return YD_OK;
    return yd_fail(error, loader->failure.status, "%s", loader->failure.message);
}

yd_status yd_loader_next(yd_loader *loader, yd_batch **batch, yd_error *error)
{
    *batch = NULL;
    int64_t start = yd_clock_ns();
    pthread_mutex_lock(&loader->lock);
    yd_status status = YD_OK;
    if (loader->next_lend < loader->end) {
        place *p = place_of(loader, loader->next_lend);
        YD_ASSERT(loader->lent < MOST_LENT);
        status = await(loader, p, error);
        if (status == YD_OK) {
            p->state = LENT;
            loader->lent++;
            loader->next_lend++;
            *batch = &p->slot.batch;
        }
    }
    pthread_mutex_unlock(&loader->lock);
    atomic_fetch_add(&loader->waited, yd_clock_ns() - start);
    return status;
}

void yd_loader_release(yd_loader *loader, yd_batch *batch)
{
    pthread_mutex_lock(&loader->lock);
    for (int i = 0; i < loader->place_count; i++) {
        place *p = &loader->places[i];
        if (&p->slot.batch != batch) continue;
        YD_ASSERT(p->state == LENT);
        p->state = FREE;
        loader->lent--;
    }
    pthread_cond_broadcast(&loader->work);
    pthread_mutex_unlock(&loader->lock);
}

yd_status yd_loader_restart(yd_loader *loader, int epoch, int batch, const double *weights, yd_error *error)
{
    pthread_mutex_lock(&loader->lock);
    YD_ASSERT(loader->lent == 0);
    loader->hold = true;
    while (loader->busy) pthread_cond_wait(&loader->ready, &loader->lock);
    yd_status status = copy_weights(loader, weights, error);
    if (status == YD_OK) status = set_start(loader, epoch, batch, error);
    loader->hold = false;
    pthread_cond_broadcast(&loader->work);
    pthread_mutex_unlock(&loader->lock);
    return status;
}

int64_t yd_loader_change_augment(yd_loader *loader, int64_t first, size_t field, double value)
{
    pthread_mutex_lock(&loader->lock);
    yd_augment_change fresh = {first > loader->next_begin ? first : loader->next_begin, field, value};
    bool told = tell_change(loader, &fresh);
    pthread_mutex_unlock(&loader->lock);
    return told ? fresh.first : -1;
}

int64_t yd_loader_next_begun(yd_loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    int64_t next = loader->next_begin;
    pthread_mutex_unlock(&loader->lock);
    return next;
}

int64_t yd_loader_waited_ns(const yd_loader *loader)
{
    return atomic_load(&loader->waited);
}

int yd_loader_broken(const yd_loader *loader)
{
    return atomic_load(&loader->broken);
}
