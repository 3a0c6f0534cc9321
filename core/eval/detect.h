/* Detections of a batch: NMS of its images on several threads. What comes out does not depend on their
 * number. */
#pragma once
#include "eval/candidates.h"
#include "eval/nms.h"

typedef struct yd_detector yd_detector;

/* threads: at least 1; each has its own scratch. max_det of config is 300 where it is 0. CONFIG, MEMORY. */
yd_status yd_detector_create(const yd_nms_config *config, int threads, yd_detector **detector,
                             yd_error *error);
void yd_detector_destroy(yd_detector *detector);

/* detections: [images, max_det, 6] x1, y1, x2, y2, conf, class in pixels of the network's input, each image's
 * most confident first; found: [images]. MEMORY, UNSUPPORTED: of the first image that failed. */
yd_status yd_detector_run(yd_detector *detector, const yd_decoder *decoder, int images,
                          float (*detections)[6], int *found, yd_error *error);
/* The same of rows that were gathered from several passes. */
yd_status yd_detector_run_candidates(yd_detector *detector, const yd_candidates *candidates, int images,
                                     float (*detections)[6], int *found, yd_error *error);
