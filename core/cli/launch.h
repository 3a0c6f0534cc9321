/* Starts an engine in a session of its own, so that no terminal can take it along, and returns the errors of
 * its set-up. */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct yd_launched {
    pid_t pid;         /* the engine: a child of the caller */
    char folder[4096]; /* its run folder */
    int exit_status;   /* where it failed: the engine's, 128 + N where signal N ended it */
} yd_launched;

/* Forks, so it is called before any thread exists; in the child, runs engine(context, ready_fd) as the leader
 * of a new session, with standard input from /dev/null, standard output and error kept in memory, signals as
 * at the start of a program, and exits with its value. Waits until the engine reports by yd_launch_ready or
 * yd_launch_failed, or ends. SIGINT and SIGTERM meanwhile go to the engine; a hang-up ends the caller alone.
 * YD_OK: the engine runs on; the caller may leave, or wait for the pid. Otherwise the engine has ended
 * (reaped), error is its message and out->exit_status its exit status. */
yd_status yd_launch(int (*engine)(void *context, int ready_fd), void *context, yd_launched *out,
                    yd_error *error);

/* The engine's side. ready_fd is closed by it; -1 (an engine in the foreground): nothing happens. It is
 * close-on-exec, which an engine that executes itself again has to undo. */
/* How far set-up is: the caller of yd_launch shows it on standard error, in place where that is a terminal.
 */
void yd_launch_note(int ready_fd, const char *line);
void yd_launch_ready(int ready_fd, const char *run_folder);
void yd_launch_failed(int ready_fd, int exit_status, const char *message);
/* Standard output and error of the engine go on in the file; what was kept in memory so far is written there
 * first. */
yd_status yd_launch_redirect(const char *log_path, yd_error *error);

/* Whether the engine would be killed when the caller leaves: the caller is process 1 of a container, or a
 * step of a batch system. why: the reason, for a message. */
bool yd_launch_kills_at_leave(char *why, size_t capacity);
/* Whether the login manager kills this user's processes at logout, with a line of advice. */
bool yd_launch_logout_warning(char *text, size_t capacity);
/* Whether the logind.conf files below root ("" for the system's own) say KillUserProcesses=yes. */
bool yd_launch_logind_kills(const char *root);
