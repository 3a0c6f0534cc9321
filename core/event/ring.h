/* One writer, many readers, the oldest overwritten: events and the status block in a memfd that readers map
 * read-only. The writer is wait-free and never looks at readers. A reader that was lapped learns how many
 * records it lost. */
#pragma once
#include "base/error.h"
#include "event/wire.h"
#include <stddef.h>

typedef struct yd_ring yd_ring; /* writer's side */
typedef struct yd_ring_reader
    yd_ring_reader; /* reader's side: maps the descriptor, checks it, trusts nothing */

/* capacity: records, a power of two from 2 to 2^24. The memory is sealed against resizing and touched at
 * once. */
yd_status yd_ring_create(uint32_t capacity, yd_ring **ring, yd_error *error);
void yd_ring_destroy(yd_ring *ring);
int yd_ring_descriptor(const yd_ring *ring);
/* May be called from several threads of the engine: each takes a record of its own; none ever waits for a
 * reader. */
void yd_ring_publish(yd_ring *ring, yd_event_type type, const yd_event_body *body);
void yd_ring_log(yd_ring *ring, int level, const char *line);
/* After a process that wrote into the ring was killed, once none of its own is left: what it left half done
 * would keep readers waiting. Records that others begin meanwhile may be given up. */
void yd_ring_mend(yd_ring *ring);
/* The status block under a sequence lock; one thread at a time writes. version is filled in. */
void yd_ring_set_status(yd_ring *ring, const yd_status_block *status);

yd_status yd_ring_open(int descriptor, yd_ring_reader **reader,
                       yd_error *error); /* keeps a mapping, not the descriptor */
/* A reader inside the engine, on the writer's own mapping; closed before the ring is destroyed. */
yd_status yd_ring_open_local(yd_ring *ring, yd_ring_reader **reader, yd_error *error);
void yd_ring_close(yd_ring_reader *reader);
/* Up to limit events that are new, oldest first; *lost is raised by the number of records overwritten before
 * they were read. */
int yd_ring_read(yd_ring_reader *reader, yd_event *events, int limit, uint64_t *lost);
/* False where no consistent copy could be had (the writer died inside a write), or nothing was written yet.
 */
bool yd_ring_status(yd_ring_reader *reader, yd_status_block *status);
