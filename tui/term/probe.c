#include "tui/term/probe.h"
#include "base/clock.h"
#include "tui/term/tty.h"
#include "tui/theme.h"
#include <langinfo.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS 1000000000LL

static const char *environment(const char *name)
{
    return getenv(name);
}

static void send(yd_tty *tty, yd_text *text)
{
    yd_tty_add(tty, text->data, text->length);
    yd_tty_flush(tty);
    yd_text_clear(text);
}

static void take(yd_tty *tty, yd_answers *answers, yd_input *input, yd_text *question)
{
    unsigned char bytes[256];
    int64_t now_ns = yd_clock_ns();
    size_t count = yd_tty_read(tty, bytes, sizeof bytes);
    for (size_t i = 0; i < count; i++)
        if (yd_input_byte(input, bytes[i], now_ns) == YD_KEY_REPORT) yd_answers_take(answers, &input->report);
    if (yd_answers_ask_outside(answers, now_ns, question)) send(tty, question);
}

/* Behind the last answer nothing follows but that of a terminal around tmux. */
static bool is_over(const yd_answers *answers)
{
    return answers->done && (!answers->asked_outside || answers->traits.kitty_outside);
}

static void listen(yd_tty *tty, yd_answers *answers)
{
    yd_text text = {0};
    yd_input input = {0};
    int64_t end_ns = yd_clock_ns() + PATIENCE_NS;
    int width, height, pixel_width, pixel_height;
    yd_tty_size(tty, &width, &height);
    yd_tty_pixels(tty, &pixel_width, &pixel_height);
    yd_answers_ask(answers, width, height, pixel_width, pixel_height, yd_clock_ns(), &text);
    send(tty, &text);
    while (!is_over(answers) && !tty->lost) {
        int64_t left_ms = (end_ns - yd_clock_ns()) / 1000000;
        struct pollfd poller = {.fd = tty->fd, .events = POLLIN};
        if (left_ms <= 0 || poll(&poller, 1, (int)left_ms) < 0) break;
        take(tty, answers, &input, &text);
    }
    yd_text_free(&text);
}

/* Takes the terminal behind standard input for at most about a second. The answers are as far as they came.
 * IO where there is none, or another process group has it. */
static yd_status ask_terminal(yd_answers *answers, yd_error *error)
{
    const char *type = getenv("TERM");
    yd_tty tty;
    *answers = (yd_answers){0};
    yd_answers_start(answers, environment, strcmp(nl_langinfo(CODESET), "UTF-8") == 0, !yd_theme_no_color());
    YD_TRY(yd_tty_open(&tty, error));
    yd_status status = YD_OK;
    if (!yd_tty_foreground(&tty))
        status = yd_fail(error, YD_ERR_IO, "another process group has the terminal");
    else if (type && yd_answers_knows_none(type))
        answers->done = true;
    else if (yd_tty_raw(&tty))
        listen(&tty, answers);
    yd_tty_close(&tty);
    return status;
}

yd_status yd_probe_describe(char *line, size_t capacity, yd_error *error)
{
    yd_answers answers;
    YD_TRY(ask_terminal(&answers, error));
    yd_graphics_mode mode = yd_graphics_choose(YD_GRAPHICS_WISH_AUTO, &answers.traits);
    char cell[48] = "", colours[32] = "";
    if (answers.traits.cell_width)
        snprintf(cell, sizeof cell, ", cells of %d x %d pixels", mode.cell_width, mode.cell_height);
    if (mode.graphics == YD_GRAPHICS_CELLS)
        snprintf(colours, sizeof colours, ", %s",
                 mode.colours >= YD_TRUE_COLOUR ? "true colour"
                 : mode.colours >= 256          ? "256 colours"
                 : mode.colours                 ? "8 colours"
                                                : "no colours");
    snprintf(line, capacity, "pictures: %s%s%s%s%s%s%s", yd_graphics_name(mode.graphics), colours, cell,
             answers.name[0] ? "; it calls itself " : "", answers.name,
             answers.done ? "" : "; it answers no questions",
             answers.traits.tmux && mode.graphics == YD_GRAPHICS_CELLS
                 ? "; sharper in a terminal of kitty's kind, with tmux's «set -g allow-passthrough on»"
                 : "");
    return YD_OK;
}
