/* Data set YAMLs in all their forms, where relative places lie, and run folders. */
#include "base/file.h"
#include "base/log.h"
#include "config/dataset_yaml.h"
#include "config/run_folder.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static yd_arena *arena;
static char logged[4096];

static void keep_log(void *context, yd_log_level level, const char *line)
{
    (void)context, (void)level;
    snprintf(logged, sizeof logged, "%s", line);
}

static char *in_folder(const char *name)
{
    char path[YD_PATH_MAX];
    REQUIRE(yd_path_join(path, sizeof path, yd_test_folder(), name));
    return yd_arena_strdup(arena, path);
}

static void make_folder(const char *name)
{
    yd_error error;
    REQUIRE(yd_make_folders(in_folder(name), &error) == YD_OK);
}

static yd_status load_text(const char *text, const yd_preset *preset, yd_dataset_yaml *yaml, yd_error *error)
{
    const char *path = in_folder("d.yaml");
    REQUIRE(yd_file_write(path, text, strlen(text), error) == YD_OK);
    return yd_dataset_yaml_load(path, preset, arena, yaml, error);
}

static yd_dataset_yaml good(const char *text)
{
    yd_dataset_yaml yaml;
    yd_error error = {0};
    if (load_text(text, NULL, &yaml, &error) != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return yaml;
}

#define NAMES "names: [a, b]\n"

static void test_forms(void)
{
    yd_dataset_yaml d = good("train: [x, y]\nval: v.txt\nnc: 2\ndownload: |\n  rm -rf /\n" NAMES);
    CHECK(d.nc == 2 && d.splits[YD_SPLIT_TRAIN].count == 2 && d.splits[YD_SPLIT_VAL].count == 1);
    CHECK(d.splits[YD_SPLIT_TEST].count == 0 && d.splits[YD_SPLIT_VAL].line == 2);
    CHECK_TEXT(d.splits[YD_SPLIT_TRAIN].paths[1], "y");
    CHECK_TEXT(d.download, "rm -rf /\n");
    d = good("train: x\nval: /data/coco/val2017.txt\ntest:\nnames:\n  1: b\n  0: a\n  2: c\n");
    CHECK(d.nc == 3 && d.splits[YD_SPLIT_VAL].coco && !d.splits[YD_SPLIT_TRAIN].coco);
    CHECK_TEXT(d.names[0], "a");
    CHECK_TEXT(d.names[2], "c");
    CHECK(!d.download);
    d = good("train: x\nval: [/data/coco/val2017.txt]\nnames: ['no', 1, \"a\\eb\"]\n");
    CHECK(!d.splits[YD_SPLIT_VAL].coco);
    CHECK_TEXT(d.names[0], "no");
    CHECK_TEXT(d.names[1], "1");
    CHECK_TEXT(d.names[2], "a\x1b"
                           "b"); /* escaped where it is printed */
    CHECK_TEXT(logged, "");
    d = good("train: x\nval: x\nnames: [cat, no]\n");
    CHECK_TEXT(d.names[1], "no");
    CHECK(strstr(logged, "d.yaml:3: the class name no stands without quotes") != NULL);
    logged[0] = '\0';
}

static void test_places(void)
{
    make_folder("set/images/train");
    make_folder("set/val");
    yd_dataset_yaml d = good("path: set\ntrain: images/train\nval: ../val\ntest: /abs\n" NAMES);
    CHECK_TEXT(d.root, in_folder("set"));
    CHECK_TEXT(d.splits[YD_SPLIT_TRAIN].paths[0], in_folder("set/images/train"));
    CHECK_TEXT(d.splits[YD_SPLIT_VAL].paths[0], in_folder("set/val")); /* the one that exists */
    CHECK_TEXT(d.splits[YD_SPLIT_TEST].paths[0], "/abs");
    d = good("path: .\ntrain: set/val\nval: set/val\n" NAMES);
    CHECK_TEXT(d.splits[YD_SPLIT_TRAIN].paths[0], in_folder("set/val"));
    d = good("path: nowhere\ntrain: t\nval: v\n" NAMES); /* relative to the current folder */
    CHECK_TEXT(d.splits[YD_SPLIT_TRAIN].paths[0], "nowhere/t");
    d = good("train: set/val\nval: other\n" NAMES);
    CHECK_TEXT(d.splits[YD_SPLIT_TRAIN].paths[0], in_folder("set/val"));
    CHECK_TEXT(d.splits[YD_SPLIT_VAL].paths[0], "other");
}

/* VOC.yaml and coco.yaml as YOLOv5 has them: lists of folders, names by number, a script. */
static void test_users_files(void)
{
    yd_dataset_yaml d =
        good("path: ../datasets/VOC\ntrain: # 16551 images\n  - images/train2012\n  - images/train2007\n"
             "  - images/val2012\nval:\n  - images/test2007\ntest: # optional\n  - images/test2007\n"
             "names:\n  0: aeroplane\n  1: bicycle\n"
             "download: |\n  import xml.etree.ElementTree as ET\n  from tqdm import tqdm\n");
    CHECK(d.nc == 2 && d.splits[YD_SPLIT_TRAIN].count == 3 && d.splits[YD_SPLIT_TEST].count == 1);
    CHECK_TEXT(d.splits[YD_SPLIT_TRAIN].paths[2], "../datasets/VOC/images/val2012");
    CHECK(d.download_kind == YD_DOWNLOAD_PYTHON && d.download_line == 13 && !yd_dataset_yaml_is_coco(&d));
    d = good("path: ../datasets/coco # root\ntrain: train2017.txt\nval: val2017.txt\ntest: test-dev2017.txt\n"
             "names: {0: person, 1: bicycle}\n");
    CHECK_TEXT(d.splits[YD_SPLIT_VAL].paths[0], "../datasets/coco/val2017.txt");
    CHECK(yd_dataset_yaml_is_coco(&d) && d.download_kind == YD_DOWNLOAD_NONE);
    d = good(
        "train: ../coco128/images/train2017/\nval: ../coco128/images/train2017/\nnc: 2\nnames: ['a', 'b']\n"
        "download: https://example.org/coco128.zip\n"
        "download_sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF\n");
    CHECK(d.download_kind == YD_DOWNLOAD_URL && strlen(d.download_sha256) == 64);
    d = good("train: t\nval: v\ndownload: bash data/scripts/get_coco.sh\n" NAMES);
    CHECK(d.download_kind == YD_DOWNLOAD_SHELL);
    CHECK_TEXT(d.download_sha256, "");
}

static void test_shipped(void)
{
    static const struct {
        const char *name;
        int classes;
        yd_download_kind kind;
    } files[] = {
        {"coco128", 80, YD_DOWNLOAD_URL}, {"coco", 80, YD_DOWNLOAD_NONE}, {"VOC", 20, YD_DOWNLOAD_NONE}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[YD_PATH_MAX];
        yd_dataset_yaml d;
        yd_error error;
        snprintf(path, sizeof path, YD_SOURCE_DIR "/configs/data/%s.yaml", files[i].name);
        REQUIRE(yd_dataset_yaml_load(path, NULL, arena, &d, &error) == YD_OK);
        CHECK(d.nc == files[i].classes && d.download_kind == files[i].kind);
        CHECK(yd_dataset_yaml_is_coco(&d) == (strcmp(files[i].name, "coco") == 0));
    }
}

static void check_split(const char *text, yd_split split, const char *wanted)
{
    const yd_split_entries *entries;
    yd_dataset_yaml d = good(text);
    yd_error error = {0};
    CHECK(yd_dataset_yaml_split(&d, split, &entries, &error) == YD_ERR_DATA);
    const char *found = strstr(error.message, "d.yaml");
    CHECK_TEXT(found ? found : error.message, wanted);
}

static void test_splits(void)
{
    const yd_split_entries *entries;
    yd_error error = {0};
    make_folder("set/val");
    yd_dataset_yaml d = good("path: set\ntrain: none\nval: val\n" NAMES);
    CHECK(yd_dataset_yaml_split(&d, YD_SPLIT_VAL, &entries, &error) == YD_OK && entries->count == 1);
    check_split("val: x\n" NAMES, YD_SPLIT_TRAIN,
                "d.yaml: the data set has no train: give a folder or a list of images");
    check_split("train: x\nval: none\n" NAMES, YD_SPLIT_VAL,
                "d.yaml:2: val: none does not exist, neither beside this file nor in the current folder");
    check_split("train: x\nval: [/none]\n" NAMES, YD_SPLIT_VAL, "d.yaml:2: val: /none does not exist");
    check_split("train: x\nval: none\ndownload: https://x/y.zip\n" NAMES, YD_SPLIT_VAL,
                "d.yaml:2: val: none does not exist; https://x/y.zip does not hold it");
    check_split(
        "train: x\nval: none\ndownload: bash get.sh\n" NAMES, YD_SPLIT_VAL,
        "d.yaml:2: val: none does not exist; download: is a shell command, which YoloDeck never runs: run "
        "it yourself (bash get.sh) and start again");
    check_split(
        "train: x\nval: none\ndownload: |\n  import os\n" NAMES, YD_SPLIT_VAL,
        "d.yaml:2: val: none does not exist; download: (line 3) is a Python script, which YoloDeck never "
        "runs: do what it says, or let YOLOv5 run it once, and start again");
    yd_split split;
    CHECK(yd_split_parse("test", &split) && split == YD_SPLIT_TEST && !yd_split_parse("tset", &split));
    CHECK_TEXT(yd_split_name(YD_SPLIT_VAL), "val");
}

static void check_refused(const char *text, const yd_preset *preset, const char *wanted)
{
    yd_dataset_yaml d;
    yd_error error = {0};
    CHECK(load_text(text, preset, &d, &error) == YD_ERR_CONFIG);
    CHECK_TEXT(strstr(error.message, "d.yaml"), wanted);
}

static void test_refused(void)
{
    yd_dataset_yaml d;
    yd_error error = {0};
    CHECK(yd_dataset_yaml_load("/nonexistent/none.yaml", NULL, arena, &d, &error) == YD_ERR_CONFIG);
    CHECK(strstr(error.message, "/nonexistent/none.yaml: cannot open") != NULL);
    check_refused("", NULL,
                  "d.yaml:1: a data set must be a mapping with train, val and names, found nothing");
    check_refused("train: x\n", NULL,
                  "d.yaml: names is missing; it must be a list of 1 to 100000 class names");
    check_refused("names: []\n", NULL,
                  "d.yaml:1: names must be a list of 1 to 100000 class names, found a list of 0");
    check_refused("names: [[a]]\n", NULL, "d.yaml:1: a class name must be text, found a list of 1");
    check_refused("names: {0: a, 2: b}\n", NULL,
                  "d.yaml:1: the numbers of names must be 0 to 1, each once, found \"2\"");
    check_refused("names: {0: a, 0: b}\n", NULL,
                  "d.yaml:1: the numbers of names must be 0 to 1, each once, found \"0\"");
    check_refused("names: {a: b}\n", NULL,
                  "d.yaml:1: the numbers of names must be 0 to 0, each once, found \"a\"");
    check_refused("train: 7\n" NAMES, NULL,
                  "d.yaml:1: train must be a path, or a list of paths, found \"7\"");
    check_refused("train:\n  - x\n  - {}\n" NAMES, NULL,
                  "d.yaml:3: train must be a path, or a list of paths, found a mapping of 0");
    check_refused("path: [x]\n" NAMES, NULL,
                  "d.yaml:1: path must be the path of a folder, found a list of 1");
    check_refused("nc: two\n" NAMES, NULL,
                  "d.yaml:1: nc must be a whole number from 1 to 100000, found \"two\"");
}

static void test_class_count(void)
{
    yd_preset seed = {.nc_from_names = false}, v7 = {.nc_from_names = true};
    yd_dataset_yaml d;
    yd_error error = {0};
    check_refused("nc: 3\n" NAMES, &seed, "d.yaml:1: nc is 3, but names has 2; they must agree");
    check_refused(NAMES, &seed, "d.yaml: nc is missing; it must be the number of classes");
    CHECK(load_text("nc: 2\n" NAMES, &seed, &d, &error) == YD_OK && d.nc == 2);
    CHECK(load_text("nc: 3\n" NAMES, &v7, &d, &error) == YD_OK && d.nc == 2);
    CHECK(strstr(logged, "d.yaml:1: nc is 3, but names has 2; there are 2 classes") != NULL);
    yd_dataset_yaml_single_class(&d);
    CHECK(d.nc == 1);
    CHECK_TEXT(d.names[0], "item");
    d = good("names: [cell]\n");
    yd_dataset_yaml_single_class(&d);
    CHECK_TEXT(d.names[0], "cell");
}

static void check_chosen(const char *project, const char *name, yd_run_numbering numbering,
                         const char *wanted)
{
    char folder[YD_PATH_MAX], weights[YD_PATH_MAX];
    yd_error error = {0};
    if (yd_run_folder_choose(in_folder(project), name, false, numbering, "weights", folder, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    CHECK_TEXT(folder, in_folder(wanted));
    CHECK(yd_path_join(weights, sizeof weights, folder, "weights") && yd_folder_exists(weights));
}

static void test_run_folders(void)
{
    check_chosen("runs/train", "exp", YD_RUNS_FIRST_FREE, "runs/train/exp");
    check_chosen("runs/train", "exp", YD_RUNS_FIRST_FREE, "runs/train/exp2");
    make_folder("runs/train/exp4");
    check_chosen("runs/train/", "exp/", YD_RUNS_FIRST_FREE, "runs/train/exp3"); /* a gap is filled */
    check_chosen("runs/train", "exp", YD_RUNS_AFTER_LARGEST, "runs/train/exp5");
    make_folder("runs/train/exp11x");
    check_chosen("runs/train", "exp", YD_RUNS_AFTER_LARGEST, "runs/train/exp12");
    check_chosen("runs/train", "v1.0", YD_RUNS_AFTER_LARGEST, "runs/train/v1.0");
    check_chosen("runs/train", "v1.0", YD_RUNS_AFTER_LARGEST, "runs/train/v12.0"); /* a suffix, it thinks */
    check_chosen("runs/train", "v1.0", YD_RUNS_FIRST_FREE, "runs/train/v1.02");
    check_chosen("runs/train", "a[1]*", YD_RUNS_AFTER_LARGEST, "runs/train/a[1]*");
    check_chosen("runs/train", "a[1]*", YD_RUNS_AFTER_LARGEST, "runs/train/a[1]*2");
}

/* The parent's number misleads the reference; a run that is there is not written over all the same. */
static void test_run_folder_quirk(void)
{
    check_chosen("q/run7", "run", YD_RUNS_AFTER_LARGEST, "q/run7/run");
    check_chosen("q/run7", "run", YD_RUNS_AFTER_LARGEST, "q/run7/run8");
    check_chosen("q/run7", "run", YD_RUNS_AFTER_LARGEST, "q/run7/run9");
}

static void check_no_folder(const char *project, const char *name, bool exist_ok, const char *wanted)
{
    char folder[YD_PATH_MAX];
    yd_error error = {0};
    CHECK(yd_run_folder_choose(project, name, exist_ok, YD_RUNS_FIRST_FREE, "weights", folder, &error) ==
          YD_ERR_CONFIG);
    CHECK(strstr(error.message, wanted) != NULL);
    if (!strstr(error.message, wanted)) fprintf(stderr, "found: %s\n", error.message);
}

static void test_run_folder_refused(void)
{
    char folder[YD_PATH_MAX], name[YD_PATH_MAX];
    yd_error error = {0};
    REQUIRE(yd_run_folder_choose(in_folder("e"), "x", true, YD_RUNS_FIRST_FREE, "weights", folder, &error) ==
            YD_OK);
    REQUIRE(yd_run_folder_choose(in_folder("e"), "x", true, YD_RUNS_FIRST_FREE, "weights", folder, &error) ==
            YD_OK);
    CHECK_TEXT(folder, in_folder("e/x"));
    check_no_folder("p", "", false, "--name is empty");
    check_no_folder("p", "..", true, "--name ..: a run needs a folder of its own");
    check_no_folder("p", "a/.", true, "--name a/.: a run needs a folder of its own");
    check_no_folder("/proc", "x", false, "/proc/x: the run folder cannot be made");
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    check_no_folder("p", name, false, "the path of the run folder is too long");
    REQUIRE(yd_file_write(in_folder("file"), "", 0, &error) == YD_OK);
    check_no_folder(in_folder("file"), "x", false, "the run folder cannot be made");
    check_no_folder(yd_test_folder(), "file", true, "file: the run folder cannot be made: File exists");
    if (geteuid() == 0) return; /* root may write anywhere */
    make_folder("closed/x/weights");
    REQUIRE(chmod(in_folder("closed/x"), 0555) == 0);
    check_no_folder(in_folder("closed"), "x", true, "the run folder cannot be written to: Permission denied");
    REQUIRE(chmod(in_folder("closed"), 0555) == 0);
    check_no_folder(in_folder("closed"), "y", false,
                    "closed/y: the run folder cannot be made: Permission denied");
    REQUIRE(chmod(in_folder("closed"), 0755) == 0 && chmod(in_folder("closed/x"), 0755) == 0);
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {
        {"forms", test_forms},
        {"files of users", test_users_files},
        {"shipped", test_shipped},
        {"relative places", test_places},
        {"splits", test_splits},
        {"what is refused", test_refused},
        {"class counts", test_class_count},
        {"run folders", test_run_folders},
        {"a number in the parent's name", test_run_folder_quirk},
        {"run folders that cannot be", test_run_folder_refused},
    };
    yd_log_set_receiver(keep_log, NULL);
    arena = yd_arena_create(0);
    int status = yd_test_main(argc, argv, cases, (int)(sizeof cases / sizeof *cases));
    yd_arena_destroy(arena);
    return status;
}
