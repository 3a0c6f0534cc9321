#include "tui/term/tty.h"
#include "base/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { CLOSE_TIMEOUT_MS = 300 };

yd_status yd_tty_open(yd_tty *tty, yd_error *error)
{
    *tty = (yd_tty){.fd = -1};
    if (!isatty(STDIN_FILENO)) return yd_fail(error, YD_ERR_IO, "standard input is no terminal");
    const int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    const char *name = ttyname(STDIN_FILENO);
    tty->fd = open("/proc/self/fd/0", flags);
    if (tty->fd < 0 && name) tty->fd = open(name, flags);
    if (tty->fd < 0) tty->fd = open("/dev/tty", flags);
    if (tty->fd < 0) return yd_fail_errno(error, YD_ERR_IO, "cannot open the terminal");
    if (tcgetattr(tty->fd, &tty->saved) != 0) {
        close(tty->fd);
        tty->fd = -1;
        return yd_fail_errno(error, YD_ERR_IO, "cannot read the terminal's modes");
    }
    tty->opened = true;
    return YD_OK;
}

void yd_tty_close(yd_tty *tty)
{
    if (!tty->opened) return;
    yd_tty_drain(tty, CLOSE_TIMEOUT_MS);
    yd_tty_cooked(tty);
    close(tty->fd);
    free(tty->pending);
    *tty = (yd_tty){.fd = -1};
}

bool yd_tty_raw(yd_tty *tty)
{
    struct termios modes = tty->saved;
    cfmakeraw(&modes);
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    while (tcsetattr(tty->fd, TCSANOW, &modes) != 0) {
        if (errno == EINTR) continue;
        tty->lost = true;
        return false;
    }
    tty->raw = true;
    return true;
}

/* TCSANOW and not TCSADRAIN, which would wait for a terminal that takes nothing. From the background the call
 * would stop the process; the shell has set its own modes by then. */
void yd_tty_cooked(yd_tty *tty)
{
    if (!tty->raw || !yd_tty_foreground(tty)) return;
    tcsetattr(tty->fd, TCSANOW, &tty->saved);
    tty->raw = false;
}

void yd_tty_size(const yd_tty *tty, int *width, int *height)
{
    struct winsize size = {0};
    bool known = ioctl(tty->fd, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;
    *width = known ? size.ws_col : 80;
    *height = known ? size.ws_row : 24;
}

void yd_tty_pixels(const yd_tty *tty, int *width, int *height)
{
    struct winsize size = {0};
    if (ioctl(tty->fd, TIOCGWINSZ, &size) != 0) size = (struct winsize){0};
    *width = size.ws_xpixel;
    *height = size.ws_ypixel;
}

/* A terminal that is not the controlling one has no foreground group to ask for: nobody put us anywhere then.
 */
bool yd_tty_foreground(const yd_tty *tty)
{
    pid_t group = tcgetpgrp(tty->fd);
    return group < 0 || group == getpgrp();
}

static bool reserve(yd_tty *tty, size_t more)
{
    if (tty->sent) {
        memmove(tty->pending, tty->pending + tty->sent, tty->length - tty->sent);
        tty->length -= tty->sent;
        tty->sent = 0;
    }
    if (tty->capacity - tty->length >= more) return true;
    size_t capacity = (tty->length + more) * 2;
    char *pending = realloc(tty->pending, capacity);
    if (!pending) return false;
    tty->pending = pending;
    tty->capacity = capacity;
    return true;
}

void yd_tty_add(yd_tty *tty, const void *data, size_t length)
{
    if (tty->lost || !length || !reserve(tty, length)) return;
    memcpy(tty->pending + tty->length, data, length);
    tty->length += length;
}

void yd_tty_drop(yd_tty *tty)
{
    static const char cancel = 0x18; /* CAN */
    tty->sent = tty->length = 0;
    yd_tty_add(tty, &cancel, 1);
}

bool yd_tty_flush(yd_tty *tty)
{
    while (!tty->lost && tty->sent < tty->length) {
        ssize_t count = write(tty->fd, tty->pending + tty->sent, tty->length - tty->sent);
        if (count >= 0) {
            tty->sent += (size_t)count;
        } else if (errno == EAGAIN) {
            return false;
        } else if (errno != EINTR) {
            tty->lost = true;
        }
    }
    tty->sent = tty->length = 0;
    return true;
}

bool yd_tty_drain(yd_tty *tty, int timeout_ms)
{
    int64_t end_ns = yd_clock_ns() + timeout_ms * 1000000LL;
    while (!yd_tty_flush(tty)) {
        int64_t left_ms = (end_ns - yd_clock_ns()) / 1000000;
        if (left_ms <= 0) return false;
        struct pollfd poller = {.fd = tty->fd, .events = POLLOUT};
        if (poll(&poller, 1, (int)left_ms) > 0 && (poller.revents & (POLLHUP | POLLERR | POLLNVAL)))
            tty->lost = true;
    }
    return true;
}

size_t yd_tty_read(yd_tty *tty, void *data, size_t capacity)
{
    if (tty->lost) return 0;
    ssize_t count = read(tty->fd, data, capacity);
    if (count > 0) return (size_t)count;
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    tty->lost = true;
    return 0;
}
