/* The reference backend's flat passes, the facts of the specification that are known as numbers, and the
 * registry. */
#include "backend/ref/ref.h"
#include "ops/conv.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>

static yd_device *open_device(void)
{
    yd_device *device;
    yd_error error;
    REQUIRE(yd_backend_ref.open(1, &device, &error) == YD_OK);
    return device;
}

/* training.md, 5.4: two steps by hand. */
static void test_sgd(void)
{
    yd_device *device = open_device();
    double p = 2, gradient = 3, momentum = 99;
    yd_sgd step = {.lr = 0.1, .momentum = 0.9, .weight_decay = 0.5, .scale = 2, .first = true};
    yd_backend_ref.sgd(device, 1, &p, &gradient, &momentum, &step);
    CHECK_NEAR(momentum, 7, 1e-15);
    CHECK_NEAR(p, 2 - 0.1 * (7 + 0.9 * 7), 1e-15);
    step.first = false;
    double second = 2 * 3 + 0.5 * p, before = p;
    yd_backend_ref.sgd(device, 1, &p, &gradient, &momentum, &step);
    CHECK_NEAR(momentum, 0.9 * 7 + second, 1e-15);
    CHECK_NEAR(p, before - 0.1 * (second + 0.9 * momentum), 1e-15);
    yd_backend_ref.close(device);
}

static void test_average_and_squares(void)
{
    yd_device *device = open_device();
    double average[2] = {1, 2}, p[2] = {3, -2};
    yd_backend_ref.ema(device, 2, average, p, 0.75);
    CHECK(average[0] == 1.5 && average[1] == 1);
    CHECK(yd_backend_ref.sum_squares(device, 2, p) == 13);
    p[1] = NAN;
    CHECK(!isfinite(yd_backend_ref.sum_squares(device, 2, p)));
    yd_backend_ref.close(device);
}

static void test_round_half(void)
{
    yd_device *device = open_device();
    struct {
        double x, wanted;
    } cases[] = {{0, 0},
                 {1, 1},
                 {0.1, 0.0999755859375},
                 {-0.1, -0.0999755859375},
                 {2049, 2048},
                 {2051, 2052}, /* ties to even */
                 {65504, 65504},
                 {65519, 65504},
                 {65520, INFINITY},
                 {-1e9, -INFINITY},
                 {0x1p-24, 0x1p-24},
                 {0x1p-25, 0},
                 {0x1.8p-25, 0x1p-24},
                 {0x1.8p-24, 0x1p-23},
                 {6e-8, 0x1p-24},
                 {INFINITY, INFINITY}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double x = cases[i].x;
        yd_backend_ref.round_half(device, 1, &x);
        CHECK(x == cases[i].wanted);
    }
    yd_backend_ref.close(device);
}

/* model_and_loss.md, 11: a constant 5x5 plane under a 5x5 pool; the gradient goes to the first maximum of
 * each window. */
static void test_pool_ties(void)
{
    yd_device *device = open_device();
    yd_node node = {.kind = YD_OP_MAX_POOL,
                    .input_count = 1,
                    .kernel_h = 5,
                    .kernel_w = 5,
                    .stride_h = 1,
                    .stride_w = 1,
                    .pad_h = 2,
                    .pad_w = 2};
    yd_shape shape = {1, 1, 5, 5};
    yd_op_desc desc = {.node = &node,
                       .mode = YD_MODE_TRAIN,
                       .input_count = 1,
                       .inputs = {shape},
                       .output = shape,
                       .need_input_gradient = true};
    double input[25], output[25], ones[25], gradient[25];
    for (int i = 0; i < 25; i++) input[i] = 7, ones[i] = 1, gradient[i] = -1;
    void *state;
    yd_op_needs needs;
    yd_error error;
    const yd_op_kernels *pool = yd_backend_ref.ops[YD_OP_MAX_POOL];
    REQUIRE(pool->prepare(device, &desc, &state, &needs, &error) == YD_OK);
    yd_op_pass pass = {.inputs = {{input, 25, shape, 1}},
                       .output = {output, 25, shape, 1},
                       .output_gradients = {{ones, 25, shape, 1}},
                       .output_gradient_count = 1,
                       .input_gradients = {{gradient, 25, shape, 1}},
                       .saved = malloc(needs.saved)};
    pool->forward(state, &pass);
    pool->backward(state, &pass, YD_PHASE_DATA);
    const double wanted[25] = {9, 3, 3, 0, 0, 3, 1, 1, 0, 0, 3, 1, 1};
    CHECK(output[12] == 7);
    for (int i = 0; i < 25; i++) CHECK(gradient[i] == wanted[i]);
    free(pass.saved);
    pool->release(state);
    yd_backend_ref.close(device);
}

/* model_and_loss.md, 19.3: Focus slices a 4x4 ramp as 0 2 8 10 | 4 6 12 14 | 1 3 9 11 | 5 7 13 15. A weight
 * of one at tap (0, 0) of plane g of Focus's kernel must then fetch exactly that pixel. */
static void test_focus_order(void)
{
    yd_node node = {.kind = YD_OP_CONV,
                    .input_count = 1,
                    .in_channels = 1,
                    .out_channels = 1,
                    .kernel_h = 2,
                    .kernel_w = 2,
                    .stride_h = 2,
                    .stride_w = 2,
                    .groups = 1,
                    .focus = true};
    const int wanted[4][4] = {{0, 2, 8, 10}, {4, 6, 12, 14}, {1, 3, 9, 11}, {5, 7, 13, 15}};
    for (int y = 0; y < 2; y++)
        for (int x = 0; x < 2; x++) {
            size_t plane = yd_conv_weight_index(&node, 0, 0, y, x); /* kernel 1x1: the index is the plane */
            REQUIRE(plane < 4);
            for (int cell = 0; cell < 4; cell++)
                CHECK(wanted[plane][cell] == (cell / 2 * 2 + y) * 4 + cell % 2 * 2 + x);
        }
}

static void test_weight_order(void)
{
    yd_node node = {
        .kind = YD_OP_CONV, .in_channels = 6, .out_channels = 4, .kernel_h = 3, .kernel_w = 2, .groups = 2};
    CHECK(yd_conv_weight_count(&node) == 4 * 3 * 3 * 2);
    CHECK(yd_conv_weight_index(&node, 1, 2, 2, 1) == ((1 * 3 + 2) * 3 + 2) * 2 + 1);
    yd_node focus = {.kind = YD_OP_CONV,
                     .in_channels = 3,
                     .out_channels = 8,
                     .kernel_h = 6,
                     .kernel_w = 6,
                     .groups = 1,
                     .focus = true};
    bool seen[8 * 12 * 9] = {false};
    for (int i = 0; i < 8 * 3 * 36; i++) {
        size_t at = yd_conv_weight_index(&focus, i / 108, i / 36 % 3, i / 6 % 6, i % 6);
        REQUIRE(at < sizeof seen && !seen[at]);
        seen[at] = true;
    }
}

static void test_registry(void)
{
    CHECK(!yd_backend_find("ref"));
    CHECK(yd_backend_register(&yd_backend_ref) == YD_OK && yd_backend_register(&yd_backend_ref) == YD_OK);
    CHECK(yd_backend_find("ref") == &yd_backend_ref && !yd_backend_find("cuda"));
    static yd_backend many[8];
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    yd_status last = YD_OK;
    for (int i = 0; i < 8; i++) {
        many[i] = yd_backend_ref;
        many[i].name = names[i];
        last = yd_backend_register(&many[i]);
    }
    CHECK(last == YD_ERR_INTERNAL && yd_backend_find("g") == &many[6] && !yd_backend_find("h"));
}

static const yd_test_case cases[] = {
    {"optimizer steps", test_sgd},
    {"averages and sums of squares", test_average_and_squares},
    {"rounding through half", test_round_half},
    {"ties under a pool", test_pool_ties},
    {"order of Focus", test_focus_order},
    {"order of weights", test_weight_order},
    {"registry", test_registry},
};
TEST_MAIN(cases)
