#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "base/thread.h"
#include "event/client.h"
#include "event/listener.h"
#include "event/message.h"
#include "event/registry.h"
#include "event/server.h"
#include "support/test.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* An engine without training: a server, and a thread that answers commands unless it is told to be deaf. */
typedef struct engine {
    yd_ring *ring;
    yd_server *server;
    pthread_t trainer;
    atomic_bool end, deaf;
    bool has_trainer;
} engine;

static const char *run_folder(void)
{
    static char path[4096], state[4096];
    yd_path_join(path, sizeof path, yd_test_folder(), "exp3");
    yd_path_join(state, sizeof state, yd_test_folder(), "state");
    setenv("XDG_STATE_HOME", state, 1);
    REQUIRE(yd_make_folders(path, NULL) == YD_OK);
    return path;
}

static void *train(void *context)
{
    engine *own = context;
    yd_command command;
    while (!atomic_load(&own->end)) {
        if (atomic_load(&own->deaf) || !yd_server_take(own->server, &command)) {
            yd_server_wait(own->server, 5);
            continue;
        }
        bool done = command.type != YD_COMMAND_SET;
        char text[300];
        snprintf(text, sizeof text, "%s [%s]", yd_command_name(command.type), command.argument);
        yd_server_answer(own->server, &command, done, text);
    }
    return NULL;
}

static void start_server(engine *own)
{
    yd_error error = {0};
    *own = (engine){0};
    if (yd_ring_create(64, &own->ring, &error) != YD_OK ||
        yd_server_start(run_folder(), own->ring, &own->server, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    yd_ring_set_status(own->ring,
                       &(yd_status_block){.state = YD_RUN_TRAIN, .epoch = 2, .epochs = 9, .step = 77});
}

static void start_engine(engine *own)
{
    start_server(own);
    REQUIRE(yd_thread_start(&own->trainer, "trainer", train, own, NULL) == YD_OK);
    own->has_trainer = true;
}

static void stop_engine(engine *own)
{
    atomic_store(&own->end, true);
    if (own->has_trainer) pthread_join(own->trainer, NULL);
    yd_server_stop(own->server);
    yd_ring_destroy(own->ring);
}

static yd_client *attach(void)
{
    yd_client *client;
    yd_error error = {0};
    if (yd_client_open(run_folder(), &client, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return client;
}

static bool wait_until_clients(const yd_server *server, int wanted)
{
    for (int i = 0; i < 2000 * YD_TEST_PATIENCE && yd_server_clients(server) != wanted; i++) poll(NULL, 0, 1);
    return yd_server_clients(server) == wanted;
}

static void commands_are_answered(void)
{
    engine own;
    start_engine(&own);
    yd_client *client = attach();
    yd_answer answer;
    CHECK(yd_server_clients(own.server) == 1);
    CHECK(yd_client_ask(client, YD_COMMAND_PAUSE, "", 5000 * YD_TEST_PATIENCE, &answer));
    CHECK_TEXT(answer.text, "pause []");
    CHECK(!yd_client_ask(client, YD_COMMAND_SET, "save_period 5", 5000, &answer)); /* refused */
    CHECK_TEXT(answer.text, "set [save_period 5]");
    CHECK(yd_client_ask(client, YD_COMMAND_STOP, NULL, 5000, &answer));
    CHECK(yd_client_answer(client, &answer) == 0);
    yd_client_close(client);
    CHECK(wait_until_clients(own.server, 0));
    stop_engine(&own);
}

static void status_and_ring_need_no_trainer(void)
{
    engine own;
    start_server(&own);
    yd_event_body body = {.state = {.from = YD_RUN_SETUP, .to = YD_RUN_TRAIN}};
    yd_ring_publish(own.ring, YD_EVENT_STATE, &body);
    yd_client *client = attach();
    yd_status_block block;
    yd_event events[4];
    uint64_t lost = 0;
    yd_answer answer;
    CHECK(yd_ring_status(yd_client_ring(client), &block) && block.step == 77);
    CHECK(yd_ring_read(yd_client_ring(client), events, 4, &lost) == 1 &&
          events[0].body.state.to == YD_RUN_TRAIN);
    CHECK(yd_client_ask(client, YD_COMMAND_STATUS, "", 5000 * YD_TEST_PATIENCE, &answer));
    CHECK_TEXT(answer.text, "train, epoch 2 of 9, batch 0 of 0, step 77");
    yd_client_close(client);
    stop_engine(&own);
}

static void answers_find_their_asker(void)
{
    engine own;
    start_server(&own);
    yd_client *first = attach(), *second = attach();
    uint32_t numbers[3] = {yd_client_send(first, YD_COMMAND_SAVE, "a"), 0, 0};
    yd_command commands[3];
    while (!yd_server_take(own.server, &commands[0])) yd_server_wait(own.server, 100);
    numbers[1] = yd_client_send(second, YD_COMMAND_SAVE, "b");
    while (!yd_server_take(own.server, &commands[1])) yd_server_wait(own.server, 100);
    numbers[2] = yd_client_send(first, YD_COMMAND_VALIDATE, "c");
    while (!yd_server_take(own.server, &commands[2])) yd_server_wait(own.server, 100);
    CHECK_TEXT(commands[1].argument, "b");
    for (int i = 2; i >= 0; i--) yd_server_answer(own.server, &commands[i], i != 0, commands[i].argument);
    yd_answer answers[3];
    for (int i = 0; i < 3; i++) {
        yd_client *client = i == 1 ? second : first;
        struct pollfd polled = {.fd = yd_client_descriptor(client), .events = POLLIN};
        while (yd_client_answer(client, &answers[i]) == 0)
            REQUIRE(poll(&polled, 1, 5000 * YD_TEST_PATIENCE) == 1);
    }
    CHECK(answers[0].number == numbers[2] && answers[0].done && strcmp(answers[0].text, "c") == 0);
    CHECK(answers[1].number == numbers[1] && answers[1].done && strcmp(answers[1].text, "b") == 0);
    CHECK(answers[2].number == numbers[0] && !answers[2].done && strcmp(answers[2].text, "a") == 0);
    yd_client_close(first);
    yd_client_close(second);
    stop_engine(&own);
}

static void an_answer_to_one_who_left_goes_nowhere(void)
{
    engine own;
    start_server(&own);
    yd_client *gone = attach();
    yd_command command;
    REQUIRE(yd_client_send(gone, YD_COMMAND_SAVE, ""));
    while (!yd_server_take(own.server, &command)) yd_server_wait(own.server, 100);
    yd_client_close(gone);
    REQUIRE(wait_until_clients(own.server, 0));
    yd_client *next = attach(); /* has the place of the one who left */
    yd_server_answer(own.server, &command, true, "saved");
    yd_answer answer;
    CHECK(yd_client_ask(next, YD_COMMAND_STATUS, "", 5000 * YD_TEST_PATIENCE,
                        &answer)); /* and no other answer before it */
    CHECK(yd_client_answer(next, &answer) == 0);
    yd_client_close(next);
    stop_engine(&own);
}

static void a_command_ends_the_wait(void)
{
    engine own;
    start_server(&own);
    yd_client *client = attach();
    yd_command command;
    int64_t before = yd_clock_ns();
    yd_server_wait(own.server, 20);
    CHECK(yd_clock_ns() - before >= 15 * 1000000); /* nothing there: the whole time */
    REQUIRE(yd_client_send(client, YD_COMMAND_RESUME, ""));
    before = yd_clock_ns();
    while (!yd_server_take(own.server, &command) &&
           yd_clock_ns() - before < YD_TEST_PATIENCE * INT64_C(5000000000))
        yd_server_wait(own.server, 10000);
    CHECK(yd_clock_ns() - before < YD_TEST_PATIENCE * INT64_C(5000000000) &&
          command.type == YD_COMMAND_RESUME);
    yd_server_answer(own.server, &command, true, NULL);
    yd_client_close(client);
    stop_engine(&own);
}

/* A connection that speaks for itself. */
static int raw_connection(void)
{
    yd_live live;
    yd_message hello;
    int descriptor = -1;
    REQUIRE(yd_live_read(run_folder(), &live, NULL) == YD_OK);
    int fd = yd_socket_connect(live.socket, 1000);
    REQUIRE(fd >= 0);
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    REQUIRE(poll(&polled, 1, 5000 * YD_TEST_PATIENCE) == 1);
    REQUIRE(yd_socket_receive_with(fd, &hello, sizeof hello, &descriptor) == sizeof hello && descriptor >= 0);
    close(descriptor);
    return fd;
}

/* The server hung up, without an answer. */
static bool was_dropped(int fd)
{
    char byte;
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    if (poll(&polled, 1, 5000 * YD_TEST_PATIENCE) != 1) return false;
    ssize_t length = recv(fd, &byte, 1, MSG_DONTWAIT);
    return length == 0 || (length < 0 && errno == ECONNRESET);
}

static void whoever_breaks_the_protocol_is_dropped(void)
{
    engine own;
    start_engine(&own);
    yd_client *honest = attach();
    yd_message good = yd_message_make(YD_MESSAGE_COMMAND, 1, YD_COMMAND_PAUSE, "");
    char large[4000] = {0};
    memcpy(large, &good, sizeof good);
    yd_message bad[7];
    for (int i = 0; i < 7; i++) bad[i] = good;
    bad[0].magic++, bad[1].version++, bad[2].kind = YD_MESSAGE_HELLO, bad[3].kind = 1000;
    bad[4].number = 0, bad[5].text[0] = '\n';
    memset(bad[6].text, 'x', sizeof bad[6].text); /* not terminated */
    const struct {
        const void *bytes;
        size_t length;
    } attacks[] = {{&good, 3},
                   {&good, sizeof good - 1},
                   {large, sizeof good + 1},
                   {large, sizeof large},
                   {&bad[0], sizeof good},
                   {&bad[1], sizeof good},
                   {&bad[2], sizeof good},
                   {&bad[3], sizeof good},
                   {&bad[4], sizeof good},
                   {&bad[5], sizeof good},
                   {&bad[6], sizeof good},
                   {"", 0}};
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        int fd = raw_connection();
        CHECK(send(fd, attacks[i].bytes, attacks[i].length, MSG_NOSIGNAL) == (ssize_t)attacks[i].length);
        if (!was_dropped(fd)) yd_test_fatal(__FILE__, __LINE__, "attack %zu was not dropped", i);
        close(fd);
        yd_answer answer;
        CHECK(yd_client_ask(honest, YD_COMMAND_PAUSE, "", 5000 * YD_TEST_PATIENCE, &answer));
    }
    yd_client_close(honest);
    stop_engine(&own);
}

static void odd_commands_are_refused_with_a_reason(void)
{
    engine own;
    start_engine(&own);
    yd_client *client = attach();
    yd_answer answer;
    char longer[400];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    CHECK(!yd_client_ask(client, (yd_command_type)4242, "", 5000 * YD_TEST_PATIENCE, &answer) &&
          strstr(answer.text, "does not know"));
    CHECK(!yd_client_ask(client, YD_COMMAND_SET, longer, 5000, &answer) && strstr(answer.text, "too long"));
    yd_client_close(client);
    stop_engine(&own);
}

static int open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;
    while (dir && readdir(dir)) count++;
    if (dir) closedir(dir);
    return count;
}

static void descriptors_sent_along_do_not_stay(void)
{
    engine own;
    start_engine(&own);
    int fd = raw_connection(), before = open_descriptors();
    yd_message message = yd_message_make(YD_MESSAGE_COMMAND, 1, YD_COMMAND_STATUS, "");
    for (int i = 0; i < 5; i++) {
        CHECK(yd_socket_send_with(fd, &message, sizeof message, STDERR_FILENO));
        struct pollfd polled = {.fd = fd, .events = POLLIN};
        REQUIRE(poll(&polled, 1, 5000 * YD_TEST_PATIENCE) == 1);
        REQUIRE(recv(fd, &message, sizeof message, 0) == sizeof message);
        message = yd_message_make(YD_MESSAGE_COMMAND, 1, YD_COMMAND_STATUS, "");
    }
    CHECK(open_descriptors() == before);
    close(fd);
    stop_engine(&own);
}

static void a_flood_is_refused_and_stops_nobody(void)
{
    engine own;
    start_engine(&own);
    atomic_store(&own.deaf, true); /* a long validation */
    yd_client *patient = attach();
    yd_answer answer;
    for (int i = 0; i < 16; i++) REQUIRE(yd_client_send(patient, YD_COMMAND_SAVE, ""));
    CHECK(!yd_client_ask(patient, YD_COMMAND_SAVE, "", 5000 * YD_TEST_PATIENCE, &answer) &&
          strstr(answer.text, "too many commands"));
    CHECK(!yd_client_ask(patient, YD_COMMAND_SAVE, "", 5000 * YD_TEST_PATIENCE, &answer));

    yd_client *flood = attach(); /* never reads: its answers fill its socket, and it is dropped */
    int sent = 0;
    int64_t deadline = yd_clock_ns() + YD_TEST_PATIENCE * INT64_C(5000000000);
    while (yd_server_clients(own.server) == 2 && yd_clock_ns() < deadline && sent < 100000)
        for (int i = 0; i < 100; i++) sent += yd_client_send(flood, YD_COMMAND_STATUS, "") != 0;
    CHECK(yd_server_clients(own.server) == 1);
    CHECK(yd_client_ask(patient, YD_COMMAND_STATUS, "", 5000 * YD_TEST_PATIENCE, &answer));
    atomic_store(&own.deaf, false);
    int answered = 0;
    for (struct pollfd polled = {.fd = yd_client_descriptor(patient), .events = POLLIN};
         answered < 16 && poll(&polled, 1, 5000 * YD_TEST_PATIENCE) == 1;)
        if (yd_client_answer(patient, &answer) == 1 && answer.done) answered++;
    CHECK(answered == 16); /* those that were accepted are all carried out */
    yd_client_close(flood);
    yd_client_close(patient);
    stop_engine(&own);
}

static bool wait_for_control(yd_client *client, bool ours, const char *who)
{
    yd_answer answer;
    for (int i = 0; i < 2000 * YD_TEST_PATIENCE; i++) {
        if (yd_client_answer(client, &answer) != 0) return false;
        const yd_control *control = yd_client_controller(client);
        bool named = who ? strstr(control->who, who) != NULL : control->who[0] == '\0';
        if (control->known && control->ours == ours && named) return true;
        poll(NULL, 0, 1);
    }
    return false;
}

static void one_console_steers_at_a_time(void)
{
    engine own;
    yd_answer answer;
    char pid[32];
    snprintf(pid, sizeof pid, "pid %d", (int)getpid());
    start_engine(&own);
    yd_client *first = attach(), *second = attach(), *script = attach();
    yd_client_control(first, YD_CONTROL_ASK);
    CHECK(wait_for_control(first, true, pid));
    yd_client_control(second, YD_CONTROL_ASK);
    CHECK(wait_for_control(second, false, pid));
    CHECK(!yd_client_ask(second, YD_COMMAND_PAUSE, "", 5000 * YD_TEST_PATIENCE, &answer));
    CHECK(strstr(answer.text, pid) && strstr(answer.text, "steers this run"));
    CHECK(
        yd_client_ask(second, YD_COMMAND_STATUS, "", 5000 * YD_TEST_PATIENCE, &answer)); /* looking is free */
    CHECK(yd_client_ask(first, YD_COMMAND_PAUSE, "", 5000 * YD_TEST_PATIENCE, &answer));
    CHECK(yd_client_ask(script, YD_COMMAND_PAUSE, "", 5000 * YD_TEST_PATIENCE, &answer));
    yd_client_control(second, YD_CONTROL_TAKE);
    CHECK(wait_for_control(second, true, pid) && wait_for_control(first, false, pid));
    CHECK(!yd_client_ask(first, YD_COMMAND_PAUSE, "", 5000 * YD_TEST_PATIENCE, &answer));
    CHECK(yd_client_ask(second, YD_COMMAND_PAUSE, "", 5000 * YD_TEST_PATIENCE, &answer));
    yd_client_close(second); /* whoever leaves gives it up */
    CHECK(wait_for_control(first, false, NULL));
    CHECK(yd_client_ask(first, YD_COMMAND_PAUSE, "", 5000 * YD_TEST_PATIENCE,
                        &answer)); /* and whoever acts has it */
    CHECK(wait_for_control(first, true, pid));
    yd_client_control(first, YD_CONTROL_WATCH);
    CHECK(wait_for_control(first, false, NULL));
    yd_client_close(first);
    yd_client_close(script);
    stop_engine(&own);
}

/* One that takes the control all the time and reads nothing costs the others nothing, and is dropped at most.
 */
static void a_fight_for_the_control_stops_nobody(void)
{
    engine own;
    yd_answer answer;
    start_engine(&own);
    yd_client *good = attach(), *greedy = attach();
    yd_client_control(good, YD_CONTROL_ASK);
    CHECK(wait_for_control(good, true, "pid"));
    for (int i = 0; i < 5000; i++) {
        yd_client_control(greedy, i % 2 ? YD_CONTROL_TAKE : YD_CONTROL_WATCH);
        if (i % 500 == 0) CHECK(yd_client_ask(good, YD_COMMAND_STATUS, "", 5000 * YD_TEST_PATIENCE, &answer));
    }
    yd_client_close(greedy); /* what it had sent may still be taken: its end comes behind */
    CHECK(wait_until_clients(own.server, 1));
    yd_client_control(good, YD_CONTROL_TAKE);
    CHECK(wait_for_control(good, true, "pid"));
    CHECK(yd_client_ask(good, YD_COMMAND_PAUSE, "", 5000 * YD_TEST_PATIENCE, &answer));
    yd_client_close(good);
    stop_engine(&own);
}

static void consoles_beyond_the_limit_are_told_so(void)
{
    engine own;
    start_engine(&own);
    yd_client *clients[16], *more;
    yd_error error = {0};
    for (int i = 0; i < 16; i++) clients[i] = attach();
    CHECK(yd_client_open(run_folder(), &more, &error) == YD_ERR_DATA && !more);
    CHECK(strstr(error.message, "16 consoles are attached already"));
    yd_client_close(clients[7]);
    REQUIRE(wait_until_clients(own.server, 15));
    clients[7] = attach();
    for (int i = 0; i < 16; i++) yd_client_close(clients[i]);
    stop_engine(&own);
}

static void a_trainer_that_does_not_answer_is_a_timeout(void)
{
    engine own;
    start_server(&own);
    yd_client *client = attach();
    yd_answer answer;
    CHECK(!yd_client_ask(client, YD_COMMAND_SAVE, "", 50, &answer));
    CHECK_TEXT(answer.text, "no answer within 0.05 s");
    yd_client_close(client);
    stop_engine(&own);
}

static void an_end_refuses_what_waits_and_cleans_up(void)
{
    engine own;
    start_server(&own);
    yd_client *client = attach();
    yd_live live;
    REQUIRE(yd_live_read(run_folder(), &live, NULL) == YD_OK && access(live.socket, F_OK) == 0);
    REQUIRE(yd_client_send(client, YD_COMMAND_SAVE, ""));
    yd_answer answer;
    CHECK(yd_client_ask(client, YD_COMMAND_STATUS, "", 5000 * YD_TEST_PATIENCE,
                        &answer)); /* so SAVE is in the queue */
    yd_ring_publish(own.ring, YD_EVENT_STATE, &(yd_event_body){.state = {.to = YD_RUN_DONE}});
    stop_engine(&own);
    CHECK(yd_client_answer(client, &answer) == 1 && !answer.done);
    CHECK_TEXT(answer.text, "the run has ended");
    CHECK(yd_client_answer(client, &answer) == -1 && yd_client_answer(client, &answer) == -1);
    CHECK(yd_client_send(client, YD_COMMAND_SAVE, "") == 0);
    yd_event event;
    uint64_t lost = 0; /* the ring outlives its engine */
    CHECK(yd_ring_read(yd_client_ring(client), &event, 1, &lost) == 1 && event.body.state.to == YD_RUN_DONE);
    yd_client_close(client);
    CHECK(access(live.socket, F_OK) != 0 && yd_live_check(run_folder(), &live) == YD_LIVE_NONE);
    yd_error error = {0};
    CHECK(yd_client_open(run_folder(), &client, &error) == YD_ERR_DATA && strstr(error.message, "has ended"));
}

/* An engine in a process of its own; a byte comes by ready when it serves. */
static pid_t fork_engine(void)
{
    int ready[2];
    char byte;
    run_folder();
    REQUIRE(pipe(ready) == 0);
    fflush(NULL);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        static engine own;
        start_engine(&own);
        if (write(ready[1], "r", 1) != 1) _exit(1);
        for (;;) pause();
    }
    close(ready[1]);
    CHECK(read(ready[0], &byte, 1) == 1);
    close(ready[0]);
    return child;
}

static void end_child(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void a_killed_engine_is_noticed(void)
{
    pid_t child = fork_engine();
    yd_client *client = attach();
    yd_answer answer;
    yd_live live;
    CHECK(yd_client_ask(client, YD_COMMAND_PAUSE, "", 5000 * YD_TEST_PATIENCE, &answer));
    CHECK(yd_live_check(run_folder(), &live) == YD_LIVE_HERE && live.pid == child);
    end_child(child);
    struct pollfd polled = {.fd = yd_client_descriptor(client), .events = POLLIN};
    CHECK(poll(&polled, 1, 5000 * YD_TEST_PATIENCE) == 1);
    CHECK(yd_client_answer(client, &answer) == -1);
    CHECK(!yd_client_ask(client, YD_COMMAND_PAUSE, "", 5000 * YD_TEST_PATIENCE, &answer) &&
          strstr(answer.text, "gone"));
    yd_client_close(client);
    CHECK(yd_live_check(run_folder(), &live) == YD_LIVE_DEAD);
    yd_error error = {0};
    CHECK(yd_client_open(run_folder(), &client, &error) == YD_ERR_DATA && strstr(error.message, "died"));
    CHECK(access(live.socket, F_OK) == 0); /* left behind … */
    engine own;
    start_engine(&own);
    CHECK(access(live.socket, F_OK) != 0); /* … until the next engine starts */
    stop_engine(&own);
}

static bool rejoin(yd_client *client)
{
    yd_rejoin found = YD_REJOIN_WAIT;
    for (int i = 0; i < 2000 * YD_TEST_PATIENCE && found == YD_REJOIN_WAIT; i++, poll(NULL, 0, 1))
        found = yd_client_rejoin(client);
    return found == YD_REJOIN_DONE;
}

/* The ring of the same engine is read on; that of another is read from its beginning. */
static void a_lost_connection_is_made_anew(void)
{
    engine own;
    yd_event events[8];
    yd_event_body body = {.state = {.to = YD_RUN_TRAIN}};
    uint64_t lost = 0;
    yd_answer answer;
    start_engine(&own);
    yd_client *client = attach();
    for (int i = 0; i < 3; i++) yd_ring_publish(own.ring, YD_EVENT_STATE, &body);
    CHECK(yd_ring_read(yd_client_ring(client), events, 8, &lost) == 3);
    for (int turn = 0; turn < 20; turn++) {
        shutdown(yd_client_descriptor(client), SHUT_RDWR);
        CHECK(yd_client_answer(client, &answer) == -1);
        yd_ring_publish(own.ring, YD_EVENT_STATE, &body);
        REQUIRE(rejoin(client));
        CHECK(yd_client_answer(client, &answer) == 0);
        CHECK(yd_ring_read(yd_client_ring(client), events, 8, &lost) == 1 && lost == 0);
    }
    CHECK(wait_until_clients(own.server, 1));
    CHECK(yd_client_ask(client, YD_COMMAND_PAUSE, "", 5000 * YD_TEST_PATIENCE, &answer));
    stop_engine(&own);
    CHECK(yd_client_answer(client, &answer) == -1 && yd_client_rejoin(client) == YD_REJOIN_DEAD);
    start_engine(&own);
    for (int i = 0; i < 2; i++) yd_ring_publish(own.ring, YD_EVENT_STATE, &body);
    REQUIRE(rejoin(client));
    CHECK(yd_ring_read(yd_client_ring(client), events, 8, &lost) == 2 && events[0].sequence == 1);
    yd_client_close(client);
    stop_engine(&own);
}

static void a_stopped_engine_is_not_waited_for(void)
{
    pid_t child = fork_engine();
    kill(child, SIGSTOP);
    REQUIRE(waitpid(child, NULL, WUNTRACED) == child);
    yd_client *client;
    yd_error error = {0};
    int64_t before = yd_clock_ns();
    CHECK(yd_client_open(run_folder(), &client, &error) == YD_ERR_DATA &&
          strstr(error.message, "does not answer"));
    CHECK(yd_clock_ns() - before < YD_TEST_PATIENCE * INT64_C(6000000000));
    end_child(child);
}

static void a_killed_client_is_forgotten(void)
{
    int ready[2], go[2];
    char byte;
    run_folder();
    REQUIRE(pipe(ready) == 0 && pipe(go) == 0);
    fflush(NULL);
    pid_t child = fork(); /* before this process has threads */
    REQUIRE(child >= 0);
    if (child == 0) {
        yd_client *client;
        if (read(go[0], &byte, 1) != 1 || yd_client_open(run_folder(), &client, NULL) != YD_OK) _exit(1);
        yd_client_send(client, YD_COMMAND_SAVE, "");
        if (write(ready[1], "r", 1) != 1) _exit(1);
        for (;;) pause();
    }
    engine own;
    start_engine(&own);
    REQUIRE(write(go[1], "g", 1) == 1 && read(ready[0], &byte, 1) == 1);
    CHECK(yd_server_clients(own.server) == 1);
    end_child(child);
    CHECK(wait_until_clients(own.server, 0));
    yd_client *client = attach();
    yd_answer answer;
    CHECK(yd_client_ask(client, YD_COMMAND_PAUSE, "", 5000 * YD_TEST_PATIENCE, &answer));
    yd_client_close(client);
    stop_engine(&own);
    close(ready[0]), close(ready[1]), close(go[0]), close(go[1]);
}

/* A live file that leads to something else of the same user. */
static yd_status open_at_impostor(const void *greeting, size_t length, int descriptor, yd_error *error)
{
    yd_live live;
    yd_listener listener;
    run_folder();
    yd_live_here(&live);
    REQUIRE(yd_listener_open(&listener, &live, NULL) == YD_OK);
    yd_copy_text(live.socket, sizeof live.socket, listener.path);
    REQUIRE(yd_live_write(run_folder(), &live, NULL) == YD_OK);
    int early = yd_socket_connect(listener.path, 0); /* so that the real one is second in the queue */
    REQUIRE(early >= 0);
    fflush(NULL);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        for (int i = 0; i < 2; i++) {
            struct pollfd polled = {.fd = listener.fd, .events = POLLIN};
            poll(&polled, 1, 5000 * YD_TEST_PATIENCE);
            int fd = yd_listener_accept(&listener);
            if (descriptor >= 0)
                yd_socket_send_with(fd, greeting, length, descriptor);
            else if (send(fd, greeting, length, MSG_NOSIGNAL) < 0)
                _exit(1);
        }
        _exit(0);
    }
    yd_client *client;
    yd_status status = yd_client_open(run_folder(), &client, error);
    if (status == YD_OK) yd_client_close(client);
    waitpid(child, NULL, 0);
    close(early);
    yd_listener_close(&listener);
    return status;
}

static void impostors_are_not_believed(void)
{
    yd_error error = {0};
    yd_message hello = yd_message_make(YD_MESSAGE_HELLO, 0, 0, "");
    CHECK(open_at_impostor("junk", 4, -1, &error) == YD_ERR_FORMAT && strstr(error.message, "no engine"));
    CHECK(open_at_impostor(&hello, sizeof hello, -1, &error) == YD_ERR_FORMAT);
    CHECK(strstr(error.message, "sent no event ring"));
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    CHECK(open_at_impostor(&hello, sizeof hello, file, &error) == YD_ERR_FORMAT &&
          strstr(error.message, "sealed"));
    close(file);
    hello.version = 99;
    CHECK(open_at_impostor(&hello, sizeof hello, -1, &error) == YD_ERR_UNSUPPORTED &&
          strstr(error.message, "version 99"));
}

static void a_folder_that_cannot_hold_the_live_file_is_an_error(void)
{
    yd_ring *ring;
    yd_server *server;
    yd_error error = {0};
    REQUIRE(yd_ring_create(8, &ring, NULL) == YD_OK);
    run_folder();
    CHECK(yd_server_start("/nonexistent/exp", ring, &server, &error) == YD_ERR_IO && !server);
    CHECK(strstr(error.message, "/nonexistent/exp/live"));
    yd_ring_destroy(ring);
}

static const yd_test_case cases[] = {
    {"commands are answered", commands_are_answered},
    {"status and ring need no trainer", status_and_ring_need_no_trainer},
    {"answers find their asker", answers_find_their_asker},
    {"an answer to one who left goes nowhere", an_answer_to_one_who_left_goes_nowhere},
    {"a command ends the wait", a_command_ends_the_wait},
    {"whoever breaks the protocol is dropped", whoever_breaks_the_protocol_is_dropped},
    {"odd commands are refused with a reason", odd_commands_are_refused_with_a_reason},
    {"descriptors sent along do not stay", descriptors_sent_along_do_not_stay},
    {"a flood is refused and stops nobody", a_flood_is_refused_and_stops_nobody},
    {"one console steers at a time", one_console_steers_at_a_time},
    {"a fight for the control stops nobody", a_fight_for_the_control_stops_nobody},
    {"consoles beyond the limit are told so", consoles_beyond_the_limit_are_told_so},
    {"a trainer that does not answer is a timeout", a_trainer_that_does_not_answer_is_a_timeout},
    {"an end refuses what waits and cleans up", an_end_refuses_what_waits_and_cleans_up},
    {"a killed engine is noticed", a_killed_engine_is_noticed},
    {"a lost connection is made anew", a_lost_connection_is_made_anew},
    {"a stopped engine is not waited for", a_stopped_engine_is_not_waited_for},
    {"a killed client is forgotten", a_killed_client_is_forgotten},
    {"impostors are not believed", impostors_are_not_believed},
    {"a folder that cannot hold the live file is an error",
     a_folder_that_cannot_hold_the_live_file_is_an_error},
};
TEST_MAIN(cases)
