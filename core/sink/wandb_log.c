#include "sink/wandb_log.h"
#include "base/file.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { BLOCK = 32768, HEAD = 7 };
enum kind { WHOLE = 1, FIRST, MIDDLE, LAST };
static const uint8_t file_header[HEAD] = {':', 'W', '&', 'B', 0xe1, 0xbe, 0};
static const size_t file_limit = (size_t)1 << 30;

static uint32_t checksum(uint8_t kind, const uint8_t *payload, size_t length)
{
    uint32_t begun = (uint32_t)crc32(0, &kind, 1);
    return length ? (uint32_t)crc32(begun, payload, (uInt)length) : begun;
}

static void add_fragment(yd_text *text, enum kind kind, const uint8_t *payload, size_t length)
{
    uint32_t sum = checksum((uint8_t)kind, payload, length);
    const uint8_t head[HEAD] = {(uint8_t)sum,         (uint8_t)(sum >> 8), (uint8_t)(sum >> 16),
                                (uint8_t)(sum >> 24), (uint8_t)length,     (uint8_t)(length >> 8),
                                (uint8_t)kind};
    yd_text_add_bytes(text, head, sizeof head);
    yd_text_add_bytes(text, payload, length);
}

void yd_wandb_log_add(yd_wandb_log *log, const void *payload, size_t length)
{
    static const uint8_t zeros[HEAD] = {0};
    yd_text *waiting = &log->file.waiting;
    const uint8_t *rest = payload;
    if (!yd_appender_admits(&log->file)) return;
    if (!log->headed) yd_text_add_bytes(waiting, file_header, HEAD);
    log->headed = true;
    for (bool first = true, last = false; !last; first = false) {
        size_t room = BLOCK - ((size_t)log->file.written + waiting->length) % BLOCK;
        if (room < HEAD) {
            yd_text_add_bytes(waiting, zeros, room);
            room = BLOCK;
        }
        last = length <= room - HEAD;
        size_t count = last ? length : room - HEAD;
        add_fragment(waiting, first ? last ? WHOLE : FIRST : last ? LAST : MIDDLE, rest, count);
        if (waiting->failed) return; /* its length says no more where the next one belongs */
        rest += count;
        length -= count;
    }
}

/* A record that is being put together from its fragments. */
typedef struct gathering {
    yd_text record;
    bool open;
    int64_t offset; /* where it begins */
} gathering;

/* False where this kind of fragment cannot stand here. */
static bool gather(gathering *own, uint8_t kind, const uint8_t *payload, size_t length, int64_t offset)
{
    bool begins = kind == WHOLE || kind == FIRST;
    if (kind < WHOLE || kind > LAST || begins == own->open) return false;
    if (begins) {
        yd_text_clear(&own->record);
        own->offset = offset;
    }
    own->open = kind == FIRST || kind == MIDDLE;
    yd_text_add_bytes(&own->record, payload, length);
    return !own->record.failed;
}

bool yd_wandb_log_scan(const void *data, size_t length, yd_wandb_log_receiver *receive, void *context,
                       int64_t *end)
{
    const uint8_t *bytes = data;
    gathering own = {0};
    size_t at = HEAD;
    if (length < HEAD || memcmp(bytes, file_header, HEAD) != 0) return false;
    *end = HEAD;
    for (;;) {
        size_t room = BLOCK - at % BLOCK;
        if (room < HEAD) at += room;
        if (at > length || length - at < HEAD) break;
        const uint8_t *head = bytes + at, *payload = head + HEAD;
        size_t count = head[4] | (size_t)head[5] << 8;
        uint32_t sum = head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
        if (count > length - at - HEAD || count > BLOCK - at % BLOCK - HEAD) break;
        if (checksum(head[6], payload, count) != sum) break;
        if (!gather(&own, head[6], payload, count, (int64_t)at)) break;
        at += HEAD + count;
        if (own.open) continue;
        *end = (int64_t)at;
        receive(context, own.record.data ? own.record.data : "", own.record.length, own.offset);
    }
    yd_text_free(&own.record);
    return true;
}

yd_status yd_wandb_log_read(const char *path, yd_wandb_log_receiver *receive, void *context, int64_t *end,
                            yd_error *error)
{
    char *data;
    size_t length;
    YD_TRY(yd_file_read(path, file_limit, &data, &length, error));
    bool known = yd_wandb_log_scan(data, length, receive, context, end);
    free(data);
    return known ? YD_OK
                 : yd_fail(error, YD_ERR_FORMAT, "%s: it is no log of W&B: its header is another", path);
}
