/* What the console is at a moment: the run, the screen, what stands over it, what was said last. Keys, the
 * mouse and answers change it, yd_frame_draw shows it. Knows neither terminal nor clock, so that tests can
 * drive it with both faked. */
#pragma once
#include "tui/curves.h"
#include "tui/help.h"
#include "tui/link.h"
#include "tui/menu.h"
#include "tui/past.h"
#include "tui/prompt.h"
#include "tui/screens/screen.h"

typedef enum yd_overlay { YD_OVERLAY_NONE, YD_OVERLAY_HELP, YD_OVERLAY_MENU } yd_overlay;

/* What the loop has to do after a key; bits. */
typedef enum yd_request {
    YD_REQUEST_NONE = 0,
    YD_REQUEST_LEAVE = 1,
    YD_REQUEST_REDRAW = 2,
    YD_REQUEST_SUSPEND = 4,
    YD_REQUEST_OPEN = 8 /* the run in services.open_folder */
} yd_request;

/* Columns x to end (exclusive) stand for a key. */
typedef struct yd_hit {
    int x, end, key;
} yd_hit;
enum { YD_HITS = 48 };

typedef struct yd_app {
    yd_run_view *view;
    yd_curves curves; /* reads the files of the run into the view */
    yd_services services;
    yd_compare *compare;
    yd_past past; /* of a run that nobody publishes */
    yd_keymap keymap;
    char run_name[256]; /* escaped */
    int screen;         /* index into yd_screens */
    bool opened;        /* the screen knows that it is shown */
    void *memories[YD_SCREENS];
    bool evolves; /* the run folder is an evolution's */
    yd_overlay overlay;
    yd_menu menu;         /* which, where one stands over the screen */
    int chosen;           /* of the menu */
    yd_rect overlay_rows; /* what stands over the screen, without its edges, where it was drawn last */
    yd_help help;
    yd_prompt prompt;
    yd_hit hits[YD_HITS]; /* what can be clicked in the last line */
    int hit_count;
    int64_t interrupted_ns;  /* the last Ctrl-C; 0: none */
    int width, height;       /* of the last picture */
    bool dragging;           /* the screen has the mouse until its release */
    int64_t now_ns, wall_ns; /* set by the loop before every call */
} yd_app;

/* Takes the view (which it destroys, here too where it fails). False when memory or descriptors are out.
 * run_folder: raw. */
bool yd_app_start(yd_app *app, yd_run_view *view, yd_client *client, const char *run_folder);
void yd_app_end(yd_app *app);
/* Shows another run instead, on the same screen. Takes the view; the client and the view of before are no
 * longer used. */
void yd_app_change_run(yd_app *app, yd_run_view *view, yd_client *client, const char *run_folder);

/* Each returns yd_request bits. */
int yd_app_key(yd_app *app, int key);
int yd_app_mouse(yd_app *app, const yd_mouse *mouse);
int yd_app_paste(yd_app *app, const char *text);
/* SIGINT from outside counts as the key. */
int yd_app_interrupt(yd_app *app);
/* Takes the answers that are there; true where there was one. steer.lost: the connection is gone. */
bool yd_app_answers(yd_app *app);
/* The connection came or went. */
void yd_app_link(yd_app *app, yd_link_state state);
/* The engine lives, and has not answered since the run was opened. problem: why it cannot; empty: not known.
 */
void yd_app_no_answer(yd_app *app, const char *problem);
/* Time has passed: true where something looks different. */
bool yd_app_tick(yd_app *app);
/* What has been asked for outside of keys; yd_request bits. */
int yd_app_requests(yd_app *app);

/* What keys and verbs do, for those that do it otherwise. */
/* How many screens have a tab: those of evolutions alone, which stand last, only for one. */
int yd_app_tabs(const yd_app *app);
void yd_app_show_screen(yd_app *app, int screen);
void yd_app_act_on_screen(yd_app *app, yd_action action);
void yd_app_open_menu(yd_app *app, yd_menu menu); /* closes it where it is open */
void yd_app_open_command_line(yd_app *app, const char *text);
void yd_app_show_help(yd_app *app, const char *filter);
void yd_app_set_mouse(yd_app *app, bool on);

/* The context that the screen's functions are called with. */
yd_screen_context yd_app_context(yd_app *app, int screen);
/* Frames a second that the screen shown wants at most. */
int yd_app_max_fps(const yd_app *app);
