/* What an exported model holds, read back as protobuf: names, shapes, weights with their norms, and what
 * stands beside. (What others compute from it: e2e/onnx.) */
#include "backend/ref/ref.h"
#include "base/file.h"
#include "base/protobuf.h"
#include "io/half.h"
#include "io/onnx.h"
#include "support/models.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char rows[] = "[-1, 1, Conv, [16, 6, 2, 2]]\n"
                           "[-1, 1, Conv, [16, 3, 2]]\n"
                           "[-1, 1, SPPF, [24, 5]]\n"
                           "[0, 1, Conv, [8, 1, 1]]\n" /* nobody's input */
                           "[2, 1, nn.Upsample, [None, 2, 'nearest']]\n"
                           "[[4, 0], 1, Concat, [1]]\n"
                           "[[5, 2], 1, Detect, [nc, anchors]]\n";

typedef struct exported {
    yd_test_model test;
    yd_param_set set;
    char path[4200];
    char *data;
    size_t length;
    yd_wire model, graph;
} exported;

static const char *const names[] = {"it's", "größe \\ \"x\"\n"};

/* A field of that number in a message; the index-th. */
static bool find(yd_wire message, uint32_t number, int index, yd_wire_field *field)
{
    while (yd_wire_next(&message, field))
        if (field->number == number && index-- == 0) return true;
    REQUIRE(!message.failed);
    return false;
}

static yd_wire need(yd_wire message, uint32_t number)
{
    yd_wire_field field;
    REQUIRE(find(message, number, 0, &field) && field.type == YD_WIRE_BYTES);
    return field.bytes;
}

static bool says(yd_wire bytes, const char *text)
{
    size_t length = strlen(text);
    return (size_t)(bytes.end - bytes.at) == length && memcmp(bytes.at, text, length) == 0;
}

/* The message in field number of outer whose own field name says text. */
static bool find_named(yd_wire outer, uint32_t number, uint32_t name, const char *text, yd_wire *found)
{
    yd_wire_field field;
    for (int i = 0; find(outer, number, i, &field); i++) {
        if (!says(need(field.bytes, name), text)) continue;
        *found = field.bytes;
        return true;
    }
    return false;
}

static void export(exported *e, yd_onnx_export what)
{
    yd_error error;
    *e = (exported){.test = yd_test_model_rows(&yd_backend_ref, rows, 2)};
    REQUIRE(yd_param_set_create(e->test.model, YD_SET_VALUES, &e->set, &error) == YD_OK);
    yd_model_init(e->test.model, &e->set, 1, 0.99);
    yd_model_read_anchors(e->test.model, &e->set);
    what.model = e->test.model;
    what.set = &e->set;
    what.names = names;
    int boxes;
    snprintf(e->path, sizeof e->path, "%s/model.onnx", yd_test_folder());
    if (yd_onnx_export_model(e->path, &what, &boxes, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    CHECK(boxes == 2 * (what.height / 2 * what.width / 2 + what.height / 4 * what.width / 4));
    REQUIRE(yd_file_read(e->path, 0, &e->data, &e->length, &error) == YD_OK);
    e->model = yd_wire_on(e->data, e->length);
    e->graph = need(e->model, 7);
}

static void drop(exported *e)
{
    free(e->data);
    yd_param_set_destroy(e->test.model, &e->set);
    yd_test_model_close(&e->test);
}

/* "3x?height", of an input or output. */
static void shape_of(const exported *e, uint32_t number, const char *name, char *out, size_t capacity,
                     uint64_t *type)
{
    yd_wire value, shape;
    yd_wire_field dim, field;
    size_t used = 0;
    REQUIRE(find_named(e->graph, number, 1, name, &value));
    yd_wire tensor = need(need(value, 2), 1);
    REQUIRE(find(tensor, 1, 0, &field));
    *type = field.value;
    shape = need(tensor, 2);
    for (int i = 0; find(shape, 1, i, &dim); i++) {
        REQUIRE(find(dim.bytes, 1, 0, &field) || find(dim.bytes, 2, 0, &field));
        if (field.type == YD_WIRE_VARINT)
            used += (size_t)snprintf(out + used, capacity - used, "%s%d", i ? "x" : "", (int)field.value);
        else
            used += (size_t)snprintf(out + used, capacity - used, "%s%.*s", i ? "x" : "",
                                     (int)(field.bytes.end - field.bytes.at), (const char *)field.bytes.at);
    }
}

static void check_shapes(const exported *e, const char *images, const char *boxes, yd_onnx_type type)
{
    char found[128];
    uint64_t kind;
    shape_of(e, 11, "images", found, sizeof found, &kind);
    CHECK_TEXT(found, images);
    CHECK(kind == (uint64_t)type);
    shape_of(e, 12, "output0", found, sizeof found, &kind);
    CHECK_TEXT(found, boxes);
    CHECK(kind == (uint64_t)type);
}

static void check_versions(const exported *e, uint64_t ir, uint64_t opset)
{
    yd_wire_field field;
    CHECK(find(e->model, 1, 0, &field) && field.value == ir);
    CHECK(find(need(e->model, 8), 2, 0, &field) && field.value == opset);
    CHECK(says(need(e->model, 2), "yolodeck"));
}

static void sizes_and_versions(void)
{
    exported e;
    export(&e, (yd_onnx_export){.batch = 2, .height = 32, .width = 48, .opset = 12});
    check_shapes(&e, "2x3x32x48", "2x960x7", YD_ONNX_FLOAT);
    check_versions(&e, 7, 12);
    drop(&e);
    export(&e, (yd_onnx_export){.batch = 2, .height = 32, .width = 48, .opset = 28, .dynamic = true});
    check_shapes(&e, "batchx3xheightxwidth", "batchxanchorsx7", YD_ONNX_FLOAT);
    check_versions(&e, 14, 28);
    drop(&e);
    export(&e, (yd_onnx_export){.batch = 1, .height = 16, .width = 16, .opset = 17, .half = true});
    check_shapes(&e, "1x3x16x16", "1x160x7", YD_ONNX_HALF);
    check_versions(&e, 8, 17);
    drop(&e);
}

/* As YOLOv5 reads it: a Python dictionary. */
static void properties(void)
{
    exported e;
    yd_wire property;
    export(&e, (yd_onnx_export){.batch = 1, .height = 16, .width = 16, .opset = 17});
    REQUIRE(find_named(e.model, 14, 1, "stride", &property));
    CHECK(says(need(property, 2), "4"));
    REQUIRE(find_named(e.model, 14, 1, "names", &property));
    CHECK(says(need(property, 2), "{0: \"it's\", 1: 'größe \\\\ \"x\"\\x0a'}"));
    drop(&e);
}

/* The elements of a constant as floats; returns how many. */
static size_t read_tensor(const exported *e, const char *name, float *out, size_t capacity)
{
    yd_wire tensor;
    yd_wire_field type;
    if (!find_named(e->graph, 5, 8, name, &tensor))
        yd_test_fatal(__FILE__, __LINE__, "no tensor is called %s", name);
    REQUIRE(find(tensor, 2, 0, &type));
    yd_wire raw = need(tensor, 9);
    size_t size = type.value == YD_ONNX_HALF ? 2 : 4, count = (size_t)(raw.end - raw.at) / size;
    REQUIRE(count <= capacity);
    for (size_t i = 0; i < count; i++) {
        uint16_t half;
        memcpy(size == 2 ? (void *)&half : (void *)&out[i], raw.at + size * i, size);
        if (size == 2) out[i] = yd_half_to_float(half);
    }
    return count;
}

static void read_param(const exported *e, const char *name, double *out)
{
    int index = yd_param_find(e->test.model, name);
    REQUIRE(index >= 0);
    yd_param_read(e->test.model, &e->set, index, out);
}

/* w * gamma / sqrt(variance + eps), and beta - mean * gamma / sqrt(variance + eps). */
static void norms_are_folded(void)
{
    enum { OUT = 16, TAPS = 3 * 6 * 6 };
    static const struct {
        bool half;
        double tolerance;
    } kinds[] = {{false, 1e-7}, {true, 1e-3}};
    for (size_t k = 0; k < 2; k++) {
        exported e;
        float weight[OUT * TAPS], bias[OUT];
        double raw[OUT * TAPS], gamma[OUT], beta[OUT], mean[OUT], variance[OUT];
        export(&e,
               (yd_onnx_export){.batch = 1, .height = 16, .width = 16, .opset = 17, .half = kinds[k].half});
        REQUIRE(read_tensor(&e, "model.0.conv.weight", weight, OUT * TAPS) == OUT * TAPS);
        REQUIRE(read_tensor(&e, "model.0.conv.bias", bias, OUT) == OUT);
        read_param(&e, "model.0.conv.weight", raw);
        read_param(&e, "model.0.bn.weight", gamma);
        read_param(&e, "model.0.bn.bias", beta);
        read_param(&e, "model.0.bn.running_mean", mean);
        read_param(&e, "model.0.bn.running_var", variance);
        double most = 0;
        for (int c = 0; c < OUT; c++) {
            double scale = gamma[c] / sqrt(variance[c] + 1e-3);
            for (int i = 0; i < TAPS; i++)
                most = fmax(most, fabs((double)weight[c * TAPS + i] - raw[c * TAPS + i] * scale));
            most = fmax(most, fabs((double)bias[c] - (beta[c] - mean[c] * scale)));
        }
        CHECK_NEAR(most, 0, kinds[k].tolerance);
        CHECK(fabs(raw[0]) > 1e-6 && variance[0] < 0.99); /* so that there was something to fold */
        drop(&e);
    }
}

/* Every value that a node reads is there, none has two sources, and what no head depends on is left out. */
static void graph_is_closed(void)
{
    exported e;
    yd_wire_field node, field, other;
    yd_wire found;
    export(&e, (yd_onnx_export){.batch = 1, .height = 16, .width = 16, .opset = 12, .dynamic = true});
    int nodes = 0;
    for (; find(e.graph, 1, nodes, &node); nodes++) {
        for (int i = 0; find(node.bytes, 1, i, &field); i++) {
            char name[128];
            snprintf(name, sizeof name, "%.*s", (int)(field.bytes.end - field.bytes.at),
                     (const char *)field.bytes.at);
            int sources = find_named(e.graph, 5, 8, name, &found) || strcmp(name, "images") == 0;
            for (int before = 0; before < nodes; before++) {
                REQUIRE(find(e.graph, 1, before, &other));
                for (int k = 0; find(other.bytes, 2, k, &field); k++) sources += says(field.bytes, name);
            }
            if (sources != 1) yd_test_fatal(__FILE__, __LINE__, "%s has %d sources", name, sources);
            REQUIRE(find(node.bytes, 1, i, &field));
        }
        CHECK(strncmp((const char *)need(node.bytes, 3).at, "model.3/", 8) != 0);
    }
    CHECK(nodes > 40);
    CHECK(!find_named(e.graph, 5, 8, "model.3.conv.weight", &found));
    CHECK(find_named(e.graph, 5, 8, "model.1.conv.weight", &found));
    drop(&e);
}

static void failures_leave_nothing(void)
{
    exported e;
    yd_error error;
    export(&e, (yd_onnx_export){.batch = 1, .height = 16, .width = 16, .opset = 17});
    yd_onnx_export what = {.model = e.test.model,
                           .set = &e.set,
                           .names = names,
                           .batch = 1,
                           .height = 18,
                           .width = 16,
                           .opset = 17};
    char path[4300];
    CHECK(yd_onnx_export_model("/nonexistent/folder/model.onnx", &what, NULL, &error) != YD_OK);
    snprintf(path, sizeof path, "%s/other.onnx", yd_test_folder());
    CHECK(yd_onnx_export_model(path, &what, NULL, &error) == YD_ERR_UNSUPPORTED); /* 9 rows and 2 * 4 */
    CHECK(!yd_file_exists(path));
    drop(&e);
}

static const yd_test_case cases[] = {{"sizes and versions", sizes_and_versions},
                                     {"properties", properties},
                                     {"norms are folded", norms_are_folded},
                                     {"the graph is closed", graph_is_closed},
                                     {"failures leave nothing", failures_leave_nothing}};
TEST_MAIN(cases)
