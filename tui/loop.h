/* The console's loop: waits for the terminal, the engine, signals and time, and for nothing else. */
#pragma once
#include "tui/app.h"
#include "tui/term/terminal.h"

typedef enum yd_loop_end {
    YD_LOOP_LEFT,  /* the user left */
    YD_LOOP_LOST,  /* the terminal is gone */
    YD_LOOP_TOLD,  /* SIGTERM asked to end */
    YD_LOOP_ENDED, /* the run ended */
    YD_LOOP_OPEN,  /* the run in app->services.open_folder is wanted instead */
    YD_LOOP_FAILED /* the loop could not begin */
} yd_loop_end;

/* client: the engine's, open; NULL for a run that is not alive. stay: goes on when the run has ended, until
 * the user leaves. */
yd_loop_end yd_loop_run(yd_app *app, yd_client *client, yd_terminal *terminal, bool stay);
