#include "sink/figure.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum { TEXT = 2, LINE = TEXT * YD_TEXT_HEIGHT, TICK = 8, GAP = 8, X_TICKS = 10, Y_TICKS = 8 };
static const yd_colour ink = {38, 38, 38}, grid_ink = {221, 221, 221}, paper = {255, 255, 255};

double yd_figure_step(double range, int count)
{
    double rough = range / (double)count, power = pow(10, floor(log10(rough)));
    double digit = rough / power;
    return power * (digit <= 1.0001 ? 1 : digit <= 2.0001 ? 2 : digit <= 5.0001 ? 5 : 10);
}

static double x_pixel(const yd_figure *figure, double x)
{
    return figure->left +
           (x - figure->x_low) / (figure->x_high - figure->x_low) * (figure->right - figure->left);
}

static double y_pixel(const yd_figure *figure, double y)
{
    return figure->bottom -
           (y - figure->y_low) / (figure->y_high - figure->y_low) * (figure->bottom - figure->top);
}

static void x_ticks(const yd_figure *figure)
{
    char text[32];
    double step = yd_figure_step(figure->x_high - figure->x_low, X_TICKS);
    for (double k = ceil(figure->x_low / step - 1e-9) + 0.0; k * step <= figure->x_high * (1 + 1e-9); k++) {
        double x = x_pixel(figure, k * step);
        yd_draw_line(figure->image, x, figure->top, x, figure->bottom, 1, grid_ink);
        yd_draw_line(figure->image, x, figure->bottom, x, figure->bottom + TICK, 2, ink);
        snprintf(text, sizeof text, "%.6g", k * step);
        yd_draw_text(figure->image, (int)x - yd_text_width(text, TEXT) / 2, figure->bottom + TICK + GAP, text,
                     TEXT, ink);
    }
}

static void y_ticks(const yd_figure *figure)
{
    char text[32];
    double step = yd_figure_step(figure->y_high - figure->y_low, Y_TICKS);
    for (double k = ceil(figure->y_low / step - 1e-9) + 0.0; k * step <= figure->y_high * (1 + 1e-9); k++) {
        double y = y_pixel(figure, k * step);
        yd_draw_line(figure->image, figure->left, y, figure->right, y, 1, grid_ink);
        yd_draw_line(figure->image, figure->left - TICK, y, figure->left, y, 2, ink);
        snprintf(text, sizeof text, "%.6g", k * step);
        int x = figure->left - TICK - GAP - yd_text_width(text, TEXT);
        yd_draw_text(figure->image, x, (int)y - LINE / 2, text, TEXT, ink);
    }
}

void yd_figure_axes(const yd_figure *figure, const char *title, const char *x_label)
{
    int middle = (figure->left + figure->right) / 2;
    x_ticks(figure);
    y_ticks(figure);
    yd_draw_rectangle(figure->image, figure->left, figure->top, figure->right, figure->bottom, 2, ink);
    yd_draw_text(figure->image, middle - yd_text_width(title, TEXT) / 2, figure->top - GAP - LINE, title,
                 TEXT, ink);
    yd_draw_text(figure->image, middle - yd_text_width(x_label, TEXT) / 2,
                 figure->bottom + TICK + 2 * GAP + LINE, x_label, TEXT, ink);
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

void yd_figure_line(const yd_figure *figure, const double *x, const double *y, int count, double thickness,
                    yd_colour colour)
{
    for (int i = 1; i < count; i++) {
        double x0 = x[i - 1], y0 = y[i - 1], x1 = x[i], y1 = y[i];
        if (!isfinite(x0) || !isfinite(y0) || !isfinite(x1) || !isfinite(y1)) continue;
        if (!cut(&x0, &y0, &x1, &y1, figure->y_low, figure->y_high)) continue;
        yd_draw_line(figure->image, x_pixel(figure, x0), y_pixel(figure, y0), x_pixel(figure, x1),
                     y_pixel(figure, y1), thickness, colour);
    }
}

void yd_figure_legend(const yd_figure *figure, const char *const *names, const yd_colour *colours, int count)
{
    enum { SAMPLE = 40 };
    int width = 0;
    for (int i = 0; i < count; i++)
        if (yd_text_width(names[i], TEXT) > width) width = yd_text_width(names[i], TEXT);
    int right = figure->right - 2 * GAP, left = right - width - SAMPLE - 3 * GAP;
    int top = figure->top + 2 * GAP, bottom = top + count * (LINE + GAP) + GAP;
    yd_draw_fill(figure->image, left, top, right, bottom, paper);
    yd_draw_rectangle(figure->image, left, top, right, bottom, 1, grid_ink);
    for (int i = 0; i < count; i++) {
        int y = top + GAP + i * (LINE + GAP);
        yd_draw_line(figure->image, left + GAP, y + LINE * 0.5, left + GAP + SAMPLE, y + LINE * 0.5, 4,
                     colours[i]);
        yd_draw_text(figure->image, left + 2 * GAP + SAMPLE, y, names[i], TEXT, ink);
    }
}
