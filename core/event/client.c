#include "event/client.h"
#include "base/clock.h"
#include "base/text.h"
#include "event/listener.h"
#include "event/message.h"
#include "event/registry.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_MS = 3000 };

struct yd_client {
    int fd, joining; /* joining: a new connection that has not been greeted yet; -1: none */
    int64_t joining_ns;
    yd_ring_reader *ring;
    dev_t ring_device;
    ino_t ring_inode; /* of the ring's memory, which says whether a new connection is to the same engine */
    uint32_t last_number;
    bool gone;        /* or not there yet */
    yd_error problem; /* why it could not be joined the last time; status YD_OK: nothing is wrong but time */
    bool console;     /* speaks of the control */
    yd_control control;
    char run_folder[];
};

static yd_status check_lives(const char *run_folder, yd_live *live, yd_error *error)
{
    switch (yd_live_check(run_folder, live)) {
    case YD_LIVE_HERE:
        return YD_OK;
    case YD_LIVE_ELSEWHERE:
        return yd_fail(error, YD_ERR_DATA, "%s: this run lives on the host %s, not here", run_folder,
                       live->host);
    case YD_LIVE_DEAD:
        if (!live->pid) break; /* the file cannot be read */
        return yd_fail(error, YD_ERR_DATA,
                       "%s: this run died: its process %lld is gone (train --resume goes on)", run_folder,
                       (long long)live->pid);
    case YD_LIVE_NONE:
        return yd_fail(error, YD_ERR_DATA, "%s: this run has ended", run_folder);
    }
    yd_live_read(run_folder, live, error); /* for its message */
    return YD_ERR_DATA;
}

/* HELLO with the ring, or the reason why not. */
static yd_status receive_hello(int fd, int *descriptor, yd_error *error)
{
    char bytes[sizeof(yd_message) + 1];
    *descriptor = -1;
    long length = yd_socket_receive_with(fd, bytes, sizeof bytes, descriptor);
    if (length <= 0) return yd_fail(error, YD_ERR_DATA, "the engine closed the connection");
    yd_message message;
    switch (yd_message_read(bytes, (size_t)length, &message)) {
    case YD_MESSAGE_BAD:
        return yd_fail(error, YD_ERR_FORMAT, "what answers there is no engine of this program");
    case YD_MESSAGE_OTHER_VERSION:
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "the engine is of another version of this program (it speaks version %u, this is %d)",
                       message.version, YD_WIRE_VERSION);
    case YD_MESSAGE_GOOD:
        break;
    }
    if (message.kind == YD_MESSAGE_ANSWER) return yd_fail(error, YD_ERR_DATA, "refused: %s", message.text);
    if (message.kind == YD_MESSAGE_HELLO && *descriptor >= 0) return YD_OK;
    return yd_fail(error, YD_ERR_FORMAT, "the engine sent no event ring");
}

/* The connection becomes the client's. The ring goes on where it was read to, unless it is another one. */
static yd_status join(yd_client *client, int fd, yd_error *error)
{
    int descriptor = -1;
    struct stat info;
    yd_ring_reader *ring = NULL;
    yd_status status = receive_hello(fd, &descriptor, error);
    if (status == YD_OK && fstat(descriptor, &info) != 0)
        status = yd_fail_errno(error, YD_ERR_IO, "cannot examine the event ring");
    bool known = status == YD_OK && client->ring && info.st_dev == client->ring_device &&
                 info.st_ino == client->ring_inode;
    if (status == YD_OK && !known) status = yd_ring_open(descriptor, &ring, error);
    if (descriptor >= 0) close(descriptor);
    if (status != YD_OK) {
        close(fd);
        return status;
    }
    if (ring) {
        yd_ring_close(client->ring);
        client->ring = ring;
        client->ring_device = info.st_dev;
        client->ring_inode = info.st_ino;
    }
    if (client->fd >= 0) close(client->fd);
    client->fd = fd;
    client->gone = false;
    client->control.known = client->control.ours = false;
    if (client->console) yd_client_control(client, YD_CONTROL_ASK);
    return YD_OK;
}

/* -1: not now; error says why, but where the engine has only not looked at its queue for long. */
static int reach(const char *path, yd_error *error)
{
    int fd = yd_socket_connect(path, 0);
    if (fd < 0 && errno != EAGAIN) {
        yd_fail_errno(error, YD_ERR_DATA, "cannot reach the engine at %s", path);
    } else if (fd >= 0 && !yd_socket_is_ours(fd)) {
        yd_fail(error, YD_ERR_DATA, "the engine at %s is another user's", path);
        close(fd);
        fd = -1;
    }
    return fd;
}

static void give_up_joining(yd_client *client)
{
    if (client->joining >= 0) close(client->joining);
    client->joining = -1;
}

/* Nothing here waits: the connection waits in the engine's queue while we come back now and then. The engine
 * speaks first. */
yd_rejoin yd_client_rejoin(yd_client *client)
{
    yd_live live;
    if (!client->gone) return YD_REJOIN_DONE;
    if (yd_live_check(client->run_folder, &live) != YD_LIVE_HERE) {
        give_up_joining(client);
        return YD_REJOIN_DEAD;
    }
    client->problem.status = YD_OK;
    if (client->joining < 0) {
        client->joining = reach(live.socket, &client->problem);
        client->joining_ns = yd_clock_ns();
    }
    struct pollfd polled = {.fd = client->joining, .events = POLLIN};
    if (client->joining >= 0 && poll(&polled, 1, 0) > 0) {
        int fd = client->joining;
        client->joining = -1; /* join closes it where it fails */
        if (join(client, fd, &client->problem) == YD_OK) return YD_REJOIN_DONE;
    }
    if (yd_clock_ns() - client->joining_ns > CONNECT_MS * INT64_C(1000000)) give_up_joining(client);
    return YD_REJOIN_WAIT;
}

/* Until it is joined, or that is sure to fail. */
static yd_rejoin join_within(yd_client *client, int wait_ms)
{
    const int64_t deadline = yd_clock_ns() + wait_ms * INT64_C(1000000);
    for (;;) {
        enum { FULL_QUEUE_MS = 20 };
        yd_rejoin found = yd_client_rejoin(client);
        int64_t left = (deadline - yd_clock_ns() + 999999) / 1000000;
        if (found != YD_REJOIN_WAIT || client->problem.status != YD_OK || left <= 0) return found;
        struct pollfd polled = {.fd = client->joining, .events = POLLIN}; /* -1: is left out */
        poll(&polled, 1, client->joining < 0 && left > FULL_QUEUE_MS ? FULL_QUEUE_MS : (int)left);
    }
}

yd_status yd_client_begin(const char *run_folder, int wait_ms, yd_client **client, yd_error *error)
{
    *client = NULL;
    yd_live live;
    YD_TRY(check_lives(run_folder, &live, error));
    size_t length = strlen(run_folder);
    yd_client *made = calloc(1, sizeof *made + length + 1);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "%s: out of memory", run_folder);
    made->fd = made->joining = -1;
    made->gone = true;
    memcpy(made->run_folder, run_folder, length);
    yd_rejoin joined = join_within(made, wait_ms);
    if (joined != YD_REJOIN_DEAD && made->problem.status == YD_OK) {
        *client = made;
        return YD_OK;
    }
    yd_error problem = made->problem;
    yd_client_close(made);
    /* It may have ended between the two looks. */
    if (joined == YD_REJOIN_DEAD || yd_live_check(run_folder, &live) == YD_LIVE_NONE)
        YD_TRY(check_lives(run_folder, &live, error));
    if (problem.status == YD_OK) yd_fail(&problem, YD_ERR_DATA, "the engine went, and another one came");
    return yd_fail(error, problem.status, "%s: %s", run_folder, problem.message);
}

yd_status yd_client_open(const char *run_folder, yd_client **client, yd_error *error)
{
    YD_TRY(yd_client_begin(run_folder, CONNECT_MS, client, error));
    if (*client && yd_client_is_up(*client)) return YD_OK;
    yd_client_close(*client);
    *client = NULL;
    return yd_fail(error, YD_ERR_DATA, "%s: the engine does not answer (it may be stopped by a signal)",
                   run_folder);
}

bool yd_client_await(yd_client *client, int wait_ms)
{
    return join_within(client, wait_ms) == YD_REJOIN_DONE;
}

bool yd_client_is_up(const yd_client *client)
{
    return !client->gone;
}

const char *yd_client_problem(const yd_client *client)
{
    return client->problem.status == YD_OK ? "" : client->problem.message;
}

void yd_client_close(yd_client *client)
{
    if (!client) return;
    yd_ring_close(client->ring);
    give_up_joining(client);
    if (client->fd >= 0) close(client->fd);
    free(client);
}

int yd_client_descriptor(const yd_client *client)
{
    return client->fd;
}

yd_ring_reader *yd_client_ring(yd_client *client)
{
    return client->ring;
}

uint32_t yd_client_send(yd_client *client, yd_command_type type, const char *argument)
{
    if (client->gone) return 0;
    uint32_t number =
        ++client->last_number ? client->last_number : ++client->last_number; /* 0 is no number */
    yd_message message = yd_message_make(YD_MESSAGE_COMMAND, number, (uint32_t)type, argument);
    ssize_t sent = send(client->fd, &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent == (ssize_t)sizeof message ? number : 0;
}

void yd_client_control(yd_client *client, yd_control_wish wish)
{
    yd_message message = yd_message_make(YD_MESSAGE_CONTROL, 0, (uint32_t)wish, "");
    client->console = true;
    if (client->gone) return;
    /* Not sent where the engine takes nothing: it is told again when it is attached to again, or by the user.
     */
    if (send(client->fd, &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) errno = 0;
}

const yd_control *yd_client_controller(const yd_client *client)
{
    return &client->control;
}

static void note_control(yd_client *client, const yd_message *message)
{
    client->control.known = true;
    client->control.ours = message->value == 1;
    yd_copy_text(client->control.who, sizeof client->control.who, message->text);
    client->control.changes++;
}

/* 1: a message; 0: none now; -1: the engine is gone. */
static int receive(yd_client *client, yd_message *message)
{
    char bytes[sizeof(yd_message) + 1];
    ssize_t length;
    if (client->gone) return -1;
    /* ECONNRESET comes first where the engine left commands unread; answers that it had sent come behind. */
    do length = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    while (length < 0 && (errno == EINTR || errno == ECONNRESET));
    if (length < 0 && errno == EAGAIN) return 0;
    if (length > 0 && yd_message_read(bytes, (size_t)length, message) == YD_MESSAGE_GOOD &&
        (message->kind == YD_MESSAGE_ANSWER || message->kind == YD_MESSAGE_CONTROL))
        return 1;
    client->gone = true;
    return -1;
}

int yd_client_answer(yd_client *client, yd_answer *answer)
{
    yd_message message;
    int got;
    while ((got = receive(client, &message)) > 0 && message.kind == YD_MESSAGE_CONTROL)
        note_control(client, &message);
    if (got <= 0) return got;
    *answer = (yd_answer){.number = message.number, .done = message.value == 1};
    yd_copy_text(answer->text, sizeof answer->text, message.text);
    return 1;
}

bool yd_client_ask(yd_client *client, yd_command_type type, const char *argument, int timeout_ms,
                   yd_answer *answer)
{
    *answer = (yd_answer){.number = yd_client_send(client, type, argument)};
    uint32_t number = answer->number;
    if (!number) {
        yd_copy_text(answer->text, sizeof answer->text, "the engine is gone, or takes no more commands");
        return false;
    }
    int64_t deadline = yd_clock_ns() + (int64_t)timeout_ms * 1000000;
    for (;;) {
        int got = yd_client_answer(client, answer);
        if (got > 0 && answer->number == number) return answer->done;
        if (got < 0) break;
        if (got > 0) continue;
        struct pollfd polled = {.fd = client->fd, .events = POLLIN};
        int64_t left = (deadline - yd_clock_ns() + 999999) / 1000000;
        int ready = left > 0 ? poll(&polled, 1, (int)left) : 0;
        if (ready > 0 || (ready < 0 && errno == EINTR)) continue;
        *answer = (yd_answer){.number = number};
        snprintf(answer->text, sizeof answer->text, "no answer within %g s", timeout_ms / 1000.0);
        return false;
    }
    *answer = (yd_answer){.number = number, .text = "the engine is gone"};
    return false;
}
