/* The layout of the shared memory, for ring.c and ring_reader.c alone. */
#pragma once
#include "event/ring_protocol.h"
#include "event/wire.h"
#include <stddef.h>
#include <stdint.h>

enum { EVENT_WORDS = sizeof(yd_event) / 8, STATUS_WORDS = sizeof(yd_status_block) / 8 };

/* words[0] is the slot's word; the rest are the bytes of the yd_event behind its sequence. */
typedef struct ring_slot {
    _Alignas(128) ring_word words[EVENT_WORDS];
} ring_slot;

typedef struct ring_memory {
    char magic[8];
    uint32_t version, event_size, status_size, capacity;
    _Alignas(64) ring_word taken;           /* the last ticket given out */
    _Alignas(64) ring_word status_sequence; /* odd while the status block is being written */
    ring_word status[STATUS_WORDS];
    ring_slot slots[];
} ring_memory;

static const char ring_magic[8] = "ydring\r\n";

static_assert(sizeof(ring_slot) == sizeof(yd_event), "a slot is a record");
static_assert(sizeof(ring_word) == 8, "atomics of both sides have one layout");
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
