/* What a screen may ask of the console around it. Requests are noted here and carried out by the app and the
 * loop after the screen's function has returned, so that no screen is ever called from within itself. */
#pragma once
#include "tui/glyphs.h"
#include "tui/keymap.h"
#include "tui/launcher.h"
#include "tui/picture/graphics.h"
#include "tui/steer.h"
#include "tui/term/notify.h"
#include "tui/theme.h"
#include <stdbool.h>
#include <stdint.h>

enum { YD_COPY_LIMIT = 65536 }; /* bytes; terminals drop longer ones */

/* Screens read the first group and call the functions below; the rest belongs to app and loop. */
typedef struct yd_services {
    char run_folder[4096];     /* raw; empty where no run is open */
    char browse_folder[4096];  /* whose runs are listed; empty: the folder that the run stands in */
    yd_launcher *launcher;     /* NULL: no other program can be started */
    const yd_keymap *keymap;   /* as the user has it */
    const yd_glyphs *glyphs;   /* of the terminal */
    int colours;               /* of the terminal, as they are used; 0: none */
    yd_graphics_mode graphics; /* how the terminal is shown pictures */
    bool graphics_open;        /* it may still tell that it can do better */

    yd_steer steer;
    int64_t now_ns;
    char message[512]; /* in the last line, until message_until_ns */
    yd_style message_style;
    int64_t message_until_ns;
    char open_folder[4096]; /* wanted; empty: none */
    const char *screen;     /* wanted; NULL: none */
    char *copied;           /* wanted; NULL: none */
    yd_theme theme;
    bool theme_changed; /* the terminal is to show it */
    yd_notify notify;   /* how news is told */
    bool redraw;        /* a frame is wanted */
    bool mouse;         /* the mouse is wanted; the terminal's otherwise */
    int waker;          /* eventfd */
} yd_services;

/* False when the system has no descriptor left. client: NULL where nobody listens. */
bool yd_services_start(yd_services *services, yd_client *client, const char *run_folder);
void yd_services_end(yd_services *services);

/* Shows a line in the last row for some seconds. */
void yd_services_say(yd_services *services, yd_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Sends a command to the run and says how that went; what: how it is called to the user ("pause"). The answer
 * is said when it comes, and told to every screen (services->steer.sent is its number). False: not sent. */
bool yd_services_send(yd_services *services, yd_command_type type, const char *argument, const char *what);
/* Puts UTF-8 text into the user's clipboard, through the terminal, and says so. */
void yd_services_copy(yd_services *services, const char *text);
/* Leaves this run (it goes on) and opens another one in its place. */
void yd_services_open_run(yd_services *services, const char *folder);
/* By its name on the tab, whatever its case. */
void yd_services_show_screen(yd_services *services, const char *name);
/* Something looks different: from any other thread (the only function that may be called there), wakes the
 * loop, which calls the tick of the screen shown and draws. */
void yd_services_wake(const yd_services *services);
