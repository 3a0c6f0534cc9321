/* PyTorch files: views, types and containers read as PyTorch reads them; whatever else a file claims is
 * refused with its name and the reason. Files are put together with the writers, so that every field can lie.
 */
#include "base/file.h"
#include "base/sha256.h"
#include "io/bytes.h"
#include "io/half.h"
#include "io/pickle_writer.h"
#include "io/pt.h"
#include "io/weights.h"
#include "io/zip_writer.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *path_of(const char *name)
{
    static char path[4200];
    snprintf(path, sizeof path, "%s/%s", yd_test_folder(), name);
    return path;
}

/* A state dict of one tensor, by its lies. */
typedef struct lie {
    const char *what, *says; /* says NULL: sound */
    const char *storage;     /* class; default FloatStorage, of six elements */
    int64_t count;           /* that the id claims; 0: six */
    int64_t offset, dims[3], strides[3];
    int rank;
    size_t bytes; /* of the member; 0: 24 */
    const char *key, *member, *extra_member;
} lie;

static void put_ints(yd_pickle_writer *w, const int64_t *values, int count)
{
    yd_pickle_put_begin(w);
    for (int i = 0; i < count; i++) yd_pickle_put_int(w, values[i]);
    yd_pickle_put_end_tuple(w);
}

static void put_storage(yd_pickle_writer *w, const char *type, const char *key, int64_t count)
{
    yd_pickle_put_begin(w);
    yd_pickle_put_text(w, "storage");
    yd_pickle_put_global(w, "torch", type);
    yd_pickle_put_text(w, key);
    yd_pickle_put_text(w, "cuda:0");
    yd_pickle_put_int(w, count);
    yd_pickle_put_end_tuple(w);
    yd_pickle_put_persistent(w);
}

static void put_tensor(yd_pickle_writer *w, const lie *l)
{
    yd_pickle_put_global(w, "torch._utils", "_rebuild_tensor_v2");
    yd_pickle_put_begin(w);
    put_storage(w, l->storage ? l->storage : "FloatStorage", l->key ? l->key : "0", l->count ? l->count : 6);
    yd_pickle_put_int(w, l->offset);
    put_ints(w, l->dims, l->rank);
    put_ints(w, l->strides, l->rank);
    yd_pickle_put_bool(w, false);
    yd_pickle_put_ordered_dict(w);
    yd_pickle_put_end_tuple(w);
    yd_pickle_put_call(w);
}

static void write_archive(const char *path, yd_pickle_writer *w, const char *member, const void *data,
                          size_t size, const char *extra)
{
    yd_zip_writer *zip;
    yd_error error;
    const char *bytes;
    size_t length;
    REQUIRE(yd_pickle_writer_finish(w, &bytes, &length, &error) == YD_OK);
    REQUIRE(yd_zip_create(path, false, &zip, &error) == YD_OK);
    if (bytes) REQUIRE(yd_zip_add(zip, "x/data.pkl", bytes, length, &error) == YD_OK);
    if (member) REQUIRE(yd_zip_add(zip, member, data, size, &error) == YD_OK);
    if (extra) REQUIRE(yd_zip_add(zip, extra, "big", 3, &error) == YD_OK);
    REQUIRE(yd_zip_add(zip, "x/version", "3\n", 2, &error) == YD_OK);
    REQUIRE(yd_zip_commit(zip, &error) == YD_OK);
    yd_pickle_writer_destroy(w);
}

static void lies_are_refused(void)
{
    static const lie lies[] = {
        {.what = "sound", .rank = 2, .dims = {2, 3}, .strides = {3, 1}},
        {.what = "transposed", .rank = 2, .dims = {3, 2}, .strides = {1, 3}},
        {.what = "scalar", .rank = 0},
        {.what = "nothing", .rank = 2, .dims = {0, 7}, .strides = {7, 1}},
        {.what = "nothing, far away", .rank = 1, .dims = {0}, .strides = {1}, .offset = 999},
        {.what = "the last one", .rank = 1, .dims = {1}, .strides = {9}, .offset = 5},
        {.what = "one too far",
         .says = "beyond its storage",
         .rank = 1,
         .dims = {1},
         .strides = {1},
         .offset = 6},
        {.what = "one too many", .says = "beyond its storage", .rank = 1, .dims = {7}, .strides = {1}},
        {.what = "one off",
         .says = "beyond its storage",
         .rank = 2,
         .dims = {2, 3},
         .strides = {3, 1},
         .offset = 1},
        {.what = "before", .says = "impossible shape", .rank = 1, .dims = {1}, .strides = {1}, .offset = -1},
        {.what = "far",
         .says = "beyond its storage",
         .rank = 1,
         .dims = {1},
         .strides = {1},
         .offset = INT64_MAX},
        {.what = "backwards",
         .says = "impossible shape",
         .rank = 1,
         .dims = {2},
         .strides = {-1},
         .offset = 3},
        {.what = "negative", .says = "impossible shape", .rank = 1, .dims = {-1}, .strides = {1}},
        {.what = "huge dim",
         .says = "impossible shape",
         .rank = 1,
         .dims = {INT64_C(1) << 32},
         .strides = {0}},
        {.what = "huge product",
         .says = "impossible shape",
         .rank = 3,
         .dims = {INT32_MAX, INT32_MAX, INT32_MAX},
         .strides = {0, 0, 0}},
        {.what = "huge stride",
         .says = "impossible shape",
         .rank = 2,
         .dims = {3, 3},
         .strides = {INT64_MAX, INT64_MAX}},
        {.what = "expanded without end",
         .says = "far beyond the file",
         .rank = 2,
         .dims = {40000, 40000},
         .strides = {0, 0}},
        {.what = "too short",
         .says = "storage 0 has 20 bytes, wanted 24",
         .rank = 1,
         .dims = {5},
         .strides = {1},
         .bytes = 20},
        {.what = "too long",
         .says = "storage 0 has 28 bytes",
         .rank = 1,
         .dims = {5},
         .strides = {1},
         .bytes = 28},
        {.what = "negative count", .says = "no storage", .rank = 1, .dims = {5}, .strides = {1}, .count = -6},
        {.what = "impossible count",
         .says = "impossible size",
         .rank = 1,
         .dims = {5},
         .strides = {1},
         .count = INT64_MAX},
        {.what = "no data",
         .says = "storage 1 are missing",
         .rank = 1,
         .dims = {6},
         .strides = {1},
         .key = "1"},
        {.what = "climbing key",
         .says = "are missing",
         .rank = 1,
         .dims = {6},
         .strides = {1},
         .key = "../../etc/passwd"},
        {.what = "unknown type",
         .says = "ComplexFloatStorage",
         .rank = 1,
         .dims = {3},
         .strides = {1},
         .storage = "ComplexFloatStorage"},
        {.what = "climbing member",
         .says = "points out of",
         .rank = 1,
         .dims = {6},
         .strides = {1},
         .extra_member = "../../escape"},
        {.what = "absolute member",
         .says = "points out of",
         .rank = 1,
         .dims = {6},
         .strides = {1},
         .extra_member = "/etc/escape"},
        {.what = "climbing within",
         .says = "points out of",
         .rank = 1,
         .dims = {6},
         .strides = {1},
         .extra_member = "x/../../escape"},
        {.what = "TorchScript",
         .says = "TorchScript",
         .rank = 1,
         .dims = {6},
         .strides = {1},
         .extra_member = "x/constants.pkl"},
        {.what = "big-endian",
         .says = "big-endian",
         .rank = 1,
         .dims = {6},
         .strides = {1},
         .extra_member = "x/byteorder"},
        {.what = "another folder",
         .says = "are missing",
         .rank = 1,
         .dims = {6},
         .strides = {1},
         .member = "y/data/0"},
    };
    static const char data[64];
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        const lie *l = &lies[i];
        yd_pickle_writer *w = yd_pickle_writer_create();
        yd_weights *weights;
        yd_error error = {0};
        const char *path = path_of("lie.pt");
        yd_pickle_put_empty(w, YD_PICKLE_DICT);
        yd_pickle_put_begin(w);
        yd_pickle_put_text(w, "model.0.weight");
        put_tensor(w, l);
        yd_pickle_put_end_dict(w);
        write_archive(path, w, l->member ? l->member : "x/data/0", data, l->bytes ? l->bytes : 24,
                      l->extra_member);
        yd_status status = yd_weights_load(path, &weights, &error);
        bool right = l->says
                         ? (status == YD_ERR_FORMAT || status == YD_ERR_UNSUPPORTED) &&
                               strstr(error.message, l->says) && strstr(error.message, "lie.pt") && !weights
                         : status == YD_OK;
        if (!right)
            fprintf(stderr, "%s: wanted \"%s\", found %d \"%s\"\n", l->what, l->says ? l->says : "",
                    (int)status, error.message);
        CHECK(right);
        yd_weights_free(weights);
    }
}

/* Every type of storage, seen through views that begin at the second element: transposed, and in order. */
static void types_and_views(void)
{
    static const struct {
        const char *storage;
        bool integer;
        size_t size;
        unsigned char bytes[7][8]; /* element k is to be k, element 6 to be -6 or 250 */
        float last;
    } rows[] = {
        {"HalfStorage",
         false,
         2,
         {{0, 0}, {0, 0x3c}, {0, 0x40}, {0, 0x42}, {0, 0x44}, {0, 0x45}, {0, 0xc6}},
         -6},
        {"BFloat16Storage",
         false,
         2,
         {{0, 0}, {0x80, 0x3f}, {0, 0x40}, {0x40, 0x40}, {0x80, 0x40}, {0xa0, 0x40}, {0xc0, 0xc0}},
         -6},
        {"FloatStorage",
         false,
         4,
         {{0},
          {0, 0, 0x80, 0x3f},
          {0, 0, 0, 0x40},
          {0, 0, 0x40, 0x40},
          {0, 0, 0x80, 0x40},
          {0, 0, 0xa0, 0x40},
          {0, 0, 0xc0, 0xc0}},
         -6},
        {"DoubleStorage",
         false,
         8,
         {{0},
          {0, 0, 0, 0, 0, 0, 0xf0, 0x3f},
          {0, 0, 0, 0, 0, 0, 0, 0x40},
          {0, 0, 0, 0, 0, 0, 8, 0x40},
          {0, 0, 0, 0, 0, 0, 0x10, 0x40},
          {0, 0, 0, 0, 0, 0, 0x14, 0x40},
          {0, 0, 0, 0, 0, 0, 0x18, 0xc0}},
         -6},
        {"CharStorage", true, 1, {{0}, {1}, {2}, {3}, {4}, {5}, {250}}, -6},
        {"ByteStorage", true, 1, {{0}, {1}, {2}, {3}, {4}, {5}, {250}}, 250},
        {"ShortStorage", true, 2, {{0}, {1}, {2}, {3}, {4}, {5}, {250, 255}}, -6},
        {"IntStorage", true, 4, {{0}, {1}, {2}, {3}, {4}, {5}, {250, 255, 255, 255}}, -6},
        {"LongStorage",
         true,
         8,
         {{0}, {1}, {2}, {3}, {4}, {5}, {250, 255, 255, 255, 255, 255, 255, 255}},
         -6},
    };
    for (size_t turn = 0; turn < 2 * sizeof rows / sizeof *rows; turn++) {
        unsigned char data[56];
        size_t i = turn / 2;
        bool straight = turn % 2;
        lie view = {.storage = rows[i].storage,
                    .count = 7,
                    .rank = 2,
                    .dims = {3, 2},
                    .strides = {straight ? 2 : 1, straight ? 1 : 3},
                    .offset = 1};
        for (int k = 0; k < 7; k++) memcpy(data + (size_t)k * rows[i].size, rows[i].bytes[k], rows[i].size);
        yd_pickle_writer *w = yd_pickle_writer_create();
        yd_weights *weights;
        yd_error error = {0};
        const char *path = path_of("types.pt");
        yd_pickle_put_empty(w, YD_PICKLE_DICT);
        yd_pickle_put_begin(w);
        yd_pickle_put_text(w, "t");
        put_tensor(w, &view);
        yd_pickle_put_end_dict(w);
        write_archive(path, w, "x/data/0", data, 7 * rows[i].size, NULL);
        if (yd_weights_load(path, &weights, &error) != YD_OK)
            yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
        const yd_tensor_entry *t = &weights->tensors[0];
        const float transposed[] = {1, 4, 2, 5, 3, rows[i].last}, in_order[] = {1, 2, 3, 4, 5, rows[i].last};
        CHECK(t->rank == 2 && t->dims[0] == 3 && t->dims[1] == 2 && t->elements == 6 &&
              t->integer == rows[i].integer);
        CHECK(memcmp(t->values, straight ? in_order : transposed, sizeof in_order) == 0);
        yd_weights_free(weights);
    }
}

/* The stream of before 1.6: five pickles, then the storages. */
static size_t write_legacy(unsigned char *out, const char *key, uint64_t count, size_t elements)
{
    static const char head[] = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.";
    size_t length = sizeof head - 1;
    memcpy(out, head, length);
    for (int part = 0; part < 3; part++) {
        yd_pickle_writer *w = yd_pickle_writer_create();
        const char *bytes;
        size_t size;
        yd_error error;
        yd_pickle_put_empty(w, part == 2 ? YD_PICKLE_LIST : YD_PICKLE_DICT);
        yd_pickle_put_begin(w);
        if (part == 0) yd_pickle_put_text(w, "little_endian"), yd_pickle_put_bool(w, true);
        if (part == 1) {
            yd_pickle_put_text(w, "t");
            put_tensor(w, &(lie){.rank = 1, .dims = {6}, .strides = {1}, .key = "94012345"});
        }
        if (part == 2) yd_pickle_put_text(w, key);
        if (part == 2)
            yd_pickle_put_end_list(w);
        else
            yd_pickle_put_end_dict(w);
        REQUIRE(yd_pickle_writer_finish(w, &bytes, &size, &error) == YD_OK);
        memcpy(out + length, bytes, size);
        length += size;
        yd_pickle_writer_destroy(w);
    }
    yd_put_u64(out + length, count);
    length += 8;
    for (size_t i = 0; i < elements; i++, length += 4) yd_put_u32(out + length, i ? 0x40000000 : 0x3f800000);
    return length;
}

static void legacy_streams(void)
{
    unsigned char bytes[2048];
    yd_weights *weights;
    yd_error error;
    size_t length = write_legacy(bytes, "94012345", 6, 6);
    REQUIRE(yd_weights_load_memory(bytes, length, "old.pt", &weights, &error) == YD_OK);
    CHECK(weights->tensor_count == 1 && weights->tensors[0].values[0] == 1 &&
          weights->tensors[0].values[5] == 2);
    yd_weights_free(weights);
    for (size_t cut = 0; cut < length; cut++)
        CHECK(yd_weights_load_memory(bytes, cut, "old.pt", &weights, &error) == YD_ERR_FORMAT && !weights);
    length = write_legacy(bytes, "94012346", 6, 6);
    CHECK(yd_weights_load_memory(bytes, length, "old.pt", &weights, &error) == YD_ERR_FORMAT);
    CHECK(strstr(error.message, "94012346") != NULL);
    length = write_legacy(bytes, "94012345", 7, 7);
    CHECK(yd_weights_load_memory(bytes, length, "old.pt", &weights, &error) == YD_ERR_FORMAT);
    length = write_legacy(bytes, "94012345", UINT64_MAX, 6);
    CHECK(yd_weights_load_memory(bytes, length, "old.pt", &weights, &error) == YD_ERR_FORMAT);
}

static uint32_t open_module(yd_pickle_writer *w)
{
    yd_pickle_put_global(w, "torch.nn.modules.container", "Sequential");
    yd_pickle_put_empty(w, YD_PICKLE_TUPLE);
    yd_pickle_put_instance(w);
    uint32_t place = yd_pickle_put_keep(w);
    yd_pickle_put_empty(w, YD_PICKLE_DICT);
    yd_pickle_put_begin(w);
    yd_pickle_put_text(w, "_modules");
    yd_pickle_put_empty(w, YD_PICKLE_DICT);
    yd_pickle_put_begin(w);
    return place;
}

static void close_module(yd_pickle_writer *w)
{
    yd_pickle_put_end_dict(w);
    yd_pickle_put_end_dict(w);
    yd_pickle_put_build(w);
}

/* Two children that are one and the same, on every level: 2^levels ways to the last. */
static uint32_t put_doubled(yd_pickle_writer *w, int levels)
{
    uint32_t place = open_module(w);
    if (levels > 0) {
        yd_pickle_put_text(w, "a");
        uint32_t child = put_doubled(w, levels - 1);
        yd_pickle_put_text(w, "b");
        yd_pickle_put_kept(w, child);
    }
    close_module(w);
    return place;
}

/* The walk over modules ends, and says why. */
static void endless_models(void)
{
    yd_error error;
    yd_weights *weights;
    const char *path = path_of("endless.pt");
    yd_pickle_writer *w = yd_pickle_writer_create();
    put_doubled(w, 30);
    write_archive(path, w, NULL, NULL, 0, NULL);
    CHECK(yd_weights_load(path, &weights, &error) == YD_ERR_FORMAT && !weights);
    CHECK(strstr(error.message, "more modules") != NULL);
    w = yd_pickle_writer_create();
    uint32_t self = open_module(w);
    yd_pickle_put_text(w, "self");
    yd_pickle_put_kept(w, self);
    close_module(w);
    write_archive(path, w, NULL, NULL, 0, NULL);
    CHECK(yd_weights_load(path, &weights, &error) == YD_ERR_FORMAT && !weights);
    CHECK(strstr(error.message, "too deeply") != NULL);
}

static void two_of_one_name(void)
{
    yd_pickle_writer *w = yd_pickle_writer_create();
    yd_weights *weights;
    yd_error error;
    static const char data[24];
    yd_pickle_put_empty(w, YD_PICKLE_DICT);
    yd_pickle_put_begin(w);
    for (int i = 0; i < 2; i++) {
        yd_pickle_put_text(w, "same");
        put_tensor(w, &(lie){.rank = 1, .dims = {6}, .strides = {1}});
    }
    yd_pickle_put_end_dict(w);
    const char *path = path_of("twice.pt");
    write_archive(path, w, "x/data/0", data, sizeof data, NULL);
    CHECK(yd_weights_load(path, &weights, &error) == YD_ERR_FORMAT);
    CHECK(strstr(error.message, "two tensors named same") != NULL);
}

static void what_is_no_checkpoint(void)
{
    static const struct {
        const char *bytes, *says;
        size_t length;
    } rows[] = {{"", "is empty", 0},
                {"<html>404</html>\n", "<html>404", 17},
                {"PK", "not a PyTorch file", 2},
                {"PK\x03\x04", "zip", 4},
                {"\x80\x02}q\x00.", "not a PyTorch file", 6}};
    yd_weights *weights;
    yd_error error;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(yd_weights_load_memory(rows[i].bytes, rows[i].length, "odd.pt", &weights, &error) ==
                  YD_ERR_FORMAT &&
              !weights);
        CHECK(strstr(error.message, rows[i].says) && strstr(error.message, "odd.pt"));
    }
    CHECK(yd_weights_load(path_of("absent.pt"), &weights, &error) == YD_ERR_CONFIG);
    CHECK(yd_exit_code(YD_ERR_CONFIG) == 2 && strstr(error.message, "absent.pt"));
    CHECK(yd_weights_load(yd_test_folder(), &weights, &error) == YD_ERR_CONFIG);
    static const char *const empty[] = {"dict", "list"};
    for (int i = 0; i < 2; i++) {
        yd_pickle_writer *w = yd_pickle_writer_create();
        yd_pickle_put_empty(w, i ? YD_PICKLE_LIST : YD_PICKLE_DICT);
        const char *path = path_of(empty[i]);
        write_archive(path, w, NULL, NULL, 0, NULL);
        CHECK(yd_weights_load(path, &weights, &error) == YD_ERR_FORMAT &&
              strstr(error.message, "not a checkpoint"));
    }
}

/* Bitwise: SHA-256 over the float16 values in the state dict's order, computed once with PyTorch 1.13. */
static void official_weights(void)
{
    yd_weights *weights;
    yd_error error;
    REQUIRE(yd_weights_load(yd_test_shared("weights/yolov5n.pt"), &weights, &error) == YD_OK);
    CHECK(weights->tensor_count == 349 && weights->parameters == 1872157);
    CHECK(weights->epoch == -1 && !weights->has_ema && !weights->has_optimizer && !weights->has_resume);
    CHECK(weights->nc == 80 && weights->names);
    CHECK_TEXT(weights->names ? weights->names[79] : "", "toothbrush");
    CHECK(weights->yaml.row_count == 25 && weights->yaml.backbone_count == 10 &&
          weights->yaml.width_multiple == .25);
    CHECK(weights->yaml.anchors[2][5] == 326 && weights->yaml.channels == 3);
    CHECK_TEXT(weights->tensors[0].name, "model.0.conv.weight");
    CHECK_TEXT(weights->tensors[348].name, "model.24.m.2.bias");
    CHECK_TEXT(weights->sha256, "78bc9e646eba4fcc7c6e6140ea8955ea8819f2f02e491d7644fb47d5cf90c2d5");
    yd_hash hash;
    char hex[65];
    yd_sha256_start(&hash);
    for (int i = 0; i < weights->tensor_count; i++) {
        const yd_tensor_entry *t = &weights->tensors[i];
        for (size_t k = 0; k < t->elements && !t->integer; k++) {
            unsigned char half[2];
            yd_put_u16(half, yd_float_to_half(t->values[k]));
            yd_hash_add(&hash, half, sizeof half);
        }
    }
    yd_sha256_hex(&hash, hex);
    CHECK_TEXT(hex, "7fb54850198200f98b05c9bdf6b61a2a06fe69a6a2275d2545def8fe957eadc3");
    yd_weights_free(weights);
}

static const yd_test_case cases[] = {
    {"lies are refused", lies_are_refused}, {"types and views", types_and_views},
    {"legacy streams", legacy_streams},     {"endless models", endless_models},
    {"two of one name", two_of_one_name},   {"what is no checkpoint", what_is_no_checkpoint},
    {"official weights", official_weights},
};
TEST_MAIN(cases)
