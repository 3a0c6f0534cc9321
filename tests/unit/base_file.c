#include "base/file.h"
#include "support/test.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *in_folder(const char *name)
{
    static char paths[4][4096];
    static unsigned next;
    char *path = paths[next++ % 4];
    yd_path_join(path, sizeof paths[0], yd_test_folder(), name);
    return path;
}

static bool holds(const char *path, const char *wanted)
{
    char *data;
    size_t length;
    if (yd_file_read(path, 0, &data, &length, NULL) != YD_OK) return false;
    bool same = length == strlen(wanted) && memcmp(data, wanted, length + 1) == 0;
    free(data);
    return same;
}

static int entries(const char *folder)
{
    DIR *dir = opendir(folder);
    int count = 0;
    while (dir && readdir(dir)) count++;
    if (dir) closedir(dir);
    return count - 2;
}

static void a_file_is_read_whole(void)
{
    const char *path = in_folder("whole");
    yd_error error = {0};
    CHECK(yd_file_write(path, "", 0, &error) == YD_OK && holds(path, ""));
    CHECK(yd_file_write(path, "twelve bytes", 12, &error) == YD_OK && holds(path, "twelve bytes"));
    char *data;
    size_t length;
    CHECK(yd_file_read(path, 12, &data, &length, &error) == YD_OK);
    free(data);
    CHECK(yd_file_read(path, 11, &data, &length, &error) == YD_ERR_FORMAT && !data);
    CHECK(strstr(error.message, "whole") && strstr(error.message, "11"));
}

static void what_is_no_file_is_not_read(void)
{
    char *data;
    size_t length;
    yd_error error = {0};
    CHECK(yd_file_read(in_folder("missing"), 0, &data, &length, &error) == YD_ERR_IO);
    CHECK(strstr(error.message, "missing") && strstr(error.message, "No such file"));
    CHECK(yd_file_read(yd_test_folder(), 0, &data, &length, &error) == YD_ERR_FORMAT);
    CHECK(strstr(error.message, "a folder, where a file is wanted"));
    CHECK(yd_file_write(yd_test_folder(), "x", 1, &error) == YD_ERR_IO && strstr(error.message, "a folder"));
    CHECK(yd_file_append(yd_test_folder(), "x", 1, &error) == YD_ERR_IO && strstr(error.message, "a folder"));
    REQUIRE(mkfifo(in_folder("pipe"), 0600) == 0);
    CHECK(yd_file_read(in_folder("pipe"), 0, &data, &length, &error) == YD_ERR_IO); /* and does not wait */
    CHECK(strstr(error.message, "not a regular file"));
    CHECK(yd_file_read("/proc/self/stat", 0, &data, &length, &error) == YD_OK &&
          length > 0); /* its size says 0 */
    free(data);
}

static void an_atomic_file_is_there_after_commit_only(void)
{
    const char *path = in_folder("atomic/target");
    REQUIRE(yd_make_folders(in_folder("atomic"), NULL) == YD_OK);
    yd_atomic_file file = {0};
    yd_atomic_drop(&file); /* nothing open: nothing happens */
    REQUIRE(yd_atomic_open(&file, path, NULL) == YD_OK);
    CHECK(yd_atomic_write(&file, "one", 3, NULL) == YD_OK && !yd_file_exists(path));
    CHECK(yd_atomic_commit(&file, NULL) == YD_OK && holds(path, "one"));
    CHECK(yd_atomic_write(&file, "x", 1, NULL) == YD_ERR_INTERNAL); /* over */

    REQUIRE(yd_atomic_open(&file, path, NULL) == YD_OK);
    CHECK(yd_atomic_write(&file, "two", 3, NULL) == YD_OK);
    yd_atomic_drop(&file);
    CHECK(holds(path, "one") && entries(in_folder("atomic")) == 1);

    yd_atomic_file other = {0}; /* two writers of one target do not meet */
    REQUIRE(yd_atomic_open(&file, path, NULL) == YD_OK && yd_atomic_open(&other, path, NULL) == YD_OK);
    CHECK(yd_atomic_write(&file, "three", 5, NULL) == YD_OK &&
          yd_atomic_write(&other, "four", 4, NULL) == YD_OK);
    CHECK(yd_atomic_commit(&file, NULL) == YD_OK && holds(path, "three"));
    CHECK(yd_atomic_commit(&other, NULL) == YD_OK && holds(path, "four"));
    CHECK(entries(in_folder("atomic")) == 1);
}

/* In a child whose files may not grow beyond 4096 bytes, as on a full disk: writes fail or come back short.
 */
static int on_a_full_disk(const char *folder)
{
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, 4096});
    char path[4096], log[4096];
    static char data[8192];
    memset(data, 'n', sizeof data);
    yd_error error = {0};
    yd_path_join(path, sizeof path, folder, "target");
    yd_path_join(log, sizeof log, folder, "log");
    if (yd_file_write(path, data, sizeof data, &error) != YD_ERR_IO) return 1;
    if (!strstr(error.message, "target: cannot write: ")) return 2;
    if (!holds(path, "old") || entries(folder) != 2) return 3; /* nor is anything left beside it */
    if (yd_file_append(log, data, sizeof data, &error) != YD_ERR_IO) return 4;
    return holds(log, "line\n") ? 0 : 5; /* the torn line was cut off again */
}

static void a_full_disk_leaves_the_old_file(void)
{
    const char *folder = in_folder("full");
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    REQUIRE(yd_file_write(in_folder("full/target"), "old", 3, NULL) == YD_OK);
    REQUIRE(yd_file_append(in_folder("full/log"), "line\n", 5, NULL) == YD_OK);
    fflush(NULL);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) _exit(on_a_full_disk(folder));
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    yd_error error = {0};
    CHECK(yd_file_append("/dev/full", "x", 1, &error) == YD_ERR_IO && strstr(error.message, "No space left"));
}

static void a_folder_that_cannot_be_written_is_named(void)
{
    yd_error error = {0};
    CHECK(yd_file_write(in_folder("nowhere/target"), "x", 1, &error) == YD_ERR_IO);
    CHECK(strstr(error.message, "nowhere/target: cannot create: No such file"));
    REQUIRE(yd_file_write(in_folder("plain"), "x", 1, NULL) == YD_OK);
    CHECK(yd_file_write(in_folder("plain/target"), "x", 1, &error) == YD_ERR_IO);
    REQUIRE(yd_make_folders(in_folder("taken/target"), NULL) == YD_OK); /* the target is a folder */
    CHECK(yd_file_write(in_folder("taken/target"), "x", 1, &error) == YD_ERR_IO);
    CHECK(entries(in_folder("taken")) == 1);
    if (geteuid() == 0) return; /* root may write everywhere */
    REQUIRE(mkdir(in_folder("shut"), 0500) == 0);
    CHECK(yd_file_write(in_folder("shut/target"), "x", 1, &error) == YD_ERR_IO);
    CHECK(strstr(error.message, "Permission denied"));
}

static void paths_too_long_are_refused(void)
{
    static char longer[9000];
    memset(longer, 'a', sizeof longer - 1);
    yd_error error = {0};
    CHECK(yd_file_write(longer, "x", 1, &error) == YD_ERR_IO);
    CHECK(yd_make_folders(longer, &error) == YD_ERR_IO);
    longer[300] = '\0';
    CHECK(yd_file_write(in_folder(longer), "x", 1, &error) == YD_ERR_IO && strstr(error.message, "too long"));
}

static void appends_keep_what_is_there(void)
{
    const char *path = in_folder("appended");
    CHECK(yd_file_append(path, "a\n", 2, NULL) == YD_OK && yd_file_append(path, "b\n", 2, NULL) == YD_OK);
    CHECK(holds(path, "a\nb\n"));
}

static void an_append_begins_behind_a_torn_line(void)
{
    const char *path = in_folder("torn");
    REQUIRE(yd_file_write(path, "whole\ncu", 8, NULL) == YD_OK);
    CHECK(yd_file_append(path, "next\n", 5, NULL) == YD_OK && holds(path, "whole\ncu\nnext\n"));
}

static void folders_are_made_with_their_parents(void)
{
    yd_error error = {0};
    CHECK(yd_make_folders(in_folder("a/b//c/"), &error) == YD_OK && yd_folder_exists(in_folder("a/b/c")));
    CHECK(yd_make_folders(in_folder("a/b/c"), &error) == YD_OK);
    CHECK(yd_make_folders("/", &error) == YD_OK && yd_make_folders("", &error) == YD_OK);
    REQUIRE(yd_file_write(in_folder("file"), "x", 1, NULL) == YD_OK);
    CHECK(yd_make_folders(in_folder("file/below"), &error) == YD_ERR_IO && strstr(error.message, "file"));
    CHECK(yd_make_folders(in_folder("file"), &error) == YD_ERR_IO);
    CHECK(yd_file_exists(in_folder("file")) && !yd_file_exists(yd_test_folder()));
}

static void paths_are_joined_and_split(void)
{
    char out[16];
    CHECK(yd_path_join(out, sizeof out, "a", "b"));
    CHECK_TEXT(out, "a/b");
    CHECK(yd_path_join(out, sizeof out, "a//", "b"));
    CHECK_TEXT(out, "a/b");
    CHECK(yd_path_join(out, sizeof out, "/", "b"));
    CHECK_TEXT(out, "/b");
    CHECK(yd_path_join(out, sizeof out, "a", "/b"));
    CHECK_TEXT(out, "/b");
    CHECK(yd_path_join(out, sizeof out, "", "b"));
    CHECK_TEXT(out, "b");
    CHECK(yd_path_join(out, sizeof out, "1234567", "1234567"));
    CHECK(!yd_path_join(out, sizeof out, "1234567", "12345678"));
    CHECK_TEXT(out, "");
    yd_path_join(out, sizeof out, "a", "b");
    CHECK(yd_path_join(out, sizeof out, out, "c")); /* out may be the head */
    CHECK_TEXT(out, "a/b/c");
    CHECK_TEXT(yd_path_name("a/b/c.yaml"), "c.yaml");
    CHECK_TEXT(yd_path_name("c.yaml"), "c.yaml");
    yd_path_parent(out, sizeof out, "a/b/c");
    CHECK_TEXT(out, "a/b");
    yd_path_parent(out, sizeof out, "/c");
    CHECK_TEXT(out, "/");
    yd_path_parent(out, sizeof out, "c");
    CHECK_TEXT(out, ".");
    yd_path_parent(out, 3, "abcdef/c");
    CHECK_TEXT(out, "ab");
}

/* In a child: its standard files are closed as `mask` has it. How many of them are open, and /dev/null. */
static int held_of(int mask)
{
    struct stat null, info;
    for (int fd = 0; fd < 3; fd++)
        if (mask & 1 << fd) close(fd);
    yd_file_hold_standard();
    int free_number = open("/dev/null", O_RDONLY), held = 0;
    stat("/dev/null", &null);
    for (int fd = 0; fd < 3; fd++)
        if (mask & 1 << fd) held += fstat(fd, &info) == 0 && info.st_rdev == null.st_rdev;
    return free_number > 2 ? held : 9;
}

static void nothing_takes_the_place_of_standard_files(void)
{
    for (int mask = 0; mask < 8; mask++) {
        int status = -1, wanted = (mask & 1) + (mask >> 1 & 1) + (mask >> 2);
        fflush(NULL);
        pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) _exit(held_of(mask));
        REQUIRE(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == wanted);
    }
}

static const yd_test_case cases[] = {
    {"nothing takes the place of standard files", nothing_takes_the_place_of_standard_files},
    {"a file is read whole", a_file_is_read_whole},
    {"what is no file is not read", what_is_no_file_is_not_read},
    {"an atomic file is there after commit only", an_atomic_file_is_there_after_commit_only},
    {"a full disk leaves the old file", a_full_disk_leaves_the_old_file},
    {"a folder that cannot be written is named", a_folder_that_cannot_be_written_is_named},
    {"paths too long are refused", paths_too_long_are_refused},
    {"appends keep what is there", appends_keep_what_is_there},
    {"an append begins behind a torn line", an_append_begins_behind_a_torn_line},
    {"folders are made with their parents", folders_are_made_with_their_parents},
    {"paths are joined and split", paths_are_joined_and_split},
};
TEST_MAIN(cases)
