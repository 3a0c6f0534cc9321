/* A synthetic detection data set: drawn objects on noisy, cluttered grounds, some half hidden. For demo and
 * tests. */
#pragma once
#include "base/error.h"
#include "image/image.h"
#include <stdint.h>

enum { YD_SYNTHETIC_CLASSES = 4, YD_SYNTHETIC_MAX_OBJECTS = 12 };
extern const char *const yd_synthetic_names[YD_SYNTHETIC_CLASSES];

typedef struct yd_synthetic_label {
    int class;
    double x, y, width, height; /* centre and size, normalised */
} yd_synthetic_label;

/* Draws picture number index: a pure function of (seed, index, size). labels holds YD_SYNTHETIC_MAX_OBJECTS.
 * image is created here, size x size, and owned by the caller. */
yd_status yd_synthetic_draw(uint64_t seed, uint32_t index, int size, yd_image *image,
                            yd_synthetic_label *labels, int *count, yd_error *error);

/* Writes images/{train,val}/NNNN.jpg, labels/{train,val}/NNNN.txt, {train,val}.txt and data.yaml below
 * folder, unless a complete set of the same seed and numbers is there already (data.yaml is written last).
 * yaml_path: of data.yaml, at least 4096 bytes. */
yd_status yd_synthetic_write(const char *folder, uint64_t seed, int train, int val, int size, char *yaml_path,
                             yd_error *error);
