/* Menus that stand over a screen and ask before something is done that cannot be taken back, with what each
 * choice costs: how to end the run, and what to go back to. */
#pragma once
#include "event/wire.h"
#include "tui/canvas.h"
#include "tui/state.h"

typedef enum yd_menu { YD_MENU_STOP, YD_MENU_ROLLBACK } yd_menu;

/* What a choice does: sends a command, called name to the user; or opens the command line with text to go on
 * with. */
typedef struct yd_menu_choice {
    const char *row;
    yd_command_type command;
    const char *argument, *name;
    const char *typed; /* NULL: sends the command */
} yd_menu_choice;

int yd_menu_count(yd_menu menu);
/* i: 0 to below the count. */
const yd_menu_choice *yd_menu_at(yd_menu menu, int i);
/* Returns where the choices stand on the canvas, one a row; the cursor stands on the chosen one where it is
 * seen. wall_ns: now. */
yd_rect yd_menu_draw(yd_menu menu, const yd_run_view *view, int chosen, int64_t wall_ns,
                     const yd_canvas *canvas, yd_cursor *cursor);
