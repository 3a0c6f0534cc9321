/* The order of accesses to the shared memory: a slot of the event ring, and the status block.
 *
 * Everything that both sides touch is a 64-bit atomic, so there is no data race, only a question of order.
 * Both are sequence locks:
 *
 * - writer: word = busy; payload words, each store RELEASE; word = done, store RELEASE
 * - reader: w = word, load ACQUIRE; payload words, each load ACQUIRE; word == w still, load RELAXED
 *
 * Where the reader's first load sees "done", it synchronises with that store: the payload loads see that
 * payload or something newer. Where a payload load sees something newer, it synchronises with that store,
 * before which the newer writer had set its "busy"; the last load, kept behind the payload by the acquire
 * loads, then sees "busy" or later, not w, and the copy is thrown away. After H.-J. Boehm, "Can seqlocks get
 * along with programming language memory models?" (MSPC 2012), with ordered accesses in place of fences,
 * which ThreadSanitizer does not know; on x86-64 they cost nothing.
 *
 * A slot's word holds the ticket of the record in it, and two flags. Tickets are unique; those that meet in a
 * slot are whole laps of the ring apart, and only grow there, so no word ever comes back.
 *
 * A test runs this code through all interleavings: YD_RING_STEP stands before each access. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#ifndef YD_RING_STEP
#define YD_RING_STEP() ((void)0)
#endif

typedef _Atomic uint64_t ring_word;

enum {
    SLOT_OCCUPIED = 1,  /* a writer is inside: the payload is not to be read, nor written by another */
    SLOT_TOMBSTONE = 2, /* the record was given up */
    SLOT_SHIFT = 2
};

/* Makes the slot ours, or false where the record has to be given up. Where another producer has been stopped
 * inside the slot for a whole lap, two would write it at once; so ours is given up instead, and a tombstone
 * tells readers not to wait for it. The stopped one keeps the slot until it leaves. Acquire: our payload
 * comes after that of the writer before us, whose leaving we read. A failed exchange means that another
 * producer, a whole lap apart, was in this very slot meanwhile: at most one retry for each. */
static inline bool slot_claim(ring_word *word, uint64_t ticket)
{
    YD_RING_STEP();
    uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);
    for (;;) {
        if (seen >> SLOT_SHIFT >= ticket) return false; /* we were stopped for a lap ourselves */
        uint64_t occupied = seen & SLOT_OCCUPIED;
        uint64_t next = ticket << SLOT_SHIFT | SLOT_OCCUPIED | (occupied ? SLOT_TOMBSTONE : 0);
        YD_RING_STEP();
        if (atomic_compare_exchange_strong_explicit(word, &seen, next, memory_order_acquire,
                                                    memory_order_relaxed))
            return !occupied;
    }
}

/* Release: who sees the word without SLOT_OCCUPIED sees all of our payload. If tombstones came over us
 * meanwhile, the newest of them stays, and our record is lost with it: it was a lap old anyway. */
static inline void slot_leave(ring_word *word, uint64_t ticket)
{
    uint64_t seen = ticket << SLOT_SHIFT | SLOT_OCCUPIED;
    do YD_RING_STEP();
    while (!atomic_compare_exchange_strong_explicit(word, &seen, seen & ~(uint64_t)SLOT_OCCUPIED,
                                                    memory_order_release, memory_order_relaxed));
}

/* For another's record that will never be finished, or may not even have been begun: a tombstone. */
static inline void slot_give_up(ring_word *word, uint64_t ticket)
{
    const uint64_t tombstone = ticket << SLOT_SHIFT | SLOT_TOMBSTONE;
    uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);
    bool unfinished = true;
    do unfinished = seen >> SLOT_SHIFT < ticket || (seen >> SLOT_SHIFT == ticket && (seen & SLOT_OCCUPIED));
    while (unfinished && !atomic_compare_exchange_weak_explicit(word, &seen, tombstone, memory_order_release,
                                                                memory_order_relaxed));
}

/* slot[0] is the slot's word, slot[1] to slot[count - 1] the payload; words[0] is not used. */
static inline void slot_write(ring_word *slot, const uint64_t *words, int count, uint64_t ticket)
{
    if (!slot_claim(&slot[0], ticket)) return;
    for (int i = 1; i < count; i++) {
        YD_RING_STEP();
        atomic_store_explicit(&slot[i], words[i], memory_order_release);
    }
    slot_leave(&slot[0], ticket);
}

typedef enum slot_answer {
    SLOT_NOTHING,  /* not written yet, or just being written */
    SLOT_RECORD,   /* words are the record's */
    SLOT_GIVEN_UP, /* there will never be such a record */
    SLOT_OVERTAKEN /* it has been overwritten; *newest is a ticket of a later lap */
} slot_answer;

static inline slot_answer slot_read(ring_word *slot, uint64_t *words, int count, uint64_t ticket,
                                    uint64_t *newest)
{
    YD_RING_STEP();
    uint64_t before = atomic_load_explicit(&slot[0], memory_order_acquire);
    *newest = before >> SLOT_SHIFT;
    if (*newest > ticket) return SLOT_OVERTAKEN;
    if (*newest < ticket) return SLOT_NOTHING;
    if (before & SLOT_TOMBSTONE) return SLOT_GIVEN_UP;
    if (before & SLOT_OCCUPIED) return SLOT_NOTHING;
    for (int i = 1; i < count; i++) {
        YD_RING_STEP();
        words[i] = atomic_load_explicit(&slot[i], memory_order_acquire);
    }
    YD_RING_STEP();
    uint64_t after = atomic_load_explicit(&slot[0], memory_order_relaxed);
    *newest = after >> SLOT_SHIFT;
    return after == before ? SLOT_RECORD : SLOT_OVERTAKEN;
}

/* A block under a sequence lock: odd while it is written. One thread at a time writes, so nobody else changes
 * the sequence; the release stores of the payload keep the odd value before them. */
static inline void block_write(ring_word *sequence, ring_word *block, const uint64_t *words, int count)
{
    uint64_t before = atomic_load_explicit(sequence, memory_order_relaxed);
    YD_RING_STEP();
    atomic_store_explicit(sequence, before + 1, memory_order_relaxed);
    for (int i = 0; i < count; i++) {
        YD_RING_STEP();
        atomic_store_explicit(&block[i], words[i], memory_order_release);
    }
    YD_RING_STEP();
    atomic_store_explicit(sequence, before + 2, memory_order_release);
}

/* One try at a consistent copy. */
static inline bool block_read(ring_word *sequence, ring_word *block, uint64_t *words, int count)
{
    YD_RING_STEP();
    uint64_t before = atomic_load_explicit(sequence, memory_order_acquire);
    if (before & 1) return false;
    for (int i = 0; i < count; i++) {
        YD_RING_STEP();
        words[i] = atomic_load_explicit(&block[i], memory_order_acquire);
    }
    YD_RING_STEP();
    return atomic_load_explicit(sequence, memory_order_relaxed) == before;
}
