/* Appends records to a TensorBoard event file: gathered in memory, then written whole, with one write. */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

enum { YD_EVENT_WRITER_WAITING = 4 << 20 }; /* bytes that wait at most where the disk is full */

/* Initialise with fd = -1. */
typedef struct yd_event_writer {
    int fd;
    int64_t written;        /* whole records in the file */
    int64_t lost;           /* records that could neither be written nor kept */
    yd_text waiting, event; /* event: under way */
    char path[4096];
} yd_event_writer;

/* A new file, for what waits already too. IO: it is there already, or cannot be made. */
yd_status yd_event_writer_open(yd_event_writer *writer, const char *path, yd_error *error);
/* Writes what waits, as far as that can be done, and closes. */
void yd_event_writer_close(yd_event_writer *writer);
/* The first record: version 2, and who writes. */
void yd_event_writer_version(yd_event_writer *writer, int64_t wall_ns, const char *program);
/* An Event with the message in its field of that number (5: Summary, 7: SessionLog). */
void yd_event_writer_add(yd_event_writer *writer, int64_t wall_ns, int64_t step, uint32_t field,
                         const yd_text *message);
/* sync: to the disk. IO: what waits goes on waiting, and the file ends with a whole record. */
yd_status yd_event_writer_flush(yd_event_writer *writer, bool sync, yd_error *error);
