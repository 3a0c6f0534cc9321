/* A study of val: what a model finds, and how long it takes, at sizes from small to large, in the file that
 * the reference's own plot reads. (data_and_metrics.md, 27) */
#pragma once
#include "base/error.h"
#include "base/text.h"

enum { YD_STUDY_FIRST = 256, YD_STUDY_LAST = 1536, YD_STUDY_STEP = 128 };
enum { YD_STUDY_SIZES = (YD_STUDY_LAST - YD_STUDY_FIRST) / YD_STUDY_STEP + 1 };

/* A line, of one size; the columns in the file's order. Times are milliseconds a picture. */
typedef struct yd_study_row {
    double precision, recall, map50, map50_95, box, obj, cls, load_ms, inference_ms, nms_ms;
} yd_study_row;

typedef struct yd_study {
    char name[256]; /* the file's, without study_ and its ending: DATA_WEIGHTS */
    int count;      /* rows[i] is of size YD_STUDY_FIRST + i * YD_STUDY_STEP */
    yd_study_row rows[YD_STUDY_SIZES];
} yd_study;

/* study_DATA_WEIGHTS.txt, of the names of two files without their endings. */
void yd_study_file_name(char *out, size_t capacity, const char *data, const char *weights);
void yd_study_add_row(yd_text *text, const yd_study_row *row);
/* Lines beyond YD_STUDY_SIZES are left. FORMAT, with file:line, where a line is no ten numbers; DATA where
 * there is none; IO. */
yd_status yd_study_read(const char *path, yd_study *study, yd_error *error);
