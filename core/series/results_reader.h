
/* Reads the tables of a run, YOLOv5's and ours. results.csv: a header line, then a row an epoch; columns are
 * found by their names, so that files of other versions, with columns more, fewer or in another order, are
 * read as far as they agree. results.txt: 15 columns without a header, the epoch as "3/299"
 * (training.md, 8.2). */
#pragma once
#include "base/error.h"
#include <stdbool.h>

enum { YD_RESULTS_COLUMNS = 64 };

/* What a table holds, row by row, as it stands there: epochs from 0, in whatever order. */
typedef struct yd_results_visitor {
    void *context;
    /* Once, before all rows; the names are terminated, "" for a column that holds no scalar. */
    void (*columns)(void *context, const char *const *names, int count);
    /* values[i] is NAN or infinite where the file says so; where present[i] is false it says nothing, or
     * nothing that could be read. False: no more rows. */
    bool (*row)(void *context, int epoch, const double *values, const bool *present);
    int skipped; /* lines left out: torn, or not of the header's shape */
} yd_results_visitor;

/* Reads at most 64 MiB and 1,000,000 rows. A last line without its newline is being written just now and is
 * left out. IO where the file cannot be read, FORMAT where its first line is neither a header with an epoch
 * column nor a row of results.txt. */
yd_status yd_results_visit(const char *path, yd_results_visitor *visitor, yd_error *error);

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

/* The columns that a run of YOLOv5 has; limits and errors as of yd_results_visit, *results is empty then. The
 * caller frees with yd_results_free. */
yd_status yd_results_read(const char *path, yd_results *results, yd_error *error);
void yd_results_free(yd_results *results);
