/* Any bytes as a TensorBoard event file: as a file, in one piece and growing, and as the payload of a record,
 * whose checksum a fuzzer would hardly find. */
#include "series/event_file.h"
#include "base/error.h"
#include "series/event_record.h"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct tally {
    size_t items, size;
    uint64_t sum; /* every byte of every tag is looked at */
} tally;

static void take(void *context, const yd_event_item *item)
{
    tally *own = context;
    own->items++;
    YD_ASSERT(item->tag_length <= own->size);
    for (size_t i = 0; i < item->tag_length; i++) own->sum += (uint8_t)item->tag[i];
}

static void read_file(int fd, const char *path, const uint8_t *data, size_t size, size_t cut)
{
    tally found = {.size = size + 64};
    yd_event_file *file;
    yd_event_file_report report;
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, cut, 0) != (ssize_t)cut) return;
    if (yd_event_file_open(path, &file, NULL) != YD_OK) return;
    YD_ASSERT(!yd_event_file_read(file, 0, take, &found));
    if (pwrite(fd, data + cut, size - cut, (off_t)cut) == (ssize_t)(size - cut))
        YD_ASSERT(!yd_event_file_read(file, 0, take, &found));
    yd_event_file_tell(file, &report);
    YD_ASSERT(report.offset + report.waiting == (int64_t)size);
    yd_event_file_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    tally found = {.size = size};
    yd_text framed = {0};
    int fd = memfd_create("events", MFD_CLOEXEC);
    if (fd < 0 || size > 1 << 20) return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    yd_event_payload_read(data, size, 0, take, &found);
    read_file(fd, path, data, size, size / 2);
    /* The same in a frame, between two pieces of itself. */
    yd_text_add_bytes(&framed, data, size / 3);
    yd_record_add(&framed, data, size);
    yd_text_add_bytes(&framed, data, size / 2);
    if (!framed.failed) read_file(fd, path, (const uint8_t *)framed.data, framed.length, framed.length / 2);
    yd_text_free(&framed);
    close(fd);
    return 0;
}
