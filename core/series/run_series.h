/* The scalars of a run from its files, into a store: the run's own, another one's for comparison, a folder of
 * Python YOLOv5's, or a single TensorBoard or results file.
 *
 * Of a folder: results.csv, else results.txt; then every file with "tfevents" in its name, in the order of
 * the names (which begin with their time), whose values take the place of those of the tables; and
 * tweaks.jsonl as marks. */
#pragma once
#include "base/error.h"
#include "series/series_store.h"

typedef struct yd_run_series yd_run_series;

/* path: a run folder, or one file. Reads nothing yet. The store outlives it. IO where path is not there,
 * MEMORY. */
yd_status yd_run_series_open(const char *path, yd_series_store *store, yd_run_series **run, yd_error *error);
void yd_run_series_close(yd_run_series *run);
/* Reads what is new since the last call until all is read or the monotonic clock is past deadline_ns; true:
 * there is more. What cannot be read is left out and counted, never an error. */
bool yd_run_series_update(yd_run_series *run, int64_t deadline_ns);
/* From now on values that are not newer than the newest of their series are left out: those came another way
 * already (the ring). */
void yd_run_series_only_newer(yd_run_series *run);

typedef struct yd_run_series_report {
    int event_files, tables;
    int64_t records;   /* of event files */
    int64_t corrupt;   /* stretches of event files that could not be read */
    int64_t too_large; /* records that were skipped for their length: pictures, graphs */
    char problem[512]; /* the newest, escaped; "" where all was well */
} yd_run_series_report;
void yd_run_series_tell(const yd_run_series *run, yd_run_series_report *report);
