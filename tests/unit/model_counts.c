/* The published counts of every model: layers, parameters, GFLOPs at 640, entries of the state dict, and for
 * yolov5s the parameters of each row. (model_and_loss.md, 8) */
#include "backend/ref/ref.h"
#include "model/summary.h"
#include "support/models.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct counts {
    const char *name; /* below configs/models */
    int layers;
    size_t parameters;
    double gflops;
    int convolutions, norms, entries;
} counts;

static const counts published[] = {
    {"v5.0/yolov5s", 283, 7276605, 17.06, 62, 59, 362},
    {"v5.0/yolov5m", 391, 21375645, 51.43, 86, 83, 506},
    {"v5.0/yolov5l", 499, 47056765, 115.60, 110, 107, 650},
    {"v5.0/yolov5x", 607, 87775965, 219.03, 134, 131, 794},
    {"v5.0/yolov5s6", 368, 12667836, 17.43, 81, 77, 472},
    {"v5.0/yolov5m6", 503, 35917020, 52.47, 111, 107, 652},
    {"v5.0/yolov5l6", 638, 77263228, 117.85, 141, 137, 832},
    {"v5.0/yolov5x6", 773, 141821340, 223.15, 171, 167, 1012},
    {"v5.0/yolov5-panet", 499, 47818749, 117.30, 118, 107, 658},
    {"v5.0/yolov5-fpn", 462, 50262781, 118.54, 108, 99, 608},
    {"v5.0/yolov5s-transformer", 284, 7276861, 16.85, 60, 57, 361},
    {"v5.0/yolov5-p2", 574, 47953533, 130.57, 126, 123, 746},
    {"v5.0/yolov5-p7", 776, 143955579, 122.44, 172, 167, 1014},
    {"yolov5-p2", 544, 47493372, 125.94, 121, 117, 711},
    {"yolov5-p34", 241, 5331518, 15.01, 53, 51, 311},
    {"yolov5-p6", 607, 76770172, 111.54, 135, 131, 795},
    {"yolov5-p7", 746, 144281723, 116.17, 166, 161, 977},
    {"yolov5n", 270, 1872157, 4.52, 60, 57, 349},
    {"yolov5s", 270, 7235389, 16.53, 60, 57, 349},
    {"yolov5m", 369, 21190557, 49.06, 82, 79, 481},
    {"yolov5l", 468, 46563709, 109.29, 104, 101, 613},
    {"yolov5x", 567, 86749405, 205.89, 126, 123, 745},
    {"yolov5n6", 355, 3246940, 4.61, 79, 75, 459},
    {"yolov5s6", 355, 12626620, 16.90, 79, 75, 459},
    {"yolov5m6", 481, 35731932, 50.10, 107, 103, 627},
    {"yolov5l6", 607, 76770172, 111.54, 135, 131, 795},
    {"yolov5x6", 733, 140794780, 210.01, 163, 159, 963},
    {"yolov5s-LeakyReLU", 270, 7235389, 16.53, 60, 57, 349},
    {"yolov5s-ghost", 453, 3897605, 8.80, 90, 87, 529},
    {"yolov5s-transformer", 271, 7235645, 16.32, 58, 55, 348},
    {"yolov5-panet", 468, 46563709, 109.29, 104, 101, 613},
    {"yolov5-fpn", 417, 41117565, 100.05, 93, 90, 547},
    {"yolov5-bifpn", 468, 46825853, 110.13, 104, 101, 613},
    {"yolov3", 333, 61949149, 156.26, 75, 72, 439},
    {"yolov3-spp", 342, 62998749, 157.10, 76, 73, 445},
    {"yolov3-tiny", 59, 8852366, 13.23, 13, 11, 71},
};

static void check_counts(const yd_model *model, const counts *wanted)
{
    yd_model_summary summary;
    yd_error error;
    REQUIRE(yd_model_summarize(model, 640, &summary, &error) == YD_OK);
    CHECK(summary.layers == wanted->layers);
    CHECK(summary.parameters == wanted->parameters && summary.gradients == wanted->parameters);
    CHECK_NEAR(summary.gflops, wanted->gflops, 0.005001);
    CHECK(model->param_count == wanted->entries);
    CHECK(model->counter_count == wanted->norms);
    int convolutions = 0;
    for (int i = 0; i < model->param_count; i++) convolutions += model->params[i].rank == 4;
    CHECK(convolutions == wanted->convolutions);
}

static void test_published(void)
{
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        yd_test_model test = yd_test_model_shipped(&yd_backend_ref, published[i].name, 0);
        check_counts(test.model, &published[i]);
        yd_test_model_close(&test);
    }
}

static void check_rows(const char *name, const size_t *wanted, int count)
{
    yd_test_model test = yd_test_model_shipped(&yd_backend_ref, name, 0);
    const yd_module_tree *tree = yd_model_modules(test.model);
    REQUIRE(tree->layer_count == count);
    for (int i = 0; i < count; i++) CHECK(tree->layers[i].parameters == wanted[i]);
    yd_test_model_close(&test);
}

static void test_rows(void)
{
    size_t v5[] = {3520,    18560,  18816,  73984,  156928, 295424,  625152, 1180672, 656896,
                   1182720, 131584, 0,      0,      361984, 33024,   0,      0,       90880,
                   147712,  0,      296448, 590336, 0,      1182720, 229245};
    check_rows("v5.0/yolov5s", v5, 25);
    size_t v6[25];
    memcpy(v6, v5, sizeof v6);
    v6[4] = 115712, v6[8] = 1182720, v6[9] = 656896;
    check_rows("yolov5s", v6, 25);
}

/* Only Detect depends on the classes: na * (nc + 5) * (channels + 1) a level. */
static void test_classes(void)
{
    yd_test_model test = yd_test_model_shipped(&yd_backend_ref, "yolov5n", 3);
    yd_model_summary summary;
    yd_error error;
    REQUIRE(yd_model_summarize(test.model, 640, &summary, &error) == YD_OK);
    CHECK(summary.parameters == 1872157 - 3 * 77 * (64 + 128 + 256 + 3));
    CHECK(test.model->nc == 3 && test.model->yaml.nc == 3);
    CHECK_TEXT(test.model->names[2], "2");
    yd_test_model_close(&test);
}

static void test_strides_and_anchors(void)
{
    yd_test_model test = yd_test_model_shipped(&yd_backend_ref, "yolov5s", 0);
    const yd_model *model = test.model;
    CHECK(model->nl == 3 && model->na == 3 && model->max_stride == 32 && !model->focus_generation);
    CHECK(model->stride[0] == 8 && model->stride[1] == 16 && model->stride[2] == 32);
    CHECK(model->anchors_pixels[0][0][0] == 10 && model->anchors_pixels[2][2][1] == 326);
    CHECK_TEXT(model->params[model->anchors_param].name, "model.24.anchors");
    yd_test_model_close(&test);
}

/* The entries of v5.0 stand in YOLOv5's own order: buffers of Detect before its convolutions, cv3 of a C3
 * before its m. */
static void test_entry_order(void)
{
    yd_test_model test = yd_test_model_shipped(&yd_backend_ref, "v5.0/yolov5s", 0);
    const yd_model *model = test.model;
    static const char *const first[] = {"model.0.conv.conv.weight",    "model.0.conv.bn.weight",
                                        "model.0.conv.bn.bias",        "model.0.conv.bn.running_mean",
                                        "model.0.conv.bn.running_var", "model.0.conv.bn.num_batches_tracked",
                                        "model.1.conv.weight"};
    static const char *const last[] = {"model.24.anchors",    "model.24.anchor_grid", "model.24.m.0.weight",
                                       "model.24.m.0.bias",   "model.24.m.1.weight",  "model.24.m.1.bias",
                                       "model.24.m.2.weight", "model.24.m.2.bias"};
    for (int i = 0; i < 7; i++) CHECK_TEXT(model->params[i].name, first[i]);
    for (int i = 0; i < 8; i++) CHECK_TEXT(model->params[model->param_count - 8 + i].name, last[i]);
    const yd_param *stem = &model->params[0], *grid = &model->params[model->anchors_param + 1];
    CHECK(stem->rank == 4 && stem->dims[0] == 32 && stem->dims[1] == 12 && stem->dims[2] == 3 &&
          stem->dims[3] == 3);
    CHECK(grid->rank == 6 && grid->dims[0] == 3 && grid->dims[1] == 1 && grid->dims[2] == 3 &&
          grid->dims[5] == 2);
    CHECK(yd_param_find(model, "model.2.cv3.conv.weight") <
          yd_param_find(model, "model.2.m.0.cv1.conv.weight"));
    CHECK(yd_param_find(model, "model.99.weight") == -1);
    yd_test_model_close(&test);
}

static const yd_module *child(const yd_module *module, const char *path)
{
    for (; *path; path += strspn(path, ".")) {
        size_t length = strcspn(path, ".");
        const yd_module *found = NULL;
        for (int i = 0; i < module->child_count && !found; i++)
            if (strlen(module->children[i]->name) == length &&
                strncmp(module->children[i]->name, path, length) == 0)
                found = module->children[i];
        if (!found) yd_test_fatal(__FILE__, __LINE__, "%s has no child %s", module->class_name, path);
        module = found;
        path += length;
    }
    return module;
}

static const yd_module_attr *attr(const yd_module *module, const char *name)
{
    for (int i = 0; i < module->attr_count; i++)
        if (strcmp(module->attrs[i].name, name) == 0) return &module->attrs[i];
    yd_test_fatal(__FILE__, __LINE__, "%s has no attribute %s", module->class_name, name);
}

static void test_module_tree(void)
{
    yd_test_model test = yd_test_model_shipped(&yd_backend_ref, "yolov5s", 0);
    const yd_module_tree *tree = yd_model_modules(test.model);
    const yd_module *c3 = child(tree->root, "model.2"), *stem = child(tree->root, "model.0.conv");
    CHECK_TEXT(tree->root->class_name, "models.yolo.Model");
    CHECK_TEXT(c3->class_name, "models.common.C3");
    static const char *const order[] = {"cv1", "cv2", "cv3", "m"};
    REQUIRE(c3->child_count == 4);
    for (int i = 0; i < 4; i++) CHECK_TEXT(c3->children[i]->name, order[i]);
    CHECK_TEXT(child(c3, "cv1.act")->class_name, "torch.nn.modules.activation.SiLU");
    CHECK(attr(child(c3, "m.0"), "add")->number == 1);
    CHECK(attr(child(tree->root, "model.13.m.0"), "add")->number == 0);
    CHECK(attr(stem, "kernel_size")->list[0] == 6 && attr(stem, "padding")->list[1] == 2 &&
          attr(stem, "in_channels")->number == 3);
    REQUIRE(stem->entry_count == 2);
    CHECK_TEXT(stem->entries[0].name, "weight");
    CHECK_TEXT(test.model->params[stem->entries[0].param].name, "model.0.conv.weight");
    CHECK_TEXT(stem->entries[1].name, "bias");
    CHECK(stem->entries[1].param == -1);
    const yd_module *detect = child(tree->root, "model.24");
    CHECK(attr(detect, "f")->kind == YD_ATTR_INT_LIST && attr(detect, "f")->list[2] == 23 &&
          attr(detect, "i")->number == 24);
    CHECK(attr(detect, "np")->number == 229245 && attr(detect, "no")->number == 85);
    CHECK(tree->save_count == 7 && tree->save[0] == 4 && tree->save[1] == 6 && tree->save[6] == 23);
    yd_test_model_close(&test);
}

/* BottleneckCSP activates its norm by leaky ReLU in v5.0, by SiLU since. */
static void test_generations(void)
{
    static const struct {
        const char *first, *wanted;
    } both[] = {{"[-1, 1, Focus, [16, 3]]", "torch.nn.modules.activation.LeakyReLU"},
                {"[-1, 1, Conv, [16, 6, 2, 2]]", "torch.nn.modules.activation.SiLU"}};
    for (int i = 0; i < 2; i++) {
        char rows[256];
        snprintf(
            rows, sizeof rows,
            "%s\n[-1, 1, BottleneckCSP, [16]]\n[-1, 1, MixConv2d, [16]]\n[[-1], 1, Detect, [nc, anchors]]",
            both[i].first);
        yd_test_model test = yd_test_model_rows(&yd_backend_ref, rows, 1);
        const yd_module *root = yd_model_modules(test.model)->root;
        CHECK_TEXT(child(root, "model.1.act")->class_name, both[i].wanted);
        CHECK_TEXT(child(root, "model.2.act")->class_name, both[i].wanted);
        CHECK_TEXT(child(root, "model.1.cv1.act")->class_name, "torch.nn.modules.activation.SiLU");
        const yd_graph *graph = &test.model->graph;
        const yd_node *added = &graph->nodes[graph->node_count - 2]; /* before the head */
        CHECK((added->kind == YD_OP_ADD) == (i == 0));
        CHECK(attr(child(root, "model.2.m.0"), "groups")->number == (i == 0 ? 1 : 8));
        yd_test_model_close(&test);
    }
}

static void test_printed(void)
{
    yd_test_model test = yd_test_model_shipped(&yd_backend_ref, "v5.0/yolov5s", 0);
    yd_text text = {0};
    yd_model_print_layers(test.model, &text);
    REQUIRE(text.data);
    CHECK(strstr(text.data,
                 "  0                -1  1      3520  models.common.Focus                     [3, 32, 3]"));
    CHECK(
        strstr(text.data,
               "  4                -1  3    156928  models.common.C3                        [128, 128, 3]"));
    CHECK(strstr(text.data, "[1, 5, 9, 13]") == NULL && strstr(text.data, "[512, 512, [5, 9, 13]]"));
    CHECK(strstr(text.data, "torch.nn.modules.upsampling.Upsample    [None, 2, 'nearest']"));
    CHECK(
        strstr(text.data, " 12           [-1, 6]  1         0  models.common.Concat                    [1]"));
    CHECK(strstr(text.data, "[512, 512, 1, False]"));
    CHECK(strstr(text.data,
                 "[80, [[10, 13, 16, 30, 33, 23], [30, 61, 62, 45, 59, 119], [116, 90, 156, 198, 373, 326]], "
                 "[128, 256, 512]]"));
    CHECK(strstr(text.data, "283 layers, 7276605 parameters, 7276605 gradients, 17.1 GFLOPs"));
    yd_text_free(&text);
    yd_test_model_close(&test);
}

static void test_freeze(void)
{
    yd_test_model test = yd_test_model_shipped(&yd_backend_ref, "yolov5n", 0);
    yd_model_summary all, some;
    yd_error error;
    REQUIRE(yd_model_summarize(test.model, 640, &all, &error) == YD_OK);
    CHECK(yd_model_freeze(test.model, (int[]){2}, 1) == 6); /* layers 0 and 1: weight, gamma, beta each */
    REQUIRE(yd_model_summarize(test.model, 640, &some, &error) == YD_OK);
    CHECK(some.parameters == all.parameters && some.gradients == all.gradients - 1760 - 4672);
    CHECK(!test.model->params[yd_param_find(test.model, "model.0.bn.running_mean")].frozen);
    CHECK(yd_model_freeze(test.model, (int[]){1, 24}, 2) == 3 + 6); /* exactly those: layer 0 trains again */
    CHECK(!test.model->params[0].frozen &&
          test.model->params[yd_param_find(test.model, "model.24.m.1.bias")].frozen);
    CHECK(!yd_model_is_frozen(test.model));
    CHECK(yd_model_freeze(test.model, (int[]){24}, 1) > 0 && !yd_model_is_frozen(test.model));
    CHECK(yd_model_freeze(test.model, (int[]){25}, 1) > 0 && yd_model_is_frozen(test.model));
    CHECK(yd_model_freeze(test.model, NULL, 0) == 0 && !yd_model_is_frozen(test.model));
    yd_test_model_close(&test);
}

/* Before v7.0 the optimizer passes over the projections of attention. */
static void test_left_out(void)
{
    yd_test_model test = yd_test_model_shipped(&yd_backend_ref, "yolov5s-transformer", 0);
    yd_model_summary summary;
    yd_error error;
    const yd_param *projection =
        &test.model->params[yd_param_find(test.model, "model.8.m.tr.0.ma.in_proj_weight")];
    CHECK(!projection->frozen && projection->rank == 2 && projection->dims[0] == 3 * 256 &&
          projection->dims[1] == 256);
    yd_model_leave_out_unnamed(test.model);
    int left_out = 0;
    for (int i = 0; i < test.model->param_count; i++) {
        const yd_param *param = &test.model->params[i];
        CHECK(param->frozen == param->left_out && (!param->left_out || strstr(param->name, ".ma.in_proj_")));
        left_out += param->left_out;
    }
    CHECK(left_out == 2);
    REQUIRE(yd_model_summarize(test.model, 640, &summary, &error) == YD_OK);
    CHECK(summary.gradients == summary.parameters); /* their gradients are computed there, and never used */
    yd_model_freeze(test.model, NULL, 0);
    CHECK(!projection->frozen && !projection->left_out);
    yd_test_model_close(&test);
}

static const yd_test_case cases[] = {
    {"counts of all models", test_published},
    {"parameters of each row of yolov5s", test_rows},
    {"another number of classes", test_classes},
    {"strides and anchors", test_strides_and_anchors},
    {"order and shapes of the state dict", test_entry_order},
    {"module tree", test_module_tree},
    {"forms of both generations", test_generations},
    {"printed table", test_printed},
    {"freezing", test_freeze},
    {"parameters that v5.0 does not train", test_left_out},
};
TEST_MAIN(cases)
