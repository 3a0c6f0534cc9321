/* Keeps looking at the runs of a folder, in a thread of its own: however many there are, and however slow the
 * disk is, the screen never waits. */
#pragma once
#include "runs/run_scan.h"

typedef struct yd_run_watch yd_run_watch;

/* Begins to look. wake is called on the other thread whenever there is a new table. NULL where memory or
 * threads are out. */
yd_run_watch *yd_run_watch_start(const char *folder, void (*wake)(void *context), void *context);
/* Waits for the thread for a moment; one that hangs is left to itself, with what it holds. */
void yd_run_watch_end(yd_run_watch *watch);

/* A watch that is not active rests (at the start it is). */
void yd_run_watch_set_active(yd_run_watch *watch, bool active);
/* The newest table, which is the caller's from now on (yd_run_table_free); NULL where it has not changed
 * since. */
yd_run_table *yd_run_watch_take(yd_run_watch *watch);
/* Why the folder cannot be read, in out; false where it can. */
bool yd_run_watch_problem(yd_run_watch *watch, char *out, size_t capacity);
