/* Verifying every picture and label file of a split, on several threads, once: the result is kept in a cache
 * file (data_and_metrics.md, 4 and 5). */
#pragma once
#include "data/index.h"
#include "data/labels.h"

typedef enum yd_scan_state {
    YD_SCAN_LABELLED, /* the label file exists and holds labels */
    YD_SCAN_EMPTY,    /* it exists and holds none */
    YD_SCAN_MISSING,  /* it does not exist */
    YD_SCAN_LEFT_OUT  /* the picture or its labels are broken */
} yd_scan_state;

/* What the scan knows of one picture. */
typedef struct yd_scan_item {
    yd_scan_state state;
    bool label_found;  /* counted even where the picture is left out */
    int width, height; /* upright for EXIF orientations 6 and 8 (5 and 7 keep the stored order) */
    yd_labels labels;
    const char *message; /* why it is left out, or a warning; NULL for most */
} yd_scan_item;

typedef struct yd_scan {
    yd_scan_item *items; /* [index.count]; in the arena */
    int found, missing, empty, corrupt;
    bool from_cache;
} yd_scan;

/* Called now and then, from the calling thread; false stops the scan with YD_ERR_STOPPED. */
typedef bool yd_scan_progress(void *context, int done, int total);

typedef struct yd_scan_options {
    yd_data_rules rules;
    int threads;            /* 0: as many as there are CPUs */
    const char *cache_path; /* NULL: no cache file */
    yd_scan_progress *progress;
    void *context;
} yd_scan_options;

/* Reads the cache file where it fits, else every file; broken files become messages, never errors.
 * A cache that cannot be read or written is passed over with a log line. YD_ERR_MEMORY, YD_ERR_STOPPED. */
yd_status yd_scan_run(const yd_index *index, const yd_scan_options *options, yd_arena *arena, yd_scan *scan,
                      yd_error *error);
