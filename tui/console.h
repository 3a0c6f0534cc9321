/* The console: watches and steers one live run from a terminal, or tells it in plain lines where there is
 * none; looks at what ended runs have left, and browses all of them. */
#pragma once
#include "tui/picture/graphics.h"
#include "tui/term/notify.h"
#include <stdbool.h>

typedef struct yd_console_options {
    bool plain;        /* lines on standard output, whatever the terminal can do */
    bool json;         /* objects on standard output (docs/events.md) */
    bool ascii;        /* no glyph beyond ASCII, whatever the locale says */
    bool no_color;     /* as NO_COLOR in the environment */
    bool stay;         /* stay on the screen when the run has ended, until the user leaves */
    const char *theme; /* a name or a file; NULL: the default */
    yd_graphics_wish graphics;
    yd_notify notify;
    int max_fps;        /* frames a second; 0: 10 */
    int max_kbps;       /* output to the terminal, kbit a second; 0: no cap */
    bool *told;         /* becomes true where SIGTERM ended the screen; NULL: nobody asks */
    const char *browse; /* the folder whose runs are listed; NULL: the one that the run stands in */
} yd_console_options;

/* Runs until the user leaves, the terminal is gone or the run has ended. Restores the terminal in every case
 * and says on standard output how to come back, or how the run ended. Never ends the process, never touches
 * the run but by commands.
 *
 * run_folder: the folder of a run; NULL: none yet, the console opens on the list of options->browse. options:
 * NULL for the defaults.
 * Returns an exit status of the program: 5 where the console was left (or lost its terminal) and the run goes
 * on, the engine's own where the run ended before its eyes (0 done, 3 failed, 4 stopped by the user; 3 where
 * the engine died), 0 where it looked at an ended run or at none, 2 where the run does not live and there is
 * no screen to show what it left on (said on standard error). */
int yd_console_run(const char *run_folder, const yd_console_options *options);
