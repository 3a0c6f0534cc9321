#include "tui/widgets/chart.h"
#include <math.h>

enum { BRAILLE = 0x2800 };

yd_chart yd_chart_start(const yd_canvas *canvas, double x_from, double x_to, double y_from, double y_to)
{
    int braille = canvas->glyphs->braille;
    return (yd_chart){.canvas = *canvas,
                      .x_from = x_from,
                      .x_to = x_to,
                      .y_from = y_from,
                      .y_to = y_to,
                      .columns = canvas->width * (braille ? 2 : 1),
                      .rows = canvas->height * (braille ? 4 : 1)};
}

double yd_chart_x(const yd_chart *chart, int column)
{
    return chart->x_from + (chart->x_to - chart->x_from) * (column + 0.5) / chart->columns;
}

/* From the top; -1 where it cannot be drawn. */
static int row_of(const yd_chart *chart, double y)
{
    if (!isfinite(y) || !(chart->y_to > chart->y_from) || chart->rows <= 0) return -1;
    double share = (y - chart->y_from) / (chart->y_to - chart->y_from);
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return (int)lround((1 - share) * (chart->rows - 1));
}

static void put(const yd_chart *chart, int column, int row, yd_style style, uint32_t letter)
{
    static const uint8_t dots[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    const yd_canvas *canvas = &chart->canvas;
    if (column < 0 || column >= chart->columns || row < 0 || row >= chart->rows) return;
    if (!canvas->glyphs->braille) {
        yd_canvas_put(canvas, column, row, letter, style);
        return;
    }
    int x = column / 2, y = row / 4;
    uint32_t there = canvas->cells[y * canvas->stride + x].glyph;
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
