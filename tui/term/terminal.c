#include "tui/term/terminal.h"
#include "base/clock.h"
#include "base/text.h"
#include "tui/term/answers.h"
#include "tui/term/clipboard.h"
#include "tui/term/crash.h"
#include "tui/term/gate.h"
#include "tui/term/pictures.h"
#include "tui/term/surface.h"
#include "tui/term/tty.h"
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct yd_terminal {
    yd_tty tty;
    yd_surface *surface;
    yd_gate gate;
    yd_input input;
    const yd_glyphs *glyphs;
    yd_graphics_wish graphics;
    yd_answers answers;
    yd_pictures pictures;
    yd_text before, after; /* of a frame's cells: what goes for its pictures */
    int width, height;
    unsigned char bytes[1024]; /* read, not yet made into keys */
    size_t count, next;
    bool suspended, mouse;
    char notice[128];
};

/* Synchronised output (mode 2026), for terminals that say that they know it; bracketed paste; the status
 * query. */
static const char frame_begin[] = "\033[?2026h", frame_end[] = "\033[?2026l", frame_ask[] = "\033[5n";
static const char paste_on[] = "\033[?2004h", paste_off[] = "\033[?2004l";
/* Buttons, the wheel, and motion while a button is down, with coordinates of any size: asked for whatever
 * terminfo says, since terminals that do not know it ignore it. */
static const char mouse_on[] = "\033[?1002h\033[?1006h", mouse_off[] = "\033[?1006l\033[?1002l";
enum { ANSWER_TIMEOUT_MS = 200 };

static bool is_dumb(const char *type)
{
    return strcmp(type, "dumb") == 0 || strcmp(type, "unknown") == 0;
}

/* Most terminals are much like xterm, and a type that this machine does not know is most often a newer one.
 */
static yd_status create_surface(yd_terminal *terminal, bool colour, yd_error *error)
{
    static const char instead[] = "xterm-256color";
    const char *type = getenv("TERM");
    char shown[64];
    if (type && is_dumb(type))
        return yd_fail(error, YD_ERR_UNSUPPORTED, "terminal type \"%s\" shows plain lines only", type);
    if (type && *type && yd_surface_create(type, colour, &terminal->surface, error) == YD_OK) return YD_OK;
    YD_TRY(yd_surface_create(instead, colour, &terminal->surface, error));
    if (type && *type)
        snprintf(terminal->notice, sizeof terminal->notice, "TERM: %s is not known here: drawn as for %s",
                 yd_escape(shown, sizeof shown, type), instead);
    else
        snprintf(terminal->notice, sizeof terminal->notice, "TERM is not set: drawn as for %s", instead);
    return YD_OK;
}

/* LC_CTYPE alone is the user's: numbers stay as files have them. */
static const yd_glyphs *choose_glyphs(bool ascii)
{
    setlocale(LC_CTYPE, "");
    return !ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? &yd_glyphs_unicode : &yd_glyphs_ascii;
}

/* The Linux console would print the questions and has no answers. They come before the first frame, which
 * clears the screen of whatever a terminal makes of them. */
static void ask(yd_terminal *terminal, int64_t now_ns)
{
    const char *type = getenv("TERM");
    int width, height, pixel_width, pixel_height;
    if (type && yd_answers_knows_none(type)) return;
    yd_tty_size(&terminal->tty, &width, &height);
    yd_tty_pixels(&terminal->tty, &pixel_width, &pixel_height);
    yd_text_clear(&terminal->before);
    yd_answers_ask(&terminal->answers, width, height, pixel_width, pixel_height, now_ns, &terminal->before);
    yd_tty_add(&terminal->tty, terminal->before.data, terminal->before.length);
}

static void enter(yd_terminal *terminal)
{
    yd_bytes bytes = yd_surface_enter(terminal->surface);
    yd_tty_add(&terminal->tty, paste_on, sizeof paste_on - 1);
    yd_tty_add(&terminal->tty, bytes.data, bytes.length);
    if (terminal->mouse) yd_tty_add(&terminal->tty, mouse_on, sizeof mouse_on - 1);
    ask(terminal, yd_clock_ns());
    yd_tty_flush(&terminal->tty);
}

/* Leaving is rehearsed once, for the crash handler: the bytes are asked of curses while nothing has been
 * written yet. */
static void guard_against_crash(yd_terminal *terminal, const char *message)
{
    char leave[256]; /* what the crash handler keeps */
    yd_bytes bytes = yd_surface_rehearse(terminal->surface);
    /* A frame may be cut off in the middle of anything; CAN ends that. */
    static const char begin[] = "\030\033[?2026l";
    size_t length = sizeof begin - 1;
    memcpy(leave, begin, length);
    if (bytes.length > sizeof leave - 64) bytes.length = 0;
    memcpy(leave + length, bytes.data, bytes.length);
    length += bytes.length;
    memcpy(leave + length, paste_off, sizeof paste_off - 1);
    length += sizeof paste_off - 1;
    memcpy(leave + length, mouse_off, sizeof mouse_off - 1);
    length += sizeof mouse_off - 1;
    yd_crash_guard(&terminal->tty, leave, length, message ? message : "");
}

static yd_status open_parts(yd_terminal *terminal, const yd_terminal_options *options, yd_error *error)
{
    terminal->glyphs = choose_glyphs(options->ascii);
    YD_TRY(create_surface(terminal, !options->no_color && !yd_theme_no_color(), error));
    YD_TRY(yd_tty_open(&terminal->tty, error));
    if (!yd_tty_foreground(&terminal->tty))
        return yd_fail(error, YD_ERR_UNSUPPORTED, "another process group has the terminal");
    if (!yd_tty_raw(&terminal->tty))
        return yd_fail_errno(error, YD_ERR_IO, "cannot set the terminal's modes");
    return YD_OK;
}

static const char *environment(const char *name)
{
    return getenv(name);
}

yd_status yd_terminal_open(const yd_terminal_options *options, yd_terminal **result, yd_error *error)
{
    yd_terminal *terminal = calloc(1, sizeof *terminal);
    if (!terminal) return yd_fail(error, YD_ERR_MEMORY, "out of memory for the terminal");
    yd_status status = open_parts(terminal, options, error);
    if (status != YD_OK) {
        yd_tty_close(&terminal->tty);
        yd_surface_destroy(terminal->surface);
        free(terminal);
        return status;
    }
    terminal->mouse = true;
    yd_gate_start(&terminal->gate, options->max_fps, options->max_kbps);
    guard_against_crash(terminal, options->crash_message);
    terminal->graphics = options->graphics;
    yd_answers_start(&terminal->answers, environment, terminal->glyphs->braille,
                     !options->no_color && !yd_theme_no_color());
    enter(terminal);
    *result = terminal;
    return YD_OK;
}

/* Answers that are still on their way would be typed into the shell. */
static void await_answers(yd_terminal *terminal)
{
    int64_t end_ns = yd_clock_ns() + ANSWER_TIMEOUT_MS * 1000000LL;
    while (!terminal->tty.lost && ((terminal->gate.outstanding && !terminal->gate.mute) ||
                                   yd_answers_waits(&terminal->answers, yd_clock_ns()))) {
        int64_t left_ms = (end_ns - yd_clock_ns()) / 1000000;
        struct pollfd poller = {.fd = terminal->tty.fd, .events = POLLIN};
        if (left_ms <= 0 || poll(&poller, 1, (int)left_ms) <= 0) return;
        while (yd_terminal_key(terminal, yd_clock_ns()) != YD_KEY_NONE) continue;
    }
}

static void leave(yd_terminal *terminal)
{
    yd_bytes bytes = yd_surface_leave(terminal->surface);
    if (!yd_tty_drain(&terminal->tty, ANSWER_TIMEOUT_MS)) yd_tty_drop(&terminal->tty);
    yd_text_clear(&terminal->after);
    yd_pictures_leave(&terminal->pictures, &terminal->after);
    await_answers(terminal);
    yd_tty_add(&terminal->tty, terminal->after.data, terminal->after.length);
    yd_tty_add(&terminal->tty, bytes.data, bytes.length);
    yd_tty_add(&terminal->tty, paste_off, sizeof paste_off - 1);
    if (terminal->mouse) yd_tty_add(&terminal->tty, mouse_off, sizeof mouse_off - 1);
    yd_tty_drain(&terminal->tty, ANSWER_TIMEOUT_MS);
}

void yd_terminal_close(yd_terminal *terminal)
{
    if (!terminal) return;
    if (!terminal->suspended) leave(terminal);
    yd_tty_close(&terminal->tty);
    yd_crash_release();
    yd_surface_destroy(terminal->surface);
    yd_text_free(&terminal->before);
    yd_text_free(&terminal->after);
    free(terminal);
}

const char *yd_terminal_notice(const yd_terminal *terminal)
{
    return terminal->notice;
}

int yd_terminal_descriptor(const yd_terminal *terminal)
{
    return terminal->tty.fd;
}

short yd_terminal_poll_events(const yd_terminal *terminal)
{
    return (short)(POLLIN | (terminal->tty.length ? POLLOUT : 0));
}

bool yd_terminal_lost(const yd_terminal *terminal)
{
    return terminal->tty.lost;
}

void yd_terminal_set_lost(yd_terminal *terminal)
{
    terminal->tty.lost = true;
}

const yd_glyphs *yd_terminal_glyphs(const yd_terminal *terminal)
{
    return terminal->glyphs;
}

bool yd_terminal_resize(yd_terminal *terminal, int *width, int *height)
{
    yd_tty_size(&terminal->tty, width, height);
    if (*width > YD_CANVAS_LIMIT) *width = YD_CANVAS_LIMIT;
    if (*height > YD_CANVAS_LIMIT) *height = YD_CANVAS_LIMIT;
    if (*width == terminal->width && *height == terminal->height) return false;
    terminal->width = *width;
    terminal->height = *height;
    yd_surface_resize(terminal->surface, *width, *height);
    return true;
}

static int next_key(yd_terminal *terminal, int64_t now_ns)
{
    int queued = yd_input_queued(&terminal->input);
    if (queued != YD_KEY_NONE) return queued;
    while (terminal->next < terminal->count) {
        int key = yd_input_byte(&terminal->input, terminal->bytes[terminal->next++], now_ns);
        if (key != YD_KEY_NONE) return key;
    }
    return YD_KEY_NONE;
}

void yd_terminal_ask(yd_terminal *terminal, int64_t now_ns)
{
    yd_text question = {0};
    if (terminal->suspended || !yd_answers_ask_outside(&terminal->answers, now_ns, &question)) return;
    yd_tty_add(&terminal->tty, question.data, question.length);
    yd_tty_flush(&terminal->tty);
    yd_text_free(&question);
}

static void take_report(yd_terminal *terminal, int64_t now_ns)
{
    yd_answers_take(&terminal->answers, &terminal->input.report);
    yd_terminal_ask(terminal, now_ns);
}

int yd_terminal_key(yd_terminal *terminal, int64_t now_ns)
{
    for (;;) {
        int key = next_key(terminal, now_ns);
        if (key == YD_KEY_ANSWER) {
            yd_gate_answered(&terminal->gate, now_ns);
            continue;
        }
        if (key == YD_KEY_REPORT) {
            take_report(terminal, now_ns);
            continue;
        }
        if (key != YD_KEY_NONE) return key;
        terminal->next = 0;
        terminal->count = yd_tty_read(&terminal->tty, terminal->bytes, sizeof terminal->bytes);
        if (!terminal->count) return yd_input_idle(&terminal->input, now_ns);
    }
}

const yd_mouse *yd_terminal_mouse(const yd_terminal *terminal)
{
    return &terminal->input.mouse;
}

const char *yd_terminal_pasted(const yd_terminal *terminal)
{
    return terminal->input.pasted;
}

/* tmux takes the sequence itself where set-clipboard is on, and passes the wrapped one on to its own terminal
 * where allow-passthrough is on; each is ignored where it is off. */
void yd_terminal_copy(yd_terminal *terminal, const char *text)
{
    char *sequence = yd_clipboard_sequence(text, getenv("TMUX") != NULL);
    if (sequence) yd_tty_add(&terminal->tty, sequence, strlen(sequence));
    yd_tty_flush(&terminal->tty);
    free(sequence);
}

void yd_terminal_notify(yd_terminal *terminal, yd_notify how, const char *text)
{
    char *sequence = yd_notify_sequence(how, text, getenv("TMUX") != NULL);
    if (sequence) yd_tty_add(&terminal->tty, sequence, strlen(sequence));
    yd_tty_flush(&terminal->tty);
    free(sequence);
}

void yd_terminal_set_theme(yd_terminal *terminal, const yd_theme *theme)
{
    yd_surface_set_theme(terminal->surface, theme);
}

int yd_terminal_colours(const yd_terminal *terminal)
{
    return yd_surface_colours(terminal->surface);
}

void yd_terminal_set_mouse(yd_terminal *terminal, bool on)
{
    if (terminal->mouse == on) return;
    terminal->mouse = on;
    yd_tty_add(&terminal->tty, on ? mouse_on : mouse_off, (on ? sizeof mouse_on : sizeof mouse_off) - 1);
    yd_tty_flush(&terminal->tty);
}

int64_t yd_terminal_key_wait(const yd_terminal *terminal)
{
    return yd_input_waits(&terminal->input) ? 30000000 : -1;
}

int64_t yd_terminal_frame_wait(yd_terminal *terminal, int64_t now_ns)
{
    return terminal->tty.length ? -1 : yd_gate_wait(&terminal->gate, now_ns);
}

static void gather_pictures(yd_terminal *terminal, const yd_picture_list *wanted)
{
    static const yd_picture_list none = {0};
    yd_text_clear(&terminal->before);
    yd_text_clear(&terminal->after);
    yd_pictures_want(&terminal->pictures, wanted ? wanted : &none);
    yd_pictures_remove(&terminal->pictures, &terminal->before);
    yd_pictures_send(&terminal->pictures, yd_gate_budget(&terminal->gate), &terminal->after);
}

void yd_terminal_draw(yd_terminal *terminal, const yd_canvas *canvas, int cursor_x, int cursor_y,
                      int64_t now_ns)
{
    if (terminal->tty.length || terminal->tty.lost) return;
    gather_pictures(terminal, canvas->pictures);
    yd_bytes bytes = yd_surface_draw(terminal->surface, canvas, cursor_x, cursor_y);
    size_t length = terminal->before.length + bytes.length + terminal->after.length;
    if (!length) return;
    bool asks = yd_gate_asks(&terminal->gate, now_ns), brackets = terminal->answers.synchronised;
    size_t before = terminal->tty.length;
    if (brackets) yd_tty_add(&terminal->tty, frame_begin, sizeof frame_begin - 1);
    yd_tty_add(&terminal->tty, terminal->before.data, terminal->before.length);
    yd_tty_add(&terminal->tty, bytes.data, bytes.length);
    yd_tty_add(&terminal->tty, terminal->after.data, terminal->after.length);
    if (brackets) yd_tty_add(&terminal->tty, frame_end, sizeof frame_end - 1);
    if (asks) yd_tty_add(&terminal->tty, frame_ask, sizeof frame_ask - 1);
    length = terminal->tty.length - before;
    yd_tty_flush(&terminal->tty);
    yd_gate_sent(&terminal->gate, length, asks, now_ns);
}

bool yd_terminal_lacks(const yd_terminal *terminal, const yd_picture_list *pictures)
{
    return yd_pictures_unfinished(&terminal->pictures) || !yd_pictures_match(&terminal->pictures, pictures);
}

yd_graphics_mode yd_terminal_graphics(const yd_terminal *terminal)
{
    return yd_graphics_choose(terminal->graphics, &terminal->answers.traits);
}

bool yd_terminal_listens(const yd_terminal *terminal, int64_t now_ns)
{
    return yd_answers_waits(&terminal->answers, now_ns);
}

void yd_terminal_flush(yd_terminal *terminal)
{
    yd_tty_flush(&terminal->tty);
}

void yd_terminal_forget(yd_terminal *terminal)
{
    yd_surface_forget(terminal->surface);
    yd_pictures_forget(&terminal->pictures);
}

void yd_terminal_suspend(yd_terminal *terminal)
{
    if (terminal->suspended) return;
    leave(terminal);
    yd_tty_cooked(&terminal->tty);
    terminal->suspended = true;
}

/* In the background, setting the modes stops the process, as a full-screen program has to. */
void yd_terminal_resume(yd_terminal *terminal)
{
    terminal->suspended = false;
    yd_tty_raw(&terminal->tty);
    enter(terminal);
}
