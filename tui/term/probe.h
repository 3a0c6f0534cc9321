/* Asks the terminal what it can show, outside the console: for doctor. */
#pragma once
#include "base/error.h"
#include "tui/term/answers.h"

/* The same as a line for the user: what pictures are shown with, by what name the terminal goes, a cell's
 * size.
 */
yd_status yd_probe_describe(char *line, size_t capacity, yd_error *error);
