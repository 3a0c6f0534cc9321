/* Commands of consoles and scripts, taken at batch boundaries: which are legal in which state, and what they
 * set in motion. */
#pragma once
#include "train/run.h"

/* Takes and handles every command that has come in, and the signal that asked to stop. Never waits. */
void yd_control_poll(yd_run *run);
/* Sleeps until a command may be there, a fifth of a second at most, and polls: for a run that holds. */
void yd_control_wait(yd_run *run);
/* Answers a command that waited for its moment, and forgets it. */
void yd_control_answer(yd_run *run, yd_command *asker, bool done, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A run that ends refuses what is still waiting. */
void yd_control_refuse_all(yd_run *run, const char *reason);
