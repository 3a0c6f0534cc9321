/* The layout of the shared memory, for ring.c and ring_reader.c alone.
 *
 * Everything that both sides touch is a 64-bit atomic, so there is no data race, only a question of order.
 * Two sequence locks are used, one for the status block and one for each slot, by the same scheme: writer:
 * word = busy;            payload words, each store RELEASE;      word = done, store RELEASE reader: w =
 * word, load ACQUIRE; payload words, each load ACQUIRE;       again w == word, load RELAXED (1) Where the
 * reader's first load sees "done", it synchronises with that store: the payload loads see that payload or
 * something newer. (2) Where a payload load sees something newer, it synchronises with that store, before
 * which the newer writer set its "busy": so the last load sees "busy" or later, not w, and the copy is thrown
 * away. The acquire loads keep the last load behind the payload. After H.-J. Boehm, "Can seqlocks get along
 * with programming language memory models?" (MSPC 2012), with ordered accesses in place of fences, which
 * ThreadSanitizer does not know; on x86-64 they cost nothing.
 *
 * A slot's word holds the ticket of the record in it, and two flags. A ticket is taken by fetch_add, so
 * tickets are unique and the slot of ticket t is (t - 1) mod capacity. Tickets in a slot only grow, hence no
 * ABA. */
#pragma once
#include "event/wire.h"
#include <stddef.h>
#include <stdint.h>

enum {
    EVENT_WORDS = sizeof(yd_event) / 8,
    STATUS_WORDS = (sizeof(yd_status_block) + 7) / 8,
    SLOT_OCCUPIED = 1,  /* a writer is inside: the payload is not to be read, nor written by another */
    SLOT_TOMBSTONE = 2, /* the record was given up, see claim() */
    SLOT_SHIFT = 2
};

/* words[0] is the slot's word; the rest are the bytes of the yd_event behind its sequence. */
typedef struct ring_slot {
    _Alignas(128) _Atomic uint64_t words[EVENT_WORDS];
} ring_slot;

typedef struct ring_memory {
    char magic[8];
    uint32_t version, event_size, status_size, capacity;
    _Alignas(64) _Atomic uint64_t taken;           /* the last ticket given out */
    _Alignas(64) _Atomic uint64_t status_sequence; /* odd while the status block is being written */
    _Atomic uint64_t status[STATUS_WORDS];
    ring_slot slots[];
} ring_memory;

static const char ring_magic[8] = "ydring\r\n";

static_assert(sizeof(ring_slot) == sizeof(yd_event), "a slot is a record");
static_assert(sizeof(_Atomic uint64_t) == 8, "atomics of both sides have one layout");
static_assert(sizeof(yd_status_block) % 8 == 0, "the status block is whole words");

/* Capacity was checked to be a power of two of at most 2^24 slots, so nothing overflows. */
static inline size_t ring_bytes(uint32_t capacity)
{
    return sizeof(ring_memory) + capacity * sizeof(ring_slot);
}

static inline bool ring_capacity_valid(uint32_t capacity)
{
    return capacity >= 2 && capacity <= 1u << 24 && (capacity & (capacity - 1)) == 0;
}
