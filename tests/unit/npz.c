/* The packs that other tests rest on, and the look-ups in their parameters. */
#include "support/npz.h"
#include "support/test.h"
#include <string.h>

static const char sample[] =
    "{\"a/b.c\": {\"x\\n\\u0041\": [1, -2.5e3, null, true, \"t\\\"\"]}, \"empty\": {}, \"no\": false}";

static void parameters(void)
{
    CHECK_NEAR(yd_params_number(sample, 9, "a/b.c", "x\nA", "1", NULL), -2500, 0);
    CHECK_NEAR(yd_params_number(sample, 9, "a/b.c", "x\nA", "2", NULL), 9, 0);
    CHECK_NEAR(yd_params_number(sample, 9, "a/b.c", "x\nA", "3", NULL), 1, 0);
    CHECK_NEAR(yd_params_number(sample, 9, "a/b.c", "x\nA", "5", NULL), 9, 0);
    CHECK_NEAR(yd_params_number(sample, 9, "no", NULL), 0, 0);
    CHECK_NEAR(yd_params_number(sample, 9, "a/b", NULL), 9, 0);
    CHECK(yd_params_count(sample, "a/b.c", "x\nA", NULL) == 5);
    CHECK(yd_params_count(sample, "empty", NULL) == 0);
    CHECK(yd_params_count(sample, NULL) == 3);
    CHECK(yd_params_count(sample, "no", NULL) == -1);
    char text[8];
    CHECK(yd_params_text(sample, text, sizeof text, "a/b.c", "x\nA", "4", NULL));
    CHECK_TEXT(text, "t\"");
    CHECK(!yd_params_text(sample, text, sizeof text, "no", NULL));
}

static void pack(void)
{
    yd_npz *npz = yd_npz_open(yd_test_shared("golden/ap.npz"));
    const yd_npy *ap = yd_npz_need(npz, "ap"), *correct = yd_npz_need(npz, "correct");
    CHECK(ap->rank == 2 && ap->dims[0] == 4 && ap->dims[1] == 10 && ap->elements == 40);
    CHECK_TEXT(correct->dtype, "b1");
    double most = 0;
    for (size_t i = 0; i < ap->elements; i++) most = most > yd_npy_at(ap, i) ? most : yd_npy_at(ap, i);
    CHECK(most > 0 && most <= 1);
    CHECK(!yd_npz_get(npz, "nothing"));
    CHECK(yd_params_number(yd_npz_params(npz), 0, "nc", NULL) == 4);
    CHECK(yd_params_count(yd_npz_params(npz), "iou", NULL) == 10);
    yd_npz_close(npz);
}

static void every_array_of_a_large_pack(void)
{
    yd_npz *npz = yd_npz_open(yd_test_shared("golden/micro_v6.npz"));
    CHECK(yd_npz_count(npz) > 1000);
    for (size_t i = 0; i < yd_npz_count(npz); i++) yd_npz_need(npz, yd_npz_name(npz, i));
    const float *image = yd_npz_floats(npz, "x0");
    CHECK(image[0] >= 0 && image[0] <= 1);
    CHECK(yd_params_number(yd_npz_params(npz), -1, "noise", "ema3/model.0.bn.bias", NULL) > 0);
    yd_npz_close(npz);
}

static const yd_test_case cases[] = {
    {"parameters", parameters},
    {"pack", pack},
    {"every array of a large pack", every_array_of_a_large_pack},
};
TEST_MAIN(cases)
