/* The official yolov5n.pt on a real picture: decoded output of the fast backend against the one in double.
 * (The tensors themselves are checked bit for bit in unit/io_pt.) */
#include "backend/cpu/cpu.h"
#include "backend/ref/ref.h"
#include "eval/decode.h"
#include "image/decode.h"
#include "image/letterbox.h"
#include "io/checkpoint.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 160 };

/* [1, 3, SIZE, SIZE] in plain order. */
static void load_picture(uint8_t *planes)
{
    yd_image image, fitted;
    yd_error error;
    REQUIRE(yd_image_read(yd_test_shared("datasets/bccd/images/val/BloodImage_00000.jpg"), &image, &error) ==
            YD_OK);
    yd_letterbox plan = yd_letterbox_plan(image.width, image.height, SIZE, SIZE, 0, 32);
    REQUIRE(yd_image_create(SIZE, SIZE, &fitted, &error) == YD_OK);
    REQUIRE(yd_letterbox_apply(&image, &plan, &fitted, &error) == YD_OK);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < SIZE * SIZE; i++) planes[c * SIZE * SIZE + i] = fitted.pixels[3 * i + c];
    yd_image_free(&image);
    yd_image_free(&fitted);
}

/* Decoded rows [N, no]; the caller frees. */
static float *decoded(const yd_backend *backend, const uint8_t *planes, size_t *count)
{
    yd_weights *weights;
    yd_device *device;
    yd_model *model;
    yd_param_set set;
    yd_plan_cache *plans;
    yd_plan *plan;
    yd_head heads[8];
    yd_error error;
    int transferred;
    REQUIRE(yd_weights_load(yd_test_shared("weights/yolov5n.pt"), &weights, &error) == YD_OK);
    REQUIRE(backend->open(2, &device, &error) == YD_OK);
    REQUIRE(yd_model_create(&weights->yaml, 0, backend, device, &model, &error) == YD_OK);
    REQUIRE(yd_param_set_create(model, YD_SET_VALUES, &set, &error) == YD_OK);
    yd_weights_transfer(weights, model, &set, NULL, &transferred);
    CHECK(transferred == 349 && model->param_count == 349);
    REQUIRE(yd_plan_cache_create(model, 2, &plans, &error) == YD_OK);
    REQUIRE(yd_plan_get(plans, YD_MODE_EVAL, 1, SIZE, SIZE, &plan, &error) == YD_OK);
    yd_plan_forward(plan, &set, planes, NULL);
    yd_decoder decoder = {.heads = heads,
                          .nl = yd_plan_heads(plan, heads),
                          .anchors = (const float(*)[5][2])model->anchors_pixels};
    *count = (size_t)yd_decode_row_count(&decoder) * (size_t)(model->nc + 5);
    float *out = malloc(*count * sizeof *out);
    REQUIRE(out != NULL);
    yd_decode(&decoder, out);
    yd_plan_cache_destroy(plans);
    yd_param_set_destroy(model, &set);
    yd_model_destroy(model);
    backend->close(device);
    yd_weights_free(weights);
    return out;
}

static void equals_the_reference_in_double(void)
{
    static uint8_t planes[3 * SIZE * SIZE];
    size_t fast_count, exact_count;
    load_picture(planes);
    float *fast = decoded(&yd_backend_cpu, planes, &fast_count);
    float *exact = decoded(&yd_backend_ref, planes, &exact_count);
    REQUIRE(fast_count == exact_count);
    double largest = 0, difference = 0;
    for (size_t i = 0; i < fast_count; i++) {
        largest = fmax(largest, fabs((double)exact[i]));
        difference = fmax(difference, fabs((double)fast[i] - (double)exact[i]));
    }
    CHECK(largest > 1);
    CHECK_NEAR(difference / largest, 0, 1e-5);
    free(fast);
    free(exact);
}

static const yd_test_case cases[] = {{"equals the reference in double", equals_the_reference_in_double}};
TEST_MAIN(cases)
