/* NMS against torchvision under YOLOv5's rules (packs nms_*). */
#include "eval/nms.h"
#include "support/npz.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void check_pack(const char *file)
{
    yd_npz *pack = yd_npz_open(yd_test_shared(file));
    const char *params = yd_npz_params(pack);
    const yd_npy *pred = yd_npz_need(pack, "pred");
    int images = (int)pred->dims[0], rows = (int)pred->dims[1], nc = (int)pred->dims[2] - 5;
    bool *classes = calloc((size_t)nc, sizeof *classes);
    int filter = yd_params_count(params, "classes", NULL);
    for (int i = 0; i < filter; i++) {
        char index[16];
        snprintf(index, sizeof index, "%d", i);
        classes[(int)yd_params_number(params, NAN, "classes", index, NULL)] = true;
    }
    const yd_nms_config config = {.conf = yd_params_number(params, NAN, "conf_thres", NULL),
                                  .iou = yd_params_number(params, NAN, "iou_thres", NULL),
                                  .multi_label = yd_params_number(params, NAN, "multi_label", NULL) != 0,
                                  .agnostic = yd_params_number(params, NAN, "agnostic", NULL) != 0,
                                  .classes = filter > 0 ? classes : NULL,
                                  .max_det = (int)yd_params_number(params, NAN, "max_det", NULL),
                                  .max_nms = (int)yd_params_number(params, NAN, "max_nms", NULL),
                                  .max_wh = yd_params_number(params, NAN, "max_wh", NULL)};
    yd_nms *nms;
    yd_error error = {0};
    REQUIRE(yd_nms_create(&config, &nms, &error) == YD_OK);
    for (int image = 0; image < images; image++) {
        char name[16];
        snprintf(name, sizeof name, "out%d", image);
        const yd_npy *out = yd_npz_need(pack, name);
        const float *wanted = out->data, *found;
        int count;
        const float *from = (const float *)pred->data + (size_t)image * (size_t)rows * (size_t)(nc + 5);
        REQUIRE(yd_nms_rows(nms, from, rows, nc, &found, &count, &error) == YD_OK);
        REQUIRE((size_t)count == out->dims[0]);
        for (int k = 0; k < 6 * count; k++) CHECK(found[k] == wanted[k]);
    }
    yd_nms_destroy(nms);
    free(classes);
    yd_npz_close(pack);
}

static void validation(void)
{
    check_pack("golden/nms_val.npz");
}

static void detection(void)
{
    check_pack("golden/nms_detect.npz");
}

static void agnostic(void)
{
    check_pack("golden/nms_agnostic.npz");
}

static void class_filter(void)
{
    check_pack("golden/nms_classes.npz");
}

static void few_kept(void)
{
    check_pack("golden/nms_maxdet.npz");
}

static const yd_test_case cases[] = {
    {"validation", validation},     {"detection", detection}, {"agnostic", agnostic},
    {"class filter", class_filter}, {"few kept", few_kept},
};
TEST_MAIN(cases)
