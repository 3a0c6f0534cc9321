/* Opening a data set: what is left out and why, the cache, classes, rectangles, weights; and a real one. */
#include "base/file.h"
#include "base/hash.h"
#include "data/cache.h"
#include "data/dataset.h"
#include "data/picture.h"
#include "image/write.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path_of(const char *set, const char *name)
{
    static char paths[64][4400];
    static unsigned next;
    char *path = paths[next++ % 64];
    snprintf(path, sizeof paths[0], "%s/%s/%s", yd_test_folder(), set, name);
    return path;
}

static void make_file(const char *set, const char *name, const void *data, size_t length)
{
    char folder[4400];
    yd_path_parent(folder, sizeof folder, path_of(set, name));
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    REQUIRE(yd_file_write(path_of(set, name), data, length, NULL) == YD_OK);
}

static void make_text(const char *set, const char *name, const char *text)
{
    make_file(set, name, text, strlen(text));
}

static void make_picture(const char *set, const char *name, int width, int height)
{
    yd_image image;
    yd_text data = {0};
    REQUIRE(yd_image_create(width, height, &image, NULL) == YD_OK);
    yd_image_fill(&image, 90);
    bool png = strstr(name, ".png") != NULL;
    REQUIRE((png ? yd_image_encode_png(&image, &data, NULL)
                 : yd_image_encode_jpeg(&image, 90, &data, NULL)) == YD_OK);
    make_file(set, name, data.data, data.length);
    yd_text_free(&data);
    yd_image_free(&image);
}

static yd_dataset_options options_for(const char *const *entry)
{
    return (yd_dataset_options){.entries = entry,
                                .entry_count = 1,
                                .image_size = 64,
                                .batch_size = 4,
                                .stride = 32,
                                .classes = 3,
                                .rules = yd_data_rules_v7,
                                .threads = 2};
}

static yd_dataset *must_open(const yd_dataset_options *options)
{
    yd_dataset *set;
    yd_error error;
    if (yd_dataset_open(options, &set, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return set;
}

/* ---- broken files ---- */

static void make_broken(const char *set)
{
    make_picture(set, "images/a_good.jpg", 40, 30);
    make_text(set, "labels/a_good.txt", "0 .5 .5 .2 .2\n1 .5 .5 .3 .3\n");
    make_picture(set, "images/b_background.png", 40, 30);
    make_picture(set, "images/c_empty.jpg", 40, 30);
    make_text(set, "labels/c_empty.txt", "\n");
    make_text(set, "images/d_html.jpg", "<html>");
    make_text(set, "images/e_nothing.jpg", "");
    make_picture(set, "images/f_small.png", 9, 30);
    make_picture(set, "images/g_negative.jpg", 40, 30);
    make_text(set, "labels/g_negative.txt", "0 .5 .5 -.2 .2\n");
    make_picture(set, "images/h_twice.jpg", 40, 30);
    make_text(set, "labels/h_twice.txt", "1 .5 .5 .2 .2\n0 .5 .5 .2 .2\n1 .5 .5 .2 .2\n");
    make_picture(set, "images/i_unended.jpg", 40, 30);
    make_picture(set, "images/j_cut.jpg", 40, 30);
    make_text(set, "images/k_webp.webp", "RIFF\1\2\3\4WEBPVP8 ");
    REQUIRE(mkdir(path_of(set, "images/l_folder.jpg"), 0777) == 0);
    REQUIRE(symlink("/dev/zero", path_of(set, "images/m_device.jpg")) == 0);
    REQUIRE(yd_file_append(path_of(set, "images/i_unended.jpg"), "tail", 4, NULL) == YD_OK);
    char *data;
    size_t length;
    REQUIRE(yd_file_read(path_of(set, "images/j_cut.jpg"), 0, &data, &length, NULL) == YD_OK);
    make_file(set, "images/j_cut.jpg", data, length - 40);
    free(data);
}

static void check_message(const yd_dataset *set, int i, const char *folder, const char *name, bool left_out,
                          const char *text)
{
    REQUIRE(i < set->message_count);
    CHECK_TEXT(set->messages[i].path, path_of(folder, name));
    CHECK(set->messages[i].left_out == left_out);
    if (!strstr(set->messages[i].text, text)) CHECK_TEXT(set->messages[i].text, text);
}

static void broken_files(void)
{
    make_broken("broken");
    const char *entry = path_of("broken", "images");
    yd_dataset_options options = options_for(&entry);
    yd_dataset *set = must_open(&options);
    CHECK(set->count == 5 && set->found == 4 && set->missing == 2 && set->empty == 1 && set->corrupt == 6);
    CHECK(set->label_count == 4 && set->class_counts[0] == 2 && set->class_counts[1] == 2 &&
          set->class_counts[2] == 0);
    REQUIRE(set->message_count == 8);
    check_message(set, 0, "broken", "images/d_html.jpg", true, "not a picture");
    check_message(set, 1, "broken", "images/e_nothing.jpg", true, "an empty file");
    check_message(set, 2, "broken", "images/f_small.png", true,
                  "9 x 30 pixels; at least 10 a side are wanted");
    check_message(set, 3, "broken", "images/g_negative.jpg", true,
                  "labels/g_negative.txt:1: coordinates must be normalised to 0..1, found -0.2");
    check_message(set, 4, "broken", "images/h_twice.jpg", false, "used once");
    check_message(set, 5, "broken", "images/i_unended.jpg", false, "follows the end marker");
    check_message(set, 6, "broken", "images/j_cut.jpg", true, "a broken JPEG: truncated");
    check_message(set, 7, "broken", "images/k_webp.webp", true, "a broken WebP: truncated");
    yd_dataset_close(set);
    options.rules = yd_data_rules_seed; /* stricter: neither duplicates nor a missing end marker */
    set = must_open(&options);
    CHECK(set->count == 3 && set->corrupt == 8 && !set->from_cache);
    check_message(set, 4, "broken", "images/h_twice.jpg", true, "h_twice.txt:3: the same label as in line 1");
    check_message(set, 5, "broken", "images/i_unended.jpg", true, "does not end in an end marker");
    yd_dataset_close(set);
}

/* ---- the cache ---- */

static void check_equal(const yd_dataset *a, const yd_dataset *b)
{
    REQUIRE(a->count == b->count && a->message_count == b->message_count);
    CHECK(a->found == b->found && a->missing == b->missing && a->empty == b->empty &&
          a->corrupt == b->corrupt);
    for (int i = 0; i < a->count; i++) {
        const yd_labels *x = &a->labels[i], *y = &b->labels[i];
        CHECK_TEXT(a->paths[i], b->paths[i]);
        CHECK(a->sizes[i][0] == b->sizes[i][0] && a->sizes[i][1] == b->sizes[i][1]);
        REQUIRE(x->count == y->count && !x->ends == !y->ends);
        CHECK(x->largest_class == y->largest_class && x->largest_line == y->largest_line);
        if (x->count) CHECK(memcmp(x->rows, y->rows, (size_t)x->count * 5 * sizeof(float)) == 0);
        for (int k = 0; x->ends && k < x->count; k++) CHECK(x->ends[k] == y->ends[k]);
        if (x->ends)
            CHECK(memcmp(x->points, y->points, (size_t)x->ends[x->count - 1] * 2 * sizeof(float)) == 0);
    }
    for (int i = 0; i < a->message_count; i++) CHECK_TEXT(a->messages[i].text, b->messages[i].text);
}

static void cache(void)
{
    make_broken("cached");
    make_picture("cached", "images/z_polygons.jpg", 50, 60);
    make_text("cached", "labels/z_polygons.txt", "0 .1 .1 .5 .1 .5 .5\n2 .2 .2 .3 .2 .3 .3 .2 .3\n");
    const char *entry = path_of("cached", "images");
    yd_dataset_options options = options_for(&entry);
    yd_dataset *first = must_open(&options), *second = must_open(&options), *third;
    CHECK(!first->from_cache && second->from_cache);
    CHECK(yd_file_exists(path_of("cached", "labels.yolodeck.cache")));
    check_equal(first, second);
    yd_dataset_close(second);
    options.no_cache_file = true;
    options.threads = 7;
    second = must_open(&options);
    CHECK(!second->from_cache);
    check_equal(first, second);
    yd_dataset_close(second);
    options.no_cache_file = false;
    /* A label file of the same size, changed: the time tells. */
    make_text("cached", "labels/a_good.txt", "0 .5 .5 .2 .2\n2 .5 .5 .3 .3\n");
    third = must_open(&options);
    CHECK(!third->from_cache && third->labels[0].rows[5] == 2);
    yd_dataset_close(third);
    make_text("cached", "labels/b_background.txt", "0 .5 .5 .2 .2\n"); /* appeared */
    third = must_open(&options);
    CHECK(!third->from_cache && third->missing == first->missing - 1);
    yd_dataset_close(third);
    yd_dataset_close(first);
}

/* Label files around the size of the buffer that they are read into. */
static void long_label_files(void)
{
    enum { LINE = 18, MOST = 20000 };
    static const int lines[] = {3640, 3641, 3642, MOST}; /* 65536 bytes end within the second */
    char *text = malloc(LINE * MOST + 1);
    REQUIRE(text);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char name[64];
        for (int k = 0; k < lines[i]; k++)
            snprintf(text + (size_t)k * LINE, LINE + 1, "1 .%05u .5 .2 .2\n", (unsigned)k % MOST);
        snprintf(name, sizeof name, "images/%zu.jpg", i);
        make_picture("long", name, 40, 30);
        snprintf(name, sizeof name, "labels/%zu.txt", i);
        make_file("long", name, text, (size_t)lines[i] * LINE);
    }
    free(text);
    const char *entry = path_of("long", "images");
    yd_dataset_options options = options_for(&entry);
    yd_dataset *set = must_open(&options);
    REQUIRE(set->count == 4);
    for (int i = 0; i < 4; i++) CHECK(set->labels[i].count == lines[i]);
    yd_dataset_close(set);
}

static void cache_unwritable(void)
{
    make_picture("locked", "images/a.jpg", 40, 30);
    make_text("locked", "labels/a.txt", "0 .5 .5 .2 .2\n");
    /* A folder in the cache's place cannot be replaced, not even by root. */
    REQUIRE(yd_make_folders(path_of("locked", "labels.yolodeck.cache/x"), NULL) == YD_OK);
    const char *entry = path_of("locked", "images");
    yd_dataset_options options = options_for(&entry);
    yd_dataset *set = must_open(&options);
    CHECK(set->count == 1 && !set->from_cache);
    yd_dataset_close(set);
}

/* Damage anywhere: noticed by the checksum; with a checksum that fits, still harmless. */
static void cache_hostile(void)
{
    make_picture("hostile", "images/a.jpg", 40, 30);
    make_text("hostile", "labels/a.txt", "0 .1 .1 .5 .1 .5 .5\n2 .2 .2 .3 .2 .3 .3 .2 .3\n");
    make_text("hostile", "images/b.jpg", "no");
    const char *entry = path_of("hostile", "images"), *path = path_of("hostile", "labels.yolodeck.cache");
    yd_dataset_options options = options_for(&entry);
    yd_dataset_close(must_open(&options));
    char *data;
    size_t length;
    REQUIRE(yd_file_read(path, 0, &data, &length, NULL) == YD_OK);
    yd_cache_key key;
    memcpy(key.digest, data + 16, sizeof key.digest);
    for (size_t i = 0; i < length; i++)
        for (int signed_again = 0; signed_again < 2; signed_again++) {
            yd_arena *arena = yd_arena_create(0);
            yd_scan_item items[2];
            data[i] ^= (char)(signed_again ? 0xFF : 1);
            uint64_t kept, sum = yd_fnv1a(data, length - 8);
            memcpy(&kept, data + length - 8, 8);
            if (signed_again) memcpy(data + length - 8, &sum, 8);
            REQUIRE(yd_file_write(path, data, length, NULL) == YD_OK);
            bool read = yd_cache_read(path, &key, 2, arena, items);
            if (!signed_again) CHECK(!read);
            for (int k = 0; read && k < items[0].labels.count * 5; k++)
                CHECK(items[0].labels.rows[k] >= 0 && (k % 5 == 0 || items[0].labels.rows[k] <= 1));
            memcpy(data + length - 8, &kept, 8);
            data[i] ^= (char)(signed_again ? 0xFF : 1);
            yd_arena_destroy(arena);
        }
    for (size_t cut = 0; cut < length; cut++) {
        yd_scan_item items[2];
        yd_arena *arena = yd_arena_create(0);
        REQUIRE(yd_file_write(path, data, cut, NULL) == YD_OK);
        CHECK(!yd_cache_read(path, &key, 2, arena, items));
        yd_arena_destroy(arena);
    }
    free(data);
}

/* ---- errors of the whole run ---- */

static void expect_error(const yd_dataset_options *options, yd_status status, const char *message)
{
    yd_dataset *set;
    yd_error error = {0};
    CHECK(yd_dataset_open(options, &set, &error) == status);
    CHECK(set == NULL);
    if (!strstr(error.message, message)) CHECK_TEXT(error.message, message);
}

static bool stop_at_once(void *context, int done, int total)
{
    (void)done, (void)total;
    ++*(int *)context;
    return false;
}

static void run_errors(void)
{
    make_picture("classes", "images/a.jpg", 40, 30);
    make_text("classes", "labels/a.txt", "0 .5 .5 .2 .2\n\n3 .5 .5 .2 .3\n");
    const char *entry = path_of("classes", "images");
    yd_dataset_options options = options_for(&entry);
    expect_error(&options, YD_ERR_DATA, "labels/a.txt:3: class 3, but the data set has 3 classes (0 to 2)");
    expect_error(&options, YD_ERR_DATA, "labels/a.txt:3: class 3"); /* from the cache too */
    options.single_class = true;
    yd_dataset *set = must_open(&options);
    CHECK(set->class_counts[0] == 2 && set->labels[0].rows[5] == 0);
    yd_dataset_close(set);
    int calls = 0;
    options.no_cache_file = true;
    options.progress = stop_at_once;
    options.progress_context = &calls;
    expect_error(&options, YD_ERR_STOPPED, "stopped");
    CHECK(calls == 1);
    make_picture("bare", "images/a.jpg", 40, 30);
    entry = path_of("bare", "images");
    options = options_for(&entry);
    set = must_open(&options); /* validation can do without labels */
    yd_dataset_close(set);
    options.augment = true;
    expect_error(&options, YD_ERR_DATA,
                 "no picture has a label, so there is nothing to train on; those of a.jpg are looked for in");
    make_text("rotten", "images/a.jpg", "rotten");
    entry = path_of("rotten", "images");
    options = options_for(&entry);
    expect_error(&options, YD_ERR_DATA, "rotten/images/a.jpg: not a picture");
    options.batch_size = 0;
    expect_error(&options, YD_ERR_CONFIG, "batch size 0");
}

/* ---- rectangles ---- */

static void rectangles(void)
{
    static const struct {
        int sizes[2][2], image_size, stride; /* width, height of both pictures of a batch */
        double pad;
        int width, height;
    } table[] = {
        {{{200, 100}, {200, 120}}, 640, 32, .5, 672, 416}, {{{200, 100}, {200, 120}}, 640, 32, 0, 640, 384},
        {{{200, 150}, {200, 150}}, 640, 32, .5, 672, 512}, {{{100, 120}, {100, 150}}, 640, 32, .5, 576, 672},
        {{{100, 120}, {100, 150}}, 640, 32, 0, 544, 640},  {{{100, 100}, {100, 100}}, 640, 32, .5, 672, 672},
        {{{200, 120}, {100, 150}}, 640, 32, 0, 640, 640},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        make_picture("rect", "images/a.jpg", table[i].sizes[0][0], table[i].sizes[0][1]);
        make_picture("rect", "images/b.jpg", table[i].sizes[1][0], table[i].sizes[1][1]);
        const char *entry = path_of("rect", "images");
        yd_dataset_options options = options_for(&entry);
        options.image_size = table[i].image_size, options.stride = table[i].stride,
        options.pad = table[i].pad;
        options.rect = options.no_cache_file = true;
        yd_dataset *set = must_open(&options);
        yd_batch_shape shape = yd_dataset_shape(set, 0);
        CHECK(set->batch_count == 1 && shape.width == table[i].width && shape.height == table[i].height);
        yd_dataset_close(set);
    }
}

static void rectangles_sorted(void)
{
    char name[64];
    static const int widths[5] = {100, 50, 200, 20, 100};
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "images/%d.jpg", i);
        make_picture("sorted", name, widths[i], 100);
        snprintf(name, sizeof name, "labels/%d.txt", i);
        char text[32];
        snprintf(text, sizeof text, "%d .5 .5 .5 .5", i % 3);
        make_text("sorted", name, text);
    }
    const char *entry = path_of("sorted", "images");
    yd_dataset_options options = options_for(&entry);
    options.rect = true, options.batch_size = 2;
    yd_dataset *set = must_open(&options);
    static const int order[5] = {2, 0, 4, 1, 3};
    REQUIRE(set->count == 5 && set->batch_count == 3);
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "images/%d.jpg", order[i]);
        CHECK_TEXT(set->paths[i], path_of("sorted", name));
        CHECK(set->sizes[i][0] == widths[order[i]] && set->labels[i].rows[0] == (float)(order[i] % 3));
    }
    CHECK(yd_dataset_shape(set, 0).height == 64 && yd_dataset_shape(set, 0).width == 64);
    CHECK(yd_dataset_shape(set, 2).height == 64 && yd_dataset_shape(set, 2).width == 32);
    yd_dataset_close(set);
}

static void weights(void)
{
    make_picture("weights", "images/a.jpg", 40, 30);
    make_picture("weights", "images/b.jpg", 40, 30);
    make_picture("weights", "images/c.jpg", 40, 30);
    make_text("weights", "labels/a.txt", "0 .5 .5 .2 .2\n0 .5 .5 .3 .2\n0 .5 .5 .4 .2\n");
    make_text("weights", "labels/b.txt", "0 .5 .5 .2 .2\n1 .5 .5 .2 .2\n");
    const char *entry = path_of("weights", "images");
    yd_dataset_options options = options_for(&entry);
    yd_dataset *set = must_open(&options);
    /* Counts 4, 1, 0 (which counts as 1): inverse 1/4, 1, 1, summing to 2.25. */
    const double maps[3] = {0, .5, 0};
    double found[3];
    yd_dataset_picture_weights(set, maps, found);
    CHECK_NEAR(found[0], 3 * .25 / 2.25, 1e-12);
    CHECK_NEAR(found[1], .25 / 2.25 + .25 / 2.25, 1e-12);
    CHECK_NEAR(found[2], 0, 0);
    yd_dataset_close(set);
}

/* ---- pictures ---- */

static void kept_pictures(void)
{
    make_picture("kept", "images/a.jpg", 100, 40);
    const char *entry = path_of("kept", "images");
    yd_dataset_options options = options_for(&entry);
    options.keep_in_memory = true;
    yd_dataset *set = must_open(&options);
    yd_reader reader = {.dataset = set};
    yd_picture first, second;
    CHECK(yd_dataset_kept_bytes(set) == 0);
    REQUIRE(yd_picture_load(&reader, 0, &first, NULL) == YD_OK);
    CHECK(!first.kept && first.image.width == 64 && first.image.height == 25 && first.native_width == 100);
    CHECK(yd_dataset_kept_bytes(set) == 64 * 25 * 3);
    unlink(path_of("kept", "images/a.jpg"));
    REQUIRE(yd_picture_load(&reader, 0, &second, NULL) == YD_OK);
    CHECK(second.kept && !second.broken && second.native_height == 40 && second.image.height == 25);
    CHECK(memcmp(first.image.pixels, second.image.pixels, yd_image_bytes(&first.image)) == 0);
    yd_picture_release(&second);
    yd_picture_release(&first);
    yd_dataset_close(set);
}

static void fitting(void)
{
    static const int table[][5] = {
        {300, 120, 128, 128, 51}, {640, 480, 640, 640, 480}, {64, 64, 128, 128, 128}, {10000, 10, 64, 64, 1}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int width, height;
        yd_picture_fit(table[i][0], table[i][1], table[i][2], &width, &height);
        CHECK(width == table[i][3] && height == table[i][4]);
    }
}

/* BCCD, a real one: the numbers of its ORIGIN.txt. */
static void real(void)
{
    static const struct {
        const char *split;
        int images;
        int64_t boxes[3];
    } splits[] = {{"train", 205, {2381, 214, 209}}, {"val", 87, {967, 87, 83}}, {"test", 72, {805, 71, 69}}};
    for (int i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "datasets/bccd/images/%s", splits[i].split);
        const char *entry = yd_test_shared(name);
        yd_dataset_options options = options_for(&entry);
        options.no_cache_file = true;
        yd_dataset *set = must_open(&options);
        CHECK(set->count == splits[i].images && set->found == splits[i].images);
        CHECK(set->missing == 0 && set->empty == 0 && set->corrupt == 0 && set->message_count == 0);
        for (int c = 0; c < 3; c++) CHECK(set->class_counts[c] == splits[i].boxes[c]);
        yd_reader reader = {.dataset = set};
        for (int k = 0; k < set->count; k++) {
            yd_picture picture;
            REQUIRE(yd_picture_load(&reader, k, &picture, NULL) == YD_OK);
            CHECK(!picture.broken && picture.native_width == 640 && picture.native_height == 480);
            CHECK(set->sizes[k][0] == 640 && set->sizes[k][1] == 480);
            yd_picture_release(&picture);
        }
        yd_dataset_close(set);
    }
}

static const yd_test_case cases[] = {
    {"broken files", broken_files},
    {"cache", cache},
    {"long label files", long_label_files},
    {"cache, unwritable", cache_unwritable},
    {"cache, hostile", cache_hostile},
    {"errors of the run", run_errors},
    {"rectangles", rectangles},
    {"rectangles, sorted", rectangles_sorted},
    {"weights", weights},
    {"kept pictures", kept_pictures},
    {"fitting", fitting},
    {"BCCD", real},
};
TEST_MAIN(cases)
