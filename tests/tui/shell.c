/* The real console in a pseudo-terminal: command line, mouse, copying, help. */
#include "support/console.h"
#include "support/test.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static yd_test_console console;

static void start(const yd_fake_run *script, int width, int height)
{
    yd_test_console_engine(&console, script);
    yd_test_console_start(&console, NULL, width, height, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
}

static void steers_by_the_command_line(void)
{
    start(&(yd_fake_run){.batches = 2000}, 94, 30);
    yd_test_console_type(&console, ":pa\t\r");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    yd_test_console_type(&console, ":set save_period 9\r");
    CHECK(yd_test_console_wait(&console, "save period 9", 8000));
    CHECK(yd_test_console_wait(&console, "set save_period 9: done (you)", 8000));
    yd_test_console_type(&console, ":set nothing 1\r");
    CHECK(yd_test_console_wait(&console, "refused", 8000));
    yd_test_console_type(&console, ":\033[A\033[A\r"); /* the line before the last one, again */
    CHECK(yd_test_console_wait(&console, "set save_period 9: done", 8000));
    yd_test_console_type(&console, ":nonsense\r");
    CHECK(yd_test_console_wait(&console, "! unknown command \"nonsense\"", 8000));
    CHECK(!console.screen.cursor_hidden && console.screen.y == 29);
    yd_test_console_type(&console, "\003");
    CHECK(yd_test_console_wait(&console, "after a final validation", 8000));
    yd_test_console_type(&console, "\033");
    CHECK(yd_test_console_wait_gone(&console, "after a final validation", 8000));
    yd_test_console_type(&console, ":quit\r");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    yd_test_console_end(&console);
}

static void executes_no_paste(void)
{
    start(&(yd_fake_run){.batches = 2000}, 94, 30);
    CHECK(console.screen.paste_mode);
    yd_test_console_type(&console, ":\033[200~pause\r\n:quit\r\n\033[201~");
    CHECK(yd_test_console_wait(&console, ":pause  :quit", 8000));
    yd_test_console_run(&console, 300);
    CHECK(!console.over && yd_vterm_find(&console.screen, "PAUSED") < 0);
    yd_test_console_type(&console, "\025pause\r");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    yd_test_console_end(&console);
}

static void obeys_the_mouse(void)
{
    start(&(yd_fake_run){.batches = 2000}, 94, 30);
    CHECK(console.screen.mouse_mode);
    int y = yd_vterm_find(&console.screen, "p pause");
    REQUIRE(y == 29);
    yd_test_console_type(&console, "\033[<0;4;30M\033[<0;4;30m");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    yd_test_console_type(&console, "m");
    CHECK(yd_test_console_wait(&console, "mouse off", 8000));
    CHECK(!console.screen.mouse_mode);
    yd_test_console_type(&console, "m");
    CHECK(yd_test_console_wait_gone(&console, "mouse off", 8000));
    CHECK(console.screen.mouse_mode);
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    CHECK(!console.screen.mouse_mode && !console.screen.paste_mode);
    yd_test_console_end(&console);
}

static void opens_another_run(void)
{
    yd_test_console other;
    yd_test_console_engine(&other, &(yd_fake_run){.batches = 2000, .model = "othernet"});
    start(&(yd_fake_run){.batches = 2000}, 94, 30);
    char line[4300];
    snprintf(line, sizeof line, ":open %s\r", other.folder);
    yd_test_console_type(&console, line);
    CHECK(yd_test_console_wait(&console, "othernet", 8000));
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    CHECK(yd_test_console_run_step(&console) >= 0); /* the first one goes on */
    yd_fake_engine_kill(other.engine);
    other.engine = 0;
    CHECK(yd_test_console_wait(&console, "DEAD", 8000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 3);
    yd_test_console_end(&console);
    other.master = -1;
}

static const yd_test_case cases[] = {
    {"steers by the command line", steers_by_the_command_line},
    {"executes no paste", executes_no_paste},
    {"obeys the mouse", obeys_the_mouse},
    {"opens another run", opens_another_run},
};

TEST_MAIN(cases)
