/* The real console in a pseudo-terminal, and a terminal in memory that it draws on. */
#pragma once
#include "support/fake_engine.h"
#include "support/graphics.h"
#include "support/test.h"
#include "support/vterm.h"
#include "tui/console.h"
#include <stdbool.h>
#include <sys/types.h>

typedef struct yd_test_console {
    pid_t engine;      /* 0: none */
    char folder[4200]; /* of the run; empty: the console opens on the list of options.browse */
    pid_t pid;
    int master; /* -1: closed */
    yd_vterm screen;
    const char *
        program; /* set before the start: run as `PROGRAM attach FOLDER` in place of a copy of this process */
    char tmux[64];   /* the server that the console stands in; empty: none */
    bool background; /* set before the start: another process group has the terminal */
    bool no_hangup;  /* set before the start: SIGHUP is ignored, as under nohup */
    bool no_sync;    /* the terminal does not know synchronised output */
    bool answers;    /* the terminal answers status queries */
    /* What the terminal answers of itself; set between engine and start. */
    bool sixel;
    const char *name; /* NULL: it does not tell */
    int cell_width, cell_height;
    bool silent;                       /* of itself it says nothing */
    struct yd_test_graphics *graphics; /* NULL: it shows no pictures; set after the start */
    int answer_after_ms;               /* status queries are answered so late, as over a long link */
    int64_t asked_ns;
    bool over; /* the console has ended, with status */
    int status;
} yd_test_console;

/* Starts a fake engine on a new run folder. */
void yd_test_console_engine(yd_test_console *console, const yd_fake_run *script);
/* Another one on the same folder, as if the run had been resumed. */
void yd_test_console_resume(yd_test_console *console, const yd_fake_run *script);
/* CPU seconds that the console has used; -1: it is gone. */
double yd_test_console_cpu(const yd_test_console *console);
/* The console on that run. options: NULL stays when the run has ended. environment: "NAME=value" entries up
 * to NULL ("NAME" alone removes it), on top of TERM=xterm-256color and a UTF-8 locale. */
void yd_test_console_start(yd_test_console *console, const yd_console_options *options, int width, int height,
                           const char *const *environment);
/* Before the start, of a console that has a run: it will stand in a tmux of its own with these settings
 * (lines of a tmux.conf), whose last row is tmux's. Skips the case where there is no tmux. The test program
 * has to be one of YD_TEST_CONSOLE_MAIN. */
void yd_test_console_in_tmux(yd_test_console *console, const char *settings);
/* What a test program's main does: as "PROGRAM --console FOLDER" it is the console itself. */
int yd_test_console_main(int argc, char **argv, const yd_test_case *cases, int count);
#define YD_TEST_CONSOLE_MAIN(cases)                                                                          \
    int main(int argc, char **argv)                                                                          \
    {                                                                                                        \
        return yd_test_console_main(argc, argv, cases, (int)(sizeof cases / sizeof *cases));                 \
    }
/* Ends both, however they stand. */
void yd_test_console_end(yd_test_console *console);
/* Reads and answers what is there, or comes within 10 ms. */
void yd_test_console_look(yd_test_console *console);
/* The same for so long, or until it ends. For what must not happen; what must is waited for. */
void yd_test_console_run(yd_test_console *console, int milliseconds);
/* Waits, reading and answering, while an expression of the console's state does not hold. */
#define YD_TEST_CONSOLE_AWAIT(console, expression)                                                           \
    for (int awaited = 0; !(expression) && !(console)->over && awaited < 160 * YD_TEST_PATIENCE; awaited++)  \
    yd_test_console_run((console), 50)
/* Until a row of a whole frame holds text (true), or YD_TEST_PATIENCE times the time is over, or the console
 * is. */
bool yd_test_console_wait(yd_test_console *console, const char *text, int timeout_ms);
/* Until no row holds text. */
bool yd_test_console_wait_gone(yd_test_console *console, const char *text, int timeout_ms);
/* Until it has ended; its status, -1 where it has not within YD_TEST_PATIENCE times the time. */
int yd_test_console_status(yd_test_console *console, int timeout_ms);
void yd_test_console_type(yd_test_console *console, const char *keys);
void yd_test_console_resize(yd_test_console *console, int width, int height);
/* The step that the run itself says it is at; -1: it does not live. */
int64_t yd_test_console_run_step(const yd_test_console *console);
/* Checks that the console has given the terminal back as it was, and wrote nothing that the terminal does not
 * know. */
void yd_test_console_check_left(const yd_test_console *console);
