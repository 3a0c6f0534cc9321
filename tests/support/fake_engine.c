#include "support/fake_engine.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "event/server.h"
#include "event/tweaks.h"
#include "series/ledger.h"
#include "support/test.h"
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t drop_asked, end_asked;

static void on_drop(int number)
{
    (void)number;
    drop_asked = 1;
}

static void on_end(int number)
{
    (void)number;
    end_asked = 1;
}

typedef struct fake {
    yd_fake_run script;
    yd_ring *ring;
    yd_server *server;
    yd_status_block block;
    const char *folder;
    int changes;  /* live ones */
    bool endless; /* the last epoch comes again and again: no test is slow enough to see the end */
    bool stop_now, stop_epoch, stop_final, validate, was_stopped;
} fake;

static void publish(fake *own)
{
    own->block.heartbeat_ns = yd_clock_ns();
    yd_ring_set_status(own->ring, &own->block);
}

static void move_to(fake *own, yd_run_state state, int exit_code)
{
    yd_event_body body = {.state = {own->block.state, state, (uint32_t)exit_code}};
    own->block.state = state;
    publish(own);
    yd_ring_publish(own->ring, YD_EVENT_STATE, &body);
}

static void save(fake *own, const char *name)
{
    yd_event_body body = {.saved = {.epoch = own->block.epoch, .fitness = own->block.fitness}};
    yd_copy_text(body.saved.name, sizeof body.saved.name, name);
    yd_ring_publish(own->ring, YD_EVENT_SAVED, &body);
}

/* As the trainer does it: checked by the table, answered with the first batch affected, written down. */
static bool set_value(fake *own, const char *argument, char *text, size_t capacity)
{
    char name[64] = "", typed[64] = "", wanted[96], path[4400];
    yd_text line = {0};
    double value;
    if (own->script.refuse) {
        yd_copy_text(text, capacity, own->script.refuse);
        return false;
    }
    sscanf(argument, "%63s %63s", name, typed);
    yd_tweak tweak = yd_tweak_find(name);
    if (tweak == YD_TWEAK_COUNT) {
        snprintf(text, capacity, "unknown name in \"%.100s\"", argument);
        return false;
    }
    if (!yd_tweak_parse(&own->block, tweak, typed, &value)) {
        yd_tweak_wanted(&own->block, tweak, wanted, sizeof wanted);
        snprintf(text, capacity, "%s must be %s, found \"%s\"", yd_tweak_rows[tweak].name, wanted, typed);
        return false;
    }
    yd_ledger_entry entry = {.number = ++own->changes,
                             .step = own->block.step,
                             .made = {own->block.epoch, own->block.batch},
                             .from = yd_tweak_get(&own->block, tweak),
                             .to = value,
                             .wall_ns = yd_wall_clock_ns()};
    yd_event_body body = {.changed = {.step = own->block.step, .from = entry.from, .to = value}};
    yd_tweak_first(&own->block, tweak, &entry.first.epoch, &entry.first.batch);
    body.changed.first_epoch = entry.first.epoch, body.changed.first_batch = entry.first.batch;
    yd_copy_text(entry.name, sizeof entry.name, yd_tweak_rows[tweak].name);
    yd_copy_text(entry.who, sizeof entry.who, "pid 7 pts/1");
    memcpy(body.changed.name, entry.name, sizeof body.changed.name);
    memcpy(body.changed.who, entry.who, sizeof body.changed.who);
    yd_ledger_line(&entry, &line);
    snprintf(path, sizeof path, "%s/tweaks.jsonl", own->folder);
    yd_file_append(path, line.data, line.length, NULL);
    yd_text_free(&line);
    yd_tweak_set(&own->block, tweak, value);
    yd_ring_publish(own->ring, YD_EVENT_CHANGED, &body);
    snprintf(text, capacity, "%s is %s from epoch %d, batch %d on", entry.name, typed, entry.first.epoch,
             entry.first.batch);
    return true;
}

static bool obey(fake *own, const yd_command *command, char *text, size_t capacity)
{
    switch ((yd_command_type)command->type) {
    case YD_COMMAND_PAUSE:
        move_to(own, YD_RUN_PAUSED, 0);
        return true;
    case YD_COMMAND_RESUME:
        move_to(own, YD_RUN_TRAIN, 0);
        return true;
    case YD_COMMAND_SAVE:
        save(own, "last.pt");
        save(own, "manual-e12-b3.pt");
        return true;
    case YD_COMMAND_VALIDATE:
        own->validate = true;
        return true;
    case YD_COMMAND_SET:
        return set_value(own, command->argument, text, capacity);
    case YD_COMMAND_STOP:
        own->stop_now = strcmp(command->argument, "now") == 0;
        own->stop_epoch = strcmp(command->argument, "epoch") == 0;
        own->stop_final = strcmp(command->argument, "final") == 0;
        return own->stop_now || own->stop_epoch || own->stop_final;
    default:
        snprintf(text, capacity, "not here");
        return false;
    }
}

/* Ends all connections, as a server does with a client that breaks the protocol; the clients see end of file.
 */
static void drop_clients(void)
{
    for (int fd = 3; fd < 256; fd++) {
        struct sockaddr_storage peer;
        socklen_t length = sizeof peer;
        if (getpeername(fd, (struct sockaddr *)&peer, &length) == 0) shutdown(fd, SHUT_RDWR);
    }
    drop_asked = 0;
}

/* Whatever a broken engine could leave in the shared memory. */
static void publish_garbage(fake *own)
{
    yd_status_block block;
    yd_event_body body;
    for (size_t i = 0; i < sizeof block; i++) ((unsigned char *)&block)[i] = (unsigned char)rand();
    for (size_t i = 0; i < sizeof body; i++) ((unsigned char *)&body)[i] = (unsigned char)rand();
    block.state %= YD_RUN_SAVE, body.state.to %= YD_RUN_SAVE; /* it does not say that it has ended */
    yd_ring_set_status(own->ring, &block);
    yd_ring_publish(own->ring, (yd_event_type)(rand() % YD_EVENT_COUNT), &body);
}

static void take_commands(fake *own)
{
    yd_command command;
    do {
        if (drop_asked) drop_clients();
        while (yd_server_take(own->server, &command)) {
            char text[256] = "";
            bool done = obey(own, &command, text, sizeof text);
            yd_server_answer(own->server, &command, done, text);
        }
        if (own->block.state == YD_RUN_PAUSED) yd_server_wait(own->server, 20);
        publish(own);
    } while (own->block.state == YD_RUN_PAUSED && !own->stop_now);
}

static void step(fake *own, int epoch, int batch)
{
    yd_status_block *block = &own->block;
    double x = epoch + (batch + 1.0) / block->batches;
    bool broken = own->script.nan_loss && epoch > 0;
    float box = broken ? NAN : (float)(0.02 + 0.08 * exp(-x / 10)), obj = (float)(0.05 + 0.05 * exp(-x / 5));
    yd_event_body body = {.step = {.step = block->step,
                                   .epoch = epoch,
                                   .batch = batch,
                                   .box = box,
                                   .obj = obj,
                                   .cls = 0.003f,
                                   .total = box + obj + 0.003f,
                                   .lr = {0.009f, 0.009f, 0.009f},
                                   .images_per_second = 38.1f}};
    block->step++;
    block->loader_next = block->step + 3;
    block->batch = batch + 1;
    block->loss_box = box, block->loss_obj = obj, block->loss_cls = 0.003f,
    block->loss_total = body.step.total;
    block->epoch_eta_seconds = (block->batches - batch - 1) * own->script.step_ms / 1e3;
    block->eta_seconds =
        block->epoch_eta_seconds + (block->epochs - epoch - 1) * block->batches * own->script.step_ms / 1e3;
    publish(own);
    yd_ring_publish(own->ring, YD_EVENT_STEP, &body);
}

static void validate(fake *own, int epoch)
{
    yd_status_block *block = &own->block;
    move_to(own, YD_RUN_VALIDATE, 0);
    for (int i = 0; i < own->script.validation_batches; i++) {
        block->validation_batch = i + 1, block->validation_batches = own->script.validation_batches;
        publish(own);
        usleep((useconds_t)own->script.step_ms * 1000);
    }
    float map = (float)(0.6 * (1 - exp(-(epoch + 1) / 8.0)));
    block->map50 = map * 1.5f, block->map50_95 = map, block->precision = 0.88f, block->recall = 0.86f;
    block->fitness = block->best_fitness = map * 1.05f, block->best_epoch = epoch;
    yd_event_body body = {.validation = {.epoch = epoch,
                                         .best = 1,
                                         .precision = 0.88f,
                                         .recall = 0.86f,
                                         .map50 = block->map50,
                                         .map50_95 = map,
                                         .fitness = block->fitness,
                                         .seconds = 12}};
    yd_ring_publish(own->ring, YD_EVENT_VALIDATION, &body);
    save(own, "best.pt");
    move_to(own, YD_RUN_TRAIN, 0);
    own->validate = false;
}

static bool train_epoch(fake *own, int epoch)
{
    yd_status_block *block = &own->block;
    int64_t begin_ns = yd_clock_ns();
    block->epoch = epoch, block->batch = 0;
    for (int batch = 0; batch < block->batches; batch++) {
        take_commands(own);
        if (own->stop_now || own->stop_final) return false;
        if (own->validate) validate(own, epoch);
        if (own->script.garbage)
            publish_garbage(own);
        else
            step(own, epoch, batch);
        for (int i = 0; i < own->script.burst; i++) yd_ring_log(own->ring, 1, "one of many lines");
        usleep((useconds_t)own->script.step_ms * 1000);
    }
    while (own->script.held && epoch == block->epochs - 1 && !end_asked) {
        take_commands(own);
        if (own->stop_now || own->stop_final) return false;
        if (own->stop_epoch) break;
        usleep(5000);
    }
    yd_event_body body = {.epoch = {.epoch = epoch,
                                    .box = block->loss_box,
                                    .obj = block->loss_obj,
                                    .cls = block->loss_cls,
                                    .total = block->loss_total,
                                    .seconds = (float)((double)(yd_clock_ns() - begin_ns) / 1e9)}};
    yd_ring_publish(own->ring, YD_EVENT_EPOCH, &body);
    validate(own, epoch);
    return !own->stop_epoch;
}

static void describe(fake *own)
{
    yd_fake_run *script = &own->script;
    yd_status_block *block = &own->block;
    own->endless = !script->epochs;
    if (!script->epochs) script->epochs = 100;
    if (!script->batches) script->batches = 50;
    if (!script->step_ms) script->step_ms = 5;
    if (!script->validation_batches) script->validation_batches = 2;
    *block = (yd_status_block){.pid = getpid(), .started_wall_ns = yd_wall_clock_ns()};
    yd_copy_text(block->run, sizeof block->run, script->run ? script->run : "exp3");
    yd_copy_text(block->model, sizeof block->model, script->model ? script->model : "yolov5n");
    yd_copy_text(block->dataset, sizeof block->dataset, script->dataset ? script->dataset : "bccd");
    yd_copy_text(block->device, sizeof block->device, script->device ? script->device : "cpu bf16");
    block->epochs = script->epochs, block->batches = script->batches, block->epoch = script->first_epoch;
    block->best_epoch = -1, block->best_fitness = NAN, block->patience = 100, block->save_period = 5;
    block->precision = block->recall = block->map50 = block->map50_95 = block->fitness = NAN;
    block->memory_bytes = 1100000000, block->disk_free_bytes = 71000000000, block->cpu_percent = 196;
    block->share_data = 0.03f, block->share_forward = 0.31f, block->share_backward = 0.58f;
    block->share_optimizer = 0.04f;
    block->images_per_second = 38.1f, block->image_size = 640, block->batch_size = 16;
    block->lr0 = 0.01, block->lrf = 0.01, block->warmup_bias_lr = 0.1;
    block->warmup_iterations = 3 * script->batches;
    block->val_period = 1, block->lr_scale = 1, block->mosaic = 1, block->mixup = 0.1;
    block->size_min = 320, block->size_max = 960, block->size_step = 32;
    for (int i = 0; i < 3; i++) block->lr[i] = 0.009f;
}

static int play(fake *own, const char *folder, int ready)
{
    yd_error error;
    describe(own);
    own->folder = folder;
    if (yd_ring_create(4096, &own->ring, &error) != YD_OK ||
        yd_server_start(folder, own->ring, &own->server, &error) != YD_OK) {
        fprintf(stderr, "fake engine: %s\n", error.message);
        return 99;
    }
    publish(own);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = on_drop}, NULL);
    sigaction(SIGUSR2, &(struct sigaction){.sa_handler = on_end}, NULL);
    yd_write_all(ready, "r", 1);
    close(ready);
    if (own->script.log_line) yd_ring_log(own->ring, 2, own->script.log_line);
    for (int i = 0; i < own->script.setup_ms; i += 20) usleep(20000), publish(own);
    move_to(own, YD_RUN_TRAIN, 0);
    int epoch = own->script.first_epoch;
    while (epoch < own->script.epochs && train_epoch(own, epoch))
        if (!own->endless || epoch + 1 < own->script.epochs) epoch++;
    if (own->stop_final) validate(own, own->block.epoch);
    bool stopped = own->stop_now || own->stop_epoch || own->stop_final;
    int code = stopped ? 4 : own->script.exit_code;
    move_to(own, code == 0 || stopped ? YD_RUN_DONE : YD_RUN_FAILED, code);
    yd_server_stop(own->server);
    yd_ring_destroy(own->ring);
    return code;
}

pid_t yd_fake_engine_start(const char *folder, const yd_fake_run *script)
{
    int ready[2];
    yd_error error;
    if (yd_make_folders(folder, &error) != YD_OK || pipe(ready) != 0)
        yd_test_fatal(__FILE__, __LINE__, "cannot begin in %s", folder);
    pid_t child = fork();
    if (child < 0) yd_test_fatal(__FILE__, __LINE__, "cannot fork");
    if (child == 0) {
        fake own = {.script = *script};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ready[0]);
        _exit(play(&own, folder, ready[1]));
    }
    close(ready[1]);
    struct pollfd poller = {.fd = ready[0], .events = POLLIN};
    char byte;
    bool began = poll(&poller, 1, 10000 * YD_TEST_PATIENCE) == 1 && read(ready[0], &byte, 1) == 1;
    close(ready[0]);
    if (!began) yd_test_fatal(__FILE__, __LINE__, "the fake engine does not start");
    return child;
}

void yd_fake_engine_stop(pid_t engine)
{
    kill(engine, SIGSTOP);
    REQUIRE(waitpid(engine, NULL, WUNTRACED) == engine);
}

void yd_fake_engine_let_go(pid_t engine)
{
    kill(engine, SIGUSR2);
}

void yd_fake_engine_kill(pid_t engine)
{
    kill(engine, SIGKILL);
    waitpid(engine, NULL, 0);
}

int yd_fake_engine_wait(pid_t engine, int timeout_ms)
{
    for (int waited = 0; waited <= timeout_ms * YD_TEST_PATIENCE; waited += 10) {
        int status;
        if (waitpid(engine, &status, WNOHANG) == engine) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        usleep(10000);
    }
    return -1;
}
