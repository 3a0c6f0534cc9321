/* The records of a TensorBoard event file. */
#pragma once
#include "sink/appender.h"

/* Initialise with file.fd = -1; the file is opened and flushed by itself. */
typedef struct yd_event_writer {
    yd_appender file;
    yd_text event; /* under way */
} yd_event_writer;

/* Writes what waits, as far as that can be done, and closes. */
void yd_event_writer_close(yd_event_writer *writer);
/* The first record: version 2, and who writes. */
void yd_event_writer_version(yd_event_writer *writer, int64_t wall_ns, const char *program);
/* An Event with the message in its field of that number (4: GraphDef, 5: Summary, 7: SessionLog). */
void yd_event_writer_add(yd_event_writer *writer, int64_t wall_ns, int64_t step, uint32_t field,
                         const yd_text *message);
