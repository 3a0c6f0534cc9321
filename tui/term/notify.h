/* How the user's attention is called for through the terminal. */
#pragma once
#include <stdbool.h>

typedef enum yd_notify { YD_NOTIFY_BELL, YD_NOTIFY_OSC9, YD_NOTIFY_NONE } yd_notify;

/* "bell", "osc9" or "none"; anything else, and NULL, is the bell. */
yd_notify yd_notify_of(const char *word);
/* The control sequence: BEL, which tmux and terminals turn into what the user set; or OSC 9, a message of the
 * desktop, in tmux wrapped for the terminal around it and with a BEL beside it. Control characters of the
 * text are escaped. The caller frees it; NULL for NONE, and when memory is out. */
char *yd_notify_sequence(yd_notify how, const char *text, bool tmux);
