/* Curves of a validation, a line a class and a thick one for their mean. */
#pragma once
#include "eval/metrics.h"
#include "image/sheet.h"

typedef enum yd_curve_kind { YD_CURVE_F1, YD_CURVE_P, YD_CURVE_R, YD_CURVE_PR } yd_curve_kind;

/* Classes up to which each has a colour and a name of its own; of more, the best and the worst have. */
enum { YD_CURVE_NAMED = 20 };

/* 2250 x 1500. F1, P, R: against confidence; PR: precision against recall, both at IoU 0.5. The means of the
 * first three are smoothed over a twentieth of the axis, as YOLOv5's are. names: [result->nc]. The caller
 * destroys the sheet. MEMORY. */
yd_status yd_draw_curve(yd_curve_kind kind, const yd_metrics_result *result, const char *const *names,
                        yd_sheet **sheet, yd_error *error);
/* The same into a PNG. IO, MEMORY. */
yd_status yd_plot_curve(const char *path, yd_curve_kind kind, const yd_metrics_result *result,
                        const char *const *names, yd_error *error);
