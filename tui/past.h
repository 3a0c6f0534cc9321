/* The view of a run that nobody publishes, out of the files that it left: what it was, how far it came.
 * YOLOv5's own runs too, as far as they wrote such files. */
#pragma once
#include "tui/state.h"

/* Fills in state and status block; curves and log lines are read by others. Never fails: what is not
 * there stays unknown. */
void yd_past_load(yd_run_view *view, const char *run_folder);

/* Zero-initialise for each run. */
typedef struct yd_past {
    int64_t looked_ns;
    uint64_t hash; /* of the files, when they were looked at last */
    bool may_grow; /* the state may change though they do not */
} yd_past;

typedef enum yd_past_news {
    YD_PAST_SAME,
    YD_PAST_CHANGED, /* the view has been filled in anew */
    YD_PAST_LIVES    /* an engine of this machine has taken the run up again */
} yd_past_news;

/* A run that nobody publishes here may go on all the same: YOLOv5's, or one on another machine. Looks every
 * two seconds. */
yd_past_news yd_past_look(yd_past *past, yd_run_view *view, const char *run_folder, int64_t now_ns);
