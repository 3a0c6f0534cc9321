#include "event/ring.h"
#include "base/clock.h"
#include "base/text.h"
#include "event/ring_layout.h"
#include "event/ring_reader.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct yd_ring {
    ring_memory *memory;
    uint32_t mask; /* our own: what stands in the shared memory is for readers */
    int descriptor;
};

/* Readers get a descriptor of memory that can neither shrink under them nor be written by them. Kernels
 * before 5.1 know no F_SEAL_FUTURE_WRITE; there a client of the same user could write, as it could with a
 * debugger. */
static bool seal(int descriptor)
{
    const int fixed = F_SEAL_SHRINK | F_SEAL_GROW;
    if (fcntl(descriptor, F_ADD_SEALS, fixed | F_SEAL_FUTURE_WRITE) != 0 &&
        fcntl(descriptor, F_ADD_SEALS, fixed) != 0)
        return false;
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL) == 0;
}

yd_status yd_ring_create(uint32_t capacity, yd_ring **ring, yd_error *error)
{
    *ring = NULL;
    YD_ASSERT(ring_capacity_valid(capacity));
    size_t bytes = ring_bytes(capacity);
    yd_ring *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "event ring: out of memory");
    made->mask = capacity - 1;
    made->memory = MAP_FAILED;
    made->descriptor = memfd_create("yolodeck-events", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (made->descriptor < 0) goto failed;
    if (ftruncate(made->descriptor, (off_t)bytes) != 0) goto failed;
    /* All pages now: running out of memory later would be a signal in the middle of training. */
    if (fallocate(made->descriptor, 0, 0, (off_t)bytes) != 0) goto failed;
    made->memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, made->descriptor, 0);
    if (made->memory == MAP_FAILED || !seal(made->descriptor)) goto failed;
    memcpy(made->memory->magic, ring_magic, sizeof ring_magic);
    made->memory->version = YD_WIRE_VERSION;
    made->memory->event_size = sizeof(yd_event);
    made->memory->status_size = sizeof(yd_status_block);
    made->memory->capacity = capacity;
    *ring = made;
    return YD_OK;
failed:
    yd_fail_errno(error, YD_ERR_MEMORY, "event ring: %zu bytes of shared memory", bytes);
    yd_ring_destroy(made);
    return YD_ERR_MEMORY;
}

void yd_ring_destroy(yd_ring *ring)
{
    if (!ring) return;
    if (ring->memory != MAP_FAILED) munmap(ring->memory, ring_bytes(ring->mask + 1));
    if (ring->descriptor >= 0) close(ring->descriptor);
    free(ring);
}

int yd_ring_descriptor(const yd_ring *ring)
{
    return ring->descriptor;
}

yd_status yd_ring_open_local(yd_ring *ring, yd_ring_reader **reader, yd_error *error)
{
    return yd_ring_reader_on(ring->memory, ring->mask + 1, reader, error);
}

/* Writes the record of a ticket. sequence in *event is not looked at: the ticket stands for it. */
static void write_record(yd_ring *ring, uint64_t ticket, const yd_event *event)
{
    uint64_t words[EVENT_WORDS];
    memcpy(words, event, sizeof words);
    slot_write(ring->memory->slots[(ticket - 1) & ring->mask].words, words, EVENT_WORDS, ticket);
}

/* The first of count consecutive tickets. Relaxed: the counter orders nothing, it only makes tickets unique.
 */
static uint64_t take_tickets(yd_ring *ring, uint64_t count)
{
    return atomic_fetch_add_explicit(&ring->memory->taken, count, memory_order_relaxed) + 1;
}

void yd_ring_publish(yd_ring *ring, yd_event_type type, const yd_event_body *body)
{
    yd_event event = {.wall_ns = yd_wall_clock_ns(), .type = (uint32_t)type, .body = *body};
    write_record(ring, take_tickets(ring, 1), &event);
}

/* Bytes of the next piece of a line: all that fits, without cutting a character. */
static size_t piece_length(const char *line, size_t capacity)
{
    size_t length = strnlen(line, capacity);
    if (length < capacity) return length;
    for (size_t cut = capacity - 1; cut + 4 > capacity; cut--) {
        int character = yd_utf8_length(line + cut);
        if (character) return cut + (size_t)character <= capacity ? cut + (size_t)character : cut;
    }
    return capacity; /* not UTF-8 here: any cut is as good */
}

void yd_ring_log(yd_ring *ring, int level, const char *line)
{
    enum { PIECES = 16 }; /* a line longer than that is cut */
    size_t starts[PIECES + 1] = {0};
    const size_t capacity = sizeof((yd_event_body *)0)->log.text - 1;
    int count = 0;
    do {
        starts[count + 1] = starts[count] + piece_length(line + starts[count], capacity);
        count++;
    } while (line[starts[count]] && count < PIECES);
    /* All tickets at once, so that no other producer's record stands between the pieces. */
    uint64_t ticket = take_tickets(ring, (uint64_t)count);
    int64_t now = yd_wall_clock_ns();
    for (int i = 0; i < count; i++) {
        yd_event event = {.wall_ns = now, .type = YD_EVENT_LOG};
        event.body.log.level = (uint16_t)level;
        event.body.log.more = i + 1 < count;
        memcpy(event.body.log.text, line + starts[i], starts[i + 1] - starts[i]);
        write_record(ring, ticket + (uint64_t)i, &event);
    }
}

void yd_ring_mend(yd_ring *ring)
{
    ring_memory *memory = ring->memory;
    uint64_t last = atomic_load_explicit(&memory->taken, memory_order_relaxed),
             lap = (uint64_t)ring->mask + 1;
    for (uint64_t ticket = last > lap ? last - lap + 1 : 1; ticket <= last; ticket++)
        slot_give_up(&memory->slots[(ticket - 1) & ring->mask].words[0], ticket);
    uint64_t sequence = atomic_load_explicit(&memory->status_sequence, memory_order_relaxed);
    if (sequence & 1) atomic_store_explicit(&memory->status_sequence, sequence + 1, memory_order_release);
}

void yd_ring_set_status(yd_ring *ring, const yd_status_block *status)
{
    yd_status_block block = *status;
    block.version = YD_WIRE_VERSION;
    uint64_t words[STATUS_WORDS];
    memcpy(words, &block, sizeof words);
    block_write(&ring->memory->status_sequence, ring->memory->status, words, STATUS_WORDS);
}
