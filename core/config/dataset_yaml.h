/* A data set's YAML. (data_and_metrics.md, 1; training.md, 3.2) */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "config/preset.h"

typedef enum yd_split { YD_SPLIT_TRAIN, YD_SPLIT_VAL, YD_SPLIT_TEST, YD_SPLIT_COUNT } yd_split;
const char *yd_split_name(yd_split split); /* "train", "val", "test" */
/* False where name is none of them. */
bool yd_split_parse(const char *name, yd_split *split);

/* The folders and list files of a split, resolved. */
typedef struct yd_split_entries {
    const char **paths;
    int count; /* 0: the file does not have this split */
    int line;
    bool coco; /* given as one string that ends with coco/val2017.txt */
} yd_split_entries;

/* What "download" holds. Only addresses are followed (io/fetch.h): commands and scripts are never run. */
typedef enum yd_download_kind {
    YD_DOWNLOAD_NONE,
    YD_DOWNLOAD_URL,
    YD_DOWNLOAD_SHELL,
    YD_DOWNLOAD_PYTHON
} yd_download_kind;

typedef struct yd_dataset_yaml {
    const char *file;
    const char *root; /* "path", resolved; "" where the file has none */
    yd_split_entries splits[YD_SPLIT_COUNT];
    int nc;
    const char **names;   /* [nc], as written: escape before printing */
    const char *download; /* NULL where there is none */
    yd_download_kind download_kind;
    int download_line;
    const char *download_sha256; /* 64 hexadecimal digits, or "" */
} yd_dataset_yaml;

enum { YD_MAX_CLASSES = 100000 };

/* Reads and checks the file; everything lives in the arena. preset may be NULL (then as v7).
 * Relative places: "path" is looked for below the folder of the YAML first and is taken from there where it
 * exists, else it is relative to the current directory; without "path", each entry likewise. A leading "../"
 * of an entry is dropped where the entry exists only so. Existence is tested by yd_dataset_yaml_split. CONFIG
 * with file:line otherwise. */
yd_status yd_dataset_yaml_load(const char *path, const yd_preset *preset, yd_arena *arena,
                               yd_dataset_yaml *yaml, yd_error *error);

/* The entries of a split. DATA where the file has none, or where one of them does not exist (named, with what
 * to do). */
yd_status yd_dataset_yaml_split(const yd_dataset_yaml *yaml, yd_split split, const yd_split_entries **entries,
                                yd_error *error);

/* Whether the set is COCO itself, with its validation pictures: its val is a list coco/val2017.txt, or the
 * file is named coco.yaml and has 80 classes. */
bool yd_dataset_yaml_is_coco(const yd_dataset_yaml *yaml);

/* --single-cls: one class, "item" unless the data set has exactly one name. */
void yd_dataset_yaml_single_class(yd_dataset_yaml *yaml);
