#include "event/ring_reader.h"
#include "event/ring_layout.h"
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct yd_ring_reader {
    ring_memory *memory;
    uint32_t capacity; /* our own copy: what is in the memory may change */
    bool mapped;       /* by us */
    uint64_t next;     /* the ticket that is read next */
};

yd_status yd_ring_reader_on(struct ring_memory *memory, uint32_t capacity, yd_ring_reader **reader,
                            yd_error *error)
{
    *reader = calloc(1, sizeof **reader);
    if (!*reader) return yd_fail(error, YD_ERR_MEMORY, "event ring: out of memory");
    /* A new reader starts with the oldest record that is still there; nothing before it was lost to it. A
     * wrong number in hostile memory makes it see nothing, or jump; both are harmless. */
    uint64_t taken = atomic_load_explicit(&memory->taken, memory_order_relaxed);
    **reader = (yd_ring_reader){
        .memory = memory, .capacity = capacity, .next = taken > capacity ? taken - capacity + 1 : 1};
    return YD_OK;
}

/* The sizes and seals that make the mapping safe: without F_SEAL_SHRINK its owner could cut it off under us.
 */
static yd_status check_descriptor(int descriptor, size_t *bytes, yd_error *error)
{
    struct stat info;
    int seals = fcntl(descriptor, F_GET_SEALS);
    if (seals < 0 || !(seals & F_SEAL_SHRINK))
        return yd_fail(error, YD_ERR_FORMAT, "event ring: the memory is not sealed against shrinking");
    if (fstat(descriptor, &info) != 0) return yd_fail_errno(error, YD_ERR_IO, "event ring: cannot examine");
    if (info.st_size < (off_t)sizeof(ring_memory) || info.st_size > (off_t)ring_bytes(1u << 24))
        return yd_fail(error, YD_ERR_FORMAT, "event ring: %lld bytes cannot be a ring",
                       (long long)info.st_size);
    *bytes = (size_t)info.st_size;
    return YD_OK;
}

static yd_status check_header(const ring_memory *memory, size_t bytes, uint32_t *capacity, yd_error *error)
{
    ring_memory header;
    memcpy(&header, memory, offsetof(ring_memory, taken));
    if (memcmp(header.magic, ring_magic, sizeof ring_magic) != 0)
        return yd_fail(error, YD_ERR_FORMAT, "event ring: not a ring of this program");
    if (header.version != YD_WIRE_VERSION)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "event ring: layout version %u, this program reads %d",
                       header.version, YD_WIRE_VERSION);
    if (header.event_size != sizeof(yd_event) || header.status_size != sizeof(yd_status_block))
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "event ring: records of %u and status of %u bytes, wanted %zu and %zu",
                       header.event_size, header.status_size, sizeof(yd_event), sizeof(yd_status_block));
    if (!ring_capacity_valid(header.capacity) || ring_bytes(header.capacity) != bytes)
        return yd_fail(error, YD_ERR_FORMAT, "event ring: %u records do not make %zu bytes", header.capacity,
                       bytes);
    *capacity = header.capacity;
    return YD_OK;
}

yd_status yd_ring_open(int descriptor, yd_ring_reader **reader, yd_error *error)
{
    *reader = NULL;
    size_t bytes = 0;
    YD_TRY(check_descriptor(descriptor, &bytes, error));
    ring_memory *memory = mmap(NULL, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED)
        return yd_fail_errno(error, YD_ERR_IO, "event ring: cannot map %zu bytes", bytes);
    uint32_t capacity = 0;
    yd_status status = check_header(memory, bytes, &capacity, error);
    if (status == YD_OK) status = yd_ring_reader_on(memory, capacity, reader, error);
    if (*reader)
        (*reader)->mapped = true;
    else
        munmap(memory, bytes);
    return status;
}

void yd_ring_close(yd_ring_reader *reader)
{
    if (!reader) return;
    if (reader->mapped) munmap(reader->memory, ring_bytes(reader->capacity));
    free(reader);
}

static void end_text(char *text, size_t size)
{
    text[size - 1] = '\0';
}

/* Texts end, whatever stood in the memory. False for a type that this program does not know. */
static bool make_safe(yd_event *event)
{
    switch ((yd_event_type)event->type) {
    case YD_EVENT_STATE:
    case YD_EVENT_STEP:
    case YD_EVENT_EPOCH:
    case YD_EVENT_VALIDATION:
        return true;
    case YD_EVENT_SAVED:
        end_text(event->body.saved.name, sizeof event->body.saved.name);
        return true;
    case YD_EVENT_PICTURE:
        end_text(event->body.picture.name, sizeof event->body.picture.name);
        return true;
    case YD_EVENT_CHANGED:
        end_text(event->body.changed.name, sizeof event->body.changed.name);
        return true;
    case YD_EVENT_ALERT:
        end_text(event->body.alert.text, sizeof event->body.alert.text);
        return true;
    case YD_EVENT_ROLLBACK:
        end_text(event->body.rollback.name, sizeof event->body.rollback.name);
        return true;
    case YD_EVENT_GENERATION:
        end_text(event->body.generation.failed, sizeof event->body.generation.failed);
        return true;
    case YD_EVENT_LOG:
        end_text(event->body.log.text, sizeof event->body.log.text);
        return true;
    case YD_EVENT_COUNT:
        break;
    }
    return false;
}

/* Looks for the record of ticket next. */
static slot_answer read_slot(const yd_ring_reader *reader, yd_event *event, uint64_t *newest)
{
    uint64_t words[EVENT_WORDS] = {reader->next};
    ring_slot *slot = &reader->memory->slots[(reader->next - 1) & (reader->capacity - 1)];
    slot_answer answer = slot_read(slot->words, words, EVENT_WORDS, reader->next, newest);
    if (answer == SLOT_RECORD) memcpy(event, words, sizeof *event);
    return answer;
}

/* To the oldest record that is still safe: an eighth of the ring is left as a lead to the writer. */
static void jump(yd_ring_reader *reader, uint64_t newest, uint64_t *lost)
{
    uint64_t kept = reader->capacity - reader->capacity / 8 - 1;
    uint64_t oldest = newest > kept ? newest - kept : 1;
    if (oldest <= reader->next) oldest = reader->next + 1;
    *lost += oldest - reader->next;
    reader->next = oldest;
}

int yd_ring_read(yd_ring_reader *reader, yd_event *events, int limit, uint64_t *lost)
{
    int count = 0;
    /* Each turn moves next forward. The bound is for hostile memory, and for a writer faster than we are. */
    for (uint32_t turns = 0; count < limit && turns < 2 * reader->capacity; turns++) {
        uint64_t newest;
        switch (read_slot(reader, &events[count], &newest)) {
        case SLOT_NOTHING:
            return count;
        case SLOT_RECORD:
            reader->next++;
            if (make_safe(&events[count])) count++;
            break;
        case SLOT_GIVEN_UP:
            reader->next++;
            ++*lost;
            break;
        case SLOT_OVERTAKEN:
            jump(reader, newest, lost);
            break;
        }
    }
    return count;
}

bool yd_ring_status(yd_ring_reader *reader, yd_status_block *status)
{
    ring_memory *memory = reader->memory;
    uint64_t words[STATUS_WORDS];
    int tries = 0;
    /* A write takes less than a microsecond, unless the writer lost its CPU in it: hence the yields. */
    while (!block_read(&memory->status_sequence, memory->status, words, STATUS_WORDS)) {
        if (++tries == 100) return false;
        sched_yield();
    }
    memcpy(status, words, sizeof *status);
    if (status->version != YD_WIRE_VERSION) return false; /* nothing was written yet */
    end_text(status->run, sizeof status->run);
    end_text(status->model, sizeof status->model);
    end_text(status->dataset, sizeof status->dataset);
    end_text(status->device, sizeof status->device);
    return true;
}
