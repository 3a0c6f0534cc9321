#include "base/clock.h"
#include "base/program.h"
#include "support/test.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a line for the shell prints, started with the rest of how. */
static const char *say(const char *line, yd_program how, pid_t *child)
{
    static char said[4096];
    yd_error error;
    int status, output = memfd_create("output", MFD_CLOEXEC);
    const char *const arguments[] = {"its-name", "-c", line, NULL};
    REQUIRE(output >= 0);
    how.path = "/bin/sh", how.arguments = arguments, how.output = how.complaint = output;
    REQUIRE(yd_program_start(&how, child, &error) == YD_OK);
    REQUIRE(waitpid(*child, &status, 0) == *child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ssize_t length = pread(output, said, sizeof said - 1, 0);
    close(output);
    said[length > 0 ? length : 0] = '\0';
    return said;
}

static void leads_a_group_or_a_session(void)
{
    static const char ids[] = "cut -d ' ' -f 1,5,6 /proc/self/stat | cut -d ' ' -f 2,3";
    char wanted[64];
    pid_t child;
    const char *found = say(ids, (yd_program){0}, &child);
    snprintf(wanted, sizeof wanted, "%d %d\n", (int)child, (int)getsid(0));
    CHECK_TEXT(found, wanted);
    found = say(ids, (yd_program){.session = true}, &child);
    snprintf(wanted, sizeof wanted, "%d %d\n", (int)child, (int)child);
    CHECK_TEXT(found, wanted);
}

/* What this process ignores, and the descriptors that it has open, do not reach the other. */
static void has_what_it_is_given_alone(void)
{
    pid_t child;
    int leak = dup(STDOUT_FILENO);
    signal(SIGUSR1, SIG_IGN);
    CHECK_TEXT(say("echo $0; echo complains >&2; read x || echo nothing to read; echo $ONLY, $HOME.; "
                   "for i in 3 4 5 6 7 8 9; do [ ! -e /proc/self/fd/$i ] || echo has $i; done; "
                   "trap 'echo has heard' USR1; kill -s USR1 $$; trap - USR1",
                   (yd_program){.environment = (const char *const[]){"ONLY=this", NULL}}, &child),
               "its-name\ncomplains\nnothing to read\nthis, .\nhas heard\n");
    signal(SIGUSR1, SIG_DFL);
    close(leak);
}

static void a_program_that_hangs_is_killed(void)
{
    const char *const hangs[] = {"/bin/sh", "-c", "echo begun; while :; do :; done", NULL};
    const char *const leaves[] = {"/bin/sh", "-c", "exec 2>/dev/null; sleep 60 & echo done; exit 4", NULL};
    yd_text output = {0};
    yd_error error;
    int code;
    setenv("PATH", "/usr/bin:/bin", 1);
    int64_t begun = yd_clock_ns();
    CHECK(yd_program_run(hangs, 2, &output, NULL, &code, &error) == YD_ERR_IO);
    CHECK_TEXT(output.data, "begun\n");
    yd_text_clear(&output);
    /* what it left behind holds its outputs open: its own end counts */
    CHECK(yd_program_run(leaves, 30, &output, NULL, &code, &error) == YD_OK && code == 4);
    CHECK_TEXT(output.data, "done\n");
    CHECK(yd_clock_ns() - begun < (int64_t)50 * 1000000000);
    yd_text_free(&output);
    CHECK(yd_program_run((const char *const[]){"/no/such/program", NULL}, 1, NULL, NULL, &code, &error) ==
          YD_ERR_IO);
}

static const yd_test_case cases[] = {
    {"leads a group or a session", leads_a_group_or_a_session},
    {"has what it is given alone", has_what_it_is_given_alone},
    {"a program that hangs is killed", a_program_that_hangs_is_killed},
};

TEST_MAIN(cases)
