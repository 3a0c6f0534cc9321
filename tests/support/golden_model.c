#include "support/golden_model.h"
#include "model/module_tree.h"
#include "support/heads.h"
#include "support/models.h"
#include "support/npz.h"
#include "support/test.h"
#include "train/loss.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct run {
    yd_npz *pack;
    const char *params; /* JSON */
    yd_golden_tolerance tolerance;
    yd_test_model test;
    const yd_backend *backend;
    yd_param_set weights, gradients, momenta, average;
    yd_plan_cache *plans;
    yd_loss *loss;
    int batch, size, steps;
} run;

static double param(const run *r, const char *key, double otherwise)
{
    return yd_params_number(r->params, otherwise, key, NULL);
}

static void need(yd_status status, const yd_error *error)
{
    if (status != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s", error->message);
}

static void compare(const run *r, const char *name, const double *found, size_t count)
{
    yd_golden_compare(r->pack, name, found, count, r->tolerance);
}

/* Name of an array: "w0/model.0.conv.weight" → entry of the model; -1 where the pack has it but the model
 * not. */
static int entry_of(const yd_model *model, const char *name, const char *prefix)
{
    size_t length = strlen(prefix);
    if (strncmp(name, prefix, length) != 0 || name[length] != '/') return -2;
    return yd_param_find(model, name + length + 1);
}

void yd_golden_load_weights(yd_npz *pack, const yd_model *model, yd_param_set *weights)
{
    for (size_t i = 0; i < yd_npz_count(pack); i++) {
        const char *name = yd_npz_name(pack, i);
        int index = entry_of(model, name, "w0");
        if (index == -2) continue;
        if (index < 0) yd_test_fatal(__FILE__, __LINE__, "the model has no entry for %s", name);
        const yd_npy *array = yd_npz_need(pack, name);
        const yd_param *p = &model->params[index];
        REQUIRE(array->elements == p->plain && array->rank == p->rank);
        for (int d = 0; d < p->rank; d++) REQUIRE(array->dims[d] == (size_t)p->dims[d]);
        float *plain = malloc(p->plain * sizeof *plain);
        for (size_t k = 0; k < p->plain; k++) plain[k] = (float)yd_npy_at(array, k);
        yd_param_write(model, weights, index, plain);
        free(plain);
    }
}

/* Every array of the pack below prefix against the set; returns how many. */
static int compare_set(run *r, const char *prefix, const yd_param_set *set)
{
    int count = 0;
    for (size_t i = 0; i < yd_npz_count(r->pack); i++) {
        const char *name = yd_npz_name(r->pack, i);
        int index = entry_of(r->test.model, name, prefix);
        if (index == -2) continue;
        if (index < 0) yd_test_fatal(__FILE__, __LINE__, "the model has no entry for %s", name);
        double *plain = malloc(r->test.model->params[index].plain * sizeof *plain);
        yd_param_read(r->test.model, set, index, plain);
        compare(r, name, plain, r->test.model->params[index].plain);
        free(plain);
        count++;
    }
    return count;
}

static yd_loss_config loss_config(const run *r)
{
    const yd_model *model = r->test.model;
    yd_loss_config config = {.nc = model->nc,
                             .nl = model->nl,
                             .na = model->na,
                             .box = yd_params_number(r->params, 0, "gains", "box", NULL),
                             .obj = yd_params_number(r->params, 0, "gains", "obj", NULL),
                             .cls = yd_params_number(r->params, 0, "gains", "cls", NULL),
                             .cls_pw = param(r, "cls_pw", 1),
                             .obj_pw = param(r, "obj_pw", 1),
                             .anchor_t = param(r, "anchor_t", 4),
                             .fl_gamma = param(r, "fl_gamma", 0),
                             .label_smoothing = param(r, "label_smoothing", 0),
                             .stride16_level = 1,
                             .eps_form = 2};
    double anchors[8 * 5 * 2];
    yd_param_read(model, &r->weights, model->anchors_param, anchors);
    for (int level = 0, i = 0; level < model->nl; level++)
        for (int a = 0; a < model->na; a++, i += 2)
            config.anchors[level][a][0] = anchors[i], config.anchors[level][a][1] = anchors[i + 1];
    yd_loss_default_balance(model->nl, config.balance);
    return config;
}

static run open_run(const yd_backend *backend, const char *pack, const char *yaml,
                    yd_golden_tolerance tolerance)
{
    yd_error error;
    run r = {.backend = backend, .tolerance = tolerance};
    r.pack = yd_npz_open(pack);
    r.params = yd_npz_params(r.pack);
    r.batch = (int)param(&r, "batch", 0);
    r.size = (int)param(&r, "size", 0);
    r.steps = (int)param(&r, "steps", 0);
    r.test = yd_test_model_open(backend, yaml, (int)param(&r, "nc", 0));
    need(yd_param_set_create(r.test.model, YD_SET_VALUES, &r.weights, &error), &error);
    need(yd_param_set_create(r.test.model, YD_SET_VALUES, &r.average, &error), &error);
    need(yd_param_set_create(r.test.model, YD_SET_GRADIENTS, &r.gradients, &error), &error);
    need(yd_param_set_create(r.test.model, YD_SET_GRADIENTS, &r.momenta, &error), &error);
    need(yd_plan_cache_create(r.test.model, 2, &r.plans, &error), &error);
    yd_golden_load_weights(r.pack, r.test.model, &r.weights);
    yd_param_set_copy(r.test.model, &r.average, &r.weights);
    yd_loss_config config = loss_config(&r);
    need(yd_loss_create(&config, &r.loss, &error), &error);
    return r;
}

static void close_run(run *r)
{
    yd_loss_destroy(r->loss);
    yd_plan_cache_destroy(r->plans);
    yd_param_set_destroy(r->test.model, &r->momenta);
    yd_param_set_destroy(r->test.model, &r->gradients);
    yd_param_set_destroy(r->test.model, &r->average);
    yd_param_set_destroy(r->test.model, &r->weights);
    yd_test_model_close(&r->test);
    yd_npz_close(r->pack);
}

static void compare_heads(const run *r, const yd_head *heads, int levels)
{
    for (int level = 0; level < levels; level++) {
        const yd_head *h = &heads[level];
        size_t count = yd_test_head_elements(h);
        double *plain = malloc(count * sizeof *plain);
        char name[16];
        for (size_t i = 0; i < count; i++) plain[i] = yd_test_head_element(h, i);
        snprintf(name, sizeof name, "p%d", level);
        compare(r, name, plain, count);
        free(plain);
    }
}

/* Plain SGD: norm weights and biases without decay; clipped where the pack says so. */
static void optimize(run *r, int step)
{
    const yd_model *model = r->test.model;
    double clip = param(r, "clip_norm", 0), squares = 0, scale = 1;
    for (int region = 0; region <= YD_REGION_BIAS; region++)
        squares += r->backend->sum_squares(r->test.device, model->region_elements[region],
                                           r->gradients.region[region]);
    if (clip > 0) scale = fmin(1, clip / (sqrt(squares) + 1e-6));
    for (int region = 0; region <= YD_REGION_BIAS; region++) {
        yd_sgd sgd = {.lr = param(r, "lr", 0),
                      .momentum = param(r, "momentum", 0),
                      .scale = scale,
                      .first = step == 0,
                      .weight_decay = region == YD_REGION_WEIGHT ? param(r, "weight_decay", 0) : 0};
        r->backend->sgd(r->test.device, model->region_elements[region], r->weights.region[region],
                        r->gradients.region[region], r->momenta.region[region], &sgd);
    }
    r->weights.version++;
    double decay = param(r, "ema_decay", 0) * (1 - exp(-(step + 1) / param(r, "ema_tau", 1)));
    for (int region = 0; region < YD_REGION_COUNT; region++)
        r->backend->ema(r->test.device, model->region_elements[region], r->average.region[region],
                        r->weights.region[region], decay);
    r->average.version++;
}

static const float *images_of(run *r, int step)
{
    char name[24];
    snprintf(name, sizeof name, "x%d", step);
    REQUIRE(yd_npz_need(r->pack, name)->elements == (size_t)r->batch * 3 * (size_t)r->size * (size_t)r->size);
    return yd_npz_floats(r->pack, name);
}

static void train_step(run *r, int step)
{
    yd_plan *plan;
    yd_error error;
    yd_head heads[8];
    yd_loss_items items;
    char targets[24], loss[24], parts[24];
    snprintf(targets, sizeof targets, "t%d", step);
    snprintf(loss, sizeof loss, "loss%d", step);
    snprintf(parts, sizeof parts, "items%d", step);
    need(yd_plan_get(r->plans, YD_MODE_TRAIN, r->batch, r->size, r->size, &plan, &error), &error);
    yd_plan_forward(plan, &r->weights, NULL, images_of(r, step));
    int levels = yd_plan_heads(plan, heads), count = (int)yd_npz_need(r->pack, targets)->dims[0];
    if (step == 0) compare_heads(r, heads, levels);
    need(yd_loss_compute(r->loss, heads, yd_npz_floats(r->pack, targets), count, &items, &error), &error);
    compare(r, loss, &items.total, 1);
    compare(r, parts, (double[]){items.box, items.obj, items.cls}, 3);
    yd_plan_backward(plan, &r->weights, &r->gradients, false);
    if (step == 0) CHECK(compare_set(r, "g0", &r->gradients) > 0);
    optimize(r, step);
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* model_and_loss.md, 4.13: rows of one level of one image, in the order of the raw map. */
static void decode(const yd_head *head, const double *anchors, int image, double *rows)
{
    REQUIRE(head->no >= 5);
    for (int a = 0; a < head->na; a++)
        for (int cell = 0; cell < head->h * head->w; cell++, rows += head->no) {
            size_t first = ((size_t)(image * head->na + a) * (size_t)(head->h * head->w) + (size_t)cell) *
                           (size_t)head->no;
            int row = cell / head->w, column = cell % head->w;
            for (int k = 0; k < head->no; k++)
                rows[k] = sigmoid(yd_test_head_element(head, first + (size_t)k));
            rows[0] = (2 * rows[0] - 0.5 + column) * head->stride;
            rows[1] = (2 * rows[1] - 0.5 + row) * head->stride;
            rows[2] = 4 * rows[2] * rows[2] * anchors[2 * a] * head->stride;
            rows[3] = 4 * rows[3] * rows[3] * anchors[2 * a + 1] * head->stride;
        }
}

static void check_eval(run *r)
{
    yd_plan *plan;
    yd_error error;
    yd_head heads[8];
    double anchors[8 * 5 * 2];
    const yd_model *model = r->test.model;
    need(yd_plan_get(r->plans, YD_MODE_EVAL, r->batch, r->size, r->size, &plan, &error), &error);
    yd_plan_forward(plan, &r->average, NULL, images_of(r, 0));
    int levels = yd_plan_heads(plan, heads);
    yd_param_read(model, &r->average, model->anchors_param, anchors);
    size_t count = yd_npz_need(r->pack, "eval_out")->elements;
    double *out = malloc(count * sizeof *out), *next = out;
    for (int image = 0; image < r->batch; image++)
        for (int level = 0; level < levels; level++) {
            const yd_head *h = &heads[level];
            size_t rows = (size_t)h->na * (size_t)h->h * (size_t)h->w * (size_t)h->no;
            REQUIRE(rows <= count - (size_t)(next - out));
            decode(h, anchors + 2 * level * model->na, image, next);
            next += rows;
        }
    compare(r, "eval_out", out, (size_t)(next - out));
    free(out);
}

void yd_golden_model_check(const yd_backend *backend, const char *pack, const char *yaml,
                           yd_golden_tolerance tolerance)
{
    run r = open_run(backend, pack, yaml, tolerance);
    char weights[16], average[16];
    REQUIRE(r.steps > 0);
    for (int step = 0; step < r.steps; step++) train_step(&r, step);
    snprintf(weights, sizeof weights, "w%d", r.steps);
    snprintf(average, sizeof average, "ema%d", r.steps);
    CHECK(compare_set(&r, weights, &r.weights) > 0);
    CHECK(compare_set(&r, average, &r.average) > 0);
    check_eval(&r);
    close_run(&r);
}
