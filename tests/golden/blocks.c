/* What a model, its loss and its optimizer consist of against PyTorch: the pack blocks.npz beside this file,
 * which make_blocks.py describes and makes. The reference backend, loss, boxes: to 1e-6; the cpu backend in
 * float32 as close as PyTorch's own, within a small factor. */
#include "backend/cpu/cpu.h"
#include "backend/cpu/prepare.h"
#include "backend/ref/ref.h"
#include "eval/decode.h"
#include "support/golden.h"
#include "support/heads.h"
#include "support/op_cases.h"
#include "support/test.h"
#include "train/ciou.h"
#include "train/loss.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const yd_golden_tolerance exact = {.floor = 1e-6}, close_by = {.floor = 1e-5, .noise_factor = 8};

enum { NAME = 64 };

static yd_npz *open_pack(void)
{
    return yd_npz_open(YD_SOURCE_DIR "/tests/golden/blocks.npz");
}

static yd_golden_tolerance tolerance_of(yd_dtype dtype)
{
    return dtype == YD_F64 ? exact : close_by;
}

static const char *joined(char out[NAME], const char *group, const char *array)
{
    REQUIRE(snprintf(out, NAME, "%s/%s", group, array) < NAME);
    return out;
}

static const char *indexed(char out[NAME], const char *group, const char *stem, int index)
{
    REQUIRE(snprintf(out, NAME, "%s/%s%d", group, stem, index) < NAME);
    return out;
}

static const yd_npy *array_of(yd_npz *pack, const char *group, const char *array)
{
    char name[NAME];
    return yd_npz_need(pack, joined(name, group, array));
}

/* A member of the index-th object of a list in params. */
static double setting(yd_npz *pack, const char *list, int index, const char *key)
{
    char place[16];
    snprintf(place, sizeof place, "%d", index);
    double value = yd_params_number(yd_npz_params(pack), NAN, list, place, key, NULL);
    if (isnan(value)) yd_test_fatal(__FILE__, __LINE__, "params lack %s of %s %d", key, list, index);
    return value;
}

static int setting_int(yd_npz *pack, const char *list, int index, const char *key)
{
    return (int)setting(pack, list, index, key);
}

static void group_name(yd_npz *pack, const char *list, int index, char out[NAME])
{
    char place[16];
    snprintf(place, sizeof place, "%d", index);
    REQUIRE(yd_params_text(yd_npz_params(pack), out, NAME, list, place, "name", NULL));
}

static int group_count(yd_npz *pack, const char *list)
{
    int count = yd_params_count(yd_npz_params(pack), list, NULL);
    REQUIRE(count > 0);
    return count;
}

/* A buffer of the dtype, to be freed; and back. */
static void *narrowed(const yd_npy *array, yd_dtype dtype)
{
    char *made = malloc(array->elements * yd_dtype_size(dtype));
    REQUIRE(made);
    for (size_t i = 0; i < array->elements; i++)
        if (dtype == YD_F64)
            ((double *)made)[i] = yd_npy_at(array, i);
        else
            ((float *)made)[i] = (float)yd_npy_at(array, i);
    return made;
}

static void compare_buffer(yd_npz *pack, const char *name, const void *found, size_t count, yd_dtype dtype,
                           yd_golden_tolerance tolerance)
{
    double *wide = malloc(count * sizeof *wide);
    REQUIRE(wide);
    for (size_t i = 0; i < count; i++)
        wide[i] = dtype == YD_F64 ? ((const double *)found)[i] : (double)((const float *)found)[i];
    yd_golden_compare(pack, name, wide, count, tolerance);
    free(wide);
}

/* Operations */

static void load_list(yd_npz *pack, const char *group, const char *array, yd_op_list *list)
{
    const yd_npy *from = array_of(pack, group, array);
    yd_op_list_make(list, from->elements);
    for (size_t i = 0; i < from->elements; i++) list->v[i] = yd_npy_at(from, i);
}

static void compare_list(yd_npz *pack, const char *group, const char *array, const yd_op_list *found,
                         const yd_backend *backend)
{
    char name[NAME];
    yd_golden_compare(pack, joined(name, group, array), found->v, found->n, tolerance_of(backend->dtype));
}

/* Shape of the one input, and the gradient that comes in, from the group. */
static void set_up_case(yd_npz *pack, const char *group, yd_op_case *c, yd_op_numbers *in)
{
    const yd_npy *x = array_of(pack, group, "x");
    REQUIRE(x->rank == 4);
    c->name = group;
    c->n = (int)x->dims[0], c->channels[0][0] = (int)x->dims[1];
    c->h = (int)x->dims[2], c->w = (int)x->dims[3];
    c->node.input_count = 1;
    c->gradients = 1;
    load_list(pack, group, "x", &in->lists[YD_CASE_INPUT]);
    load_list(pack, group, "g", &in->lists[YD_CASE_GRADIENT]);
}

static void check_conv(yd_npz *pack, const yd_backend *backend, const yd_op_case *c, const yd_op_numbers *in)
{
    static const struct {
        int list;
        const char *array;
    } results[] = {{YD_CASE_OUTPUT, "y"},  {YD_CASE_MEAN, "mean1"},   {YD_CASE_VARIANCE, "var1"},
                   {YD_CASE_WEIGHT, "dw"}, {YD_CASE_GAMMA, "dgamma"}, {YD_CASE_BETA, "dbeta"}};
    yd_op_numbers trained = {0}, evaluated = {0};
    yd_op_case_run(backend, c, YD_MODE_TRAIN, false, in, &trained);
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        compare_list(pack, c->name, results[i].array, &trained.lists[results[i].list], backend);
    if (!c->image) compare_list(pack, c->name, "dx", &trained.lists[YD_CASE_INPUT], backend);
    yd_op_case_run(backend, c, YD_MODE_EVAL, false, in, &evaluated);
    compare_list(pack, c->name, "y_eval", &evaluated.lists[YD_CASE_OUTPUT], backend);
    compare_list(pack, c->name, "mean", &evaluated.lists[YD_CASE_MEAN], backend);
    compare_list(pack, c->name, "var", &evaluated.lists[YD_CASE_VARIANCE], backend);
    yd_op_numbers_free(&trained);
    yd_op_numbers_free(&evaluated);
}

static void check_convolutions(const yd_backend *backend)
{
    static const struct {
        int list;
        const char *array;
    } params[] = {{YD_CASE_WEIGHT, "w"},
                  {YD_CASE_GAMMA, "gamma"},
                  {YD_CASE_BETA, "beta"},
                  {YD_CASE_MEAN, "mean"},
                  {YD_CASE_VARIANCE, "var"}};
    yd_npz *pack = open_pack();
    int count = group_count(pack, "convolutions");
    for (int i = 0; i < count; i++) {
        char group[NAME];
        yd_op_numbers in = {0};
        group_name(pack, "convolutions", i, group);
        const yd_npy *w = array_of(pack, group, "w");
        REQUIRE(w->rank == 4);
        int stride = setting_int(pack, "convolutions", i, "stride");
        int pad = setting_int(pack, "convolutions", i, "pad");
        yd_op_case c = {.node = {.kind = YD_OP_CONV,
                                 .in_channels = (int)w->dims[1],
                                 .out_channels = (int)w->dims[0],
                                 .kernel_h = (int)w->dims[2],
                                 .kernel_w = (int)w->dims[3],
                                 .stride_h = stride,
                                 .stride_w = stride,
                                 .pad_h = pad,
                                 .pad_w = pad,
                                 .groups = 1,
                                 .norm = true,
                                 .weight = 1,
                                 .gamma = 1,
                                 .beta = 1,
                                 .mean = 1,
                                 .variance = 1,
                                 .activation = YD_ACT_SILU}};
        set_up_case(pack, group, &c, &in);
        for (size_t k = 0; k < sizeof params / sizeof *params; k++)
            load_list(pack, group, params[k].array, &in.lists[params[k].list]);
        check_conv(pack, backend, &c, &in);
        c.image = c.node.in_channels == 3; /* the layer that reads the image: no padding, no gradient */
        if (c.image) check_conv(pack, backend, &c, &in);
        yd_op_numbers_free(&in);
    }
    yd_npz_close(pack);
}

static void check_plain(const yd_backend *backend, const char *group, yd_node node)
{
    yd_npz *pack = open_pack();
    yd_op_case c = {.node = node};
    yd_op_numbers in = {0}, out = {0};
    set_up_case(pack, group, &c, &in);
    yd_op_case_run(backend, &c, YD_MODE_TRAIN, false, &in, &out);
    compare_list(pack, group, "y", &out.lists[YD_CASE_OUTPUT], backend);
    compare_list(pack, group, "dx", &out.lists[YD_CASE_INPUT], backend);
    yd_op_numbers_free(&in);
    yd_op_numbers_free(&out);
    yd_npz_close(pack);
}

static void check_operations(const yd_backend *backend)
{
    check_convolutions(backend);
    check_plain(backend, "pool",
                (yd_node){.kind = YD_OP_MAX_POOL, .kernel_h = 5, .kernel_w = 5, .stride_h = 1, .pad_h = 2});
    check_plain(backend, "upsample", (yd_node){.kind = YD_OP_UPSAMPLE, .resize.factor = 2});
}

static void operations_ref(void)
{
    check_operations(&yd_backend_ref);
}

static void operations_cpu(void)
{
    check_operations(&yd_backend_cpu);
}

/* Complete IoU: each pair by itself, since gradients of small boxes are a hundred times those of large ones;
 * and as near as the pack's own rounding to float32 lets it be, since the three forms differ by little. */

static const double ROUNDING = 2e-7;

static void check_pair(yd_npz *pack, const char *form, yd_ciou_form kind, size_t pair)
{
    const yd_npy *b1 = array_of(pack, "ciou", "b1"), *b2 = array_of(pack, "ciou", "b2");
    char slopes[NAME];
    double box[4], target[4], gradient[4], wanted[4], magnitude = 1;
    snprintf(slopes, sizeof slopes, "%s_gradient", form);
    for (size_t k = 0; k < 4; k++) {
        box[k] = yd_npy_at(b1, 4 * pair + k), target[k] = yd_npy_at(b2, 4 * pair + k);
        wanted[k] = yd_npy_at(array_of(pack, "ciou", slopes), 4 * pair + k);
        magnitude = fmax(magnitude, fabs(wanted[k]));
    }
    CHECK_NEAR(yd_ciou(box, target, kind, gradient), yd_npy_at(array_of(pack, "ciou", form), pair), ROUNDING);
    for (int k = 0; k < 4; k++) CHECK_NEAR(gradient[k], wanted[k], ROUNDING * magnitude);
}

static void boxes(void)
{
    yd_npz *pack = open_pack();
    size_t pairs = array_of(pack, "ciou", "b1")->dims[0];
    REQUIRE(pairs > 0 && yd_params_count(yd_npz_params(pack), "ciou", "forms", NULL) == 3);
    for (int kind = YD_CIOU_BASE; kind <= YD_CIOU_V70; kind++) {
        char place[16], form[16];
        snprintf(place, sizeof place, "%d", kind);
        REQUIRE(yd_params_text(yd_npz_params(pack), form, sizeof form, "ciou", "forms", place, NULL));
        for (size_t pair = 0; pair < pairs; pair++) check_pair(pack, form, (yd_ciou_form)kind, pair);
    }
    yd_npz_close(pack);
}

/* Raw maps, of both types that backends give */

/* Its data is to be freed. */
static yd_head head_of(const yd_npy *p, yd_dtype dtype, double stride)
{
    REQUIRE(p->rank == 5);
    return yd_test_plain_head((yd_head){.data = narrowed(p, dtype),
                                        .b = (int)p->dims[0],
                                        .na = (int)p->dims[1],
                                        .h = (int)p->dims[2],
                                        .w = (int)p->dims[3],
                                        .no = (int)p->dims[4],
                                        .dtype = dtype,
                                        .stride = stride});
}

static yd_loss_config loss_config(yd_npz *pack, int index, int na)
{
    yd_loss_config config = {.nc = setting_int(pack, "losses", index, "nc"),
                             .nl = 1,
                             .na = na,
                             .box = setting(pack, "losses", index, "box"),
                             .obj = setting(pack, "losses", index, "obj"),
                             .cls = setting(pack, "losses", index, "cls"),
                             .cls_pw = setting(pack, "losses", index, "cls_pw"),
                             .obj_pw = setting(pack, "losses", index, "obj_pw"),
                             .anchor_t = setting(pack, "losses", index, "anchor_t"),
                             .label_smoothing = setting(pack, "losses", index, "label_smoothing"),
                             .balance = {1},
                             .eps_form = setting_int(pack, "losses", index, "form")};
    for (int k = 0; k < 2 * na; k++) {
        char place[16], anchor[16], side[16];
        snprintf(place, sizeof place, "%d", index);
        snprintf(anchor, sizeof anchor, "%d", k / 2), snprintf(side, sizeof side, "%d", k % 2);
        config.anchors[0][k / 2][k % 2] =
            yd_params_number(yd_npz_params(pack), NAN, "losses", place, "anchors", anchor, side, NULL);
        REQUIRE(config.anchors[0][k / 2][k % 2] > 0);
    }
    return config;
}

static void check_loss(yd_npz *pack, int index, yd_dtype dtype)
{
    char group[NAME], name[NAME];
    group_name(pack, "losses", index, group);
    const yd_npy *p = array_of(pack, group, "p"), *targets = array_of(pack, group, "t");
    yd_head head = head_of(p, dtype, 8);
    head.gradient = narrowed(p, dtype); /* rubbish, all of it to be overwritten */
    yd_loss_config config = loss_config(pack, index, head.na);
    yd_loss *loss;
    yd_loss_items items;
    yd_error error = {0};
    REQUIRE(yd_loss_create(&config, &loss, &error) == YD_OK);
    REQUIRE(yd_loss_compute(loss, &head, targets->data, (int)targets->dims[0], &items, &error) == YD_OK);
    yd_golden_compare(pack, joined(name, group, "items"), (double[]){items.box, items.obj, items.cls}, 3,
                      exact);
    yd_golden_compare(pack, joined(name, group, "total"), &items.total, 1, exact);
    compare_buffer(pack, joined(name, group, "dp"), head.gradient, p->elements, dtype, exact);
    yd_loss_destroy(loss);
    free(head.data);
    free(head.gradient);
}

static void losses(void)
{
    yd_npz *pack = open_pack();
    int count = group_count(pack, "losses");
    for (int i = 0; i < count; i++) check_loss(pack, i, YD_F64), check_loss(pack, i, YD_F32);
    yd_npz_close(pack);
}

static void read_anchors(yd_npz *pack, int levels, float anchors[][5][2])
{
    for (int level = 0; level < levels; level++)
        for (int k = 0; k < 6; k++) {
            char place[16], anchor[16], side[16];
            snprintf(place, sizeof place, "%d", level);
            snprintf(anchor, sizeof anchor, "%d", k / 2), snprintf(side, sizeof side, "%d", k % 2);
            double pixels =
                yd_params_number(yd_npz_params(pack), NAN, "decode", "anchors", place, anchor, side, NULL);
            REQUIRE(pixels > 0);
            anchors[level][k / 2][k % 2] = (float)pixels;
        }
}

/* Boxes and scores apart: a score is small beside a box. Both are float32, whatever the maps are, but of so
 * few operations that they are as exact. */
static void compare_rows(yd_npz *pack, const float *rows, size_t count, size_t width)
{
    float *boxes = malloc(count * 4 * sizeof *boxes), *scores = malloc(count * (width - 4) * sizeof *scores);
    REQUIRE(boxes && scores);
    for (size_t i = 0; i < count; i++) {
        memcpy(boxes + 4 * i, rows + width * i, 4 * sizeof *boxes);
        memcpy(scores + (width - 4) * i, rows + width * i + 4, (width - 4) * sizeof *scores);
    }
    compare_buffer(pack, "decode/box", boxes, 4 * count, YD_F32, exact);
    compare_buffer(pack, "decode/score", scores, (width - 4) * count, YD_F32, exact);
    free(boxes);
    free(scores);
}

static void check_decode(yd_npz *pack, yd_dtype dtype)
{
    enum { LEVELS = 2 };
    float anchors[LEVELS][5][2];
    yd_head heads[LEVELS];
    for (int level = 0; level < LEVELS; level++) {
        char name[NAME], place[16];
        snprintf(place, sizeof place, "%d", level);
        heads[level] = head_of(yd_npz_need(pack, indexed(name, "decode", "p", level)), dtype,
                               yd_params_number(yd_npz_params(pack), NAN, "decode", "strides", place, NULL));
        REQUIRE(heads[level].na == 3 && heads[level].no > 5);
    }
    read_anchors(pack, LEVELS, anchors);
    const yd_decoder decoder = {heads, LEVELS, (const float(*)[5][2])anchors};
    size_t count = (size_t)yd_decode_row_count(&decoder) * (size_t)heads[0].b, width = (size_t)heads[0].no;
    float *rows = malloc(count * width * sizeof *rows);
    REQUIRE(rows);
    yd_decode(&decoder, rows);
    compare_rows(pack, rows, count, width);
    free(rows);
    for (int level = 0; level < LEVELS; level++) free(heads[level].data);
}

static void decoding(void)
{
    yd_npz *pack = open_pack();
    check_decode(pack, YD_F64);
    check_decode(pack, YD_F32);
    yd_npz_close(pack);
}

/* Optimizer */

static double step_setting(yd_npz *pack, int index, const char *key, int step)
{
    char place[16], at[16];
    snprintf(place, sizeof place, "%d", index), snprintf(at, sizeof at, "%d", step);
    double value = yd_params_number(yd_npz_params(pack), NAN, "optimizers", place, key, at, NULL);
    REQUIRE(!isnan(value));
    return value;
}

/* p, its momentum and its moving average, of count elements, through the steps. */
static void follow_steps(yd_npz *pack, int index, const yd_backend *backend, yd_device *device, size_t count,
                         void *const buffers[3])
{
    static const char *const arrays[3] = {"p", "m", "ema"};
    char group[NAME], name[NAME];
    group_name(pack, "optimizers", index, group);
    for (int step = 0; step < 3; step++) {
        void *gradient = narrowed(yd_npz_need(pack, indexed(name, group, "g", step)), backend->dtype);
        const yd_sgd sgd = {.lr = step_setting(pack, index, "lr", step),
                            .momentum = step_setting(pack, index, "momentum", step),
                            .weight_decay = setting(pack, "optimizers", index, "weight_decay"),
                            .scale = setting(pack, "optimizers", index, "scale"),
                            .first = step == 0};
        backend->sgd(device, count, buffers[0], gradient, buffers[1], &sgd);
        backend->ema(device, count, buffers[2], buffers[0], step_setting(pack, index, "ema_decay", step));
        for (int k = 0; k < 3; k++)
            compare_buffer(pack, indexed(name, group, arrays[k], step + 1), buffers[k], count, backend->dtype,
                           tolerance_of(backend->dtype));
        free(gradient);
    }
}

static void check_optimizers(const yd_backend *backend)
{
    yd_npz *pack = open_pack();
    yd_device *device;
    yd_error error = {0};
    REQUIRE(backend->open(2, &device, &error) == YD_OK);
    int groups = group_count(pack, "optimizers");
    for (int i = 0; i < groups; i++) {
        char group[NAME];
        group_name(pack, "optimizers", i, group);
        const yd_npy *start = array_of(pack, group, "p0");
        void *buffers[3]; /* the momentum begins as rubbish: the first step must not read it */
        for (int k = 0; k < 3; k++) buffers[k] = narrowed(start, backend->dtype);
        follow_steps(pack, i, backend, device, start->elements, buffers);
        for (int k = 0; k < 3; k++) free(buffers[k]);
    }
    backend->close(device);
    yd_npz_close(pack);
}

static void optimizers_ref(void)
{
    check_optimizers(&yd_backend_ref);
}

static void optimizers_cpu(void)
{
    check_optimizers(&yd_backend_cpu);
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {
        {"operations of the reference backend", operations_ref},
        {"operations of the cpu backend", operations_cpu},
        {"complete IoU in three forms", boxes},
        {"losses", losses},
        {"decoding", decoding},
        {"optimizer of the reference backend", optimizers_ref},
        {"optimizer of the cpu backend", optimizers_cpu},
    };
    yd_cpu_prepare(argv);
    return yd_test_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
