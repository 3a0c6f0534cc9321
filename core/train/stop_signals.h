/* The signals that ask a run to save and stop. */
#pragma once
#include "base/signals.h"

/* Makes SIGINT and SIGTERM readable, and SIGHUP where the caller has not ignored it (nohup). An interrupt
 * counts even where a shell ignores it for what runs in the background. Before the first thread is made. IO.
 */
yd_status yd_stop_signals_open(yd_signals *signals, yd_error *error);
