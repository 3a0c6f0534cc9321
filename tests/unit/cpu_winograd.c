/* Convolutions by Winograd's algorithm against the direct ones of the same numbers: all passes, bias and
 * activation too; and which shapes are computed so. */
#include "backend/cpu/cpu.h"
#include "backend/cpu/device.h"
#include "backend/cpu/winograd.h"
#include "backend/cpu/winograd_tiles.h"
#include "base/rng.h"
#include "support/test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the largest number; found: 2.1e-6, our kernels 4.1e-6. */
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
    const int more_y = 2 * node->pad_h - 2, more_x = 2 * node->pad_w - 2;
    return (yd_conv_desc){.pass = pass,
                          .node = node,
                          .weights = {YD_FORM_IN_OUT, 16, s->out, s->in, 3, 3},
                          .batch = s->batch,
                          .height = s->height,
                          .width = s->width,
                          .out_height = s->height + more_y,
                          .out_width = s->width + more_x};
}

/* Input, weights, output, bias. */
enum { TENSORS = 4 };
typedef struct numbers {
    float *v[TENSORS];
    size_t n[TENSORS];
} numbers;

static numbers draw(const yd_conv_desc *d)
{
    const size_t batch = (size_t)d->batch, in = (size_t)d->weights.in, out = (size_t)d->weights.out;
    numbers x = {.n = {batch * (size_t)d->height * (size_t)d->width * in, in * out * 9,
                       batch * (size_t)d->out_height * (size_t)d->out_width * out, out}};
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

/* Runs the pass over x, which it writes to: by oneDNN. */
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

/* By our own kernels. */
static void run_ours(yd_device *device, const yd_conv_desc *desc, numbers *x)
{
    yd_tiles *tiles;
    yd_error error;
    size_t bytes;
    REQUIRE(yd_tiles_create(device, desc, &tiles, &bytes, &error) == YD_OK);
    float *scratch = yd_block_alloc(bytes);
    REQUIRE(scratch);
    for (size_t i = 0; i < bytes / sizeof *scratch; i++)
        scratch[i] = NAN; /* nothing is read before it is written */
    yd_team_enter(device->team);
    yd_tiles_run(tiles, x->v[0], x->v[1], desc->bias ? x->v[3] : NULL, x->v[2], scratch);
    yd_block_free(scratch, bytes);
    yd_tiles_destroy(tiles);
}

static int written_by(const yd_conv_desc *desc)
{
    static const int written[] = {2, 0, 1};
    return written[desc->pass];
}

static void compare(const yd_conv_desc *desc, const char *what, const numbers *direct,
                    const numbers *winograd)
{
    const int which = written_by(desc);
    double most = 0, worst = 0;
    for (size_t i = 0; i < direct->n[which]; i++) {
        most = fmax(most, fabs((double)direct->v[which][i]));
        const double off = fabs((double)direct->v[which][i] - (double)winograd->v[which][i]);
        if (!(off <= worst)) worst = off;
    }
    if (!(most > 0 && worst <= TOLERANCE * most))
        yd_test_fatal(__FILE__, __LINE__, "%s, pass %d, %d x %d -> %d x %dx%d: off by %g of %g", what,
                      (int)desc->pass, desc->batch, desc->weights.in, desc->weights.out, desc->height,
                      desc->width, worst, most);
}

static void check(yd_device *device, const yd_conv_desc *desc)
{
    numbers direct = draw(desc), winograd = draw(desc);
    yd_conv_desc d = *desc;
    run(device, &d, &direct);
    d.winograd = true;
    run(device, &d, &winograd);
    compare(desc, "oneDNN's", &direct, &winograd);
    free_numbers(&winograd);
    free_numbers(&direct);
}

/* Our kernels against oneDNN's direct ones, and on three threads against one: the same bits. */
static void check_ours(yd_device *device, yd_device *alone, const yd_vector *vector, const yd_conv_desc *desc)
{
    yd_conv_desc d = *desc;
    d.weights.block = vector->block;
    if (d.pass == YD_CONV_DATA) d.weights = yd_weight_for_data(&d.weights, YD_F32);
    numbers direct = draw(&d), tiles = draw(&d), again = draw(&d);
    run(device, &d, &direct);
    yd_device with = *device, single = *alone;
    with.vector = single.vector = vector;
    run_ours(&with, &d, &tiles);
    run_ours(&single, &d, &again);
    compare(&d, vector->name, &direct, &tiles);
    const int which = written_by(&d);
    CHECK(memcmp(tiles.v[which], again.v[which], tiles.n[which] * sizeof(float)) == 0);
    free_numbers(&again);
    free_numbers(&tiles);
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
            check(device, &desc);
        }
        yd_conv_desc eval = describe(&node, &shapes[i], YD_CONV_FORWARD);
        eval.bias = true;
        eval.slope = 0.1f;
        for (int a = YD_ACT_NONE; a <= YD_ACT_HARDSWISH; a++) {
            eval.activation = (yd_activation)a;
            check(device, &eval);
        }
    }
    yd_backend_cpu.close(device);
}

static void check_ours_with(yd_device *device, yd_device *alone, const yd_vector *vector)
{
    /* tiles that hang over, more than a chunk of them, panels and blocks of channels of which one is odd */
    static const shape some[] = {
        {2, 16, 48, 13, 17}, {3, 48, 32, 10, 11}, {2, 16, 16, 60, 52}, {1, 112, 80, 22, 9}};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        for (int pad = 0; pad < 3; pad++) {
            yd_node node = make_node(&some[i]);
            node.pad_h = pad, node.pad_w = 2 - pad;
            for (int pass = 0; pass < 3; pass++) {
                const yd_conv_desc desc = describe(&node, &some[i], (yd_conv_pass)pass);
                check_ours(device, alone, vector, &desc);
            }
        }
    const yd_node node = make_node(&some[0]);
    yd_conv_desc eval = describe(&node, &some[0], YD_CONV_FORWARD);
    eval.bias = true, eval.slope = 0.1f;
    for (int a = YD_ACT_NONE; a <= YD_ACT_HARDSWISH; a++) {
        eval.activation = (yd_activation)a;
        check_ours(device, alone, vector, &eval);
    }
}

static void test_ours(void)
{
    yd_device *device, *alone;
    yd_error error;
    const yd_vector *sets[8];
    const int count = yd_vector_list(sets);
    REQUIRE(yd_backend_cpu.open(3, &device, &error) == YD_OK);
    REQUIRE(yd_backend_cpu.open(1, &alone, &error) == YD_OK);
    for (int i = 0; i < count; i++) check_ours_with(device, alone, sets[i]);
    yd_backend_cpu.close(alone);
    yd_backend_cpu.close(device);
}

static void test_whose(void)
{
    const shape fits = {1, 64, 64, 20, 20}, small = {1, 64, 64, 8, 8};
    const yd_node node = make_node(&fits);
    yd_conv_desc desc = describe(&node, &fits, YD_CONV_FORWARD);
    CHECK(yd_winograd_is_ours(&desc) == !yd_dnnl_has_winograd());
    desc.type = desc.result = YD_BF16;
    CHECK(!yd_winograd_is_ours(&desc));
    desc = describe(&node, &small, YD_CONV_FORWARD);
    CHECK(!yd_winograd_is_ours(&desc));
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
    {"our kernels equal the direct convolutions", test_ours},
    {"where they are chosen", test_whose},
    {"shapes that are chosen", test_rule},
};
TEST_MAIN(cases)
