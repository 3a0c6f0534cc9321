#include "train/class_line.h"
#include "base/clock.h"
#include "base/vector.h"
#include "series/class_file.h"
#include "train/save.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static yd_class_row *make_rows(const yd_metrics_result *result)
{
    double unknown = (double)NAN;
    yd_class_row *rows = calloc((size_t)result->nc, sizeof *rows);
    if (!rows) return NULL;
    for (int c = 0; c < result->nc; c++)
        rows[c] =
            (yd_class_row){.precision = unknown, .recall = unknown, .map50 = unknown, .map50_95 = unknown};
    for (int i = 0; i < result->class_count; i++) {
        const yd_class_result *found = &result->classes[i];
        rows[found->cls] = (yd_class_row){.images = found->images,
                                          .labels = found->labels,
                                          .precision = found->precision,
                                          .recall = found->recall,
                                          .map50 = found->map50,
                                          .map50_95 = found->map50_95};
    }
    return rows;
}

/* The entries that are not 0. False where memory is out. */
static bool list_entries(const yd_metrics_result *result, yd_vector *entries)
{
    size_t side = (size_t)result->nc + 1;
    for (size_t predicted = 0; result->confusion && predicted < side; predicted++)
        for (size_t truth = 0; truth < side; truth++) {
            double count = result->confusion[predicted * side + truth];
            const yd_confusion_entry entry = {(int)predicted, (int)truth, count};
            if (count > 0 && !yd_vector_push(entries, &entry)) return false;
        }
    return true;
}

static void path_of(const yd_run *run, char path[4200])
{
    snprintf(path, 4200, "%s/classes.jsonl", run->folder);
}

yd_status yd_class_line_trim(const yd_run *run, int epoch, int64_t step, yd_error *error)
{
    char path[4200];
    path_of(run, path);
    return yd_class_file_trim(path, epoch, step, error);
}

void yd_class_line_write(yd_run *run, yd_class_head head, const yd_metrics_result *result)
{
    yd_vector entries = {.size = sizeof(yd_confusion_entry)};
    yd_class_row *rows = make_rows(result);
    yd_text line = {0};
    char path[4200];
    if (rows && list_entries(result, &entries)) {
        const yd_class_report report = {.head = head,
                                        .time = (double)yd_wall_clock_ns() * 1e-9,
                                        .images = result->images,
                                        .labels = result->labels,
                                        .precision = result->precision,
                                        .recall = result->recall,
                                        .map50 = result->map50,
                                        .map50_95 = result->map50_95,
                                        .fitness = result->fitness,
                                        .confidence = result->best_confidence,
                                        .class_count = result->nc,
                                        .names = run->names,
                                        .rows = rows,
                                        .has_confusion = result->confusion != NULL,
                                        .entry_count = (int)entries.count,
                                        .entries = entries.data};
        yd_class_report_write(&report, &line);
    } else {
        line.failed = true;
    }
    path_of(run, path);
    yd_save_append(run, path, &line);
    yd_vector_free(&entries);
    free(rows);
}
