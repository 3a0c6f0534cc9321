/* Quads and mosaics of nine against what YOLOv5's own loader makes of the same: augment.npz beside this file,
 * written by make_augment.py. */
#include "data/mosaic.h"
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

static const yd_test_case cases[] = {{"quads", quads}, {"a mosaic of nine", nine}};

TEST_MAIN(cases)
