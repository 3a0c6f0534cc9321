#include "cli/launch.h"
#include "base/file.h"
#include "base/signals.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What an engine may report: lines "note TEXT"; then "ready FOLDER" or "failed STATUS MESSAGE", and the end
 * of the stream. */
enum { REPORT_LIMIT = 8192 };

/* Handlers of the launcher mean nothing in the engine; an ignored SIGHUP (nohup) stays ignored. */
static void reset_signals(void)
{
    struct sigaction action;
    for (int number = 1; number < NSIG; number++)
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN &&
            action.sa_handler != SIG_DFL)
            signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void be_engine(int (*engine)(void *, int), void *context, int ready_fd, int log_fd)
{
    setsid();
    reset_signals();
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) dup2(null, STDIN_FILENO);
    dup2(log_fd >= 0 ? log_fd : null, STDOUT_FILENO);
    dup2(log_fd >= 0 ? log_fd : null, STDERR_FILENO);
    if (null > STDERR_FILENO) close(null);
    if (log_fd > STDERR_FILENO) close(log_fd);
    int exit_status = engine(context, ready_fd);
    fflush(NULL);
    _exit(exit_status);
}

/* Shows the notes at the front of what came and takes them away. A terminal has one line for all of them. */
static size_t show_notes(char *report, size_t length, bool *shown)
{
    static const char key[] = "note ";
    bool terminal = isatty(STDERR_FILENO);
    for (char *end; (report[length] = '\0', strncmp(report, key, sizeof key - 1) == 0) &&
                    (end = memchr(report, '\n', length));) {
        *end = '\0';
        if (terminal) fprintf(stderr, "\r%s\033[K", report + sizeof key - 1);
        *shown = terminal;
        length -= (size_t)(end + 1 - report);
        memmove(report, end + 1, length);
    }
    return length;
}

/* Collects the report; signals that are meant for the program go to the engine meanwhile. */
static void receive_report(int fd, const yd_signals *signals, pid_t engine, char report[REPORT_LIMIT])
{
    size_t length = 0;
    bool shown = false;
    struct pollfd polled[2] = {{.fd = fd, .events = POLLIN}, {.fd = signals->fd, .events = POLLIN}};
    while (length < REPORT_LIMIT - 1) {
        if (poll(polled, 2, -1) < 0) {
            if (errno == EINTR) continue;
            break;
        }
        for (int number; (number = yd_signals_take(signals)) != 0;) kill(engine, number);
        if (!polled[0].revents) continue;
        ssize_t got = recv(fd, report + length, REPORT_LIMIT - 1 - length, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        length = show_notes(report, length + (size_t)got, &shown);
    }
    if (shown) fputc('\n', stderr);
    report[length] = '\0';
}

static yd_status status_of_exit(int exit_status)
{
    return exit_status == 2 ? YD_ERR_CONFIG : exit_status == 4 ? YD_ERR_STOPPED : YD_ERR_INTERNAL;
}

static yd_status judge(const char *report, int log_fd, yd_launched *out, yd_error *error)
{
    if (strncmp(report, "ready ", 6) == 0) {
        yd_copy_text(out->folder, sizeof out->folder, report + 6);
        return YD_OK;
    }
    int status = 0;
    while (waitpid(out->pid, &status, 0) < 0 && errno == EINTR) {
    }
    char line[1024], *message = NULL;
    out->exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (strncmp(report, "failed ", 7) == 0) {
        out->exit_status = (int)strtol(report + 7, &message, 10);
        return yd_fail(error, status_of_exit(out->exit_status), "%s",
                       *message == ' ' ? message + 1 : message);
    }
    yd_file_last_line(log_fd, line, sizeof line); /* it ended without a report */
    if (WIFSIGNALED(status))
        return yd_fail(error, YD_ERR_INTERNAL, "the engine was ended by signal %d (%s) in its set-up%s%s",
                       WTERMSIG(status), strsignal(WTERMSIG(status)), line[0] ? ": " : "", line);
    return yd_fail(error, status_of_exit(out->exit_status),
                   "the engine ended in its set-up with status %d%s%s", out->exit_status, line[0] ? ": " : "",
                   line);
}

yd_status yd_launch(int (*engine)(void *context, int ready_fd), void *context, yd_launched *out,
                    yd_error *error)
{
    *out = (yd_launched){.pid = -1};
    int pair[2]; /* a socket, not a pipe: writing to a launcher that left must not raise SIGPIPE */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return yd_fail_errno(error, YD_ERR_IO, "cannot make a socket pair");
    yd_signals signals;
    yd_status status = yd_signals_open(&signals, (const int[]){SIGINT, SIGTERM, 0}, error);
    if (status != YD_OK) {
        close(pair[0]), close(pair[1]);
        return status;
    }
    int log_fd = memfd_create("yolodeck-output", MFD_CLOEXEC);
    fflush(NULL); /* or the child would print it again */
    out->pid = fork();
    if (out->pid == 0) {
        close(pair[0]);
        yd_signals_close(&signals);
        be_engine(engine, context, pair[1], log_fd);
    }
    close(pair[1]);
    if (out->pid > 0) {
        char report[REPORT_LIMIT];
        receive_report(pair[0], &signals, out->pid, report);
        status = judge(report, log_fd, out, error);
    } else
        status = yd_fail_errno(error, YD_ERR_IO, "cannot start the engine");
    close(pair[0]);
    if (log_fd >= 0) close(log_fd);
    yd_signals_close(&signals);
    return status;
}

/* A launcher that left in the meantime does not matter. */
static void send_report(int ready_fd, const char *text)
{
    if (ready_fd < 0) return;
    size_t length = strlen(text);
    while (length > 0) {
        ssize_t sent = send(ready_fd, text, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) break;
        text += sent;
        length -= (size_t)sent;
    }
    shutdown(ready_fd, SHUT_WR); /* the nursery of an evolution was forked before, and holds it too */
    close(ready_fd);
}

/* Not waited for: a launcher that was stopped misses a note. */
void yd_launch_note(int ready_fd, const char *line)
{
    char text[1024], escaped[900];
    if (ready_fd < 0) return;
    snprintf(text, sizeof text, "note %s\n", yd_escape(escaped, sizeof escaped, line));
    if (send(ready_fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return;
}

void yd_launch_ready(int ready_fd, const char *run_folder)
{
    char text[REPORT_LIMIT];
    snprintf(text, sizeof text, "ready %s", run_folder);
    send_report(ready_fd, text);
}

void yd_launch_failed(int ready_fd, int exit_status, const char *message)
{
    char text[REPORT_LIMIT];
    snprintf(text, sizeof text, "failed %d %s", exit_status, message);
    send_report(ready_fd, text);
}

yd_status yd_launch_redirect(const char *log_path, yd_error *error)
{
    int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
    if (fd < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot open", log_path);
    fflush(stdout);
    fflush(stderr);
    /* Only memory can be read back: F_GET_SEALS knows no other files. */
    char piece[4096];
    ssize_t length;
    if (fcntl(STDERR_FILENO, F_GET_SEALS) >= 0)
        for (off_t at = 0; (length = pread(STDERR_FILENO, piece, sizeof piece, at)) > 0; at += length)
            if (!yd_write_all(fd, piece, (size_t)length)) break;
    bool done = dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0;
    yd_status status =
        done ? YD_OK : yd_fail_errno(error, YD_ERR_IO, "%s: cannot redirect the output", log_path);
    if (fd > STDERR_FILENO) close(fd);
    return status;
}

bool yd_launch_kills_at_leave(char *why, size_t capacity)
{
    static const struct {
        const char *variable, *reason;
    } systems[] = {{"SLURM_JOB_ID", "this is a Slurm job"},
                   {"OMPI_COMM_WORLD_SIZE", "this was started by mpirun"},
                   {"PMI_RANK", "this was started by an MPI launcher"}};
    if (getpid() == 1) {
        yd_copy_text(why, capacity, "this is process 1 of a container, which ends with it");
        return true;
    }
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        if (!getenv(systems[i].variable)) continue;
        snprintf(why, capacity, "%s (%s is set), which kills what is left when it ends", systems[i].reason,
                 systems[i].variable);
        return true;
    }
    return false;
}

/* What the file says last about KillUserProcesses: 1, 0, or -1 for nothing. */
static int kills_processes(const char *path)
{
    static const char *const yes[] = {"1", "yes", "true", "on", "y", "t"};
    char *data, *rest = NULL;
    size_t length;
    int answer = -1;
    if (yd_file_read(path, 1 << 20, &data, &length, NULL) != YD_OK) return -1;
    for (char *line = strtok_r(data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char value[16];
        if (sscanf(line, " KillUserProcesses = %15s", value) != 1) continue;
        answer = 0;
        for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) answer |= strcasecmp(value, yes[i]) == 0;
    }
    free(data);
    return answer;
}

/* systemd reads one main file and then the drop-ins of all folders in the order of their names; the last word
 * counts. */
bool yd_launch_logind_kills(const char *root)
{
    static const char *const folders[] = {"usr/lib/systemd", "run/systemd", "etc/systemd"};
    char path[4096], last_name[256] = "";
    int answer = 0;
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s/logind.conf", root, folders[i]);
        int said = kills_processes(path);
        if (said >= 0) answer = said;
    }
    for (size_t i = 0; i < 3; i++) {
        glob_t found;
        snprintf(path, sizeof path, "%s/%s/logind.conf.d/*.conf", root, folders[i]);
        if (glob(path, 0, NULL, &found) != 0) continue;
        for (size_t j = 0; j < found.gl_pathc; j++) {
            const char *name = yd_path_name(found.gl_pathv[j]);
            int said = strcmp(name, last_name) >= 0 ? kills_processes(found.gl_pathv[j]) : -1;
            if (said < 0) continue;
            answer = said;
            yd_copy_text(last_name, sizeof last_name, name);
        }
        globfree(&found);
    }
    return answer == 1;
}

bool yd_launch_logout_warning(char *text, size_t capacity)
{
    if (geteuid() == 0 || !yd_launch_logind_kills("")) return false; /* root is left alone by default */
    yd_copy_text(
        text, capacity,
        "the login manager kills your processes when you log out (KillUserProcesses=yes in logind.conf); "
        "start the run with: systemd-run --user --scope yolodeck train …, after: loginctl enable-linger");
    return true;
}
