/* Loss, gradients and assignment against PyTorch (packs loss_*). */
#include "train/loss.h"
#include "support/heads.h"
#include "support/npz.h"
#include "support/test.h"
#include "train/assign.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEVELS = 3, ANCHORS = 3 };
static const double TOLERANCE = 2e-6; /* of the largest magnitude in an array; float32's own error */

static double number(const char *params, const char *key)
{
    double value = yd_params_number(params, NAN, key, NULL);
    if (isnan(value)) yd_test_fatal(__FILE__, __LINE__, "params lack %s", key);
    return value;
}

static const char *name_of(const char *stem, int level)
{
    static char name[16];
    snprintf(name, sizeof name, "%s%d", stem, level);
    return name;
}

static yd_loss_config read_config(const char *params)
{
    yd_loss_config config = {.nc = (int)number(params, "nc"),
                             .nl = LEVELS,
                             .na = ANCHORS,
                             .cls_pw = number(params, "cls_pw"),
                             .obj_pw = number(params, "obj_pw"),
                             .anchor_t = number(params, "anchor_t"),
                             .fl_gamma = number(params, "fl_gamma"),
                             .label_smoothing = number(params, "label_smoothing"),
                             .autobalance = number(params, "autobalance") != 0,
                             .stride16_level = 1,
                             .eps_form = 2};
    config.box = yd_params_number(params, NAN, "gains", "box", NULL);
    config.obj = yd_params_number(params, NAN, "gains", "obj", NULL);
    config.cls = yd_params_number(params, NAN, "gains", "cls", NULL);
    for (int l = 0; l < LEVELS; l++)
        for (int k = 0; k < 2 * ANCHORS; k++) {
            char level[16], side[16];
            snprintf(level, sizeof level, "%d", l), snprintf(side, sizeof side, "%d", k);
            double pixels = yd_params_number(params, NAN, "anchors", level, side, NULL);
            double stride = yd_params_number(params, NAN, "strides", level, NULL);
            config.anchors[l][k / 2][k % 2] = pixels / stride;
        }
    yd_loss_default_balance(LEVELS, config.balance);
    return config;
}

static yd_head read_head(yd_npz *pack, int level)
{
    const yd_npy *p = yd_npz_need(pack, name_of("p", level));
    REQUIRE(p->rank == 5);
    yd_head head = yd_test_plain_head((yd_head){.data = (void *)p->data, /* the loss only reads it */
                                                .gradient = malloc(p->elements * sizeof(float)),
                                                .b = (int)p->dims[0],
                                                .na = (int)p->dims[1],
                                                .h = (int)p->dims[2],
                                                .w = (int)p->dims[3],
                                                .no = (int)p->dims[4],
                                                .dtype = YD_F32,
                                                .stride = 8 << level});
    REQUIRE(head.gradient);
    return head;
}

static void check_array(const float *found, const float *wanted, size_t count, const char *name)
{
    double scale = 0, worst = 0;
    for (size_t i = 0; i < count; i++) {
        double off = fabs((double)found[i] - (double)wanted[i]);
        if (fabs((double)wanted[i]) > scale) scale = fabs((double)wanted[i]);
        if (!(off <= worst)) worst = off;
    }
    if (!(worst <= TOLERANCE * scale)) fprintf(stderr, "%s: off by %g of %g\n", name, worst, scale);
    CHECK(worst <= TOLERANCE * scale);
}

static void check_assignment(yd_npz *pack, const yd_loss_config *config, const yd_head *head, int level)
{
    const yd_assign_level shape = {.images = head->b,
                                   .classes = config->nc,
                                   .na = ANCHORS,
                                   .height = head->h,
                                   .width = head->w,
                                   .anchors = config->anchors[level],
                                   .anchor_t = config->anchor_t};
    const yd_npy *targets = yd_npz_need(pack, "t");
    yd_assign_list list = {0};
    yd_error error;
    REQUIRE(yd_assign(&shape, targets->data, (int)targets->dims[0], &list, &error) == YD_OK);
    const yd_npy *cls = yd_npz_need(pack, name_of("tcls", level));
    REQUIRE((size_t)list.count == cls->elements);
    const yd_npy *index = yd_npz_need(pack, name_of("idx", level));
    const yd_npy *box = yd_npz_need(pack, name_of("tbox", level));
    const yd_npy *anchor = yd_npz_need(pack, name_of("anch", level));
    for (size_t e = 0; e < cls->elements; e++) {
        const yd_assignment *entry = &list.entries[e];
        CHECK(entry->cls == (int)yd_npy_at(cls, e));
        CHECK(entry->image == (int)yd_npy_at(index, 4 * e));
        CHECK(entry->anchor == (int)yd_npy_at(index, 4 * e + 1));
        CHECK(entry->row == (int)yd_npy_at(index, 4 * e + 2));
        CHECK(entry->column == (int)yd_npy_at(index, 4 * e + 3));
        for (size_t k = 0; k < 4; k++) CHECK((double)entry->box[k] == yd_npy_at(box, 4 * e + k));
        for (size_t k = 0; k < 2; k++)
            CHECK((float)config->anchors[level][entry->anchor][k] == (float)yd_npy_at(anchor, 2 * e + k));
    }
    yd_assign_free(&list);
}

static void check_pack(const char *file)
{
    yd_npz *pack = yd_npz_open(yd_test_shared(file));
    yd_loss_config config = read_config(yd_npz_params(pack));
    const yd_npy *targets = yd_npz_need(pack, "t");
    yd_head heads[LEVELS];
    yd_loss *loss;
    yd_loss_items items;
    yd_error error = {0};
    for (int l = 0; l < LEVELS; l++) {
        heads[l] = read_head(pack, l);
        check_assignment(pack, &config, &heads[l], l);
    }
    REQUIRE(yd_loss_create(&config, &loss, &error) == YD_OK);
    REQUIRE(yd_loss_compute(loss, heads, targets->data, (int)targets->dims[0], &items, &error) == YD_OK);

    double total = (double)yd_npz_floats(pack, "loss")[0];
    CHECK_NEAR(items.total, total, TOLERANCE * total);
    const float *wanted = yd_npz_floats(pack, "items");
    CHECK_NEAR(items.box, (double)wanted[0], TOLERANCE);
    CHECK_NEAR(items.obj, (double)wanted[1], TOLERANCE * (double)wanted[1]);
    CHECK_NEAR(items.cls, (double)wanted[2], TOLERANCE);
    const double *balance = yd_npz_doubles(pack, "balance");
    for (int l = 0; l < LEVELS; l++) {
        CHECK_NEAR(yd_loss_settings(loss)->balance[l], balance[l], TOLERANCE);
        const yd_npy *gradient = yd_npz_need(pack, name_of("dp", l));
        check_array(heads[l].gradient, gradient->data, gradient->elements, name_of("dp", l));
        free(heads[l].gradient);
    }
    yd_loss_destroy(loss);
    yd_npz_close(pack);
}

static void plain(void)
{
    check_pack("golden/loss_plain.npz");
}

static void smooth_focal(void)
{
    check_pack("golden/loss_smooth_focal.npz");
}

static void single_class(void)
{
    check_pack("golden/loss_single_class.npz");
}

static void autobalance(void)
{
    check_pack("golden/loss_autobalance.npz");
}

static void no_targets(void)
{
    check_pack("golden/loss_no_targets.npz");
}

static const yd_test_case cases[] = {
    {"plain", plain},
    {"smoothing and focal", smooth_focal},
    {"single class", single_class},
    {"autobalance", autobalance},
    {"no targets", no_targets},
};
TEST_MAIN(cases)
