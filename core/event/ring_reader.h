/* A reader on memory that is mapped already; ring.c and tests alone use it. The rest of the reader is in
 * ring.h. */
#pragma once
#include "event/ring.h"

struct ring_memory;
/* The memory stays the caller's, and must stay mapped longer than the reader lives. */
yd_status yd_ring_reader_on(struct ring_memory *memory, uint32_t capacity, yd_ring_reader **reader,
                            yd_error *error);
