#include "tui/heading.h"
#include <math.h>
#include <stdio.h>

const char *yd_heading_epoch(char *out, size_t capacity, const yd_run_view *view)
{
    const yd_status_block *block = &view->block;
    if (view->has_block && block->epochs > 0)
        snprintf(out, capacity, "%d/%d", block->epoch, block->epochs);
    else if (view->has_block && block->epoch > 0)
        snprintf(out, capacity, "%d", block->epoch);
    else
        snprintf(out, capacity, "-/-");
    return out;
}

const char *yd_heading_state(char *out, size_t capacity, const yd_run_view *view)
{
    if (view->stalled_seconds > 0)
        snprintf(out, capacity, "STALLED %.0f s", view->stalled_seconds);
    else
        snprintf(out, capacity, "%s", yd_run_view_state_name(view));
    return out;
}

yd_style yd_heading_style(const yd_run_view *view)
{
    if (view->state == YD_RUN_FAILED || view->state == YD_RUN_DEAD) return YD_STYLE_BAD;
    if (view->state == YD_RUN_PAUSED || view->stalled_seconds > 0) return YD_STYLE_WARNING;
    return YD_STYLE_GOOD;
}

double yd_heading_eta(const yd_run_view *view)
{
    if (view->grows) return yd_run_view_pace_eta(view);
    return view->has_block && !yd_run_view_ended(view) ? view->block.eta_seconds : (double)NAN;
}
