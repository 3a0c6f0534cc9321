/* The synthetic data set: the same from the same seed, labels where objects are, written whole and once. */
#include "data/synthetic.h"
#include "base/file.h"
#include "config/dataset_yaml.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void is_a_function_of_seed_and_index(void)
{
    yd_image a, b, c;
    yd_synthetic_label labels[2][YD_SYNTHETIC_MAX_OBJECTS];
    int counts[3];
    REQUIRE(yd_synthetic_draw(5, 3, 96, &a, labels[0], &counts[0], NULL) == YD_OK);
    REQUIRE(yd_synthetic_draw(5, 3, 96, &b, labels[1], &counts[1], NULL) == YD_OK);
    REQUIRE(counts[0] == counts[1]);
    for (int i = 0; i < counts[0]; i++) {
        const yd_synthetic_label *one = &labels[0][i], *other = &labels[1][i];
        CHECK(one->class == other->class && one->x == other->x && one->y == other->y &&
              one->width == other->width && one->height == other->height);
    }
    CHECK(memcmp(a.pixels, b.pixels, 96 * 96 * 3) == 0);
    REQUIRE(yd_synthetic_draw(6, 3, 96, &c, labels[1], &counts[2], NULL) == YD_OK);
    CHECK(memcmp(a.pixels, c.pixels, 96 * 96 * 3) != 0);
    yd_image_free(&a);
    yd_image_free(&b);
    yd_image_free(&c);
}

static void labels_lie_in_the_picture(void)
{
    int objects = 0, classes = 0;
    for (uint32_t i = 0; i < 40; i++) {
        yd_image image;
        yd_synthetic_label labels[YD_SYNTHETIC_MAX_OBJECTS];
        int count;
        REQUIRE(yd_synthetic_draw(0, i, 128, &image, labels, &count, NULL) == YD_OK);
        for (int k = 0; k < count; k++) {
            CHECK(labels[k].class >= 0 && labels[k].class < YD_SYNTHETIC_CLASSES);
            CHECK(labels[k].width > 0 && labels[k].height > 0);
            CHECK(labels[k].x - labels[k].width / 2 > -1e-9 && labels[k].x + labels[k].width / 2 < 1 + 1e-9);
            CHECK(labels[k].y - labels[k].height / 2 > -1e-9 &&
                  labels[k].y + labels[k].height / 2 < 1 + 1e-9);
            classes |= 1 << labels[k].class;
        }
        objects += count;
        yd_image_free(&image);
    }
    CHECK(classes == (1 << YD_SYNTHETIC_CLASSES) - 1);
    CHECK(objects > 80);
}

static void is_written_once(void)
{
    char folder[4200], yaml[4096], picture[4300];
    struct stat before, after;
    snprintf(folder, sizeof folder, "%s/set", yd_test_folder());
    REQUIRE(yd_synthetic_write(folder, 1, 3, 2, 64, yaml, NULL) == YD_OK);
    snprintf(picture, sizeof picture, "%s/images/val/0004.jpg", folder);
    REQUIRE(stat(picture, &before) == 0);
    REQUIRE(yd_synthetic_write(folder, 1, 3, 2, 64, yaml, NULL) == YD_OK);
    REQUIRE(stat(picture, &after) == 0);
    CHECK(before.st_ino == after.st_ino);
    REQUIRE(yd_synthetic_write(folder, 1, 2, 1, 64, yaml, NULL) ==
            YD_OK); /* a smaller set over the larger one */
    char *list;
    size_t length;
    char path[4300];
    snprintf(path, sizeof path, "%s/train.txt", folder);
    REQUIRE(yd_file_read(path, 0, &list, &length, NULL) == YD_OK);
    CHECK_TEXT(list, "./images/train/0000.jpg\n./images/train/0001.jpg\n");
    free(list);
    yd_arena *arena = yd_arena_create(0);
    yd_dataset_yaml data;
    yd_error error;
    const yd_split_entries *entries;
    CHECK(yd_dataset_yaml_load(yaml, NULL, arena, &data, &error) == YD_OK);
    CHECK(data.nc == YD_SYNTHETIC_CLASSES);
    CHECK(yd_dataset_yaml_split(&data, YD_SPLIT_TRAIN, &entries, &error) == YD_OK);
    yd_arena_destroy(arena);
}

static void says_where_it_cannot_write(void)
{
    char file[4200], folder[4300], yaml[4096];
    yd_error error = {0};
    snprintf(file, sizeof file, "%s/file", yd_test_folder());
    REQUIRE(yd_file_write(file, "x", 1, NULL) == YD_OK);
    snprintf(folder, sizeof folder, "%s/below", file);
    CHECK(yd_synthetic_write(folder, 1, 1, 1, 64, yaml, &error) != YD_OK);
    CHECK(strstr(error.message, "file") != NULL);
}

static const yd_test_case cases[] = {{"is a function of seed and index", is_a_function_of_seed_and_index},
                                     {"labels lie in the picture", labels_lie_in_the_picture},
                                     {"is written once", is_written_once},
                                     {"says where it cannot write", says_where_it_cannot_write}};
TEST_MAIN(cases)
