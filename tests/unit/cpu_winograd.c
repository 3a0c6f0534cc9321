/* Convolutions by Winograd's algorithm against the direct ones of the same numbers: all passes, bias and
 * activation too; and which shapes are computed so. */
#include "backend/cpu/cpu.h"
#include "backend/cpu/device.h"
#include "backend/cpu/winograd.h"
#include "base/rng.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the largest number; found: 2.1e-6. */
#define TOLERANCE 5e-6

typedef struct shape {
    int batch, in, out, height, width;
} shape;

static const shape shapes[] = {{1, 16, 16, 20, 20},  {2, 32, 48, 13, 17},   {4, 16, 32, 10, 10},
                               {1, 64, 64, 26, 18},  {4, 128, 128, 10, 10}, {2, 48, 48, 15, 20},
                               {1, 256, 128, 20, 20}};

static yd_node make_node(const shape *s)
{
    return (yd_node){.kind = YD_OP_CONV,
                     .in_channels = s->in,
                     .out_channels = s->out,
                     .kernel_h = 3,
                     .kernel_w = 3,
                     .stride_h = 1,
                     .stride_w = 1,
                     .pad_h = 1,
                     .pad_w = 1,
                     .groups = 1};
}

static yd_conv_desc describe(const yd_node *node, const shape *s, yd_conv_pass pass)
{
    return (yd_conv_desc){.pass = pass,
                          .node = node,
                          .weights = {YD_FORM_IN_OUT, 16, s->out, s->in, 3, 3},
                          .batch = s->batch,
                          .height = s->height,
                          .width = s->width,
                          .out_height = s->height,
                          .out_width = s->width};
}

/* Input, weights, output, bias. */
enum { TENSORS = 4 };
typedef struct numbers {
    float *v[TENSORS];
    size_t n[TENSORS];
} numbers;

static numbers draw(const shape *s)
{
    const size_t pixels = (size_t)s->batch * (size_t)s->height * (size_t)s->width;
    numbers x = {.n = {pixels * (size_t)s->in, (size_t)s->in * (size_t)s->out * 9, pixels * (size_t)s->out,
                       (size_t)s->out}};
    for (int i = 0; i < TENSORS; i++) {
        yd_rng rng = yd_rng_make(5, 0, 0, (uint32_t)i);
        x.v[i] = yd_block_alloc(x.n[i] * sizeof(float));
        REQUIRE(x.v[i]);
        for (size_t k = 0; k < x.n[i]; k++) x.v[i][k] = (float)yd_rng_between(&rng, -1, 1);
    }
    return x;
}

static void free_numbers(numbers *x)
{
    for (int i = 0; i < TENSORS; i++) yd_block_free(x->v[i], x->n[i] * sizeof(float));
}

/* Runs the pass over x, which it writes to. */
static void run(yd_device *device, const yd_conv_desc *desc, numbers *x)
{
    yd_dnnl_conv *conv;
    yd_error error;
    size_t bytes;
    if (yd_dnnl_conv_create(device->dnnl, desc, &conv, &bytes, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    const bool wino = strstr(yd_dnnl_conv_implementation(conv), "wino") != NULL;
    CHECK(wino == desc->winograd);
    CHECK(!desc->winograd || !yd_dnnl_conv_reorders(conv));
    void *scratch = yd_block_alloc(bytes + 64);
    REQUIRE(scratch);
    yd_team_enter(device->team);
    yd_dnnl_conv_run(conv, x->v[0], x->v[1], x->v[3], x->v[2], scratch);
    yd_block_free(scratch, bytes + 64);
    yd_dnnl_conv_destroy(conv);
}

static void check(yd_device *device, const yd_conv_desc *desc, const shape *s)
{
    static const int written[] = {2, 0, 1};
    const int which = written[desc->pass];
    numbers direct = draw(s), winograd = draw(s);
    yd_conv_desc d = *desc;
    run(device, &d, &direct);
    d.winograd = true;
    run(device, &d, &winograd);
    double most = 0, worst = 0;
    for (size_t i = 0; i < direct.n[which]; i++) {
        most = fmax(most, fabs((double)direct.v[which][i]));
        const double off = fabs((double)direct.v[which][i] - (double)winograd.v[which][i]);
        if (!(off <= worst)) worst = off;
    }
    if (!(most > 0 && worst <= TOLERANCE * most))
        yd_test_fatal(__FILE__, __LINE__, "pass %d, %d x %d -> %d x %dx%d: off by %g of %g", (int)desc->pass,
                      s->batch, s->in, s->out, s->height, s->width, worst, most);
    free_numbers(&winograd);
    free_numbers(&direct);
}

static void require_winograd(void)
{
    if (!yd_dnnl_has_winograd()) yd_test_skip("oneDNN has no kernels of Winograd's algorithm here");
}

static void test_passes(void)
{
    require_winograd();
    yd_device *device;
    yd_error error;
    REQUIRE(yd_backend_cpu.open(2, &device, &error) == YD_OK);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const yd_node node = make_node(&shapes[i]);
        for (int pass = 0; pass < 3; pass++) {
            const yd_conv_desc desc = describe(&node, &shapes[i], (yd_conv_pass)pass);
            CHECK(yd_winograd_chosen(&desc));
            check(device, &desc, &shapes[i]);
        }
        yd_conv_desc eval = describe(&node, &shapes[i], YD_CONV_FORWARD);
        eval.bias = true;
        eval.slope = 0.1f;
        for (int a = YD_ACT_NONE; a <= YD_ACT_HARDSWISH; a++) {
            eval.activation = (yd_activation)a;
            check(device, &eval, &shapes[i]);
        }
    }
    yd_backend_cpu.close(device);
}

static void test_rule(void)
{
    require_winograd();
    const shape small = {1, 64, 64, 13, 20}, narrow = {8, 64, 64, 40, 7}, fits = {1, 64, 64, 20, 20};
    yd_node node = make_node(&fits);
    yd_conv_desc desc = describe(&node, &small, YD_CONV_FORWARD);
    CHECK(!yd_winograd_chosen(&desc));
    desc = describe(&node, &narrow, YD_CONV_FORWARD);
    CHECK(!yd_winograd_chosen(&desc));
    desc = describe(&node, &fits, YD_CONV_FORWARD);
    CHECK(yd_winograd_chosen(&desc));
    CHECK(yd_winograd_serves(&node, &desc.weights, YD_F32));
    CHECK(!yd_winograd_serves(&node, &desc.weights, YD_BF16));
    node.stride_h = node.stride_w = 2;
    CHECK(!yd_winograd_serves(&node, &desc.weights, YD_F32));
    node = make_node(&fits);
    desc.weights.form = YD_FORM_DEPTHWISE;
    CHECK(!yd_winograd_serves(&node, &desc.weights, YD_F32));
}

static const yd_test_case cases[] = {
    {"equals the direct convolutions", test_passes},
    {"shapes that are chosen", test_rule},
};
TEST_MAIN(cases)
