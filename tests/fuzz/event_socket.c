/* Any datagrams over the socket of an engine, in both directions: to a server from whoever connects, and to a
 * client from whatever answers. The server goes on serving honest clients; a client takes clean answers or
 * gives up. */
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "event/client.h"
#include "event/listener.h"
#include "event/message.h"
#include "event/server.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct world {
    char folder[256], honest[300], hostile[300];
    yd_ring *ring;
    yd_server *server;
    yd_listener listener; /* of the engine that answers with the input */
} world;

static bool make_world(world *own)
{
    yd_live live;
    snprintf(own->folder, sizeof own->folder, "/tmp/yolodeck-fuzz-XXXXXX");
    if (!mkdtemp(own->folder)) return false;
    snprintf(own->honest, sizeof own->honest, "%s/honest", own->folder);
    snprintf(own->hostile, sizeof own->hostile, "%s/hostile", own->folder);
    setenv("XDG_STATE_HOME", own->folder, 1);
    if (yd_make_folders(own->honest, NULL) != YD_OK || yd_make_folders(own->hostile, NULL) != YD_OK ||
        yd_ring_create(16, &own->ring, NULL) != YD_OK ||
        yd_server_start(own->honest, own->ring, &own->server, NULL) != YD_OK)
        return false;
    yd_live_here(&live);
    if (yd_listener_open(&own->listener, &live, NULL) != YD_OK) return false;
    yd_copy_text(live.socket, sizeof live.socket, own->listener.path);
    return yd_live_write(own->hostile, &live, NULL) == YD_OK;
}

/* The datagrams in the input: a length of two bytes, whose highest bit asks for a true message around it.
 * Returns how many bytes of the input it took, 0 for none. */
static size_t next_datagram(const uint8_t *data, size_t size, uint8_t out[sizeof(yd_message) + 64],
                            size_t *length)
{
    if (size < 3) return 0;
    size_t wanted = (size_t)(data[0] & 0x7f) << 3 | data[1], left = size - 2;
    if (wanted > left) wanted = left;
    if (wanted > sizeof(yd_message) + 64) wanted = sizeof(yd_message) + 64;
    memcpy(out, data + 2, wanted);
    *length = wanted;
    if (data[0] & 0x80) {
        yd_message message = yd_message_make((yd_message_kind)(data[2] % 4), data[2] / 4, data[1] % 16, "");
        memcpy(message.text, data + 2, wanted < sizeof message.text ? wanted : sizeof message.text);
        memcpy(out, &message, sizeof message);
        *length = sizeof message;
    }
    return 2 + wanted;
}

static void send_all(int fd, const uint8_t *data, size_t size, int descriptor)
{
    uint8_t datagram[sizeof(yd_message) + 64];
    size_t taken, length;
    while ((taken = next_datagram(data, size, datagram, &length)) > 0) {
        if (descriptor >= 0 && length)
            yd_socket_send_with(fd, datagram, length, descriptor);
        else if (send(fd, datagram, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == EPIPE)
            return;
        descriptor = -1;
        data += taken;
        size -= taken;
    }
}

/* The trainer answers what it is asked; an honest client is served beside. */
static void attack_server(world *own, const uint8_t *data, size_t size)
{
    yd_live live;
    yd_command command;
    yd_client *honest;
    yd_answer answer;
    if (yd_live_read(own->honest, &live, NULL) != YD_OK) return;
    int fd = yd_socket_connect(live.socket, 1000);
    if (fd < 0) return;
    send_all(fd, data, size, -1);
    YD_ASSERT(yd_client_open(own->honest, &honest, NULL) == YD_OK);
    YD_ASSERT(yd_client_send(honest, YD_COMMAND_PAUSE, "") != 0);
    int found = 0;
    for (int64_t end = yd_clock_ns() + INT64_C(5000000000); !found && yd_clock_ns() < end;) {
        yd_server_wait(own->server, 1);
        while (yd_server_take(own->server, &command)) {
            YD_ASSERT(command.type < YD_COMMAND_COUNT &&
                      memchr(command.argument, '\0', sizeof command.argument));
            yd_server_answer(own->server, &command, true, command.argument);
        }
        while ((found = yd_client_answer(honest, &answer)) == 1 && !answer.number) continue; /* a notice */
    }
    YD_ASSERT(found == 1);
    yd_client_close(honest);
    close(fd);
}

typedef struct attack {
    world *own;
    const uint8_t *data;
    size_t size;
} attack;

static void *answer_with_input(void *context)
{
    attack *given = context;
    struct pollfd polled = {.fd = given->own->listener.fd, .events = POLLIN};
    int fd = poll(&polled, 1, 2000) > 0 ? yd_listener_accept(&given->own->listener) : -1;
    if (fd < 0) return NULL;
    bool with_ring = given->size && given->data[0] % 2;
    send_all(fd, given->data, given->size, with_ring ? yd_ring_descriptor(given->own->ring) : -1);
    close(fd);
    return NULL;
}

static void attack_client(world *own, const uint8_t *data, size_t size)
{
    attack given = {own, data, size};
    pthread_t thread;
    yd_client *client;
    yd_answer answer;
    yd_error error;
    char escaped[2048];
    if (pthread_create(&thread, NULL, answer_with_input, &given) != 0) return;
    if (yd_client_open(own->hostile, &client, &error) == YD_OK) {
        pthread_join(thread, NULL);
        while (yd_client_answer(client, &answer) == 1)
            YD_ASSERT(strcmp(yd_escape(escaped, sizeof escaped, answer.text), answer.text) == 0);
        yd_client_close(client);
    } else {
        pthread_join(thread, NULL);
        YD_ASSERT(strcmp(yd_escape(escaped, sizeof escaped, error.message), error.message) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static world own;
    if (!own.server && !make_world(&own)) abort();
    if (size < 2) return 0;
    if (data[0] % 2)
        attack_server(&own, data + 1, size - 1);
    else
        attack_client(&own, data + 1, size - 1);
    return 0;
}
