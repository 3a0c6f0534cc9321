/* Presets: both generations give every key, and the values that the specification names. */
#include "base/file.h"
#include "config/find.h"
#include "config/options.h"
#include "config/preset.h"
#include "config/run_folder.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static yd_arena *arena;

static yd_preset load(const char *name)
{
    yd_preset preset;
    yd_error error = {0};
    if (yd_preset_load(name, arena, &preset, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return preset;
}

/* Loading fails where a key is missing, so that both load proves that both are complete. */
static void test_v7(void)
{
    yd_preset p = load("v7");
    CHECK_TEXT(p.name, "v7");
    CHECK_TEXT(p.models_folder, "models");
    CHECK(p.warmup_floor == 100 && p.shuffle && !p.linear_to_last && p.clip_norm == 10);
    CHECK(p.group_order == YD_GROUPS_BIAS_WEIGHT_NORM && p.loss_eps == YD_LOSS_EPS_UNION);
    CHECK(p.matching == YD_MATCH_PER_THRESHOLD && p.ap_tail == YD_AP_TAIL_ONE && p.f1_smoothing == .1);
    CHECK(p.nms_max_wh == 7680 && p.aspect_limit == 100 && p.class_bias_denominator == .99999);
    CHECK(p.mosaic_shuffles_tiles && p.jpeg_repair && p.duplicates_removed && p.polygon_tokens == 6);
    CHECK(p.label_clip == 1e-3 && p.match_iou_eps == 1e-7 && p.segments_closed);
    CHECK(p.run_numbering == YD_RUNS_FIRST_FREE && p.wording == YD_WORDING_V7);
}

static void test_seed(void)
{
    yd_preset p = load("seed");
    CHECK_TEXT(p.models_folder, "models/v5.0");
    CHECK(p.warmup_floor == 1000 && !p.shuffle && p.linear_to_last && p.clip_norm == 0);
    CHECK(p.group_order == YD_GROUPS_NORM_WEIGHT_BIAS && p.loss_eps == YD_LOSS_EPS_HEIGHTS);
    CHECK(p.matching == YD_MATCH_PER_CLASS && p.ap_tail == YD_AP_TAIL_LAST_RECALL && p.f1_smoothing == 0);
    CHECK(p.nms_max_wh == 4096 && p.aspect_limit == 20 && p.class_bias_denominator == .99);
    CHECK(!p.mosaic_shuffles_tiles && !p.jpeg_repair && !p.duplicates_removed && p.polygon_tokens == 8);
    CHECK(p.label_clip == 0 && p.match_iou_eps == 0 && !p.segments_closed);
    CHECK(p.run_numbering == YD_RUNS_AFTER_LARGEST && p.wording == YD_WORDING_SEED);
}

/* Every field of the table must have been written: a struct filled with a pattern beforehand keeps none of
 * it. */
static void test_complete(void)
{
    static const char *const names[] = {"v7", "seed"};
    for (int i = 0; i < 2; i++) {
        yd_preset p = load(names[i]);
        const yd_yaml_node *behaviour = yd_yaml_find(p.yaml.root, "behaviour");
        int rows = 0;
#define YD_PRESET_BOOL(key, meaning)                  rows++, CHECK(yd_yaml_find(behaviour, #key) != NULL);
#define YD_PRESET_INT(key, low, high, meaning)        YD_PRESET_BOOL(key, )
#define YD_PRESET_REAL(key, interval, meaning)        YD_PRESET_BOOL(key, )
#define YD_PRESET_TEXT(key, meaning)                  YD_PRESET_BOOL(key, )
#define YD_PRESET_CHOICE(key, type, choices, meaning) YD_PRESET_BOOL(key, )
#include "config/preset.def"
        CHECK(behaviour->count == rows);
    }
}

/* The shipped file with the first occurrence of one text replaced by another. */
static const char *changed(const char *from, const char *to)
{
    static char path[4096], source[4096];
    char *data;
    size_t length;
    yd_error error;
    yd_text text = {0};
    snprintf(source, sizeof source, "%s/configs/presets/v7.yaml", YD_SOURCE_DIR);
    snprintf(path, sizeof path, "%s/own.yaml", yd_test_folder());
    REQUIRE(yd_file_read(source, 0, &data, &length, &error) == YD_OK);
    char *at = strstr(data, from);
    REQUIRE(at != NULL);
    yd_text_add_bytes(&text, data, (size_t)(at - data));
    yd_text_addf(&text, "%s%s", to, at + strlen(from));
    REQUIRE(yd_file_write(path, text.data, text.length, &error) == YD_OK);
    yd_text_free(&text);
    free(data);
    return path;
}

static void check_refused(const char *path, const char *wanted)
{
    yd_preset preset;
    yd_options options;
    yd_error error = {0};
    char *argv[] = {"train", NULL};
    yd_status status = yd_preset_load(path, arena, &preset, &error);
    if (status == YD_OK) {
        REQUIRE(yd_options_parse(YD_FOR_TRAIN, 1, argv, arena, &options, &error) == YD_OK);
        status = yd_options_apply_preset(&options, &preset, &error);
    }
    CHECK(status == YD_ERR_CONFIG);
    const char *found = strstr(error.message, "own.yaml");
    CHECK_TEXT(found ? found : error.message, wanted);
}

static void test_refused(void)
{
    yd_preset p = load(changed("warmup_floor: 100", "warmup_floor: 7"));
    CHECK(p.warmup_floor == 7);
    CHECK_TEXT(p.name, "own");
    check_refused(changed("warmup_floor: 100", ""), "own.yaml: warmup_floor is missing");
    check_refused(changed("warmup_floor: 100", "warmup_floor: many"),
                  "own.yaml:37: warmup_floor must be a whole number from 0 to 1000000, found \"many\"");
    check_refused(changed("warmup_floor: 100", "warmup_flor: 100"),
                  "own.yaml:37: warmup_flor is no key of a preset");
    check_refused(
        changed("per_threshold", "per_treshold"),
        "own.yaml:52: matching must be one of per_class|once|per_threshold, found \"per_treshold\"");
    check_refused(changed("epochs: 100", "epochs: 0"),
                  "own.yaml:7: epochs must be a whole number in [1, 1000000], found \"0\"");
    check_refused(changed("epochs: 100", ""), "own.yaml: options: epochs is missing");
    check_refused(changed("epochs: 100", "epochs: 100\n  name: x"),
                  "own.yaml:8: name is no option whose default a preset gives");
    check_refused("none", "none.yaml: there is no such file, and no preset of that name in " YD_SOURCE_DIR
                          "/configs/presets");
}

static void check_found(yd_config_kind kind, const yd_preset *preset, const char *name, const char *wanted)
{
    char path[YD_PATH_MAX], full[YD_PATH_MAX];
    yd_error error = {0};
    yd_status status = yd_config_find(kind, preset, name, path, sizeof path, &error);
    if (status != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    snprintf(full, sizeof full, "%s/configs/%s", YD_SOURCE_DIR, wanted);
    CHECK_TEXT(path, full);
}

static void test_find(void)
{
    yd_preset v7 = load("v7"), seed = load("seed");
    char path[YD_PATH_MAX];
    yd_error error;
    check_found(YD_CONFIG_MODEL, &v7, "yolov5s.yaml", "models/yolov5s.yaml");
    check_found(YD_CONFIG_MODEL, NULL, "models/yolov5s.yaml", "models/yolov5s.yaml");
    check_found(YD_CONFIG_MODEL, &seed, "yolov5s.yaml", "models/v5.0/yolov5s.yaml");
    check_found(YD_CONFIG_MODEL, &seed, "models/yolov5s.yaml", "models/v5.0/yolov5s.yaml");
    check_found(YD_CONFIG_MODEL, &seed, "yolov5n.yaml", "models/yolov5n.yaml"); /* there is no older one */
    check_found(YD_CONFIG_MODEL, &v7, "v5.0/yolov5s.yaml", "models/v5.0/yolov5s.yaml");
    check_found(YD_CONFIG_MODEL, &v7, "models/hub/yolov5s6.yaml", "models/yolov5s6.yaml");
    check_found(YD_CONFIG_MODEL, &seed, "models/hub/yolov5s6.yaml", "models/v5.0/yolov5s6.yaml");
    check_found(YD_CONFIG_HYP, &v7, "hyp.VOC.yaml", "hyp/hyp.VOC.yaml");
    check_found(YD_CONFIG_HYP, &seed, "data/hyps/hyp.scratch.yaml", "hyp/hyp.scratch.yaml");
    static const char *const elsewhere[] = {"/none/hyp.VOC.yaml", "none/hyp.VOC.yaml", "../hyp.VOC.yaml",
                                            "./hyp.VOC.yaml", "data/none/hyp.VOC.yaml"};
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere;
         i++) /* a wrong path is no name of a shipped file */
        CHECK(yd_config_find(YD_CONFIG_HYP, &v7, elsewhere[i], path, sizeof path, &error) == YD_ERR_CONFIG);
    CHECK(yd_config_find(YD_CONFIG_HYP, NULL, "", path, sizeof path, &error) == YD_OK && !*path);
    CHECK(yd_config_find(YD_CONFIG_HYP, NULL, "/dev/null/x", path, sizeof path, &error) == YD_ERR_CONFIG);
    CHECK(yd_config_find(YD_CONFIG_DATA, NULL, "https://x/y.yaml", path, sizeof path, &error) ==
          YD_ERR_UNSUPPORTED);
    CHECK(yd_config_find(YD_CONFIG_DATA, NULL, "/tmp", path, sizeof path, &error) == YD_ERR_CONFIG);
    CHECK(yd_config_find(YD_CONFIG_MODEL, NULL, "none.yaml", path, sizeof path, &error) == YD_ERR_CONFIG);
    CHECK(strstr(error.message, "none.yaml: there is no such file, and no model of that name in ") != NULL);
}

/* Beside the working directory, as in a checkout of YOLOv5: a user's own file goes before the shipped one. */
static void test_find_here(void)
{
    static const char *const files[] = {"data/hyps/hyp.VOC.yaml",   "data/mine.yaml",
                                        "models/hub/both.yaml",     "utils/both.yaml",
                                        "data/.hidden/hidden.yaml", "other/other.yaml"};
    char path[YD_PATH_MAX], folder[YD_PATH_MAX], before[YD_PATH_MAX];
    yd_error error;
    REQUIRE(getcwd(before, sizeof before) && chdir(yd_test_folder()) == 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        yd_path_parent(folder, sizeof folder, files[i]);
        REQUIRE(yd_make_folders(folder, &error) == YD_OK && yd_file_write(files[i], "", 0, &error) == YD_OK);
    }
    CHECK(yd_config_find(YD_CONFIG_HYP, NULL, "hyp.VOC.yaml", path, sizeof path, &error) == YD_OK);
    CHECK_TEXT(path, "./data/hyps/hyp.VOC.yaml");
    CHECK(yd_config_find(YD_CONFIG_DATA, NULL, "mine.yaml", path, sizeof path, &error) == YD_OK);
    CHECK_TEXT(path, "./data/mine.yaml");
    CHECK(yd_config_find(YD_CONFIG_MODEL, NULL, "hub/both.yaml", path, sizeof path, &error) == YD_OK);
    CHECK_TEXT(path, "./models/hub/both.yaml");
    CHECK(yd_config_find(YD_CONFIG_MODEL, NULL, "both.yaml", path, sizeof path, &error) == YD_ERR_CONFIG);
    CHECK(strstr(error.message, "several files have this name: ") &&
          strstr(error.message, "./utils/both.yaml"));
    CHECK(yd_config_find(YD_CONFIG_DATA, NULL, "hidden.yaml", path, sizeof path, &error) == YD_ERR_CONFIG);
    CHECK(yd_config_find(YD_CONFIG_DATA, NULL, "other.yaml", path, sizeof path, &error) == YD_ERR_CONFIG);
    CHECK(strstr(error.message, "no data set of that name in ./data, ./models, ./utils or ") != NULL);
    REQUIRE(chdir(before) == 0);
}

/* Another folder by the environment; a name that stands there twice is refused with both. */
static void test_environment(void)
{
    char folder[YD_PATH_MAX], path[YD_PATH_MAX];
    yd_error error;
    for (int i = 0; i < 2; i++) {
        snprintf(folder, sizeof folder, "%s/own/hyp/%d", yd_test_folder(), i);
        REQUIRE(yd_make_folders(folder, &error) == YD_OK);
        REQUIRE(yd_path_join(path, sizeof path, folder, "twice.yaml"));
        REQUIRE(yd_file_write(path, "", 0, &error) == YD_OK);
    }
    snprintf(folder, sizeof folder, "%s/own", yd_test_folder());
    setenv("YOLODECK_CONFIGS", folder, 1);
    CHECK(yd_config_find(YD_CONFIG_HYP, NULL, "twice.yaml", path, sizeof path, &error) == YD_ERR_CONFIG);
    CHECK(strstr(error.message, "twice.yaml: several files have this name: ") != NULL);
    CHECK(strstr(error.message, "own/hyp/0/twice.yaml") && strstr(error.message, "own/hyp/1/twice.yaml"));
    CHECK(yd_config_find(YD_CONFIG_HYP, NULL, "1/twice.yaml", path, sizeof path, &error) == YD_OK);
    CHECK(strstr(path, "own/hyp/1/twice.yaml") != NULL);
    setenv("YOLODECK_CONFIGS", "/nonexistent", 1);
    CHECK(yd_config_folder(path, sizeof path, &error) == YD_ERR_CONFIG);
    CHECK_TEXT(error.message, "YOLODECK_CONFIGS names /nonexistent, which is no folder");
    unsetenv("YOLODECK_CONFIGS");
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {
        {"v7", test_v7},
        {"seed", test_seed},
        {"every key is given", test_complete},
        {"what is refused", test_refused},
        {"search", test_find},
        {"search here", test_find_here},
        {"search elsewhere", test_environment},
    };
    unsetenv("YOLODECK_CONFIGS");
    arena = yd_arena_create(0);
    int status = yd_test_main(argc, argv, cases, (int)(sizeof cases / sizeof *cases));
    yd_arena_destroy(arena);
    return status;
}
