/* The memory of an event ring with anything in it: readers come back, stay inside, and give terminated texts.
 */
#include "event/ring_layout.h"
#include "event/ring_reader.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_event(const yd_event *event)
{
    YD_ASSERT(event->type < YD_EVENT_COUNT);
    if (event->type == YD_EVENT_LOG)
        YD_ASSERT(memchr(event->body.log.text, '\0', sizeof event->body.log.text));
    if (event->type == YD_EVENT_SAVED)
        YD_ASSERT(memchr(event->body.saved.name, '\0', sizeof event->body.saved.name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { CAPACITY = 8, LIMIT = 5 };
    size_t bytes = ring_bytes(CAPACITY);
    ring_memory *memory = aligned_alloc(_Alignof(ring_memory), (bytes + 127) & ~(size_t)127);
    yd_ring_reader *reader;
    if (!memory) return 0;
    memset(memory, 0, bytes);
    if (size) memcpy(memory, data, size < bytes ? size : bytes);
    if (yd_ring_reader_on(memory, CAPACITY, &reader, NULL) == YD_OK) {
        yd_event events[LIMIT];
        yd_status_block block;
        uint64_t lost = 0;
        for (int turn = 0; turn < 4; turn++) {
            int count = yd_ring_read(reader, events, LIMIT, &lost);
            YD_ASSERT(count >= 0 && count <= LIMIT);
            for (int i = 0; i < count; i++) check_event(&events[i]);
        }
        if (yd_ring_status(reader, &block)) YD_ASSERT(memchr(block.run, '\0', sizeof block.run));
        yd_ring_close(reader);
    }
    free(memory);
    return 0;
}
