/* Any bytes as a log of W&B, as a file and as the payloads of records, whose checksums a fuzzer would hardly
 * find: what is cut off of it leaves a log that is whole. */
#include "sink/wandb_log.h"
#include "base/file.h"
#include "sink/wandb_folder.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct seen {
    int records;
    int64_t offset;
} seen;

static void look_at(void *context, const void *payload, size_t length, int64_t offset)
{
    seen *own = context;
    volatile uint8_t sum = 0; /* the whole of it is there */
    for (size_t i = 0; i < length; i++) sum = (uint8_t)(sum + ((const uint8_t *)payload)[i]);
    YD_ASSERT(offset > own->offset);
    own->offset = offset;
    own->records++;
}

/* Cut before step 2; all that is left is whole. */
static void trim(int fd)
{
    char path[64];
    int64_t end = 0, whole = 0;
    seen own = {0};
    yd_wandb_past past = {.last_step = -1};
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    yd_status status = yd_wandb_trim_file(path, 2, &past, &end, NULL);
    YD_ASSERT(past.last_step < 2);
    if (status != YD_OK) return;
    YD_ASSERT(yd_wandb_log_read(path, look_at, &own, &whole, NULL) == YD_OK && whole == end);
}

static int new_file(void)
{
    int fd = memfd_create("log", MFD_CLOEXEC);
    if (fd < 0) abort();
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    seen own = {0};
    int64_t end;
    int fd = new_file();
    yd_wandb_log_scan(data, size, look_at, &own, &end);
    if (yd_write_all(fd, data, size)) trim(fd);
    close(fd);
    yd_wandb_log log = {.file.fd = new_file()};
    const uint8_t *at = data, *behind = data + size;
    static uint8_t record[1 << 16];
    while (behind - at >
           1) { /* two bytes of length, so much payload, and zeros where there is no more: over blocks too */
        size_t length = (size_t)at[0] | (size_t)at[1] << 8;
        at += 2;
        size_t there = length < (size_t)(behind - at) ? length : (size_t)(behind - at);
        memset(record, 0, length);
        memcpy(record, at, there);
        yd_wandb_log_add(&log, record, length);
        at += there;
    }
    yd_appender_flush(&log.file, false, NULL);
    trim(log.file.fd);
    yd_appender_close(&log.file);
    return 0;
}
