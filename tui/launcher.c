#include "tui/launcher.h"
#include "base/file.h"
#include "base/program.h"
#include "base/text.h"
#include "base/thread.h"
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOIN_MS = 300, NOTHING = 0, WANTED, RUNNING, ENDED };

struct yd_launcher {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t thread;
    bool stop;
    int state; /* NOTHING and back by way of the others */
    char *arguments[YD_LAUNCH_ARGUMENTS + 2];
    yd_launch_result result;
    void (*wake)(void *context);
    void *context;
};

static void free_arguments(yd_launcher *own)
{
    for (char **argument = own->arguments; *argument; argument++) {
        free(*argument);
        *argument = NULL;
    }
}

/* A session of its own: nothing that the terminal does reaches it. */
static yd_status start(const yd_launcher *own, int output, pid_t *pid, yd_error *error)
{
    const yd_program program = {.path = "/proc/self/exe",
                                .arguments = (const char *const *)(uintptr_t)own->arguments,
                                .output = output,
                                .complaint = output,
                                .session = true};
    return output < 0 ? yd_fail_errno(error, YD_ERR_IO, "cannot keep what it says")
                      : yd_program_start(&program, pid, error);
}

static void launch(yd_launcher *own)
{
    yd_error why;
    int output = memfd_create("yolodeck-output", MFD_CLOEXEC), status = 0;
    pid_t pid;
    if (start(own, output, &pid, &why) != YD_OK) {
        own->result.status = -1;
        yd_copy_text(own->result.line, sizeof own->result.line, why.message);
    } else {
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        own->result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        yd_file_last_line(output, own->result.line, sizeof own->result.line);
    }
    if (output >= 0) close(output);
    free_arguments(own);
}

static void *serve(void *context)
{
    yd_launcher *own = context;
    pthread_mutex_lock(&own->mutex);
    while (!own->stop) {
        if (own->state != WANTED) {
            pthread_cond_wait(&own->changed, &own->mutex);
            continue;
        }
        own->state = RUNNING;
        pthread_mutex_unlock(&own->mutex);
        launch(own);
        pthread_mutex_lock(&own->mutex);
        own->state = ENDED;
        if (own->wake && !own->stop) own->wake(own->context);
    }
    pthread_mutex_unlock(&own->mutex);
    return NULL;
}

yd_launcher *yd_launcher_create(void)
{
    yd_launcher *own = calloc(1, sizeof *own);
    if (!own) return NULL;
    pthread_mutex_init(&own->mutex, NULL);
    pthread_cond_init(&own->changed, NULL);
    if (yd_thread_start(&own->thread, "launcher", serve, own, NULL) == YD_OK) return own;
    free(own);
    return NULL;
}

void yd_launcher_destroy(yd_launcher *own)
{
    if (!own) return;
    pthread_mutex_lock(&own->mutex);
    own->stop = true;
    pthread_cond_signal(&own->changed);
    pthread_mutex_unlock(&own->mutex);
    if (!yd_thread_join(own->thread, JOIN_MS)) return;
    free_arguments(own);
    pthread_cond_destroy(&own->changed);
    pthread_mutex_destroy(&own->mutex);
    free(own);
}

void yd_launcher_set_wake(yd_launcher *own, void (*wake)(void *context), void *context)
{
    pthread_mutex_lock(&own->mutex);
    own->wake = wake;
    own->context = context;
    pthread_mutex_unlock(&own->mutex);
}

bool yd_launcher_start(yd_launcher *own, const char *const *arguments, const char *what)
{
    pthread_mutex_lock(&own->mutex);
    int count = 0;
    while (arguments[count]) count++;
    bool free_now = own->state == NOTHING && count <= YD_LAUNCH_ARGUMENTS;
    if (free_now) {
        bool good = (own->arguments[0] = strdup("yolodeck")) != NULL;
        for (int i = 0; i < count && good; i++) good = (own->arguments[i + 1] = strdup(arguments[i])) != NULL;
        if (!good) free_arguments(own); /* never a part of the command */
        free_now = good;
    }
    if (free_now) {
        own->result = (yd_launch_result){0};
        yd_copy_text(own->result.what, sizeof own->result.what, what);
        own->state = WANTED;
        pthread_cond_signal(&own->changed);
    }
    pthread_mutex_unlock(&own->mutex);
    return free_now;
}

bool yd_launcher_take(yd_launcher *own, yd_launch_result *result)
{
    pthread_mutex_lock(&own->mutex);
    bool ended = own->state == ENDED;
    if (ended) {
        *result = own->result;
        own->state = NOTHING;
    }
    pthread_mutex_unlock(&own->mutex);
    return ended;
}
