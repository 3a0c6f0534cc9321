/* labels.jpg and labels_correlogram.jpg: what a training set's labels are like. */
#pragma once
#include "data/labels.h"
#include "image/sheet.h"

typedef struct yd_label_set {
    const yd_labels *pictures; /* [count]: the labels of each picture */
    int count, nc;
    const char *const *names; /* [nc], raw; a class from nc on has none */
} yd_label_set;

/* 1600 x 1600: labels of each class, up to the largest that occurs, by name up to 29 of them, else with the
 * most and the fewest named; the first 1000 boxes with their centres on one another, in the colours that
 * pictures give their classes; where centres lie, as in the picture, and how wide and high boxes are. The
 * caller destroys the sheet. MEMORY. */
yd_status yd_draw_labels(const yd_label_set *labels, yd_sheet **sheet, yd_error *error);
/* 2000 x 2000: x, y, width and height, each alone and against each other, and in figures. */
yd_status yd_draw_label_correlogram(const yd_label_set *labels, yd_sheet **sheet, yd_error *error);
/* The same into FOLDER/labels.jpg and FOLDER/labels_correlogram.jpg. IO, MEMORY. */
yd_status yd_plot_labels(const char *folder, const yd_label_set *labels, yd_error *error);
yd_status yd_plot_label_correlogram(const char *folder, const yd_label_set *labels, yd_error *error);
