#include "tui/widgets/plot.h"
#include "tui/ticks.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Labels of all charts take the same room, so that nothing shifts sideways when values change. */
enum {
    LABEL = 7,
    LABEL_NARROW = 6,
    NARROW = 36,
    LABEL_GAP = 3,
    LETTERS = 2,
    LABELS_FROM_HEIGHT = 4,
    GRID_FROM_HEIGHT = 7,
    GRID = 6
};

/* Heights are drawn by their logarithm. */
static double height_of(const yd_plot *plot, double value)
{
    if (!plot->axes.log) return value;
    return value > 0 ? log10(value) : value <= 0 ? log10(plot->axes.low) : value;
}

/* A little room above and below, so that the extremes do not lie on the edge; something around a single
 * value. */
static void widen(yd_plot_axes *axes)
{
    double low = axes->low, high = axes->high;
    if (!isfinite(low) || !isfinite(high) || low > high) low = axes->log ? 0.1 : 0, high = 1;
    if (axes->log) {
        double room = fmax((log10(high) - log10(low)) * 0.04, low == high ? 0.3 : 0);
        axes->low = pow(10, log10(low) - room), axes->high = pow(10, log10(high) + room);
        if (!(axes->low > 0) || !isfinite(axes->high)) axes->low = low, axes->high = high;
        return;
    }
    double room = low == high ? (low == 0 ? 1 : fabs(low) * 0.1) : (high - low) * 0.04;
    axes->low = low - room, axes->high = high + room;
    /* What never falls below nothing has no axis that does. */
    if (low >= 0 && axes->low < 0) axes->low = 0;
    if (!isfinite(axes->high - axes->low)) axes->low = low / 4, axes->high = high / 4;
}

static void value_ticks(const yd_plot_axes *axes, int height, yd_ticks *ticks)
{
    int most = height < 4 ? 1 : height / 2 < 8 ? height / 2 : 8;
    if (axes->log)
        yd_ticks_log(ticks, axes->low, axes->high, most);
    else
        yd_ticks_linear(ticks, axes->low, axes->high, most);
}

static void place_ticks(const yd_plot_axes *axes, int most, yd_ticks *ticks)
{
    if (axes->kind == YD_PLOT_TIME)
        yd_ticks_time(ticks, axes->x.from, axes->x.to, most);
    else if (axes->kind == YD_PLOT_WHOLE)
        yd_ticks_whole(ticks, axes->x.from, axes->x.to, most);
    else
        yd_ticks_linear(ticks, axes->x.from, axes->x.to, most);
}

static void draw_value_axis(const yd_plot *plot, const yd_ticks *ticks)
{
    const yd_rect *area = &plot->area;
    for (int y = 0; y < area->height; y++)
        yd_canvas_put(&plot->canvas, area->x - 1, y, plot->canvas.glyphs->vertical, YD_STYLE_FRAME);
    for (int i = 0; i < ticks->count; i++) {
        int y = yd_chart_cell_row(&plot->chart, height_of(plot, ticks->ticks[i].at));
        yd_canvas_text_right(&plot->canvas, area->x - 1, y, YD_STYLE_DIM, ticks->ticks[i].label);
        yd_canvas_put(&plot->canvas, area->x - 1, y, plot->canvas.glyphs->tee_right, YD_STYLE_FRAME);
        for (int x = GRID / 2; x < area->width && area->height >= GRID_FROM_HEIGHT; x += GRID)
            yd_canvas_put(&plot->chart.canvas, x, y, plot->canvas.glyphs->grid, YD_STYLE_FRAME);
    }
}

/* As many as stand apart; a label that does not fit goes. */
static void draw_place_axis(const yd_plot *plot)
{
    yd_ticks ticks;
    int most = plot->area.width / 6, y = plot->area.height, behind = 0;
    do place_ticks(&plot->axes, most, &ticks);
    while (ticks.count * (yd_ticks_width(&ticks) + LABEL_GAP) > plot->area.width && --most > 0);
    for (int i = 0; i < ticks.count; i++) {
        int width = (int)strlen(ticks.ticks[i].label), at = yd_plot_cell_of(plot, ticks.ticks[i].at);
        int x = at - width / 2;
        if (x + width > plot->canvas.width) x = plot->canvas.width - width;
        if (at < 0 || x < behind) continue;
        yd_canvas_text(&plot->canvas, x, y, YD_STYLE_DIM, ticks.ticks[i].label);
        behind = x + width + 1;
    }
}

static yd_rect area_of(const yd_canvas *canvas, bool lettered)
{
    int left = (canvas->width < NARROW ? LABEL_NARROW : LABEL) + 1;
    int width = canvas->width - left - (lettered ? LETTERS : 0);
    int height = canvas->height - (canvas->height >= LABELS_FROM_HEIGHT ? 1 : 0);
    return (yd_rect){left, 0, width < 0 ? 0 : width, height < 0 ? 0 : height};
}

int yd_plot_columns(const yd_canvas *canvas, bool lettered)
{
    int columns = area_of(canvas, lettered).width * (canvas->glyphs->braille ? 2 : 1);
    return columns < YD_CURVE_COLUMNS ? columns : YD_CURVE_COLUMNS;
}

yd_plot yd_plot_start(const yd_canvas *canvas, const yd_plot_axes *axes)
{
    yd_plot plot = {.canvas = *canvas, .axes = *axes};
    yd_ticks ticks;
    widen(&plot.axes);
    plot.area = area_of(canvas, axes->lettered);
    if (plot.area.width <= 0 || plot.area.height <= 0 || !(axes->x.to > axes->x.from)) return plot;
    value_ticks(&plot.axes, plot.area.height, &ticks);
    yd_canvas area = yd_canvas_part(canvas, plot.area);
    plot.chart = yd_chart_start(&area, axes->x.from, axes->x.to, height_of(&plot, plot.axes.low),
                                height_of(&plot, plot.axes.high));
    plot.chart.columns = yd_plot_columns(canvas, axes->lettered);
    draw_value_axis(&plot, &ticks);
    if (plot.area.height < canvas->height) draw_place_axis(&plot);
    return plot;
}

void yd_plot_band(const yd_plot *plot, const yd_curve *curve, const yd_plot_pen *pen)
{
    /* With several curves their extremes alone are shown, or nothing could be told apart. */
    bool filled = pen->of <= 1;
    for (int i = 0; i < curve->count && i < plot->chart.columns; i++) {
        const yd_series_column *column = &curve->columns[i];
        if (column->count < 2 || !(column->high > column->low)) continue;
        double low = height_of(plot, column->low), high = height_of(plot, column->high);
        if (filled) {
            yd_chart_band(&plot->chart, i, low, high, YD_STYLE_DIM);
        } else {
            yd_chart_band(&plot->chart, i, low, low, YD_STYLE_DIM);
            yd_chart_band(&plot->chart, i, high, high, YD_STYLE_DIM);
        }
    }
}

/* From value to value, over the columns between; what is not finite interrupts it. */
static void draw_line(const yd_plot *plot, const yd_curve *curve, bool smooth, yd_style style,
                      uint32_t letter)
{
    double column_before = NAN, before = NAN;
    if (curve->before.known) {
        column_before = yd_chart_column(&plot->chart, curve->before.x);
        before = height_of(plot, smooth ? curve->before.smooth : curve->before.mean);
    }
    for (int i = 0; i < curve->count && i < plot->chart.columns; i++) {
        const yd_series_column *column = &curve->columns[i];
        if (!column->count && column->not_finite) column_before = NAN;
        if (!column->count) continue;
        double height = height_of(plot, smooth ? curve->smooth[i] : column->mean);
        if (isnan(column_before))
            yd_chart_point(&plot->chart, i, height, style, letter);
        else
            yd_chart_segment(&plot->chart, column_before, before, i, height, style, letter);
        column_before = i, before = height;
    }
    if (curve->after.known)
        yd_chart_segment(&plot->chart, column_before, before, yd_chart_column(&plot->chart, curve->after.x),
                         height_of(plot, smooth ? curve->after.smooth : curve->after.mean), style, letter);
}

/* A value that is the only one of its curve would be a point that nobody sees. */
static void draw_lone(const yd_plot *plot, const yd_curve *curve, const yd_plot_pen *pen)
{
    int per_cell = plot->canvas.glyphs->braille ? 2 : 1, found = -1;
    if (curve->before.known || curve->after.known) return;
    for (int i = 0; i < curve->count && i < plot->chart.columns; i++) {
        if (!curve->columns[i].count) continue;
        if (found >= 0) return;
        found = i;
    }
    int row = found < 0 ? -1 : yd_chart_cell_row(&plot->chart, height_of(plot, curve->smooth[found]));
    if (row >= 0)
        yd_canvas_put(&plot->chart.canvas, found / per_cell, row, plot->canvas.glyphs->alive, pen->style);
}

static void draw_not_finite(const yd_plot *plot, const yd_curve *curve)
{
    int per_cell = plot->canvas.glyphs->braille ? 2 : 1;
    for (int i = 0; i < curve->count && i < plot->chart.columns; i++)
        if (curve->columns[i].not_finite)
            yd_canvas_put(&plot->chart.canvas, i / per_cell, 0, plot->canvas.glyphs->not_finite,
                          YD_STYLE_BAD);
}

static bool is_letter(uint32_t glyph)
{
    return (glyph >= 'A' && glyph <= 'Z') || (glyph >= 'a' && glyph <= 'z');
}

static bool is_lettered(const yd_canvas *canvas, int x, int y, int width)
{
    for (int i = x; i < x + width && i < canvas->width; i++)
        if (is_letter(canvas->cells[y * canvas->stride + i].glyph)) return true;
    return false;
}

/* Over other letters they would hide those: then above or below them. */
static void put_letters(const yd_plot *plot, int x, int row, const yd_plot_pen *pen)
{
    const yd_canvas *canvas = &plot->canvas;
    for (int away = 0; away < plot->area.height; away++)
        for (int side = -1; side <= 1; side += 2) {
            int y = row + side * away;
            if (y < 0 || y >= plot->area.height || x < 0 || x >= canvas->width) continue;
            if (is_lettered(canvas, x, y, (int)strlen(pen->letters))) continue;
            yd_canvas_text(canvas, x, y, pen->style, pen->letters);
            return;
        }
}

void yd_plot_letters(const yd_plot *plot, const yd_curve *curve, const yd_plot_pen *pen)
{
    if (!pen->letters[0] || plot->chart.columns <= 0) return;
    int per_cell = plot->canvas.glyphs->braille ? 2 : 1, last = -1, on_way = -1;
    int middle = (int)(plot->chart.columns * (pen->turn + 0.5) / pen->of);
    for (int i = 0; i < curve->count && i < plot->chart.columns; i++) {
        if (!curve->columns[i].count) continue;
        if (on_way < 0 || abs(i - middle) < abs(on_way - middle)) on_way = i;
        last = i;
    }
    if (last < 0) return;
    int x = curve->after.known ? plot->area.width - 1 : last / per_cell;
    put_letters(plot, plot->area.x + x + 1,
                yd_chart_cell_row(&plot->chart, height_of(plot, curve->smooth[last])), pen);
    if (last - on_way > 4)
        put_letters(plot, plot->area.x + on_way / per_cell,
                    yd_chart_cell_row(&plot->chart, height_of(plot, curve->smooth[on_way])), pen);
}

void yd_plot_line(const yd_plot *plot, const yd_curve *curve, const yd_plot_pen *pen)
{
    uint32_t letter = (unsigned char)pen->letters[0];
    if (plot->chart.columns <= 0) return;
    if (pen->smoothed) draw_line(plot, curve, false, YD_STYLE_DIM, ':');
    draw_line(plot, curve, true, pen->style, letter);
    draw_lone(plot, curve, pen);
    draw_not_finite(plot, curve);
}

void yd_plot_point(const yd_plot *plot, int column, double value, const yd_plot_pen *pen)
{
    yd_chart_point(&plot->chart, column, height_of(plot, value), pen->style, '.');
}

int yd_plot_cell_of(const yd_plot *plot, double x)
{
    const yd_span *span = &plot->axes.x;
    if (!(x >= span->from) || !(x <= span->to) || plot->chart.columns <= 0) return -1;
    int cell = (int)((x - span->from) / (span->to - span->from) * plot->area.width);
    return plot->area.x + (cell < plot->area.width ? cell : plot->area.width - 1);
}

bool yd_plot_cell(const yd_plot *plot, int x, yd_span *span)
{
    int cell = x - plot->area.x;
    double width = plot->axes.x.to - plot->axes.x.from;
    if (cell < 0 || cell >= plot->area.width || plot->chart.columns <= 0) return false;
    *span = (yd_span){plot->axes.x.from + width * cell / plot->area.width,
                      plot->axes.x.from + width * (cell + 1) / plot->area.width};
    return true;
}

static bool is_free(uint32_t glyph, const yd_glyphs *glyphs)
{
    return glyph == ' ' || glyph == glyphs->grid;
}

void yd_plot_mark(const yd_plot *plot, double x, bool faint)
{
    const yd_canvas *canvas = &plot->canvas;
    int cell = yd_plot_cell_of(plot, x);
    for (int y = 0; cell >= 0 && y < plot->area.height && !faint; y++)
        if (is_free(canvas->cells[y * canvas->stride + cell].glyph, canvas->glyphs))
            yd_canvas_put(canvas, cell, y, canvas->glyphs->dotted, YD_STYLE_NOTICE);
    if (cell >= 0) yd_canvas_put(canvas, cell, plot->area.height - 1, canvas->glyphs->mark, YD_STYLE_NOTICE);
}

void yd_plot_cursor(const yd_plot *plot, double x)
{
    const yd_canvas *canvas = &plot->canvas;
    int cell = yd_plot_cell_of(plot, x);
    for (int y = 0; cell >= 0 && y < plot->area.height; y++) {
        yd_cell *there = &canvas->cells[y * canvas->stride + cell];
        if (is_free(there->glyph, canvas->glyphs) || there->glyph == canvas->glyphs->dotted)
            yd_canvas_put(canvas, cell, y, canvas->glyphs->vertical, YD_STYLE_KEY);
        else
            there->style = YD_STYLE_SELECTED;
    }
}
