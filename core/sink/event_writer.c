#include "sink/event_writer.h"
#include "base/protobuf.h"
#include "series/event_record.h"
#include <string.h>

void yd_event_writer_close(yd_event_writer *writer)
{
    yd_appender_close(&writer->file);
    yd_text_free(&writer->event);
}

static void add_record(yd_event_writer *writer)
{
    yd_text *event = &writer->event;
    if (!yd_appender_admits(&writer->file)) return;
    if (!event->failed) yd_record_add(&writer->file.waiting, event->data, event->length);
    writer->file.waiting.failed |= event->failed; /* the next flush says so */
    if (event->failed) yd_text_free(event);
}

void yd_event_writer_version(yd_event_writer *writer, int64_t wall_ns, const char *program)
{
    static const char version[] = "brain.Event:2";
    yd_text *event = &writer->event, source = {0};
    yd_text_clear(event);
    yd_wire_put_double(event, 1, (double)wall_ns / 1e9);
    yd_wire_put_bytes(event, 3, version, sizeof version - 1);
    yd_wire_put_bytes(&source, 1, program, strlen(program));
    yd_wire_put_bytes(event, 10, source.data, source.length);
    add_record(writer);
    yd_text_free(&source);
}

void yd_event_writer_add(yd_event_writer *writer, int64_t wall_ns, int64_t step, uint32_t field,
                         const yd_text *message)
{
    yd_text *event = &writer->event;
    yd_text_clear(event);
    event->failed |= message->failed;
    yd_wire_put_double(event, 1, (double)wall_ns / 1e9);
    if (step) yd_wire_put_varint(event, 2, (uint64_t)step);
    yd_wire_put_bytes(event, field, message->data ? message->data : "", message->length);
    add_record(writer);
}
