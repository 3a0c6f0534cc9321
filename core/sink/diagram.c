#include "sink/diagram.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum { TEXT = 2, LINE = TEXT * YD_TEXT_HEIGHT, TICK = 8, GAP = 8, X_TICKS = 10, Y_TICKS = 8 };
static const yd_colour ink = {38, 38, 38}, grid_ink = {221, 221, 221}, paper = {255, 255, 255};

double yd_diagram_step(double range, int count)
{
    double rough = range / (double)count, power = pow(10, floor(log10(rough)));
    double digit = rough / power;
    return power * (digit <= 1.0001 ? 1 : digit <= 2.0001 ? 2 : digit <= 5.0001 ? 5 : 10);
}

static double x_pixel(const yd_diagram *chart, double x)
{
    return chart->left + (x - chart->x_low) / (chart->x_high - chart->x_low) * (chart->right - chart->left);
}

static double y_pixel(const yd_diagram *chart, double y)
{
    return chart->bottom - (y - chart->y_low) / (chart->y_high - chart->y_low) * (chart->bottom - chart->top);
}

static void x_ticks(const yd_diagram *chart)
{
    char text[32];
    double step = yd_diagram_step(chart->x_high - chart->x_low, X_TICKS);
    for (double k = ceil(chart->x_low / step - 1e-9) + 0.0; k * step <= chart->x_high * (1 + 1e-9); k++) {
        double x = x_pixel(chart, k * step);
        yd_draw_line(chart->image, x, chart->top, x, chart->bottom, 1, grid_ink);
        yd_draw_line(chart->image, x, chart->bottom, x, chart->bottom + TICK, 2, ink);
        snprintf(text, sizeof text, "%.6g", k * step);
        yd_draw_text(chart->image, (int)x - yd_text_width(text, TEXT) / 2, chart->bottom + TICK + GAP, text,
                     TEXT, ink);
    }
}

static void y_ticks(const yd_diagram *chart)
{
    char text[32];
    double step = yd_diagram_step(chart->y_high - chart->y_low, Y_TICKS);
    for (double k = ceil(chart->y_low / step - 1e-9) + 0.0; k * step <= chart->y_high * (1 + 1e-9); k++) {
        double y = y_pixel(chart, k * step);
        yd_draw_line(chart->image, chart->left, y, chart->right, y, 1, grid_ink);
        yd_draw_line(chart->image, chart->left - TICK, y, chart->left, y, 2, ink);
        snprintf(text, sizeof text, "%.6g", k * step);
        int x = chart->left - TICK - GAP - yd_text_width(text, TEXT);
        yd_draw_text(chart->image, x, (int)y - LINE / 2, text, TEXT, ink);
    }
}

void yd_diagram_axes(const yd_diagram *chart, const char *title, const char *x_label)
{
    int middle = (chart->left + chart->right) / 2;
    x_ticks(chart);
    y_ticks(chart);
    yd_draw_rectangle(chart->image, chart->left, chart->top, chart->right, chart->bottom, 2, ink);
    yd_draw_text(chart->image, middle - yd_text_width(title, TEXT) / 2, chart->top - GAP - LINE, title, TEXT,
                 ink);
    yd_draw_text(chart->image, middle - yd_text_width(x_label, TEXT) / 2,
                 chart->bottom + TICK + 2 * GAP + LINE, x_label, TEXT, ink);
}

/* Cuts the segment to the part between low and high; false where nothing is left. */
static bool cut(double *x0, double *y0, double *x1, double *y1, double low, double high)
{
    if ((*y0 < low && *y1 < low) || (*y0 > high && *y1 > high)) return false;
    double slope = *y1 != *y0 ? (*x1 - *x0) / (*y1 - *y0) : 0, sx = *x0, sy = *y0;
    for (int end = 0; end < 2; end++) {
        double *x = end ? x1 : x0, *y = end ? y1 : y0;
        double edge = *y < low ? low : *y > high ? high : *y;
        if (edge == *y) continue;
        *x = sx + slope * (edge - sy);
        *y = edge;
    }
    return true;
}

void yd_diagram_line(const yd_diagram *chart, const double *x, const double *y, int count, double thickness,
                   yd_colour colour)
{
    for (int i = 1; i < count; i++) {
        double x0 = x[i - 1], y0 = y[i - 1], x1 = x[i], y1 = y[i];
        if (!isfinite(x0) || !isfinite(y0) || !isfinite(x1) || !isfinite(y1)) continue;
        if (!cut(&x0, &y0, &x1, &y1, chart->y_low, chart->y_high)) continue;
        yd_draw_line(chart->image, x_pixel(chart, x0), y_pixel(chart, y0), x_pixel(chart, x1),
                     y_pixel(chart, y1), thickness, colour);
    }
}

void yd_diagram_legend(const yd_diagram *chart, const char *const *names, const yd_colour *colours, int count)
{
    enum { SAMPLE = 40 };
    int width = 0;
    for (int i = 0; i < count; i++)
        if (yd_text_width(names[i], TEXT) > width) width = yd_text_width(names[i], TEXT);
    int right = chart->right - 2 * GAP, left = right - width - SAMPLE - 3 * GAP;
    int top = chart->top + 2 * GAP, bottom = top + count * (LINE + GAP) + GAP;
    yd_draw_fill(chart->image, left, top, right, bottom, paper);
    yd_draw_rectangle(chart->image, left, top, right, bottom, 1, grid_ink);
    for (int i = 0; i < count; i++) {
        int y = top + GAP + i * (LINE + GAP);
        yd_draw_line(chart->image, left + GAP, y + LINE / 2, left + GAP + SAMPLE, y + LINE / 2, 4,
                     colours[i]);
        yd_draw_text(chart->image, left + 2 * GAP + SAMPLE, y, names[i], TEXT, ink);
    }
}
