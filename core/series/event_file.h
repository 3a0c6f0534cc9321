/* Reads TensorBoard event files, whoever wrote them, as they grow.
 *
 * A file is a row of records: u64 length, u32 masked CRC-32C of it, the payload, u32 masked CRC-32C of that,
 * all little-endian; a payload is a protobuf message Event (training.md, 12.1). The wire format of protobuf
 * is read by hand: of the six messages about twenty fields matter, a generated reader would build a tree with
 * an allocation a field of each record, and a hostile file decides how many.
 *
 * A record whose checksum is wrong is not trusted: from the byte behind its beginning on the next place is
 * looked for where a length has its right checksum. What is not whole yet is waited for. Memory: one window
 * of 256 KiB to 8 MiB; longer records are stepped over. */
#pragma once
#include "base/error.h"
#include "series/event_payload.h"
#include <stdbool.h>
#include <stdint.h>

enum { YD_EVENT_FILE_WINDOW = 256 << 10, YD_EVENT_FILE_RECORD = 8 << 20 };

typedef struct yd_event_file yd_event_file;

/* IO where it cannot be opened or is no regular file, MEMORY. */
yd_status yd_event_file_open(const char *path, yd_event_file **file, yd_error *error);
void yd_event_file_close(yd_event_file *file);
/* Goes on behind the first record that begins in the last length bytes of the file as it is now; what lies
 * before it is not read. Nothing happens where the file is no longer than that. */
void yd_event_file_skip(yd_event_file *file, int64_t length);
/* Hands on what is new, until the end of the file as it is now, or the monotonic clock is past deadline_ns
 * (0: never); true: there is more to read at once. Errors of the system end it as the end of the file does.
 */
bool yd_event_file_read(yd_event_file *file, int64_t deadline_ns, yd_event_receiver *receive, void *context);

typedef struct yd_event_file_report {
    int64_t records, corrupt, too_large; /* corrupt: stretches that had to be stepped over */
    int64_t offset;                      /* behind the last record that was read */
    int64_t waiting;                     /* bytes behind it: a record that is not whole yet */
} yd_event_file_report;
void yd_event_file_tell(const yd_event_file *file, yd_event_file_report *report);
