/* onnxruntime computes from an exported model what we compute: every module, both ends of the range of
 * opsets, fixed and free sizes; onnx_check.py, beside this file, does the half of it that is Python's.
 * Skipped where no Python has onnx and onnxruntime
 * (.ci/run installs them into build/onnx). */
#include "io/onnx.h"
#include "backend/cpu/cpu.h"
#include "base/file.h"
#include "base/rng.h"
#include "base/text.h"
#include "eval/decode.h"
#include "io/weights.h"
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

static void write_floats(const char *path, const float *values, size_t count)
{
    yd_error error;
    REQUIRE(yd_file_write(path, values, count * sizeof *values, &error) == YD_OK);
}

/* Noise through the model; both as raw floats beside the model. */
static void compute(const yd_model *model, yd_param_set *set, int batch, int height, int width,
                    const char *images_path, const char *boxes_path)
{
    yd_plan_cache *plans;
    yd_plan *plan;
    yd_head heads[8];
    yd_error error;
    size_t pixels = (size_t)batch * 3 * (size_t)height * (size_t)width;
    float *images = malloc(pixels * sizeof *images);
    yd_rng rng = yd_rng_make(1, 2, (uint32_t)height, 3);
    REQUIRE(images);
    for (size_t i = 0; i < pixels; i++) images[i] = (float)yd_rng_uniform(&rng);
    REQUIRE(yd_plan_cache_create((yd_model *)model, 2, &plans, &error) == YD_OK);
    REQUIRE(yd_plan_get(plans, YD_MODE_EVAL, batch, height, width, &plan, &error) == YD_OK);
    yd_plan_forward(plan, set, NULL, images);
    yd_decoder decoder = {.heads = heads,
                          .nl = yd_plan_heads(plan, heads),
                          .anchors = (const float(*)[5][2])model->anchors_pixels};
    size_t count = (size_t)batch * (size_t)yd_decode_row_count(&decoder) * (size_t)(model->nc + 5);
    float *boxes = malloc(count * sizeof *boxes);
    REQUIRE(boxes);
    yd_decode(&decoder, boxes);
    write_floats(images_path, images, pixels);
    write_floats(boxes_path, boxes, count);
    yd_plan_cache_destroy(plans);
    free(boxes);
    free(images);
}

/* Of one model: fixed sizes with three images, free ones with three and with one of another size; both
 * opsets. */
static void export(session *s, const char *name, const yd_model *model, yd_param_set *set)
{
    const int sizes[2][3] = {{3, 2, 3}, {1, 3, 2}}; /* batch, height and width in strides */
    const char *folder = yd_test_folder();
    yd_error error;
    for (int k = 0; k < 2; k++) {
        int batch = sizes[k][0], height = sizes[k][1] * model->max_stride,
            width = sizes[k][2] * model->max_stride;
        char images[4200], boxes[4200];
        snprintf(images, sizeof images, "%s/%s-%d.images", folder, name, k);
        snprintf(boxes, sizeof boxes, "%s/%s-%d.boxes", folder, name, k);
        compute(model, set, batch, height, width, images, boxes);
        for (int variant = 0; variant < 4; variant++) {
            bool dynamic = variant & 1;
            char path[4200];
            yd_onnx_export what = {.model = model,
                                   .set = set,
                                   .names = (const char *const *)model->names,
                                   .batch = batch,
                                   .height = height,
                                   .width = width,
                                   .dynamic = dynamic,
                                   .opset = variant & 2 ? s->newest : YD_ONNX_FIRST_OPSET};
            if (k == 1 && !dynamic) continue;
            snprintf(path, sizeof path, "%s/%s-%d.onnx", folder, name, variant);
            if (k == 0 && yd_onnx_export_model(path, &what, NULL, &error) != YD_OK)
                yd_test_fatal(__FILE__, __LINE__, "%s: %s", name, error.message);
            yd_text_addf(&s->command, " '%s' '%s' '%s' %d %d %d", path, images, boxes, batch, height, width);
        }
    }
}

/* Norms and biases of no special values. */
static void shake(const yd_model *model, yd_param_set *set)
{
    for (int i = 0; i < model->param_count; i++) {
        const yd_param *param = &model->params[i];
        bool variance = strstr(param->name, "running_var") != NULL;
        if (param->counter || param->region == YD_REGION_WEIGHT || strstr(param->name, "anchor")) continue;
        float *plain = malloc(param->plain * sizeof *plain);
        yd_rng rng = yd_rng_make(5, 0, (uint32_t)i, 1);
        REQUIRE(plain);
        for (size_t k = 0; k < param->plain; k++) {
            float noise = (float)yd_rng_uniform(&rng) - 0.5f;
            bool scale = variance || param->region == YD_REGION_NORM;
            plain[k] = scale ? 1 + noise : noise;
        }
        yd_param_write(model, set, i, plain);
        free(plain);
    }
}

static void check(const char *name, yd_test_model test)
{
    session s = begin();
    yd_param_set set;
    yd_error error;
    REQUIRE(yd_param_set_create(test.model, YD_SET_VALUES, &set, &error) == YD_OK);
    yd_model_init(test.model, &set, 3, 0.99);
    shake(test.model, &set);
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

static void focus(void)
{
    check_shipped("v5.0/yolov5s", 2);
}

static void four_levels(void)
{
    check_shipped("yolov5n6", 2);
}

static const yd_test_case cases[] = {{"published weights", published_weights},
                                     {"Ghost, CrossConv, DWConv, C3x, C3SPP", plain_modules},
                                     {"C3TR, Contract, Expand, LeakyReLU", transformer_and_pixels},
                                     {"BottleneckCSP, MixConv2d, Hardswish", shared_norms},
                                     {"Focus", focus},
                                     {"four levels", four_levels}};
TEST_MAIN(cases)
