#include "tui/term/capture.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEPT_BYTES = 1 << 20 };

static int open_file(const char *path)
{
    const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int fd = open(path, flags, 0666);
    struct stat info;
    if (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) {
        close(fd);
        fd = -1;
    }
    if (fd >= 0 && info.st_size > KEPT_BYTES && ftruncate(fd, 0) != 0) close(fd), fd = -1;
    return fd >= 0 ? fd : open("/dev/null", O_WRONLY | O_CLOEXEC);
}

void yd_capture_start(yd_capture *capture, const char *path)
{
    int file = open_file(path);
    if (file < 0) return;
    fflush(stdout);
    fflush(stderr);
    capture->output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    capture->error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    close(file);
    capture->active = true;
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
