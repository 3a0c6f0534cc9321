/* Matching, average precision and the confusion matrix against YOLOv5 v7.0 (pack ap). */
#include "eval/metrics.h"
#include "support/npz.h"
#include "support/test.h"
#include <math.h>
#include <string.h>

enum { MAX_ROWS = 512 };

/* Rows of image in array [n, columns], the first column cut off; returns how many. */
static int rows_of(const yd_npy *array, int image, float *out)
{
    size_t columns = array->dims[1];
    const float *row = array->data;
    int found = 0;
    for (size_t i = 0; i < array->dims[0]; i++, row += columns) {
        if ((int)row[0] != image) continue;
        REQUIRE(found < MAX_ROWS);
        memcpy(out + (columns - 1) * (size_t)found++, row + 1, (columns - 1) * sizeof *row);
    }
    return found;
}

static int last_image(const yd_npy *array)
{
    int last = -1;
    for (size_t i = 0; i < array->dims[0]; i++) {
        int image = (int)yd_npy_at(array, i * array->dims[1]);
        if (image > last) last = image;
    }
    return last;
}

static void correct_matrix(void)
{
    yd_npz *pack = yd_npz_open(yd_test_shared("golden/ap.npz"));
    const yd_npy *det = yd_npz_need(pack, "det"), *lab = yd_npz_need(pack, "lab");
    const yd_npy *correct = yd_npz_need(pack, "correct");
    for (int image = 0; image <= last_image(det); image++) {
        float detections[6 * MAX_ROWS], labels[5 * MAX_ROWS];
        uint16_t masks[MAX_ROWS], taken[MAX_ROWS];
        int n = rows_of(det, image, detections), m = rows_of(lab, image, labels), at = 0;
        yd_match(detections, n, labels, m, YD_MATCH_PER_THRESHOLD, 1e-7f, taken, masks);
        for (size_t i = 0; i < det->dims[0]; i++) {
            if ((int)yd_npy_at(det, 7 * i) != image) continue;
            for (size_t t = 0; t < YD_MATCH_THRESHOLDS; t++)
                CHECK((masks[at] >> t & 1) == (yd_npy_at(correct, YD_MATCH_THRESHOLDS * i + t) != 0));
            at++;
        }
    }
    yd_npz_close(pack);
}

static void average_precision(void)
{
    yd_npz *pack = yd_npz_open(yd_test_shared("golden/ap.npz"));
    const yd_npy *det = yd_npz_need(pack, "det"), *lab = yd_npz_need(pack, "lab");
    const yd_metrics_config config = {.nc = (int)yd_params_number(yd_npz_params(pack), 0, "nc", NULL),
                                      .match = YD_MATCH_PER_THRESHOLD,
                                      .match_eps = 1e-7,
                                      .tail = YD_AP_TAIL_ONE,
                                      .f1_smoothing = .1,
                                      .confusion = true};
    yd_metrics *metrics;
    yd_metrics_result result;
    yd_error error = {0};
    REQUIRE(yd_metrics_create(&config, &metrics, &error) == YD_OK);
    int images = last_image(det) > last_image(lab) ? last_image(det) : last_image(lab);
    for (int image = 0; image <= images; image++) {
        float detections[6 * MAX_ROWS], labels[5 * MAX_ROWS];
        int n = rows_of(det, image, detections), m = rows_of(lab, image, labels);
        REQUIRE(yd_metrics_add_image(metrics, detections, n, labels, m, &error) == YD_OK);
    }
    REQUIRE(yd_metrics_finish(metrics, &result, &error) == YD_OK);
    const yd_npy *classes = yd_npz_need(pack, "cls");
    REQUIRE((size_t)result.class_count == classes->elements);
    const double *ap = yd_npz_doubles(pack, "ap");
    for (int c = 0; c < result.class_count; c++) {
        const yd_class_result *one = &result.classes[c];
        CHECK(one->cls == (int)yd_npy_at(classes, (size_t)c));
        CHECK_NEAR(one->precision, yd_npz_doubles(pack, "p")[c], 1e-9);
        CHECK_NEAR(one->recall, yd_npz_doubles(pack, "r")[c], 1e-9);
        CHECK_NEAR(one->f1, yd_npz_doubles(pack, "f1")[c], 1e-9);
        for (int t = 0; t < YD_MATCH_THRESHOLDS; t++)
            CHECK_NEAR(one->ap[t], ap[YD_MATCH_THRESHOLDS * c + t], 1e-9);
    }
    const double *confusion = yd_npz_doubles(pack, "confusion");
    for (int k = 0; k < (config.nc + 1) * (config.nc + 1); k++) CHECK(result.confusion[k] == confusion[k]);
    yd_metrics_destroy(metrics);
    yd_npz_close(pack);
}

static const yd_test_case cases[] = {
    {"correct matrix", correct_matrix},
    {"average precision and confusion", average_precision},
};
TEST_MAIN(cases)
