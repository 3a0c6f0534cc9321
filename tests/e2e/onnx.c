/* onnxruntime computes from an exported model what we compute: every module, both ends of the range of
 * opsets, fixed and free sizes; onnx_check.py, beside this file, does the half of it that is Python's.
 * Skipped where no Python has onnx and onnxruntime
 * (.ci/run installs them into build/onnx). */
#include "io/onnx.h"
#include "backend/cpu/cpu.h"
#include "base/file.h"
#include "base/text.h"
#include "io/weights.h"
#include "support/exchange.h"
#include "support/models.h"
#include "support/python.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The command that is built up while a model is exported: SCRIPT (FILE IMAGES OUTPUT BATCH HEIGHT WIDTH)...
 */
typedef struct session {
    const char *python;
    int newest; /* opset */
    yd_text command;
} session;

static session begin(void)
{
    session s = {.python = yd_test_python("onnx, onnxruntime", "YD_ONNX_PYTHON", "onnx")};
    yd_text_addf(&s.command, "'%s' '%s/tests/e2e/onnx_check.py'", s.python, YD_SOURCE_DIR);
    char ask[8192];
    snprintf(ask, sizeof ask, "%s newest", s.command.data);
    FILE *answer = popen(ask, "r");
    REQUIRE(answer && fscanf(answer, "%d", &s.newest) == 1 && pclose(answer) == 0);
    if (s.newest > YD_ONNX_LAST_OPSET) s.newest = YD_ONNX_LAST_OPSET;
    REQUIRE(s.newest >= YD_ONNX_FIRST_OPSET);
    return s;
}

static void finish(session *s)
{
    REQUIRE(!s->command.failed);
    CHECK(system(s->command.data) == 0);
    yd_text_free(&s->command);
}

/* Of one model: fixed sizes with three images, free ones with three and with one of another size; both
 * opsets. */
static void export(session *s, const char *name, yd_model *model, yd_param_set *set)
{
    const int sizes[2][3] = {{3, 2, 3}, {1, 3, 2}}; /* batch, height and width in strides */
    const char *folder = yd_test_folder();
    yd_error error;
    for (int k = 0; k < 2; k++) {
        const int size[3] = {sizes[k][0], sizes[k][1] * model->max_stride, sizes[k][2] * model->max_stride};
        char images[4200], boxes[4200];
        snprintf(images, sizeof images, "%s/%s-%d.images", folder, name, k);
        snprintf(boxes, sizeof boxes, "%s/%s-%d.boxes", folder, name, k);
        yd_test_predict(model, set, size, images, boxes);
        for (int variant = 0; variant < 4; variant++) {
            bool dynamic = variant & 1;
            char path[4200];
            yd_onnx_export what = {.model = model,
                                   .set = set,
                                   .names = (const char *const *)model->names,
                                   .batch = size[0],
                                   .height = size[1],
                                   .width = size[2],
                                   .dynamic = dynamic,
                                   .opset = variant & 2 ? s->newest : YD_ONNX_FIRST_OPSET};
            if (k == 1 && !dynamic) continue;
            snprintf(path, sizeof path, "%s/%s-%d.onnx", folder, name, variant);
            if (k == 0 && yd_onnx_export_model(path, &what, NULL, &error) != YD_OK)
                yd_test_fatal(__FILE__, __LINE__, "%s: %s", name, error.message);
            yd_text_addf(&s->command, " '%s' '%s' '%s' %d %d %d", path, images, boxes, size[0], size[1],
                         size[2]);
        }
    }
}

static void check(const char *name, yd_test_model test)
{
    session s = begin();
    yd_param_set set;
    yd_error error;
    REQUIRE(yd_param_set_create(test.model, YD_SET_VALUES, &set, &error) == YD_OK);
    yd_model_init(test.model, &set, 3, 0.99);
    yd_test_shake(test.model, &set);
    yd_model_read_anchors(test.model, &set);
    export(&s, name, test.model, &set);
    finish(&s);
    yd_param_set_destroy(test.model, &set);
    yd_test_model_close(&test);
}

static void check_shipped(const char *name, int nc)
{
    check(yd_path_name(name), yd_test_model_shipped(&yd_backend_cpu, name, nc));
}

static void check_golden(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/golden/%s.yaml", YD_SOURCE_DIR, name);
    check(name, yd_test_model_open(&yd_backend_cpu, path, 0));
}

static void published_weights(void)
{
    const char *path = yd_test_shared("weights/yolov5n.pt");
    session s = begin();
    yd_weights *weights;
    yd_param_set set;
    yd_error error;
    yd_test_model test = {.backend = &yd_backend_cpu};
    REQUIRE(yd_weights_load(path, &weights, &error) == YD_OK);
    REQUIRE(yd_backend_cpu.open(1, &test.device, &error) == YD_OK);
    REQUIRE(yd_weights_build(weights, path, test.backend, test.device, &test.model, &set, &error) == YD_OK);
    export(&s, "published", test.model, &set);
    finish(&s);
    yd_param_set_destroy(test.model, &set);
    yd_test_model_close(&test);
    yd_weights_free(weights);
}

static void plain_modules(void)
{
    check_golden("modules");
}

static void transformer_and_pixels(void)
{
    check_golden("modules_levels");
}

static void shared_norms(void)
{
    check_golden("modules_parts");
}

static void pools_and_upsampling(void)
{
    check_golden("modules_resize");
}

static void focus(void)
{
    check_shipped("v5.0/yolov5s", 2);
}

static void four_levels(void)
{
    check_shipped("yolov5n6", 2);
}

static const yd_test_case cases[] = {
    {"published weights", published_weights},
    {"Ghost, CrossConv, DWConv, C3x, C3SPP", plain_modules},
    {"C3TR, Contract, Expand, LeakyReLU", transformer_and_pixels},
    {"BottleneckCSP, MixConv2d, Hardswish", shared_norms},
    {"MaxPool2d, ZeroPad2d, ConvTranspose2d, BatchNorm2d, Upsample", pools_and_upsampling},
    {"Focus", focus},
    {"four levels", four_levels}};
TEST_MAIN(cases)
