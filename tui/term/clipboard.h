/* Text for the user's clipboard as the control sequence that terminals take it by (OSC 52). */
#pragma once
#include <stdbool.h>

/* tmux: wrapped once more for the terminal around tmux. The caller frees it; NULL when memory is out. */
char *yd_clipboard_sequence(const char *text, bool tmux);
