/* Gives the terminal back when the console crashes: the one thing that is done inside a signal handler. */
#pragma once
#include "tui/term/tty.h"

/* From here on a fatal signal writes `leave` to the terminal, restores its modes and then ends the process as
 * it would have ended. message: a line for the user, printed last. Both are copied (cut to 256 bytes). */
void yd_crash_guard(const yd_tty *tty, const char *leave, size_t length, const char *message);
/* What has been printed into this pipe (not blocking) is written to the terminal too, before the message:
 * whoever ends by abort() has said why. -1: none. */
void yd_crash_tell(int printed);
void yd_crash_release(void);
