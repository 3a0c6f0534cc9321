/* Which kernel oneDNN has for every convolution of the shipped models: never its reference code, never a
 * plain matrix product, and none that wants its tensors converted first. */
#include "backend/cpu/cpu.h"
#include "backend/cpu/device.h"
#include "backend/cpu/winograd.h"
#include "support/models.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const shipped[] = {"yolov5n",      "yolov5s",      "yolov5m",
                                      "yolov5l",      "yolov5x",      "v5.0/yolov5s",
                                      "v5.0/yolov5m", "v5.0/yolov5l", "v5.0/yolov5x"};

/* Shapes whose kernels were looked at: models share most of them. */
typedef struct seen {
    yd_conv_desc desc;
    int kernel, stride, pad;
} seen;
static seen known[2048];
static int known_count;

static bool is_known(const yd_conv_desc *desc)
{
    seen s;
    memset(&s, 0, sizeof s);
    memcpy(&s.desc, desc, sizeof *desc);
    s.desc.node = NULL;
    s.kernel = desc->node->kernel_h, s.stride = desc->node->stride_h, s.pad = desc->node->pad_h;
    for (int i = 0; i < known_count; i++)
        if (memcmp(&known[i], &s, sizeof s) == 0) return true;
    REQUIRE(known_count < 2048);
    known[known_count++] = s;
    return false;
}

/* Maps of a few pixels, which only test models have: below AVX-512 some gradients are matrix products there;
 * where Winograd's algorithm serves larger maps, the data gradient's weights are converted. */
static bool may_be_slow(const yd_conv_desc *desc)
{
    if (yd_dnnl_isa() != YD_ISA_AVX512) return desc->out_height < 3;
    return desc->pass == YD_CONV_DATA && !desc->winograd &&
           yd_winograd_serves(desc->node, &desc->weights, desc->type);
}

static void check_pass(yd_device *device, const yd_conv_desc *desc, const char *model)
{
    yd_dnnl_conv *conv;
    yd_error error;
    size_t scratch;
    if (is_known(desc)) return;
    if (yd_dnnl_conv_create(device->dnnl, desc, &conv, &scratch, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s: %s", model, error.message);
    const char *name = yd_dnnl_conv_implementation(conv);
    if (desc->winograd && !strstr(name, "wino"))
        yd_test_fatal(__FILE__, __LINE__, "%s: layer %d, pass %d: %s, not Winograd's", model,
                      desc->node->layer, (int)desc->pass, name);
    if (!strstr(name, "jit") || strstr(name, "ref") ||
        ((strstr(name, "gemm") || yd_dnnl_conv_reorders(conv)) && !may_be_slow(desc)))
        yd_test_fatal(__FILE__, __LINE__, "%s: layer %d, %d -> %d, %dx%d, pass %d: %s%s", model,
                      desc->node->layer, desc->weights.in, desc->weights.out, desc->out_height,
                      desc->out_width, (int)desc->pass, name,
                      yd_dnnl_conv_reorders(conv) ? ", with conversions" : "");
    yd_dnnl_conv_destroy(conv);
}

static void check_conv(yd_device *device, const yd_model *model, const yd_node *node, yd_shape in,
                       yd_shape out, const char *name)
{
    const yd_weight_layout master = yd_weight_master(node, &model->maps[node->inputs[0]],
                                                     &model->maps[node->output], device->vector->block);
    const yd_weight_layout forward = yd_weight_for_forward(&master, device->activations);
    yd_conv_desc desc;
    memset(&desc, 0, sizeof desc); /* compared byte by byte */
    desc.node = node;
    desc.weights = forward;
    desc.type = device->activations;
    desc.result = node->kind == YD_OP_HEAD ? YD_F32 : desc.type;
    desc.batch = in.n, desc.height = in.h, desc.width = in.w, desc.out_height = out.h, desc.out_width = out.w;
    desc.bias = node->kind == YD_OP_HEAD;
    const bool served = yd_winograd_serves(node, &master, desc.type);
    desc.winograd = served && yd_winograd_chosen(&desc);
    check_pass(device, &desc, name);
    desc.pass = YD_CONV_WEIGHTS;
    desc.weights = master;
    check_pass(device, &desc, name);
    if (master.form != YD_FORM_IMAGE) {
        desc.pass = YD_CONV_DATA;
        desc.weights = served ? master : yd_weight_for_data(&master, desc.type);
        check_pass(device, &desc, name);
    }
    desc.pass = YD_CONV_FORWARD; /* EVAL */
    desc.weights = forward;
    desc.bias = true;
    desc.activation = node->activation;
    desc.slope = node->slope;
    check_pass(device, &desc, name);
}

static void check_model(const yd_test_model *test, int batch, int height, int width, const char *name)
{
    const yd_graph *graph = &test->model->graph;
    yd_shape *shapes = calloc((size_t)graph->value_count, sizeof *shapes);
    yd_error error;
    REQUIRE(shapes);
    shapes[0] = (yd_shape){batch, 3, height, width};
    for (int i = 0; i < graph->node_count; i++) {
        const yd_node *node = &graph->nodes[i];
        yd_shape inputs[YD_NODE_MAX_INPUTS];
        for (int k = 0; k < node->input_count; k++) inputs[k] = shapes[node->inputs[k]];
        if (yd_op_infer(node, inputs, &shapes[node->output], &error) != YD_OK)
            yd_test_fatal(__FILE__, __LINE__, "%s: %s", name, error.message);
        if (node->kind == YD_OP_CONV || node->kind == YD_OP_HEAD)
            check_conv(test->device, test->model, node, inputs[0], shapes[node->output], name);
    }
    free(shapes);
}

static void require_avx2(void)
{
    if (yd_dnnl_isa() == YD_ISA_PLAIN)
        yd_test_skip("without AVX2 oneDNN has reference code only for the gradients");
}

static void check_shipped(yd_dtype type)
{
    known_count = 0;
    for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
        yd_test_model test = yd_test_model_shipped(&yd_backend_cpu, shipped[i], 80);
        test.device->activations = type;
        check_model(&test, 8, 320, 320, shipped[i]);
        check_model(&test, 2, 640, 640, shipped[i]);
        if (i == 0) check_model(&test, 1, 384, 640, shipped[i]);
        yd_test_model_close(&test);
    }
    printf("  %d passes looked at\n", known_count);
}

static void test_shipped(void)
{
    require_avx2();
    check_shipped(YD_F32);
}

static void test_shipped_bf16(void)
{
    if (!yd_dnnl_has_bf16()) yd_test_skip("this processor, or oneDNN here, has no bf16 of its own");
    check_shipped(YD_BF16);
}

static void check_micro(const char *file, int size)
{
    char name[64];
    snprintf(name, sizeof name, "golden/%s", file);
    yd_test_model test = yd_test_model_open(&yd_backend_cpu, yd_test_shared(name), 0);
    check_model(&test, 2, size, size, file);
    yd_test_model_close(&test);
}

static void test_micro_v6(void)
{
    require_avx2();
    check_micro("micro_v6.yaml", 96);
}

static void test_micro_v5(void)
{
    require_avx2();
    check_micro("micro_v5.yaml", 64);
}

static const yd_test_case cases[] = {
    {"shipped models", test_shipped},
    {"shipped models in bf16", test_shipped_bf16},
    {"micro_v6", test_micro_v6},
    {"micro_v5", test_micro_v5},
};
TEST_MAIN(cases)
