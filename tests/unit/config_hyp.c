/* Hyperparameter files: the shipped ones against the specification's table, and what is refused. */
#include "base/file.h"
#include "base/log.h"
#include "config/hyp.h"
#include "support/test.h"
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char logged[4096];

static void keep_log(void *context, yd_log_level level, const char *line)
{
    (void)context, (void)level;
    size_t used = strlen(logged);
    snprintf(logged + used, sizeof logged - used, "%s\n", line);
}

/* data_and_metrics.md, 21 (anchors 0: absent; mosaic9 in none), in the order of hyp.def */
static const struct {
    const char *name;
    double values[YD_HYP_COUNT];
} shipped[] = {
    {"scratch", {.01, .2,   .937, .0005, 3, .8, .1, .05, .5, 1, 1,  1, .2, 4, 0,
                 0,   .015, .7,   .4,    0, .1, .5, 0,   0,  0, .5, 1, 0,  0}},
    {"scratch-low", {.01, .01,  .937, .0005, 3, .8, .1, .05, .5, 1, 1,  1, .2, 4, 0,
                     0,   .015, .7,   .4,    0, .1, .5, 0,   0,  0, .5, 1, 0,  0}},
    {"scratch-med", {.01, .1,   .937, .0005, 3, .8, .1, .05, .3, 1, .7, 1, .2, 4, 0,
                     0,   .015, .7,   .4,    0, .1, .9, 0,   0,  0, .5, 1, .1, 0}},
    {"scratch-high", {.01, .1,   .937, .0005, 3, .8, .1, .05, .3, 1, .7, 1, .2, 4, 0,
                      0,   .015, .7,   .4,    0, .1, .9, 0,   0,  0, .5, 1, .1, .1}},
    {"scratch-p6", {.01, .2,   .937, .0005, 3, .8, .1, .05, .3, 1, .7, 1, .2, 4, 0,
                    0,   .015, .7,   .4,    0, .1, .9, 0,   0,  0, .5, 1, 0,  0}},
    {"finetune",
     {.0032, .12,   .843, .00036, 2,    .5,   .05,  .0296, .243, .631,   .301, .911, .2,   2.91, 0,
      0,     .0138, .664, .464,   .373, .245, .898, .602,  0,    .00856, .5,   1,    .243, 0}},
    {"finetune_objects365",
     {.00258, .17,   .779, .00058, 1.33, .86,   .0711, .0539, .299, .825, .632, 1, .2, 3.44, 3.2,
      0,      .0188, .704, .36,    0,    .0902, .491,  0,     0,    0,    .5,   1, 0,  0}},
    {"Objects365",
     {.00258, .17,   .779, .00058, 1.33, .86,   .0711, .0539, .299, .825, .632, 1, .2, 3.44, 3.2,
      0,      .0188, .704, .36,    0,    .0902, .491,  0,     0,    0,    .5,   1, 0,  0}},
    {"VOC", {.00334, .15135, .74832, .00025, 3.3835, .59462, .18657, .02,    .21638, .5,
             .51728, .67198, .2,     3.3744, 3.412,  0,      .01041, .54703, .27739, 0,
             .04591, .75544, 0,      0,      0,      .5,     .85834, .04266, 0}},
};

static void test_shipped(void)
{
    for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
        char path[4096];
        yd_hyp hyp;
        yd_error error = {0};
        snprintf(path, sizeof path, "%s/configs/hyp/hyp.%s.yaml", YD_SOURCE_DIR, shipped[i].name);
        if (yd_hyp_load(path, &hyp, &error) != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
        for (int k = 0; k < YD_HYP_COUNT; k++) {
            CHECK_NEAR(*yd_hyp_value(&hyp, (yd_hyp_key)k), shipped[i].values[k], 0);
            CHECK(hyp.present[k] ==
                  ((k != YD_HYP_anchors && k != YD_HYP_mosaic9) || shipped[i].values[k] > 0));
        }
    }
    CHECK_TEXT(logged, "");
}

/* Every file that is shipped, whatever the table says of it. */
static void test_all_load(void)
{
    glob_t files;
    REQUIRE(glob(YD_SOURCE_DIR "/configs/hyp/*.yaml", 0, NULL, &files) == 0);
    CHECK(files.gl_pathc >= sizeof shipped / sizeof *shipped);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        yd_hyp hyp;
        yd_error error = {0};
        CHECK(yd_hyp_load(files.gl_pathv[i], &hyp, &error) == YD_OK);
        CHECK_TEXT(error.message, "");
    }
    globfree(&files);
    CHECK_TEXT(logged, "");
}

/* The shipped file with one line replaced (or, with NULL, taken out), in the test's folder. */
static const char *changed(const char *key, const char *line)
{
    static char path[4096], source[4096];
    char *data, *at;
    size_t length;
    yd_error error;
    snprintf(source, sizeof source, "%s/configs/hyp/hyp.scratch.yaml", YD_SOURCE_DIR);
    snprintf(path, sizeof path, "%s/hyp.yaml", yd_test_folder());
    REQUIRE(yd_file_read(source, 0, &data, &length, &error) == YD_OK);
    REQUIRE((at = strstr(data, key)) != NULL);
    char *end = strchr(at, '\n');
    yd_text text = {0};
    yd_text_add_bytes(&text, data, (size_t)(at - data));
    if (line) yd_text_addf(&text, "%s\n", line);
    yd_text_add(&text, end + 1);
    REQUIRE(yd_file_write(path, text.data, text.length, &error) == YD_OK);
    yd_text_free(&text);
    free(data);
    return path;
}

static void check_refused(const char *path, const char *wanted)
{
    yd_hyp hyp;
    yd_error error = {0};
    CHECK(yd_hyp_load(path, &hyp, &error) == YD_ERR_CONFIG);
    CHECK_TEXT(strstr(error.message, "hyp.yaml"), wanted);
}

static void test_refused(void)
{
    check_refused(changed("lr0:", "lr0: fast"), "hyp.yaml:2: lr0 must be a number in (0, 1], found \"fast\"");
    check_refused(changed("lr0:", "lr0: 0"), "hyp.yaml:2: lr0 must be a number in (0, 1], found \"0\"");
    check_refused(
        changed("lr0:", "lr0: 1e-2"),
        "hyp.yaml:2: lr0 must be a number in (0, 1], found \"1e-2\", which YAML reads as text; write 0.01");
    check_refused(changed("momentum:", "momentum: .nan"),
                  "hyp.yaml:4: momentum must be a number in [0, 1), found \".nan\"");
    check_refused(changed("mosaic:", "mosaic: 1.5"),
                  "hyp.yaml:28: mosaic must be a number in [0, 1], found \"1.5\"");
    check_refused(changed("fliplr:", "fliplr: yes"),
                  "hyp.yaml:27: fliplr must be a number in [0, 1], found \"yes\", which YAML reads as true");
    check_refused(changed("box:", NULL), "hyp.yaml: a hyperparameter is missing: box");
    yd_error error;
    const char *path = changed("box:", NULL);
    REQUIRE(yd_file_write(path, "lr0: .01", 8, &error) == YD_OK);
    yd_hyp hyp;
    CHECK(yd_hyp_load(path, &hyp, &error) == YD_ERR_CONFIG);
    CHECK(strstr(error.message, "hyp.yaml: hyperparameters are missing: lrf, momentum, ") != NULL);
    REQUIRE(yd_file_write(path, "", 0, &error) == YD_OK);
    check_refused(path, "hyp.yaml:1: the file must be a mapping of hyperparameters, found nothing");
}

static void test_warnings(void)
{
    yd_hyp hyp;
    yd_error error;
    logged[0] = '\0';
    REQUIRE(yd_hyp_load(changed("copy_paste:", "copy_past: 0.5\nmine: x\nlr0: 0.5"), &hyp, &error) == YD_OK);
    CHECK(strstr(logged, "hyp.yaml:30: copy_past is not a hyperparameter; did you mean copy_paste?\n") !=
          NULL);
    CHECK(strstr(logged, "hyp.yaml:31: mine is not a hyperparameter; it is left out\n") != NULL);
    CHECK(strstr(logged, "hyp.yaml:32: lr0 stands here again; this one counts\n") != NULL);
    CHECK(hyp.lr0 == .5 && hyp.copy_paste == 0 && !hyp.present[YD_HYP_copy_paste]);
    CHECK(hyp.anchors == 0 && !hyp.present[YD_HYP_anchors]);
}

static void test_write(void)
{
    yd_hyp hyp, again;
    yd_error error;
    yd_text text = {0};
    char path[4096];
    static const char head[] = "lr0: 1.0e-05\nlrf: 0.2\nmomentum: 0.937\n";
    REQUIRE(yd_hyp_load(changed("lr0:", "lr0: 1.0e-05"), &hyp, &error) == YD_OK);
    REQUIRE(yd_hyp_write(&hyp, &text, &error) == YD_OK);
    CHECK(strncmp(text.data, head, sizeof head - 1) == 0);
    CHECK(strstr(text.data, "anchor_t: 4.0\nfl_gamma: 0.0\n") != NULL); /* no anchors: the file had none */
    snprintf(path, sizeof path, "%s/again.yaml", yd_test_folder());
    REQUIRE(yd_file_write(path, text.data, text.length, &error) == YD_OK);
    REQUIRE(yd_hyp_load(path, &again, &error) == YD_OK);
    for (int k = 0; k < YD_HYP_COUNT; k++)
        CHECK(*yd_hyp_value(&hyp, (yd_hyp_key)k) == *yd_hyp_value(&again, (yd_hyp_key)k));
    yd_text_free(&text);
}

static void test_set(void)
{
    yd_hyp hyp = {.lr0 = 0.01};
    yd_error error = {0};
    CHECK(yd_hyp_set(&hyp, "lr0=1e-3", &error) == YD_OK && hyp.lr0 == 0.001 && hyp.present[YD_HYP_lr0]);
    static const char *const wrong[][2] = {
        {"lr0=2", "--set: lr0 must be a number in (0, 1], found \"2\""},
        {"lr0=", "--set: lr0 must be a number in (0, 1], found \"\""},
        {"lr0", "--set must be KEY=VALUE, found \"lr0\""},
        {"=3", "--set must be KEY=VALUE, found \"=3\""},
        {"mosiac=1", "--set mosiac=1: mosiac is not a hyperparameter; did you mean mosaic?"},
        {"label_smoothing=0.1", "--set label_smoothing=0.1: label_smoothing is not a hyperparameter"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(yd_hyp_set(&hyp, wrong[i][0], &error) == YD_ERR_USAGE);
        CHECK_TEXT(error.message, wrong[i][1]);
    }
    CHECK(hyp.lr0 == 0.001 && yd_hyp_find("fliplr") == YD_HYP_fliplr && yd_hyp_find("x") == YD_HYP_COUNT);
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {
        {"shipped files equal the table", test_shipped},
        {"every shipped file loads", test_all_load},
        {"what is refused", test_refused},
        {"what is warned about", test_warnings},
        {"written and read back", test_write},
        {"values over those of a file", test_set},
    };
    yd_log_set_receiver(keep_log, NULL);
    return yd_test_main(argc, argv, cases, (int)(sizeof cases / sizeof *cases));
}
