#include "support/console.h"
#include "base/clock.h"
#include "base/file.h"
#include "event/client.h"
#include "support/test.h"
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

void yd_test_console_engine(yd_test_console *console, const yd_fake_run *script)
{
    static int number;
    setenv("XDG_STATE_HOME", yd_test_folder(), 1);
    *console = (yd_test_console){.master = -1, .over = true};
    snprintf(console->folder, sizeof console->folder, "%s/exp%d", yd_test_folder(), ++number);
    console->engine = yd_fake_engine_start(console->folder, script);
}

void yd_test_console_resume(yd_test_console *console, const yd_fake_run *script)
{
    if (console->engine > 0) yd_fake_engine_kill(console->engine);
    console->engine = yd_fake_engine_start(console->folder, script);
}

double yd_test_console_cpu(const yd_test_console *console)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(console->pid, &clock) != 0 || clock_gettime(clock, &used) != 0) return -1;
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void set_environment(const char *const *environment)
{
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("NO_COLOR");
    unsetenv("COLORTERM");
    setenv("XDG_CONFIG_HOME", "/nowhere", 1); /* whoever runs the tests may have key maps and themes */
    for (; environment && *environment; environment++) {
        const char *equals = strchr(*environment, '=');
        char name[64];
        snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - *environment) : 63, *environment);
        if (equals)
            setenv(name, equals + 1, 1);
        else
            unsetenv(name);
    }
}

/* Goes on as a process in the background of the terminal, while the one in front waits for it. */
static void stand_behind(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpgid(0, 0);
        return;
    }
    waitpid(child, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
}

/* What terminals of xterm's kind say, and more where the test wants it. */
static void answer_question(void *context, const char *question)
{
    yd_test_console *console = context;
    char answer[128] = "";
    if (strcmp(question, "c") == 0)
        snprintf(answer, sizeof answer, "\033[?62;%s22c", console->sixel ? "4;" : "");
    if (strcmp(question, "?2026$p") == 0)
        snprintf(answer, sizeof answer, "\033[?2026;%d$y", console->no_sync ? 0 : 2);
    if (strcmp(question, "16t") == 0 && console->cell_width)
        snprintf(answer, sizeof answer, "\033[6;%d;%dt", console->cell_height, console->cell_width);
    if (strcmp(question, ">0q") == 0 && console->name)
        snprintf(answer, sizeof answer, "\033P>|%s\033\\", console->name);
    if (console->answers && !console->silent) yd_test_console_type(console, answer);
}

static void answer_kitty(yd_test_console *console)
{
    yd_test_graphics *graphics = console->graphics;
    char answer[64];
    if (!graphics || !graphics->asked || console->silent) return;
    snprintf(answer, sizeof answer, "\033_Gi=%u;OK\033\\", graphics->asked);
    graphics->asked = 0;
    if (graphics->knows_kitty) yd_test_console_type(console, answer);
}

/* What was not given back, where a sanitizer looks for it: it would do so at exit(), which is not how we end.
 */
static bool leaks(void)
{
#ifdef __SANITIZE_ADDRESS__
    return __lsan_do_recoverable_leak_check() != 0;
#else
    return false;
#endif
}

void yd_test_console_start(yd_test_console *console, const yd_console_options *options, int width, int height,
                           const char *const *environment)
{
    struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};
    const yd_console_options stay = {.stay = true};
    console->answers = true;
    console->over = false;
    setlocale(LC_CTYPE, "C.UTF-8");
    fflush(NULL);
    console->pid = forkpty(&console->master, NULL, NULL, &size);
    if (console->pid < 0) yd_test_fatal(__FILE__, __LINE__, "cannot make a pseudo-terminal");
    if (console->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (console->background) stand_behind();
        if (console->no_hangup) signal(SIGHUP, SIG_IGN);
        set_environment(environment);
        if (console->program) {
            execl(console->program, console->program, "attach", console->folder, (char *)NULL);
            _exit(127);
        }
        int status = yd_console_run(console->folder[0] ? console->folder : NULL, options ? options : &stay);
        fflush(stdout);
        _exit(leaks() ? 98 : status);
    }
    fcntl(console->master, F_SETFL, O_NONBLOCK);
    fcntl(console->master, F_SETFD, FD_CLOEXEC);
    yd_vterm_start(&console->screen, width, height);
    console->screen.on_question = answer_question;
    console->screen.context = console;
}

static void reap(yd_test_console *console)
{
    int status;
    if (console->over || waitpid(console->pid, &status, WNOHANG) != console->pid) return;
    console->over = true;
    console->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void yd_test_console_in_tmux(yd_test_console *console, const char *settings)
{
    static int number;
    static char path[4300];
    char self[4096], script[20000];
    if (system("tmux -V >/dev/null 2>&1") != 0) yd_test_skip("needs tmux");
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0) yd_test_fatal(__FILE__, __LINE__, "cannot find this program");
    self[length] = '\0';
    snprintf(console->tmux, sizeof console->tmux, "yolodeck-test-%d-%d", (int)getpid(), ++number);
    snprintf(path, sizeof path, "%s/tmux.conf", console->folder);
    if (yd_file_write(path, settings, strlen(settings), NULL) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "cannot write %s", path);
    length = snprintf(script, sizeof script,
                      "#!/bin/sh\nexec tmux -L %s -f '%s' new-session \"'%s' --console '%s'\"\n",
                      console->tmux, path, self, console->folder);
    snprintf(path, sizeof path, "%s/in-tmux", console->folder);
    if (yd_file_write(path, script, (size_t)length, NULL) != YD_OK || chmod(path, 0700) != 0)
        yd_test_fatal(__FILE__, __LINE__, "cannot write %s", path);
    console->program = path;
}

int yd_test_console_main(int argc, char **argv, const yd_test_case *cases, int count)
{
    if (argc == 3 && strcmp(argv[1], "--console") == 0)
        return yd_console_run(argv[2], &(yd_console_options){.stay = true});
    return yd_test_main(argc, argv, cases, count);
}

static void end_tmux(const yd_test_console *console)
{
    char command[128];
    snprintf(command, sizeof command, "tmux -L %s kill-server 2>/dev/null", console->tmux);
    if (system(command) < 0) perror("tmux");
}

void yd_test_console_end(yd_test_console *console)
{
    if (console->tmux[0]) end_tmux(console);
    if (!console->over) kill(console->pid, SIGKILL);
    if (!console->over) waitpid(console->pid, NULL, 0);
    if (console->master >= 0) close(console->master);
    yd_vterm_free(&console->screen);
    if (console->engine > 0) yd_fake_engine_kill(console->engine);
    console->engine = 0;
}

static void take_output(yd_test_console *console)
{
    char bytes[4096];
    ssize_t count;
    while ((count = read(console->master, bytes, sizeof bytes)) > 0)
        yd_vterm_feed(&console->screen, bytes, (size_t)count);
    answer_kitty(console);
    if (console->screen.queries && !console->asked_ns) console->asked_ns = yd_clock_ns();
    if (yd_clock_ns() - console->asked_ns < console->answer_after_ms * INT64_C(1000000)) return;
    for (; console->answers && console->screen.queries > 0; console->screen.queries--)
        if (write(console->master, "\033[0n", 4) != 4) return;
    if (!console->screen.queries) console->asked_ns = 0;
}

void yd_test_console_look(yd_test_console *console)
{
    struct pollfd poller = {.fd = console->master, .events = POLLIN};
    poll(&poller, 1, 10);
    if (poller.revents & POLLHUP) usleep(1000);
    reap(console);
    take_output(console);
}

static int64_t deadline(int milliseconds)
{
    return yd_clock_ns() + milliseconds * 1000000LL;
}

void yd_test_console_run(yd_test_console *console, int milliseconds)
{
    for (int64_t end = deadline(milliseconds); yd_clock_ns() < end && !console->over;)
        yd_test_console_look(console);
}

static bool wait_until(yd_test_console *console, const char *text, bool there, int timeout_ms)
{
    for (int64_t end = deadline(timeout_ms * YD_TEST_PATIENCE); yd_clock_ns() < end;) {
        bool whole = !console->screen.synchronised; /* no frame is under way */
        if (whole && (yd_vterm_find(&console->screen, text) >= 0) == there) return true;
        if (console->over) break;
        yd_test_console_look(console);
    }
    if ((yd_vterm_find(&console->screen, text) >= 0) == there) return true;
    fprintf(stderr, "the screen %s \"%s\" after %d ms:\n", there ? "has not" : "still has", text,
            timeout_ms * YD_TEST_PATIENCE);
    yd_vterm_dump(&console->screen);
    return false;
}

bool yd_test_console_wait(yd_test_console *console, const char *text, int timeout_ms)
{
    return wait_until(console, text, true, timeout_ms);
}

bool yd_test_console_wait_gone(yd_test_console *console, const char *text, int timeout_ms)
{
    return wait_until(console, text, false, timeout_ms);
}

int yd_test_console_status(yd_test_console *console, int timeout_ms)
{
    for (int64_t end = deadline(timeout_ms * YD_TEST_PATIENCE); yd_clock_ns() < end && !console->over;) {
        if (console->master >= 0) {
            yd_test_console_look(console);
        } else {
            usleep(5000);
            reap(console);
        }
    }
    return console->over ? console->status : -1;
}

void yd_test_console_type(yd_test_console *console, const char *keys)
{
    size_t length = strlen(keys);
    if (write(console->master, keys, length) != (ssize_t)length)
        yd_test_fatal(__FILE__, __LINE__, "cannot type: %s", strerror(errno));
}

void yd_test_console_resize(yd_test_console *console, int width, int height)
{
    struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};
    take_output(console);
    yd_vterm_resize(&console->screen, width, height);
    ioctl(console->master, TIOCSWINSZ, &size);
}

int64_t yd_test_console_run_step(const yd_test_console *console)
{
    yd_client *client;
    yd_status_block block = {0};
    if (yd_client_open(console->folder, &client, NULL) != YD_OK) return -1;
    bool known = yd_ring_status(yd_client_ring(client), &block);
    yd_client_close(client);
    return known ? block.step : -1;
}

void yd_test_console_check_left(const yd_test_console *console)
{
    CHECK(!console->screen.alternate);
    CHECK(!console->screen.cursor_hidden);
    CHECK(!console->screen.paste_mode);
    CHECK(console->screen.unknown == 0);
    struct termios modes;
    CHECK(tcgetattr(console->master, &modes) == 0 && (modes.c_lflag & ICANON) && (modes.c_lflag & ECHO));
}
