#include "event/server.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/thread.h"
#include "event/listener.h"
#include "event/message.h"
#include "event/registry.h"
#include "event/spsc.h"
#include "event/tweaks.h"
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CLIENTS = 16,
    COMMANDS = 64,        /* taken in and not yet answered, of all clients */
    CLIENT_COMMANDS = 16, /* of one client */
    TURN_MESSAGES = 8     /* of one client before the others have their turn */
};

typedef struct connection {
    int fd;          /* -1: free */
    uint32_t serial; /* never used twice, so that an answer cannot go to a later client in this place */
    int waiting;     /* commands not yet answered */
    char who[sizeof((yd_command *)0)->who];
    bool console;     /* has spoken of the control */
    bool control_due; /* is to be told who has it */
} connection;

typedef struct answer {
    uint64_t ticket;
    bool done;
    char text[sizeof((yd_message *)0)->text];
} answer;

struct yd_server {
    char live_path[4096];
    yd_listener listener;
    yd_ring_reader *status; /* of the server thread, for STATUS */
    int ring_descriptor;
    pthread_t thread;
    atomic_bool stopping;
    atomic_int client_count;
    int command_event, answer_event; /* eventfd: wake the training thread, wake the server thread */
    yd_spsc *commands;               /* server thread to training thread */
    yd_spsc *answers;                /* back; has room for an answer to each command under way */
    /* The server thread's alone: */
    connection clients[CLIENTS];
    uint32_t last_serial;
    uint32_t holder; /* serial of the console that steers; 0: nobody does */
    int under_way;   /* commands in the queue or with the training thread */
    int64_t accept_after_ns;
};

/* Who steers from now on; every console is told. */
static void set_holder(yd_server *server, uint32_t serial)
{
    if (server->holder == serial) return;
    server->holder = serial;
    for (connection *client = server->clients; client < server->clients + CLIENTS; client++)
        client->control_due = client->fd >= 0 && client->console;
}

static const char *holder_name(const yd_server *server)
{
    for (const connection *client = server->clients; client < server->clients + CLIENTS; client++)
        if (client->fd >= 0 && server->holder && client->serial == server->holder) return client->who;
    return "";
}

static void drop_client(yd_server *server, connection *client)
{
    if (server->holder == client->serial) set_holder(server, 0);
    close(client->fd);
    client->fd = -1;
    atomic_fetch_sub_explicit(&server->client_count, 1, memory_order_relaxed);
}

/* A client that does not read its answers until its socket is full is dropped. */
static void send_answer(yd_server *server, connection *client, uint32_t number, bool done, const char *text)
{
    yd_message message = yd_message_make(YD_MESSAGE_ANSWER, number, done, text);
    if (send(client->fd, &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)sizeof message)
        drop_client(server, client);
}

static void answer_status(yd_server *server, connection *client, uint32_t number)
{
    yd_status_block block;
    char text[256], generation[64] = "";
    if (!yd_ring_status(server->status, &block)) {
        send_answer(server, client, number, false, "no status yet");
        return;
    }
    if (block.generations > 0)
        snprintf(generation, sizeof generation, "generation %d of %d, ", block.generation, block.generations);
    snprintf(text, sizeof text, "%s, %sepoch %d of %d, batch %d of %d, step %lld",
             yd_run_state_name(block.state), generation, block.epoch, block.epochs, block.batch,
             block.batches, (long long)block.step);
    send_answer(server, client, number, true, text);
}

/* "save_period -1, epochs 100, …" */
static void answer_values(yd_server *server, connection *client, uint32_t number)
{
    yd_status_block block;
    char text[480], value[40];
    size_t length = 0;
    if (!yd_ring_status(server->status, &block)) {
        send_answer(server, client, number, false, "no status yet");
        return;
    }
    for (int i = 0; i < YD_TWEAK_COUNT; i++) {
        yd_tweak_text((yd_tweak)i, yd_tweak_get(&block, (yd_tweak)i), value, sizeof value);
        int more = snprintf(text + length, sizeof text - length, "%s%s %s", i ? ", " : "",
                            yd_tweak_rows[i].name, value);
        if (more > 0 && (size_t)more < sizeof text - length) length += (size_t)more;
    }
    text[length] = '\0';
    send_answer(server, client, number, true, text);
}

static void take_wish(yd_server *server, connection *client, uint32_t wish)
{
    bool holds = server->holder == client->serial;
    client->console = client->control_due = true;
    if (wish == YD_CONTROL_TAKE || (wish == YD_CONTROL_ASK && !server->holder))
        set_holder(server, client->serial);
    else if (wish == YD_CONTROL_WATCH && holds)
        set_holder(server, 0);
}

/* Whether a client may steer. A console may where nobody else has the control, which is its own from then on.
 */
static bool may_steer(yd_server *server, connection *client)
{
    if (!client->console) return true;
    if (!server->holder) set_holder(server, client->serial);
    return server->holder == client->serial;
}

/* Consoles are told of the newest state only: whoever does not read misses those between, and stops nobody.
 * True where somebody could not be told yet. */
static bool tell_control(yd_server *server)
{
    bool left = false;
    for (connection *client = server->clients; client < server->clients + CLIENTS; client++) {
        if (client->fd < 0 || !client->control_due) continue;
        yd_message message =
            yd_message_make(YD_MESSAGE_CONTROL, 0, client->serial == server->holder, holder_name(server));
        ssize_t sent = send(client->fd, &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL);
        client->control_due = sent < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS);
        left |= client->control_due;
    }
    return left;
}

static void take_command(yd_server *server, connection *client, const yd_message *message)
{
    yd_command command = {.type = message->value, .ticket = (uint64_t)client->serial << 32 | message->number};
    if (message->value >= YD_COMMAND_COUNT)
        send_answer(server, client, message->number, false, "this engine does not know the command");
    else if (strlen(message->text) >= sizeof command.argument)
        send_answer(server, client, message->number, false, "the argument is too long");
    else if (message->value == YD_COMMAND_STATUS)
        answer_status(server, client, message->number);
    else if (message->value == YD_COMMAND_VALUES)
        answer_values(server, client, message->number);
    else if (!may_steer(server, client)) {
        char text[96];
        snprintf(text, sizeof text, "%s steers this run; take the control first", holder_name(server));
        send_answer(server, client, message->number, false, text);
    } else if (client->waiting >= CLIENT_COMMANDS || server->under_way >= COMMANDS)
        send_answer(server, client, message->number, false, "too many commands are waiting");
    else {
        yd_copy_text(command.argument, sizeof command.argument, message->text);
        yd_copy_text(command.who, sizeof command.who, client->who);
        YD_ASSERT(yd_spsc_push(server->commands, &command)); /* has room for all that can be under way */
        client->waiting++;
        server->under_way++;
        eventfd_write(server->command_event, 1);
    }
}

/* Reads what one client has sent. Whoever breaks the protocol is dropped. */
static void serve_client(yd_server *server, connection *client)
{
    char bytes[sizeof(yd_message) + 1]; /* a byte more than good messages have: longer ones show */
    for (int turn = 0; turn < TURN_MESSAGES && client->fd >= 0; turn++) {
        /* No room for control data: descriptors that a client sends along are closed by the kernel. */
        ssize_t length = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
        yd_message message;
        if (length <= 0 || yd_message_read(bytes, (size_t)length, &message) != YD_MESSAGE_GOOD ||
            (message.kind == YD_MESSAGE_COMMAND && message.number == 0) ||
            (message.kind == YD_MESSAGE_CONTROL && message.value >= YD_CONTROL_WISHES) ||
            (message.kind != YD_MESSAGE_COMMAND && message.kind != YD_MESSAGE_CONTROL))
            drop_client(server, client);
        else if (message.kind == YD_MESSAGE_CONTROL)
            take_wish(server, client, message.value);
        else
            take_command(server, client, &message);
    }
}

static void deliver_answers(yd_server *server)
{
    answer next;
    while (yd_spsc_pop(server->answers, &next)) {
        server->under_way--;
        for (connection *client = server->clients; client < server->clients + CLIENTS; client++) {
            if (client->fd < 0 || client->serial != next.ticket >> 32) continue;
            client->waiting--;
            send_answer(server, client, (uint32_t)next.ticket, next.done, next.text);
        }
    }
}

static void refuse_connection(int fd)
{
    char text[64];
    snprintf(text, sizeof text, "%d consoles are attached already", CLIENTS);
    yd_message message = yd_message_make(YD_MESSAGE_ANSWER, 0, 0, text);
    if (send(fd, &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) errno = 0; /* gone already */
    close(fd);
}

static void accept_client(yd_server *server)
{
    int fd = yd_listener_accept(&server->listener);
    if (fd < 0) {
        /* Out of descriptors, most likely: the connection stays in the queue, and must not keep us spinning.
         */
        if (errno != EAGAIN && errno != ECONNABORTED && errno != EPERM)
            server->accept_after_ns = yd_clock_ns() + 200 * 1000000;
        return;
    }
    connection *free_place = server->clients;
    while (free_place < server->clients + CLIENTS && free_place->fd >= 0) free_place++;
    if (free_place == server->clients + CLIENTS) {
        refuse_connection(fd);
        return;
    }
    *free_place = (connection){.fd = fd, .serial = ++server->last_serial};
    yd_socket_peer(fd, free_place->who, sizeof free_place->who);
    atomic_fetch_add_explicit(&server->client_count, 1, memory_order_relaxed);
    yd_message hello = yd_message_make(YD_MESSAGE_HELLO, 0, 0, "");
    if (!yd_socket_send_with(fd, &hello, sizeof hello, server->ring_descriptor))
        drop_client(server, free_place);
}

static void serve_turn(yd_server *server)
{
    struct pollfd polled[2 + CLIENTS] = {{.fd = server->answer_event, .events = POLLIN},
                                         {.fd = server->listener.fd, .events = POLLIN}};
    bool accepting = yd_clock_ns() >= server->accept_after_ns;
    if (!accepting) polled[1].fd = -1;
    /* Places do not move, and poll skips those that are free (-1). */
    for (int i = 0; i < CLIENTS; i++)
        polled[2 + i] = (struct pollfd){.fd = server->clients[i].fd, .events = POLLIN};
    enum { AGAIN_MS = 200 };
    bool told = !tell_control(server);
    if (poll(polled, 2 + CLIENTS, accepting && told ? -1 : AGAIN_MS) <= 0) return;
    if (polled[0].revents) {
        eventfd_t count;
        eventfd_read(server->answer_event, &count);
    }
    deliver_answers(server);
    for (int i = 0; i < CLIENTS; i++)
        if (polled[2 + i].revents && server->clients[i].fd >= 0) serve_client(server, &server->clients[i]);
    if (polled[1].revents) accept_client(server); /* last: a new client takes a place that was not polled */
}

static void *run_server(void *context)
{
    yd_server *server = context;
    while (!atomic_load_explicit(&server->stopping, memory_order_acquire)) serve_turn(server);
    return NULL;
}

/* Frees whatever is there; the counterpart of each step of yd_server_start. */
static void destroy(yd_server *server)
{
    if (server->live_path[0]) unlink(server->live_path);
    yd_listener_close(&server->listener);
    for (int i = 0; i < CLIENTS; i++)
        if (server->clients[i].fd >= 0) drop_client(server, &server->clients[i]);
    if (server->command_event >= 0) close(server->command_event);
    if (server->answer_event >= 0) close(server->answer_event);
    yd_spsc_destroy(server->commands);
    yd_spsc_destroy(server->answers);
    yd_ring_close(server->status);
    free(server);
}

static yd_status announce(yd_server *server, const char *run_folder, yd_error *error)
{
    yd_live live;
    yd_live_here(&live);
    YD_TRY(yd_listener_open(&server->listener, &live, error));
    yd_copy_text(live.socket, sizeof live.socket, server->listener.path);
    YD_TRY(yd_live_write(run_folder, &live, error));
    if (!yd_path_join(server->live_path, sizeof server->live_path, run_folder, "live"))
        server->live_path[0] = '\0';
    return YD_OK;
}

yd_status yd_server_start(const char *run_folder, yd_ring *ring, yd_server **server, yd_error *error)
{
    *server = NULL;
    yd_server *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "server: out of memory");
    for (int i = 0; i < CLIENTS; i++) made->clients[i].fd = -1;
    made->listener.fd = -1;
    made->ring_descriptor = yd_ring_descriptor(ring);
    made->command_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    made->answer_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    made->commands = yd_spsc_create(COMMANDS, sizeof(yd_command));
    made->answers = yd_spsc_create(COMMANDS, sizeof(answer));
    yd_status status = YD_OK;
    if (made->command_event < 0 || made->answer_event < 0)
        status = yd_fail_errno(error, YD_ERR_IO, "server: cannot make an eventfd");
    else if (!made->commands || !made->answers)
        status = yd_fail(error, YD_ERR_MEMORY, "server: out of memory");
    if (status == YD_OK) status = yd_ring_open_local(ring, &made->status, error);
    if (status == YD_OK) status = announce(made, run_folder, error);
    if (status == YD_OK) status = yd_thread_start(&made->thread, "yd-server", run_server, made, error);
    if (status != YD_OK)
        destroy(made);
    else
        *server = made;
    return status;
}

bool yd_server_take(yd_server *server, yd_command *command)
{
    return yd_spsc_pop(server->commands, command);
}

void yd_server_wait(yd_server *server, int timeout_ms)
{
    if (!yd_spsc_empty(server->commands)) return;
    /* The producer pushes first and writes the event then: a command pushed after the look above wakes the
     * poll. */
    struct pollfd polled = {.fd = server->command_event, .events = POLLIN};
    eventfd_t count;
    if (poll(&polled, 1, timeout_ms) > 0) eventfd_read(server->command_event, &count);
}

int yd_server_descriptor(const yd_server *server)
{
    return server->command_event;
}

void yd_server_answer(yd_server *server, const yd_command *command, bool done, const char *text)
{
    answer made = {.ticket = command->ticket, .done = done};
    yd_copy_text(made.text, sizeof made.text, text ? text : "");
    YD_ASSERT(yd_spsc_push(server->answers, &made)); /* full only if a command was answered twice */
    eventfd_write(server->answer_event, 1);
}

static bool port_take(void *context, yd_command *command)
{
    return yd_server_take(context, command);
}

static void port_wait(void *context, int timeout_ms)
{
    yd_server_wait(context, timeout_ms);
}

static void port_answer(void *context, const yd_command *command, bool done, const char *text)
{
    yd_server_answer(context, command, done, text);
}

yd_command_port yd_server_port(yd_server *server)
{
    return (yd_command_port){server, port_take, port_wait, port_answer};
}

int yd_server_clients(const yd_server *server)
{
    return atomic_load_explicit(&server->client_count, memory_order_relaxed);
}

void yd_server_stop(yd_server *server)
{
    if (!server) return;
    atomic_store_explicit(&server->stopping, true, memory_order_release);
    eventfd_write(server->answer_event, 1);
    pthread_join(server->thread, NULL);
    yd_command left;
    while (yd_server_take(server, &left)) yd_server_answer(server, &left, false, "the run has ended");
    deliver_answers(server);
    destroy(server);
}
