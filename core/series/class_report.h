/* What a validation found of each class: a line of RUN/classes.jsonl. Engine and console share this file: the
 * one writes lines, the other reads them and trusts nothing in them.
 *
 * A line is an object: epoch, step, time, why, images, labels, precision, recall, map50, map50_95, fitness,
 * confidence; names (one for each class); classes, an object of columns, each with a value a class: images,
 * labels, precision, recall, map50, map50_95 (null where the class has no labels); and confusion, the entries
 * of the matrix that are not 0 as [predicted, true, count], where the number of classes stands for the
 * background. Keys that are not known are passed over. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YD_CLASS_LIMIT = 65535 };                 /* classes in a line */
enum { YD_CLASS_LINE_LIMIT = 64 * 1024 * 1024 }; /* bytes of a line */

typedef enum yd_class_why {
    YD_CLASS_EPOCH, /* "epoch": the validation of an epoch */
    YD_CLASS_ASKED, /* "asked": asked for live */
    YD_CLASS_FINAL  /* "final": of best.pt, when training was done */
} yd_class_why;

/* Where in the run: step counts batches from the beginning of the run, those before the validation. */
typedef struct yd_class_head {
    int epoch;
    int64_t step;
    yd_class_why why;
} yd_class_head;

typedef struct yd_class_row {
    int64_t images, labels;                    /* images: that hold a label of the class */
    double precision, recall, map50, map50_95; /* NAN where the class has no labels */
} yd_class_row;

typedef struct yd_confusion_entry {
    int predicted, truth; /* class_count: background */
    double count;         /* above 0 */
} yd_confusion_entry;

typedef struct yd_class_report {
    yd_class_head head;
    double time; /* seconds since 1970 */
    int64_t images, labels;
    double precision, recall, map50, map50_95, fitness, confidence; /* of all; NAN: not in the line */
    int class_count;
    const char *const *names; /* [class_count], raw: escape when showing */
    const yd_class_row *rows; /* [class_count] */
    bool has_confusion;
    int entry_count;
    const yd_confusion_entry *entries; /* by ascending (predicted, truth), each once */
    yd_arena *arena;                   /* of what a reader allocated; NULL where the caller owns it */
} yd_class_report;

/* Adds the line with its newline. */
void yd_class_report_write(const yd_class_report *report, yd_text *text);
/* Reads a line without its newline. FORMAT where it is no such line, MEMORY; *report is then empty. The
 * caller frees with yd_class_report_free. */
yd_status yd_class_report_read(const char *line, size_t length, yd_class_report *report, yd_error *error);
void yd_class_report_free(yd_class_report *report);
/* The head alone, which stands at the beginning of a line; false where it does not. */
bool yd_class_head_read(const char *line, size_t length, yd_class_head *head);

/* The entry of the confusion matrix; 0 where there is none. */
double yd_class_report_count(const yd_class_report *report, int predicted, int truth);
