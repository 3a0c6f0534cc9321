/* confusion_matrix.png. */
#pragma once
#include "base/error.h"
#include "image/sheet.h"

/* counts: [nc + 1, nc + 1] (predicted, true), index nc: background: a label that was missed, a prediction of
 * nothing. Each column is shown as shares of its true class, those below 0.005 blank, with counts where there
 * is room; a class without labels is grey. Numbers up to 29 classes, names up to 98; of more than 29 classes
 * the pairs that are confused most are listed beside. names: [nc], raw. The caller destroys the sheet.
 * MEMORY.
 */
yd_status yd_draw_confusion(const double *counts, int nc, const char *const *names, yd_sheet **sheet,
                            yd_error *error);
/* The same into a PNG. IO, MEMORY. */
yd_status yd_plot_confusion(const char *path, const double *counts, int nc, const char *const *names,
                            yd_error *error);
