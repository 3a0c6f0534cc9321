#include "plot/axes.h"
#include "plot/palette.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- ticks ---- */

double yd_tick_step(double range, int count)
{
    double rough = range / (double)count, power = pow(10, floor(log10(rough)));
    double digit = rough / power;
    return power * (digit <= 1.0001 ? 1 : digit <= 2.0001 ? 2 : digit <= 5.0001 ? 5 : 10);
}

void yd_tick_text(char *out, size_t capacity, double value, double step)
{
    static const struct {
        double unit;
        const char *name;
    } units[] = {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
    if (fabs(value) < step * 1e-6) value = 0; /* never -0 */
    double large = fabs(value) >= 1e4 ? fabs(value) : 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (large < units[i].unit || fmod(step, units[i].unit / 100) > 1e-9 * step) continue;
        snprintf(out, capacity, "%.6g%s", value / units[i].unit, units[i].name);
        return;
    }
    int decimals = (int)-floor(log10(step) + 1e-9);
    if (decimals > 5 || fabs(value) >= 1e7)
        snprintf(out, capacity, "%.3g", value);
    else
        snprintf(out, capacity, "%.*f", decimals > 0 ? decimals : 0, value);
}

void yd_axes_fit(double *low, double *high, const double *values, size_t count)
{
    *low = INFINITY, *high = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) continue;
        if (values[i] < *low) *low = values[i];
        if (values[i] > *high) *high = values[i];
    }
    if (!(*low <= *high)) *low = 0, *high = 1;
    double room = (*high - *low) * 0.05;
    if (room <= fabs(*high) * 1e-9) room = *high != 0 ? fabs(*high) * 0.1 : 0.5;
    *low -= room, *high += room;
}

/* ---- axes ---- */

yd_place yd_axes_at(const yd_axes *axes, double x, double y)
{
    const yd_area *a = &axes->area;
    double right = (x - axes->x_low) / (axes->x_high - axes->x_low),
           up = (y - axes->y_low) / (axes->y_high - axes->y_low);
    return (yd_place){a->left + right * (a->right - a->left), a->bottom - up * (a->bottom - a->top)};
}

static double ticks_of(double range, double pixels, double room, bool whole)
{
    int count = (int)(pixels / room);
    double step = yd_tick_step(range, count > 2 ? count : 2);
    return whole && step < 1 ? 1 : step;
}

static double length_of_tick(const yd_axes *axes)
{
    return axes->size * 0.35;
}

static void hair(const yd_axes *axes, double x1, double y1, double x2, double y2, yd_colour colour)
{
    double thickness = fmax(1, round(axes->size / 14)), shift = fmod(thickness, 2) / 2;
    const yd_place ends[2] = {{floor(x1) + shift, floor(y1) + shift}, {floor(x2) + shift, floor(y2) + shift}};
    yd_sheet_line(axes->sheet, ends, 2, (yd_stroke){.thickness = thickness, .colour = colour});
}

/* A step whose numbers leave room between them. */
static double choose_x_step(const yd_axes *axes, double pixels, const yd_lettering *how)
{
    char text[32];
    double range = axes->x_high - axes->x_low, room = axes->size * (axes->x_whole ? 2.8 : 3.4);
    for (;;) {
        double step = ticks_of(range, pixels, room, axes->x_whole), widest = 0;
        for (double k = ceil(axes->x_low / step - 1e-9); k * step <= axes->x_high + step * 1e-9; k++) {
            yd_tick_text(text, sizeof text, k * step, step);
            widest = fmax(widest, yd_sheet_text_width(axes->sheet, text, how));
        }
        if (widest + axes->size * 0.5 <= step / range * pixels || room > pixels / 3) return step;
        room *= 1.4;
    }
}

static void draw_x_ticks(const yd_axes *axes, const yd_area *a)
{
    char text[32];
    const yd_lettering how = {.size = axes->size, .colour = yd_ink, .anchor = {0.5, 0}};
    double step = choose_x_step(axes, a->right - a->left, &how), tick = length_of_tick(axes);
    for (double k = ceil(axes->x_low / step - 1e-9); k * step <= axes->x_high + step * 1e-9; k++) {
        double x = yd_axes_at(axes, k * step, 0).x;
        hair(axes, x, a->top, x, a->bottom, yd_grid);
        hair(axes, x, a->bottom, x, a->bottom + tick, yd_ink);
        yd_tick_text(text, sizeof text, k * step, step);
        yd_sheet_text(axes->sheet, (yd_place){x, a->bottom + tick + axes->size * 0.15}, text, &how);
    }
}

/* How far the ticks and their numbers reach to the left of the area. */
static double draw_y_ticks(const yd_axes *axes, const yd_area *a)
{
    char text[32];
    double widest = 0;
    double low = fmin(axes->y_low, axes->y_high), high = fmax(axes->y_low, axes->y_high);
    double step = ticks_of(high - low, a->bottom - a->top, axes->size * 2.6, axes->y_whole),
           tick = length_of_tick(axes);
    const yd_lettering how = {.size = axes->size, .colour = yd_ink, .anchor = {1, 0.5}};
    for (double k = ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) {
        double y = yd_axes_at(axes, 0, k * step).y;
        hair(axes, a->left, y, a->right, y, yd_grid);
        hair(axes, a->left - tick, y, a->left, y, yd_ink);
        yd_tick_text(text, sizeof text, k * step, step);
        widest = fmax(widest, yd_sheet_text_width(axes->sheet, text, &how));
        yd_sheet_text(axes->sheet, (yd_place){a->left - tick - axes->size * 0.3, y}, text, &how);
    }
    return tick + axes->size * 0.3 + widest;
}

/* left: what the numbers of the y axis take. */
static void draw_labels(const yd_axes *axes, const yd_area *a, double left)
{
    double width = a->right - a->left, height = a->bottom - a->top;
    if (axes->title) {
        const yd_lettering how = {.size = axes->size * 1.15,
                                  .colour = yd_ink,
                                  .anchor = {0, 1},
                                  .bold = true,
                                  .widest = width * 1.05};
        yd_sheet_text(axes->sheet, (yd_place){a->left, a->top - axes->size * 0.35}, axes->title, &how);
    }
    yd_lettering how = {.size = axes->size, .colour = yd_ink, .anchor = {0.5, 0}, .widest = width};
    if (axes->x_label)
        yd_sheet_text(axes->sheet, (yd_place){a->left + width / 2, a->bottom + axes->size * 1.9},
                      axes->x_label, &how);
    how.upwards = true, how.widest = height, how.anchor.y = 1;
    if (axes->y_label)
        yd_sheet_text(axes->sheet, (yd_place){a->left - left - axes->size * 0.2, a->top + height / 2},
                      axes->y_label, &how);
}

void yd_axes_draw(const yd_axes *axes)
{
    const yd_area *a = &axes->area;
    if (!axes->bare_x) draw_x_ticks(axes, a);
    double left = draw_y_ticks(axes, a);
    hair(axes, a->left, a->top, a->left, a->bottom, yd_ink);
    hair(axes, a->left, a->bottom, a->right, a->bottom, yd_ink);
    draw_labels(axes, a, left);
}

/* ---- curves ---- */

/* Far outside the area is as good as infinitely far, and what a raster can hold. */
static yd_place tame(const yd_axes *axes, double x, double y)
{
    const double far = 1e5;
    yd_place place = yd_axes_at(axes, x, y);
    return (yd_place){fmin(fmax(place.x, -far), far), fmin(fmax(place.y, -far), far)};
}

void yd_axes_line(const yd_axes *axes, const double *x, const double *y, int count, yd_stroke stroke)
{
    yd_place *places = malloc((size_t)(count > 0 ? count : 1) * sizeof *places);
    if (!places) return;
    yd_sheet_clip(axes->sheet,
                  (yd_area){axes->area.left - stroke.thickness / 2, axes->area.top - stroke.thickness / 2,
                            axes->area.right + stroke.thickness / 2,
                            axes->area.bottom + stroke.thickness / 2});
    for (int i = 0, held = 0; i <= count; i++) {
        if (i < count && isfinite(x[i]) && isfinite(y[i])) {
            places[held++] = tame(axes, x[i], y[i]);
            continue;
        }
        if (held > 1) yd_sheet_line(axes->sheet, places, held, stroke);
        if (held == 1) yd_sheet_disc(axes->sheet, places[0], stroke.thickness, stroke.colour, 1);
        held = 0;
    }
    yd_sheet_unclip(axes->sheet);
    free(places);
}

void yd_axes_dots(const yd_axes *axes, const double *x, const double *y, int count, double radius,
                  yd_colour colour)
{
    for (int i = 0; i < count; i++) {
        bool inside = x[i] >= axes->x_low && x[i] <= axes->x_high && y[i] >= axes->y_low &&
                      y[i] <= axes->y_high; /* false for what is not finite */
        if (inside) yd_sheet_disc(axes->sheet, yd_axes_at(axes, x[i], y[i]), radius, colour, 1);
    }
}

void yd_legend_draw(yd_sheet *sheet, yd_area area, double size, const yd_legend_entry *entries, int count)
{
    double line = size * 1.7, sample = size * 2;
    int room = (int)((area.bottom - area.top) / line);
    for (int i = 0; i < count && i < room; i++) {
        double y = area.top + line * (i + 0.5);
        const yd_legend_entry *entry = &entries[i];
        yd_lettering how = {.size = size,
                            .colour = yd_ink,
                            .anchor = {0, 0.5},
                            .bold = entry->strong,
                            .widest = area.right - area.left - sample - size * 0.6};
        if (i + 1 == room && count > room) {
            char more[64];
            snprintf(more, sizeof more, "and %d more", count - i);
            yd_sheet_text(sheet, (yd_place){area.left + sample + size * 0.6, y}, more, &how);
            break;
        }
        const yd_place ends[2] = {{area.left, y}, {area.left + sample, y}};
        if (entry->stroke.thickness > 0) yd_sheet_line(sheet, ends, 2, entry->stroke);
        yd_sheet_text(sheet, (yd_place){area.left + sample + size * 0.6, y}, entry->name, &how);
    }
}

/* ---- heat ---- */

static int ascending(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

/* The count from which on all is as dark: up to it lie nine tenths of everything, so that one full bin does
 * not leave the others pale. Without memory, the largest. */
static int64_t darkest_from(const int64_t *counts, size_t bins)
{
    int64_t most = 1, sum = 0, seen = 0;
    for (size_t i = 0; i < bins; i++) {
        if (counts[i] > most) most = counts[i];
        sum += counts[i];
    }
    int64_t *sorted = malloc((bins + 1) * sizeof *sorted);
    if (!sorted || bins == 0) goto out;
    memcpy(sorted, counts, bins * sizeof *sorted);
    qsort(sorted, bins, sizeof *sorted, ascending);
    for (size_t i = 0; i < bins && sum > 0; i++) {
        seen += most = sorted[i];
        if (seen * 10 >= sum * 9) break;
    }
out:
    free(sorted);
    return most;
}

void yd_heat_draw(const yd_axes *axes, const int64_t *counts, int columns, int rows)
{
    const yd_area *a = &axes->area;
    int64_t most = darkest_from(counts, (size_t)columns * (size_t)rows);
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++) {
            int64_t count = counts[(size_t)row * (size_t)columns + (size_t)column];
            if (count == 0) continue;
            double width = (a->right - a->left) / columns, height = (a->bottom - a->top) / rows;
            const yd_area cell = {a->left + width * column, a->top + height * row,
                                  a->left + width * (column + 1), a->top + height * (row + 1)};
            /* The root shows few beside many; what is there at all is never white. */
            yd_sheet_tile(axes->sheet, cell,
                          yd_palette_heat(0.12 + 0.88 * sqrt((double)count / (double)most)));
        }
}
