#include "base/file.h"
#include "base/text.h"
#include "event/registry.h"
#include "event/user_folder.h"
#include "support/test.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *in_folder(const char *name)
{
    static char paths[8][4096];
    static unsigned next;
    char *path = paths[next++ % 8];
    yd_path_join(path, sizeof paths[0], yd_test_folder(), name);
    return path;
}

/* A fresh run folder, and a home of the test's own. */
static const char *make_run(const char *name)
{
    setenv("XDG_STATE_HOME", in_folder("state"), 1);
    const char *run = in_folder(name);
    REQUIRE(yd_make_folders(run, NULL) == YD_OK);
    return run;
}

static yd_live live_here(void)
{
    yd_live live;
    yd_live_here(&live);
    yd_copy_text(live.socket, sizeof live.socket, "/tmp/none.sock");
    return live;
}

static void a_live_file_says_where_the_run_lives(void)
{
    const char *run = make_run("a/exp");
    yd_live live = live_here(), found;
    CHECK(live.pid == getpid() && live.start_time >= 0 && live.host[0] && live.boot_id[0]);
    CHECK(yd_live_check(run, &found) == YD_LIVE_NONE);
    REQUIRE(yd_live_write(run, &live, NULL) == YD_OK);
    REQUIRE(yd_live_read(run, &found, NULL) == YD_OK);
    CHECK(found.pid == live.pid && found.start_time == live.start_time);
    CHECK_TEXT(found.host, live.host);
    CHECK_TEXT(found.boot_id, live.boot_id);
    CHECK_TEXT(found.socket, live.socket);
    CHECK(yd_live_check(run, &found) == YD_LIVE_HERE);
}

static void what_only_seems_to_live_is_dead(void)
{
    const char *run = make_run("dead/exp");
    yd_live live = live_here(), found;
    live.start_time++; /* the pid was given to another process since */
    REQUIRE(yd_live_write(run, &live, NULL) == YD_OK);
    CHECK(yd_live_check(run, &found) == YD_LIVE_DEAD && found.pid == live.pid);
    live = live_here();
    yd_copy_text(live.boot_id, sizeof live.boot_id,
                 "00000000-0000-0000-0000-000000000000"); /* the machine was started again */
    REQUIRE(yd_live_write(run, &live, NULL) == YD_OK);
    CHECK(yd_live_check(run, &found) == YD_LIVE_DEAD);
    live = live_here();
    fflush(NULL);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) _exit(0);
    REQUIRE(waitid(P_PID, (id_t)child, &(siginfo_t){0}, WEXITED | WNOWAIT) == 0);
    live.pid = child; /* a zombie does not live either */
    REQUIRE(yd_live_write(run, &live, NULL) == YD_OK);
    CHECK(yd_live_check(run, &found) == YD_LIVE_DEAD);
    waitpid(child, NULL, 0);
    CHECK(yd_live_check(run, &found) == YD_LIVE_DEAD);
    live = live_here();
    yd_copy_text(live.host, sizeof live.host, "another-host");
    REQUIRE(yd_live_write(run, &live, NULL) == YD_OK);
    CHECK(yd_live_check(run, &found) == YD_LIVE_ELSEWHERE);
    CHECK_TEXT(found.host, "another-host");
}

/* As an engine in another pid namespace: its number means nothing here, but it holds the lock. */
static void whoever_holds_the_lock_lives(void)
{
    const char *run = make_run("lock/exp");
    yd_live live = live_here(), found;
    int lock;
    REQUIRE(yd_run_lock(run, &lock, NULL) == YD_OK);
    live.start_time++;
    REQUIRE(yd_live_write(run, &live, NULL) == YD_OK);
    CHECK(yd_live_check(run, &found) == YD_LIVE_HERE);
    close(lock);
    CHECK(yd_live_check(run, &found) == YD_LIVE_DEAD);
}

static yd_status parse(const char *text, yd_live *live, yd_error *error)
{
    return yd_live_parse(text, strlen(text), "live", live, error);
}

static void hostile_live_files_are_refused(void)
{
    static const char good[] = "yolodeck-live 1\nhost h\nboot_id b\npid 7\nstart_time 0\nsocket /s\n";
    yd_live live;
    yd_error error = {0};
    CHECK(parse(good, &live, &error) == YD_OK && live.pid == 7 && live.start_time == 0);
    CHECK(parse("yolodeck-live 1\nfuture key\nhost h\nboot_id b\npid 7\nstart_time 0\nsocket /s\n", &live,
                &error) == YD_OK);
    static const char *const bad[] = {
        "",
        "yolodeck-live 1",
        "yolodeck-live 1\n",
        "yolodeck-live 2\nhost h\nboot_id b\npid 7\nstart_time 0\nsocket /s\n",
        "host h\nboot_id b\npid 7\nstart_time 0\nsocket /s\n",
        "yolodeck-live 1\nhost h\nboot_id b\npid 7\nstart_time 0\nsocket /s",           /* torn */
        "yolodeck-live 1\nhost h\nboot_id b\npid 7\nstart_time 0\n",                    /* a key is missing */
        "yolodeck-live 1\nhost h\nhost i\nboot_id b\npid 7\nstart_time 0\nsocket /s\n", /* twice */
        "yolodeck-live 1\nhost h\nboot_id b\npid 0\nstart_time 0\nsocket /s\n",
        "yolodeck-live 1\nhost h\nboot_id b\npid -1\nstart_time 0\nsocket /s\n", /* kill(-1) would be bad */
        "yolodeck-live 1\nhost h\nboot_id b\npid 99999999999\nstart_time 0\nsocket /s\n",
        "yolodeck-live 1\nhost h\nboot_id b\npid 7x\nstart_time 0\nsocket /s\n",
        "yolodeck-live 1\nhost h\nboot_id b\npid 7\nstart_time 0\nsocket relative\n",
        "yolodeck-live 1\nhost \x1b[2J\nboot_id b\npid 7\nstart_time 0\nsocket /s\n",
        "yolodeck-live 1\nhost \xff\nboot_id b\npid 7\nstart_time 0\nsocket /s\n",
        "yolodeck-live 1\nhost \nboot_id b\npid 7\nstart_time 0\nsocket /s\n",
        "yolodeck-live 1\nhost\nboot_id b\npid 7\nstart_time 0\nsocket /s\n",
        "yolodeck-live 1\n\nhost h\nboot_id b\npid 7\nstart_time 0\nsocket /s\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        live.pid = 1;
        if (parse(bad[i], &live, &error) != YD_ERR_FORMAT || live.pid != 0)
            yd_test_fatal(__FILE__, __LINE__, "case %zu was taken", i);
    }
    char nul[sizeof good];
    memcpy(nul, good, sizeof good);
    nul[20] = '\0';
    CHECK(yd_live_parse(nul, sizeof good - 1, "live", &live, &error) == YD_ERR_FORMAT);
    char name[200], longer[600];
    memset(name, 'x', sizeof name);
    snprintf(longer, sizeof longer,
             "yolodeck-live 1\nsocket /%.200s\nhost h\nboot_id b\npid 7\nstart_time 0\n", name);
    CHECK(parse(longer, &live, &error) == YD_ERR_FORMAT);
}

static void live_files_that_are_none_are_refused(void)
{
    const char *run = make_run("odd/exp");
    yd_live live;
    yd_error error = {0};
    static char large[1 << 20];
    memset(large, 'x', sizeof large);
    REQUIRE(yd_file_write(in_folder("odd/exp/live"), large, sizeof large, NULL) == YD_OK);
    CHECK(yd_live_read(run, &live, &error) == YD_ERR_FORMAT && strstr(error.message, "4096"));
    CHECK(yd_live_check(run, &live) == YD_LIVE_DEAD && live.pid == 0);
    REQUIRE(unlink(in_folder("odd/exp/live")) == 0 && mkfifo(in_folder("odd/exp/live"), 0600) == 0);
    CHECK(yd_live_read(run, &live, &error) == YD_ERR_IO); /* and does not wait */
    REQUIRE(unlink(in_folder("odd/exp/live")) == 0 && mkdir(in_folder("odd/exp/live"), 0700) == 0);
    CHECK(yd_live_read(run, &live, &error) == YD_ERR_FORMAT);
}

static void one_engine_a_run(void)
{
    const char *run = make_run("one/exp");
    int first, second;
    yd_error error = {0};
    REQUIRE(yd_run_lock(run, &first, &error) == YD_OK);
    CHECK(fcntl(first, F_GETFD) & FD_CLOEXEC);
    CHECK(yd_run_lock(run, &second, &error) == YD_ERR_DATA && second == -1);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "process %d on ", (int)getpid());
    CHECK(strstr(error.message, wanted) && strstr(error.message, "one/exp"));
    int unrelated = open(in_folder("one/exp/lock"), O_RDONLY | O_CLOEXEC);
    close(unrelated); /* would end a classic POSIX lock */
    CHECK(yd_run_lock(run, &second, &error) == YD_ERR_DATA);
    close(first);
    CHECK(yd_run_lock(run, &second, &error) == YD_OK);
    close(second);
    CHECK(yd_run_lock(in_folder("nowhere"), &second, &error) == YD_ERR_IO);
}

static void the_lock_ends_with_the_process(void)
{
    const char *run = make_run("killed/exp");
    int ready[2], lock;
    char byte;
    REQUIRE(pipe(ready) == 0);
    fflush(NULL);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (yd_run_lock(run, &lock, NULL) != YD_OK || write(ready[1], "r", 1) != 1) _exit(1);
        for (;;) pause();
    }
    REQUIRE(read(ready[0], &byte, 1) == 1);
    CHECK(yd_run_lock(run, &lock, NULL) == YD_ERR_DATA);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    CHECK(yd_run_lock(run, &lock, NULL) == YD_OK);
    close(lock), close(ready[0]), close(ready[1]);
}

static void runs_are_found_by_folder_and_by_name(void)
{
    char found[4096];
    yd_error error = {0};
    const char *old = make_run("find/one/exp"), *newer = make_run("find/two/exp"),
               *other = make_run("find/two/exp2");
    yd_run_note(old);
    yd_run_note(newer);
    yd_run_note(other);
    REQUIRE(yd_run_find(old, found, sizeof found, &error) == YD_OK);
    CHECK_TEXT(found, old);
    REQUIRE(yd_run_find("exp", found, sizeof found, &error) == YD_OK);
    CHECK_TEXT(found, newer); /* the newest of that name … */
    yd_live live = live_here();
    REQUIRE(yd_live_write(old, &live, NULL) == YD_OK);
    REQUIRE(yd_run_find("exp", found, sizeof found, &error) == YD_OK);
    CHECK_TEXT(found, old); /* … but one that lives first */
    REQUIRE(yd_run_find(NULL, found, sizeof found, &error) == YD_OK);
    CHECK_TEXT(found, old);
    REQUIRE(yd_live_write(other, &live, NULL) == YD_OK);
    REQUIRE(yd_run_find("", found, sizeof found, &error) == YD_OK);
    CHECK_TEXT(found, other);
    REQUIRE(yd_run_find("exp2/", found, sizeof found, &error) == YD_OK);
    CHECK_TEXT(found, other);
    CHECK(yd_run_find("exp99", found, sizeof found, &error) == YD_ERR_DATA && strstr(error.message, "exp99"));
    CHECK(yd_run_find("exp2", found, 10, &error) == YD_ERR_IO);
}

static void without_a_living_run_there_is_none(void)
{
    char found[4096];
    yd_error error = {0};
    make_run("none/exp");
    setenv("XDG_STATE_HOME", in_folder("state-none"), 1);
    CHECK(yd_run_find(NULL, found, sizeof found, &error) == YD_ERR_DATA);
    yd_run_note(in_folder("none/exp"));
    CHECK(yd_run_find("", found, sizeof found, &error) == YD_ERR_DATA);
    REQUIRE(yd_run_find("exp", found, sizeof found, &error) == YD_OK);
}

static void the_list_of_runs_stays_short(void)
{
    const char *run = make_run("list/exp");
    setenv("XDG_STATE_HOME", in_folder("state-list"), 1);
    for (int i = 0; i < 4000; i++) yd_run_note(run);
    char *data, found[4096];
    size_t length;
    REQUIRE(yd_file_read(in_folder("state-list/yolodeck/runs"), 0, &data, &length, NULL) == YD_OK);
    CHECK(length < 70000);
    free(data);
    /* A list that is not one: lines without a path, bytes without a line. */
    static char junk[5000] = "relative\n\n/gone\n";
    memset(junk + strlen(junk), '\xfe', sizeof junk - strlen(junk));
    REQUIRE(yd_file_write(in_folder("state-list/yolodeck/runs"), junk, sizeof junk, NULL) == YD_OK);
    CHECK(yd_run_find("gone", found, sizeof found, NULL) == YD_ERR_DATA);
}

static void the_users_folder_is_closed_to_others(void)
{
    char folder[4096];
    yd_error error = {0};
    struct stat info;
    setenv("XDG_STATE_HOME", in_folder("private"), 1);
    REQUIRE(yd_user_folder(YD_PLACE_STATE, folder, sizeof folder, &error) == YD_OK);
    CHECK(stat(folder, &info) == 0 && (info.st_mode & 0777) == 0700);
    REQUIRE(chmod(folder, 0755) == 0);
    CHECK(yd_user_folder(YD_PLACE_STATE, folder, sizeof folder, &error) == YD_OK);
    CHECK(stat(folder, &info) == 0 && (info.st_mode & 0777) == 0700); /* mended */
    REQUIRE(chmod(folder, 0777) == 0);
    CHECK(yd_user_folder(YD_PLACE_STATE, folder, sizeof folder, &error) ==
          YD_ERR_IO); /* who knows what is in it */
    CHECK(strstr(error.message, "others may write here"));
    if (geteuid() == 0) {
        REQUIRE(chmod(folder, 0700) == 0 && chown(folder, 12345, 0) == 0);
        CHECK(yd_user_folder(YD_PLACE_STATE, folder, sizeof folder, &error) == YD_ERR_IO);
        CHECK(strstr(error.message, "belongs to user 12345"));
    }
    setenv("XDG_STATE_HOME", "relative", 1); /* the standard says: ignore */
    setenv("HOME", in_folder("home"), 1);
    REQUIRE(yd_user_folder(YD_PLACE_STATE, folder, sizeof folder, &error) == YD_OK);
    CHECK_TEXT(folder, in_folder("home/.local/state/yolodeck"));
}

static const yd_test_case cases[] = {
    {"a live file says where the run lives", a_live_file_says_where_the_run_lives},
    {"what only seems to live is dead", what_only_seems_to_live_is_dead},
    {"whoever holds the lock lives", whoever_holds_the_lock_lives},
    {"hostile live files are refused", hostile_live_files_are_refused},
    {"live files that are none are refused", live_files_that_are_none_are_refused},
    {"one engine a run", one_engine_a_run},
    {"the lock ends with the process", the_lock_ends_with_the_process},
    {"runs are found by folder and by name", runs_are_found_by_folder_and_by_name},
    {"without a living run there is none", without_a_living_run_there_is_none},
    {"the list of runs stays short", the_list_of_runs_stays_short},
    {"the user's folder is closed to others", the_users_folder_is_closed_to_others},
};
TEST_MAIN(cases)
