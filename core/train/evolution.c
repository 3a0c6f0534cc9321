#include "train/evolution.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "event/registry.h"
#include "event/server.h"
#include "plot/evolve_plot.h"
#include "train/evolution_files.h"
#include "train/hook.h"
#include "train/nursery.h"
#include "train/plain.h"
#include "train/run_log.h"
#include "train/stop_signals.h"
#include "train/telemetry.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RING_RECORDS = 1 << 15, PENDING = 64 };

typedef struct evolution {
    const yd_engine_request *request;
    yd_evolution_files files;
    yd_ring *ring;
    yd_ring_reader *reader; /* of the status block that generations write */
    yd_telemetry telemetry; /* this process writes the block only while no generation is there */
    yd_run_log log;
    yd_plain *plain;
    yd_nursery nursery;
    yd_server *server; /* NULL where nobody can attach */
    yd_hook *hook;     /* NULL: none */
    yd_signals signals;
    int stop_signal; /* the last one that came; 0: none */
    bool begun;      /* the run folder is there */
    bool first;      /* no generation of this session has begun yet */
    /* of the generation under way */
    pid_t pid;
    yd_generation_order order;
    yd_hyp hyp;
    bool going; /* it has the run folder, and takes commands */
    bool has_result, has_failure;
    yd_generation_message result, failure;
    /* Commands that were passed on and are not answered: those that a generation leaves are the next one's.
     */
    yd_command pending[PENDING];
    int pending_count;
} evolution;

/* ---- the run folder ---- */

static yd_status open_hook(evolution *own, yd_error *error)
{
    const char *command = own->files.options.hook;
    return *command ? yd_hook_create(command, own->files.folder, &own->hook, error) : YD_OK;
}

/* The first generation of the session is ready to be trained: now the run may leave traces. */
static yd_status begin(evolution *own, yd_error *error)
{
    const yd_engine_request *request = own->request;
    int lock;
    yd_error why;
    YD_TRY(yd_evolution_files_settle(&own->files, error));
    const char *folder = own->files.folder;
    if (!own->files.resumed) YD_TRY(yd_run_lock(folder, &lock, error)); /* held until the process ends */
    yd_run_log_open(&own->log, folder);
    yd_run_note(folder);
    if (yd_server_start(folder, own->ring, &own->server, &why) != YD_OK)
        yd_log(YD_LOG_WARNING, "nobody can attach to this run: %s", why.message);
    YD_TRY(open_hook(own, error));
    own->begun = true;
    if (request->ready) request->ready(request->context, folder, error);
    yd_log(YD_LOG_INFO, "evolving: generations %d to %d, from %s", own->order.number, own->files.end - 1,
           own->files.population.path);
    return YD_OK;
}

/* ---- commands ---- */

static void pass_on(evolution *own, const yd_command *command)
{
    yd_generation_message message = {.note = YD_NOTE_COMMAND, .command = *command};
    bool room = own->pending_count < PENDING;
    if (!room || !yd_generation_send(own->nursery.generation, &message, false))
        yd_server_answer(own->server, command, false, "the generation takes no more commands now");
    else
        own->pending[own->pending_count++] = *command;
}

static void take_commands(evolution *own)
{
    yd_command command;
    while (own->server && yd_server_take(own->server, &command)) pass_on(own, &command);
    if (own->server) yd_server_wait(own->server, 0);
}

static void pass_answer(evolution *own, const yd_generation_message *message)
{
    const uint64_t ticket = message->answer.command.ticket;
    for (int i = 0; i < own->pending_count; i++) {
        if (own->pending[i].ticket != ticket) continue;
        yd_server_answer(own->server, &own->pending[i], message->answer.done, message->answer.text);
        own->pending[i] = own->pending[--own->pending_count];
        return;
    }
}

static void refuse_all(evolution *own)
{
    for (int i = 0; i < own->pending_count; i++)
        yd_server_answer(own->server, &own->pending[i], false, "the run ended");
    own->pending_count = 0;
}

/* What the last generation did not read. */
static void forget_unread(evolution *own)
{
    yd_generation_message message;
    while (yd_generation_receive(own->nursery.behind, &message, false)) continue;
}

/* What the last generation did not answer, whether it read it or not, goes to the new one. */
static void pass_on_again(evolution *own)
{
    yd_command left[PENDING];
    int count = own->pending_count;
    memcpy(left, own->pending, sizeof left);
    own->pending_count = 0;
    for (int i = 0; i < count; i++) pass_on(own, &left[i]);
}

/* ---- a generation ---- */

/* In the process of a generation. */
static int be_generation(void *context, int fd)
{
    evolution *own = context;
    yd_generation generation = {.fd = fd, .ring = own->ring};
    yd_generation_message message;
    if (!yd_generation_receive(fd, &message, true) || message.note != YD_NOTE_ORDER) return 3;
    generation.order = message.order;
    close(own->signals.fd);
    return yd_engine_run(&(yd_engine_request){.options = &own->files.options, .generation = &generation});
}

static yd_status go(evolution *own, yd_error *error)
{
    yd_generation_message message = {.note = YD_NOTE_GO};
    if (!own->begun) YD_TRY(begin(own, error));
    own->first = false;
    yd_copy_text(message.text, sizeof message.text, own->files.folder);
    yd_generation_send(own->nursery.generation, &message, true);
    own->going = true;
    pass_on_again(own);
    return YD_OK;
}

static yd_status take_notes(evolution *own, yd_error *error)
{
    yd_generation_message message;
    while (yd_generation_receive(own->nursery.generation, &message, false)) {
        if (message.note == YD_NOTE_READY)
            YD_TRY(go(own, error));
        else if (message.note == YD_NOTE_ANSWER)
            pass_answer(own, &message);
        else if (message.note == YD_NOTE_RESULT)
            own->has_result = true, own->result = message;
        else if (message.note == YD_NOTE_FAILED)
            own->has_failure = true, own->failure = message;
    }
    return YD_OK;
}

static void take_signals(evolution *own)
{
    for (int number; (number = yd_signals_take(&own->signals)) != 0;) {
        own->stop_signal = number;
        if (own->pid > 0) kill(own->pid, own->stop_signal);
    }
}

/* Until the generation has ended; *status is as of waitpid. */
static yd_status attend(evolution *own, int *status, yd_error *error)
{
    yd_nursery_news news;
    for (;;) {
        struct pollfd polled[4] = {
            {.fd = own->nursery.fd, .events = POLLIN},
            {.fd = own->nursery.generation, .events = POLLIN},
            {.fd = own->signals.fd, .events = POLLIN},
            {.fd = own->server && own->going ? yd_server_descriptor(own->server) : -1, .events = POLLIN}};
        if (poll(polled, 4, -1) < 0 && errno != EINTR) return yd_fail_errno(error, YD_ERR_IO, "poll");
        if (polled[2].revents) take_signals(own);
        YD_TRY(take_notes(own, error));
        if (own->going) take_commands(own);
        if (!polled[0].revents) continue;
        if (!yd_nursery_take(&own->nursery, &news))
            return yd_fail(error, YD_ERR_INTERNAL, "the process that starts generations is gone");
        if (news.pid < 0) {
            errno = news.status;
            return yd_fail_errno(error, YD_ERR_IO, "a generation cannot be started");
        }
        own->pid = news.ended ? 0 : news.pid;
        *status = news.status;
        if (!news.ended && own->stop_signal) kill(own->pid, own->stop_signal);
        if (news.ended) return take_notes(own, error); /* what it said last */
    }
}

static void announce(evolution *own, const yd_generation_record *record, bool best)
{
    yd_event_body body = {.generation = {.number = own->order.number, .end = own->order.end, .best = best}};
    if (record) {
        body.generation.done = true;
        body.generation.fitness = (float)record->fitness;
        body.generation.map50 = (float)record->results[2];
        body.generation.map50_95 = (float)record->results[3];
        body.generation.seconds = (float)record->seconds;
        yd_copy_text(body.generation.failed, sizeof body.generation.failed, record->failed);
    }
    yd_ring_publish(own->ring, YD_EVENT_GENERATION, &body);
}

/* The block is this process's again, as the generation left it. */
static void take_block_back(evolution *own, int status)
{
    yd_status_block block;
    if (WIFSIGNALED(status)) yd_ring_mend(own->ring);
    if (yd_ring_status(own->reader, &block)) own->telemetry.block = block;
}

/* Of the generations that were trained to their end; 0 where there is none. */
static double mean_seconds(const yd_evolution *ledger)
{
    double sum = 0;
    int count = 0;
    for (int i = 0; i < yd_evolution_count(ledger); i++) {
        const yd_generation_record *record = yd_evolution_at(ledger, i);
        if (!(record->seconds > 0) || record->failed[0]) continue;
        sum += record->seconds;
        count++;
    }
    return count ? sum / count : 0;
}

static void give_order(evolution *own, const char *checkpoint)
{
    const yd_evolution *ledger = &own->files.ledger;
    yd_generation_message message = {.note = YD_NOTE_ORDER};
    int best = yd_evolution_best(ledger);
    own->order.end = own->files.end;
    own->order.best = best < 0 ? -1 : yd_evolution_at(ledger, best)->number;
    own->order.best_fitness = best < 0 ? 0 : (float)yd_evolution_at(ledger, best)->fitness;
    own->order.mean_seconds = mean_seconds(ledger);
    own->order.first = own->first && !own->files.resumed;
    own->order.redirect = !own->request->plain;
    own->order.hyp = own->hyp;
    yd_copy_text(own->order.checkpoint, sizeof own->order.checkpoint, checkpoint);
    own->going = own->has_result = own->has_failure = false;
    forget_unread(own);
    message.order = own->order;
    yd_generation_send(own->nursery.generation, &message, true);
}

/* Why a generation has no results, in few words. */
static void say_why(const evolution *own, int status, char *out, size_t capacity)
{
    if (own->has_failure)
        yd_copy_text(out, capacity, own->failure.failure.text);
    else if (WIFSIGNALED(status))
        snprintf(out, capacity, "ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(out, capacity, "ended with status %d", WEXITSTATUS(status));
}

/* What cannot be trained at all, and a first generation that did not even begin, end the evolution. */
static yd_status give_up(const evolution *own, int status, yd_error *error)
{
    char why[1024];
    yd_status kind = own->has_failure ? own->failure.failure.status : YD_ERR_INTERNAL;
    if (own->begun && yd_exit_code(kind) != 2) return YD_OK;
    say_why(own, status, why, sizeof why);
    return own->has_failure
               ? yd_fail(error, kind, "%s", why)
               : yd_fail(error, kind, "generation %d, in its set-up: %s", own->order.number, why);
}

/* A picture that cannot be drawn costs a warning, no generation. */
static void draw(evolution *own)
{
    static const char name[] = "evolve.png";
    char path[PATH_MAX];
    yd_event_body body = {0};
    yd_error why = {.status = YD_OK};
    if (own->files.options.noplots || !yd_path_join(path, sizeof path, own->files.folder, name)) return;
    if (yd_plot_evolution(path, &own->files.ledger, &why) != YD_OK) {
        if (why.status != YD_ERR_DATA) yd_log(YD_LOG_WARNING, "%s", why.message);
        return;
    }
    yd_copy_text(body.picture.name, sizeof body.picture.name, name);
    yd_ring_publish(own->ring, YD_EVENT_PICTURE, &body);
}

static yd_status record(evolution *own, int status, int64_t start_ns, yd_error *error)
{
    yd_generation_record made = {.number = own->order.number, .wall_ns = yd_wall_clock_ns()};
    bool best;
    made.seconds = (double)(yd_clock_ns() - start_ns) * 1e-9;
    if (own->has_result)
        memcpy(made.results, own->result.result.results, sizeof made.results);
    else
        say_why(own, status, made.failed, sizeof made.failed);
    if (made.failed[0]) yd_log(YD_LOG_ERROR, "generation %d failed: %s", made.number, made.failed);
    YD_TRY(yd_evolution_files_record(&own->files, &own->hyp, &made, &best, error));
    if (best && own->hook) {
        char text[160];
        snprintf(text, sizeof text, "generation %d: fitness %.4g", made.number, made.fitness);
        yd_hook_call(own->hook, "best", false, text);
    }
    announce(own, &made, best);
    draw(own);
    return YD_OK;
}

/* STOPPED where the evolution is to stop here. */
static yd_status run_generation(evolution *own, const char *checkpoint, yd_error *error)
{
    int status = 0;
    int64_t start = yd_clock_ns();
    YD_TRY(yd_evolution_files_breed(&own->files, own->order.number, &own->hyp, error));
    give_order(own, checkpoint);
    announce(own, NULL, false);
    if (!yd_nursery_begin(&own->nursery))
        return yd_fail(error, YD_ERR_INTERNAL, "the process that starts generations is gone");
    yd_status attended = attend(own, &status, error);
    take_block_back(own, status);
    YD_TRY(attended);
    bool stopped = own->has_result && !own->result.result.finished;
    if (stopped || (!own->has_result && own->stop_signal))
        return yd_fail(error, YD_ERR_STOPPED, "stopped in generation %d", own->order.number);
    if (!own->has_result) YD_TRY(give_up(own, status, error));
    YD_TRY(record(own, status, start, error));
    bool stop = own->stop_signal || (own->has_result && own->result.result.stop);
    if (stop && own->order.number + 1 < own->files.end)
        return yd_fail(error, YD_ERR_STOPPED, "stopped after generation %d", own->order.number);
    return YD_OK;
}

static yd_status evolve(evolution *own, yd_error *error)
{
    char checkpoint[4200];
    int lock;
    if (own->files.resumed) {
        YD_TRY(yd_run_lock(own->files.folder, &lock, error)); /* held until the process ends */
        YD_TRY(yd_evolution_files_mend(&own->files, error));
    }
    own->first = true;
    own->order.pid = getpid();
    own->order.started_wall_ns = own->telemetry.block.started_wall_ns;
    own->order.number = yd_evolution_files_next(&own->files, checkpoint);
    if (own->order.number >= own->files.end)
        return yd_fail(
            error, YD_ERR_CONFIG,
            "%s: nothing to resume: its %d generations are done (--evolve N beside --resume makes it "
            "last longer)",
            own->files.folder, own->files.end - own->files.begin);
    for (; own->order.number < own->files.end; own->order.number++) {
        YD_TRY(run_generation(own, checkpoint, error));
        checkpoint[0] = '\0';
    }
    return YD_OK;
}

/* ---- the process ---- */

/* All that has to be there before the first thread is. */
static yd_status start(evolution *own, yd_error *error)
{
    YD_TRY(yd_stop_signals_open(&own->signals, error));
    YD_TRY(yd_evolution_files_open(&own->files, own->request->options, error));
    YD_TRY(yd_ring_create(RING_RECORDS, &own->ring, error));
    YD_TRY(yd_ring_open_local(own->ring, &own->reader, error));
    yd_telemetry_start(&own->telemetry, own->ring);
    YD_TRY(yd_nursery_start(be_generation, own, &own->nursery, error));
    yd_run_log_start(&own->log, own->ring);
    if (own->request->plain) own->plain = yd_plain_start(own->ring, own->request->json);
    return YD_OK;
}

static void tell_end(evolution *own, yd_status status, int code, const yd_error *error)
{
    const yd_evolution *ledger = &own->files.ledger;
    bool failed = status != YD_OK && status != YD_ERR_STOPPED,
         seed = own->files.preset.wording == YD_WORDING_SEED;
    int best = yd_evolution_best(ledger);
    char text[1100];
    if (failed) yd_log(YD_LOG_ERROR, "%s", error->message);
    if (!failed && best >= 0)
        yd_log(YD_LOG_INFO,
               "best: generation %d, fitness %.4g; its hyperparameters: yolodeck train --hyp "
               "%s/hyp_evolve%s.yaml",
               yd_evolution_at(ledger, best)->number, yd_evolution_at(ledger, best)->fitness,
               own->files.folder, seed ? "d" : "");
    if (failed)
        yd_copy_text(text, sizeof text, error->message);
    else
        snprintf(text, sizeof text, "after %d generations, best fitness %.4g", yd_evolution_count(ledger),
                 best < 0 ? 0 : yd_evolution_at(ledger, best)->fitness);
    if (own->hook)
        yd_hook_call(own->hook, failed ? "failed" : status == YD_OK ? "finished" : "stopped", false, text);
    yd_telemetry_state(&own->telemetry, failed ? YD_RUN_FAILED : YD_RUN_DONE, code);
}

static void end(evolution *own)
{
    if (own->server) refuse_all(own);
    yd_server_stop(own->server);
    yd_hook_destroy(own->hook);
    yd_plain_finish(own->plain);
    yd_run_log_stop(&own->log);
    yd_nursery_stop(&own->nursery);
    yd_ring_close(own->reader);
    if (own->ring) {
        yd_telemetry_stop(&own->telemetry);
        yd_ring_destroy(own->ring);
    }
    yd_signals_close(&own->signals);
    yd_evolution_files_close(&own->files);
}

bool yd_evolution_is_asked(const yd_options *options)
{
    char folder[4096];
    return options->resume ? yd_evolution_files_find(options, folder) : options->evolve != NULL;
}

int yd_evolution_run(const yd_engine_request *request)
{
    yd_error error = {0};
    evolution *own = calloc(1, sizeof *own);
    if (!own) return 3;
    own->request = request;
    yd_status status = start(own, &error);
    bool started = status == YD_OK;
    if (started) status = evolve(own, &error);
    if (!own->begun && request->ready) request->ready(request->context, NULL, &error);
    int code = yd_exit_code(status);
    if (status == YD_ERR_STOPPED && own->stop_signal) code = 128 + own->stop_signal;
    if (started) tell_end(own, status, code, &error);
    end(own);
    free(own);
    return code;
}
