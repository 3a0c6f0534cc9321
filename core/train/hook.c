#include "train/hook.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/program.h"
#include "base/text.h"
#include "base/thread.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { QUEUE = 8, LATELY = 32, LOOK_MS = 50 };
static const int64_t second = 1000000000;
static const int again_seconds = 10; /* the same call is left out for so long */
static const int limit_seconds = 60; /* a command that takes longer is told to end, and killed after 5 more */
static const int ending_seconds = 5; /* so long the end of a run waits for its commands */

typedef struct call {
    char kind[16], message[256];
    bool ends;
} call;

typedef struct said {
    char kind[16];
    bool ends;
    int64_t at_ns;
} said;

struct yd_hook {
    char program[4096]; /* absolute; "": a line for the shell */
    char line[4096];
    char run[4096], log_path[4200];
    pthread_t thread;
    pthread_mutex_t guard; /* of the rest; never held across work */
    pthread_cond_t changed;
    call queue[QUEUE];
    int count;
    said lately[LATELY]; /* in a circle */
    int next_said;
    bool closing;
    int64_t closing_ns; /* when that began */
};

/* Until the child has ended; false: it has not, and is left to itself. */
static bool wait_for(yd_hook *hook, pid_t child, int *status)
{
    int64_t deadline = yd_clock_ns() + limit_seconds * second;
    bool told = false;
    pid_t found;
    while ((found = waitpid(child, status, WNOHANG)) == 0 || (found < 0 && errno == EINTR)) {
        pthread_mutex_lock(&hook->guard);
        int64_t ending = hook->closing ? hook->closing_ns + ending_seconds * second : INT64_MAX;
        pthread_mutex_unlock(&hook->guard);
        if (yd_clock_ns() > ending) return false;
        if (yd_clock_ns() > deadline) {
            kill(-child, told ? SIGKILL : SIGTERM);
            deadline = yd_clock_ns() + 5 * second;
            told = true;
        }
        nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
    }
    return found == child;
}

/* The environment of this process, with the four variables of a call in place of any that are there. */
static const char **make_environment(const yd_hook *hook, const call *one, char *storage[4])
{
    const char *const names[4] = {"YOLODECK_EVENT", "YOLODECK_PHASE", "YOLODECK_RUN", "YOLODECK_MESSAGE"};
    const char *const values[4] = {one->kind, one->ends ? "ends" : "begins", hook->run, one->message};
    size_t count = 0, kept = 0;
    while (environ[count]) count++;
    const char **made = malloc((count + 5) * sizeof *made);
    if (!made) return NULL;
    for (size_t i = 0; i < count; i++) {
        bool ours = false;
        for (int v = 0; v < 4; v++) {
            size_t length = strlen(names[v]);
            ours |= strncmp(environ[i], names[v], length) == 0 && environ[i][length] == '=';
        }
        if (!ours) made[kept++] = environ[i];
    }
    for (int v = 0; v < 4; v++) {
        if (asprintf(&storage[v], "%s=%s", names[v], values[v]) < 0) storage[v] = NULL;
        if (storage[v]) made[kept++] = storage[v];
    }
    made[kept] = NULL;
    return made;
}

/* What the command prints is appended to RUN/hook.log. */
static yd_status spawn(const yd_hook *hook, const char *const *arguments, const char *const *environment,
                       pid_t *child, yd_error *error)
{
    int log = open(hook->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (log < 0) return yd_fail_errno(error, YD_ERR_IO, "%s", hook->log_path);
    const yd_program program = {.path = hook->program[0] ? hook->program : "/bin/sh",
                                .arguments = arguments,
                                .environment = environment,
                                .output = log,
                                .complaint = log};
    yd_status status = yd_program_start(&program, child, error);
    close(log);
    return status;
}

static void tell_end(const call *one, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        yd_log(YD_LOG_WARNING, "the hook ended with status %d, told of %s", WEXITSTATUS(status), one->kind);
    else if (WIFSIGNALED(status))
        yd_log(YD_LOG_WARNING, "the hook was ended by signal %d, told of %s", WTERMSIG(status), one->kind);
}

static void carry_out(yd_hook *hook, const call *one)
{
    char shell_line[4200], *storage[4] = {NULL};
    snprintf(shell_line, sizeof shell_line, "%s \"$@\"", hook->line);
    const char *const direct[] = {hook->program, one->kind, hook->run, one->message, NULL};
    const char *const by_shell[] = {"sh", "-c", shell_line, "hook", one->kind, hook->run, one->message, NULL};
    const char **environment = make_environment(hook, one, storage);
    yd_error error;
    pid_t child;
    int status;
    yd_status started = environment
                            ? spawn(hook, hook->program[0] ? direct : by_shell, environment, &child, &error)
                            : yd_fail(&error, YD_ERR_MEMORY, "no memory for its environment");
    for (int i = 0; i < 4; i++) free(storage[i]);
    free((void *)environment);
    if (started != YD_OK)
        yd_log(YD_LOG_WARNING, "the hook %s cannot be started: %s", hook->line, error.message);
    else if (wait_for(hook, child, &status))
        tell_end(one, status);
}

/* The next call; false where the hook is to end and nothing waits any more. */
static bool take(yd_hook *hook, call *one)
{
    pthread_mutex_lock(&hook->guard);
    while (!hook->count && !hook->closing) pthread_cond_wait(&hook->changed, &hook->guard);
    bool any = hook->count > 0;
    if (any) {
        *one = hook->queue[0];
        memmove(hook->queue, hook->queue + 1, (size_t)--hook->count * sizeof *hook->queue);
    }
    pthread_mutex_unlock(&hook->guard);
    return any;
}

static void *serve(void *context)
{
    yd_hook *hook = context;
    call one;
    while (take(hook, &one)) carry_out(hook, &one);
    return NULL;
}

yd_status yd_hook_check(const char *command, yd_error *error)
{
    char program[4096];
    if (yd_program_find(command, program) || strpbrk(command, " \t")) return YD_OK;
    return yd_fail(error, YD_ERR_CONFIG,
                   "--hook %s: there is no such program; wanted one, by its path or in PATH, or a line for "
                   "the shell",
                   command);
}

yd_status yd_hook_create(const char *command, const char *run_folder, yd_hook **hook, yd_error *error)
{
    *hook = NULL;
    yd_hook *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "no memory for the hook");
    made->guard = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    made->changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    yd_copy_text(made->line, sizeof made->line, command);
    yd_copy_text(made->run, sizeof made->run, run_folder);
    snprintf(made->log_path, sizeof made->log_path, "%s/hook.log", run_folder);
    yd_program_find(command, made->program);
    yd_status status = yd_hook_check(command, error);
    if (status == YD_OK) status = yd_thread_start(&made->thread, "hook", serve, made, error);
    if (status == YD_OK)
        *hook = made;
    else
        free(made);
    return status;
}

void yd_hook_destroy(yd_hook *hook)
{
    if (!hook) return;
    pthread_mutex_lock(&hook->guard);
    hook->closing = true;
    hook->closing_ns = yd_clock_ns();
    pthread_cond_broadcast(&hook->changed);
    pthread_mutex_unlock(&hook->guard);
    pthread_join(hook->thread, NULL);
    pthread_cond_destroy(&hook->changed);
    pthread_mutex_destroy(&hook->guard);
    free(hook);
}

/* With the guard held: whether the same was said just now; if not, it is noted. */
static bool said_lately(yd_hook *hook, const char *kind, bool ends)
{
    int64_t now = yd_clock_ns();
    for (int i = 0; i < LATELY; i++) {
        const said *one = &hook->lately[i];
        if (one->kind[0] && one->ends == ends && strcmp(one->kind, kind) == 0 &&
            now - one->at_ns < again_seconds * second)
            return true;
    }
    said *place = &hook->lately[hook->next_said];
    hook->next_said = (hook->next_said + 1) % LATELY;
    yd_copy_text(place->kind, sizeof place->kind, kind);
    place->ends = ends;
    place->at_ns = now;
    return false;
}

void yd_hook_call(yd_hook *hook, const char *kind, bool ends, const char *message)
{
    if (!hook) return;
    pthread_mutex_lock(&hook->guard);
    bool room = hook->count < QUEUE;
    if (room && !said_lately(hook, kind, ends)) {
        call *one = &hook->queue[hook->count++];
        yd_copy_text(one->kind, sizeof one->kind, kind);
        yd_copy_text(one->message, sizeof one->message, message);
        one->ends = ends;
        pthread_cond_broadcast(&hook->changed);
    }
    pthread_mutex_unlock(&hook->guard);
    if (!room)
        yd_log(YD_LOG_WARNING, "the hook is not told of %s: %d calls wait for it to be done with one", kind,
               QUEUE);
}
