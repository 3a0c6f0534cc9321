/* The log that W&B keeps of a run, run-ID.wandb: a header of seven bytes, then records in the log format of
 * LevelDB. Blocks of 32 KiB (the header is part of the first) hold fragments: u32 checksum, u16 length, u8
 * kind (whole, first, middle or last fragment of a record), payload; little-endian. A rest of a block that is
 * too short for a fragment's head is zero. Unlike LevelDB's, the checksum is the CRC-32 of zip, over the kind
 * and the payload, and not masked. A payload is a protobuf message Record (sink/wandb_record.h). */
#pragma once
#include "sink/appender.h"

/* Initialise with file.fd = -1. */
typedef struct yd_wandb_log {
    yd_appender file;
    bool headed; /* the header has been put down */
} yd_wandb_log;

/* A record; it is written by yd_appender_flush. */
void yd_wandb_log_add(yd_wandb_log *log, const void *payload, size_t length);

typedef void yd_wandb_log_receiver(void *context, const void *payload, size_t length, int64_t offset);
/* Hands on the records of a file, each with the offset at which it begins, to its end or to the first byte
 * that is not as it must be; *end: behind the last whole record. FORMAT where it has no header, IO, MEMORY.
 */
yd_status yd_wandb_log_read(const char *path, yd_wandb_log_receiver *receive, void *context, int64_t *end,
                            yd_error *error);
/* The same of bytes. False where there is no header. */
bool yd_wandb_log_scan(const void *data, size_t length, yd_wandb_log_receiver *receive, void *context,
                       int64_t *end);
