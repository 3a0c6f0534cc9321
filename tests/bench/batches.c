/* The training batches of BCCD that a run of `train` gets, with the augmentation of hyp.scratch-low, in a
 * file: so that another program can be trained on the very same (tests/bench/replay.sh).
 *
 *   bench_batches SIZE SEED EPOCHS FILE
 *
 * A batch: four int32 (pictures, height, width, labels), the labels (float32: picture, class, x, y, w, h) and
 * the pictures (uint8, RGB planes). */
#include "data/loader.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 16, STRIDE = 32 };

static int size, epochs;
static uint64_t seed;
static const char *path;

static void write_batch(FILE *file, const yd_batch *batch)
{
    const int32_t head[4] = {batch->count, batch->height, batch->width, batch->target_count};
    size_t labels = 6 * (size_t)batch->target_count;
    size_t bytes = (size_t)batch->count * 3 * (size_t)batch->height * (size_t)batch->width;
    REQUIRE(fwrite(head, sizeof *head, 4, file) == 4);
    REQUIRE(fwrite(batch->targets, sizeof *batch->targets, labels, file) == labels);
    REQUIRE(fwrite(batch->images, 1, bytes, file) == bytes);
}

static void write_batches(const yd_dataset *set)
{
    const yd_loader_options options = {.dataset = set,
                                       .augment = {.hsv_h = 0.015,
                                                   .hsv_s = 0.7,
                                                   .hsv_v = 0.4,
                                                   .translate = 0.1,
                                                   .scale = 0.5,
                                                   .fliplr = 0.5,
                                                   .mosaic = 1},
                                       .mosaic = true,
                                       .order = YD_ORDER_SHUFFLED,
                                       .seed = seed};
    yd_loader *loader;
    yd_error error;
    FILE *file = fopen(path, "wb");
    REQUIRE(file && yd_loader_create(&options, &loader, &error) == YD_OK);
    for (int i = 0; i < epochs * yd_loader_batches(loader); i++) {
        yd_batch *batch;
        REQUIRE(yd_loader_next(loader, &batch, &error) == YD_OK);
        write_batch(file, batch);
        yd_loader_release(loader, batch);
    }
    yd_loader_destroy(loader);
    REQUIRE(fclose(file) == 0);
}

static void all(void)
{
    const char *folder = yd_test_shared("datasets/bccd/images/train");
    const yd_dataset_options options = {.entries = &folder,
                                        .entry_count = 1,
                                        .image_size = size,
                                        .batch_size = BATCH,
                                        .stride = STRIDE,
                                        .augment = true,
                                        .classes = 3,
                                        .keep_in_memory = true,
                                        .no_cache_file = true,
                                        .rules = yd_data_rules_v7};
    yd_dataset *set;
    yd_error error;
    REQUIRE(yd_dataset_open(&options, &set, &error) == YD_OK);
    write_batches(set);
    yd_dataset_close(set);
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {{"batches", all}};
    if (argc != 5) {
        fprintf(stderr, "bench_batches SIZE SEED EPOCHS FILE\n");
        return 2;
    }
    size = atoi(argv[1]), seed = strtoull(argv[2], NULL, 10), epochs = atoi(argv[3]), path = argv[4];
    return yd_test_main(1, argv, cases, 1);
}
