/* The user's command that is told what happens to a run: the program of --hook, started with KIND RUN MESSAGE
 * as arguments and YOLODECK_EVENT, YOLODECK_PHASE, YOLODECK_RUN and YOLODECK_MESSAGE in its environment, by a
 * thread of its own. At most one runs at a time; whatever it does, the engine does not wait for it. */
#pragma once
#include "base/error.h"
#include <stdbool.h>

typedef struct yd_hook yd_hook;

/* Whether a command can be a hook: a program, by its path or to be found in PATH, which is started without a
 * shell; or, where there is none of that name and it has blanks, a line for /bin/sh, which finds the
 * arguments behind it. CONFIG where it can be neither. */
yd_status yd_hook_check(const char *command, yd_error *error);

/* Starts the thread. What the command prints goes to RUN/hook.log. CONFIG, MEMORY. */
yd_status yd_hook_create(const char *command, const char *run_folder, yd_hook **hook, yd_error *error);
/* Waits a few seconds at most for what is under way or queued; a command that takes longer goes on alone.
 * NULL is fine. */
void yd_hook_destroy(yd_hook *hook);
/* Queues a call; ends says that what kind stands for is over. The same again within seconds, or more than a
 * few that wait, are left out. Any thread; never waits. NULL is fine. */
void yd_hook_call(yd_hook *hook, const char *kind, bool ends, const char *message);
