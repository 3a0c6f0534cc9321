/* Weights in memory: round trips, zeros where no channel lies, and convolutions computed straight from the
 * packed offsets. */
#include "backend/cpu/layout.h"
#include "ops/conv.h"
#include "support/test.h"
#include <stdlib.h>
#include <string.h>

enum { MOST = 128 };

typedef struct layout_case {
    const char *name;
    yd_node node;
    int inputs[4], outputs[4]; /* widths of the segments of the maps */
    bool image;
    yd_weight_form form; /* of the master */
} layout_case;

#define NODE(in, out, k, g)                                                                                  \
    .kind = YD_OP_CONV, .in_channels = (in), .out_channels = (out), .kernel_h = (k), .kernel_w = (k),        \
    .stride_h = 1, .stride_w = 1, .groups = (g)

static const layout_case cases_of_layout[] = {
    {"whole blocks", {NODE(32, 48, 3, 1)}, {32}, {48}, .form = YD_FORM_IN_OUT},
    {"odd channels", {NODE(5, 21, 3, 1)}, {5}, {21}, .form = YD_FORM_IN_OUT},
    {"1x1 of a concatenation", {NODE(37, 20, 1, 1)}, {20, 8, 9}, {20}, .form = YD_FORM_IN_OUT},
    {"into a padded map", {NODE(16, 30, 1, 1)}, {16}, {12, 18}, .form = YD_FORM_IN_OUT},
    {"stem", {NODE(3, 20, 6, 1)}, {3}, {20}, .image = true, .form = YD_FORM_IMAGE},
    {"Focus", {NODE(3, 20, 6, 1), .focus = true}, {3}, {20}, .image = true, .form = YD_FORM_IMAGE},
    {"depthwise", {NODE(20, 20, 5, 20)}, {20}, {20}, .form = YD_FORM_DEPTHWISE},
    {"depthwise between maps", {NODE(20, 20, 3, 20)}, {12, 8}, {20}, .form = YD_FORM_IN_OUT},
    {"grouped", {NODE(24, 12, 3, 4)}, {10, 14}, {12}, .form = YD_FORM_IN_OUT},
    {"head",
     {.kind = YD_OP_HEAD,
      .in_channels = 24,
      .out_channels = 18,
      .kernel_h = 1,
      .kernel_w = 1,
      .stride_h = 1,
      .stride_w = 1,
      .groups = 1},
     {24},
     {18},
     .form = YD_FORM_IN_OUT},
};
enum { CASES = sizeof cases_of_layout / sizeof *cases_of_layout };

static int32_t index_memory[2][MOST];

static yd_channel_map make_map(int which, const int *widths, bool padded)
{
    int32_t *index = index_memory[which];
    int count = 0, physical = 0;
    for (int s = 0; s < 4 && widths[s]; s++) {
        for (int c = 0; c < widths[s]; c++) index[count++] = physical + c;
        physical +=
            padded ? (widths[s] + YD_CHANNEL_BLOCK - 1) / YD_CHANNEL_BLOCK * YD_CHANNEL_BLOCK : widths[s];
    }
    return (yd_channel_map){count, physical, index};
}

static yd_param_layout describe(const layout_case *c)
{
    return (yd_param_layout){.role = YD_ROLE_CONV_WEIGHT,
                             .node = &c->node,
                             .input = make_map(0, c->inputs, !c->image),
                             .output = make_map(1, c->outputs, true),
                             .plain = yd_conv_weight_count(&c->node)};
}

static void check_round_trip(const layout_case *c, int block)
{
    const yd_param_layout param = describe(c);
    const yd_weight_layout master = yd_weight_master(&c->node, &param.input, &param.output, block);
    const size_t elements = yd_weight_elements(&master);
    float *plain = malloc(param.plain * sizeof *plain), *packed = malloc(elements * sizeof *packed);
    double *back = malloc(param.plain * sizeof *back);
    REQUIRE(plain && packed && back);
    if (master.form != c->form) yd_test_fatal(__FILE__, __LINE__, "%s: form %d", c->name, (int)master.form);
    CHECK(elements >= param.plain);
    memset(packed, 0x7f, elements * sizeof *packed);
    for (size_t i = 0; i < param.plain; i++) plain[i] = (float)(i + 1);
    yd_weight_pack(&param, block, plain, packed);
    yd_weight_unpack(&param, block, packed, back);
    size_t used = 0;
    for (size_t i = 0; i < elements; i++) used += packed[i] != 0;
    CHECK(used == param.plain); /* each once, zeros elsewhere */
    for (size_t i = 0; i < param.plain; i++) CHECK(back[i] == (double)plain[i]);

    /* a mask leaves what is there, and removes what lies between groups */
    for (size_t i = 0; i < elements; i++) packed[i] += 0.5f;
    yd_weight_mask(&param, block, packed);
    yd_weight_unpack(&param, block, packed, back);
    for (size_t i = 0; i < param.plain; i++) CHECK(back[i] == (double)plain[i] + 0.5);
    free(back);
    free(packed);
    free(plain);
}

static void test_round_trips(void)
{
    for (int i = 0; i < CASES; i++)
        for (int block = 8; block <= 16; block += 8) check_round_trip(&cases_of_layout[i], block);
}

/* Every offset of a form is used exactly once. */
static void check_bijection(const yd_weight_layout *layout)
{
    const size_t elements = yd_weight_elements(layout);
    unsigned char *seen = calloc(elements, 1);
    REQUIRE(seen);
    for (int o = 0; o < layout->out; o++)
        for (int i = 0; i < layout->in; i++)
            for (int y = 0; y < layout->kernel_h; y++)
                for (int x = 0; x < layout->kernel_w; x++) {
                    const size_t at = yd_weight_offset(layout, o, i, y, x);
                    REQUIRE(at < elements);
                    CHECK(!seen[at]);
                    seen[at] = 1;
                }
    free(seen);
}

static void test_offsets(void)
{
    const yd_weight_layout pairs[] = {{YD_FORM_IN_OUT_PAIRS, 16, 32, 48, 3, 2},
                                      {YD_FORM_OUT_IN_PAIRS, 16, 32, 48, 3, 2},
                                      {YD_FORM_SWAPPED_PAIRS, 16, 32, 48, 1, 1},
                                      {YD_FORM_IMAGE_PAIRS, 16, 32, 3, 6, 6}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) check_bijection(&pairs[i]);
    for (int block = 8; block <= 16; block += 8) {
        const yd_weight_layout dense[] = {{YD_FORM_IN_OUT, block, 32, 48, 3, 2},
                                          {YD_FORM_OUT_IN, block, 32, 48, 3, 2},
                                          {YD_FORM_SWAPPED, block, 32, 48, 1, 1},
                                          {YD_FORM_IMAGE, block, 32, 3, 6, 6},
                                          {YD_FORM_DEPTHWISE, block, 48, 1, 5, 5}};
        for (size_t i = 0; i < sizeof dense / sizeof *dense; i++) check_bijection(&dense[i]);
    }
}

/* The form for data gradients holds the same numbers. */
static void test_transpose(void)
{
    for (int block = 8; block <= 16; block += 8)
        for (int kernel = 1; kernel <= 3; kernel += 2) {
            const yd_weight_layout master = {YD_FORM_IN_OUT, block, 48, 32, kernel, kernel};
            const yd_weight_layout data = yd_weight_for_data(&master, YD_F32);
            const size_t elements = yd_weight_elements(&master);
            float *from = malloc(elements * sizeof *from), *to = calloc(elements, sizeof *to);
            REQUIRE(from && to);
            CHECK(data.form != master.form);
            for (size_t i = 0; i < elements; i++) from[i] = (float)i;
            for (int b = 0; b < master.out / block; b++) yd_weight_transpose(&master, b, from, to);
            for (int o = 0; o < master.out; o++)
                for (int i = 0; i < master.in; i++)
                    for (int p = 0; p < kernel * kernel; p++)
                        CHECK(from[yd_weight_offset(&master, o, i, p / kernel, p % kernel)] ==
                              to[yd_weight_offset(&data, o, i, p / kernel, p % kernel)]);
            free(to);
            free(from);
        }
}

static void test_served_by_master(void)
{
    const yd_weight_layout image = {YD_FORM_IMAGE, 16, 32, 3, 6, 6},
                           depthwise = {YD_FORM_DEPTHWISE, 8, 48, 1, 5, 5};
    CHECK(yd_weight_for_data(&image, YD_F32).form == YD_FORM_IMAGE);
    CHECK(yd_weight_for_data(&depthwise, YD_F32).form == YD_FORM_DEPTHWISE);
}

static const yd_test_case cases[] = {
    {"round trips", test_round_trips},
    {"offsets", test_offsets},
    {"transpose", test_transpose},
    {"served by the master", test_served_by_master},
};
TEST_MAIN(cases)
