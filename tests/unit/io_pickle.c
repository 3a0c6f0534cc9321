/* Pickles: every opcode becomes the data that it stands for, every other one is refused with its place, and
 * what is written reads back. Streams are written out by hand: they are what Python would write. */
#include "io/numpy_value.h"
#include "io/pickle_writer.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static yd_arena *arena; /* of the case that runs */

static yd_status read_bytes(const void *bytes, size_t length, yd_pickle *pickle, yd_error *error)
{
    yd_arena_destroy(arena);
    arena = yd_arena_create(0);
    REQUIRE(arena);
    return yd_pickle_read(bytes, length, "sample.pt", arena, pickle, error);
}

/* The root of a stream given as a literal, whose NULs count. */
#define READ(literal) read_whole(literal, sizeof(literal) - 1)

static yd_pickle_node *read_whole(const char *bytes, size_t length)
{
    yd_pickle pickle;
    yd_error error = {0};
    if (read_bytes(bytes, length, &pickle, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    CHECK(pickle.length == length);
    return pickle.root;
}

static bool is_int(const yd_pickle_node *node, int64_t value)
{
    int64_t found;
    return yd_pickle_is(node, YD_PICKLE_INT) && yd_pickle_integer(node, &found) && found == value;
}

static bool is_text(const yd_pickle_node *node, const char *text)
{
    return yd_pickle_is(node, YD_PICKLE_TEXT) && strcmp(node->text, text) == 0;
}

static void scalars(void)
{
    CHECK(yd_pickle_is(READ("\x80\x02N."), YD_PICKLE_NONE));
    CHECK(READ("\x80\x02\x88.")->integer == 1 && READ("\x80\x02\x89.")->integer == 0);
    CHECK(is_int(READ("K\xff."), 255));
    CHECK(is_int(READ("M\x01\x02."), 513));
    CHECK(is_int(READ("J\xff\xff\xff\xff."), -1));
    CHECK(is_int(READ("J\x00\x00\x00\x80."), INT32_MIN));
    CHECK(is_int(READ("\x8a\x00."), 0));
    CHECK(is_int(READ("\x8a\x01\x80."), -128));
    CHECK(is_int(READ("\x8a\x02\xff\x00."), 255));
    CHECK(is_int(READ("\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80."), INT64_MIN));
    CHECK(is_int(READ("\x8b\x03\x00\x00\x00\x01\x00\x01."), 65537));
    yd_pickle_node *magic = READ("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.");
    CHECK(magic->kind == YD_PICKLE_BIG && magic->count == 10 && (unsigned char)magic->text[1] == 0xfc);
    CHECK(READ("G\x3f\xb9\x99\x99\x99\x99\x99\x9a.")->real == .1);
    CHECK(isinf(READ("G\xff\xf0\x00\x00\x00\x00\x00\x00.")->real));
}

static void texts_and_bytes(void)
{
    CHECK(is_text(READ("X\x05\x00\x00\x00hello."), "hello"));
    CHECK(is_text(READ("\x8c\x02hi."), "hi"));
    CHECK(is_text(READ("\x8d\x02\x00\x00\x00\x00\x00\x00\x00hi."), "hi"));
    CHECK(is_text(READ("U\x02hi."), "hi"));
    CHECK(is_text(READ("T\x02\x00\x00\x00hi."), "hi"));
    CHECK(READ("X\x03\x00\x00\x00"
               "a\x00"
               "b.")
              ->count == 3);
    CHECK(READ("C\x02\x00\xff.")->kind == YD_PICKLE_BYTES);
    CHECK(READ("B\x01\x00\x00\x00z.")->count == 1);
    CHECK(READ("\x8e\x01\x00\x00\x00\x00\x00\x00\x00z.")->count == 1);
    yd_pickle_node *bytes = READ("c_codecs\nencode\nX\x05\x00\x00\x00"
                                 "a\xc2\x80\xc3\xbf"
                                 "X\x06\x00\x00\x00latin1\x86R.");
    CHECK(bytes->kind == YD_PICKLE_BYTES && bytes->count == 3 && memcmp(bytes->text, "a\x80\xff", 4) == 0);
    CHECK(READ("c__builtin__\nbytes\n)R.")->count == 0);
}

static void containers(void)
{
    yd_pickle_node *node = READ("(K\x01K\x02K\x03t.");
    CHECK(node->kind == YD_PICKLE_TUPLE && node->count == 3 && is_int(node->items[2], 3));
    CHECK(READ(").")->count == 0 && READ("K\x01\x85.")->count == 1 && READ("K\x01K\x02\x86.")->count == 2);
    CHECK(is_int(READ("K\x01K\x02K\x03\x87.")->items[0], 1));
    node = READ("](K\x01K\x02"
                "eK\x03"
                "a.");
    CHECK(node->kind == YD_PICKLE_LIST && node->count == 3 && is_int(node->items[2], 3));
    node = READ("}X\x01\x00\x00\x00"
                "aK\x01s(X\x01\x00\x00\x00"
                "bK\x02X\x01\x00\x00\x00"
                "aK\x03u.");
    CHECK(node->kind == YD_PICKLE_DICT && is_int(yd_pickle_get(node, "b"), 2));
    CHECK(is_int(yd_pickle_get(node, "a"), 3)); /* the last one counts */
    CHECK(!yd_pickle_get(node, "c") && !yd_pickle_get(NULL, "a") && !yd_pickle_get(node->items[1], "a"));
    CHECK(READ("\x8f(K\x01K\x02\x90.")->count == 2 && READ("(K\x01\x91.")->kind == YD_PICKLE_SET);
    node = READ("c__builtin__\nset\n](K\x01K\x02"
                "e\x85R.");
    CHECK(node->kind == YD_PICKLE_SET && node->count == 2);
    node = READ("ccollections\nOrderedDict\n)R(X\x01\x00\x00\x00"
                "aK\x01u.");
    CHECK(node->kind == YD_PICKLE_DICT && node->ordered && is_int(yd_pickle_get(node, "a"), 1));
    node = READ("ccollections\nOrderedDict\n](](X\x01\x00\x00\x00"
                "aK\x01"
                "ee\x85R."); /* as Python 2 wrote it */
    CHECK(is_int(yd_pickle_get(node, "a"), 1));
    CHECK(READ("ctorch\nSize\n(K\x02K\x03t\x85R.")->kind == YD_PICKLE_TUPLE);
}

static void memo_and_stack(void)
{
    yd_pickle_node *node = READ("K\x07q\x05h\x05\x86.");
    CHECK(node->count == 2 && node->items[0] == node->items[1]);
    node = READ("K\x07r\x00\x01\x00\x00j\x00\x01\x00\x00\x86.");
    CHECK(node->items[0] == node->items[1]);
    node = READ("\x80\x04\x95\x08\x00\x00\x00\x00\x00\x00\x00K\x07\x94K\x08\x94h\x01\x87.");
    CHECK(is_int(node->items[2], 8));
    CHECK(is_int(READ("K\x07K\x08"
                      "0."),
                 7));
    CHECK(is_int(READ("K\x07(K\x08K\x09"
                      "1."),
                 7));
    CHECK(is_int(READ("K\x07(0."), 7)); /* POP takes a mark too */
    CHECK(READ("K\x07"
               "2\x86.")
              ->count == 2);
    yd_pickle_node *loop = READ("]q\x00h\x00"
                                "a.");
    CHECK(loop->items[0] == loop);
}

static void calls_and_objects(void)
{
    yd_pickle_node *node = READ("cmodels.yolo\nModel\n)\x81}X\x02\x00\x00\x00ncK\x50sb.");
    CHECK(yd_pickle_is_call(node, "models.yolo Model") && node->instance);
    CHECK(is_int(yd_pickle_attribute(node, "nc"), 80) && !yd_pickle_attribute(node, "names"));
    node = READ("\x8c\x15torch.nn.modules.conv\x8c\x06"
                "Conv2d\x93)\x81.");
    CHECK(yd_pickle_is_call(node, "torch.nn.modules.conv Conv2d") && !node->state);
    CHECK(is_text(READ("cpathlib\nPosixPath\n(X\x01\x00\x00\x00/X\x03\x00\x00\x00usrX\x03\x00\x00\x00libtR."),
                  "/usr/lib"));
    node = READ("(X\x07\x00\x00\x00storagectorch\nHalfStorage\nX\x01\x00\x00\x00"
                "0X\x03\x00\x00\x00"
                "cpuK\x09tQ.");
    CHECK(node->kind == YD_PICKLE_PERSISTENT && node->items[0]->count == 5);
    node = READ("(X\x06\x00\x00\x00modulecmodels.yolo\nModel\nX\x01\x00\x00\x00"
                "fX\x01\x00\x00\x00stQ)\x81.");
    CHECK(yd_pickle_is_call(node, "models.yolo Model")); /* the legacy format's way to name a class */
}

static void numbers_of_numpy(void)
{
    double value = 0;
    CHECK(yd_pickle_number(READ("K\x07."), &value) && value == 7);
    CHECK(yd_pickle_number(READ("cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n(X\x02\x00\x00\x00"
                                "f8\x89\x88tR(K\x03X\x01\x00\x00\x00"
                                "<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
                                "C\x08\x00\x00\x00\x00\x00\x00\xe0\x3f\x86R."),
                           &value) &&
          value == .5);
    CHECK(yd_pickle_number(READ("cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85"
                                "C\x01"
                                "b\x87R(K\x01K\x01\x85"
                                "cnumpy\ndtype\nX\x02\x00\x00\x00"
                                "f4\x85R\x89"
                                "C\x04\x00\x00\xc0\x3ftb."),
                           &value) &&
          value == 1.5);
    /* Big-endian, too short, no number at all. */
    CHECK(!yd_pickle_number(READ("cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\x00\x00\x00"
                                 "f8\x85R(K\x03X\x01\x00\x00\x00>tb"
                                 "C\x08\x3f\xe0\x00\x00\x00\x00\x00\x00\x86R."),
                            &value));
    CHECK(!yd_pickle_number(READ("cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\x00\x00\x00"
                                 "f8\x85R"
                                 "C\x04\x00\x00\x00\x00\x86R."),
                            &value));
    CHECK(!yd_pickle_number(READ("X\x01\x00\x00\x00"
                                 "7."),
                            &value) &&
          !yd_pickle_number(NULL, &value));
}

static void what_is_refused(void)
{
#define CASE(literal, says)                                                                                  \
    {                                                                                                        \
        literal, sizeof(literal) - 1, says                                                                   \
    }
    static const struct {
        const char *bytes;
        size_t length;
        const char *says;
    } cases[] = {
        CASE("", "cut"),
        CASE("\x80\x02", "cut"),
        CASE("K", "cut"),
        CASE("X\x05\x00\x00\x00hell", "cut"),
        CASE("X\xff\xff\xff\xff.", "cut"),
        CASE("\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "cut"),
        CASE("\x8b\xff\xff\xff\xff.", "cut"),
        CASE("cos", "cut"),
        CASE("cos\nsystem", "cut"),
        CASE("\x80\x06.", "protocol 6"),
        CASE("\x80\x02\xfe.", "byte 2 of its pickle: unknown opcode 0xfe"),
        CASE("I1\n.", "unknown opcode 0x49"),
        CASE("cos\nsystem\n.", "\"os system\""),
        CASE("cposix\nsystem\n(X\x02\x00\x00\x00lstR.", "\"posix system\""),
        CASE("c__builtin__\neval\n.", "eval"),
        CASE("cbuiltins\ngetattr\n.", "getattr"),
        CASE("\x8c\x02os\x8c\x06system\x93.", "\"os system\""),
        CASE("cmodels.yolo\nos.system\n.", "os.system"),
        CASE("cmodels\nyolo\n.", "models yolo"),
        CASE("ctorch.nn.modules.conv\nConv2d x\n.", "Conv2d x"),
        CASE("ctorch.nnmodules\nx\n.", "torch.nnmodules x"),
        CASE("ctorch.storage\n_load_from_bytes\n.", "_load_from_bytes"),
        CASE("ctorch\nHalfStorage\n)R.", "calls \"torch HalfStorage\""),
        CASE("cnumpy\nndarray\n)\x81.", "makes a \"numpy ndarray\""),
        CASE("K\x01)R.", "no known name"),
        CASE("cmodels.yolo\nModel\nK\x01R.", "no known name"),
        CASE("c\n\n.", "refused"),
        CASE("cmodels.yolo\nMo\x00"
             "del\n.",
             "no module has"),
        CASE("K\x01\x93.", "empty stack"),
        CASE("K\x01K\x02\x93.", "no text"),
        CASE(".", "ends with 0 objects"),
        CASE("K\x01K\x02.", "ends with 2 objects"),
        CASE("K\x01(.", "wanted one"),
        CASE("0.", "no mark"),
        CASE("2.", "empty stack"),
        CASE("K\x01(2.", "empty stack"),
        CASE("t.", "no mark"),
        CASE("\x85.", "empty stack"),
        CASE("K\x01\x86.", "empty stack"),
        CASE("K\x01(K\x02\x87.", "empty stack"),
        CASE("K\x01"
             "a.",
             "empty stack"),
        CASE("K\x01K\x02"
             "a.",
             "no list, set or dict"),
        CASE("]K\x01K\x02s.", "no list, set or dict"),
        CASE("}(K\x01u.", "without a value"),
        CASE("}(K\x01"
             "e.",
             "no list, set or dict"),
        CASE("h\x00.", "memo place 0 was never filled"),
        CASE("K\x01q\x03h\x02.", "memo place 2"),
        CASE("q\x00.", "empty stack"),
        CASE("K\x01r\xff\xff\xff\xff.", "memo place 4294967295"),
        CASE("K\x01}b.", "a state"),
        CASE("Q.", "empty stack"),
        CASE("c_codecs\nencode\nX\x03\x00\x00\x00\xe2\x82\xac\x85R.", "no bytes"),
        CASE("c_codecs\nencode\nX\x01\x00\x00\x00\xc3\x85R.", "no bytes"),
        CASE("c_codecs\nencode\nK\x01\x85R.", "no text"),
        CASE("ccollections\nOrderedDict\nK\x01\x85R.", "pairs"),
        CASE("ccollections\nOrderedDict\n](K\x01"
             "e\x85R.",
             "pairs"),
        CASE("c__builtin__\nset\nK\x01\x85R.", "sequence"),
        CASE("cpathlib\nPosixPath\nK\x01\x85R.", "path"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        yd_pickle pickle;
        yd_error error = {0};
        yd_status status = read_bytes(cases[i].bytes, cases[i].length, &pickle, &error);
        bool sound = status == YD_ERR_FORMAT && strstr(error.message, cases[i].says) &&
                     strncmp(error.message, "sample.pt: ", 11) == 0;
        if (!sound) fprintf(stderr, "case %zu, wanted \"%s\": %s\n", i, cases[i].says, error.message);
        CHECK(sound);
    }
}

/* A megabyte of brackets: no recursion, no crash, an answer. */
static void depth_costs_nothing(void)
{
    enum { LENGTH = 1 << 20 };
    char *bytes = malloc(LENGTH);
    yd_pickle pickle;
    yd_error error;
    REQUIRE(bytes);
    memset(bytes, '(', LENGTH);
    CHECK(read_bytes(bytes, LENGTH, &pickle, &error) == YD_ERR_FORMAT);
    for (int i = 0; i < LENGTH / 2; i++) bytes[i] = ')', bytes[i + LENGTH / 2] = (char)0x86;
    bytes[LENGTH - 1] = '.';
    CHECK(read_bytes(bytes, LENGTH, &pickle, &error) == YD_OK); /* half a million tuples, one in another */
    yd_pickle_writer *writer = yd_pickle_writer_create();
    CHECK(yd_pickle_put_tree(writer, pickle.root, NULL, NULL, &error) == YD_ERR_FORMAT);
    yd_pickle_writer_destroy(writer);
    memset(bytes, '}', LENGTH);
    CHECK(read_bytes(bytes, LENGTH, &pickle, &error) == YD_ERR_FORMAT);
    free(bytes);
}

/* A list of 200,000 times None, or a text as long, and a call that copies it, 1,000 times: 1.6 GB, 200 MB. */
static void copies_are_bounded(void)
{
    static const struct {
        const char *callee, *arguments;
        bool text;
    } cases[] = {{"c__builtin__\nset\n", "h\x01\x85", false},
                 {"ctorch\nSize\n", "h\x01\x85", false},
                 {"ccollections\nOrderedDict\n", "h\x01\x85", false},
                 {"c_codecs\nencode\n", "h\x01\x85", true},
                 {"cpathlib\nPosixPath\n", "h\x01\x85", true}};
    enum { LENGTH = 200000, CALLS = 1000 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        yd_text stream = {0};
        yd_pickle pickle;
        yd_error error = {0};
        const uint8_t head[5] = {'X', LENGTH & 255, LENGTH >> 8 & 255, LENGTH >> 16};
        yd_text_add_bytes(&stream,
                          "K\x01K\x01\x86q\x00"
                          "0",
                          8); /* a pair */
        if (cases[i].text)
            yd_text_add_bytes(&stream, head, sizeof head);
        else
            yd_text_add(&stream, "](");
        for (int k = 0; k < LENGTH; k++) yd_text_add_bytes(&stream, "h", cases[i].text ? 1 : 2);
        yd_text_add(&stream, cases[i].text ? "q\x01"
                                             "0"
                                           : "eq\x01"
                                             "0");
        for (int k = 0; k < CALLS; k++) yd_text_addf(&stream, "%s%sR0", cases[i].callee, cases[i].arguments);
        yd_text_add(&stream, "N.");
        CHECK(read_bytes(stream.data, stream.length, &pickle, &error) == YD_ERR_FORMAT);
        CHECK(strstr(error.message, "its calls copy more than"));
        yd_text_free(&stream);
    }
}

static void put_sample(yd_pickle_writer *w)
{
    static const int64_t ints[] = {0, 255, 256, -1, INT32_MAX, INT64_C(1) << 31, INT64_MIN, INT64_MAX};
    yd_pickle_put_empty(w, YD_PICKLE_DICT);
    yd_pickle_put_begin(w);
    yd_pickle_put_text(w, "ints");
    yd_pickle_put_empty(w, YD_PICKLE_LIST);
    uint32_t list = yd_pickle_put_keep(w);
    yd_pickle_put_begin(w);
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) yd_pickle_put_int(w, ints[i]);
    yd_pickle_put_end_list(w);
    yd_pickle_put_text(w, "again");
    yd_pickle_put_kept(w, list);
    yd_pickle_put_text(w, "reals");
    yd_pickle_put_begin(w);
    yd_pickle_put_float(w, -0.0);
    yd_pickle_put_float(w, .1);
    yd_pickle_put_end_tuple(w);
    yd_pickle_put_text(w, "bytes");
    yd_pickle_put_bytes(w, "\0\x7f\x80\xff", 4);
    yd_pickle_put_text(w, "größe");
    yd_pickle_put_none(w);
    yd_pickle_put_text(w, "model");
    yd_pickle_put_global(w, "models.yolo", "Model");
    yd_pickle_put_empty(w, YD_PICKLE_TUPLE);
    yd_pickle_put_instance(w);
    yd_pickle_put_ordered_dict(w);
    yd_pickle_put_build(w);
    for (int i = 0; i < 2000; i++) { /* enough to grow the table of what is shared */
        char key[16];
        snprintf(key, sizeof key, "key %d", i % 1000);
        yd_pickle_put_text(w, key);
        yd_pickle_put_bool(w, i % 2);
    }
    yd_pickle_put_end_dict(w);
}

static void check_sample(const yd_pickle_node *root)
{
    const yd_pickle_node *ints = yd_pickle_get(root, "ints"), *bytes = yd_pickle_get(root, "bytes");
    REQUIRE(ints && ints->count == 8 && bytes);
    CHECK(is_int(ints->items[3], -1) && is_int(ints->items[5], INT64_C(1) << 31));
    CHECK(is_int(ints->items[6], INT64_MIN) && is_int(ints->items[7], INT64_MAX));
    CHECK(yd_pickle_get(root, "again") == ints);
    CHECK(signbit(yd_pickle_get(root, "reals")->items[0]->real) &&
          yd_pickle_get(root, "reals")->items[1]->real == .1);
    CHECK(bytes->count == 4 && memcmp(bytes->text, "\0\x7f\x80\xff", 4) == 0);
    CHECK(yd_pickle_is(yd_pickle_get(root, "größe"), YD_PICKLE_NONE));
    const yd_pickle_node *model = yd_pickle_get(root, "model");
    CHECK(yd_pickle_is_call(model, "models.yolo Model") && model->instance && model->state &&
          model->state->ordered);
    CHECK(root->count == 2 * (6 + 2000));
    CHECK(root->items[2 * 6]->text == root->items[2 * (6 + 1000)]->text); /* written once */
    CHECK(yd_pickle_get(root, "key 7")->integer == 1);
}

static void written_and_read(void)
{
    yd_pickle_writer *writer = yd_pickle_writer_create(), *second = yd_pickle_writer_create();
    const char *bytes;
    size_t length;
    yd_pickle pickle;
    yd_error error;
    REQUIRE(writer && second);
    put_sample(writer);
    REQUIRE(yd_pickle_writer_finish(writer, &bytes, &length, &error) == YD_OK);
    REQUIRE(read_bytes(bytes, length, &pickle, &error) == YD_OK);
    check_sample(pickle.root);
    REQUIRE(yd_pickle_put_tree(second, pickle.root, NULL, NULL, &error) == YD_OK);
    REQUIRE(yd_pickle_writer_finish(second, &bytes, &length, &error) == YD_OK);
    REQUIRE(read_bytes(bytes, length, &pickle, &error) == YD_OK);
    check_sample(pickle.root);
    yd_pickle_writer_destroy(second);
    yd_pickle_writer_destroy(writer);
}

/* A list in itself, and a set in itself, which Python cannot build: written as a loop, or refused; never
 * without end. */
static void loops_end(void)
{
    yd_pickle_writer *writer = yd_pickle_writer_create();
    const char *bytes;
    size_t length;
    yd_pickle pickle;
    yd_error error;
    REQUIRE(writer);
    REQUIRE(yd_pickle_put_tree(writer,
                               READ("]q\x00(h\x00h\x00"
                                    "e."),
                               NULL, NULL, &error) == YD_OK);
    REQUIRE(yd_pickle_writer_finish(writer, &bytes, &length, &error) == YD_OK);
    REQUIRE(read_bytes(bytes, length, &pickle, &error) == YD_OK);
    CHECK(pickle.root->count == 2 && pickle.root->items[1] == pickle.root);
    yd_pickle_writer_destroy(writer);
    writer = yd_pickle_writer_create();
    CHECK(yd_pickle_put_tree(writer, READ("\x8f\x94(h\x00h\x00\x90."), NULL, NULL, &error) == YD_ERR_FORMAT);
    yd_pickle_writer_destroy(writer);
}

static void python_reads_what_is_written(void)
{
    if (system("python3 -c pass 2>/dev/null") != 0) yd_test_skip("needs python3");
    yd_pickle_writer *w = yd_pickle_writer_create();
    const char *bytes;
    size_t length;
    yd_error error;
    REQUIRE(w);
    yd_pickle_put_ordered_dict(w);
    yd_pickle_put_begin(w);
    yd_pickle_put_text(w, "a");
    yd_pickle_put_int(w, INT64_MIN);
    yd_pickle_put_text(w, "b");
    yd_pickle_put_bytes(w, "\0\x80\xff", 3);
    yd_pickle_put_text(w, "c");
    yd_pickle_put_float(w, 5e-324);
    yd_pickle_put_text(w, "d");
    yd_pickle_put_text(w, "a");
    yd_pickle_put_end_dict(w);
    REQUIRE(yd_pickle_writer_finish(w, &bytes, &length, &error) == YD_OK);
    FILE *python = popen("python3 -c \"import pickle, sys, collections; d = pickle.load(sys.stdin.buffer); "
                         "sys.exit(d != {'a': -2**63, 'b': bytes([0, 128, 255]), 'c': 5e-324, 'd': 'a'} "
                         "or type(d) is not collections.OrderedDict)\"",
                         "w");
    REQUIRE(python && fwrite(bytes, 1, length, python) == length);
    CHECK(pclose(python) == 0);
    yd_pickle_writer_destroy(w);
}

static void leave(void)
{
    yd_arena_destroy(arena);
    arena = NULL;
}

static const yd_test_case cases[] = {
    {"scalars", scalars},
    {"texts and bytes", texts_and_bytes},
    {"containers", containers},
    {"memo and stack", memo_and_stack},
    {"calls and objects", calls_and_objects},
    {"numbers of NumPy", numbers_of_numpy},
    {"what is refused", what_is_refused},
    {"copies are bounded", copies_are_bounded},
    {"depth costs nothing", depth_costs_nothing},
    {"written and read", written_and_read},
    {"loops end", loops_end},
    {"Python reads what is written", python_reads_what_is_written},
    {"(clean up)", leave},
};
TEST_MAIN(cases)
