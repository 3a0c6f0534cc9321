/* How the console ends, and with what exit status: left, stopped, done, failed, killed, crashed, hung up. */
#include "base/clock.h"
#include "base/file.h"
#include "support/console.h"
#include "support/test.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static yd_test_console console;

static void start(const yd_fake_run *script, int width, int height, const char *const *environment)
{
    yd_test_console_engine(&console, script);
    yd_test_console_start(&console, NULL, width, height, environment);
}

static void leaves_and_says_how_to_return(void)
{
    start(&(yd_fake_run){0}, 80, 24, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    CHECK(yd_vterm_find(&console.screen, "yolodeck attach exp") >= 0);
    yd_test_console_check_left(&console);
    CHECK(yd_test_console_run_step(&console) > 0);
    yd_test_console_end(&console);
}

static void ends_by_menu(void)
{
    start(&(yd_fake_run){0}, 80, 24, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_type(&console, "e");
    CHECK(yd_test_console_wait(&console, "after a final validation", 8000));
    yd_test_console_type(&console, "\033[B\r"); /* the second: after this epoch */
    CHECK(yd_test_console_wait(&console, "end after this epoch", 8000));
    CHECK(yd_test_console_wait(&console, "DONE", 8000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 4);
    yd_test_console_check_left(&console);
    yd_test_console_end(&console);
}

static void two_interrupts_stop(void)
{
    start(&(yd_fake_run){0}, 80, 24, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_type(&console, "\003");
    CHECK(yd_test_console_wait(&console, "after this batch", 8000));
    CHECK(!console.over);
    yd_test_console_type(&console, "\003");
    CHECK(yd_test_console_wait(&console, "DONE", 8000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 4);
    yd_test_console_end(&console);
}

static void returns_how_the_run_ended(void)
{
    static const struct {
        int code, wanted;
        const char *text;
    } ends[] = {{0, 0, ": done"}, {3, 3, ": failed"}};
    for (int i = 0; i < 2; i++) {
        yd_test_console_engine(
            &console, &(yd_fake_run){.epochs = 2, .batches = 20, .held = true, .exit_code = ends[i].code});
        yd_console_options options = {0};
        yd_test_console_start(&console, &options, 80, 24, NULL);
        CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
        yd_fake_engine_let_go(console.engine);
        CHECK(yd_test_console_status(&console, 5000) == ends[i].wanted);
        CHECK(yd_vterm_find(&console.screen, ends[i].text) >= 0);
        yd_test_console_check_left(&console);
        yd_test_console_end(&console);
    }
}

static void sees_a_killed_engine(void)
{
    start(&(yd_fake_run){0}, 80, 24, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_fake_engine_kill(console.engine);
    console.engine = 0;
    CHECK(yd_test_console_wait(&console, "DEAD", 2000));
    CHECK(yd_test_console_wait(&console, "the engine is gone", 8000));
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "not sent, the engine cannot be reached", 8000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 3);
    yd_test_console_end(&console);
}

static void ends_with_its_terminal(void)
{
    start(&(yd_fake_run){0}, 80, 24, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    close(console.master);
    console.master = -1;
    CHECK(yd_test_console_status(&console, 1500) == 5);
    CHECK(yd_test_console_run_step(&console) > 0);
    yd_test_console_end(&console);
}

/* As a library in the console would: into what is its standard error. */
static void print_in_console(const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/2", (int)console.pid);
    int fd = open(path, O_WRONLY | O_NONBLOCK);
    REQUIRE(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void what_libraries_print_is_in_the_log(void)
{
    char path[4300], *kept;
    size_t length;
    start(&(yd_fake_run){0}, 80, 24, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    print_in_console("libpng warning: \033[2Jodd chunk\nlibpng warning: \033[2Jodd chunk\nanother\nhalf");
    yd_test_console_type(&console, "7");
    CHECK(yd_test_console_wait(&console, "! (console) another", 8000));
    int row = yd_vterm_find(&console.screen, "! (console) libpng warning: \\x1b[2Jodd chunk");
    CHECK(row >= 0 && row == yd_vterm_find(&console.screen, "! (console) another") - 1); /* told once */
    CHECK(yd_vterm_find(&console.screen, "half") < 0 && console.screen.unknown == 0);
    print_in_console(" a line\n");
    CHECK(yd_test_console_wait(&console, "! (console) half a line", 8000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    snprintf(path, sizeof path, "%s/console.log", console.folder);
    REQUIRE(yd_file_read(path, 0, &kept, &length, NULL) == YD_OK);
    CHECK(strstr(kept, "another\nhalf a line\n"));
    free(kept);
    yd_test_console_end(&console);
}

/* Its engine takes no connection: the console is there at once all the same, and attaches when it goes on. */
static void a_stopped_engine_does_not_hold_up(void)
{
    yd_test_console_engine(&console, &(yd_fake_run){0});
    yd_fake_engine_stop(console.engine);
    yd_test_console_start(&console, NULL, 80, 24, NULL);
    int64_t begin = yd_clock_ns();
    CHECK(yd_test_console_wait(&console, "CONNECTING", 1000));
    yd_test_console_type(&console, "7");
    CHECK(yd_test_console_wait(&console, "0 lines", 800));
    CHECK(yd_clock_ns() - begin < YD_TEST_PATIENCE * INT64_C(1000000000));
    CHECK(yd_test_console_wait(&console, "NO ANSWER", 3000));
    CHECK(yd_test_console_wait(&console, "the engine does not answer", 1000));
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "not sent", 1000));
    kill(console.engine, SIGCONT);
    CHECK(yd_test_console_wait(&console, "TRAIN", 4000));
    CHECK(yd_vterm_find(&console.screen, "attached again") < 0);
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "PAUSED", 4000));
    yd_test_console_end(&console);
}

/* It dies without ever having answered. */
static void a_stopped_engine_that_dies_is_shown_as_dead(void)
{
    yd_test_console_engine(&console, &(yd_fake_run){0});
    yd_fake_engine_stop(console.engine);
    yd_test_console_start(&console, NULL, 80, 24, NULL);
    CHECK(yd_test_console_wait(&console, "NO ANSWER", 3000));
    yd_fake_engine_kill(console.engine);
    console.engine = 0;
    CHECK(yd_test_console_wait(&console, "DEAD", 3000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) >= 0);
    yd_test_console_end(&console);
}

static void restores_the_terminal_after_a_crash(void)
{
    start(&(yd_fake_run){0}, 80, 24, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    CHECK(console.screen.alternate);
    kill(console.pid, SIGSTOP); /* so that nobody takes what is printed before it crashes */
    REQUIRE(waitpid(console.pid, NULL, WUNTRACED) == console.pid);
    print_in_console("free(): invalid pointer\n");
    kill(console.pid, SIGSEGV);
    kill(console.pid, SIGCONT);
    CHECK(yd_test_console_status(&console, 8000) == -SIGSEGV);
    CHECK(yd_vterm_find(&console.screen, "free(): invalid pointer") >= 0);
    CHECK(yd_vterm_find(&console.screen, "the console crashed") >= 0);
    yd_test_console_check_left(&console);
    CHECK(yd_test_console_run_step(&console) > 0);
    yd_test_console_end(&console);
}

static void obeys_signals(void)
{
    static const int signals[] = {SIGHUP, SIGTERM};
    for (int i = 0; i < 2; i++) {
        start(&(yd_fake_run){0}, 80, 24, NULL);
        CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
        kill(console.pid, signals[i]);
        CHECK(yd_test_console_status(&console, 8000) == 5);
        yd_test_console_check_left(&console);
        yd_test_console_end(&console);
    }
}

/* Nobody could continue a session leader: the console comes back at once, whole. */
static void comes_back_from_a_stop(void)
{
    start(&(yd_fake_run){0}, 80, 24, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    CHECK(console.screen.entered == 1);
    yd_test_console_type(&console, "\032");
    YD_TEST_CONSOLE_AWAIT(&console, console.screen.entered == 2);
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    CHECK(console.screen.alternate && console.screen.entered == 2);
    kill(console.pid, SIGSTOP);
    REQUIRE(waitpid(console.pid, NULL, WUNTRACED) == console.pid);
    kill(console.pid, SIGCONT);
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    yd_test_console_check_left(&console);
    yd_test_console_end(&console);
}

static void refuses_a_run_that_is_over(void)
{
    yd_test_console_engine(&console, &(yd_fake_run){.epochs = 1, .batches = 2, .step_ms = 1});
    CHECK(yd_fake_engine_wait(console.engine, 8000) == 0);
    console.engine = 0;
    yd_console_options options = {0};
    yd_test_console_start(&console, &options, 80, 24, NULL);
    CHECK(yd_test_console_status(&console, 8000) == 2);
    CHECK(yd_vterm_find(&console.screen, "has ended") >= 0);
    yd_test_console_end(&console);
}

static const yd_test_case cases[] = {
    {"leaves and says how to return", leaves_and_says_how_to_return},
    {"ends by menu", ends_by_menu},
    {"two interrupts stop", two_interrupts_stop},
    {"returns how the run ended", returns_how_the_run_ended},
    {"sees a killed engine", sees_a_killed_engine},
    {"ends with its terminal", ends_with_its_terminal},
    {"what libraries print is in the log", what_libraries_print_is_in_the_log},
    {"a stopped engine does not hold up", a_stopped_engine_does_not_hold_up},
    {"a stopped engine that dies is shown as dead", a_stopped_engine_that_dies_is_shown_as_dead},
    {"restores the terminal after a crash", restores_the_terminal_after_a_crash},
    {"obeys signals", obeys_signals},
    {"comes back from a stop", comes_back_from_a_stop},
    {"refuses a run that is over", refuses_a_run_that_is_over},
};

TEST_MAIN(cases)
