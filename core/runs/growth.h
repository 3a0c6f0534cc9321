/* Whether a run that another program writes (YOLOv5, or whatever logs for TensorBoard) is still under way.
 * There is no engine that could be asked, and its process may run on another machine: all that tells is how
 * long its files have been quiet, measured by how often they grew before. */
#pragma once
#include <stdint.h>

typedef enum yd_growth {
    YD_GROWTH_OVER,  /* quiet for long, or what is written after the last epoch is there */
    YD_GROWTH_QUIET, /* quiet for longer than usual */
    YD_GROWTH_GOES_ON
} yd_growth;

/* folder: a run's, or a single file. rows: of its table, -1 where it has none. wall_ns: now.
 *
 * The usual time between two signs of life (an epoch, in YOLOv5's files) is the longest one between two
 * values in the last 256 KiB of the newest event file; where that holds none, the time from opt.yaml to the
 * table, divided by its rows; half an hour where neither says anything. It goes on for three times that and
 * two minutes more (TensorBoard's writers keep values back so long), is quiet for ten times that and ten
 * minutes, then over. The newest sign of life is the newest time of the files, but no later than the newest
 * value says: a copied folder is no run that lives. */
yd_growth yd_growth_of(const char *folder, int rows, int64_t wall_ns);
