/* tweaks.jsonl, the ledger of live changes: one object a line, in the order of their making. The engine
 * writes it, replays it on --resume and keeps it in its checkpoints; the console shows it.
 *
 * {"number": 3, "step": 180, "epoch": 2, "batch": 20, "name": "mosaic", "old": 1.0, "new": 0.5,
 *  "first_epoch": 2, "first_batch": 23, "time": 1764289000.123, "who": "pid 71 pts/3"}
 *
 * A line whose name is "resumed" says that the run went back to an older checkpoint: what has a greater
 * number than it did not happen. */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include "base/vector.h"
#include <stdint.h>

/* Where a run stands: before a batch of an epoch. batch may be the number of batches: the epoch's end; one
 * more: its validation has begun. */
typedef struct yd_moment {
    int epoch, batch;
} yd_moment;
/* Below, at or above 0 as a comes before, with or after b. */
int yd_moment_compare(yd_moment a, yd_moment b);

typedef struct yd_ledger_entry {
    int number; /* 1, 2, 3, … of the changes of a run */
    int64_t step;
    yd_moment made, first; /* before which batch it was made; the first batch that it affects */
    char name[32], who[40];
    double from, to;
    int64_t wall_ns;
} yd_ledger_entry;

enum { YD_LEDGER_MOST = 10000 }; /* changes that are kept; of more, the first ones go */

/* Zero-initialise with YD_LEDGER. What holds of all that was added, by the time of its making: a change takes
 * the place of later ones of the same value, which can only be ones that are still to be replayed. */
typedef struct yd_ledger {
    yd_vector entries; /* yd_ledger_entry */
    int number;        /* of the newest change */
} yd_ledger;
#define YD_LEDGER ((yd_ledger){.entries.size = sizeof(yd_ledger_entry)})

void yd_ledger_free(yd_ledger *ledger);
const yd_ledger_entry *yd_ledger_at(const yd_ledger *ledger, int i);
int yd_ledger_count(const yd_ledger *ledger);

/* In any order, but that the newer of two of one value comes later. False where memory is out. */
bool yd_ledger_add(yd_ledger *ledger, const yd_ledger_entry *entry);
/* What has a greater number did not happen; what was made after that moment, neither. */
void yd_ledger_go_back(yd_ledger *ledger, int number, yd_moment moment);
/* Adds the lines of a ledger. Returns how many are no such objects, a torn last one too; -1 where memory is
 * out. */
int yd_ledger_parse(yd_ledger *ledger, const char *text, size_t length);
/* The same of a file; one that is not there is empty. IO, MEMORY. */
yd_status yd_ledger_read(yd_ledger *ledger, const char *path, yd_error *error);
/* Adds the entry's line to text. */
void yd_ledger_line(const yd_ledger_entry *entry, yd_text *text);
/* All that holds, as yd_ledger_parse reads it back. */
void yd_ledger_text(const yd_ledger *ledger, yd_text *text);
/* The line that says that the run went back to where number changes had been made. */
void yd_ledger_resumed_line(const yd_ledger *ledger, yd_moment moment, int64_t step, int64_t wall_ns,
                            yd_text *text);
