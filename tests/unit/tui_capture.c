#include "base/file.h"
#include "support/test.h"
#include "tui/term/capture.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[4200];

static char *contents(void)
{
    char *data;
    size_t length;
    REQUIRE(yd_file_read(path, 0, &data, &length, NULL) == YD_OK);
    return data;
}

static void begin(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", yd_test_folder(), name);
}

static void what_is_printed_goes_to_the_file(void)
{
    yd_capture capture = {0};
    struct stat before, after;
    begin("console.log");
    fstat(STDOUT_FILENO, &before);
    yd_capture_start(&capture, path);
    printf("from printf\n");
    bool written = write(STDERR_FILENO, "from write\n", 11) == 11;
    yd_capture_stop(&capture);
    fstat(STDOUT_FILENO, &after);
    CHECK(written && before.st_ino == after.st_ino && before.st_dev == after.st_dev);
    char *text = contents();
    CHECK(strstr(text, "from printf\n") && strstr(text, "from write\n"));
    free(text);
    yd_capture_start(&capture, path); /* a second console appends */
    printf("again\n");
    yd_capture_stop(&capture);
    text = contents();
    CHECK(strstr(text, "from printf\n") && strstr(text, "again\n"));
    free(text);
}

static void a_file_that_has_grown_begins_anew(void)
{
    yd_capture capture = {0};
    begin("grown.log");
    FILE *file = fopen(path, "w");
    REQUIRE(file && fseek(file, 3 << 20, SEEK_SET) == 0 && fputc('x', file) == 'x' && fclose(file) == 0);
    yd_capture_start(&capture, path);
    printf("fresh\n");
    yd_capture_stop(&capture);
    char *text = contents();
    CHECK_TEXT(text, "fresh\n");
    free(text);
}

/* A folder that cannot be written, or a link or a pipe in the file's place: what is printed is dropped,
 * nothing hangs. */
static void what_cannot_be_written_is_dropped(void)
{
    char target[4200];
    snprintf(target, sizeof target, "%s/target", yd_test_folder());
    REQUIRE(close(open(target, O_CREAT | O_WRONLY, 0600)) == 0);
    const char *const names[] = {"no/such/folder", "link", "pipe"};
    for (int i = 0; i < 3; i++) {
        yd_capture capture = {0};
        begin(names[i]);
        if (i == 1) REQUIRE(symlink(target, path) == 0);
        if (i == 2) REQUIRE(mkfifo(path, 0600) == 0);
        yd_capture_start(&capture, path);
        printf("lost\n");
        bool captured = capture.active;
        yd_capture_stop(&capture);
        CHECK(captured);
    }
    struct stat info;
    CHECK(stat(target, &info) == 0 && info.st_size == 0);
}

static const yd_test_case cases[] = {
    {"what is printed goes to the file", what_is_printed_goes_to_the_file},
    {"a file that has grown begins anew", a_file_that_has_grown_begins_anew},
    {"what cannot be written is dropped", what_cannot_be_written_is_dropped},
};

TEST_MAIN(cases)
