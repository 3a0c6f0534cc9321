/* A list of runs that is kept up to date in small pieces, so that whoever works on it can stop at any time
 * and show what is there so far. Nothing is read twice that has not changed. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "runs/run_entry.h"

typedef struct yd_run_scan yd_run_scan;

/* NULL where memory is out. */
yd_run_scan *yd_run_scan_create(const char *folder);
void yd_run_scan_destroy(yd_run_scan *scan);

/* Looks which runs there are now, and which of them have changed. go_on is asked between any two folders. */
yd_status yd_run_scan_find(yd_run_scan *scan, bool (*go_on)(void *context), void *context, yd_error *error);
/* The same for those alone that lived, or may have, when they were looked at last. */
void yd_run_scan_find_live(yd_run_scan *scan);
/* Reads one run that is new, has changed or may live; false: there is none. */
bool yd_run_scan_read_one(yd_run_scan *scan, int64_t now_ns);
/* Measures the size of one run that is new or, at most every ten seconds, has changed; false: there is none.
 */
bool yd_run_scan_measure_one(yd_run_scan *scan, int64_t now_ns);
/* Raised by everything that makes a snapshot differ. */
uint64_t yd_run_scan_version(const yd_run_scan *scan);

typedef struct yd_run_row {
    yd_run_entry entry;
    bool known;    /* false: of the entry only name, folder, kind and time are known so far */
    int64_t bytes; /* -1: not known */
} yd_run_row;

typedef struct yd_run_table {
    yd_arena *arena; /* holds all of it */
    yd_run_row *rows;
    int count;
} yd_run_table;

/* What is known so far, in no order. NULL where memory is out. */
yd_run_table *yd_run_scan_snapshot(const yd_run_scan *scan);
void yd_run_table_free(yd_run_table *table);
