/* Values that can be changed while a run lives (tweaks.def): what engine, ctl and console must agree on.
 * Which values a run has, and how far each may go, is read from its status block. */
#pragma once
#include "event/wire.h"
#include <stddef.h>

typedef enum yd_tweak {
#define YD_TWEAK(name, ...) YD_TWEAK_##name,
#include "event/tweaks.def"
#undef YD_TWEAK
    YD_TWEAK_COUNT
} yd_tweak;

typedef enum yd_tweak_type { YD_TWEAK_WHOLE, YD_TWEAK_REAL } yd_tweak_type;
typedef enum yd_tweak_holds {
    YD_TWEAK_HOLDS_BATCH,
    YD_TWEAK_HOLDS_LOADED,
    YD_TWEAK_HOLDS_EPOCH
} yd_tweak_holds;

typedef struct yd_tweak_row {
    const char *name;
    yd_tweak_type type;
    double low, high, step;
    yd_tweak_holds holds;
    const char *meaning;
    size_t place; /* in yd_status_block */
} yd_tweak_row;

extern const yd_tweak_row yd_tweak_rows[YD_TWEAK_COUNT];

/* By name, where a dash is an underscore; YD_TWEAK_COUNT where there is none. */
yd_tweak yd_tweak_find(const char *name);
double yd_tweak_get(const yd_status_block *block, yd_tweak tweak);
void yd_tweak_set(yd_status_block *block, yd_tweak tweak, double value);

/* What the value may be now: in [low, high], a multiple of grid where grid is not 0. */
typedef struct yd_tweak_range {
    double low, high, step, grid;
} yd_tweak_range;
yd_tweak_range yd_tweak_range_of(const yd_status_block *block, yd_tweak tweak);
/* "a whole number from 5 to 1000000", "a multiple of 32 from 64 to 640", "a number from 0 to 1". */
void yd_tweak_wanted(const yd_status_block *block, yd_tweak tweak, char *out, size_t capacity);
/* A value as a user types it. False where it is none that the run would take. */
bool yd_tweak_parse(const yd_status_block *block, yd_tweak tweak, const char *text, double *value);
/* The next value above (direction 1) or below (-1) that the run would take; the same where there is none. */
double yd_tweak_step(const yd_status_block *block, yd_tweak tweak, double value, int direction);
/* The shortest text that reads back as the same value. Returns out. */
const char *yd_tweak_text(yd_tweak tweak, double value, char *out, size_t capacity);

/* The first batch that a change made now would affect, as far as the block tells. *batch of an epoch's end is
 * the number of batches. */
void yd_tweak_first(const yd_status_block *block, yd_tweak tweak, int *epoch, int *batch);
