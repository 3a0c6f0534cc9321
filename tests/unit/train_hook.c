/* The hook: a real program is told, one at a time, and nobody waits for it. */
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "support/test.h"
#include "train/hook.h"
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[4096];
static char warned[1024];

static void keep_warning(void *context, yd_log_level level, const char *line)
{
    (void)context;
    if (level >= YD_LOG_WARNING) snprintf(warned, sizeof warned, "%s", line);
}

static void new_folder(void)
{
    static int number;
    snprintf(folder, sizeof folder, "%s/run%d", yd_test_folder(), ++number);
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    warned[0] = '\0';
    yd_log_set_receiver(keep_warning, NULL);
}

static const char *script(const char *text)
{
    static char path[4200];
    snprintf(path, sizeof path, "%s/hook.sh", folder);
    REQUIRE(yd_file_write(path, text, strlen(text), NULL) == YD_OK && chmod(path, 0755) == 0);
    return path;
}

static const char *output(void)
{
    static char *data;
    char path[4200];
    size_t length;
    snprintf(path, sizeof path, "%s/hook.log", folder);
    free(data);
    data = NULL;
    return yd_file_read(path, 0, &data, &length, NULL) == YD_OK ? data : "";
}

static yd_hook *open_hook(const char *command)
{
    yd_hook *hook;
    yd_error error = {0};
    if (yd_hook_create(command, folder, &hook, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return hook;
}

static void is_told_without_a_shell(void)
{
    char wanted[9000];
    new_folder();
    setenv("YOLODECK_EVENT", "old", 1);
    yd_hook *hook = open_hook(script("#!/bin/sh\n"
                                     "printf '%s|' \"$#\" \"$@\" \"$YOLODECK_EVENT\" \"$YOLODECK_PHASE\" "
                                     "\"$YOLODECK_RUN\" \"$YOLODECK_MESSAGE\"\n"
                                     "env | grep -c YOLODECK_EVENT\nread x || echo nothing to read\n"));
    yd_hook_call(hook, "nan", false, "two  words; $(echo evil) \"quoted\"");
    yd_hook_destroy(hook);
    const char *message = "two  words; $(echo evil) \"quoted\"";
    snprintf(wanted, sizeof wanted, "3|nan|%s|%s|nan|begins|%s|%s|1\nnothing to read\n", folder, message,
             folder, message);
    CHECK_TEXT(output(), wanted);
    CHECK_TEXT(warned, "");
    unsetenv("YOLODECK_EVENT");
}

static void a_line_for_the_shell(void)
{
    char wanted[9000];
    new_folder();
    yd_hook *hook = open_hook("echo told; echo");
    yd_hook_call(hook, "spike", true, "it's over");
    yd_hook_destroy(hook);
    snprintf(wanted, sizeof wanted, "told\nspike %s it's over\n", folder);
    CHECK_TEXT(output(), wanted);
}

static void what_cannot_be_a_hook(void)
{
    yd_error error = {0};
    new_folder();
    CHECK(yd_hook_check("no-such-program-here", &error) == YD_ERR_CONFIG);
    CHECK(strstr(error.message, "no-such-program-here") && strstr(error.message, "no such program"));
    CHECK(yd_hook_check(folder, &error) == YD_ERR_CONFIG); /* a folder */
    CHECK(yd_hook_check("true", &error) == YD_OK && yd_hook_check("/bin/sh", &error) == YD_OK);
}

static void failures_are_logged(void)
{
    new_folder();
    yd_hook *hook = open_hook(script("#!/bin/sh\nexit 7\n"));
    yd_hook_call(hook, "disk", false, "x");
    yd_hook_destroy(hook);
    CHECK(strstr(warned, "status 7") && strstr(warned, "disk"));
    new_folder();
    hook = open_hook(script("#!/bin/sh\nkill -9 $$\n"));
    yd_hook_call(hook, "disk", false, "x");
    yd_hook_destroy(hook);
    CHECK(strstr(warned, "signal 9"));
    new_folder();
    const char *path = script("#!/no/such/interpreter\n");
    hook = open_hook(path);
    yd_hook_call(hook, "disk", false, "x");
    yd_hook_destroy(hook);
    CHECK(strstr(warned, "cannot be started"));
}

/* Signals that the engine ignores or blocks are as usual in the hook, and no descriptor leaks into it. */
static void starts_clean(void)
{
    new_folder();
    signal(SIGPIPE, SIG_IGN);
    int leak = dup(1);
    yd_hook *hook = open_hook(script("#!/bin/sh\nls /proc/self/fd | wc -l\n"
                                     "grep -E 'Sig(Blk|Ign)' /proc/self/status\n"));
    yd_hook_call(hook, "stall", false, "x");
    yd_hook_destroy(hook);
    close(leak);
    signal(SIGPIPE, SIG_DFL);
    const char *ignored = strstr(output(), "SigIgn:");
    CHECK(strstr(output(), "SigBlk:\t0000000000000000") != NULL);
    REQUIRE(ignored);
    CHECK((strtoull(ignored + 7, NULL, 16) & 0x7fffffff) == 0); /* glibc's own two lie above */
    CHECK(atoi(output()) == 4);                                 /* three, and the folder that ls reads */
}

static void the_same_is_told_once(void)
{
    new_folder();
    yd_hook *hook = open_hook(script("#!/bin/sh\necho $1 $YOLODECK_PHASE\n"));
    for (int i = 0; i < 5; i++) {
        yd_hook_call(hook, "nan", false, "x");
        yd_hook_call(hook, "nan", true, "x");
    }
    yd_hook_destroy(hook);
    CHECK_TEXT(output(), "nan begins\nnan ends\n");
    yd_hook_call(NULL, "nan", false, "nobody");
    yd_hook_destroy(NULL);
}

static void nobody_waits(void)
{
    static const char *const kinds[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    new_folder();
    yd_hook *hook = open_hook(script("#!/bin/sh\necho $1\nexec sleep 30\n"));
    int64_t begin = yd_clock_ns();
    for (int i = 0; i < 12; i++) yd_hook_call(hook, kinds[i], false, "x");
    CHECK(yd_clock_ns() - begin < YD_TEST_PATIENCE * INT64_C(1000000000)); /* the first one takes 30 s */
    CHECK(strstr(warned, "the hook is not told of l: 8 calls wait"));
    for (int i = 0; i < 100 * YD_TEST_PATIENCE && strcmp(output(), "a\n") != 0; i++) usleep(20000);
    usleep(200000);
    CHECK_TEXT(output(), "a\n"); /* one at a time */
    begin = yd_clock_ns();
    yd_hook_destroy(hook);
    CHECK(yd_clock_ns() - begin < 20000000000); /* and the end of a run waits for a few seconds at most */
    for (int i = 0; i < 100 * YD_TEST_PATIENCE && strlen(output()) < 16; i++) usleep(20000);
    CHECK(strlen(output()) >= 16); /* but all that waited are told */
}

static const yd_test_case cases[] = {
    {"is told without a shell", is_told_without_a_shell},
    {"a line for the shell", a_line_for_the_shell},
    {"what cannot be a hook", what_cannot_be_a_hook},
    {"failures are logged", failures_are_logged},
    {"starts clean", starts_clean},
    {"the same is told once", the_same_is_told_once},
    {"nobody waits", nobody_waits},
};

TEST_MAIN(cases)
