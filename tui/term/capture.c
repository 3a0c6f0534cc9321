#include "tui/term/capture.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEPT_BYTES = 1 << 20 };

static int open_file(const char *path)
{
    const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int fd = path[0] ? open(path, flags, 0666) : -1;
    struct stat info;
    if (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) {
        close(fd);
        fd = -1;
    }
    if (fd >= 0 && info.st_size > KEPT_BYTES && ftruncate(fd, 0) != 0) close(fd), fd = -1;
    return fd;
}

void yd_capture_start(yd_capture *capture, const char *path)
{
    int ends[2];
    *capture = (yd_capture){0};
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
    fflush(stdout);
    fflush(stderr);
    capture->output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    capture->error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    capture->printed = ends[0];
    capture->file = open_file(path);
    capture->active = capture->opened = true;
}

static void give_back(int kept, int standard)
{
    if (kept < 0) {
        close(standard); /* it was closed before */
        return;
    }
    dup2(kept, standard);
    close(kept);
}

void yd_capture_stop(yd_capture *capture)
{
    if (!capture->active) return;
    fflush(stdout);
    fflush(stderr);
    give_back(capture->output, STDOUT_FILENO);
    give_back(capture->error, STDERR_FILENO);
    capture->active = false;
}

int yd_capture_descriptor(const yd_capture *capture)
{
    return capture->active ? capture->printed : -1;
}

/* More of what was printed; false where there is no more now. */
static bool read_more(yd_capture *capture)
{
    char *to = capture->buffer + capture->filled;
    ssize_t count;
    if (capture->active) fflush(stdout); /* which is not told a line at a time once it is no terminal */
    do count = read(capture->printed, to, sizeof capture->buffer - capture->filled);
    while (count < 0 && errno == EINTR);
    if (count <= 0) return false;
    ssize_t kept = capture->file >= 0 ? write(capture->file, to, (size_t)count) : count;
    if (kept != count) close(capture->file), capture->file = -1; /* the file system is full */
    capture->filled += (size_t)count;
    return true;
}

static void end(yd_capture *capture)
{
    close(capture->printed);
    if (capture->file >= 0) close(capture->file);
    capture->opened = false;
}

/* The first length bytes of the buffer, and its end of line, become the line. */
static void take(yd_capture *capture, size_t length, char *line, size_t capacity)
{
    char *bytes = capture->buffer;
    size_t used = length < capture->filled ? length + 1 : length;
    if (length && bytes[length - 1] == '\r') length--;
    for (size_t i = 0; i < length; i++)
        if (!bytes[i]) bytes[i] = ' ';
    yd_copy_text(line, length < capacity ? length + 1 : capacity, bytes);
    memmove(bytes, bytes + used, capture->filled - used);
    capture->filled -= used;
}

bool yd_capture_line(yd_capture *capture, char *line, size_t capacity)
{
    if (!capture->opened) return false;
    for (;;) {
        const char *newline = memchr(capture->buffer, '\n', capture->filled);
        bool full = capture->filled == sizeof capture->buffer;
        if (newline || full) {
            take(capture, newline ? (size_t)(newline - capture->buffer) : capture->filled, line, capacity);
            return true;
        }
        if (!read_more(capture)) break;
    }
    if (capture->active) return false;
    bool rest = capture->filled > 0;
    if (rest) take(capture, capture->filled, line, capacity);
    end(capture);
    return rest;
}
