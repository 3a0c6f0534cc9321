/* How long the arithmetic of a validation takes: NMS of 5,000 images at the thresholds of a validation (conf
 * 0.001, IoU 0.6, every label of a box), of which each keeps 300 detections; matching those to 7 labels each
 * at ten IoU thresholds; average precision over 80 classes. NMS starts from raw heads, so that decoding is
 * part of it; its time is that of the wall, on all threads.
 *
 *     bench_validate [--images N] [--distinct N] [--size N] [--threads N] [--dump FILE]
 *
 * Predictions are generated, the same in each run; --distinct of them (32) are gone through again and again
 * until --images (5000) are done. --dump writes them for another program and measures nothing. The file, all
 * of it little-endian:
 *     8 bytes "YDVALID1", then int32: images (distinct ones), rows, classes, labels (of an image)
 *     float32 [images, rows, 5 + classes]: x, y, w, h in pixels, objectness, classes (probabilities: a
 *         detection's confidence is objectness * class), as YOLOv5's model gives them in evaluation mode
 *     float32 [images, labels, 5]: class, x1, y1, x2, y2 in pixels */
#include "base/clock.h"
#include "base/rng.h"
#include "base/thread.h"
#include "eval/detect.h"
#include "eval/metrics.h"
#include "support/heads.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEVELS = 3,
    ANCHORS = 3,
    CLASSES = 80,
    COLUMNS = CLASSES + 5,
    LABELS = 7,
    OBJECTS = 70,
    MOST = 300,
    BATCH = 32
};

static const float anchors[LEVELS][5][2] = {
    {{10, 13}, {16, 30}, {33, 23}}, {{30, 61}, {62, 45}, {59, 119}}, {{116, 90}, {156, 198}, {373, 326}}};

typedef struct bench {
    int images, distinct, size, threads, rows;
    const char *dump;
    float *heads[LEVELS];   /* [distinct, ANCHORS, h, w, COLUMNS] logits */
    float *labels;          /* [distinct, LABELS, 5] */
    float (*detections)[6]; /* [BATCH, MOST] */
    int found[BATCH];
    double nms, match, ap;
    yd_metrics *metrics;
} bench;

static float logit(double p)
{
    return (float)log(p / (1 - p));
}

/* What a network makes of an object in one cell, with an error; nothing where the cell's boxes cannot reach
 * it. */
static void add_object(yd_rng *rng, float *cell, const float object[5], double x, double y,
                       const float *anchor)
{
    double share[4] = {(x + yd_rng_normal(rng) * .05 + .5) / 2, (y + yd_rng_normal(rng) * .05 + .5) / 2, 0,
                       0};
    for (int k = 0; k < 2; k++)
        share[2 + k] = sqrt((double)(object[3 + k] / anchor[k])) / 2 * exp(yd_rng_normal(rng) * .12);
    for (int k = 0; k < 4; k++)
        if (!(share[k] > .001 && share[k] < .999)) return;
    for (int k = 0; k < 4; k++) cell[k] = logit(share[k]);
    /* most are doubtful: the confidence is spread evenly by its order of magnitude */
    cell[4] = logit(exp(yd_rng_between(rng, log(.002), log(.9))));
    cell[5 + (int)object[0]] = logit(yd_rng_between(rng, .3, .95));
    cell[5 + yd_rng_below(rng, CLASSES)] = logit(yd_rng_between(rng, .05, .6));
}

/* The cells around an object's centre, on a level. */
static void spread_object(const bench *own, yd_rng *rng, int image, int level, const float object[5])
{
    int stride = 8 << level, side = own->size / stride;
    double column = (double)object[1] / stride, row = (double)object[2] / stride;
    for (int a = 0; a < ANCHORS; a++)
        for (int i = (int)row - 1; i <= (int)row + 1; i++)
            for (int k = (int)column - 1; k <= (int)column + 1; k++) {
                if (i < 0 || k < 0 || i >= side || k >= side) continue;
                size_t cell =
                    (((size_t)image * ANCHORS + (size_t)a) * (size_t)side + (size_t)i) * (size_t)side +
                    (size_t)k;
                add_object(rng, own->heads[level] + cell * COLUMNS, object, column - k, row - i,
                           anchors[level][a]);
            }
}

static void make_image(bench *own, int image)
{
    yd_rng rng = yd_rng_make(1, 0, (uint32_t)image, 0);
    for (int level = 0; level < LEVELS; level++) {
        size_t side = (size_t)own->size / (8u << level), cells = ANCHORS * side * side;
        float *to = own->heads[level] + (size_t)image * cells * COLUMNS;
        for (size_t i = 0; i < cells * COLUMNS; i++) to[i] = -6 - (float)(yd_rng_u32(&rng) >> 24) / 64;
        for (size_t i = 0; i < cells; i++) to[i * COLUMNS + 4] -= 3;
    }
    for (int i = 0; i < OBJECTS; i++) {
        float object[5] = {(float)yd_rng_below(&rng, CLASSES)};
        for (int k = 1; k < 5; k++)
            object[k] = (float)(k < 3 ? yd_rng_between(&rng, 0, own->size)
                                      : own->size * exp(yd_rng_between(&rng, log(.03), log(.5))));
        for (int level = 0; level < LEVELS; level++) spread_object(own, &rng, image, level, object);
        if (i >= LABELS) continue;
        float *label = own->labels + 5 * ((size_t)image * LABELS + (size_t)i);
        label[0] = object[0];
        for (int k = 0; k < 2; k++) {
            label[1 + k] = object[1 + k] - object[3 + k] / 2;
            label[3 + k] = object[1 + k] + object[3 + k] / 2;
        }
    }
}

static yd_decoder decoder_of(const bench *own, yd_head heads[LEVELS])
{
    for (int level = 0; level < LEVELS; level++) {
        int stride = 8 << level;
        heads[level] = yd_test_plain_head((yd_head){.data = own->heads[level],
                                                    .b = own->distinct,
                                                    .na = ANCHORS,
                                                    .h = own->size / stride,
                                                    .w = own->size / stride,
                                                    .no = COLUMNS,
                                                    .dtype = YD_F32,
                                                    .stride = stride});
    }
    return (yd_decoder){.heads = heads, .nl = LEVELS, .anchors = anchors};
}

static bool write_dump(const bench *own, const yd_decoder *decoder)
{
    const int32_t sizes[4] = {own->distinct, own->rows, CLASSES, LABELS};
    size_t rows = (size_t)own->distinct * (size_t)own->rows, labels = (size_t)own->distinct * LABELS;
    float *decoded = malloc(rows * COLUMNS * sizeof *decoded);
    FILE *file = fopen(own->dump, "wb");
    bool good = decoded && file;
    if (good) yd_decode(decoder, decoded);
    good = good && fwrite("YDVALID1", 8, 1, file) == 1 && fwrite(sizes, sizeof sizes, 1, file) == 1 &&
           fwrite(decoded, COLUMNS * sizeof *decoded, rows, file) == rows &&
           fwrite(own->labels, 5 * sizeof *own->labels, labels, file) == labels;
    if (file) good &= fclose(file) == 0;
    free(decoded);
    if (!good) fprintf(stderr, "%s: cannot be written\n", own->dump);
    return good;
}

static double seconds(void)
{
    return (double)yd_clock_ns() * 1e-9;
}

/* count images from the distinct one at first on. */
static yd_status run_batch(bench *own, yd_detector *detector, const yd_decoder *decoder, int first, int count,
                           yd_error *error)
{
    yd_head heads[LEVELS];
    yd_decoder part = *decoder;
    part.heads = heads;
    for (int level = 0; level < LEVELS; level++) {
        heads[level] = decoder->heads[level];
        heads[level].b = count;
        heads[level].data = (float *)heads[level].data + (size_t)first * heads[level].image;
    }
    double start = seconds();
    YD_TRY(yd_detector_run(detector, &part, count, own->detections, own->found, error));
    own->nms += seconds() - start;
    start = seconds();
    for (int i = 0; i < count; i++)
        YD_TRY(yd_metrics_add_image(own->metrics, own->detections[(size_t)i * MOST], own->found[i],
                                    own->labels + 5 * LABELS * (size_t)(first + i), LABELS, error));
    own->match += seconds() - start;
    for (int i = 0; i < count; i++)
        if (own->found[i] != MOST)
            return yd_fail(error, YD_ERR_INTERNAL, "image %d has %d detections, not %d", first + i,
                           own->found[i], MOST);
    return YD_OK;
}

static yd_status run(bench *own, const yd_decoder *decoder, yd_error *error)
{
    const yd_nms_config nms = {.conf = .001, .iou = .6, .multi_label = true, .max_det = MOST, .max_wh = 7680};
    const yd_metrics_config metrics = {.nc = CLASSES,
                                       .match = YD_MATCH_PER_THRESHOLD,
                                       .match_eps = 1e-7,
                                       .tail = YD_AP_TAIL_ONE,
                                       .f1_smoothing = .1};
    yd_detector *detector;
    yd_metrics_result result;
    YD_TRY(yd_metrics_create(&metrics, &own->metrics, error));
    YD_TRY(yd_detector_create(&nms, own->threads, &detector, error));
    yd_status status = YD_OK;
    for (int done = 0, count; status == YD_OK && done < own->images; done += count) {
        int first = done % own->distinct;
        count = own->distinct - first < BATCH ? own->distinct - first : BATCH;
        if (count > own->images - done) count = own->images - done;
        status = run_batch(own, detector, decoder, first, count, error);
    }
    yd_detector_destroy(detector);
    YD_TRY(status);
    double start = seconds();
    YD_TRY(yd_metrics_finish(own->metrics, &result, error));
    own->ap = seconds() - start;
    printf("%d images of %d rows, %d threads: mAP@.5 %.6f, mAP@.5:.95 %.6f\n", own->images, own->rows,
           own->threads, result.map50, result.map50_95);
    printf("a picture: NMS %.3f ms, matching %.4f ms\n", own->nms * 1e3 / own->images,
           own->match * 1e3 / own->images);
    printf("result validate_nms %.4f s\nresult validate_match %.4f s\nresult validate_ap %.4f s\n", own->nms,
           own->match, own->ap);
    printf("result validate_%d %.4f s\n", own->images, own->nms + own->match + own->ap);
    return YD_OK;
}

static bool parse(bench *own, int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *const names[] = {"--images", "--distinct", "--size", "--threads"};
        int *const values[] = {&own->images, &own->distinct, &own->size, &own->threads};
        bool known = strcmp(argv[i], "--dump") == 0;
        if (known) own->dump = argv[i + 1];
        for (int k = 0; k < 4; k++)
            if (strcmp(argv[i], names[k]) == 0) *values[k] = atoi(argv[i + 1]), known = true;
        if (!known) return false;
    }
    return argc % 2 == 1 && own->images > 0 && own->distinct > 0 && own->threads > 0 && own->size >= 64 &&
           own->size % 32 == 0;
}

int main(int argc, char **argv)
{
    static bench own = {.images = 5000, .distinct = 32, .size = 640};
    yd_head heads[LEVELS];
    yd_error error;
    own.threads = yd_cpu_count();
    if (!parse(&own, argc, argv)) {
        fprintf(stderr,
                "usage: bench_validate [--images N] [--distinct N] [--size N] [--threads N] [--dump FILE]\n");
        return 2;
    }
    yd_decoder decoder = decoder_of(&own, heads);
    own.rows = yd_decode_row_count(&decoder);
    bool memory = (own.labels = malloc((size_t)own.distinct * LABELS * 5 * sizeof *own.labels)) &&
                  (own.detections = malloc(sizeof *own.detections * BATCH * MOST));
    for (int level = 0; level < LEVELS; level++)
        memory &=
            (own.heads[level] = malloc((size_t)own.distinct * heads[level].image * sizeof(float))) != NULL;
    if (!memory) return 3;
    for (int i = 0; i < own.distinct; i++) make_image(&own, i);
    decoder = decoder_of(&own, heads);
    yd_status status = YD_OK;
    if (own.dump)
        status = write_dump(&own, &decoder) ? YD_OK : YD_ERR_IO;
    else if ((status = run(&own, &decoder, &error)) != YD_OK)
        fprintf(stderr, "%s\n", error.message);
    yd_metrics_destroy(own.metrics);
    for (int level = 0; level < LEVELS; level++) free(own.heads[level]);
    free(own.labels), free(own.detections);
    return status == YD_OK ? 0 : 1;
}
