/* Models for tests: from the shipped YAMLs, or from text. Every failure ends the test case. */
#pragma once
#include "model/model.h"

typedef struct yd_test_model {
    const yd_backend *backend;
    yd_device *device;
    yd_model *model;
} yd_test_model;

/* The model of a YAML file, for nc classes (0: the file's). */
yd_test_model yd_test_model_open(const yd_backend *backend, const char *path, int nc);
/* "configs/models/<name>.yaml" of the source tree. */
yd_test_model yd_test_model_shipped(const yd_backend *backend, const char *name, int nc);
/* A model whose rows are given as text: "[-1, 1, Conv, [16, 3, 2]]" a line, Detect with anchors of its
 * levels; nc 2, gains 1. */
yd_test_model yd_test_model_rows(const yd_backend *backend, const char *rows, int levels);
void yd_test_model_close(yd_test_model *test);

/* The path of a YAML file with this text in the test's folder: the same name for each call. */
const char *yd_test_yaml(const char *text);
/* Loads and builds; returns the status and leaves the message in error. On success the model is dropped. */
yd_status yd_test_model_try(const yd_backend *backend, const char *path, yd_error *error);
