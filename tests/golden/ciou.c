/* CIoU and its gradient against PyTorch (pack ciou). */
#include "train/ciou.h"
#include "support/npz.h"
#include "support/test.h"

static void boxes(void)
{
    yd_npz *pack = yd_npz_open(yd_test_shared("golden/ciou.npz"));
    const float *b1 = yd_npz_floats(pack, "b1"), *b2 = yd_npz_floats(pack, "b2");
    const float *ciou = yd_npz_floats(pack, "ciou"), *slopes = yd_npz_floats(pack, "db1");
    size_t count = yd_npz_need(pack, "ciou")->elements;
    CHECK_NEAR(yd_params_number(yd_npz_params(pack), 0, "eps", NULL), 1e-7, 0);
    REQUIRE(count > 0);
    for (size_t i = 0; i < count; i++) {
        double box[4], target[4], gradient[4];
        for (size_t k = 0; k < 4; k++) box[k] = (double)b1[4 * i + k], target[k] = (double)b2[4 * i + k];
        CHECK_NEAR(yd_ciou(box, target, YD_CIOU_V70, gradient), (double)ciou[i], 1e-6);
        for (size_t k = 0; k < 4; k++) CHECK_NEAR(gradient[k], (double)slopes[4 * i + k], 1e-6);
    }
    yd_npz_close(pack);
}

static const yd_test_case cases[] = {{"boxes", boxes}};
TEST_MAIN(cases)
