#include "base/file.h"
#include "base/text.h"
#include "base/thread.h"
#include "cli/ctl_request.h"
#include "event/registry.h"
#include "event/server.h"
#include "support/test.h"
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char output[4096], complaints[4096];

static const char *run_folder(void)
{
    static char path[4096], state[4096];
    yd_path_join(path, sizeof path, yd_test_folder(), "exp3");
    yd_path_join(state, sizeof state, yd_test_folder(), "state");
    setenv("XDG_STATE_HOME", state, 1);
    REQUIRE(yd_make_folders(path, NULL) == YD_OK);
    return path;
}

/* Sends a standard stream to a file; returns what it was before. */
static int divert(FILE *stream, const char *path)
{
    fflush(stream);
    int before = dup(fileno(stream));
    FILE *file = fopen(path, "w");
    REQUIRE(before >= 0 && file && dup2(fileno(file), fileno(stream)) >= 0);
    fclose(file);
    return before;
}

static void restore(FILE *stream, int before, const char *path, char *text, size_t capacity)
{
    char *data;
    size_t length;
    fflush(stream);
    dup2(before, fileno(stream));
    close(before);
    text[0] = '\0';
    if (yd_file_read(path, 0, &data, &length, NULL) != YD_OK) return;
    snprintf(text, capacity, "%s", data);
    free(data);
}

/* Runs ctl with up to four words, json where the first is "--json"; fills output and complaints. */
static int ctl(const char *a, const char *b, const char *c, const char *d, double timeout)
{
    char out[4096], err[4096];
    bool json = a && strcmp(a, "--json") == 0;
    const char *words[5] = {json ? run_folder() : a, b, c, d, NULL};
    yd_path_join(out, sizeof out, yd_test_folder(), "stdout");
    yd_path_join(err, sizeof err, yd_test_folder(), "stderr");
    yd_ctl_request request = {.words = words, .json = json, .timeout = timeout};
    while (words[request.count]) request.count++;
    int out_before = divert(stdout, out), err_before = divert(stderr, err);
    int exit_status = yd_ctl_run(&request);
    restore(stdout, out_before, out, output, sizeof output);
    restore(stderr, err_before, err, complaints, sizeof complaints);
    return exit_status;
}

typedef struct engine {
    yd_ring *ring;
    yd_server *server;
    pthread_t trainer;
    atomic_bool end;
    char last[300]; /* the last command, as the trainer saw it */
} engine;

/* Refuses to validate, and never answers "set deaf 1". */
static void *train(void *context)
{
    engine *own = context;
    yd_command command;
    while (!atomic_load(&own->end)) {
        if (!yd_server_take(own->server, &command)) {
            yd_server_wait(own->server, 5);
            continue;
        }
        snprintf(own->last, sizeof own->last, "%s %s", yd_command_name(command.type), command.argument);
        if (strcmp(command.argument, "deaf 1") == 0) continue;
        bool done = command.type != YD_COMMAND_VALIDATE;
        yd_server_answer(own->server, &command, done, done ? "" : "not while paused");
    }
    return NULL;
}

static void start_engine(engine *own)
{
    *own = (engine){0};
    REQUIRE(yd_ring_create(8, &own->ring, NULL) == YD_OK);
    REQUIRE(yd_server_start(run_folder(), own->ring, &own->server, NULL) == YD_OK);
    REQUIRE(yd_thread_start(&own->trainer, "trainer", train, own, NULL) == YD_OK);
}

static void stop_engine(engine *own)
{
    atomic_store(&own->end, true);
    pthread_join(own->trainer, NULL);
    yd_server_stop(own->server);
    yd_ring_destroy(own->ring);
}

static void verbs_are_done_or_refused(void)
{
    engine own;
    start_engine(&own);
    CHECK(ctl(run_folder(), "pause", NULL, NULL, 30) == 0 && !output[0] && !complaints[0]);
    CHECK_TEXT(own.last, "pause ");
    CHECK(ctl(run_folder(), "set", "save_period", "5", 30) == 0);
    CHECK_TEXT(own.last, "set save_period 5");
    CHECK(ctl(run_folder(), "stop", "epoch", NULL, 30) == 0);
    CHECK_TEXT(own.last, "stop epoch");
    CHECK(ctl(run_folder(), "validate", NULL, NULL, 30) == 1);
    CHECK_TEXT(complaints, "yolodeck: not while paused\n");
    CHECK(ctl(run_folder(), "set", "deaf", "1", 0.05) == 1 && strstr(complaints, "no answer within 0.05 s"));
    stop_engine(&own);
}

static void status_is_json_with_the_documented_keys(void)
{
    engine own;
    start_engine(&own);
    CHECK(ctl("--json", "status", NULL, NULL, 30) == 1 && strstr(complaints, "no status yet"));
    yd_status_block block = {.state = YD_RUN_VALIDATE,
                             .pid = 4242,
                             .run = "runs/exp\"3",
                             .epoch = 2,
                             .epochs = 9,
                             .batch = 7,
                             .batches = 50,
                             .step = 107,
                             .loss_box = 0.5f,
                             .loss_obj = 0.25f,
                             .loss_cls = NAN,
                             .loss_total = 0.75f,
                             .precision = NAN,
                             .recall = NAN,
                             .map50 = NAN,
                             .map50_95 = NAN,
                             .fitness = NAN,
                             .best_epoch = -1,
                             .best_fitness = 0,
                             .lr = {0.01f, 0.01f, 0.1f},
                             .images_per_second = 38.5f,
                             .eta_seconds = INFINITY,
                             .memory_bytes = 1100000000,
                             .save_period = -1,
                             .patience = 100};
    yd_ring_set_status(own.ring, &block);
    CHECK(ctl("--json", "status", NULL, NULL, 30) == 0);
    CHECK_TEXT(
        output,
        "{\"run\": \"runs/exp\\\"3\", \"pid\": 4242, \"state\": \"validate\", \"epoch\": 2, \"epochs\": 9, "
        "\"batch\": 7, \"batches\": 50, \"step\": 107, \"loss\": {\"box\": 0.5, \"obj\": 0.25, \"cls\": "
        "null, "
        "\"total\": 0.75}, \"metrics\": {\"precision\": null, \"recall\": null, \"map50\": null, "
        "\"map50_95\": "
        "null, \"fitness\": null}, \"best\": {\"epoch\": null, \"fitness\": null}, \"lr\": [0.00999999978, "
        "0.00999999978, 0.100000001], \"images_per_second\": 38.5, \"eta_seconds\": null, \"memory_bytes\": "
        "1100000000, \"save_period\": -1, \"patience\": 100}\n");
    block.best_epoch = 1, block.best_fitness = 0.5f, block.map50 = 0.75f;
    yd_copy_text(block.run, sizeof block.run, "exp\x1b[2J");
    yd_ring_set_status(own.ring, &block);
    CHECK(ctl("--json", "status", NULL, NULL, 30) == 0);
    CHECK(strstr(output, "\"best\": {\"epoch\": 1, \"fitness\": 0.5}") && strstr(output, "\"map50\": 0.75"));
    CHECK(ctl(run_folder(), "status", NULL, NULL, 30) == 0);
    CHECK(strstr(
        output,
        "exp\\x1b[2J: validate, process 4242\nepoch 2 of 9, batch 7 of 50, step 107, 38.5 images/s\n"));
    CHECK(strstr(output, "mAP@.5 0.750") && strstr(output, "best: epoch 1, fitness 0.500"));
    stop_engine(&own);
}

static void wrong_words_are_wrong_use(void)
{
    const char *run = run_folder();
    static char longer[300];
    memset(longer, 'v', sizeof longer - 1);
    CHECK(ctl(run, NULL, NULL, NULL, 30) == 2 && complaints[0] && !output[0]);
    CHECK(ctl(run, "halt", NULL, NULL, 30) == 2 && strstr(complaints, "halt"));
    CHECK(ctl(run, "pause", "now", NULL, 30) == 2);
    CHECK(ctl(run, "stop", NULL, NULL, 30) == 2 && strstr(complaints, "now, epoch, final"));
    CHECK(ctl(run, "stop", "later", NULL, 30) == 2 && strstr(complaints, "later"));
    CHECK(ctl(run, "set", "name", NULL, 30) == 2 && strstr(complaints, "NAME VALUE"));
    CHECK(ctl(run, "set", "name", longer, 30) == 2 && strstr(complaints, "too long"));
    CHECK(ctl("--json", "pause", NULL, NULL, 30) == 2);
    CHECK(ctl("no-such-run", "status", NULL, NULL, 30) == 2 && strstr(complaints, "no-such-run"));
}

static void runs_that_do_not_live_say_why(void)
{
    char path[4096];
    CHECK(ctl(run_folder(), "status", NULL, NULL, 30) == 4 && strstr(complaints, "this run has ended"));
    CHECK(ctl("--json", "status", NULL, NULL, 30) == 4 && !output[0]);
    yd_live live;
    yd_live_here(&live);
    live.start_time++;
    yd_copy_text(live.socket, sizeof live.socket, "/tmp/none.sock");
    REQUIRE(yd_live_write(run_folder(), &live, NULL) == YD_OK);
    CHECK(ctl(run_folder(), "pause", NULL, NULL, 30) == 4 && strstr(complaints, "this run died"));
    CHECK(ctl("--json", "status", NULL, NULL, 30) == 4);
    CHECK(strstr(output, "\"state\": \"dead\", \"epoch\": null") &&
          strstr(output, "\"lr\": [null, null, null]"));
    yd_copy_text(live.host, sizeof live.host, "another-host");
    REQUIRE(yd_live_write(run_folder(), &live, NULL) == YD_OK);
    CHECK(ctl(run_folder(), "pause", NULL, NULL, 30) == 4 && strstr(complaints, "another-host"));
    yd_path_join(path, sizeof path, run_folder(), "live");
    REQUIRE(yd_file_write(path,
                          "\x7f"
                          "ELF",
                          4, NULL) == YD_OK);
    CHECK(ctl(run_folder(), "pause", NULL, NULL, 30) == 4 && strstr(complaints, "not a live file"));
    unlink(path);
}

static const yd_test_case cases[] = {
    {"verbs are done or refused", verbs_are_done_or_refused},
    {"status is JSON with the documented keys", status_is_json_with_the_documented_keys},
    {"wrong words are wrong use", wrong_words_are_wrong_use},
    {"runs that do not live say why", runs_that_do_not_live_say_why},
};
TEST_MAIN(cases)
