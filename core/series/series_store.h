/* All scalars of one run by their names, and the marks of what was changed while it ran.
 *
 * Bounded, whatever a file says: 4096 series with names of up to 255 bytes (others are left out, and
 * counted), the newest 2 million values in full (50 MB), half a million nodes of each floor above (25 MB
 * each; series.h: of older values minimum, mean and maximum of 16, 256, ... are left), 10,000 marks of up to
 * 119 bytes. */
#pragma once
#include "series/series.h"

enum { YD_STORE_SERIES = 4096, YD_STORE_MARKS = 10000, YD_MARK_TEXT = 120 };

typedef struct yd_series_store yd_series_store;

/* Something that was done to the run just before a step: a live change, a resumption. */
typedef struct yd_mark {
    int64_t step;
    double steps_per_epoch;  /* of step; 0: not known */
    double wall;             /* 0: not known */
    char text[YD_MARK_TEXT]; /* as it came: escape when showing */
} yd_mark;

/* NULL where memory is out. */
yd_series_store *yd_series_store_create(void);
void yd_series_store_destroy(yd_series_store *store);

/* Series in the order in which they appeared; they stay where they are as long as the store lives. */
int yd_series_store_count(const yd_series_store *store);
const yd_series *yd_series_store_at(const yd_series_store *store, int i);
/* NULL where there is none. */
const yd_series *yd_series_store_find(const yd_series_store *store, const char *name);
/* The number of the series, made where there is none; -1 where it is left out: the name is empty or too long,
 * or holds a NUL, there are too many, memory is out. */
int yd_series_store_open(yd_series_store *store, const char *name, size_t length);

/* A value of the series of that number; NaN and infinities too. Where it replaced later values, a mark says
 * so. */
void yd_series_store_add(yd_series_store *store, int series, int64_t step, double wall, double value);
/* The same, but nothing happens where the series has values at that time or later: what came another way
 * already. */
void yd_series_store_add_newer(yd_series_store *store, int series, int64_t step, double wall, double value);
/* The run has gone back to before step: all from there on goes, of series that count epochs all that were not
 * done by then (where batches are known; else all from that number on). text: of the mark that stays. newer:
 * series that have values of that time or later are left; they went back already. */
void yd_series_store_restart(yd_series_store *store, int64_t step, double wall, const char *text, bool newer);
/* Batches in an epoch, which give series that count batches their place in epochs; 0: not known. */
void yd_series_store_set_batches(yd_series_store *store, double batches);
double yd_series_store_batches(const yd_series_store *store);
/* When the run began: the earliest time of all values, seconds since 1970; 0: not known. */
double yd_series_store_start(const yd_series_store *store);
/* Raised by everything that changes what a chart shows. */
uint64_t yd_series_store_version(const yd_series_store *store);
int64_t
yd_series_store_left_out(const yd_series_store *store); /* values of series that there was no room for */

/* Marks ascend by step; one that is there already, with the same step and text, is not added again. wall: 0
 * where not known. */
void yd_series_store_mark(yd_series_store *store, int64_t step, double wall, const char *text);
/* What a mark says of a live change: "patience 100 -> 50"; the same, wherever the change was learnt of. */
void yd_mark_change_text(char text[YD_MARK_TEXT], const char *name, double from, double to);
int yd_series_store_mark_count(const yd_series_store *store);
const yd_mark *yd_series_store_mark_at(const yd_series_store *store, int i);
/* Where the mark stands among the values of a series; NAN where that is not known. */
double yd_series_store_mark_x(const yd_series_store *store, const yd_mark *mark, const yd_series *series,
                              yd_axis axis);
