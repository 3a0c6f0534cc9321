#include "tui/widgets/chart.h"
#include <math.h>
#include <stdlib.h>

enum { BRAILLE = 0x2800, HEIGHTS = 3 };

yd_chart yd_chart_start(const yd_canvas *canvas, double x_from, double x_to, double y_from, double y_to)
{
    int braille = canvas->glyphs->braille;
    return (yd_chart){.canvas = *canvas,
                      .x_from = x_from,
                      .x_to = x_to,
                      .y_from = y_from,
                      .y_to = y_to,
                      .columns = canvas->width * (braille ? 2 : 1),
                      .rows = canvas->height * (braille ? 4 : HEIGHTS)};
}

double yd_chart_x(const yd_chart *chart, int column)
{
    return chart->x_from + (chart->x_to - chart->x_from) * (column + 0.5) / chart->columns;
}

double yd_chart_column(const yd_chart *chart, double x)
{
    return (x - chart->x_from) / (chart->x_to - chart->x_from) * chart->columns - 0.5;
}

/* From the top; -1 where it cannot be drawn. */
static int row_of(const yd_chart *chart, double y)
{
    if (!isfinite(y) || !(chart->y_to > chart->y_from) || chart->rows <= 0) return -1;
    double share = (y - chart->y_from) / (chart->y_to - chart->y_from);
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return (int)lround((1 - share) * (chart->rows - 1));
}

int yd_chart_cell_row(const yd_chart *chart, double y)
{
    int row = row_of(chart, y);
    return row < 0 ? -1 : row * chart->canvas.height / chart->rows;
}

/* Without braille: two heights of one cell make a stroke. */
static uint32_t mark_of(uint32_t there, int row, uint32_t letter)
{
    static const uint32_t marks[HEIGHTS] = {'\'', '-', '.'};
    uint32_t mark = marks[row % HEIGHTS];
    if (letter) return letter;
    bool other = there != mark && (there == '\'' || there == '-' || there == '.' || there == '|');
    return other ? '|' : mark;
}

static void put(const yd_chart *chart, int column, int row, yd_style style, uint32_t letter)
{
    static const uint8_t dots[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    const yd_canvas *canvas = &chart->canvas;
    if (column < 0 || column >= chart->columns || row < 0 || row >= chart->rows) return;
    bool braille = canvas->glyphs->braille;
    int x = braille ? column / 2 : column, y = row / (braille ? 4 : HEIGHTS);
    uint32_t there = canvas->cells[y * canvas->stride + x].glyph;
    if (!braille) {
        yd_canvas_put(canvas, x, y, mark_of(there, row, letter), style);
        return;
    }
    uint32_t dot = dots[row % 4][column % 2];
    yd_canvas_put(canvas, x, y, (there >> 8 == BRAILLE >> 8 ? there : BRAILLE) | dot, style);
}

void yd_chart_point(const yd_chart *chart, int column, double y, yd_style style, uint32_t letter)
{
    put(chart, column, row_of(chart, y), style, letter);
}

void yd_chart_line(const yd_chart *chart, int column, double y_before, double y, yd_style style,
                   uint32_t letter)
{
    int from = row_of(chart, y_before), to = row_of(chart, y);
    if (to < 0) return;
    if (from < 0) from = to;
    int step = from < to ? 1 : -1;
    for (int row = from; row != to; row += step) put(chart, column, row, style, letter);
    put(chart, column, to, style, letter);
}

/* J. E. Bresenham, "Algorithm for computer control of a digital plotter" (1965). */
static void draw_between(const yd_chart *chart, int x, int y, int x_end, int y_end, yd_style style,
                         uint32_t letter)
{
    int across = x_end - x, down = abs(y_end - y), step = y < y_end ? 1 : -1, error = across - down;
    for (;;) {
        put(chart, x, y, style, letter);
        if (x == x_end && y == y_end) return;
        int twice = 2 * error;
        if (twice >= -down) error -= down, x++;
        if (twice <= across) error += across, y += step;
    }
}

void yd_chart_segment(const yd_chart *chart, double column_0, double y_0, double column_1, double y_1,
                      yd_style style, uint32_t letter)
{
    double last = chart->columns - 1, slope = (y_1 - y_0) / (column_1 - column_0);
    if (!isfinite(column_0) || !isfinite(column_1) || chart->columns <= 0) return;
    if (column_0 < 0 && column_1 > 0) y_0 -= slope * column_0, column_0 = 0;
    if (column_1 > last && column_0 < last) y_1 -= slope * (column_1 - last), column_1 = last;
    int from = row_of(chart, y_0), to = row_of(chart, y_1);
    if (from < 0 || to < 0 || column_0 < -0.5 || column_1 > last + 0.5 || column_1 < column_0) return;
    draw_between(chart, (int)lround(column_0), from, (int)lround(column_1), to, style, letter);
}

void yd_chart_band(const yd_chart *chart, int column, double low, double high, yd_style style)
{
    int top = row_of(chart, high), bottom = row_of(chart, low);
    if (top < 0 || bottom < 0) return;
    for (int row = top; row <= bottom; row++)
        if (row == top || row == bottom || (row + column) % 2 == 0) put(chart, column, row, style, ':');
}
