/* Reads the files of the run that the console shows into the store of its view, in slices, so that no frame
 * waits for them; what the ring brings meanwhile waits in the view. A run that nobody publishes is followed
 * by its files. */
#pragma once
#include "series/run_series.h"
#include "tui/state.h"

/* Zero-initialise. */
typedef struct yd_curves {
    yd_run_view *view;
    yd_run_series *files; /* NULL where the folder is not there */
    bool alone;           /* no engine publishes: the files are all there is */
    bool reading;         /* there is more to read at once */
    int64_t due_ns;       /* when to read again; 0: not before something happens */
} yd_curves;

/* Begins with the folder; reads nothing yet. alone: see above. */
void yd_curves_start(yd_curves *curves, yd_run_view *view, const char *run_folder, bool alone);
void yd_curves_end(yd_curves *curves);
/* The files are the only source from now on, or no longer. */
void yd_curves_set_alone(yd_curves *curves, bool alone, int64_t now_ns);
/* Reads a slice where it is time to; true where the store may have changed. Events that were lost are looked
 * up in the files as soon as the engine has written them. */
bool yd_curves_work(yd_curves *curves, int64_t now_ns);
/* Nanoseconds until yd_curves_work has something to do; -1: nothing is foreseen. */
int64_t yd_curves_wait(const yd_curves *curves, int64_t now_ns);
/* Reads all at once, for whoever draws no frames. */
void yd_curves_read_all(yd_curves *curves);
