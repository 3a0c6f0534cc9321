/* What a validation found, as curves and as a matrix. */
#pragma once
#include "eval/metrics.h"

enum { YD_VALIDATION_PLOTS = 5 };
/* F1_curve.png, P_curve.png, R_curve.png, PR_curve.png, confusion_matrix.png: their names. */
extern const char *const yd_validation_plots[YD_VALIDATION_PLOTS];

/* Draws the index-th of them, PNG, into folder; the matrix only where the result has one: else *drawn is
 * false and nothing is written. names: [result->nc], raw. IO, MEMORY. */
yd_status yd_plot_validation(const char *folder, int index, const yd_metrics_result *result,
                             const char *const *names, bool *drawn, yd_error *error);
