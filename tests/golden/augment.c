/* Quads, mosaics of nine, polygons and image weights against what YOLOv5's own loader makes of the same:
 * augment.npz beside this file, written by make_augment.py. */
#include "data/copy_paste.h"
#include "data/mosaic.h"
#include "data/perspective.h"
#include "data/quad.h"
#include "image/write.h"
#include "support/npz.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NINE = 9 };

static yd_npz *open_pack(void)
{
    return yd_npz_open(YD_SOURCE_DIR "/tests/golden/augment.npz");
}

/* The rows of a group's samples, moved as a montage moves them. */
static void check_rows(const yd_npy *rows, const yd_npy *wanted, bool tiled)
{
    const float *row = rows->data, *want = wanted->data;
    size_t found = 0;
    for (size_t i = 0; i < rows->dims[0]; i++) {
        int sample = (int)row[6 * i];
        float moved[5];
        if (!tiled && sample % YD_QUAD) continue;
        memcpy(moved, row + 6 * i + 1, sizeof moved);
        if (tiled) yd_quad_labels(sample % YD_QUAD, moved, 1);
        REQUIRE(found < wanted->dims[0]);
        CHECK(want[6 * found] == (float)(sample / YD_QUAD));
        CHECK(memcmp(moved, want + 6 * found + 1, sizeof moved) == 0);
        found++;
    }
    CHECK(found == wanted->dims[0]);
}

static void quads(void)
{
    yd_npz *pack = open_pack();
    const yd_npy *images = yd_npz_need(pack, "quad/images");
    const uint8_t *samples = images->data;
    int height = (int)images->dims[2], width = (int)images->dims[3];
    size_t sample = 3 * images->dims[2] * images->dims[3], quad = sample * YD_QUAD;
    uint8_t *planes = malloc(quad);
    REQUIRE(planes && images->dims[0] == 2 * YD_QUAD);
    for (int tiled = 0; tiled < 2; tiled++) {
        const yd_npy *wanted = yd_npz_need(pack, tiled ? "quad/tiled_images" : "quad/enlarged_images");
        REQUIRE(wanted->elements == 2 * quad);
        for (size_t group = 0; group < 2; group++) {
            const uint8_t *first = samples + group * quad;
            if (tiled)
                yd_quad_tile(first, width, height, planes);
            else
                yd_quad_enlarge(first, width, height, planes);
            CHECK(memcmp(planes, (const uint8_t *)wanted->data + group * quad, quad) == 0);
        }
        check_rows(yd_npz_need(pack, "quad/rows"),
                   yd_npz_need(pack, tiled ? "quad/tiled_rows" : "quad/enlarged_rows"), tiled);
    }
    free(planes);
    yd_npz_close(pack);
}

/* Picture i of the pack, and its labels, as files. */
static void write_picture(yd_npz *pack, int i, int width, int height, const char *folder)
{
    char path[4300];
    yd_image image;
    REQUIRE(yd_image_create(width, height, &image, NULL) == YD_OK);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                image.pixels[3 * (y * width + x) + 2 - c] = (uint8_t)(3 * x + 5 * y + 40 * c + 17 * i);
    snprintf(path, sizeof path, "%s/images/%d.png", folder, i);
    REQUIRE(yd_image_write(&image, path, NULL) == YD_OK);
    yd_image_free(&image);
    snprintf(path, sizeof path, "%s/labels/%d.txt", folder, i);
    FILE *file = fopen(path, "w");
    REQUIRE(file);
    const yd_npy *labels = yd_npz_need(pack, "nine/labels");
    const float *row = labels->data;
    for (size_t k = 0; k < labels->dims[0]; k++, row += 6)
        if ((int)row[0] == i)
            fprintf(file, "%g %.9g %.9g %.9g %.9g\n", (double)row[1], (double)row[2], (double)row[3],
                    (double)row[4], (double)row[5]);
    fclose(file);
}

static yd_dataset *open_nine(yd_npz *pack, int size)
{
    static char folder[4200], entry[4300];
    const int32_t *sizes = yd_npz_need(pack, "nine/sizes")->data;
    snprintf(folder, sizeof folder, "%s/nine", yd_test_folder());
    snprintf(entry, sizeof entry, "%s/images", folder);
    REQUIRE(mkdir(folder, 0700) == 0 && mkdir(entry, 0700) == 0);
    snprintf(entry, sizeof entry, "%s/labels", folder);
    REQUIRE(mkdir(entry, 0700) == 0);
    for (int i = 0; i < NINE; i++) write_picture(pack, i, sizes[2 * i], sizes[2 * i + 1], folder);
    snprintf(entry, sizeof entry, "%s/images", folder);
    const char *entries[] = {entry};
    yd_dataset_options options = {.entries = entries,
                                  .entry_count = 1,
                                  .image_size = size,
                                  .batch_size = 1,
                                  .stride = 32,
                                  .augment = true,
                                  .classes = 5,
                                  .no_cache_file = true,
                                  .rules = yd_data_rules_v7};
    yd_dataset *set;
    yd_error error;
    if (yd_dataset_open(&options, &set, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    REQUIRE(set->count == NINE);
    return set;
}

static void nine(void)
{
    yd_npz *pack = open_pack();
    const yd_npy *canvas = yd_npz_need(pack, "nine/canvas"), *wanted = yd_npz_need(pack, "nine/boxes");
    const int32_t *window = yd_npz_need(pack, "nine/window")->data;
    int side = (int)canvas->dims[0];
    yd_dataset *set = open_nine(pack, side / 2);
    yd_reader reader = {.dataset = set};
    yd_mosaic_draws draws = {.count = NINE, .y = window[0], .x = window[1]};
    for (int i = 0; i < NINE; i++) draws.pictures[i] = i;
    yd_mosaic mosaic;
    yd_boxes boxes = yd_boxes_make();
    yd_image found;
    REQUIRE(yd_mosaic_open(&reader, &draws, &mosaic, &boxes, NULL) == YD_OK);
    REQUIRE(mosaic.collage.width == side && yd_image_create(side, side, &found, NULL) == YD_OK);
    yd_collage_draw(&mosaic.collage, &found);
    const uint8_t *bgr = canvas->data;
    int differing = 0;
    for (size_t i = 0; i < canvas->elements; i++) differing += found.pixels[i / 3 * 3 + 2 - i % 3] != bgr[i];
    CHECK(differing == 0);
    REQUIRE(boxes.boxes.count == wanted->dims[0]);
    for (size_t i = 0; i < boxes.boxes.count; i++) {
        const yd_box *box = &YD_AT(yd_box, &boxes.boxes, i);
        const float *want = (const float *)wanted->data + 5 * i,
                    values[] = {box->class, box->x1, box->y1, box->x2, box->y2};
        for (int k = 0; k < 5; k++) CHECK_NEAR((double)values[k], (double)want[k], 1e-4);
    }
    yd_image_free(&found);
    yd_boxes_free(&boxes);
    yd_mosaic_close(&mosaic);
    yd_dataset_close(set);
    yd_npz_close(pack);
}

/* ---- polygons ---- */

static void load_objects(yd_npz *pack, yd_boxes *boxes)
{
    const yd_npy *rows = yd_npz_need(pack, "paste/boxes");
    const float *row = rows->data, *points = yd_npz_floats(pack, "paste/points");
    const int32_t *ends = yd_npz_need(pack, "paste/ends")->data;
    for (int i = 0, from = 0; i < (int)rows->dims[0]; from = ends[i++], row += 5) {
        const yd_box box = {row[0], row[1], row[2], row[3], row[4], from, ends[i] - from};
        REQUIRE(yd_vector_push(&boxes->boxes, &box));
        for (int k = from; k < ends[i]; k++)
            REQUIRE(yd_vector_push(&boxes->points, &(yd_point){points[2 * k], points[2 * k + 1]}));
    }
}

static void compare_boxes(const yd_boxes *boxes, const yd_npy *wanted, double tolerance)
{
    REQUIRE(boxes->boxes.count == wanted->dims[0]);
    for (size_t i = 0; i < boxes->boxes.count; i++) {
        const yd_box *box = &YD_AT(yd_box, &boxes->boxes, i);
        const float values[] = {box->class, box->x1, box->y1, box->x2, box->y2};
        for (size_t k = 0; k < 5; k++) CHECK_NEAR((double)values[k], yd_npy_at(wanted, 5 * i + k), tolerance);
    }
}

static void pasting(void)
{
    yd_npz *pack = open_pack();
    const yd_npy *image = yd_npz_need(pack, "paste/image"), *picks = yd_npz_need(pack, "paste/picks");
    const uint8_t *wanted = yd_npz_need(pack, "paste/pasted")->data, *from = image->data;
    yd_boxes boxes = yd_boxes_make();
    yd_image found;
    int differing = 0, changed = 0;
    load_objects(pack, &boxes);
    REQUIRE(yd_image_create((int)image->dims[1], (int)image->dims[0], &found, NULL) == YD_OK);
    memcpy(found.pixels, image->data, image->elements); /* which channel is which plays no part */
    REQUIRE(yd_copy_paste(&found, &boxes, picks->data, (int)picks->elements, &yd_data_rules_v7, NULL) ==
            YD_OK);
    for (size_t i = 0; i < image->elements; i++)
        differing += found.pixels[i] != wanted[i], changed += wanted[i] != from[i];
    printf("       %d of %d changed samples differ\n", differing, changed);
    CHECK(differing == 0 && changed > 0);
    compare_boxes(&boxes, yd_npz_need(pack, "paste/pasted_boxes"), 1e-5);
    yd_image_free(&found);
    yd_boxes_free(&boxes);
    yd_npz_close(pack);
}

static void moving_polygons(void)
{
    yd_npz *pack = open_pack();
    const yd_npy *image = yd_npz_need(pack, "paste/image");
    const double *d = yd_npz_doubles(pack, "warp/draws");
    const yd_perspective_draws draws = {d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]};
    int height = (int)image->dims[0], width = (int)image->dims[1];
    yd_boxes boxes = yd_boxes_make();
    double matrix[9];
    load_objects(pack, &boxes);
    yd_perspective_matrix(&draws, width, height, width, height, matrix);
    yd_perspective_boxes(&boxes, matrix, true, draws.scale, width, height, &yd_data_rules_v7);
    compare_boxes(&boxes, yd_npz_need(pack, "warp/kept"), 1e-4);
    yd_boxes_free(&boxes);
    yd_npz_close(pack);
}

/* ---- image weights ---- */

static void picture_weights(void)
{
    enum { PICTURES = 5, CLASSES = 5, MOST = 16 };
    static float rows[PICTURES][MOST][5];
    yd_npz *pack = open_pack();
    const yd_npy *wanted = yd_npz_need(pack, "weights/picture_weights"),
                 *labels = yd_npz_need(pack, "weights/labels");
    const float *label = labels->data;
    yd_labels of[PICTURES] = {{0}};
    int64_t counts[CLASSES] = {0};
    double found[PICTURES];
    for (size_t i = 0; i < labels->dims[0]; i++, label += 2) {
        int picture = (int)label[0];
        REQUIRE(picture < PICTURES && of[picture].count < MOST);
        of[picture].rows = rows[picture][0];
        rows[picture][of[picture].count++][0] = label[1];
        counts[(int)label[1]]++;
    }
    const yd_dataset set = {
        .options.classes = CLASSES, .count = PICTURES, .labels = of, .class_counts = counts};
    yd_dataset_picture_weights(&set, yd_npz_doubles(pack, "weights/maps"), found);
    for (size_t i = 0; i < PICTURES; i++) CHECK_NEAR(found[i], yd_npy_at(wanted, i), 1e-6);
    yd_npz_close(pack);
}

static const yd_test_case cases[] = {{"quads", quads},
                                     {"a mosaic of nine", nine},
                                     {"copy-paste", pasting},
                                     {"polygons, warped", moving_polygons},
                                     {"image weights", picture_weights}};

TEST_MAIN(cases)
