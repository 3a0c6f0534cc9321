/* The loss on the specification's own example (model_and_loss.md, 19.2 and 19.3), and on bad input. */
#include "train/loss.h"
#include "backend/cpu/cpu.h"
#include "support/heads.h"
#include "support/test.h"
#include "tensor/bf16.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS = 3, ANCHORS = 3, CLASSES = 2, OUTPUTS = CLASSES + 5, BATCH = 2 };
static const double anchors_pixels[LEVELS][ANCHORS][2] = {
    {{10, 13}, {16, 30}, {33, 23}}, {{30, 61}, {62, 45}, {59, 119}}, {{116, 90}, {156, 198}, {373, 326}}};
static const float example[4][6] = {{0, 1, .30f, .40f, .20f, .30f},
                                    {0, 0, .75f, .5f, .05f, .10f},
                                    {1, 1, .5f, .5f, .9f, .8f},
                                    {1, 0, .11f, .93f, .3f, .12f}};

static yd_loss_config example_config(void)
{
    yd_loss_config config = {.nc = CLASSES,
                             .nl = LEVELS,
                             .na = ANCHORS,
                             .box = .05,
                             .obj = .04,
                             .cls = .0125,
                             .cls_pw = 1,
                             .obj_pw = 1,
                             .anchor_t = 4};
    for (int l = 0; l < LEVELS; l++)
        for (int a = 0; a < ANCHORS; a++)
            for (int k = 0; k < 2; k++) config.anchors[l][a][k] = anchors_pixels[l][a][k] / (8 << l);
    yd_loss_default_balance(LEVELS, config.balance);
    return config;
}

/* Maps of 16, 8 and 4 cells a side, element k = sin(0.1 k). Gradients start as rubbish: all of them must be
 * written. */
static void make_heads(yd_head heads[LEVELS], yd_dtype dtype)
{
    for (int l = 0; l < LEVELS; l++) {
        int side = 16 >> l;
        size_t elements = (size_t)(BATCH * ANCHORS * side * side * OUTPUTS), size = yd_dtype_size(dtype);
        heads[l] = yd_test_plain_head((yd_head){.b = BATCH,
                                                .na = ANCHORS,
                                                .h = side,
                                                .w = side,
                                                .no = OUTPUTS,
                                                .dtype = dtype,
                                                .stride = 8 << l});
        heads[l].data = malloc(elements * size);
        heads[l].gradient = malloc(elements * size);
        REQUIRE(heads[l].data && heads[l].gradient);
        memset(heads[l].gradient, 0x55, elements * size);
        for (size_t k = 0; k < elements; k++) {
            float value = (float)sin(0.1 * (double)k);
            if (dtype == YD_F32)
                ((float *)heads[l].data)[k] = value;
            else
                ((double *)heads[l].data)[k] = (double)value;
        }
    }
}

static void free_heads(yd_head heads[LEVELS])
{
    for (int l = 0; l < LEVELS; l++) free(heads[l].data), free(heads[l].gradient);
}

static double gradient_at(const yd_head *head, size_t k)
{
    return head->dtype == YD_F32 ? (double)((float *)head->gradient)[k] : ((double *)head->gradient)[k];
}

static size_t elements_of(const yd_head *head)
{
    return (size_t)head->b * (size_t)head->na * (size_t)head->h * (size_t)head->w * (size_t)head->no;
}

/* Sums over cells of |gradient|, a channel each, and the signed sum of all. */
static void channel_sums(const yd_head *head, double sums[OUTPUTS], double *total)
{
    memset(sums, 0, OUTPUTS * sizeof *sums);
    *total = 0;
    for (size_t k = 0; k < elements_of(head); k++) {
        sums[k % OUTPUTS] += fabs(gradient_at(head, k));
        *total += gradient_at(head, k);
    }
}

static void compute(yd_loss *loss, const yd_head *heads, const float *targets, int count,
                    yd_loss_items *items)
{
    yd_error error = {0};
    if (yd_loss_compute(loss, heads, targets, count, items, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
}

static yd_loss *make_loss(const yd_loss_config *config)
{
    yd_loss *loss;
    yd_error error;
    REQUIRE(yd_loss_create(config, &loss, &error) == YD_OK);
    return loss;
}

static void plain_example(void)
{
    static const double wanted[LEVELS][OUTPUTS + 1] = {
        {.005808, .005275, .013190, .012321, .159182, .006644, .005861, .148664},
        {.002964, .003337, .016502, .013939, .039397, .006360, .006205, .019062},
        {.003044, .006621, .016493, .006548, .015419, .007069, .005447, .028639}};
    for (int pass = 0; pass < 2; pass++) {
        yd_head heads[LEVELS];
        yd_loss_config config = example_config();
        yd_loss *loss = make_loss(&config);
        yd_loss_items items;
        make_heads(heads, pass ? YD_F64 : YD_F32);
        compute(loss, heads, example[0], 4, &items);
        CHECK_NEAR(items.total, 0.628957, 1e-6);
        CHECK_NEAR(items.box, 0.1231943, 1e-7);
        CHECK_NEAR(items.obj, 0.1628952, 1e-7);
        CHECK_NEAR(items.cls, 0.0283888, 1e-7);
        for (int l = 0; l < LEVELS; l++) {
            double sums[OUTPUTS], total;
            channel_sums(&heads[l], sums, &total);
            for (int k = 0; k < OUTPUTS; k++) CHECK_NEAR(sums[k], wanted[l][k], 1e-6);
            CHECK_NEAR(total, wanted[l][OUTPUTS], 1e-6);
        }
        yd_loss_destroy(loss);
        free_heads(heads);
    }
}

static void smooth_focal_example(void)
{
    static const double wanted[LEVELS][3] = {
        {.095529, .001897, .002282}, {.023666, .002573, .001054}, {.009276, .003991, .000651}};
    yd_head heads[LEVELS];
    yd_loss_config config = example_config();
    config.label_smoothing = .1, config.fl_gamma = 1.5, config.cls_pw = .7, config.obj_pw = .9;
    yd_loss *loss = make_loss(&config);
    yd_loss_items items;
    make_heads(heads, YD_F32);
    compute(loss, heads, example[0], 4, &items);
    CHECK_NEAR(items.total, 0.367352, 1e-6);
    CHECK_NEAR(items.box, 0.1231943, 1e-7);
    CHECK_NEAR(items.obj, 0.0548170, 1e-7);
    CHECK_NEAR(items.cls, 0.0056648, 1e-7);
    for (int l = 0; l < LEVELS; l++) {
        double sums[OUTPUTS], total;
        channel_sums(&heads[l], sums, &total);
        for (int k = 0; k < 3; k++) CHECK_NEAR(sums[4 + k], wanted[l][k], 1e-6);
    }
    yd_loss_destroy(loss);
    free_heads(heads);
}

/* Three classes on one cell; BCE mean 1.3053151 for x = -2, .5, 3, t = .3, 1, 0, P = .7 in 19.3. Here through
 * objectness: P = .7 on a map whose targets are 0, so that only the third can be met directly; the first two
 * are covered by the sums above. */
static void empty_map_is_bce_of_zero(void)
{
    yd_head heads[LEVELS];
    yd_loss_config config = example_config();
    config.obj_pw = .7;
    yd_loss *loss = make_loss(&config);
    yd_loss_items items;
    make_heads(heads, YD_F64);
    for (int l = 0; l < LEVELS; l++)
        for (size_t k = 0; k < elements_of(&heads[l]); k++) ((double *)heads[l].data)[k] = 3;
    compute(loss, heads, NULL, 0, &items);
    double each = 3 + log1p(exp(-3.0)), slope = 1 / (1 + exp(-3.0));
    CHECK_NEAR(slope / 3, .3175, 5e-5);
    CHECK_NEAR(items.obj, .04 * each * (4 + 1 + .4), 1e-12);
    CHECK(items.box == 0 && items.cls == 0);
    CHECK_NEAR(items.total, items.obj * BATCH, 1e-15);
    double scale = BATCH * .04 * 4 / (BATCH * ANCHORS * 256.0);
    for (size_t k = 0; k < elements_of(&heads[0]); k++)
        CHECK_NEAR(gradient_at(&heads[0], k), k % OUTPUTS == 4 ? slope * scale : 0, 1e-15);
    yd_loss_destroy(loss);
    free_heads(heads);
}

static void one_class_has_no_class_loss(void)
{
    yd_head heads[LEVELS];
    yd_loss_config config = example_config();
    config.nc = 1;
    yd_loss *loss = make_loss(&config);
    yd_loss_items items;
    make_heads(heads, YD_F32);
    for (int l = 0; l < LEVELS; l++) {
        heads[l].no = 6;
        heads[l] = yd_test_plain_head(heads[l]);
    }
    float targets[4][6];
    memcpy(targets, example, sizeof targets);
    for (int t = 0; t < 4; t++) targets[t][1] = 0;
    compute(loss, heads, targets[0], 4, &items);
    CHECK(items.cls == 0 && items.box > 0 && items.obj > 0);
    for (size_t k = 5; k < elements_of(&heads[0]); k += 6) CHECK(gradient_at(&heads[0], k) == 0);
    yd_loss_destroy(loss);
    free_heads(heads);
}

static void repeats_exactly_and_without_gradient(void)
{
    yd_head heads[LEVELS];
    yd_loss_config config = example_config();
    yd_loss *loss = make_loss(&config);
    yd_loss_items first, second, third;
    make_heads(heads, YD_F32);
    compute(loss, heads, example[0], 4, &first);
    double before = gradient_at(&heads[0], 1234);
    compute(loss, heads, example[0], 4, &second);
    CHECK(memcmp(&first, &second, sizeof first) == 0);
    CHECK(gradient_at(&heads[0], 1234) == before);
    void *kept[LEVELS];
    for (int l = 0; l < LEVELS; l++) kept[l] = heads[l].gradient, heads[l].gradient = NULL;
    compute(loss, heads, example[0], 4, &third);
    CHECK(memcmp(&first, &third, sizeof first) == 0);
    for (int l = 0; l < LEVELS; l++) heads[l].gradient = kept[l];
    yd_loss_destroy(loss);
    free_heads(heads);
}

/* Two targets on one cell: the last entry's CIoU stays, or with sort_obj_iou the largest. */
static void colliding_targets(void)
{
    static const float two[12] = {0, 0, .5f, .5f, .25f, .25f, 0, 0, .5f, .5f, .12f, .4f};
    for (int pass = 0; pass < 4; pass++) {
        float targets[12];
        for (int k = 0; k < 12; k++) targets[k] = two[pass % 2 ? (k + 6) % 12 : k];
        static double obj[4];
        yd_head heads[LEVELS];
        yd_loss_config config = example_config();
        config.sort_obj_iou = pass >= 2;
        yd_loss *loss = make_loss(&config);
        yd_loss_items items;
        make_heads(heads, YD_F64);
        compute(loss, heads, targets, 2, &items);
        obj[pass] = items.obj;
        if (pass == 3) {
            CHECK(obj[0] != obj[1]);
            CHECK_NEAR(obj[2], obj[3], 1e-15);
        }
        yd_loss_destroy(loss);
        free_heads(heads);
    }
}

/* Four samples in each picture: gradients and total count four times, what is reported does not. */
static void quads_count_four_times(void)
{
    yd_head once[LEVELS], four[LEVELS];
    yd_loss_config config = example_config();
    yd_loss *loss = make_loss(&config);
    yd_loss_items plain, quad;
    make_heads(once, YD_F64);
    make_heads(four, YD_F64);
    compute(loss, once, &example[0][0], 4, &plain);
    yd_loss_settings(loss)->samples_each = 4;
    compute(loss, four, &example[0][0], 4, &quad);
    CHECK(quad.box == plain.box && quad.obj == plain.obj && quad.cls == plain.cls);
    CHECK_NEAR(quad.total, 4 * plain.total, 1e-12);
    for (int l = 0; l < LEVELS; l++)
        for (size_t k = 0; k < elements_of(&once[l]); k++)
            CHECK_NEAR(gradient_at(&four[l], k), 4 * gradient_at(&once[l], k), 1e-15);
    yd_loss_destroy(loss);
    free_heads(once);
    free_heads(four);
}

static void autobalance_follows(void)
{
    yd_head heads[LEVELS];
    yd_loss_config config = example_config();
    config.autobalance = true, config.stride16_level = 1;
    yd_loss *loss = make_loss(&config);
    yd_loss_items items;
    make_heads(heads, YD_F64);
    compute(loss, heads, NULL, 0, &items);
    const double *balance = yd_loss_settings(loss)->balance;
    CHECK(balance[1] == 1);
    CHECK_NEAR(balance[0], 4, .01);
    CHECK(balance[0] != 4 && balance[2] != .4);
    for (int l = 0; l < LEVELS; l++) ((double *)heads[l].data)[4] = NAN;
    double kept = balance[0];
    compute(loss, heads, NULL, 0, &items);
    CHECK(isnan(items.obj));
    CHECK(balance[0] == kept); /* a loss that is not finite must not spoil the run's balance */
    yd_loss_destroy(loss);
    free_heads(heads);
}

static void default_balance(void)
{
    double balance[8];
    yd_loss_default_balance(4, balance);
    CHECK(balance[0] == 4 && balance[1] == 1 && balance[2] == .25 && balance[3] == .06);
    yd_loss_default_balance(2, balance);
    CHECK(balance[0] == 4 && balance[1] == 1);
    yd_loss_default_balance(3, balance);
    CHECK(balance[2] == .4);
}

static void logits_that_are_not_finite(void)
{
    static const double values[] = {NAN, INFINITY, -INFINITY, 1e30, -1e30};
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        yd_head heads[LEVELS];
        yd_loss_config config = example_config();
        yd_loss *loss = make_loss(&config);
        yd_loss_items items;
        make_heads(heads, YD_F32);
        for (int l = 0; l < LEVELS; l++)
            for (size_t k = 0; k < elements_of(&heads[l]); k++)
                ((float *)heads[l].data)[k] = (float)values[v];
        compute(loss, heads, example[0], 4, &items);
        if (isnan(values[v]))
            CHECK(isnan(items.box) && isnan(items.obj) && isnan(items.cls) && isnan(items.total));
        if (values[v] == INFINITY) CHECK(!isfinite(items.total));
        yd_loss_destroy(loss);
        free_heads(heads);
    }
}

static void wrong_calls_are_refused(void)
{
    yd_head heads[LEVELS];
    yd_loss_config config = example_config();
    yd_loss *loss = make_loss(&config), *none;
    yd_loss_items items;
    yd_error error;
    make_heads(heads, YD_F32);
    heads[1].no = 9;
    CHECK(yd_loss_compute(loss, heads, example[0], 4, &items, &error) == YD_ERR_INTERNAL);
    heads[1].no = OUTPUTS, heads[1].dtype = YD_BF16;
    CHECK(yd_loss_compute(loss, heads, example[0], 4, &items, &error) == YD_ERR_UNSUPPORTED);
    heads[1].dtype = YD_F32;
    const float beyond[6] = {BATCH, 0, .5f, .5f, .2f, .2f};
    CHECK(yd_loss_compute(loss, heads, beyond, 1, &items, &error) == YD_ERR_INTERNAL);
    yd_loss_destroy(loss);
    config.nc = 0;
    CHECK(yd_loss_create(&config, &none, &error) == YD_ERR_UNSUPPORTED && none == NULL);
    config.nc = 2, config.autobalance = true, config.stride16_level = -1;
    CHECK(yd_loss_create(&config, &none, &error) == YD_ERR_UNSUPPORTED);
    free_heads(heads);
}

static double blocked_gradient(const yd_head *head, size_t i)
{
    const size_t place = yd_test_head_place(head, i);
    return head->gradient_dtype == YD_F32 ? (double)((const float *)head->gradient)[place]
                                          : (double)yd_from_bf16(((const uint16_t *)head->gradient)[place]);
}

/* Heads in blocks of channels: the same loss and gradients, in bf16 rounded, and zeros in the padding. */
static void in_blocks(void)
{
    for (int pass = 0; pass < 2; pass++) {
        yd_head heads[LEVELS], blocked[LEVELS];
        yd_loss_items wanted, items;
        make_heads(heads, YD_F32);
        yd_loss_config config = example_config();
        yd_loss *loss = make_loss(&config);
        for (int l = 0; l < LEVELS; l++)
            blocked[l] = yd_test_blocked_head(&heads[l], 16, pass ? YD_BF16 : YD_F32);
        compute(loss, heads, example[0], 4, &wanted);
        compute(loss, blocked, example[0], 4, &items);
        CHECK(memcmp(&wanted, &items, sizeof items) == 0);
        for (int l = 0; l < LEVELS; l++) {
            double all = 0, logical = 0;
            const size_t elements = (size_t)blocked[l].b * blocked[l].image;
            for (size_t i = 0; i < elements_of(&heads[l]); i++) {
                const double found = blocked_gradient(&blocked[l], i), exact = gradient_at(&heads[l], i);
                CHECK_NEAR(found, exact, pass ? fabs(exact) / 128 : 0);
                logical += fabs(found);
            }
            for (size_t i = 0; i < elements; i++)
                all += pass ? fabs((double)yd_from_bf16(((uint16_t *)blocked[l].gradient)[i]))
                            : fabs((double)((float *)blocked[l].gradient)[i]);
            CHECK_NEAR(all, logical, 1e-9);
        }
        yd_loss_destroy(loss);
        free_heads(blocked);
        free_heads(heads);
    }
}

/* Whatever shares the images: the same bits. With two images the third of three threads has none. */
static void independent_of_threads(void)
{
    yd_head heads[LEVELS];
    yd_loss_items wanted, items;
    yd_error error;
    float *gradients[LEVELS];
    make_heads(heads, YD_F32);
    yd_loss_config config = example_config();
    yd_loss *loss = make_loss(&config);
    compute(loss, heads, example[0], 4, &wanted);
    yd_loss_destroy(loss);
    for (int l = 0; l < LEVELS; l++) {
        size_t bytes = elements_of(&heads[l]) * sizeof(float);
        gradients[l] = malloc(bytes);
        REQUIRE(gradients[l]);
        memcpy(gradients[l], heads[l].gradient, bytes);
    }
    for (int threads = 1; threads <= 3; threads++) {
        config.backend = &yd_backend_cpu;
        REQUIRE(config.backend->open(threads, &config.device, &error) == YD_OK);
        loss = make_loss(&config);
        for (int l = 0; l < LEVELS; l++)
            memset(heads[l].gradient, 0x55, elements_of(&heads[l]) * sizeof(float));
        compute(loss, heads, example[0], 4, &items);
        CHECK(memcmp(&items, &wanted, sizeof items) == 0);
        for (int l = 0; l < LEVELS; l++)
            CHECK(memcmp(heads[l].gradient, gradients[l], elements_of(&heads[l]) * sizeof(float)) == 0);
        yd_loss_destroy(loss);
        config.backend->close(config.device);
    }
    for (int l = 0; l < LEVELS; l++) free(gradients[l]);
    free_heads(heads);
}

static const yd_test_case cases[] = {
    {"plain example", plain_example},
    {"smoothing, focal and positive weights", smooth_focal_example},
    {"an empty map is the BCE of zeros", empty_map_is_bce_of_zero},
    {"one class has no class loss", one_class_has_no_class_loss},
    {"repeats exactly, and without gradient", repeats_exactly_and_without_gradient},
    {"colliding targets", colliding_targets},
    {"quads count four times", quads_count_four_times},
    {"autobalance follows", autobalance_follows},
    {"default balance", default_balance},
    {"logits that are not finite", logits_that_are_not_finite},
    {"heads in blocks", in_blocks},
    {"independent of threads", independent_of_threads},
    {"wrong calls are refused", wrong_calls_are_refused},
};
TEST_MAIN(cases)
