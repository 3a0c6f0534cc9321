/* confusion_matrix.png. */
#pragma once
#include "base/error.h"

/* path: a PNG. counts: [nc + 1, nc + 1] (predicted, true), index nc: background. Each column is shown as
 * shares of its true class, those below 0.005 blank; numbers up to 29 classes, names up to 98. names: [nc],
 * raw. IO, MEMORY. */
yd_status yd_plot_confusion(const char *path, const double *counts, int nc, const char *const *names,
                            yd_error *error);
