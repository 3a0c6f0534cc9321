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
    const yd_decoder *decoder;
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

static void detect_image(void *context, int worker, int image)
{
    const batch *b = context;
    const float *rows;
    int found;
    float(*to)[6] = b->detections + (size_t)image * (size_t)b->detector->max_det;
    b->found[image] = -1;
    if (yd_nms_heads(b->detector->nms[worker], b->decoder, image, &rows, &found, NULL) != YD_OK) return;
    if (found) memcpy(to, rows, (size_t)found * sizeof *to);
    b->found[image] = found;
}

yd_status yd_detector_run(yd_detector *detector, const yd_decoder *decoder, int images,
                          float (*detections)[6], int *found, yd_error *error)
{
    batch b = {.detector = detector, .decoder = decoder, .detections = detections, .found = found};
    yd_parallel_for(detector->threads, images, detect_image, &b);
    for (int image = 0; image < images; image++) {
        const float *rows;
        if (found[image] >= 0) continue;
        found[image] = 0; /* once more, for the message */
        YD_TRY(yd_nms_heads(detector->nms[0], decoder, image, &rows, &found[image], error));
        if (found[image])
            memcpy(detections + (size_t)image * (size_t)detector->max_det, rows,
                   (size_t)found[image] * sizeof *detections);
    }
    return YD_OK;
}
