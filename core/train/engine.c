#include "train/engine.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/thread.h"
#include "event/registry.h"
#include "train/evolution.h"
#include "train/loggers.h"
#include "train/plain.h"
#include "train/run_log.h"
#include "train/setup.h"
#include "train/stop_signals.h"
#include "train/trainer.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { RING_RECORDS = 1 << 15, BEAT_MS = 400 };

typedef struct yd_engine {
    const yd_engine_request *request;
    yd_ring *ring;
    yd_run run;
    yd_error error;
    yd_status status;
    yd_signals signals;
    atomic_int stop_signal;   /* the last one that came */
    bool unready;             /* set-up failed; the training thread's until it is joined */
    atomic_bool folder_known; /* released when run.folder is set for good, acquired by the main thread */
    int ended;                /* eventfd: the training thread is through */
    yd_run_log log;
} yd_engine;

static void open_to_others(yd_engine *engine)
{
    yd_run *run = &engine->run;
    yd_error why;
    yd_run_note(run->folder);
    /* Without a socket nobody can attach; the run itself needs none. */
    if (yd_server_start(run->folder, engine->ring, &run->server, &why) == YD_OK)
        run->port = yd_server_port(run->server);
    else
        yd_log(YD_LOG_WARNING, "nobody can attach to this run: %s", why.message);
    run->loggers = yd_loggers_start(run);
}

static yd_status set_up_and_train(yd_engine *engine)
{
    yd_run *run = &engine->run;
    yd_error *error = &engine->error;
    yd_status status = yd_setup(run, engine->request->options, error);
    if (status == YD_OK) {
        atomic_store_explicit(&engine->folder_known, true, memory_order_release);
        yd_run_log_open(&engine->log, run->folder);
        if (!run->generation) open_to_others(engine);
    }
    if (engine->request->ready && (status == YD_OK || !engine->request->plain))
        engine->request->ready(engine->request->context, status == YD_OK ? run->folder : NULL, error);
    if (status != YD_OK) {
        engine->unready = true;
        if (run->generation)
            yd_generation_failed(run->generation, error);
        else
            yd_telemetry_state(&run->telemetry, YD_RUN_FAILED, yd_exit_code(status));
        return status;
    }
    return yd_trainer_run(run, error);
}

static void *training_thread(void *context)
{
    yd_engine *engine = context;
    engine->status = set_up_and_train(engine);
    uint64_t one = 1;
    yd_write_all(engine->ended, &one, sizeof one);
    return NULL;
}

/* Until training is through: signals, and the heartbeat. Where memory or threads ran out at the start this
 * may be short. */
static void watch(yd_engine *engine)
{
    struct pollfd files[2] = {{.fd = engine->signals.fd, .events = POLLIN},
                              {.fd = engine->ended, .events = POLLIN}};
    for (;;) {
        int count = poll(files, 2, BEAT_MS);
        if (count < 0 && errno != EINTR) return;
        if (count > 0 && files[1].revents) return;
        for (int number; (number = yd_signals_take(&engine->signals)) != 0;)
            atomic_store_explicit(&engine->stop_signal, number, memory_order_relaxed);
        bool known = atomic_load_explicit(&engine->folder_known, memory_order_acquire);
        yd_telemetry_beat(&engine->run.telemetry, known ? engine->run.folder : NULL);
        if (!known) continue;
        const yd_pulse pulse = yd_telemetry_pulse(&engine->run.telemetry);
        yd_alarm_look(&engine->run.alarm, &pulse);
    }
}

static int exit_status(const yd_engine *engine)
{
    int signal_number = atomic_load(&((yd_engine *)engine)->stop_signal);
    if (engine->status == YD_ERR_STOPPED && signal_number) return 128 + signal_number;
    return yd_exit_code(engine->status);
}

/* A generation is shown as part of its evolution from the beginning. */
static void take_place(yd_engine *engine, yd_generation *generation)
{
    const yd_generation_order *order = &generation->order;
    engine->run.generation = generation;
    engine->run.port = yd_generation_port(generation);
    engine->run.telemetry.generation_seconds = order->mean_seconds;
    yd_status_block *block = yd_telemetry_lock(&engine->run.telemetry);
    block->pid = order->pid;
    block->started_wall_ns = order->started_wall_ns;
    block->generation = order->number;
    block->generations = order->end;
    block->best_generation = order->best;
    block->best_generation_fitness = order->best_fitness;
    yd_telemetry_unlock(&engine->run.telemetry);
}

static yd_status start(yd_engine *engine, pthread_t *trainer, yd_error *error)
{
    yd_generation *generation = engine->request->generation;
    YD_TRY(yd_stop_signals_open(&engine->signals, error));
    if (generation)
        engine->ring = generation->ring;
    else
        YD_TRY(yd_ring_create(RING_RECORDS, &engine->ring, error));
    engine->ended = eventfd(0, EFD_CLOEXEC);
    if (engine->ended < 0) return yd_fail_errno(error, YD_ERR_IO, "eventfd");
    yd_telemetry_start(&engine->run.telemetry, engine->ring);
    if (generation) take_place(engine, generation);
    engine->run.ring = engine->ring;
    engine->run.stop_signal = &engine->stop_signal;
    engine->run.note = engine->request->note;
    engine->run.note_context = engine->request->context;
    yd_run_log_start(&engine->log, engine->ring);
    return yd_thread_start(trainer, "training", training_thread, engine, error);
}

int yd_engine_run(const yd_engine_request *request)
{
    if (!request->generation && yd_evolution_is_asked(request->options)) return yd_evolution_run(request);
    yd_engine *engine = calloc(1, sizeof *engine);
    if (!engine) return 3;
    *engine = (yd_engine){.request = request, .ended = -1};
    pthread_t trainer;
    yd_plain *plain = NULL;
    yd_status status = start(engine, &trainer, &engine->error);
    if (status == YD_OK) {
        if (request->plain) plain = yd_plain_start(engine->ring, request->json);
        watch(engine);
        pthread_join(trainer, NULL);
        yd_follower_stop(engine->run.loggers);
        if (engine->run.server) yd_server_stop(engine->run.server);
        yd_plain_finish(plain);
        if (engine->unready && request->plain && request->ready) /* behind the lines that led to it */
            request->ready(request->context, NULL, &engine->error);
    } else if (request->ready) {
        engine->status = status;
        request->ready(request->context, NULL, &engine->error);
    }
    yd_run_log_stop(&engine->log);
    int code = exit_status(engine);
    yd_setup_destroy(&engine->run);
    yd_telemetry_stop(&engine->run.telemetry);
    if (engine->ring && !request->generation) yd_ring_destroy(engine->ring);
    if (engine->ended >= 0) close(engine->ended);
    yd_signals_close(&engine->signals);
    free(engine);
    return code;
}
