#include "support/test.h"
#include "tui/curve.h"
#include "tui/ticks.h"
#include "tui/widgets/plot.h"
#include "tui/window.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_labels(const yd_ticks *ticks, const char *wanted)
{
    char found[512] = "";
    for (int i = 0; i < ticks->count; i++) {
        size_t length = strlen(found);
        snprintf(found + length, sizeof found - length, "%s%s", i ? " " : "", ticks->ticks[i].label);
    }
    CHECK_TEXT(found, wanted);
}

static void ticks_are_round(void)
{
    yd_ticks ticks;
    yd_ticks_linear(&ticks, 0, 1, 6);
    check_labels(&ticks, "0 0.2 0.4 0.6 0.8 1.0");
    yd_ticks_linear(&ticks, -0.31, 0.17, 4);
    check_labels(&ticks, "-0.2 0");
    yd_ticks_linear(&ticks, 0.0412, 0.0433, 5);
    check_labels(&ticks, "0.0415 0.0420 0.0425 0.0430");
    yd_ticks_linear(&ticks, 0, 250000, 6);
    check_labels(&ticks, "0 50k 100k 150k 200k 250k");
    yd_ticks_linear(&ticks, 1234500, 1234540, 5);
    check_labels(&ticks, "1234500 1234510 1234520 1234530 1234540");
    yd_ticks_linear(&ticks, 1200000, 1300000, 3);
    check_labels(&ticks, "1.20M 1.25M 1.30M");
    yd_ticks_linear(&ticks, 0, 0.0004, 5);
    check_labels(&ticks, "0 1e-4 2e-4 3e-4 4e-4");
    yd_ticks_linear(&ticks, 1e20, 3e20, 3);
    check_labels(&ticks, "1e20 2e20 3e20");
    yd_ticks_whole(&ticks, 0, 3, 10);
    check_labels(&ticks, "0 1 2 3");
    yd_ticks_whole(&ticks, 2.2, 2.4, 3);
    check_labels(&ticks, "2.2 2.3 2.4");
}

static void log_ticks_are_powers(void)
{
    yd_ticks ticks;
    yd_ticks_log(&ticks, 0.001, 1000, 8);
    check_labels(&ticks, "0.001 0.01 0.1 1 10 100 1000");
    yd_ticks_log(&ticks, 0.009, 0.2, 8);
    check_labels(&ticks, "0.01 0.02 0.05 0.1 0.2");
    yd_ticks_log(&ticks, 1e-8, 1e8, 5);
    CHECK(ticks.count >= 3 && ticks.count <= 5);
    yd_ticks_log(&ticks, 0.031, 0.038, 4); /* within a decade there is nothing round */
    check_labels(&ticks, "0.032 0.034 0.036 0.038");
}

static void time_ticks_are_what_clocks_know(void)
{
    yd_ticks ticks;
    yd_ticks_time(&ticks, 0, 120, 5);
    check_labels(&ticks, "0 0:30 1:00 1:30 2:00");
    yd_ticks_time(&ticks, 0, 20000, 6);
    check_labels(&ticks, "0 1:00h 2:00h 3:00h 4:00h 5:00h");
    yd_ticks_time(&ticks, 80000, 95000, 3);
    check_labels(&ticks, "1d 00:00 1d 02:00");
    yd_ticks_time(&ticks, 0, 400000, 5);
    check_labels(&ticks, "0 1d 2d 3d 4d");
    yd_ticks_time(&ticks, 4000, 4010, 4);
    check_labels(&ticks, "1:06:40 1:06:45 1:06:50");
}

static void ticks_stand_everything(void)
{
    static const double values[] = {
        0,   1,    -1,       1e-300,           DBL_MIN,    DBL_MAX, -DBL_MAX, 1e300, DBL_TRUE_MIN,
        0.3, 1e15, 1e15 + 1, (double)INFINITY, (double)NAN};
    enum { VALUES = sizeof values / sizeof *values };
    yd_ticks ticks;
    void (*const makers[])(yd_ticks *, double, double, int) = {yd_ticks_linear, yd_ticks_whole, yd_ticks_log,
                                                               yd_ticks_time};
    for (int i = 0; i < VALUES; i++)
        for (int j = 0; j < VALUES; j++)
            for (int most = -1; most < 40; most += 7)
                for (int k = 0; k < 4; k++) {
                    makers[k](&ticks, values[i], values[j], most);
                    CHECK(ticks.count >= 0 && ticks.count <= YD_TICKS);
                    CHECK(yd_ticks_width(&ticks) < YD_TICK_LABEL);
                }
    for (int most = 1; most <= YD_TICKS; most++)
        for (double width = 1e-6; width < 1e9; width *= 3.7) {
            yd_ticks_linear(&ticks, width / 3, width, most);
            CHECK(ticks.count <= most);
            for (int i = 0; i < ticks.count; i++)
                CHECK(ticks.ticks[i].at > width / 3 * 0.999 && ticks.ticks[i].at < width * 1.001);
        }
}

static void windows_keep_what_they_show(void)
{
    yd_window window = {0};
    yd_extent extent = {0, 100, 100};
    yd_span shown = yd_window_shown(&window, &extent);
    CHECK(shown.from == 0 && shown.to == 100);
    yd_window_zoom(&window, &extent, 25, 0.5, 1); /* 25 stays where it is */
    shown = yd_window_shown(&window, &extent);
    CHECK_NEAR(shown.from, 12.5, 1e-9);
    CHECK_NEAR(shown.to, 62.5, 1e-9);
    extent.to = extent.newest = 200; /* data that comes changes nothing */
    yd_span after = yd_window_shown(&window, &extent);
    CHECK(after.from == shown.from && after.to == shown.to);
    yd_window_pan(&window, &extent, 1);
    CHECK_NEAR(yd_window_shown(&window, &extent).from, 62.5, 1e-9);
    yd_window_pan(&window, &extent, -100);
    CHECK_NEAR(yd_window_shown(&window, &extent).from, 0, 1e-9);
    CHECK_NEAR(yd_window_shown(&window, &extent).to, 50, 1e-9);
    yd_window_pan(&window, &extent, 100);
    CHECK(window.follows);
    extent.to = extent.newest = 300; /* at the newest value it goes along */
    CHECK_NEAR(yd_window_shown(&window, &extent).from, 250, 1e-9);
    yd_window_zoom(&window, &extent, 300, 100, 1); /* out to everything: no zoom any more */
    CHECK(!window.zoomed);
    for (int i = 0; i < 200; i++) yd_window_zoom(&window, &extent, 123.4, 0.5, 2);
    shown = yd_window_shown(&window, &extent);
    CHECK_NEAR(shown.to - shown.from, 2, 1e-9);
    CHECK(shown.from <= 123.4 && shown.to >= 123.4);
    yd_window_reveal(&window, &extent, 7);
    CHECK_NEAR(yd_window_shown(&window, &extent).from, 7, 1e-9);
    yd_window_follow(&window, &extent);
    CHECK(window.follows);
    CHECK_NEAR(yd_window_shown(&window, &extent).to, 300, 1e-9);
    yd_window_zoom(&window, &extent, (double)NAN, 0.5, 1);
    CHECK(isfinite(yd_window_shown(&window, &extent).from));
}

/* A plan goes beyond the newest value, and following is following that. */
static void windows_know_the_newest(void)
{
    yd_window window = {0};
    yd_extent extent = {0, 100, 10};
    yd_window_zoom(&window, &extent, 0, 0.05, 1);
    yd_window_follow(&window, &extent);
    extent.newest = 20;
    CHECK_NEAR(yd_window_shown(&window, &extent).to, 20, 1e-9);
    CHECK_NEAR(yd_window_shown(&window, &extent).from, 15, 1e-9);
    yd_window_pan(&window, &extent, 1);
    CHECK_NEAR(yd_window_shown(&window, &extent).from, 20, 1e-9);
    CHECK(!window.follows);
}

static yd_series_store *store;
static yd_curve curve;

static const yd_series *fill(const char *name, int count, double (*value)(int))
{
    store = yd_series_store_create();
    REQUIRE(store);
    yd_series_store_set_batches(store, 100);
    int series = yd_series_store_open(store, name, strlen(name));
    for (int i = 0; i < count; i++) yd_series_store_add(store, series, i, 1000 + i, value(i));
    return yd_series_store_at(store, series);
}

static double one_spike(int i)
{
    return i == 77777 ? 9 : 1;
}

static double wave(int i)
{
    return sin(i / 10.0) + i % 7;
}

static void spikes_are_never_lost(void)
{
    const yd_series *series = fill("step/loss", 100000, one_spike);
    yd_curve_axis axis;
    REQUIRE(yd_curve_axis_of(store, series, YD_AXIS_STEP, &axis));
    for (int columns = 1; columns <= 200; columns += 13) {
        double low = INFINITY, high = -INFINITY;
        yd_curve_make(&curve, series, &axis, (yd_span){0, 99999}, columns, 0.99);
        yd_curve_range(&curve, false, false, &low, &high);
        CHECK(low == 1 && high == 9);
        int spikes = 0;
        for (int i = 0; i < columns; i++) spikes += curve.columns[i].high == 9;
        CHECK(spikes == 1);
    }
    yd_series_store_destroy(store);
}

/* By the definition, value by value. */
static double moving_average(double (*value)(int), int last, double weight)
{
    double sum = 0, share = 0;
    for (int i = 0; i <= last; i++)
        sum = weight * sum + (1 - weight) * value(i), share = weight * share + 1 - weight;
    return sum / share;
}

static void smoothing_does_not_depend_on_the_zoom(void)
{
    const yd_series *series = fill("step/loss", 20000, wave);
    yd_curve_axis axis;
    REQUIRE(yd_curve_axis_of(store, series, YD_AXIS_STEP, &axis));
    static const double weights[] = {0.5, 0.9, 0.99, 0.999};
    for (int i = 0; i < 4; i++) {
        double weight = weights[i], tolerance = weight < 0.99 ? 1e-3 : 0.02;
        yd_curve_make(&curve, series, &axis, (yd_span){15000, 15099}, 100, weight); /* a value a column */
        CHECK_NEAR(curve.smooth[0], moving_average(wave, 15000, weight), tolerance);
        CHECK_NEAR(curve.smooth[99], moving_average(wave, 15099, weight), tolerance);
        REQUIRE(curve.before.known && curve.after.known);
        CHECK(curve.before.x == 14999 && curve.after.x == 15100);
        CHECK_NEAR(curve.before.smooth, moving_average(wave, 14999, weight), tolerance);
        CHECK_NEAR(curve.after.smooth, moving_average(wave, 15100, weight), tolerance);
        yd_curve_make(&curve, series, &axis, (yd_span){0, 19999}, 200, weight);
        if (weight > 0.99) CHECK_NEAR(curve.smooth[150], moving_average(wave, 15099, weight), 0.05);
    }
    yd_curve_make(&curve, series, &axis, (yd_span){100, 199}, 100, 0);
    CHECK_NEAR(curve.smooth[50], wave(150), 1e-12);
    yd_series_store_destroy(store);
}

static void axes_agree(void)
{
    const yd_series *series = fill("train/box_loss", 10, wave);
    yd_curve_axis axis;
    yd_span span;
    REQUIRE(yd_curve_axis_of(store, series, YD_AXIS_STEP, &axis)); /* epochs, on an axis of batches */
    REQUIRE(yd_curve_span(series, &axis, &span));
    CHECK_NEAR(span.from, 100, 1e-9);
    CHECK_NEAR(span.to, 1000, 1e-9);
    yd_curve_make(&curve, series, &axis, span, 10, 0);
    CHECK_NEAR(curve.columns[9].mean, wave(9), 1e-12);
    REQUIRE(yd_curve_axis_of(store, series, YD_AXIS_WALL, &axis)); /* since the start */
    REQUIRE(yd_curve_span(series, &axis, &span));
    CHECK_NEAR(span.from, 0, 1e-9);
    CHECK_NEAR(span.to, 9, 1e-9);
    yd_series_store_destroy(store);
    series = fill("foreign", 10, wave);
    CHECK(!yd_curve_axis_of(store, series, YD_AXIS_EPOCH, &axis) || yd_series_steps_per_epoch(series) > 0);
    yd_series_store_destroy(store);
}

static yd_canvas canvas;

static yd_plot start(int width, int height, const yd_glyphs *glyphs, yd_plot_axes axes)
{
    yd_canvas_free(&canvas);
    REQUIRE(yd_canvas_create(&canvas, width, height, glyphs));
    return yd_plot_start(&canvas, &axes);
}

static const char *row(int y)
{
    static char text[4096];
    yd_canvas_row(&canvas, y, text, sizeof text);
    return text;
}

static double broken(int i)
{
    return i == 5 ? (double)NAN : i == 6 ? (double)INFINITY : i;
}

static void plots_have_axes_and_curves(void)
{
    const yd_series *series = fill("step/loss", 10, broken);
    yd_curve_axis axis;
    REQUIRE(yd_curve_axis_of(store, series, YD_AXIS_STEP, &axis));
    const yd_plot_axes axes = {.x = {0, 9}, .kind = YD_PLOT_WHOLE, .low = 0, .high = 9};
    yd_plot plot = start(30, 8, &yd_glyphs_ascii, axes);
    CHECK(plot.area.width == 23 && plot.area.height == 7);
    CHECK_TEXT(row(7), "       0           5");
    yd_curve_make(&curve, series, &axis, axes.x, plot.chart.columns, 0);
    yd_plot_pen pen = {.style = YD_STYLE_VALUE, .of = 1};
    yd_plot_band(&plot, &curve, &pen);
    yd_plot_line(&plot, &curve, &pen);
    CHECK(strchr(row(0), 'x') != NULL);
    CHECK(canvas.cells[29].glyph == '\'' || canvas.cells[29].glyph == '-' || canvas.cells[29].glyph == '.');
    yd_span span;
    CHECK(!yd_plot_cell(&plot, 6, &span) && yd_plot_cell(&plot, 7, &span));
    CHECK_NEAR(span.from, 0, 1e-12);
    CHECK(yd_plot_cell_of(&plot, 0) == 7 && yd_plot_cell_of(&plot, 9) == 29);
    CHECK(yd_plot_cell_of(&plot, 9.1) == -1 && yd_plot_cell_of(&plot, (double)NAN) == -1);
    yd_plot_cursor(&plot, 9);
    CHECK(canvas.cells[6 * 30 + 29].glyph == '|' && canvas.cells[29].style == YD_STYLE_SELECTED);
    yd_plot_mark(&plot, 2.9, false);
    CHECK(canvas.cells[6 * 30 + yd_plot_cell_of(&plot, 2.9)].glyph == '^');
    pen = (yd_plot_pen){.style = YD_STYLE_VALUE, .letters = "B", .turn = 1, .of = 2};
    yd_plot_line(&plot, &curve, &pen);
    yd_plot_letters(&plot, &curve, &pen);
    CHECK(strchr(row(0), 'B') != NULL);
    yd_series_store_destroy(store);
}

static void plots_fit_anywhere(void)
{
    const yd_series *series = fill("step/loss", 1000, wave);
    yd_curve_axis axis;
    REQUIRE(yd_curve_axis_of(store, series, YD_AXIS_STEP, &axis));
    const yd_glyphs *const glyphs[] = {&yd_glyphs_unicode, &yd_glyphs_ascii};
    static const double lows[] = {0, 1, -DBL_MAX, DBL_TRUE_MIN, (double)NAN, (double)INFINITY, 5};
    for (int width = 1; width < 60; width += 3)
        for (int height = 1; height < 20; height += 2)
            for (int i = 0; i < 7; i++) {
                yd_plot_axes axes = {.x = {0, 999},
                                     .low = lows[i],
                                     .high = i == 2 ? DBL_MAX : 5,
                                     .lettered = i % 2,
                                     .kind = (yd_plot_kind)(i % 3)};
                axes.log = i == 1 || i == 3;
                yd_plot plot = start(width, height, glyphs[i % 2], axes);
                yd_curve_make(&curve, series, &axis, axes.x, plot.chart.columns, 0.9);
                yd_plot_pen pen = {.style = YD_STYLE_VALUE, .letters = "Ab", .of = 2, .smoothed = true};
                yd_plot_band(&plot, &curve, &pen);
                yd_plot_line(&plot, &curve, &pen);
                yd_plot_letters(&plot, &curve, &pen);
                yd_plot_mark(&plot, 500, i % 2);
                yd_plot_cursor(&plot, 400);
                CHECK(plot.area.width <= width && plot.area.height <= height);
            }
    yd_canvas_free(&canvas);
    yd_series_store_destroy(store);
}

static const yd_test_case cases[] = {
    {"ticks are round", ticks_are_round},
    {"log ticks are powers", log_ticks_are_powers},
    {"time ticks are what clocks know", time_ticks_are_what_clocks_know},
    {"ticks stand everything", ticks_stand_everything},
    {"windows keep what they show", windows_keep_what_they_show},
    {"windows know the newest", windows_know_the_newest},
    {"spikes are never lost", spikes_are_never_lost},
    {"smoothing does not depend on the zoom", smoothing_does_not_depend_on_the_zoom},
    {"axes agree", axes_agree},
    {"plots have axes and curves", plots_have_axes_and_curves},
    {"plots fit anywhere", plots_fit_anywhere},
};

TEST_MAIN(cases)
