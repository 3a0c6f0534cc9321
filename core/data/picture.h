/* One picture of a data set as the pipelines want it (data_and_metrics.md, 8): upright, its longer side
 * image_size. */
#pragma once
#include "data/dataset.h"

/* Where pictures come from, and who hears of those that cannot be read. */
typedef struct yd_reader {
    const yd_dataset *dataset;
    void (*broken)(void *context, int picture, const char *message); /* any thread; NULL: nobody */
    void *context;
} yd_reader;

typedef struct yd_picture {
    yd_image image;
    int native_width, native_height;
    bool kept;   /* the pixels belong to the data set's store */
    bool broken; /* could not be read: image_size squared, grey, and its labels do not count */
} yd_picture;

/* YD_ERR_MEMORY only. */
yd_status yd_picture_load(const yd_reader *reader, int index, yd_picture *picture, yd_error *error);
void yd_picture_release(yd_picture *picture);

/* The size to which a picture of this size is brought. */
void yd_picture_fit(int native_width, int native_height, int image_size, int *width, int *height);
/* The labels to use for it: none where it is broken. */
const yd_labels *yd_picture_labels(const yd_reader *reader, int index, const yd_picture *picture);
