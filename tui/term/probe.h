/* Asks the terminal what it can show, outside the console: for doctor. */
#pragma once
#include "base/error.h"
#include "tui/term/answers.h"

/* Takes the terminal behind standard input for at most about a second. The answers are as far as they came.
 * IO where there is none, or another process group has it. */
yd_status yd_probe_terminal(yd_answers *answers, yd_error *error);
/* The same as a line for the user: what pictures are shown with, by what name the terminal goes, a cell's
 * size.
 */
yd_status yd_probe_describe(char *line, size_t capacity, yd_error *error);
