#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

void yd_file_hold_standard(void)
{
    int fd;
    do fd = open("/dev/null", O_RDWR); /* the lowest number that is free */
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO) close(fd);
}

/* Reads to the end rather than to the size: files of /proc say 0, and a file may grow meanwhile. */
static yd_status read_all(int fd, const char *path, size_t limit, yd_text *text, yd_error *error)
{
    char *piece = malloc(1 << 16);
    if (!piece) return yd_fail(error, YD_ERR_MEMORY, "%s: out of memory", path);
    yd_status status = YD_OK;
    for (;;) {
        ssize_t got = read(fd, piece, 1 << 16);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = yd_fail_errno(error, YD_ERR_IO, "%s: cannot read", path);
        if (got <= 0) break;
        yd_text_add_bytes(text, piece, (size_t)got);
        if (text->failed)
            status = yd_fail(error, YD_ERR_MEMORY, "%s: out of memory", path);
        else if (limit && text->length > limit)
            status = yd_fail(error, YD_ERR_FORMAT, "%s: larger than the %zu bytes allowed", path, limit);
        if (status != YD_OK) break;
    }
    free(piece);
    return status;
}

/* To be read, it is the wrong thing; to be written, something that may be cleared away meanwhile, as a full
 * disk may. */
static yd_status not_a_file(yd_status status, const char *path, yd_error *error)
{
    return yd_fail(error, status, "%s: a folder, where a file is wanted", path);
}

yd_status yd_file_read(const char *path, size_t limit, char **data, size_t *length, yd_error *error)
{
    *data = NULL;
    *length = 0;
    /* Not blocking: opening a named pipe without a writer would wait for ever. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot open", path);
    yd_text text = {0};
    struct stat info;
    yd_status status;
    if (fstat(fd, &info) != 0)
        status = yd_fail_errno(error, YD_ERR_IO, "%s: cannot examine", path);
    else if (S_ISDIR(info.st_mode))
        status = not_a_file(YD_ERR_FORMAT, path, error);
    else if (!S_ISREG(info.st_mode))
        status = yd_fail(error, YD_ERR_IO, "%s: not a regular file", path);
    else
        status = read_all(fd, path, limit, &text, error);
    close(fd);
    if (status == YD_OK) yd_text_add(&text, ""); /* an empty file has a terminator too */
    if (status == YD_OK && text.failed) status = yd_fail(error, YD_ERR_MEMORY, "%s: out of memory", path);
    if (status != YD_OK) {
        yd_text_free(&text);
        return status;
    }
    *data = text.data;
    *length = text.length;
    return YD_OK;
}

bool yd_write_all(int fd, const void *data, size_t length)
{
    const char *rest = data;
    while (length) {
        ssize_t written = write(fd, rest, length);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        rest += written;
        length -= (size_t)written;
    }
    return true;
}

/* temporary is empty exactly while nothing is open: a zero-initialised file has fd 0, which is not ours. */
yd_status yd_atomic_open(yd_atomic_file *file, const char *path, yd_error *error)
{
    file->temporary[0] = '\0';
    char folder[sizeof file->path];
    yd_path_parent(folder, sizeof folder, path);
    if (yd_folder_exists(path)) return not_a_file(YD_ERR_IO, path, error);
    if (strlen(path) >= sizeof file->path)
        return yd_fail(error, YD_ERR_IO, "%.64s…: the path is too long", path);
    yd_copy_text(file->path, sizeof file->path, path);
    for (int attempt = 0; attempt < 1000; attempt++) {
        char temporary[sizeof file->temporary];
        int length = snprintf(temporary, sizeof temporary, "%s/.%s.%d-%d.tmp", folder, yd_path_name(path),
                              (int)getpid(), attempt);
        if (length < 0 || (size_t)length >= sizeof temporary) break;
        file->fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file->fd >= 0) {
            yd_copy_text(file->temporary, sizeof file->temporary, temporary);
            return YD_OK;
        }
        if (errno != EEXIST) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot create", path);
    }
    return yd_fail(error, YD_ERR_IO, "%s: no free name for a temporary file beside it", path);
}

void yd_atomic_drop(yd_atomic_file *file)
{
    if (!file->temporary[0]) return;
    if (file->fd >= 0) close(file->fd);
    unlink(file->temporary);
    file->temporary[0] = '\0';
}

yd_status yd_atomic_write(yd_atomic_file *file, const void *data, size_t length, yd_error *error)
{
    if (!file->temporary[0]) return yd_fail(error, YD_ERR_INTERNAL, "%s: written while not open", file->path);
    if (yd_write_all(file->fd, data, length)) return YD_OK;
    yd_status status = yd_fail_errno(error, YD_ERR_IO, "%s: cannot write", file->path);
    yd_atomic_drop(file);
    return status;
}

/* Makes the rename durable. Some file systems cannot; the file is whole all the same, so this is no error. */
static void sync_folder_of(const char *path)
{
    char folder[4096];
    yd_path_parent(folder, sizeof folder, path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

yd_status yd_atomic_commit(yd_atomic_file *file, yd_error *error)
{
    if (!file->temporary[0])
        return yd_fail(error, YD_ERR_INTERNAL, "%s: committed while not open", file->path);
    bool synced = fsync(file->fd) == 0 || errno == EINVAL;
    int reason = errno;
    bool closed = close(file->fd) == 0; /* network file systems report a full disk only here */
    if (synced) reason = errno;
    file->fd = -1;
    if (synced && closed && rename(file->temporary, file->path) == 0) {
        file->temporary[0] = '\0';
        sync_folder_of(file->path);
        return YD_OK;
    }
    errno = synced && closed ? errno : reason;
    yd_status status = yd_fail_errno(error, YD_ERR_IO, "%s: cannot write", file->path);
    yd_atomic_drop(file);
    return status;
}

yd_status yd_file_write(const char *path, const void *data, size_t length, yd_error *error)
{
    yd_atomic_file file = {0};
    YD_TRY(yd_atomic_open(&file, path, error));
    YD_TRY(yd_atomic_write(&file, data, length, error));
    return yd_atomic_commit(&file, error);
}

typedef yd_status put_file(const char *path, const void *data, size_t length, yd_error *error);

static yd_status put_text(put_file *put, const char *path, yd_text *text, yd_error *error)
{
    yd_status status = text->failed
                           ? yd_fail(error, YD_ERR_MEMORY, "%s: no memory for what it is to hold", path)
                           : put(path, text->data ? text->data : "", text->length, error);
    yd_text_free(text);
    return status;
}

yd_status yd_file_write_text(const char *path, yd_text *text, yd_error *error)
{
    return put_text(yd_file_write, path, text, error);
}

/* A regular file whose last byte is no newline: a write was cut there, or an editor left none. */
static bool ends_within_a_line(int fd, const struct stat *info)
{
    char last;
    return S_ISREG(info->st_mode) && info->st_size > 0 && pread(fd, &last, 1, info->st_size - 1) == 1 &&
           last != '\n';
}

static yd_status append(int fd, const char *path, const void *data, size_t length, yd_error *error)
{
    struct stat before;
    if (fstat(fd, &before) != 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot examine", path);
    size_t newline = ends_within_a_line(fd, &before);
    const struct iovec parts[] = {{(char[]){'\n'}, newline}, {(void *)(uintptr_t)data, length}};
    ssize_t written;
    do written = writev(fd, parts, 2);
    while (written < 0 && errno == EINTR);
    if (written >= 0 && (size_t)written == newline + length) return YD_OK;
    if (written >= 0) errno = ENOSPC;
    yd_status status = yd_fail_errno(error, YD_ERR_IO, "%s: cannot append", path);
    /* Where even this fails, the torn line stays: the next one begins behind it. */
    if (written > 0 && ftruncate(fd, before.st_size) != 0) errno = 0;
    return status;
}

yd_status yd_file_append(const char *path, const void *data, size_t length, yd_error *error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
    if (fd < 0 && errno == EISDIR) return not_a_file(YD_ERR_IO, path, error);
    if (fd < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot open", path);
    yd_status status = append(fd, path, data, length, error);
    if (close(fd) != 0 && status == YD_OK)
        status = yd_fail_errno(error, YD_ERR_IO, "%s: cannot append", path);
    return status;
}

yd_status yd_file_append_text(const char *path, yd_text *text, yd_error *error)
{
    return put_text(yd_file_append, path, text, error);
}

yd_status yd_make_folders(const char *path, yd_error *error)
{
    char part[4096];
    if (strlen(path) >= sizeof part) return yd_fail(error, YD_ERR_IO, "%.64s…: the path is too long", path);
    yd_copy_text(part, sizeof part, path);
    for (char *slash = part + 1; part[0]; slash++) {
        bool last = *slash == '\0';
        if (!last && *slash != '/') continue;
        *slash = '\0';
        int reason = mkdir(part, 0777) == 0 ? 0 : errno; /* which the look behind it would replace */
        if (reason && !yd_folder_exists(part)) {
            errno = reason;
            return yd_fail_errno(error, YD_ERR_IO, "%s: cannot make this folder", part);
        }
        if (last) break;
        *slash = '/';
    }
    return YD_OK;
}

bool yd_file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

bool yd_folder_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

void yd_file_last_line(int fd, char *line, size_t capacity)
{
    char tail[2048];
    off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0,
          start = end > (off_t)sizeof tail - 1 ? end - (off_t)sizeof tail + 1 : 0;
    ssize_t length = end > 0 ? pread(fd, tail, sizeof tail - 1, start) : 0;
    tail[length > 0 ? length : 0] = '\0';
    for (size_t i = strlen(tail); i > 0 && tail[i - 1] == '\n'; i--) tail[i - 1] = '\0';
    const char *newline = strrchr(tail, '\n');
    yd_copy_text(line, capacity, newline ? newline + 1 : tail);
}
