#include "base/program.h"
#include "base/clock.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_OUTPUT = 64 << 10, LOOK_MS = 20 };

static bool is_program(const char *path)
{
    return yd_file_exists(path) && access(path, X_OK) == 0;
}

bool yd_program_find(const char *command, char out[4096])
{
    char path[4096], *whole = NULL;
    const char *search = strchr(command, '/') ? "" : getenv("PATH");
    if (!search) search = "/usr/local/bin:/usr/bin:/bin";
    if (!*search && is_program(command)) whole = realpath(command, NULL);
    while (*search && !whole) {
        size_t length = strcspn(search, ":");
        int written = snprintf(path, sizeof path, "%.*s/%s", (int)length, length ? search : ".", command);
        if (written > 0 && written < (int)sizeof path && is_program(path)) whole = realpath(path, NULL);
        search += length + (search[length] == ':');
    }
    if (whole) yd_copy_text(out, 4096, whole);
    free(whole);
    return whole != NULL;
}

static int spawn(const yd_program *program, pid_t *child)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, usual;
    const char *const *variables =
        program->environment ? program->environment : (const char *const *)(uintptr_t)environ;
    sigemptyset(&none);
    sigfillset(&usual);
    if (posix_spawn_file_actions_init(&files) != 0) return ENOMEM;
    if (posix_spawnattr_init(&how) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return ENOMEM;
    }
    posix_spawnattr_setflags(&how, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                           (program->session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP)));
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &usual);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, program->output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, program->complaint, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    int failed = posix_spawn(child, program->path, &files, &how, (char *const *)(uintptr_t)program->arguments,
                             (char *const *)(uintptr_t)variables);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

yd_status yd_program_start(const yd_program *program, pid_t *child, yd_error *error)
{
    int failed = spawn(program, child);
    return failed ? yd_fail(error, YD_ERR_IO, "cannot start %s: %s", program->path, strerror(failed)) : YD_OK;
}

/* A child with its two outputs; -1: closed. */
typedef struct child {
    pid_t pid;
    int outputs[2];
} child;

static yd_status start(const char *const *arguments, child *made, yd_error *error)
{
    int out[2], complaint[2];
    if (pipe2(out, O_CLOEXEC) != 0) return yd_fail_errno(error, YD_ERR_IO, "cannot start %s", arguments[0]);
    if (pipe2(complaint, O_CLOEXEC) != 0) {
        yd_fail_errno(error, YD_ERR_IO, "cannot start %s", arguments[0]);
        close(out[0]), close(out[1]);
        return YD_ERR_IO;
    }
    const yd_program program = {
        .path = arguments[0], .arguments = arguments, .output = out[1], .complaint = complaint[1]};
    yd_status status = yd_program_start(&program, &made->pid, error);
    close(out[1]), close(complaint[1]);
    made->outputs[0] = out[0], made->outputs[1] = complaint[0];
    if (status != YD_OK) close(out[0]), close(complaint[0]);
    return status;
}

/* Reads what is there, of a pipe that has something; closes it at its end. */
static void take_output(int *descriptor, yd_text *text)
{
    char piece[4096];
    ssize_t count = read(*descriptor, piece, sizeof piece);
    if (count < 0 && errno == EINTR) return;
    if (count <= 0) {
        close(*descriptor);
        *descriptor = -1;
    } else if (text && text->length < MOST_OUTPUT) {
        yd_text_add_bytes(text, piece, (size_t)count);
    }
}

/* Until the child has ended, or the clock is past deadline_ns: false. Something that it started may keep its
 * outputs open: its own end counts. */
static bool attend(child *own, int64_t deadline_ns, yd_text *texts[2], int *status)
{
    for (bool ended = false;;) {
        struct pollfd files[2] = {{.fd = own->outputs[0], .events = POLLIN},
                                  {.fd = own->outputs[1], .events = POLLIN}};
        int ready = poll(files, 2, ended ? 0 : LOOK_MS);
        for (int i = 0; i < 2 && ready > 0; i++)
            if (files[i].revents) take_output(&own->outputs[i], texts[i]);
        if (ended && ready <= 0) return true;
        pid_t found = ended ? 0 : waitpid(own->pid, status, WNOHANG);
        ended |= found == own->pid || (found < 0 && errno != EINTR);
        if (!ended && yd_clock_ns() > deadline_ns) return false;
        if (ended && yd_clock_ns() > deadline_ns) return true;
    }
}

yd_status yd_program_run(const char *const *arguments, double seconds, yd_text *output, yd_text *complaint,
                         int *code, yd_error *error)
{
    child own;
    int status = 0;
    yd_text *texts[2] = {output, complaint};
    YD_TRY(start(arguments, &own, error));
    bool ended = attend(&own, yd_clock_ns() + (int64_t)(seconds * 1e9), texts, &status);
    if (!ended) {
        kill(-own.pid, SIGKILL);
        while (waitpid(own.pid, &status, 0) < 0 && errno == EINTR) continue;
    }
    for (int i = 0; i < 2; i++)
        if (own.outputs[i] >= 0) close(own.outputs[i]);
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    if (ended) return YD_OK;
    return yd_fail(error, YD_ERR_IO, "%s has not ended within %g s, and was killed", arguments[0], seconds);
}
