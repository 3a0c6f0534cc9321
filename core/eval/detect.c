#include "eval/detect.h"
#include "base/parallel.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 64 };

struct yd_detector {
    int threads, max_det;
    yd_nms *nms[MOST_THREADS];
};

typedef struct batch {
    yd_detector *detector;
    const yd_decoder *decoder; /* or */
    const yd_candidates *candidates;
    float (*detections)[6];
    int *found; /* -1: failed */
} batch;

yd_status yd_detector_create(const yd_nms_config *config, int threads, yd_detector **detector,
                             yd_error *error)
{
    *detector = NULL;
    yd_detector *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "no memory for NMS");
    made->max_det = config->max_det ? config->max_det : 300;
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    for (; made->threads < threads; made->threads++) {
        yd_status status = yd_nms_create(config, &made->nms[made->threads], error);
        if (status == YD_OK) continue;
        yd_detector_destroy(made);
        return status;
    }
    *detector = made;
    return YD_OK;
}

void yd_detector_destroy(yd_detector *detector)
{
    if (!detector) return;
    for (int i = 0; i < detector->threads; i++) yd_nms_destroy(detector->nms[i]);
    free(detector);
}

static yd_status suppress(const batch *b, yd_nms *nms, int image, const float **rows, int *found,
                          yd_error *error)
{
    int count;
    if (b->decoder) return yd_nms_heads(nms, b->decoder, image, rows, found, error);
    const float *from = yd_candidates_rows(b->candidates, image, &count);
    return yd_nms_rows(nms, from, count, yd_candidates_classes(b->candidates), rows, found, error);
}

static void detect_image(void *context, int worker, int image)
{
    const batch *b = context;
    const float *rows;
    int found;
    float(*to)[6] = b->detections + (size_t)image * (size_t)b->detector->max_det;
    b->found[image] = -1;
    if (suppress(b, b->detector->nms[worker], image, &rows, &found, NULL) != YD_OK) return;
    if (found) memcpy(to, rows, (size_t)found * sizeof *to);
    b->found[image] = found;
}

static yd_status detect(batch *b, int images, yd_error *error)
{
    yd_parallel_for(b->detector->threads, images, detect_image, b);
    for (int image = 0; image < images; image++) {
        const float *rows;
        if (b->found[image] >= 0) continue;
        b->found[image] = 0; /* once more, for the message */
        YD_TRY(suppress(b, b->detector->nms[0], image, &rows, &b->found[image], error));
        if (b->found[image])
            memcpy(b->detections + (size_t)image * (size_t)b->detector->max_det, rows,
                   (size_t)b->found[image] * sizeof *b->detections);
    }
    return YD_OK;
}

yd_status yd_detector_run(yd_detector *detector, const yd_decoder *decoder, int images,
                          float (*detections)[6], int *found, yd_error *error)
{
    batch b = {.detector = detector, .decoder = decoder, .detections = detections, .found = found};
    return detect(&b, images, error);
}

yd_status yd_detector_run_candidates(yd_detector *detector, const yd_candidates *candidates, int images,
                                     float (*detections)[6], int *found, yd_error *error)
{
    batch b = {.detector = detector, .candidates = candidates, .detections = detections, .found = found};
    return detect(&b, images, error);
}
