#include "support/run.h"
#include "base/file.h"
#include "base/rng.h"
#include "config/find.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char model_text[] = "nc: 2\n"
                                 "depth_multiple: 1.0\n"
                                 "width_multiple: 1.0\n"
                                 "anchors: [[10, 13, 16, 30], [30, 61.5, 62, 45]]\n"
                                 "backbone:\n"
                                 "  - [-1, 1, Conv, [16, 6, 2, 2]]\n"
                                 "  - [-1, 1, Conv, [16, 3, 2]]\n"
                                 "  - [-1, 1, C3, [16]]\n"
                                 "  - [-1, 1, Conv, [16, 3, 2]]\n"
                                 "  - [-1, 1, Conv, [24, 3, 2]]\n"
                                 "  - [-1, 1, SPPF, [24, 5]]\n"
                                 "head:\n"
                                 "  - [-1, 1, Conv, [16, 1, 1]]\n"
                                 "  - [-1, 1, nn.Upsample, [None, 2, 'nearest']]\n"
                                 "  - [[-1, 3], 1, Concat, [1]]\n"
                                 "  - [-1, 1, C3, [16, False]]\n"
                                 "  - [[9, 5], 1, Detect, [nc, anchors]]\n";

#define OK(call)                                                                                             \
    do {                                                                                                     \
        if ((call) != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s: %s", #call, error.message);              \
    } while (0)

yd_model *yd_test_run_model(yd_test_run *r, int nc)
{
    yd_error error = {0};
    yd_model_yaml yaml;
    yd_model *model;
    char path[4200];
    snprintf(path, sizeof path, "%s/small.yaml", yd_test_folder());
    OK(yd_file_write(path, model_text, sizeof model_text - 1, &error));
    OK(yd_model_yaml_load(path, r->arena, &yaml, &error));
    OK(yd_model_create(&yaml, nc, r->backend, r->device, &model, &error));
    return model;
}

/* Values that float16 would not keep, different in every entry of every set. */
static void fill(const yd_model *model, yd_param_set *set, uint32_t purpose, bool gradients)
{
    for (int i = 0; i < model->param_count; i++) {
        const yd_param *param = &model->params[i];
        if (param->counter) {
            if (set->counters) set->counters[param->offset] = INT64_C(9007199254740993) + i;
            continue;
        }
        if (gradients && param->region == YD_REGION_STATISTIC) continue;
        float *plain = malloc(param->plain * sizeof *plain);
        REQUIRE(plain);
        yd_rng rng = yd_rng_make(7, 0, (uint32_t)i, purpose);
        for (size_t k = 0; k < param->plain; k++) plain[k] = (float)yd_rng_normal(&rng);
        if (param->plain > 3)
            plain[0] = -0.0F, plain[1] = 1e-41F, plain[2] = 3e38F; /* too small and too large for float16 */
        yd_param_write(model, set, i, plain);
        free(plain);
    }
}

static yd_resume_state *some_state(void)
{
    yd_resume_state *state = yd_resume_state_create();
    REQUIRE(state);
    yd_resume_put_integer(state, "step", INT64_MIN);
    yd_resume_put_integer(state, "batch", 12);
    yd_resume_put_number(state, "best", -0.0);
    yd_resume_put_number(state, "fitness", NAN);
    yd_resume_put_text(state, "words", "größe\n\"quoted\"");
    yd_resume_put_numbers(state, "maps", (const double[]){.1, INFINITY, 5e-324}, 3);
    yd_resume_put_numbers(state, "none", NULL, 0);
    return state;
}

void yd_test_run_open(yd_test_run *r, const yd_backend *backend)
{
    yd_error error = {0};
    char path[4096], *argv[] = {(char[]){"train"}, (char[]){"--epochs"}, (char[]){"7"}, NULL};
    *r = (yd_test_run){.backend = backend, .arena = yd_arena_create(0)};
    OK(backend->open(1, &r->device, &error));
    r->model = yd_test_run_model(r, 0);
    OK(yd_param_set_create(r->model, YD_SET_VALUES, &r->values, &error));
    OK(yd_param_set_create(r->model, YD_SET_VALUES, &r->average, &error));
    OK(yd_param_set_create(r->model, YD_SET_GRADIENTS, &r->momenta, &error));
    fill(r->model, &r->values, 1, false);
    fill(r->model, &r->average, 2, false);
    fill(r->model, &r->momenta, 3, true);
    OK(yd_preset_load("v7", r->arena, &r->preset, &error));
    OK(yd_config_find(YD_CONFIG_HYP, &r->preset, "hyp.scratch-low.yaml", path, sizeof path, &error));
    OK(yd_hyp_load(path, &r->hyp, &error));
    OK(yd_options_parse(YD_FOR_TRAIN, 3, argv, r->arena, &r->options, &error));
    OK(yd_options_apply_preset(&r->options, &r->preset, &error));
    r->sets = (yd_train_sets){&r->values, &r->average, &r->momenta, &r->squares};
    r->resume = some_state();
    static const char *const names[] = {"cat", "größe"};
    r->checkpoint = (yd_checkpoint){.model = r->model,
                                    .values = &r->values,
                                    .average = &r->average,
                                    .momenta = &r->momenta,
                                    .epoch = 3,
                                    .updates = 41,
                                    .best_fitness = .25,
                                    .lr = {.01, .02, .1},
                                    .initial_lr = .01,
                                    .momentum = .937,
                                    .weight_decay = 5e-4,
                                    .bias_group_first = true,
                                    .options = &r->options,
                                    .preset = &r->preset,
                                    .hyp = &r->hyp,
                                    .names = names,
                                    .resume = r->resume};
}

void yd_test_run_take_adam(yd_test_run *r)
{
    yd_error error = {0};
    OK(yd_param_set_create(r->model, YD_SET_GRADIENTS, &r->squares, &error));
    fill(r->model, &r->squares, 4, true);
    r->checkpoint.squares = &r->squares;
    r->checkpoint.steps = 29;
    r->checkpoint.beta1 = .937;
}

void yd_test_run_close(yd_test_run *r)
{
    yd_param_set_destroy(r->model, &r->squares);
    yd_resume_state_destroy(r->resume);
    yd_param_set_destroy(r->model, &r->momenta);
    yd_param_set_destroy(r->model, &r->average);
    yd_param_set_destroy(r->model, &r->values);
    yd_model_destroy(r->model);
    r->backend->close(r->device);
    yd_arena_destroy(r->arena);
}
