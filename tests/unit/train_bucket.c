#include "base/clock.h"
#include "base/file.h"
#include "base/program.h"
#include "support/test.h"
#include "train/bucket.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A program that writes its arguments, each in a line, to RECORD, and ends as $ENDS says. */
static void put_program(const char *name)
{
    char path[4200];
    static const char script[] =
        "#!/bin/sh\nfor word in \"$@\"; do printf '%s\\n' \"$word\"; done >>\"$RECORD\"\n"
        "[ \"$1\" = du ] || [ \"$2\" = du ] && printf %b \"$SAYS\"\n"
        "[ \"$ENDS\" = 0 ] || echo \"no such thing\" >&2\nexit $ENDS\n";
    snprintf(path, sizeof path, "%s/bin/%s", yd_test_folder(), name);
    REQUIRE(yd_file_write(path, script, sizeof script - 1, NULL) == YD_OK);
    REQUIRE(chmod(path, 0755) == 0);
}

/* PATH: a folder of this test alone, and where /bin/sh finds its own. */
static void begin(const char *program)
{
    char folder[4200], record[4200];
    snprintf(folder, sizeof folder, "%s/bin", yd_test_folder());
    snprintf(record, sizeof record, "%s/record", yd_test_folder());
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    remove(record);
    for (const char *const *other = (const char *const[]){"gsutil", "gcloud", NULL}; *other; other++) {
        char path[4300];
        snprintf(path, sizeof path, "%s/%s", folder, *other);
        remove(path);
    }
    setenv("PATH", folder, 1), setenv("RECORD", record, 1), setenv("ENDS", "0", 1), setenv("SAYS", "", 1);
    if (program) put_program(program);
}

static void check_record(const char *wanted)
{
    char path[4200], *found;
    size_t length;
    snprintf(path, sizeof path, "%s/record", yd_test_folder());
    REQUIRE(yd_file_read(path, 0, &found, &length, NULL) == YD_OK);
    CHECK_TEXT(found, wanted);
    free(found);
    remove(path);
}

static void no_shell_sees_the_names(void)
{
    yd_bucket bucket;
    begin("gsutil");
    REQUIRE(yd_bucket_open("gs://my-bucket/a b;$(touch gone)/", &bucket, NULL) == YD_OK);
    CHECK(yd_bucket_send(&bucket, "/tmp/x y;$(reboot)/evolve.txt", NULL) == YD_OK);
    check_record("cp\n/tmp/x y;$(reboot)/evolve.txt\ngs://my-bucket/a b;$(touch gone)/evolve.txt\n");
    CHECK(yd_bucket_fetch(&bucket, "evolve.txt", "-n evolve.txt", NULL) == YD_OK);
    check_record("cp\ngs://my-bucket/a b;$(touch gone)/evolve.txt\n./-n evolve.txt\n");
}

static void gcloud_is_the_second_choice(void)
{
    yd_bucket bucket;
    begin("gcloud");
    REQUIRE(yd_bucket_open("b", &bucket, NULL) == YD_OK);
    CHECK(yd_bucket_send(&bucket, "evolve.txt", NULL) == YD_OK);
    check_record("storage\ncp\nevolve.txt\ngs://b/evolve.txt\n");
    put_program("gsutil");
    REQUIRE(yd_bucket_open("b", &bucket, NULL) == YD_OK);
    CHECK(!bucket.gcloud);
}

static void sizes_are_read(void)
{
    static const struct {
        const char *says;
        yd_status status;
        int64_t bytes;
    } known[] = {{"1234  gs://b/evolve.txt\\n", YD_OK, 1234},
                 {"", YD_OK, 0},
                 {"huge\\n", YD_ERR_IO, 0},
                 {"-5 x\\n", YD_ERR_IO, -5}};
    yd_bucket bucket;
    yd_error error;
    int64_t bytes;
    begin("gsutil");
    REQUIRE(yd_bucket_open("b", &bucket, NULL) == YD_OK);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        setenv("SAYS", known[i].says, 1);
        CHECK(yd_bucket_size(&bucket, "evolve.txt", &bytes, &error) == known[i].status);
        CHECK(bytes == known[i].bytes);
    }
    check_record(
        "du\ngs://b/evolve.txt\ndu\ngs://b/evolve.txt\ndu\ngs://b/evolve.txt\ndu\ngs://b/evolve.txt\n");
}

static void what_fails_is_said(void)
{
    yd_bucket bucket;
    yd_error error;
    begin(NULL);
    CHECK(yd_bucket_open("b", &bucket, &error) == YD_ERR_CONFIG);
    CHECK(strstr(error.message, "neither gsutil nor gcloud") != NULL);
    const char *const none[] = {"", "gs://", "-rm", "a*", "/"};
    put_program("gsutil");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CHECK(yd_bucket_open(none[i], &bucket, &error) == YD_ERR_CONFIG);
    REQUIRE(yd_bucket_open("b", &bucket, NULL) == YD_OK);
    setenv("ENDS", "3", 1);
    CHECK(yd_bucket_fetch(&bucket, "evolve.txt", "here", &error) == YD_ERR_IO);
    CHECK_TEXT(error.message, "gsutil cp gs://b/evolve.txt: it ended with status 3: no such thing");
}

static const yd_test_case cases[] = {{"no shell sees the names", no_shell_sees_the_names},
                                     {"gcloud is the second choice", gcloud_is_the_second_choice},
                                     {"sizes are read", sizes_are_read},
                                     {"what fails is said", what_fails_is_said}};
TEST_MAIN(cases)
