/* Reads results.csv, YOLOv5's and ours: a header line, then a row an epoch. Columns are found by their names,
 * so that files of other versions, with columns more, fewer or in another order, are read as far as they
 * agree. */
#pragma once
#include "base/error.h"

/* A value whose column is missing or whose text is no number is NAN. */
typedef struct yd_results_row {
    int epoch; /* from 0 */
    float train_box, train_obj, train_cls;
    float precision, recall, map50, map50_95;
    float val_box, val_obj, val_cls;
    float lr[3]; /* in the file's order of groups */
} yd_results_row;

typedef struct yd_results {
    yd_results_row
        *rows; /* epochs strictly ascending: a row that a resumed run wrote again replaces the older one */
    int count;
    int skipped; /* lines left out: torn, or not of the header's shape */
} yd_results;

/* Reads at most 64 MiB and 1,000,000 rows. A last line without its newline is being written just now and is
 * left out. IO where the file cannot be read, FORMAT where its first line is no header with an epoch column;
 * *results is empty then. The caller frees with yd_results_free. */
yd_status yd_results_read(const char *path, yd_results *results, yd_error *error);
void yd_results_free(yd_results *results);
