/* Studies of val: the lines that the reference's plot reads, and what is no study. */
#include "base/file.h"
#include "series/study.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static yd_status read_text(const char *name, const char *text, yd_study *study, yd_error *error)
{
    char path[4200];
    yd_error trouble;
    snprintf(path, sizeof path, "%s/%s", yd_test_folder(), name);
    REQUIRE(yd_file_write(path, text, strlen(text), &trouble) == YD_OK);
    return yd_study_read(path, study, error);
}

static void names(void)
{
    char name[64];
    yd_study_file_name(name, sizeof name, "coco128.yaml", "yolov5s.pt");
    CHECK_TEXT(name, "study_coco128_yolov5s.txt");
    yd_study_file_name(name, sizeof name, "v1.2.yaml", "best");
    CHECK_TEXT(name, "study_v1.2_best.txt");
}

static void what_is_written_is_read(void)
{
    const yd_study_row row = {0.5, 0.25, 0.123456, 0.0875, 0.05, 0.04, 0.03, 1.5, 123.45, 0.7};
    yd_text text = {0};
    yd_study study;
    yd_error error;
    yd_study_add_row(&text, &row);
    /* as numpy.savetxt writes it with fmt='%10.4g' */
    CHECK_TEXT(text.data,
               "       0.5       0.25     0.1235     0.0875       0.05       0.04       0.03        "
               "1.5      123.5        0.7\n");
    yd_study_add_row(&text, &(yd_study_row){.map50_95 = 0.5, .box = (double)NAN});
    REQUIRE(read_text("study_bccd_best.txt", text.data, &study, &error) == YD_OK);
    CHECK_TEXT(study.name, "bccd_best");
    CHECK(study.count == 2 && study.rows[0].precision == 0.5 && study.rows[0].nms_ms == 0.7);
    CHECK(study.rows[0].map50 == 0.1235 && study.rows[1].map50_95 == 0.5 && isnan(study.rows[1].box));
    yd_text_free(&text);
}

static void more_sizes_than_there_are(void)
{
    yd_text text = {0};
    yd_study study;
    yd_error error;
    for (int i = 0; i < YD_STUDY_SIZES + 3; i++) yd_study_add_row(&text, &(yd_study_row){.recall = i});
    REQUIRE(read_text("study_a_b.txt", text.data, &study, &error) == YD_OK);
    CHECK(study.count == YD_STUDY_SIZES && study.rows[YD_STUDY_SIZES - 1].recall == YD_STUDY_SIZES - 1);
    yd_text_free(&text);
}

static void what_is_no_study(void)
{
    yd_study study;
    yd_error error;
    CHECK(read_text("study_x.txt", "1 2 3 4 5 6 7 8 9 10\n1 2 3\n", &study, &error) == YD_ERR_FORMAT);
    CHECK(strstr(error.message, "study_x.txt:2: wanted 10 numbers"));
    CHECK(read_text("study_x.txt", "1 2 3 4 5 6 7 8 9 10 11\n", &study, &error) == YD_ERR_FORMAT);
    CHECK(read_text("study_x.txt", "a b c d e f g h i j\n", &study, &error) == YD_ERR_FORMAT);
    CHECK(read_text("study_x.txt", "\n\n", &study, &error) == YD_ERR_DATA);
}

static const yd_test_case cases[] = {
    {"names", names},
    {"what is written is read", what_is_written_is_read},
    {"more sizes than there are", more_sizes_than_there_are},
    {"what is no study", what_is_no_study},
};
TEST_MAIN(cases)
