/* The lines of the command line from one console to the next: $XDG_STATE_HOME/yolodeck/history, a line each,
 * oldest first, readable by its owner alone. */
#pragma once
#include "tui/widgets/entry.h"

/* Takes the newest lines of the file; control characters and what is no text are left out, whatever it
 * holds. Nothing happens where there is none, or it is larger than 64 KiB. Returns history->count. */
int yd_history_load(yd_entry_history *history);
/* Adds the lines behind the first `loaded` to the file as it is now, keeps the newest YD_ENTRY_HISTORY, and
 * writes it whole or not at all. What cannot be written is lost without a word: it is a convenience. */
void yd_history_save(const yd_entry_history *history, int loaded);
