/* results.csv (newer YOLOv5: header and 14 columns) and results.txt (the seed: 15 columns, no header), a row
 * an epoch (data_and_metrics.md 27; training.md 8.2, 15). Contents depend on the rows alone. */
#pragma once
#include "sink/sink.h"
#include <stddef.h>

/* The order in which x/lr0…2 are reported. */
typedef enum yd_results_order {
    YD_RESULTS_BIAS_FIRST, /* v6.2 on: biases, decayed weights, norm weights */
    YD_RESULTS_NORM_FIRST  /* before: norm weights, decayed weights, biases */
} yd_results_order;

/* Appends the row to both files, each with one write; makes them where they are not there. IO. */
yd_status yd_results_append(const char *folder, const yd_epoch_row *row, yd_results_order order,
                            yd_error *error);
/* Before a resumed run goes on with epoch: cuts a torn last line and all rows of epoch and later, in both
 * files; a file that is not there is left so. Files are replaced whole. IO. */
yd_status yd_results_trim(const char *folder, int epoch, yd_error *error);

/* One line with its newline; the length, or 0 where it does not fit. */
size_t yd_results_csv_header(char *out, size_t capacity);
size_t yd_results_csv_row(char *out, size_t capacity, const yd_epoch_row *row, yd_results_order order);
size_t yd_results_txt_row(char *out, size_t capacity, const yd_epoch_row *row);
