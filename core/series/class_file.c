#include "series/class_file.h"
#include "base/vector.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 16, AT_ONCE = 8 << 20, LINES_LIMIT = 1000000, HEAD_BYTES = 256 };

typedef struct line_place {
    yd_class_head head;
    int64_t offset;
    size_t length; /* without the newline */
} line_place;

struct yd_class_file {
    char *path;
    dev_t device;
    ino_t inode;
    int64_t scanned;       /* bytes that have been looked at */
    int64_t begin;         /* of the line that scanned stands in */
    char head[HEAD_BYTES]; /* of that line, as far as it has been read */
    size_t head_length;
    /* The beginning of the last whole line, its time in it: still there, the file was not rewritten in place.
     */
    char mark[HEAD_BYTES];
    size_t mark_length;
    int64_t mark_offset;
    yd_vector lines; /* line_place */
};

yd_class_file *yd_class_file_create(const char *path)
{
    yd_class_file *file = calloc(1, sizeof *file);
    if (!file) return NULL;
    file->lines.size = sizeof(line_place);
    file->path = strdup(path);
    if (file->path) return file;
    free(file);
    return NULL;
}

void yd_class_file_destroy(yd_class_file *file)
{
    if (!file) return;
    yd_vector_free(&file->lines);
    free(file->path);
    free(file);
}

int yd_class_file_count(const yd_class_file *file)
{
    return (int)file->lines.count;
}

const yd_class_head *yd_class_file_head(const yd_class_file *file, int index)
{
    return &YD_AT(line_place, &file->lines, index).head;
}

/* Of an epoch that was trained again, the older line goes, and with it what was found after it. */
static void keep(yd_class_file *file, const line_place *line)
{
    const yd_class_head *head = &line->head;
    line_place *lines = file->lines.data;
    size_t count = file->lines.count;
    while (count && (lines[count - 1].head.step > head->step ||
                     (head->why == YD_CLASS_EPOCH && lines[count - 1].head.why == YD_CLASS_EPOCH &&
                      lines[count - 1].head.epoch >= head->epoch)))
        count--;
    file->lines.count = count;
    if (count < LINES_LIMIT) yd_vector_push(&file->lines, line);
}

static void end_line(yd_class_file *file, int64_t end)
{
    line_place line = {.offset = file->begin, .length = (size_t)(end - file->begin)};
    if (line.length <= YD_CLASS_LINE_LIMIT && yd_class_head_read(file->head, file->head_length, &line.head))
        keep(file, &line);
    memcpy(file->mark, file->head, file->head_length);
    file->mark_length = file->head_length;
    file->mark_offset = file->begin;
    file->begin = end + 1;
    file->head_length = 0;
}

static void take_piece(yd_class_file *file, const char *piece, size_t length)
{
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(piece + at, '\n', length - at);
        size_t end = newline ? (size_t)(newline - piece) : length;
        size_t room = sizeof file->head - file->head_length, taken = end - at < room ? end - at : room;
        memcpy(file->head + file->head_length, piece + at, taken);
        file->head_length += taken;
        if (newline) end_line(file, file->scanned + (int64_t)end);
        at = end + (newline != NULL);
    }
    file->scanned += (int64_t)length;
}

static int open_regular(const char *path, struct stat *info)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && fstat(fd, info) == 0 && S_ISREG(info->st_mode)) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

static void forget(yd_class_file *file)
{
    file->lines.count = 0;
    file->scanned = file->begin = 0;
    file->head_length = file->mark_length = 0;
}

/* An engine that goes back cuts the file and appends to it: it may be as long as before when we look again.
 */
static bool same_file(const yd_class_file *file, int fd, const struct stat *info)
{
    char now[HEAD_BYTES];
    if (info->st_dev != file->device || info->st_ino != file->inode || info->st_size < file->scanned)
        return false;
    return pread(fd, now, file->mark_length, (off_t)file->mark_offset) == (ssize_t)file->mark_length &&
           memcmp(now, file->mark, file->mark_length) == 0;
}

bool yd_class_file_refresh(yd_class_file *file, bool *more)
{
    struct stat info;
    size_t before = file->lines.count;
    int64_t scanned = file->scanned, stop = file->scanned + AT_ONCE;
    bool anew = false;
    *more = false;
    int fd = open_regular(file->path, &info);
    if (fd < 0) {
        forget(file);
        return before != 0;
    }
    if (!same_file(file, fd, &info)) {
        anew = file->scanned > 0;
        forget(file);
        stop = AT_ONCE;
    }
    file->device = info.st_dev, file->inode = info.st_ino;
    char *piece = info.st_size > file->scanned ? malloc(PIECE) : NULL;
    while (piece && file->scanned < info.st_size && file->scanned < stop) {
        ssize_t got = pread(fd, piece, PIECE, (off_t)file->scanned);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        take_piece(file, piece, (size_t)got);
        *more = file->scanned < info.st_size;
    }
    free(piece);
    close(fd);
    return anew || (file->scanned != scanned && file->lines.count > 0);
}

yd_status yd_class_file_load(const yd_class_file *file, int index, yd_class_report *report, yd_error *error)
{
    const line_place *line = &YD_AT(line_place, &file->lines, index);
    struct stat info;
    *report = (yd_class_report){0};
    int fd = open_regular(file->path, &info);
    if (fd < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot open", file->path);
    char *text = malloc(line->length + 1);
    size_t have = 0;
    ssize_t got = 1;
    while (text && have < line->length && got > 0) {
        got = pread(fd, text + have, line->length - have, (off_t)(line->offset + (int64_t)have));
        if (got > 0) have += (size_t)got;
        if (got < 0 && errno == EINTR) got = 1;
    }
    close(fd);
    yd_status status;
    if (!text)
        status = yd_fail(error, YD_ERR_MEMORY, "%s: no memory for a line", file->path);
    else if (have < line->length)
        status = yd_fail(error, YD_ERR_IO, "%s: the line at byte %lld is gone", file->path,
                         (long long)line->offset);
    else
        status = yd_class_report_read(text, line->length, report, error);
    free(text);
    return status;
}

/* Lines are in the order of the run: from the first that is later on, all go. */
static int64_t kept_bytes(const yd_class_file *file, int epoch, int64_t step)
{
    for (int i = 0; i < yd_class_file_count(file); i++) {
        const line_place *line = &YD_AT(line_place, &file->lines, i);
        bool later = line->head.step > step || line->head.epoch > epoch ||
                     (line->head.why == YD_CLASS_EPOCH && line->head.epoch == epoch);
        if (later) return line->offset;
    }
    return file->begin;
}

yd_status yd_class_file_trim(const char *path, int epoch, int64_t step, yd_error *error)
{
    struct stat info;
    if (stat(path, &info) != 0 && errno == ENOENT) return YD_OK;
    yd_class_file *file = yd_class_file_create(path);
    if (!file) return yd_fail(error, YD_ERR_MEMORY, "%s: no memory to read it", path);
    bool more = true;
    while (more) yd_class_file_refresh(file, &more);
    int64_t kept = kept_bytes(file, epoch, step);
    yd_status status = YD_OK;
    if (kept < info.st_size && truncate(path, (off_t)kept) != 0)
        status = yd_fail_errno(error, YD_ERR_IO, "%s: cannot cut the lines of later epochs", path);
    yd_class_file_destroy(file);
    return status;
}
