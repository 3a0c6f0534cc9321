/* Rows of a model's YAML: gains, references, modules; and what is said of rows that are wrong. */
#include "backend/ref/ref.h"
#include "base/text.h"
#include "model/module_tree.h"
#include "model/parse.h"
#include "support/models.h"
#include "support/test.h"
#include <stdio.h>
#include <string.h>

static void test_gains(void)
{
    CHECK(yd_make_divisible(64 * 0.25) == 16 && yd_make_divisible(768 * 0.5) == 384 &&
          yd_make_divisible(80 * 1.25) == 104);
    CHECK(yd_make_divisible(1) == 8 && yd_make_divisible(8.0001) == 16);
    CHECK(yd_scale_depth(3, 0.33) == 1 && yd_scale_depth(6, 0.33) == 2 && yd_scale_depth(9, 0.33) == 3);
    CHECK(yd_scale_depth(3, 1.33) == 4 && yd_scale_depth(9, 1.33) == 12 && yd_scale_depth(1, 4) == 1);
    CHECK(yd_scale_depth(3, 0.5) == 2 && yd_scale_depth(5, 0.5) == 2); /* halves go to even */
    CHECK(yd_scale_depth(3, 0.01) == 1);
}

/* A YAML whose line 6 is the row. Whatever is wrong must be said with that place. */
static const char *yaml_of(const char *row)
{
    static char text[2048];
    snprintf(text, sizeof text,
             "nc: 2\ndepth_multiple: 1.0\nwidth_multiple: 1.0\nanchors: 3\nbackbone:\n  - [-1, 1, Conv, [16, "
             "3, 2]]\n"
             "  - %s\nhead:\n  - [[-1], 1, Detect, [nc, anchors]]\n",
             row);
    return yd_test_yaml(text);
}

static void check_wrong(const char *row, const char *wanted)
{
    yd_error error;
    const char *path = yaml_of(row);
    char place[1200];
    snprintf(place, sizeof place, "%s:7: ", path);
    if (yd_test_model_try(&yd_backend_ref, path, &error) == YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s was taken", row);
    CHECK(strncmp(error.message, place, strlen(place)) == 0);
    CHECK_TEXT(error.message + (strlen(error.message) > strlen(place) ? strlen(place) : 0), wanted);
}

/* Rows out of a checkpoint went through no YAML reader, and have no lines. */
static void check_wrong_row(yd_model_row row, const char *wanted)
{
    yd_model_row rows[3] = {{.from = {-1},
                             .from_count = 1,
                             .number = 1,
                             .module = "Conv",
                             .args = {{.kind = YD_ARG_INT, .number = 16}},
                             .arg_count = 1},
                            row,
                            {.from = {-1},
                             .from_count = 1,
                             .number = 1,
                             .module = "Detect",
                             .args = {{.kind = YD_ARG_NC}, {.kind = YD_ARG_ANCHORS}},
                             .arg_count = 2}};
    yd_model_yaml yaml = {.file = "last.pt",
                          .nc = 2,
                          .channels = 3,
                          .depth_multiple = 1,
                          .width_multiple = 1,
                          .anchor_count = 3,
                          .rows = rows,
                          .row_count = 3,
                          .backbone_count = 2};
    yd_device *device;
    yd_model *model = NULL;
    yd_error error;
    REQUIRE(yd_backend_ref.open(1, &device, &error) == YD_OK);
    CHECK(yd_model_create(&yaml, 0, &yd_backend_ref, device, &model, &error) == YD_ERR_CONFIG && !model);
    CHECK_TEXT(error.message, wanted);
    yd_backend_ref.close(device);
}

static void test_wrong_references(void)
{
    yd_model_row row = {.from = {5},
                        .from_count = 1,
                        .number = 1,
                        .module = "Conv",
                        .args = {{.kind = YD_ARG_INT, .number = 16}},
                        .arg_count = 1};
    check_wrong_row(row, "last.pt: row 1: Conv: from must be a layer before this one, -1 to 0, found 5");
    row.from[0] = 1;
    check_wrong_row(row, "last.pt: row 1: Conv: from must be a layer before this one, -1 to 0, found 1");
    row.from[0] = -2;
    check_wrong_row(row, "last.pt: row 1: Conv: from must be a layer before this one, -1 to 0, found -2");
    row.from_count = 0;
    check_wrong_row(row, "last.pt: row 1: Conv: from names 0 layers, and there are 1 arguments: 1 to 8 and "
                         "at most 8 are wanted");
    row.from_count = 9;
    check_wrong_row(row, "last.pt: row 1: Conv: from names 9 layers, and there are 1 arguments: 1 to 8 and "
                         "at most 8 are wanted");
    row.from_count = 1, row.from[0] = -1, row.number = 0;
    check_wrong_row(row, "last.pt: row 1: Conv: number is 0 after the depth gain: 1 to 256 is wanted");
    row.number = 1, row.module = "Detect";
    check_wrong_row(row, "last.pt: row 1: Detect: only the last row can be Detect");
}

static void test_wrong_modules(void)
{
    check_wrong("[-1, 1, Cov, [16, 3, 1]]", "Cov: unknown module \"Cov\", did you mean \"Conv\"?");
    check_wrong("[-1, 1, nn.Upsampel, [None, 2, nearest]]",
                "nn.Upsampel: unknown module \"nn.Upsampel\", did you mean \"nn.Upsample\"?");
    check_wrong("[-1, 1, MobileNetBlock, [16]]",
                "MobileNetBlock: module \"MobileNetBlock\" is not supported");
}

static void test_wrong_arguments(void)
{
    check_wrong("[-1, 1, Conv, []]",
                "Conv: argument 1 (channels) must be an integer from 1 to 1048576, found none");
    check_wrong("[-1, 1, Conv, [big]]",
                "Conv: argument 1 (channels) must be an integer from 1 to 1048576, found 'big'");
    check_wrong("[-1, 1, Conv, [16, three]]",
                "Conv: argument 2 (kernel) must be an integer from 1 to 31, found 'three'");
    check_wrong("[-1, 1, Conv, [16, 3, 0]]",
                "Conv: argument 3 (stride) must be an integer from 1 to 32, found 0");
    check_wrong("[-1, 1, Conv, [16, 3, 1, 1.5]]",
                "Conv: argument 4 (padding) must be an integer from 0 to 31, found 1.5");
    check_wrong("[-1, 1, Conv, [16, 3, 1, 1, 3]]",
                "Conv: 3 groups do not divide 16 input and 16 output channels");
    check_wrong("[-1, 1, Conv, [16, 3, 1, 1, 1, 2]]",
                "Conv: argument 6 (dilation) must be an integer from 1 to 1, found 2");
    check_wrong(
        "[-1, 1, Conv, [16, 3, 1, 1, 1, nn.Mish()]]",
        "Conv: argument 6 (act) must be True, False, nn.SiLU(), nn.Hardswish(), nn.ReLU(), nn.Identity() or "
        "nn.LeakyReLU(SLOPE), found 'nn.Mish()'");
    check_wrong("[-1, 1, Sum, [2]]", "Sum: module \"Sum\" is not supported");
    check_wrong("[-1, 1, Conv, [16, 3, 1, 1, 1, True, 7]]", "Conv: 7 arguments, at most 6 are understood");
    check_wrong("[-1, 1, C3, [16, maybe]]", "C3: argument 2 (shortcut) must be True or False, found 'maybe'");
    check_wrong("[-1, 1, C3, [16, True, 1, -2]]",
                "C3: argument 4 (expansion) must be a number from 0.001 to 16, found -2");
    check_wrong("[-1, 1, SPP, [16, [5, 0]]]",
                "SPP: argument 2 (kernels) must be a list of integers from 1 to 15, found [5, 0]");
    check_wrong(
        "[-1, 1, SPP, [16, [4]]]",
        "SPP: for an image of 256x256: concat: input 0 is 128x128, input 1 is 129x129: sizes must be equal");
    check_wrong("[-1, 1, nn.Upsample, [None, 33, nearest]]",
                "nn.Upsample: argument 2 (factor) must be a number from 0.0625 to 32, found 33");
    check_wrong("[-1, 1, nn.Upsample, [None, 2, bicubic]]",
                "nn.Upsample: argument 3 (mode) must be 'nearest' or 'bilinear', found 'bicubic'");
    check_wrong("[-1, 1, nn.Upsample, [20, 2]]",
                "nn.Upsample: one of argument 1 (size) and argument 2 (factor) is wanted, found both");
    check_wrong("[-1, 1, nn.Upsample, [None, 2, nearest, True]]",
                "nn.Upsample: argument 4 (align_corners) belongs to 'bilinear', found True beside nearest");
    check_wrong("[-1, 1, nn.MaxPool2d, []]", "nn.MaxPool2d: argument 1 (kernel) is missing");
    check_wrong("[-1, 1, nn.MaxPool2d, [2, 2, 2]]",
                "nn.MaxPool2d: argument 3 (padding) must be an integer from 0 to 1, found 2");
    check_wrong("[-1, 1, nn.MaxPool2d, [2, 2, 0, 1, False, True]]",
                "nn.MaxPool2d: argument 6 must be False, found True");
    check_wrong("[-1, 1, nn.ZeroPad2d, [[0, 1, 0]]]",
                "nn.ZeroPad2d: argument 1 (padding) must have 1 number or 4, found 3");
    check_wrong("[-1, 1, nn.ConvTranspose2d, [16]]", "nn.ConvTranspose2d: argument 2 (kernel) is missing");
    check_wrong("[-1, 1, nn.ConvTranspose2d, [16, 2, 2, 2]]",
                "nn.ConvTranspose2d: a padding of 2 with a kernel of 2: at most 1 is wanted");
    check_wrong(
        "[-1, 1, nn.ConvTranspose2d, [16, 2, 2, 0, 2]]",
        "nn.ConvTranspose2d: an output padding of 2 with a stride of 2: less than the stride is wanted");
    check_wrong("[[-1, 0], 1, Concat, [2]]",
                "Concat: argument 1 (dimension) must be an integer from 1 to 1, found 2");
}

static void test_wrong_shapes(void)
{
    check_wrong("[[-1, -1], 2, Concat, [1]]", "Concat: repeated 2 times, but from several rows");
    check_wrong("[-1, 2, Conv, [32, 3, 1]]",
                "Conv: repeated 2 times, so input and output channels must be equal: 16 and 32");
    check_wrong("[-1, 500, C3, [16]]", "C3: number is 500 after the depth gain: 1 to 256 is wanted");
    check_wrong("[-1, 1, Conv, [1000000, 31]]", "Conv: a convolution of 16 to 1000000 channels is too large");
}

/* Sizes that do not meet are found before any image is: at the row that joins them. */
static void test_concat_of_different_sizes(void)
{
    yd_error error;
    const char *path =
        yd_test_yaml("nc: 2\ndepth_multiple: 1.0\nwidth_multiple: 1.0\nanchors: 3\nbackbone:\n"
                     "  - [-1, 1, Conv, [16, 3, 2]]\n  - [-1, 1, Conv, [16, 3, 2]]\n"
                     "  - [[-1, 0], 1, Concat, [1]]\nhead:\n  - [[-1], 1, Detect, [nc, anchors]]\n");
    char wanted[1400];
    snprintf(wanted, sizeof wanted,
             "%s:8: Concat: for an image of 256x256: concat: input 0 is 64x64, input 1 is 128x128: sizes "
             "must be equal",
             path);
    CHECK(yd_test_model_try(&yd_backend_ref, path, &error) == YD_ERR_CONFIG);
    CHECK_TEXT(error.message, wanted);
}

static void check_head(const char *scalars, const char *detect, const char *wanted)
{
    char text[2048];
    yd_error error;
    snprintf(text, sizeof text, "%sbackbone:\n  - [-1, 1, Conv, [16, 3, 2]]\nhead:\n  - %s\n", scalars,
             detect);
    CHECK(yd_test_model_try(&yd_backend_ref, yd_test_yaml(text), &error) != YD_OK);
    if (!strstr(error.message, wanted)) CHECK_TEXT(error.message, wanted);
}

static void test_wrong_whole(void)
{
    const char *fine = "nc: 2\ndepth_multiple: 1.0\nwidth_multiple: 1.0\nanchors: 3\n";
    check_head(fine, "[-1, 1, Conv, [16]]", "Conv: the last row must be Detect");
    check_head(fine, "[-1, 1, Detect, [7, anchors]]", "Detect: argument 1 must be nc, found 7");
    check_head(fine, "[-1, 1, Detect, [nc, 3]]", "Detect: argument 2 must be anchors, found 3");
    check_head("nc: 2\ndepth_multiple: 1.0\nwidth_multiple: 1.0\nanchors: [[1,2],[3,4]]\n",
               "[-1, 1, Detect, [nc, anchors]]", "Detect: 1 inputs, but anchors of 2 levels");
    check_head("nc: 2\nch: 4\ndepth_multiple: 1.0\nwidth_multiple: 1.0\nanchors: 3\n",
               "[-1, 1, Detect, [nc, anchors]]", "ch must be 3, found 4");
    check_head("nc: 2\nactivation: nn.Mish()\ndepth_multiple: 1.0\nwidth_multiple: 1.0\nanchors: 3\n",
               "[-1, 1, Detect, [nc, anchors]]", "activation must be nn.SiLU()");
}

static void test_repeats_and_activation(void)
{
    yd_test_model test =
        yd_test_model_open(&yd_backend_ref,
                           yd_test_yaml("nc: 2\nactivation: nn.LeakyReLU(0.1)\ndepth_multiple: "
                                        "1.0\nwidth_multiple: 1.0\nanchors: 3\nbackbone:\n"
                                        "  - [-1, 1, Conv, [16, [3, 3], 2]]\n  - [-1, 2, Bottleneck, [16]]\n "
                                        " - [-1, 1, Conv, [16, 1, 1, None, 1, False]]\n"
                                        "head:\n  - [[-1], 1, Detect, [nc, anchors]]\n"),
                           5);
    const yd_model *model = test.model;
    CHECK(model->graph.nodes[0].activation == YD_ACT_LEAKY_RELU && model->graph.nodes[0].slope == 0.1f);
    CHECK(yd_param_find(model, "model.1.1.cv2.conv.weight") > 0);
    const yd_module_tree *tree = yd_model_modules(model);
    CHECK_TEXT(tree->layers[1].module->class_name, "torch.nn.modules.container.Sequential");
    CHECK_TEXT(tree->layers[1].type, "models.common.Bottleneck");
    CHECK_TEXT(tree->layers[1].arguments, "[16, 16]");
    int last = model->graph.nodes[model->graph.heads[0]].inputs[0];
    CHECK(model->graph.nodes[model->graph.values[last].producer].activation == YD_ACT_NONE);
    CHECK(model->anchors_pixels[0][1][0] == 2 && model->anchors_pixels[0][1][1] == 3); /* placeholders */
    CHECK(model->graph.nodes[model->graph.heads[0]].out_channels == 3 * 10);
    yd_test_model_close(&test);
}

/* A conv as wide as an output layer is not scaled: 3 * (59 + 5) = 192. */
static void test_output_width_is_not_scaled(void)
{
    const char *path =
        yd_test_yaml("nc: 59\ndepth_multiple: 1.0\nwidth_multiple: 0.5\nanchors: 3\nbackbone:\n"
                     "  - [-1, 1, Conv, [192, 3, 2]]\nhead:\n  - [[-1], 1, Detect, [nc, anchors]]\n");
    yd_test_model as_written = yd_test_model_open(&yd_backend_ref, path, 0),
                  other = yd_test_model_open(&yd_backend_ref, path, 60);
    CHECK(as_written.model->graph.values[1].channels == 192);
    CHECK(other.model->graph.values[1].channels == 96);
    yd_test_model_close(&as_written);
    yd_test_model_close(&other);
}

/* Levels whose anchors shrink while strides grow are turned round. */
static void test_anchor_order(void)
{
    yd_test_model test = yd_test_model_open(
        &yd_backend_ref,
        yd_test_yaml("nc: 2\ndepth_multiple: 1.0\nwidth_multiple: 1.0\nanchors: [[50,60, 70,80],[5,6, "
                     "7,8]]\nbackbone:\n"
                     "  - [-1, 1, Conv, [16, 3, 2]]\n  - [-1, 1, Conv, [16, 3, 2]]\nhead:\n"
                     "  - [[0, 1], 1, Detect, [nc, anchors]]\n"),
        0);
    CHECK(test.model->anchors_pixels[0][0][0] == 5 && test.model->anchors_pixels[1][1][1] == 80);
    yd_test_model_close(&test);
}

/* By means the large level comes last; by ends the first anchor of all is larger than the last, and equal
 * ends are turned round too. */
static void test_anchor_order_of_generations(void)
{
    static const struct {
        float anchors[4][2];
        bool by_means, by_ends; /* turned round */
    } rows[] = {{{{10, 10}, {90, 90}, {5, 5}, {40, 40}}, true, false},
                {{{30, 30}, {5, 5}, {90, 90}, {20, 20}}, false, true},
                {{{10, 10}, {20, 20}, {90, 90}, {10, 10}}, false, true},
                {{{10, 10}, {20, 20}, {10, 10}, {20, 20}}, false, false},
                {{{20, 20}, {10, 10}, {10, 10}, {20, 20}}, false, true}};
    yd_test_model test = yd_test_model_rows(
        &yd_backend_ref,
        "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Conv, [16, 3, 2]]\n[[0, 1], 1, Detect, [nc, anchors]]", 2);
    CHECK(test.model->nl == 2 && test.model->na == 2 &&
          test.model->yaml.anchor_order == YD_ANCHOR_ORDER_MEANS);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int ends = 0; ends < 2; ends++) {
            test.model->yaml.anchor_order = ends ? YD_ANCHOR_ORDER_ENDS : YD_ANCHOR_ORDER_MEANS;
            yd_model_set_anchors(test.model, rows[i].anchors);
            bool turned = ends ? rows[i].by_ends : rows[i].by_means;
            for (int a = 0; a < 4; a++)
                CHECK(test.model->anchors_pixels[a / 2][a % 2][0] ==
                      rows[i].anchors[turned ? (a + 2) % 4 : a][0]);
        }
    yd_test_model_close(&test);
}

static const yd_test_case cases[] = {
    {"depth and width gains", test_gains},
    {"wrong references", test_wrong_references},
    {"wrong modules", test_wrong_modules},
    {"wrong arguments", test_wrong_arguments},
    {"wrong shapes", test_wrong_shapes},
    {"concat of different sizes", test_concat_of_different_sizes},
    {"wrong heads and scalars", test_wrong_whole},
    {"repeats, activation, placeholders", test_repeats_and_activation},
    {"output width is not scaled", test_output_width_is_not_scaled},
    {"order of anchors", test_anchor_order},
    {"order of anchors by ends and by means", test_anchor_order_of_generations},
};
TEST_MAIN(cases)
