/* A split that is ready to be loaded: pictures, sizes, labels, and the shapes of rectangular batches. Does
 * not change once it is open, but for the pictures that it keeps; any number of threads may read
 * it. */
#pragma once
#include "data/augment.h"
#include "data/labels.h"
#include "data/scan.h"
#include "image/image.h"

typedef struct yd_dataset_options {
    const char *const *entries; /* folders and list files of the split */
    int entry_count;
    int image_size, batch_size, stride;
    bool augment;        /* training: shrinks with LINEAR and may enlarge when fitting; else AREA */
    bool rect;           /* batches of the least shape that fits their pictures */
    double pad;          /* of rectangular batches, in strides: 0.5 for validation, 0 for training */
    bool single_class;   /* every class becomes 0 */
    int classes;         /* labels of a class beyond are an error */
    bool keep_in_memory; /* resized pictures stay in memory once they were read */
    bool keep_on_disk;   /* decoded pictures are kept beside their files: disk_cache.h */
    bool no_cache_file;  /* neither read nor write the label cache */
    yd_data_rules rules;
    int threads;                /* of the scan; 0: as many as there are CPUs */
    yd_scan_progress *progress; /* of the scan; may be NULL */
    void *progress_context;
} yd_dataset_options;

/* A file that was left out, or kept with a warning. */
typedef struct yd_data_message {
    const char *path, *text;
    bool left_out;
} yd_data_message;

typedef struct yd_batch_shape {
    int width, height;
} yd_batch_shape;

typedef struct yd_picture_store yd_picture_store;
typedef struct yd_disk_cache yd_disk_cache;

/* Pictures are in sorted order, or, with rect, by height over width. */
typedef struct yd_dataset {
    yd_dataset_options options; /* entries are not kept */
    int count;
    const char **paths; /* [count] */
    int (*sizes)[2];    /* [count] width, height, as the scan saw them */
    yd_labels *labels;  /* [count] */
    int batch_count;
    yd_batch_shape *shapes;             /* [batch_count] with rect, else NULL: image_size squared */
    int found, missing, empty, corrupt; /* files, before anything was left out */
    int64_t label_count;
    int64_t *class_counts; /* [classes] labels of each class */
    yd_data_message *messages;
    int message_count;
    bool from_cache;
    yd_picture_store *store; /* pictures in memory, or NULL */
    yd_disk_cache *disk;     /* pictures on disk, or NULL */
    yd_arena *arena;
} yd_dataset;

/* YD_ERR_DATA: an entry is missing, no picture is left, a class is not below classes (file, line and class
 * are named), or, with augment, no picture has a label; YD_ERR_STOPPED, YD_ERR_IO, YD_ERR_MEMORY. */
yd_status yd_dataset_open(const yd_dataset_options *options, yd_dataset **dataset, yd_error *error);
void yd_dataset_close(yd_dataset *dataset);

/* The shape of a batch's pictures. */
yd_batch_shape yd_dataset_shape(const yd_dataset *dataset, int batch);

/* Weights for drawing pictures (data_and_metrics.md, 19.2): of each picture the sum over its labels of
 * class weight * (1 - map)^2 / classes. maps: [classes]; weights: [count]. */
void yd_dataset_picture_weights(const yd_dataset *dataset, const double *maps, double *weights);

/* Bytes that the kept pictures take now. */
int64_t yd_dataset_kept_bytes(const yd_dataset *dataset);
