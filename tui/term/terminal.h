/* The terminal while it shows the console: keys in, one counted frame at a time out. Never waits for the
 * terminal. */
#pragma once
#include "base/error.h"
#include "tui/canvas.h"
#include "tui/picture/graphics.h"
#include "tui/term/input.h"
#include "tui/term/notify.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct yd_terminal yd_terminal;

typedef struct yd_terminal_options {
    bool ascii, no_color;
    int max_fps, max_kbps;
    yd_graphics_wish graphics;
    const char *crash_message; /* a line for the user after a crash */
} yd_terminal_options;

/* Takes the terminal behind standard input: TERM's type, else xterm-256color. UNSUPPORTED where the terminal
 * cannot show pictures (TERM=dumb), IO where there is none, or another process group has it: plain lines are
 * for those. Enters the screen. */
yd_status yd_terminal_open(const yd_terminal_options *options, yd_terminal **terminal, yd_error *error);
/* Leaves the screen and restores the terminal's modes; waits for it at most about half a second. */
void yd_terminal_close(yd_terminal *terminal);

/* What the user may want to know of it: that TERM's type is not known. Empty: nothing. */
const char *yd_terminal_notice(const yd_terminal *terminal);
int yd_terminal_descriptor(const yd_terminal *terminal);
short yd_terminal_poll_events(const yd_terminal *terminal); /* what to poll for */
bool yd_terminal_lost(const yd_terminal *terminal);
void yd_terminal_set_lost(yd_terminal *terminal); /* poll said so */
const yd_glyphs *yd_terminal_glyphs(const yd_terminal *terminal);
/* Hands UTF-8 text to the terminal for the user's clipboard (OSC 52), through tmux too. */
void yd_terminal_copy(yd_terminal *terminal, const char *text);
/* Calls for the user's attention. */
void yd_terminal_notify(yd_terminal *terminal, yd_notify how, const char *text);
/* How styles look from the next frame on, which draws every cell. */
void yd_terminal_set_theme(yd_terminal *terminal, const yd_theme *theme);
/* How many colours the picture uses, as yd_theme_number has them; 0: none. */
int yd_terminal_colours(const yd_terminal *terminal);
/* The mouse speaks to us, or to the terminal (which then selects text with it). */
void yd_terminal_set_mouse(yd_terminal *terminal, bool on);
/* The size as the terminal has it now; returns whether it differs from before. */
bool yd_terminal_resize(yd_terminal *terminal, int *width, int *height);

/* The next key that was typed; YD_KEY_NONE: none. Answers to queries are taken here too. */
int yd_terminal_key(yd_terminal *terminal, int64_t now_ns);
/* What the mouse did, and what was pasted: of the YD_KEY_MOUSE or YD_KEY_PASTE returned last. */
const yd_mouse *yd_terminal_mouse(const yd_terminal *terminal);
const char *yd_terminal_pasted(const yd_terminal *terminal);
/* Nanoseconds until the keys want to be looked at again without a byte having come; -1: never. */
int64_t yd_terminal_key_wait(const yd_terminal *terminal);

/* Nanoseconds until a frame may be drawn; -1: not before the terminal has taken the one under way. */
int64_t yd_terminal_frame_wait(yd_terminal *terminal, int64_t now_ns);
/* Writes what brings the terminal to these cells and to the canvas's pictures; nothing where it shows them
 * already. Of large pictures only a part goes with each frame. */
void yd_terminal_draw(yd_terminal *terminal, const yd_canvas *canvas, int cursor_x, int cursor_y,
                      int64_t now_ns);
/* Whether the terminal lacks a picture, or has one too many: then it has to be drawn though no cell has
 * changed. */
bool yd_terminal_lacks(const yd_terminal *terminal, const yd_picture_list *pictures);
/* How pictures are to be made for this terminal, as far as it is known by now. */
yd_graphics_mode yd_terminal_graphics(const yd_terminal *terminal);
/* Asks what it has not answered yet, where asking again makes sense. To be called now and then. */
void yd_terminal_ask(yd_terminal *terminal, int64_t now_ns);
/* Whether the terminal may still tell more about itself. */
bool yd_terminal_listens(const yd_terminal *terminal, int64_t now_ns);
/* Goes on writing (poll said that the terminal takes bytes). */
void yd_terminal_flush(yd_terminal *terminal);
/* The next frame draws every cell. */
void yd_terminal_forget(yd_terminal *terminal);
/* Gives the terminal back for a while, and takes it again. */
void yd_terminal_suspend(yd_terminal *terminal);
void yd_terminal_resume(yd_terminal *terminal);
