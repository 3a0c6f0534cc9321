#include "plot/validation_plots.h"
#include "base/file.h"
#include "plot/confusion_plot.h"
#include "plot/curve_plot.h"

/* The first four in the order of yd_curve_kind. */
const char *const yd_validation_plots[YD_VALIDATION_PLOTS] = {"F1_curve.png", "P_curve.png", "R_curve.png",
                                                              "PR_curve.png", "confusion_matrix.png"};

yd_status yd_plot_validation(const char *folder, int index, const yd_metrics_result *result,
                             const char *const *names, bool *drawn, yd_error *error)
{
    char path[4096];
    if (!yd_path_join(path, sizeof path, folder, yd_validation_plots[index]))
        return yd_fail(error, YD_ERR_IO, "%s: the path is too long", folder);
    bool matrix = index > YD_CURVE_PR;
    *drawn = !matrix || result->confusion;
    if (!*drawn) return YD_OK;
    if (!matrix) return yd_plot_curve(path, (yd_curve_kind)index, result, names, error);
    return yd_plot_confusion(path, result->confusion, result->nc, names, error);
}
