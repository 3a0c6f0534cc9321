#include "sink/appender.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

yd_status yd_appender_open(yd_appender *appender, const char *path, yd_error *error)
{
    appender->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (appender->fd < 0) return yd_fail_errno(error, YD_ERR_IO, "cannot make %s", path);
    appender->written = 0;
    yd_copy_text(appender->path, sizeof appender->path, path);
    return YD_OK;
}

void yd_appender_close(yd_appender *appender)
{
    if (appender->fd >= 0) {
        yd_appender_flush(appender, true, NULL);
        close(appender->fd);
    }
    yd_text_free(&appender->waiting);
    appender->fd = -1;
}

bool yd_appender_admits(yd_appender *appender)
{
    bool room = !appender->waiting.failed && appender->waiting.length <= YD_APPENDER_WAITING;
    appender->lost += !room;
    return room;
}

/* All or nothing: what was written of it is cut off again, so that the next try begins behind a whole record.
 */
static yd_status append(yd_appender *appender, yd_error *error)
{
    ssize_t count;
    size_t length = appender->waiting.length;
    do count = write(appender->fd, appender->waiting.data, length);
    while (count < 0 && errno == EINTR);
    if (count == (ssize_t)length) {
        appender->written += (int64_t)length;
        yd_text_clear(&appender->waiting);
        return YD_OK;
    }
    int reason = count < 0 ? errno : ENOSPC;
    if (count > 0 && ftruncate(appender->fd, appender->written) != 0) reason = errno;
    errno = reason;
    return yd_fail_errno(error, YD_ERR_IO, "cannot write %s", appender->path);
}

yd_status yd_appender_flush(yd_appender *appender, bool sync, yd_error *error)
{
    if (appender->waiting.failed) {
        yd_text_free(&appender->waiting);
        return yd_fail(error, YD_ERR_MEMORY, "no memory for what %s is to hold", appender->path);
    }
    if (appender->waiting.length) YD_TRY(append(appender, error));
    if (sync && fdatasync(appender->fd) != 0)
        return yd_fail_errno(error, YD_ERR_IO, "cannot sync %s", appender->path);
    return YD_OK;
}
