/* The console's own descriptor of the terminal: opened anew, so that O_NONBLOCK is not shared with the shell
 * or with anyone who inherited standard output. Output is kept here until the terminal takes it; nothing ever
 * waits for the terminal. */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/* Zero-initialise; close with yd_tty_close. */
typedef struct yd_tty {
    int fd;
    struct termios saved; /* as found */
    bool opened, raw, lost;
    char *pending; /* written, but not yet taken */
    size_t length, sent, capacity;
} yd_tty;

/* The terminal behind standard input. IO where there is none. */
yd_status yd_tty_open(yd_tty *tty, yd_error *error);
/* Gives the modes back and closes; waits for the terminal at most about a third of a second. */
void yd_tty_close(yd_tty *tty);
/* Keys one by one, without echo and without signals of their own. False where the terminal is lost. */
bool yd_tty_raw(yd_tty *tty);
void yd_tty_cooked(yd_tty *tty);
/* At least 1 x 1; 80 x 24 where the terminal does not know. */
void yd_tty_size(const yd_tty *tty, int *width, int *height);
/* The same in pixels; 0 x 0 where the kernel was not told. */
void yd_tty_pixels(const yd_tty *tty, int *width, int *height);
/* False for a process that its shell put into the background. */
bool yd_tty_foreground(const yd_tty *tty);

/* Adds to what is to be written. */
void yd_tty_add(yd_tty *tty, const void *data, size_t length);
/* Writes what the terminal takes now; true when nothing is left. */
bool yd_tty_flush(yd_tty *tty);
/* Drops what the terminal has not taken, and cancels a sequence that was cut in the middle. */
void yd_tty_drop(yd_tty *tty);
/* As yd_tty_flush, waiting up to timeout_ms in all. */
bool yd_tty_drain(yd_tty *tty, int timeout_ms);
/* Bytes that are there now: their number, 0 for none; sets lost at the end of file and on errors. */
size_t yd_tty_read(yd_tty *tty, void *data, size_t capacity);
