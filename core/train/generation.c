#include "train/generation.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t size_of(uint32_t note)
{
    const yd_generation_message *m = NULL;
    static const size_t parts[] = {[YD_NOTE_ORDER] = sizeof m->order,   [YD_NOTE_READY] = 0,
                                   [YD_NOTE_GO] = sizeof m->text,       [YD_NOTE_COMMAND] = sizeof m->command,
                                   [YD_NOTE_ANSWER] = sizeof m->answer, [YD_NOTE_RESULT] = sizeof m->result,
                                   [YD_NOTE_FAILED] = sizeof m->failure};
    return offsetof(yd_generation_message, order) + (note < sizeof parts / sizeof *parts ? parts[note] : 0);
}

bool yd_generation_send(int fd, const yd_generation_message *message, bool wait)
{
    size_t size = size_of(message->note);
    ssize_t sent;
    do sent = send(fd, message, size, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)size;
}

/* Both ends are this program, of one build: what is not as it should be is a bug. */
bool yd_generation_receive(int fd, yd_generation_message *message, bool wait)
{
    ssize_t got;
    do got = recv(fd, message, sizeof *message, wait ? 0 : MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got <= 0) return false;
    YD_ASSERT((size_t)got >= sizeof message->note && (size_t)got == size_of(message->note));
    return true;
}

/* What libraries print, and what a crash says. */
static void redirect(const char *folder)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/train.log", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
    fflush(NULL);
    if (fd >= 0) dup2(fd, STDOUT_FILENO), dup2(fd, STDERR_FILENO);
    if (fd > STDERR_FILENO) close(fd);
}

yd_status yd_generation_ready(yd_generation *generation, char *folder, yd_error *error)
{
    yd_generation_message message = {.note = YD_NOTE_READY};
    yd_generation_send(generation->fd, &message, true);
    /* Commands do not come before it is there: they wait behind this one. */
    if (!yd_generation_receive(generation->fd, &message, true) || message.note != YD_NOTE_GO)
        return yd_fail(error, YD_ERR_STOPPED, "the evolution is gone");
    yd_copy_text(folder, 4096, message.text);
    if (generation->order.redirect) redirect(folder);
    return YD_OK;
}

static bool take(void *context, yd_command *command)
{
    const yd_generation *generation = context;
    yd_generation_message message;
    if (!yd_generation_receive(generation->fd, &message, false)) return false;
    *command = message.command;
    return message.note == YD_NOTE_COMMAND;
}

static void wait(void *context, int timeout_ms)
{
    const yd_generation *generation = context;
    struct pollfd polled = {.fd = generation->fd, .events = POLLIN};
    poll(&polled, 1, timeout_ms);
}

static void answer(void *context, const yd_command *command, bool done, const char *text)
{
    const yd_generation *generation = context;
    yd_generation_message message = {.note = YD_NOTE_ANSWER, .answer = {.command = *command, .done = done}};
    yd_copy_text(message.answer.text, sizeof message.answer.text, text ? text : "");
    yd_generation_send(generation->fd, &message, true);
}

yd_command_port yd_generation_port(yd_generation *generation)
{
    return (yd_command_port){generation, take, wait, answer};
}

void yd_generation_result(yd_generation *generation, const double results[7], bool finished, bool stop)
{
    yd_generation_message message = {.note = YD_NOTE_RESULT, .result = {.finished = finished, .stop = stop}};
    memcpy(message.result.results, results, sizeof message.result.results);
    yd_generation_send(generation->fd, &message, true);
}

void yd_generation_failed(yd_generation *generation, const yd_error *error)
{
    yd_generation_message message = {.note = YD_NOTE_FAILED, .failure = {.status = error->status}};
    yd_copy_text(message.failure.text, sizeof message.failure.text, error->message);
    yd_generation_send(generation->fd, &message, true);
}
