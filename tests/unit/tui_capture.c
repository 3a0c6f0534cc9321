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

/* Everything that is there, each line with a "|" behind it. */
static const char *taken(yd_capture *capture)
{
    static char all[8192];
    char line[256];
    all[0] = '\0';
    while (yd_capture_line(capture, line, sizeof line))
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s|", line);
    return all;
}

static void what_is_printed_becomes_lines_and_is_kept(void)
{
    yd_capture capture;
    struct stat before, after;
    begin("console.log");
    fstat(STDOUT_FILENO, &before);
    yd_capture_start(&capture, path);
    printf("from printf\n");
    bool flushed = strcmp(taken(&capture), "from printf|") == 0;
    bool written = write(STDERR_FILENO, "from write\r\nhalf", 16) == 16;
    char first[256], second[16] = "";
    snprintf(first, sizeof first, "%s", taken(&capture));
    bool more = yd_capture_line(&capture, second, sizeof second);
    fprintf(stderr, " a line that is longer than what it is taken into\nand the rest");
    bool cut = yd_capture_line(&capture, second, sizeof second);
    yd_capture_stop(&capture);
    fstat(STDOUT_FILENO, &after);
    CHECK(written && before.st_ino == after.st_ino && before.st_dev == after.st_dev);
    CHECK(flushed && cut && !more);
    CHECK_TEXT(first, "from write|");
    CHECK_TEXT(second, "half a line tha");
    CHECK_TEXT(taken(&capture), "and the rest|");
    CHECK(yd_capture_descriptor(&capture) == -1 && !yd_capture_line(&capture, second, sizeof second));
    char *text = contents();
    CHECK(strstr(text, "from printf\n") && strstr(text, "from write\r\n") && strstr(text, "and the rest"));
    free(text);
    yd_capture_start(&capture, path); /* a second console appends */
    printf("again\n");
    yd_capture_stop(&capture);
    CHECK_TEXT(taken(&capture), "again|");
    text = contents();
    CHECK(strstr(text, "from printf\n") && strstr(text, "again\n"));
    free(text);
}

static void a_file_that_has_grown_begins_anew(void)
{
    yd_capture capture;
    begin("grown.log");
    FILE *file = fopen(path, "w");
    REQUIRE(file && fseek(file, 3 << 20, SEEK_SET) == 0 && fputc('x', file) == 'x' && fclose(file) == 0);
    yd_capture_start(&capture, path);
    printf("fresh\n");
    yd_capture_stop(&capture);
    CHECK_TEXT(taken(&capture), "fresh|");
    char *text = contents();
    CHECK_TEXT(text, "fresh\n");
    free(text);
}

/* A folder that cannot be written, a link or a pipe in the file's place, no file: nothing is written there,
 * nothing hangs. */
static void what_cannot_be_kept_is_shown_all_the_same(void)
{
    char target[4200];
    snprintf(target, sizeof target, "%s/target", yd_test_folder());
    REQUIRE(close(open(target, O_CREAT | O_WRONLY, 0600)) == 0);
    const char *const names[] = {"no/such/folder", "link", "pipe", ""};
    for (int i = 0; i < 4; i++) {
        yd_capture capture;
        begin(names[i]);
        if (i == 1) REQUIRE(symlink(target, path) == 0);
        if (i == 2) REQUIRE(mkfifo(path, 0600) == 0);
        yd_capture_start(&capture, i < 3 ? path : "");
        printf("seen\n");
        bool captured = capture.active;
        yd_capture_stop(&capture);
        CHECK(captured);
        CHECK_TEXT(taken(&capture), "seen|");
    }
    struct stat info;
    CHECK(stat(target, &info) == 0 && info.st_size == 0);
}

/* More than anybody takes, and no line for long: whoever prints does not wait for us. */
static void whoever_prints_never_waits(void)
{
    enum { BYTES = 4 << 20 };
    yd_capture capture;
    yd_capture_start(&capture, "");
    for (int i = 0; i < BYTES / 64; i++) fprintf(stderr, "%063d%c", i, i % 512 ? ' ' : '\n');
    char line[256];
    int lines = 0;
    while (yd_capture_line(&capture, line, sizeof line)) lines++;
    fprintf(stderr, "\nand on\n");
    bool last = false;
    while (yd_capture_line(&capture, line, sizeof line)) last = strcmp(line, "and on") == 0;
    yd_capture_stop(&capture);
    while (yd_capture_line(&capture, line, sizeof line)) continue;
    CHECK(lines > 2 && lines < 100 && last);
}

static const yd_test_case cases[] = {
    {"what is printed becomes lines and is kept", what_is_printed_becomes_lines_and_is_kept},
    {"a file that has grown begins anew", a_file_that_has_grown_begins_anew},
    {"what cannot be kept is shown all the same", what_cannot_be_kept_is_shown_all_the_same},
    {"whoever prints never waits", whoever_prints_never_waits},
};

TEST_MAIN(cases)
