/* The signals that a program with a terminal acts on, and its stop by Ctrl-Z. */
#pragma once
#include "base/signals.h"

/* Makes SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP and SIGCONT readable. IO. */
yd_status yd_terminal_signals_open(yd_signals *signals, yd_error *error);
/* Stops the process group as Ctrl-Z would, and returns when it goes on (at once where nobody could continue
 * it). */
void yd_suspend_here(void);
