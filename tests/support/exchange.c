#include "support/exchange.h"
#include "base/file.h"
#include "base/rng.h"
#include "eval/decode.h"
#include "support/test.h"
#include <stdlib.h>
#include <string.h>

void yd_test_shake(const yd_model *model, yd_param_set *set)
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

static void write_floats(const char *path, const float *values, size_t count)
{
    yd_error error;
    REQUIRE(yd_file_write(path, values, count * sizeof *values, &error) == YD_OK);
}

void yd_test_predict(yd_model *model, yd_param_set *set, const int size[3], const char *images_path,
                     const char *boxes_path)
{
    int batch = size[0], height = size[1], width = size[2];
    yd_plan_cache *plans;
    yd_plan *plan;
    yd_head heads[8];
    yd_error error;
    size_t pixels = (size_t)batch * 3 * (size_t)height * (size_t)width;
    float *images = malloc(pixels * sizeof *images);
    yd_rng rng = yd_rng_make(1, 2, (uint32_t)height, 3);
    REQUIRE(images);
    for (size_t i = 0; i < pixels; i++) images[i] = (float)yd_rng_uniform(&rng);
    REQUIRE(yd_plan_cache_create(model, 2, &plans, &error) == YD_OK);
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
