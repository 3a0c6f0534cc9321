#include "sink/event_writer.h"
#include "series/event_record.h"
#include "base/protobuf.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

yd_status yd_event_writer_open(yd_event_writer *writer, const char *path, yd_error *error)
{
    writer->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (writer->fd < 0) return yd_fail_errno(error, YD_ERR_IO, "cannot make %s", path);
    writer->written = 0;
    yd_copy_text(writer->path, sizeof writer->path, path);
    return YD_OK;
}

void yd_event_writer_close(yd_event_writer *writer)
{
    if (writer->fd >= 0) {
        yd_event_writer_flush(writer, true, NULL);
        close(writer->fd);
    }
    yd_text_free(&writer->waiting);
    yd_text_free(&writer->event);
    writer->fd = -1;
}

/* A record that finds no room is lost, and counted: a disk that stays full must not fill the memory too. */
static void add_record(yd_event_writer *writer)
{
    const yd_text *event = &writer->event;
    if (event->failed || writer->waiting.failed || writer->waiting.length > YD_EVENT_WRITER_WAITING)
        writer->lost++;
    else
        yd_record_add(&writer->waiting, event->data, event->length);
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

/* All or nothing: what was written of it is cut off again, so that the next try begins behind a whole record.
 */
static yd_status append(yd_event_writer *writer, yd_error *error)
{
    ssize_t count;
    size_t length = writer->waiting.length;
    do count = write(writer->fd, writer->waiting.data, length);
    while (count < 0 && errno == EINTR);
    if (count == (ssize_t)length) {
        writer->written += (int64_t)length;
        yd_text_clear(&writer->waiting);
        return YD_OK;
    }
    int reason = count < 0 ? errno : ENOSPC;
    if (count > 0 && ftruncate(writer->fd, writer->written) != 0) reason = errno;
    errno = reason;
    return yd_fail_errno(error, YD_ERR_IO, "cannot write %s", writer->path);
}

yd_status yd_event_writer_flush(yd_event_writer *writer, bool sync, yd_error *error)
{
    if (writer->waiting.failed || writer->event.failed) {
        yd_text_free(&writer->waiting);
        yd_text_free(&writer->event);
        return yd_fail(error, YD_ERR_MEMORY, "no memory for what %s is to hold", writer->path);
    }
    if (writer->waiting.length) YD_TRY(append(writer, error));
    if (sync && fdatasync(writer->fd) != 0)
        return yd_fail_errno(error, YD_ERR_IO, "cannot sync %s", writer->path);
    return YD_OK;
}
