/* The runs whose curves are laid over those of the run that is open: read, and read on as they grow, by a
 * thread of its own, so that a slow disk never holds up the screen. */
#pragma once
#include "series/series_store.h"

enum { YD_COMPARED = 7 }; /* with the run that is open, eight */

typedef struct yd_compare yd_compare;

/* wake is called on the other thread whenever there is something new to be seen. NULL where memory or threads
 * are out. */
yd_compare *yd_compare_create(void (*wake)(void *context), void *context);
/* Waits for the thread for a moment; one that hangs on a dead disk is left to itself, with what it holds. */
void yd_compare_destroy(yd_compare *compare);

/* Everything below is for the thread that created it.
 *
 * Adds a run by its folder, or a file of scalars. Its slot, from 0 to YD_COMPARED - 1, which it keeps until
 * it is removed; -1 where all are taken. One that is there already keeps its slot. */
int yd_compare_add(yd_compare *compare, const char *folder);
void yd_compare_remove(yd_compare *compare, const char *folder);
void yd_compare_clear(yd_compare *compare);
/* The slot of a run; -1: none. */
int yd_compare_find(yd_compare *compare, const char *folder);
int yd_compare_count(yd_compare *compare);
/* NULL for a slot that is free. The name is escaped: the last part of the folder, or "folder/file". */
const char *yd_compare_folder(yd_compare *compare, int slot);
const char *yd_compare_name(yd_compare *compare, int slot);

/* What has been read so far, to be looked at until yd_compare_unlock. NULL where the slot is free or the
 * thread is in the middle of reading: then what was drawn before has to do. */
const yd_series_store *yd_compare_lock(yd_compare *compare, int slot);
void yd_compare_unlock(yd_compare *compare, int slot);
