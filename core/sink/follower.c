#include "sink/follower.h"
#include "base/log.h"
#include "base/thread.h"
#include <stdlib.h>
#include <string.h>

enum { SINKS = 8, READ_AT_ONCE = 256, ROUNDS = 256, PAUSE_MS = 250 };

struct yd_follower {
    yd_ring_reader *reader;
    yd_sink sinks[SINKS];
    bool failing[SINKS]; /* and said so */
    int count;
    pthread_t thread;
    pthread_mutex_t guard;
    pthread_cond_t wake;
    bool stop; /* under guard, as all below */
    pthread_cond_t caught_up;
    uint64_t asked, answered; /* calls of yd_follower_catch_up, and how many of them are served */
};

static void judge(yd_follower *own, int i, yd_status status, const yd_error *error)
{
    if (status != YD_OK && !own->failing[i])
        yd_log(YD_LOG_WARNING, "%s: %s (the run goes on; it is tried again)", own->sinks[i].name,
               error->message);
    if (status == YD_OK && own->failing[i]) yd_log(YD_LOG_INFO, "%s is written again", own->sinks[i].name);
    own->failing[i] = status != YD_OK;
}

static void hand_on(yd_follower *own, const yd_event *event)
{
    static const yd_sink_matter nothing = {0};
    yd_error error;
    for (int i = 0; i < own->count; i++) {
        yd_status status = own->sinks[i].take(own->sinks[i].context, event, &nothing, &error);
        if (status != YD_OK) judge(own, i, status, &error);
    }
}

static void look(yd_follower *own)
{
    yd_status_block block;
    if (!yd_ring_status(own->reader, &block)) return;
    for (int i = 0; i < own->count; i++)
        if (own->sinks[i].look) own->sinks[i].look(own->sinks[i].context, &block);
}

static void flush(yd_follower *own)
{
    yd_error error;
    look(own);
    for (int i = 0; i < own->count; i++)
        if (own->sinks[i].flush) judge(own, i, own->sinks[i].flush(own->sinks[i].context, &error), &error);
}

static void follow(yd_follower *own)
{
    yd_event events[READ_AT_ONCE];
    uint64_t lost = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int count = yd_ring_read(own->reader, events, READ_AT_ONCE, &lost);
        for (int i = 0; i < count; i++) hand_on(own, &events[i]);
        if (count < READ_AT_ONCE) break;
    }
    if (lost)
        yd_log(YD_LOG_WARNING,
               "%llu events were overwritten before they could be logged: the disk is too slow",
               (unsigned long long)lost);
    flush(own);
}

/* True when it is time to stop. */
static bool rest(yd_follower *own)
{
    const struct timespec until = yd_condition_deadline(PAUSE_MS);
    pthread_mutex_lock(&own->guard);
    while (!own->stop && own->asked == own->answered &&
           pthread_cond_timedwait(&own->wake, &own->guard, &until) == 0)
        continue;
    bool stop = own->stop;
    pthread_mutex_unlock(&own->guard);
    return stop;
}

static void *run(void *context)
{
    yd_follower *own = context;
    do {
        pthread_mutex_lock(&own->guard);
        const uint64_t asked = own->asked;
        pthread_mutex_unlock(&own->guard);
        follow(own);
        pthread_mutex_lock(&own->guard);
        own->answered = asked;
        pthread_cond_broadcast(&own->caught_up);
        pthread_mutex_unlock(&own->guard);
    } while (!rest(own));
    follow(own);
    return NULL;
}

static void end(yd_follower *own)
{
    for (int i = 0; i < own->count; i++) own->sinks[i].close(own->sinks[i].context);
    if (own->reader) yd_ring_close(own->reader);
    pthread_mutex_destroy(&own->guard);
    pthread_cond_destroy(&own->wake);
    pthread_cond_destroy(&own->caught_up);
    free(own);
}

yd_status yd_follower_start(yd_ring *ring, const yd_sink *sinks, int count, yd_follower **follower,
                            yd_error *error)
{
    yd_follower *made = calloc(1, sizeof *made);
    YD_ASSERT(count >= 0 && count <= SINKS);
    if (!made) {
        for (int i = 0; i < count; i++) sinks[i].close(sinks[i].context);
        return yd_fail(error, YD_ERR_MEMORY, "no memory for the loggers");
    }
    memcpy(made->sinks, sinks, (size_t)count * sizeof *sinks);
    made->count = count;
    pthread_mutex_init(&made->guard, NULL);
    yd_condition_init(&made->wake);
    yd_condition_init(&made->caught_up);
    yd_status status = yd_ring_open_local(ring, &made->reader, error);
    if (status == YD_OK) status = yd_thread_start(&made->thread, "loggers", run, made, error);
    if (status != YD_OK)
        end(made);
    else
        *follower = made;
    return status;
}

void yd_follower_catch_up(yd_follower *own, int most_ms)
{
    if (!own) return;
    const struct timespec until = yd_condition_deadline(most_ms);
    pthread_mutex_lock(&own->guard);
    const uint64_t ticket = ++own->asked;
    pthread_cond_signal(&own->wake);
    while (own->answered < ticket && pthread_cond_timedwait(&own->caught_up, &own->guard, &until) == 0)
        continue;
    pthread_mutex_unlock(&own->guard);
}

void yd_follower_stop(yd_follower *follower)
{
    if (!follower) return;
    pthread_mutex_lock(&follower->guard);
    follower->stop = true;
    pthread_cond_signal(&follower->wake);
    pthread_mutex_unlock(&follower->guard);
    pthread_join(follower->thread, NULL);
    end(follower);
}
