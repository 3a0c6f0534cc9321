#include "tui/window.h"
#include <math.h>

yd_span yd_window_shown(const yd_window *window, const yd_extent *extent)
{
    double width = window->span.to - window->span.from;
    if (!window->zoomed) return (yd_span){extent->from, extent->to};
    if (!window->follows) return window->span;
    return (yd_span){extent->newest - width, extent->newest};
}

/* As much of the span as there is, moved where it stands out; all of it is no zoom. */
static void settle(yd_window *window, const yd_extent *extent, yd_span span, bool may_follow)
{
    double width = span.to - span.from, all = extent->to - extent->from;
    if (!(width > 0) || !isfinite(width) || width >= all * (1 - 1e-9)) {
        *window = (yd_window){0};
        return;
    }
    if (span.from < extent->from) span = (yd_span){extent->from, extent->from + width};
    if (span.to > extent->to) span = (yd_span){extent->to - width, extent->to};
    bool at_newest = fabs(span.to - extent->newest) <= width * 1e-6;
    *window = (yd_window){.zoomed = true, .follows = may_follow && at_newest, .span = span};
}

void yd_window_zoom(yd_window *window, const yd_extent *extent, double at, double factor, double least)
{
    yd_span shown = yd_window_shown(window, extent);
    double width = shown.to - shown.from;
    if (!(width > 0) || !isfinite(at) || !(factor > 0)) return;
    double wanted = fmax(width * factor, fmin(least, width));
    double share = fmin(fmax((at - shown.from) / width, 0), 1);
    double from = shown.from + share * (width - wanted);
    settle(window, extent, (yd_span){from, from + wanted}, true);
}

void yd_window_pan(yd_window *window, const yd_extent *extent, double share)
{
    if (!window->zoomed) return;
    yd_span shown = yd_window_shown(window, extent);
    double shift = (shown.to - shown.from) * share;
    settle(window, extent, (yd_span){shown.from + shift, shown.to + shift}, share > 0);
}

void yd_window_reveal(yd_window *window, const yd_extent *extent, double at)
{
    yd_span shown = yd_window_shown(window, extent);
    double shift = at < shown.from ? at - shown.from : at > shown.to ? at - shown.to : 0;
    if (!window->zoomed || shift == 0 || !isfinite(at)) return;
    settle(window, extent, (yd_span){shown.from + shift, shown.to + shift}, shift > 0);
}

void yd_window_follow(yd_window *window, const yd_extent *extent)
{
    yd_span shown = yd_window_shown(window, extent);
    if (!window->zoomed) return;
    settle(window, extent, (yd_span){extent->newest - (shown.to - shown.from), extent->newest}, true);
}
