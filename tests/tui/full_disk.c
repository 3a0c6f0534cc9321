/* The console where nothing can be written any more: the run folder lies on a file system that is full. */
#include "base/file.h"
#include "support/console.h"
#include "support/test.h"
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static yd_test_console console;

/* A small file system of our own, seen by this process and its children alone, which goes away with them. */
static void mount_small(const char *folder)
{
    uid_t user = geteuid();
    if (unshare(CLONE_NEWNS | (user ? CLONE_NEWUSER : 0)) != 0) yd_test_skip("needs namespaces");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) yd_test_skip("needs a mount of its own");
    if (mount("none", folder, "tmpfs", 0, "size=128k") != 0) yd_test_skip("needs a tmpfs");
}

static void fill(const char *folder)
{
    char path[4400];
    static const char block[4096];
    snprintf(path, sizeof path, "%s/filler", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    while (write(fd, block, sizeof block) > 0) continue;
    close(fd);
}

static void draws_and_steers_on_a_full_disk(void)
{
    char folder[4100], path[4400];
    snprintf(folder, sizeof folder, "%s/small", yd_test_folder());
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    mount_small(folder);
    setenv("TMPDIR", folder, 1);
    setenv("XDG_STATE_HOME", yd_test_folder(), 1);
    console = (yd_test_console){.master = -1, .over = true};
    snprintf(console.folder, sizeof console.folder, "%s/exp", folder);
    console.engine = yd_fake_engine_start(console.folder, &(yd_fake_run){0});
    fill(folder);
    snprintf(path, sizeof path, "%s/more", folder);
    REQUIRE(yd_file_write(path, "text", 4, NULL) != YD_OK); /* it is full */
    yd_test_console_start(&console, NULL, 94, 30, NULL);
    CHECK(yd_test_console_wait(&console, "TRAIN", 8000));
    yd_test_console_type(&console, "p");
    CHECK(yd_test_console_wait(&console, "PAUSED", 8000));
    for (const char *key = "1234567"; *key; key++) {
        yd_test_console_type(&console, (const char[]){*key, '\0'});
        yd_test_console_run(&console, 150);
    }
    CHECK(!console.over);
    yd_test_console_type(&console, "1");
    CHECK(yd_test_console_wait(&console, "progress", 8000));
    yd_test_console_type(&console, "q");
    CHECK(yd_test_console_status(&console, 8000) == 5);
    yd_test_console_check_left(&console);
    CHECK(yd_test_console_run_step(&console) > 0);
    yd_test_console_end(&console);
    umount2(folder, MNT_DETACH);
}

static const yd_test_case cases[] = {
    {"draws and steers on a full disk", draws_and_steers_on_a_full_disk},
};

TEST_MAIN(cases)
