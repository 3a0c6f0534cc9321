/* What part of an axis is shown: all of it, a part that stands still while the run goes on, or a part of
 * fixed width that follows the newest value. Pure. */
#pragma once
#include <stdbool.h>

typedef struct yd_span {
    double from, to;
} yd_span;

/* What there is on the axis; newest: where the values end, which a plan may go beyond. */
typedef struct yd_extent {
    double from, to, newest;
} yd_extent;

/* Zeroed: shows all. Data that comes never changes it: only what the user does. */
typedef struct yd_window {
    bool zoomed, follows;
    yd_span span; /* where zoomed; of one that follows, only its width counts */
} yd_window;

yd_span yd_window_shown(const yd_window *window, const yd_extent *extent);
/* Makes the width `factor` times what it is, between `least` and all there is; `at` stays in its place. */
void yd_window_zoom(yd_window *window, const yd_extent *extent, double at, double factor, double least);
/* Moves by `share` of the width, as far as there is something. */
void yd_window_pan(yd_window *window, const yd_extent *extent, double share);
/* Moves as little as makes `at` lie within. */
void yd_window_reveal(yd_window *window, const yd_extent *extent, double at);
/* A part that ends at the newest value keeps doing so. */
void yd_window_follow(yd_window *window, const yd_extent *extent);
