/* Other programs: found as execvp finds them, started without a shell, ended where they take too long. */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include <stdbool.h>
#include <sys/types.h>

/* The absolute path of a command, which is a path or is looked for in PATH. */
bool yd_program_find(const char *command, char out[4096]);

/* How a program is started. */
typedef struct yd_program {
    const char *path;
    const char *const *arguments;   /* the first is its name, the last NULL */
    const char *const *environment; /* the last NULL; NULL: that of this process */
    int output, complaint;          /* descriptors of its standard output and standard error */
    bool session; /* leads a session of its own, else a process group: no terminal reaches it */
} yd_program;

/* Starts a program with nothing to read, signals as a program expects them and nothing open but the three
 * files. The caller waits for *child. IO. */
yd_status yd_program_start(const yd_program *program, pid_t *child, yd_error *error);

/* Runs arguments[0], a path, with the arguments (the last one NULL) to its end, with nothing to read, and in
 * a process group of its own. What it writes to standard output is added to *output, to standard error to
 * *complaint, of both no more than 64 KiB; either may be NULL. *code: its exit status, 128 and the number of
 * the signal that ended it. IO: it could not be started, or did not end within the seconds. */
yd_status yd_program_run(const char *const *arguments, double seconds, yd_text *output, yd_text *complaint,
                         int *code, yd_error *error);
