/* YOLOv5's own code predicts from a stripped checkpoint what we predict: every model that is shipped, each of
 * the modules that none of them has; yolov5_check.py, beside this file, does the half of it that is Python's.
 * Skipped where no Python has the package yolov5 (.ci/run installs it into build/yolov5, ./dev
 * bench-reference into build/reference). */
#include "backend/cpu/cpu.h"
#include "base/file.h"
#include "base/text.h"
#include "io/checkpoint.h"
#include "io/unfinished.h"
#include "io/weights.h"
#include "support/exchange.h"
#include "support/models.h"
#include "support/python.h"
#include "support/run.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

typedef struct session {
    yd_test_run run; /* lends its options, hyperparameters and names */
    yd_text command;
} session;

/* The command becomes the script with one of its own. */
static void ask(session *s, const char *what)
{
    const char *python = yd_test_python("torchvision, seaborn, ultralytics", "YD_YOLOV5_PYTHON", "yolov5");
    yd_text_clear(&s->command);
    yd_text_addf(&s->command, "'%s' '%s/tests/e2e/yolov5_check.py' %s", python, YD_SOURCE_DIR, what);
}

/* In place: the run's checkpoint points into the session. */
static void begin(session *s, const char *what)
{
    *s = (session){0};
    ask(s, what);
    yd_test_run_open(&s->run, &yd_backend_cpu);
}

static void call(session *s)
{
    REQUIRE(!s->command.failed);
    int status = system(s->command.data);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) yd_test_skip("needs a Python that has yolov5");
    CHECK(status == 0);
}

static void finish(session *s)
{
    call(s);
    yd_test_run_close(&s->run);
    yd_text_free(&s->command);
}

/* A checkpoint of the model with noise in its norms, stripped. */
static void write_stripped(session *s, const char *path, yd_test_model *test)
{
    static const char *const names[] = {"one", "two", "three"};
    yd_checkpoint checkpoint = s->run.checkpoint;
    yd_param_set set;
    yd_error error;
    REQUIRE(yd_param_set_create(test->model, YD_SET_VALUES, &set, &error) == YD_OK);
    yd_model_init(test->model, &set, 3, 0.99);
    yd_test_shake(test->model, &set);
    checkpoint.model = test->model;
    checkpoint.values = checkpoint.average = &set;
    checkpoint.momenta = NULL;
    checkpoint.resume = NULL;
    checkpoint.names = names;
    if (yd_checkpoint_write(path, &checkpoint, &error) != YD_OK || yd_checkpoint_strip(path, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    yd_param_set_destroy(test->model, &set);
}

/* What is in the file, through the model. */
static void predict(session *s, const char *path, const char *stem)
{
    yd_weights *weights;
    yd_device *device;
    yd_model *model;
    yd_param_set set;
    yd_error error;
    char images[4200], boxes[4200];
    REQUIRE(yd_weights_load(path, &weights, &error) == YD_OK);
    REQUIRE(yd_backend_cpu.open(1, &device, &error) == YD_OK);
    if (yd_weights_build(weights, path, &yd_backend_cpu, device, &model, &set, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    const int size[3] = {2, 2 * model->max_stride, model->max_stride};
    snprintf(images, sizeof images, "%s.images", stem);
    snprintf(boxes, sizeof boxes, "%s.boxes", stem);
    yd_test_predict(model, &set, size, images, boxes);
    yd_text_addf(&s->command, " '%s' '%s' '%s' %d %d %d", path, images, boxes, size[0], size[1], size[2]);
    yd_param_set_destroy(model, &set);
    yd_model_destroy(model);
    yd_backend_cpu.close(device);
    yd_weights_free(weights);
}

/* yaml below the source tree; a shipped one's width and depth become those of yolov5n, so that each is quick.
 */
static void add(session *s, int number, const char *yaml)
{
    yd_test_model test = {.backend = &yd_backend_cpu};
    yd_model_yaml description;
    yd_error error;
    char path[4200], stem[4100];
    snprintf(path, sizeof path, "%s/%s", YD_SOURCE_DIR, yaml);
    REQUIRE(yd_model_yaml_load(path, s->run.arena, &description, &error) == YD_OK);
    if (strncmp(yaml, "configs", 7) == 0)
        description.width_multiple = 0.25, description.depth_multiple = 0.33;
    REQUIRE(yd_backend_cpu.open(1, &test.device, &error) == YD_OK);
    if (yd_model_create(&description, 3, test.backend, test.device, &test.model, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    snprintf(stem, sizeof stem, "%s/%d-%s", yd_test_folder(), number, yd_path_name(yaml));
    snprintf(path, sizeof path, "%s.pt", stem);
    write_stripped(s, path, &test);
    yd_test_model_close(&test);
    predict(s, path, stem);
}

static void check(const char *const *yamls)
{
    session s;
    begin(&s, "predict");
    for (int i = 0; yamls[i]; i++) add(&s, i, yamls[i]);
    finish(&s);
}

#define MODELS "configs/models/"

static void todays_models(void)
{
    check((const char *const[]){MODELS "yolov5s.yaml", MODELS "yolov5s6.yaml", MODELS "yolov5-bifpn.yaml",
                                MODELS "yolov5-fpn.yaml", MODELS "yolov5-p2.yaml", MODELS "yolov5-p34.yaml",
                                MODELS "yolov5-p6.yaml", MODELS "yolov5-p7.yaml", MODELS "yolov5-panet.yaml",
                                MODELS "yolov5s-LeakyReLU.yaml", MODELS "yolov5s-ghost.yaml",
                                MODELS "yolov5s-transformer.yaml", MODELS "yolov3.yaml",
                                MODELS "yolov3-spp.yaml", MODELS "yolov3-tiny.yaml", NULL});
}

static void older_models(void)
{
    check((const char *const[]){MODELS "v5.0/yolov5s.yaml", MODELS "v5.0/yolov5s6.yaml",
                                MODELS "v5.0/yolov5-fpn.yaml", MODELS "v5.0/yolov5-p2.yaml",
                                MODELS "v5.0/yolov5-p7.yaml", MODELS "v5.0/yolov5-panet.yaml",
                                MODELS "v5.0/yolov5s-transformer.yaml", NULL});
}

static void other_modules(void)
{
    check((const char *const[]){"tests/golden/modules.yaml", "tests/golden/modules_levels.yaml",
                                "tests/golden/modules_parts.yaml", "tests/golden/modules_resize.yaml", NULL});
}

static void clear(const yd_model *model, yd_param_set *set)
{
    for (int i = 0; i < model->param_count; i++) {
        const yd_param *param = &model->params[i];
        if (param->counter || param->region == YD_REGION_STATISTIC) continue;
        float *plain = calloc(param->plain, sizeof *plain);
        REQUIRE(plain);
        yd_param_write(model, set, i, plain);
        free(plain);
    }
}

/* Ours to theirs, with both moments and the count of steps, in the order of its groups; and theirs to ours.
 */
static void check_adam(const char *kind)
{
    session s;
    begin(&s, "adam");
    yd_error error;
    yd_unfinished theirs;
    char ours[4200], their[4200], again[4200];
    snprintf(ours, sizeof ours, "%s/ours-%s.pt", yd_test_folder(), kind);
    snprintf(their, sizeof their, "%s/theirs-%s.pt", yd_test_folder(), kind);
    snprintf(again, sizeof again, "%s/again-%s.pt", yd_test_folder(), kind);
    yd_text_addf(&s.command, " '%s' %s '%s'", ours, kind, their);
    yd_test_run_take_adam(&s.run);
    s.run.checkpoint.bias_group_first = true;
    REQUIRE(yd_checkpoint_write(ours, &s.run.checkpoint, &error) == YD_OK);
    call(&s);
    clear(s.run.model, &s.run.momenta);
    clear(s.run.model, &s.run.squares);
    if (yd_unfinished_load(their, s.run.model, &s.run.sets, &theirs, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    CHECK(theirs.steps == 3 && theirs.updates == 3 && theirs.remembers && theirs.best_fitness == 0.25);
    CHECK_TEXT(theirs.wandb_id, "run_of-theirs");
    free(theirs.results);
    REQUIRE(yd_checkpoint_write(again, &s.run.checkpoint, &error) == YD_OK);
    ask(&s, "adam_again");
    yd_text_addf(&s.command, " '%s' '%s'", their, again);
    finish(&s);
}

static void adam(void)
{
    check_adam("Adam");
    check_adam("AdamW");
}

static const yd_test_case cases[] = {{"models of v6.0 and later", todays_models},
                                     {"models of v5.0", older_models},
                                     {"other modules", other_modules},
                                     {"Adam and AdamW, both ways", adam}};
TEST_MAIN(cases)
