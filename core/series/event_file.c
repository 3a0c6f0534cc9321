#include "series/event_file.h"
#include "base/clock.h"
#include "base/text.h"
#include "series/event_record.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FRAME = YD_RECORD_HEAD + YD_RECORD_TAIL, RECORDS_A_LOOK = 32, SEARCH_A_LOOK = 64 << 10 };
/* A length beyond this is a fault, whatever its checksum says. */
#define LONGEST ((uint64_t)1 << 40)

struct yd_event_file {
    int fd;
    uint8_t *window;
    size_t capacity, filled, at; /* window[at] is the next byte; it stands at offset in the file */
    int64_t offset;
    bool searching; /* for the next record, behind something corrupt */
    yd_event_file_report report;
};

yd_status yd_event_file_open(const char *path, yd_event_file **file, yd_error *error)
{
    char shown[1024];
    struct stat info;
    yd_escape(shown, sizeof shown, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe in its place must not hold us up */
    if (fd < 0) return yd_fail_errno(error, YD_ERR_IO, "cannot open %s", shown);
    yd_event_file *made = NULL;
    yd_status status = YD_OK;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        status = yd_fail(error, YD_ERR_IO, "%s is no regular file", shown);
    else if (!(made = calloc(1, sizeof *made)) || !(made->window = malloc(YD_EVENT_FILE_WINDOW)))
        status = yd_fail(error, YD_ERR_MEMORY, "out of memory for %s", shown);
    if (status != YD_OK) {
        free(made);
        close(fd);
        return status;
    }
    made->fd = fd;
    made->capacity = YD_EVENT_FILE_WINDOW;
    *file = made;
    return YD_OK;
}

void yd_event_file_close(yd_event_file *file)
{
    if (!file) return;
    close(file->fd);
    free(file->window);
    free(file);
}

void yd_event_file_tell(const yd_event_file *file, yd_event_file_report *report)
{
    struct stat info;
    *report = file->report;
    report->offset = file->offset;
    report->waiting =
        fstat(file->fd, &info) == 0 && info.st_size > file->offset ? info.st_size - file->offset : 0;
}

/* Makes wanted bytes stand in the window from at on; false where the file does not have them (yet), or the
 * system does not give them. */
static bool need(yd_event_file *file, size_t wanted)
{
    if (file->filled - file->at >= wanted) return true;
    memmove(file->window, file->window + file->at, file->filled - file->at);
    file->filled -= file->at;
    file->at = 0;
    if (wanted > file->capacity) {
        uint8_t *grown = realloc(file->window, wanted);
        if (!grown) return false;
        file->window = grown;
        file->capacity = wanted;
    }
    while (file->filled < wanted) {
        ssize_t count = pread(file->fd, file->window + file->filled, file->capacity - file->filled,
                              file->offset + (off_t)file->filled);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        file->filled += (size_t)count;
    }
    return true;
}

static void move(yd_event_file *file, size_t count)
{
    file->at += count;
    file->offset += (int64_t)count;
}

/* What the file holds from offset on may be another's: it was cut, or is read from elsewhere. */
static void jump(yd_event_file *file, int64_t offset)
{
    file->offset = offset;
    file->at = file->filled = 0;
}

void yd_event_file_skip(yd_event_file *file, int64_t length)
{
    struct stat info;
    if (fstat(file->fd, &info) != 0 || info.st_size - length <= file->offset) return;
    jump(file, info.st_size - length);
    file->searching = true; /* the middle of a record is not taken for a fault */
}

static void search_on(yd_event_file *file)
{
    if (!file->searching) file->report.corrupt++;
    file->searching = true;
    move(file, 1);
}

typedef enum outcome { OUTCOME_READ, OUTCOME_SEARCHING, OUTCOME_WAIT } outcome;

/* A record that is too long for the window is stepped over as soon as all of it is there. */
static outcome step_over(yd_event_file *file, uint64_t length)
{
    struct stat info;
    int64_t end = file->offset + FRAME + (int64_t)length;
    if (fstat(file->fd, &info) != 0 || info.st_size < end) return OUTCOME_WAIT;
    jump(file, end);
    file->report.too_large++;
    file->searching = false;
    return OUTCOME_READ;
}

static outcome read_record(yd_event_file *file, yd_event_receiver *receive, void *context)
{
    uint64_t length;
    if (!need(file, YD_RECORD_HEAD)) return OUTCOME_WAIT;
    if (!yd_record_head(file->window + file->at, &length) || length > LONGEST) {
        search_on(file);
        return OUTCOME_SEARCHING;
    }
    if (length > YD_EVENT_FILE_RECORD) return step_over(file, length);
    if (!need(file, FRAME + (size_t)length)) return OUTCOME_WAIT;
    const uint8_t *payload = file->window + file->at + YD_RECORD_HEAD;
    if (!yd_record_whole(payload, (size_t)length)) {
        search_on(file);
        return OUTCOME_SEARCHING;
    }
    file->searching = false;
    file->report.records++;
    if (!yd_event_payload_read(payload, (size_t)length, file->offset, receive, context))
        file->report.corrupt++;
    move(file, FRAME + (size_t)length);
    return OUTCOME_READ;
}

bool yd_event_file_read(yd_event_file *file, int64_t deadline_ns, yd_event_receiver *receive, void *context)
{
    struct stat info;
    if (fstat(file->fd, &info) == 0 && info.st_size < file->offset) jump(file, info.st_size);
    for (int work = 0;;) {
        outcome found = read_record(file, receive, context);
        if (found == OUTCOME_WAIT) {
            jump(file, file->offset); /* what is torn may be written anew */
            return false;
        }
        work += found == OUTCOME_READ ? SEARCH_A_LOOK / RECORDS_A_LOOK : 1;
        if (work < SEARCH_A_LOOK) continue;
        work = 0;
        if (deadline_ns && yd_clock_ns() >= deadline_ns) return true;
    }
}
