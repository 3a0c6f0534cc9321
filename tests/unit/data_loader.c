/* The order of epochs, and the loader: what a batch holds depends on nothing but (epoch, batch). */
#include "base/file.h"
#include "base/hash.h"
#include "data/loader.h"
#include "data/quad.h"
#include "data/synthetic.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PICTURES = 22, SIZE = 64, BATCH = 4, BATCHES = 6 }; /* the last batch has 2 */

/* ---- sampler ---- */

static void check_permutation(const int32_t *order, int count)
{
    char seen[1000] = {0};
    for (int i = 0; i < count; i++) {
        REQUIRE(order[i] >= 0 && order[i] < count && !seen[order[i]]);
        seen[order[i]] = 1;
    }
}

static void permutations(void)
{
    enum { COUNT = 1000 };
    int32_t first[COUNT], again[COUNT], second[COUNT];
    yd_sampler s = {.count = COUNT, .batch_size = 7, .order = YD_ORDER_SHUFFLED, .seed = 5};
    CHECK(yd_sampler_length(&s) == COUNT && yd_sampler_batches(&s) == 143);
    REQUIRE(yd_sampler_order(&s, 3, first, NULL) == YD_OK && yd_sampler_order(&s, 3, again, NULL) == YD_OK);
    REQUIRE(yd_sampler_order(&s, 4, second, NULL) == YD_OK);
    check_permutation(first, COUNT);
    check_permutation(second, COUNT);
    CHECK(memcmp(first, again, sizeof first) == 0);
    CHECK(memcmp(first, second, sizeof first) != 0);
    s.seed = 6;
    REQUIRE(yd_sampler_order(&s, 3, second, NULL) == YD_OK);
    CHECK(memcmp(first, second, sizeof first) != 0);
    s.order = YD_ORDER_SEQUENTIAL;
    REQUIRE(yd_sampler_order(&s, 3, first, NULL) == YD_OK);
    for (int i = 0; i < COUNT; i++) CHECK(first[i] == i);
}

/* Each of the 24 orders of four comes up equally often: chi-square with 23 degrees of freedom. */
static void permutations_even(void)
{
    enum { EPOCHS = 24000 };
    int counts[256] = {0}, kinds = 0;
    yd_sampler s = {.count = 4, .batch_size = 1, .order = YD_ORDER_SHUFFLED, .seed = 1};
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        int32_t order[4];
        REQUIRE(yd_sampler_order(&s, epoch, order, NULL) == YD_OK);
        counts[order[0] << 6 | order[1] << 4 | order[2] << 2 | order[3]]++;
    }
    double chi = 0;
    for (int i = 0; i < 256; i++) {
        if (!counts[i]) continue;
        kinds++;
        chi += (counts[i] - 1000.0) * (counts[i] - 1000.0) / 1000;
    }
    CHECK(kinds == 24);
    CHECK(chi < 49.7); /* 0.1 % */
}

static void ranks(void)
{
    for (int count = 5; count < 40; count += 7)
        for (int world = 1; world <= 4; world++) {
            int seen[64] = {0}, length = 0;
            for (int rank = 0; rank < world; rank++) {
                yd_sampler s = {.count = count, .batch_size = 2, .rank = rank, .ranks = world};
                CHECK(rank == 0 || yd_sampler_length(&s) == length);
                length = yd_sampler_length(&s);
                for (int n = 0; n < length; n++) seen[yd_sampler_position(&s, n)]++;
            }
            int padded = length * world - count;
            CHECK(padded >= 0 && padded < world);
            for (int i = 0; i < count; i++) CHECK(seen[i] == (i < padded ? 2 : 1));
        }
}

static void weighted(void)
{
    enum { COUNT = 5, EPOCHS = 4000 };
    const double weights[COUNT] = {1, 0, 3, 0, 4}, none[COUNT] = {0};
    int counts[COUNT] = {0};
    int32_t order[COUNT];
    yd_sampler s = {
        .count = COUNT, .batch_size = 1, .order = YD_ORDER_WEIGHTED, .seed = 2, .weights = weights};
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        REQUIRE(yd_sampler_order(&s, epoch, order, NULL) == YD_OK);
        for (int i = 0; i < COUNT; i++) counts[order[i]]++;
    }
    for (int i = 0; i < COUNT; i++) {
        double p = weights[i] / 8, n = COUNT * EPOCHS;
        CHECK(p > 0 ? (counts[i] - n * p) * (counts[i] - n * p) < 16 * n * p * (1 - p) : counts[i] == 0);
    }
    s.weights = none;
    REQUIRE(yd_sampler_order(&s, 0, order, NULL) == YD_OK);
    for (int i = 0; i < COUNT; i++) CHECK(order[i] >= 0 && order[i] < COUNT);
}

/* ---- loader ---- */

static const char *make_set(void)
{
    static char entry[4400];
    char folder[4200], yaml[4200];
    snprintf(folder, sizeof folder, "%s/set", yd_test_folder());
    yd_error error;
    if (yd_synthetic_write(folder, 11, PICTURES, 2, 96, yaml, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    snprintf(entry, sizeof entry, "%s/images/train", folder);
    return entry;
}

static yd_dataset *open_set(bool augment, bool rect)
{
    const char *entry = make_set();
    yd_dataset_options options = {.entries = &entry,
                                  .entry_count = 1,
                                  .image_size = SIZE,
                                  .batch_size = BATCH,
                                  .stride = 32,
                                  .augment = augment,
                                  .rect = rect,
                                  .pad = rect ? 0.5 : 0,
                                  .classes = YD_SYNTHETIC_CLASSES,
                                  .rules = yd_data_rules_v7};
    yd_dataset *set;
    yd_error error;
    if (yd_dataset_open(&options, &set, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    CHECK(set->count == PICTURES);
    return set;
}

static yd_loader_options options_for(const yd_dataset *set)
{
    return (yd_loader_options){.dataset = set,
                               .augment = {.hsv_h = .015,
                                           .hsv_s = .7,
                                           .hsv_v = .4,
                                           .degrees = 5,
                                           .translate = .1,
                                           .scale = .5,
                                           .shear = 2,
                                           .fliplr = .5,
                                           .flipud = .1,
                                           .mosaic = .7,
                                           .mixup = .3},
                               .mosaic = true,
                               .order = YD_ORDER_SHUFFLED,
                               .seed = 9,
                               .workers = 2};
}

static yd_loader *must_create(const yd_loader_options *options)
{
    yd_loader *loader;
    yd_error error;
    if (yd_loader_create(options, &loader, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    CHECK(yd_loader_batches(loader) == BATCHES);
    return loader;
}

/* A digest of all that a batch holds, but for its number. */
static uint64_t digest(const yd_batch *batch)
{
    size_t pixels = (size_t)batch->count * 3 * (size_t)batch->width * (size_t)batch->height;
    uint64_t parts[4] = {yd_fnv1a(batch->images, pixels),
                         yd_fnv1a(batch->targets, (size_t)batch->target_count * 6 * sizeof(float)),
                         yd_fnv1a(batch->picture, (size_t)batch->count * sizeof(int32_t)),
                         (uint64_t)batch->count};
    return yd_fnv1a(parts, sizeof parts);
}

static uint64_t next_digest(yd_loader *loader, int epoch, int index)
{
    yd_batch *batch;
    REQUIRE(yd_loader_next(loader, &batch, NULL) == YD_OK && batch);
    CHECK(batch->epoch == epoch && batch->index == index);
    CHECK(batch->count == (index == BATCHES - 1 ? PICTURES - BATCH * (BATCHES - 1) : BATCH));
    uint64_t found = digest(batch);
    yd_loader_release(loader, batch);
    return found;
}

static void check_targets(const yd_batch *batch)
{
    for (int i = 0; i < batch->target_count; i++) {
        const float *t = batch->targets + 6 * i;
        CHECK(t[0] >= 0 && t[0] < (float)batch->count && t[1] >= 0 && t[1] < YD_SYNTHETIC_CLASSES);
        CHECK(t[2] > 0 && t[2] < 1 && t[3] > 0 && t[3] < 1 && t[4] > 0 && t[4] <= 1 && t[5] > 0 && t[5] <= 1);
        CHECK(i == 0 || t[0] >= t[-6]);
    }
}

/* Two epochs, bit for bit the same with any number of workers and any prefetch. */
static void workers(void)
{
    yd_dataset *set = open_set(true, false);
    static const int settings[][2] = {{0, 0}, {1, 1}, {2, 2}, {5, 3}, {3, 20}};
    uint64_t wanted[2 * BATCHES];
    int differing = 0;
    for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
        yd_loader_options options = options_for(set);
        options.workers = settings[s][0], options.prefetch = settings[s][1];
        yd_loader *loader = must_create(&options);
        for (int n = 0; n < 2 * BATCHES; n++) {
            uint64_t found = next_digest(loader, n / BATCHES, n % BATCHES);
            if (s == 0) wanted[n] = found;
            CHECK(found == wanted[n]);
        }
        CHECK(yd_loader_waited_ns(loader) > 0 && yd_loader_broken(loader) == 0);
        yd_loader_destroy(loader);
    }
    for (int n = 0; n < BATCHES; n++) differing += wanted[n] != wanted[n + BATCHES];
    CHECK(differing == BATCHES); /* no epoch is like the other */
    yd_dataset_close(set);
}

static void resume_anywhere(void)
{
    yd_dataset *set = open_set(true, false);
    yd_loader_options options = options_for(set);
    uint64_t wanted[2 * BATCHES];
    yd_loader *loader = must_create(&options);
    for (int n = 0; n < 2 * BATCHES; n++) wanted[n] = next_digest(loader, n / BATCHES, n % BATCHES);
    for (int start = 0; start < 2 * BATCHES; start += 5) {
        REQUIRE(yd_loader_restart(loader, start / BATCHES, start % BATCHES, NULL, NULL) == YD_OK);
        options.epoch = start / BATCHES, options.batch = start % BATCHES;
        yd_loader *fresh = must_create(&options);
        for (int n = start; n < start + 2 && n < 2 * BATCHES; n++) {
            CHECK(next_digest(fresh, n / BATCHES, n % BATCHES) == wanted[n]);
            CHECK(next_digest(loader, n / BATCHES, n % BATCHES) == wanted[n]);
        }
        yd_loader_destroy(fresh); /* in the middle of its work */
    }
    CHECK(yd_loader_restart(loader, 0, BATCHES + 1, NULL, NULL) == YD_ERR_INTERNAL);
    yd_loader_destroy(loader);
    yd_dataset_close(set);
}

static void validation(void)
{
    yd_dataset *set = open_set(false, true);
    yd_loader_options options = options_for(set);
    options.one_epoch = true;
    yd_loader *loader = must_create(&options);
    yd_batch *batch;
    int pictures = 0, targets = 0;
    for (int n = 0;; n++) {
        REQUIRE(yd_loader_next(loader, &batch, NULL) == YD_OK);
        if (!batch) break;
        CHECK(batch->width == 96 && batch->height == 96); /* a square, half a stride more, rounded up */
        for (int i = 0; i < batch->count; i++) {
            CHECK(batch->picture[i] == pictures); /* in order: never shuffled */
            CHECK_TEXT(batch->paths[i], set->paths[pictures]);
            CHECK(batch->fits[i].native_width == 96 && batch->fits[i].pad_x == 16 &&
                  batch->fits[i].pad_y == 16);
            CHECK_NEAR(batch->fits[i].ratio_height, 64.0 / 96, 1e-12);
            pictures++;
        }
        targets += batch->target_count;
        check_targets(batch);
        yd_loader_release(loader, batch);
    }
    CHECK(pictures == PICTURES && targets == set->label_count);
    REQUIRE(yd_loader_next(loader, &batch, NULL) == YD_OK);
    CHECK(batch == NULL);
    REQUIRE(yd_loader_restart(loader, 0, 0, NULL, NULL) == YD_OK);
    next_digest(loader, 0, 0);
    yd_loader_destroy(loader);
    yd_dataset_close(set);
}

static void live_change(void)
{
    yd_dataset *set = open_set(true, false);
    yd_loader_options options = options_for(set);
    options.prefetch = 2;
    yd_loader *loader = must_create(&options);
    uint64_t wanted[2 * BATCHES], changed[2 * BATCHES];
    for (int n = 0; n < 2 * BATCHES; n++) wanted[n] = next_digest(loader, n / BATCHES, n % BATCHES);
    yd_loader_destroy(loader);
    /* Mosaics until the change, none from there to batch 10, and then as before. */
    const size_t mosaic = offsetof(yd_augment, mosaic), mixup = offsetof(yd_augment, mixup);
    const double usual = options.augment.mosaic;
    const yd_augment_change later[] = {{10, mosaic, usual}, {10, mixup, options.augment.mixup}};
    loader = must_create(&options);
    int64_t first = yd_loader_change_augment(loader, -1, mosaic, 0);
    CHECK(first >= 0 && first <= 4); /* no further than what is prefetched */
    CHECK(yd_loader_change_augment(loader, 12, mosaic, 0.5) == 12);
    CHECK(yd_loader_change_augment(loader, 10, mosaic, usual) == 10); /* the newest word counts at 12 too */
    CHECK(yd_loader_next_begun(loader) >= first);
    for (int n = 0; n < 2 * BATCHES; n++) changed[n] = next_digest(loader, n / BATCHES, n % BATCHES);
    for (int n = 0; n < 2 * BATCHES; n++) CHECK((changed[n] == wanted[n]) == (n < first || n >= 10));
    CHECK(yd_loader_change_augment(loader, 3, mosaic, 0) >= 2 * BATCHES); /* too late for batch 3 */
    yd_loader_destroy(loader);
    /* Known from the beginning, as when a run is resumed, the same changes give the same batches. */
    for (int workers = 0; workers < 3; workers++) {
        const yd_augment_change all[] = {{first, mosaic, 0}, later[0], later[1]};
        options.workers = workers;
        options.changes = all, options.change_count = 3;
        loader = must_create(&options);
        for (int n = 0; n < 2 * BATCHES; n++)
            CHECK(next_digest(loader, n / BATCHES, n % BATCHES) == changed[n]);
        yd_loader_destroy(loader);
    }
    yd_dataset_close(set);
}

static void weighted_epochs(void)
{
    yd_dataset *set = open_set(true, false);
    double weights[PICTURES] = {0};
    weights[3] = 1, weights[8] = 1;
    yd_loader_options options = options_for(set);
    options.order = YD_ORDER_WEIGHTED;
    options.weights = weights;
    yd_loader *loader = must_create(&options);
    yd_batch *batch;
    for (int n = 0; n < BATCHES; n++) {
        REQUIRE(yd_loader_next(loader, &batch, NULL) == YD_OK && batch);
        for (int i = 0; i < batch->count; i++) CHECK(batch->picture[i] == 3 || batch->picture[i] == 8);
        yd_loader_release(loader, batch);
    }
    REQUIRE(yd_loader_next(loader, &batch, NULL) == YD_OK);
    CHECK(batch == NULL); /* the next weights are not known yet */
    weights[3] = 0;
    REQUIRE(yd_loader_restart(loader, 1, 0, weights, NULL) == YD_OK);
    REQUIRE(yd_loader_next(loader, &batch, NULL) == YD_OK && batch);
    for (int i = 0; i < batch->count; i++) CHECK(batch->epoch == 1 && batch->picture[i] == 8);
    /* One picture throughout, and yet no two samples alike. */
    size_t sample = 3 * SIZE * SIZE;
    CHECK(memcmp(batch->images, batch->images + sample, sample) != 0);
    yd_loader_release(loader, batch);
    yd_loader_destroy(loader);
    yd_dataset_close(set);
}

/* A quad of a batch shows the very samples that the batch has without quads. */
static void check_quad(const yd_batch *quads, int quad, const yd_batch *plain, bool enlarged)
{
    size_t plane = SIZE * SIZE;
    const uint8_t *wide = quads->images + (size_t)quad * 12 * plane,
                  *first = plain->images + (size_t)quad * YD_QUAD * 3 * plane;
    int labels = 0, wanted = 0;
    CHECK_TEXT(quads->paths[quad], plain->paths[quad * YD_QUAD]);
    for (int part = 0; part < YD_QUAD && !enlarged; part++)
        for (size_t y = 0; y < SIZE; y++) {
            const uint8_t *row =
                wide + ((size_t)(part % 2) * SIZE + y) * 2 * SIZE + (size_t)(part / 2) * SIZE;
            CHECK(memcmp(row, first + (size_t)part * 3 * plane + y * SIZE, SIZE) == 0);
        }
    if (enlarged) CHECK(wide[0] == first[0] && wide[4 * plane - 1] == first[plane - 1]); /* corners */
    for (int i = 0; i < quads->target_count; i++) labels += (int)quads->targets[6 * i] == quad;
    for (int i = 0; i < plain->target_count; i++) {
        int sample = (int)plain->targets[6 * i];
        wanted += sample / YD_QUAD == quad && (!enlarged || sample % YD_QUAD == 0);
    }
    CHECK(labels == wanted);
}

static void quads(void)
{
    yd_dataset *set = open_set(true, false);
    yd_loader_options options = options_for(set);
    yd_loader *plain = must_create(&options), *quad;
    int enlarged = 0, all = 0;
    options.quad = true;
    REQUIRE(yd_loader_create(&options, &quad, NULL) == YD_OK);
    /* The last batch of each epoch has 2 pictures, too few for a quad. */
    CHECK(yd_loader_batches(quad) == BATCHES - 1 && yd_loader_batches_of(set, true) == BATCHES - 1);
    for (int epoch = 0; epoch < 4; epoch++) {
        REQUIRE(yd_loader_restart(plain, epoch, 0, NULL, NULL) == YD_OK);
        for (int n = 0; n < BATCHES - 1; n++) {
            yd_batch *a, *b;
            REQUIRE(yd_loader_next(plain, &a, NULL) == YD_OK && yd_loader_next(quad, &b, NULL) == YD_OK);
            REQUIRE(b->count == 1 && b->samples == 4 && b->width == 2 * SIZE && b->height == 2 * SIZE);
            CHECK(b->epoch == epoch && b->index == n && a->samples == a->count);
            check_targets(b);
            bool one = yd_quad_draw(options.seed, epoch, n * BATCH);
            check_quad(b, 0, a, one);
            enlarged += one, all++;
            yd_loader_release(plain, a);
            yd_loader_release(quad, b);
        }
    }
    CHECK(enlarged > 0 && enlarged < all); /* both kinds were looked at */
    yd_loader_destroy(plain);
    yd_loader_destroy(quad);
    yd_dataset_close(set);
}

static void broken_pictures(void)
{
    yd_dataset *set = open_set(false, false);
    char path[4400], kept[4400];
    snprintf(path, sizeof path, "%s", set->paths[5]);
    snprintf(kept, sizeof kept, "%s/kept.jpg", yd_test_folder());
    REQUIRE(rename(path, kept) == 0);
    REQUIRE(yd_file_write(path, "gone bad", 8, NULL) == YD_OK);
    yd_loader_options options = options_for(set);
    options.order = YD_ORDER_SEQUENTIAL;
    yd_loader *loader = must_create(&options);
    for (int round = 0; round < 2; round++) {
        yd_batch *batch;
        REQUIRE(yd_loader_restart(loader, 0, 1, NULL, NULL) == YD_OK);
        REQUIRE(yd_loader_next(loader, &batch, NULL) == YD_OK && batch);
        CHECK(batch->picture[0] == 4 && batch->picture[1] == -1 && batch->picture[2] == 6);
        for (size_t i = 0; i < 3 * SIZE * SIZE; i++)
            CHECK(batch->images[3 * SIZE * SIZE + i] == YD_IMAGE_GREY);
        for (int i = 0; i < batch->target_count; i++) CHECK(batch->targets[6 * i] != 1);
        CHECK_TEXT(batch->paths[1], path);
        yd_loader_release(loader, batch);
        CHECK(yd_loader_broken(loader) == 1); /* counted, and logged, once */
    }
    yd_loader_destroy(loader);
    yd_dataset_close(set);
    REQUIRE(rename(kept, path) == 0);
}

/* Two batches at a time; stopped with batches lent, ready and half made. */
static void lent(void)
{
    yd_dataset *set = open_set(true, false);
    for (int n = 0; n < 10; n++) {
        yd_loader_options options = options_for(set);
        options.workers = n % 4;
        yd_loader *loader = must_create(&options);
        yd_batch *a, *b;
        if (n % 2) {
            REQUIRE(yd_loader_next(loader, &a, NULL) == YD_OK && yd_loader_next(loader, &b, NULL) == YD_OK);
            CHECK(a != b && a->index == 0 && b->index == 1 && a->images != b->images);
            check_targets(a);
            check_targets(b);
            yd_loader_release(loader, b);
        }
        yd_loader_destroy(loader);
    }
    yd_dataset_close(set);
}

static void shares(void)
{
    yd_dataset *set = open_set(true, false);
    int seen[PICTURES] = {0};
    for (int rank = 0; rank < 3; rank++) {
        yd_loader_options options = options_for(set);
        options.rank = rank, options.ranks = 3, options.one_epoch = true;
        yd_loader *loader;
        REQUIRE(yd_loader_create(&options, &loader, NULL) == YD_OK);
        CHECK(yd_loader_batches(loader) == 2); /* 8 samples each */
        yd_batch *batch;
        while (yd_loader_next(loader, &batch, NULL) == YD_OK && batch) {
            for (int i = 0; i < batch->count; i++) seen[batch->picture[i]]++;
            yd_loader_release(loader, batch);
        }
        yd_loader_destroy(loader);
    }
    int twice = 0;
    for (int i = 0; i < PICTURES; i++) {
        CHECK(seen[i] == 1 || seen[i] == 2);
        twice += seen[i] == 2;
    }
    CHECK(twice == 2); /* 24 places for 22 pictures */
    yd_dataset_close(set);
}

static const yd_test_case cases[] = {
    {"permutations", permutations},
    {"permutations, evenly drawn", permutations_even},
    {"ranks", ranks},
    {"weighted", weighted},
    {"any number of workers", workers},
    {"resume anywhere", resume_anywhere},
    {"validation", validation},
    {"live change", live_change},
    {"weighted epochs", weighted_epochs},
    {"quads", quads},
    {"broken pictures", broken_pictures},
    {"lent batches", lent},
    {"shares of processes", shares},
};
TEST_MAIN(cases)
