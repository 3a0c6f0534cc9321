/* The console in tmux, an interpreter of terminals that is not ours: drawn, steered, resized, left, attached
 * again, hung up. */
#include "support/console.h"
#include "support/test.h"
#include "tui/console.h"
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char run_folder[4200], screen[65536];

/* Runs tmux on a server of our own; its output goes to screen. False where it failed. */
static bool tmux(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool tmux(const char *format, ...)
{
    char arguments[8192], command[9000];
    va_list list;
    va_start(list, format);
    vsnprintf(arguments, sizeof arguments, format, list);
    va_end(list);
    snprintf(command, sizeof command, "tmux -L yolodeck-test-%d -f /dev/null %s 2>/dev/null", (int)getpid(),
             arguments);
    FILE *pipe = popen(command, "r");
    if (!pipe) return false;
    size_t length = fread(screen, 1, sizeof screen - 1, pipe);
    screen[length] = '\0';
    return pclose(pipe) == 0;
}

static bool shows(const char *text, int timeout_ms)
{
    for (int waited = 0; waited <= timeout_ms * YD_TEST_PATIENCE; waited += 30) {
        if (tmux("capture-pane -p") && strstr(screen, text)) return true;
        usleep(30000);
    }
    fprintf(stderr, "\"%s\" is not in\n%s", text, screen);
    return false;
}

static bool hides(const char *text, int timeout_ms)
{
    for (int waited = 0; waited <= timeout_ms * YD_TEST_PATIENCE; waited += 30) {
        if (tmux("capture-pane -p") && !strstr(screen, text)) return true;
        usleep(30000);
    }
    fprintf(stderr, "\"%s\" is still in\n%s", text, screen);
    return false;
}

/* The console in a new session. What is typed behind it says with what status it was left, and keeps the
 * pane. */
static void open_console(int width, int height)
{
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    REQUIRE(length > 0);
    self[length] = '\0';
    bool opened = false; /* a server that is about to end takes nothing: asked again */
    for (int i = 0; i < 100 * YD_TEST_PATIENCE && !opened; i++, usleep(opened ? 0 : 20000))
        opened = tmux("new-session -d -x %d -y %d -e LC_ALL=C.UTF-8 -e XDG_STATE_HOME=%s "
                      "'\"%s\" --console \"%s\"; echo status $?; sleep 600'",
                      width, height, getenv("XDG_STATE_HOME"), self, run_folder);
    REQUIRE(opened);
}

static void leave_tmux(void)
{
    tmux("kill-server");
}

static pid_t begin(void)
{
    if (system("tmux -V >/dev/null 2>&1") != 0) yd_test_skip("needs tmux");
    setenv("XDG_STATE_HOME", yd_test_folder(), 1);
    snprintf(run_folder, sizeof run_folder, "%s/exp3", yd_test_folder());
    return yd_fake_engine_start(run_folder,
                                &(yd_fake_run){.batches = 5000}); /* it trains, and nothing else */
}

static void steers_in_tmux(void)
{
    pid_t engine = begin();
    open_console(94, 30);
    CHECK(shows("learning rate", 8000) && shows("epoch", 8000) && shows("TRAIN", 8000));
    tmux("send-keys p");
    CHECK(shows("PAUSED", 8000));
    tmux("send-keys p");
    CHECK(shows("TRAIN", 8000));
    tmux("send-keys e");
    CHECK(shows("after a final validation", 8000));
    tmux("send-keys Escape '?'"); /* at once: tmux sends them as Alt and the key */
    CHECK(shows("leave the console", 8000));
    CHECK(hides("after a final validation", 8000));
    tmux("send-keys Escape");
    tmux("send-keys F1 F1 7");
    CHECK(shows("level: all", 8000));
    tmux("send-keys 1 q");
    CHECK(shows("status 5", 8000));
    CHECK(shows("yolodeck attach exp3", 8000));
    usleep(200000);
    tmux("capture-pane -p");
    CHECK(strstr(screen, "[0n") == NULL); /* no answer of the terminal is left for the shell */
    leave_tmux();
    yd_fake_engine_kill(engine);
}

static void is_laid_out_anew_in_tmux(void)
{
    static const int sizes[][2] = {{200, 60}, {60, 16}, {40, 10}, {1, 1}, {20, 3}, {80, 24}};
    pid_t engine = begin();
    open_console(94, 30);
    CHECK(shows("learning rate", 8000));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        tmux("resize-window -x %d -y %d", sizes[i][0], sizes[i][1]);
        if (sizes[i][0] >= 20) CHECK(shows("epoch", 8000));
    }
    CHECK(shows("\342\224\214 progress \342\224\200", 8000));
    CHECK(shows("p pause", 8000));
    leave_tmux();
    yd_fake_engine_kill(engine);
}

static void ends_with_tmux_and_comes_back(void)
{
    pid_t engine = begin();
    open_console(80, 24);
    CHECK(shows("epoch", 8000));
    REQUIRE(tmux("list-panes -F '#{pane_pid}'"));
    pid_t group = (pid_t)atoi(screen); /* the pane's shell leads the session that the console is in */
    leave_tmux();
    bool gone = false;
    for (int i = 0; i < 100 * YD_TEST_PATIENCE && !gone; i++, usleep(20000))
        gone = kill(-group, 0) != 0 && errno == ESRCH;
    CHECK(gone);
    CHECK(kill(engine, 0) == 0);
    open_console(80, 24);
    CHECK(shows("epoch", 8000) && shows("TRAIN", 8000));
    leave_tmux();
    yd_fake_engine_kill(engine);
}

/* What is copied reaches tmux's clipboard; what is pasted there reaches the command line and is not carried
 * out. */
static void copies_and_pastes_in_tmux(void)
{
    pid_t engine = begin();
    open_console(94, 30);
    CHECK(shows("TRAIN", 8000));
    REQUIRE(tmux("set-option -s set-clipboard on"));
    tmux("send-keys y");
    CHECK(shows("copied exp3: TRAIN", 8000));
    bool copied = false;
    for (int waited = 0; waited < 100 * YD_TEST_PATIENCE && !copied; waited++) {
        copied = tmux("show-buffer") && strncmp(screen, "exp3: TRAIN, epoch ", 19) == 0;
        usleep(30000);
    }
    CHECK(copied);
    REQUIRE(tmux("set-buffer -b mine 'pause\n:quit\n'"));
    tmux("send-keys :");
    REQUIRE(tmux("paste-buffer -p -b mine"));
    CHECK(shows(":pause :quit", 8000));
    usleep(300000);
    CHECK(shows("TRAIN", 0) && shows(":pause :quit", 0));
    tmux("send-keys C-u pause Enter");
    CHECK(shows("PAUSED", 8000));
    leave_tmux();
    yd_fake_engine_kill(engine);
}

static const yd_test_case cases[] = {
    {"copies and pastes in tmux", copies_and_pastes_in_tmux},
    {"steers in tmux", steers_in_tmux},
    {"is laid out anew in tmux", is_laid_out_anew_in_tmux},
    {"ends with tmux and comes back", ends_with_tmux_and_comes_back},
};

YD_TEST_CONSOLE_MAIN(cases)
