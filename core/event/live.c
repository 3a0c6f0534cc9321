#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "event/registry.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char first_line[] = "yolodeck-live 1";

/* Field 22 of /proc/PID/stat; -1 where there is no such process, or only what is left of one. */
static int64_t process_start(int64_t pid)
{
    char path[64], *data;
    size_t length;
    snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
    if (yd_file_read(path, 4096, &data, &length, NULL) != YD_OK) return -1;
    long long start = -1;
    char state = 'Z';
    /* The name in parentheses may hold anything, parentheses too; nothing behind it does. */
    const char *behind = strrchr(data, ')');
    if (behind)
        sscanf(behind + 1, " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lld",
               &state, &start);
    free(data);
    return state == 'Z' || state == 'X' ? -1 : start;
}

void yd_live_here(yd_live *live)
{
    *live = (yd_live){.pid = getpid()};
    live->start_time = process_start(live->pid);
    if (gethostname(live->host, sizeof live->host) != 0 || !live->host[0])
        yd_copy_text(live->host, sizeof live->host, "unknown");
    live->host[sizeof live->host - 1] = '\0';
    char *data;
    size_t length;
    yd_copy_text(live->boot_id, sizeof live->boot_id, "unknown");
    if (yd_file_read("/proc/sys/kernel/random/boot_id", 4096, &data, &length, NULL) != YD_OK) return;
    data[strcspn(data, "\n")] = '\0';
    if (data[0]) yd_copy_text(live->boot_id, sizeof live->boot_id, data);
    free(data);
}

static yd_status path_in(char path[4096], const char *run_folder, const char *name, yd_error *error)
{
    if (yd_path_join(path, 4096, run_folder, name)) return YD_OK;
    return yd_fail(error, YD_ERR_IO, "%.64s…: the path is too long", run_folder);
}

yd_status yd_live_write(const char *run_folder, const yd_live *live, yd_error *error)
{
    char path[4096];
    YD_TRY(path_in(path, run_folder, "live", error));
    yd_text text = {0};
    yd_text_addf(&text, "%s\nhost %s\nboot_id %s\npid %" PRId64 "\nstart_time %" PRId64 "\nsocket %s\n",
                 first_line, live->host, live->boot_id, live->pid, live->start_time, live->socket);
    return yd_file_write_text(path, &text, error);
}

static bool take_text(char *out, size_t capacity, const char *value)
{
    if (out[0] || !value[0] || strlen(value) >= capacity) return false; /* twice, none, or too long */
    yd_copy_text(out, capacity, value);
    return true;
}

static bool take_number(int64_t *out, const char *value, int64_t limit)
{
    int64_t number;
    if (*out >= 0 || !yd_parse_int(value, &number) || number < 0 || number > limit) return false;
    *out = number;
    return true;
}

static bool take_line(yd_live *live, const char *key, const char *value)
{
    if (strcmp(key, "host") == 0) return take_text(live->host, sizeof live->host, value);
    if (strcmp(key, "boot_id") == 0) return take_text(live->boot_id, sizeof live->boot_id, value);
    if (strcmp(key, "socket") == 0)
        return value[0] == '/' && take_text(live->socket, sizeof live->socket, value);
    if (strcmp(key, "pid") == 0) return take_number(&live->pid, value, INT_MAX);
    if (strcmp(key, "start_time") == 0) return take_number(&live->start_time, value, INT64_MAX);
    return true;
}

/* A line without anything that a terminal would obey; source has no end of line in it. */
static bool is_clean(const char *line)
{
    char escaped[1024];
    return strlen(line) < sizeof escaped && strcmp(yd_escape(escaped, sizeof escaped, line), line) == 0;
}

yd_status yd_live_parse(const char *text, size_t length, const char *path, yd_live *live, yd_error *error)
{
    yd_live found = {.pid = -1, .start_time = -1};
    *live = (yd_live){0};
    if (strlen(text) != length || strncmp(text, first_line, strlen(first_line)) != 0 ||
        text[strlen(first_line)] != '\n')
        return yd_fail(error, YD_ERR_FORMAT, "%s: not a live file of this program", path);
    const char *at = text + strlen(first_line) + 1;
    for (int number = 2; *at; number++) {
        char line[1024];
        size_t width = strcspn(at, "\n");
        yd_copy_text(line, width < sizeof line ? width + 1 : sizeof line, at);
        char *space = strchr(line, ' ');
        bool whole = at[width] == '\n' && width < sizeof line && space && is_clean(line);
        if (whole) *space = '\0';
        if (!whole || !take_line(&found, line, space + 1))
            return yd_fail(error, YD_ERR_FORMAT, "%s:%d: found \"%.40s\", wanted KEY VALUE, each key once",
                           path, number, line);
        at += width + 1;
    }
    if (!found.host[0] || !found.boot_id[0] || !found.socket[0] || found.pid <= 0 || found.start_time < 0)
        return yd_fail(error, YD_ERR_FORMAT, "%s: host, boot_id, pid, start_time or socket is missing", path);
    *live = found;
    return YD_OK;
}

yd_status yd_live_read(const char *run_folder, yd_live *live, yd_error *error)
{
    *live = (yd_live){0};
    char path[4096], *data;
    size_t length;
    YD_TRY(path_in(path, run_folder, "live", error));
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return yd_fail(error, YD_ERR_DATA, "%s: no such file", path);
    YD_TRY(yd_file_read(path, 4096, &data, &length, error));
    yd_status status = yd_live_parse(data, length, path, live, error);
    free(data);
    return status;
}

/* Asks without taking the lock, so that an engine that starts at this moment is not in the way of itself. */
static bool lock_is_held(const char *run_folder)
{
    char path[4096];
    if (path_in(path, run_folder, "lock", NULL) != YD_OK) return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return false;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    return held;
}

yd_liveness yd_live_check(const char *run_folder, yd_live *live)
{
    yd_live here;
    yd_status status = yd_live_read(run_folder, live, NULL);
    if (status == YD_ERR_DATA) return YD_LIVE_NONE;
    if (status != YD_OK) return YD_LIVE_DEAD;
    yd_live_here(&here);
    if (strcmp(live->host, here.host) != 0) return YD_LIVE_ELSEWHERE;
    if (strcmp(live->boot_id, here.boot_id) != 0) return YD_LIVE_DEAD;
    if (process_start(live->pid) == live->start_time || lock_is_held(run_folder)) return YD_LIVE_HERE;
    return YD_LIVE_DEAD;
}

static yd_status refuse_lock(int fd, const char *run_folder, yd_error *error)
{
    char holder[300];
    ssize_t length = pread(fd, holder, sizeof holder - 1, 0);
    holder[length > 0 ? length : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return yd_fail(error, YD_ERR_DATA, "%s: in use by another engine (%s)", run_folder,
                   holder[0] ? holder : "which left no name");
}

/* An "open file description" lock: unlike a classic one it does not end when some library opens and closes
 * the file. */
yd_status yd_run_lock(const char *run_folder, int *descriptor, yd_error *error)
{
    char path[4096];
    *descriptor = -1;
    YD_TRY(path_in(path, run_folder, "lock", error));
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666);
    if (fd < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot open", path);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        int reason = errno;
        yd_status status = YD_OK;
        if (reason == EAGAIN || reason == EACCES)
            status = refuse_lock(fd, run_folder, error);
        else if (reason != ENOLCK && reason != EOPNOTSUPP && reason != ENOSYS && reason != EINVAL)
            status = yd_fail_errno(error, YD_ERR_IO, "%s: cannot lock", path);
        if (status != YD_OK) {
            close(fd);
            return status;
        }
        yd_log(YD_LOG_WARNING, "%s: this file system has no locks; do not start a second engine here", path);
    }
    yd_live here;
    char holder[300];
    yd_live_here(&here);
    int length = snprintf(holder, sizeof holder, "process %" PRId64 " on %s\n", here.pid, here.host);
    /* The name of the holder is a courtesy; on a full disk the lock works without. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, holder, (size_t)length, 0) < 0) errno = 0;
    *descriptor = fd;
    return YD_OK;
}
