/* What the screen Classes shows of a validation: which classes, in which order, and the cells of the
 * confusion matrix. Pure: reports in, numbers out. */
#pragma once
#include "series/class_report.h"
#include "tui/canvas.h"

typedef enum yd_class_column {
    YD_CLASS_COLUMN_NAME,
    YD_CLASS_COLUMN_IMAGES,
    YD_CLASS_COLUMN_LABELS,
    YD_CLASS_COLUMN_PRECISION,
    YD_CLASS_COLUMN_RECALL,
    YD_CLASS_COLUMN_MAP50,
    YD_CLASS_COLUMN_MAP,
    YD_CLASS_COLUMN_CHANGE, /* of the mAP since the validation before */
    YD_CLASS_COLUMNS        /* none of them: the order of the data set */
} yd_class_column;

/* A number of a class; NAN where it is not known (and for the name). before: of the validation before, or
 * NULL; where its class of that number has another name, nothing is known of a change. */
double yd_class_value(const yd_class_report *report, const yd_class_report *before, int index,
                      yd_class_column column);
/* The classes whose names hold all words of the filter, whatever their case, sorted by a column: names and
 * the class's number upwards, numbers downwards, unless it is reversed; what is not known comes last. order
 * has room for all. Returns how many. */
int yd_classes_order(const yd_class_report *report, const yd_class_report *before, const char *filter,
                     yd_class_column column, bool reversed, int *order);

/* Labels of each true class, detections without a label in the last place: [class_count + 1]. */
void yd_class_totals(const yd_class_report *report, double *totals);
/* Entries off the diagonal, the largest first: what is taken for what. At most capacity; returns how many. */
int yd_class_confusions(const yd_class_report *report, const yd_confusion_entry **worst, int capacity);

/* How a share in 0..1 looks: a glyph that grows denser, blank below 0.005 as in the reference's plot. */
uint32_t yd_class_shade(const yd_glyphs *glyphs, double share);
/* right: on the diagonal, where much is good; else much is bad. */
yd_style yd_class_style(double share, bool right);
