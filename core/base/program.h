/* Other programs: found as execvp finds them, started without a shell, ended where they take too long. */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include <stdbool.h>

/* The absolute path of a command, which is a path or is looked for in PATH. */
bool yd_program_find(const char *command, char out[4096]);

/* Runs arguments[0], a path, with the arguments (the last one NULL) to its end, with nothing to read, and in
 * a process group of its own. What it writes to standard output is added to *output, to standard error to
 * *complaint, of both no more than 64 KiB; either may be NULL. *code: its exit status, 128 and the number of
 * the signal that ended it. IO: it could not be started, or did not end within the seconds. */
yd_status yd_program_run(const char *const *arguments, double seconds, yd_text *output, yd_text *complaint,
                         int *code, yd_error *error);
