#include "support/models.h"
#include "base/file.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static yd_status build(const yd_backend *backend, yd_device *device, const char *path, int nc,
                       yd_model **model, yd_error *error)
{
    yd_model_yaml yaml;
    yd_arena *arena = yd_arena_create(0);
    yd_status status = yd_model_yaml_load(path, arena, &yaml, error);
    if (status == YD_OK) status = yd_model_create(&yaml, nc, backend, device, model, error);
    yd_arena_destroy(arena); /* the model keeps a copy of what it needs */
    return status;
}

yd_test_model yd_test_model_open(const yd_backend *backend, const char *path, int nc)
{
    yd_test_model test = {.backend = backend};
    yd_error error;
    if (backend->open(1, &test.device, &error) != YD_OK ||
        build(backend, test.device, path, nc, &test.model, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return test;
}

yd_test_model yd_test_model_shipped(const yd_backend *backend, const char *name, int nc)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/configs/models/%s.yaml", YD_SOURCE_DIR, name);
    return yd_test_model_open(backend, path, nc);
}

const char *yd_test_yaml(const char *text)
{
    static char path[1024];
    yd_error error;
    snprintf(path, sizeof path, "%s/model.yaml", yd_test_folder());
    if (yd_file_write(path, text, strlen(text), &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return path;
}

yd_test_model yd_test_model_rows(const yd_backend *backend, const char *rows, int levels)
{
    char text[8192], *out = text, *end = text + sizeof text;
    out += snprintf(out, (size_t)(end - out), "nc: 2\ndepth_multiple: 1.0\nwidth_multiple: 1.0\nanchors:\n");
    for (int level = 0; level < levels; level++)
        out += snprintf(out, (size_t)(end - out), "  - [%d,%d, %d,%d]\n", 8 << level, 10 << level,
                        16 << level, 12 << level);
    out += snprintf(out, (size_t)(end - out), "backbone:\n");
    for (const char *row = rows; *row;) {
        size_t length = strcspn(row, "\n");
        bool last = !row[length] || !row[length + 1];
        if (last) out += snprintf(out, (size_t)(end - out), "head:\n");
        out += snprintf(out, (size_t)(end - out), "  - %.*s\n", (int)length, row);
        row += length + (row[length] == '\n');
    }
    return yd_test_model_open(backend, yd_test_yaml(text), 0);
}

void yd_test_model_close(yd_test_model *test)
{
    yd_model_destroy(test->model);
    if (test->device) test->backend->close(test->device);
    *test = (yd_test_model){0};
}

yd_status yd_test_model_try(const yd_backend *backend, const char *path, yd_error *error)
{
    yd_device *device;
    yd_model *model = NULL;
    YD_TRY(backend->open(1, &device, error));
    yd_status status = build(backend, device, path, 0, &model, error);
    yd_model_destroy(model);
    backend->close(device);
    return status;
}
