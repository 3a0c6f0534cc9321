#include "plot/confusion_plot.h"
#include "plot/palette.h"
#include "image/sheet.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 1640, TOP = 120, FONT = 34, WIDEST_NAME = 420, SCALE = 260, NAMED = 98, NUMBERED = 29 };
static const double least_share = 0.005;

typedef struct matrix {
    yd_sheet *sheet;
    const double *counts;
    double *totals; /* [nc + 1] of columns */
    int nc;
    const char *const *names;
    double cell, left;        /* pixels */
    double name_size, margin; /* of names: the font's size, and the room that the longest takes */
} matrix;

static const char *name_of(const matrix *own, int index)
{
    return index < own->nc ? own->names[index] : "background";
}

static double share_of(const matrix *own, int predicted, int truth)
{
    size_t side = (size_t)own->nc + 1;
    return own->counts[(size_t)predicted * side + (size_t)truth] / (own->totals[truth] + 1e-6);
}

static void add_up(matrix *own)
{
    size_t side = (size_t)own->nc + 1;
    for (size_t predicted = 0; predicted < side; predicted++)
        for (size_t truth = 0; truth < side; truth++)
            own->totals[truth] += own->counts[predicted * side + truth];
}

static double longest_name(const matrix *own)
{
    const yd_lettering how = {.size = own->name_size, .widest = WIDEST_NAME};
    double most = 0;
    for (int i = 0; i <= own->nc && own->nc <= NAMED; i++)
        most = fmax(most, yd_sheet_text_width(own->sheet, name_of(own, i), &how));
    return own->nc <= NAMED ? most : own->name_size * 3.5;
}

static void draw_cells(const matrix *own)
{
    for (int predicted = 0; predicted <= own->nc; predicted++)
        for (int truth = 0; truth <= own->nc; truth++) {
            double share = share_of(own, predicted, truth);
            if (share < least_share) continue;
            double x = own->left + own->cell * truth, y = TOP + own->cell * predicted;
            yd_sheet_tile(own->sheet, (yd_area){x, y, x + own->cell, y + own->cell}, yd_palette_heat(share));
            if (own->nc > NUMBERED) continue;
            char text[16];
            const yd_lettering how = {.size = fmin(FONT, own->cell * 0.36),
                                      .colour = yd_palette_on_heat(share),
                                      .anchor = {0.5, 0.5}};
            snprintf(text, sizeof text, "%.2f", share);
            yd_sheet_text(own->sheet, (yd_place){x + own->cell / 2, y + own->cell / 2}, text, &how);
        }
}

/* Lines between few classes; the background's apart from all. */
static void draw_frame(const matrix *own)
{
    const yd_stroke thin = {.thickness = 1, .colour = yd_grid}, clear = {.thickness = 2, .colour = yd_faded};
    double right = own->left + SIDE, bottom = TOP + SIDE;
    for (int i = 1; i <= own->nc && own->nc <= NAMED; i++) {
        double x = round(own->left + own->cell * i) + 0.5, y = round(TOP + own->cell * i) + 0.5;
        yd_sheet_line(own->sheet, (yd_place[]){{x, TOP}, {x, bottom}}, 2, i == own->nc ? clear : thin);
        yd_sheet_line(own->sheet, (yd_place[]){{own->left, y}, {right, y}}, 2, i == own->nc ? clear : thin);
    }
    yd_sheet_outline(own->sheet, (yd_area){own->left, TOP, right, bottom},
                     (yd_stroke){.thickness = 3, .colour = yd_ink});
}

static void draw_name(const matrix *own, int index, const char *name)
{
    double middle = own->cell * (index + 0.5), gap = FONT * 0.4;
    yd_lettering how = {.size = own->name_size, .colour = yd_ink, .anchor = {1, 0.5}, .widest = WIDEST_NAME};
    yd_sheet_text(own->sheet, (yd_place){own->left - gap, TOP + middle}, name, &how);
    how.upwards = true;
    yd_sheet_text(own->sheet, (yd_place){own->left + middle, TOP + SIDE + gap}, name, &how);
}

static void draw_names(const matrix *own)
{
    char number[16];
    int step = 1; /* of many classes, round numbers */
    while (own->cell * step < FONT * 1.2) step *= step % 3 == 2 ? 5 : 2;
    for (int i = 0; i <= own->nc; i++) {
        snprintf(number, sizeof number, "%d", i);
        if (own->nc <= NAMED)
            draw_name(own, i, name_of(own, i));
        else if (i < own->nc && i % step == 0)
            draw_name(own, i, number);
    }
}

static void draw_titles(const matrix *own)
{
    yd_lettering how = {.size = FONT * 1.15, .colour = yd_ink, .anchor = {0, 0.5}, .bold = true};
    yd_sheet_text(own->sheet, (yd_place){own->left, TOP * 0.5}, "confusion matrix, shares of the true class",
                  &how);
    how.bold = false, how.size = FONT, how.anchor = (yd_place){0.5, 0};
    yd_sheet_text(own->sheet, (yd_place){own->left + SIDE / 2., TOP + SIDE + own->margin + FONT}, "true",
                  &how);
    how.upwards = true;
    yd_sheet_text(own->sheet, (yd_place){FONT * 0.5, TOP + SIDE / 2.}, "predicted", &how);
}

static void draw_scale(const matrix *own)
{
    double left = own->left + SIDE + 60, right = left + 50;
    for (int i = 0; i < SIDE; i++)
        yd_sheet_tile(own->sheet, (yd_area){left, TOP + i, right, TOP + i + 1},
                      yd_palette_heat(1 - (i + 0.5) / SIDE));
    yd_sheet_outline(own->sheet, (yd_area){left, TOP, right, TOP + SIDE},
                     (yd_stroke){.thickness = 2, .colour = yd_ink});
    for (int i = 0; i <= 5; i++) {
        char text[16];
        const yd_lettering how = {.size = FONT, .colour = yd_ink, .anchor = {0, 0.5}};
        snprintf(text, sizeof text, "%.1f", i / 5.);
        yd_sheet_text(own->sheet, (yd_place){right + 20, TOP + SIDE * (1 - i / 5.)}, text, &how);
    }
}

/* How large a sheet is needed has to be known before there is one: names are measured on a small one. */
static yd_status measure(matrix *own, yd_error *error)
{
    own->cell = SIDE / (own->nc + 1.);
    own->name_size = own->nc <= NAMED ? fmin(FONT, own->cell * 0.85) : FONT * 0.8;
    YD_TRY(yd_sheet_create(16, 16, &own->sheet, error));
    own->margin = longest_name(own);
    own->left = ceil(own->margin + FONT * 3);
    yd_sheet_destroy(own->sheet);
    own->sheet = NULL;
    return YD_OK;
}

yd_status yd_plot_confusion(const char *path, const double *counts, int nc, const char *const *names,
                            yd_error *error)
{
    matrix own = {.counts = counts, .nc = nc, .names = names};
    own.totals = calloc((size_t)nc + 1, sizeof *own.totals);
    if (!own.totals) return yd_fail(error, YD_ERR_MEMORY, "out of memory to plot %s", path);
    yd_status status = measure(&own, error);
    if (status == YD_OK)
        status = yd_sheet_create((int)own.left + SIDE + SCALE, (int)(TOP + SIDE + own.margin + FONT * 3),
                                 &own.sheet, error);
    if (status == YD_OK) {
        add_up(&own);
        draw_cells(&own);
        draw_frame(&own);
        draw_names(&own);
        draw_titles(&own);
        draw_scale(&own);
        status = yd_sheet_write(own.sheet, path, error);
    }
    yd_sheet_destroy(own.sheet);
    free(own.totals);
    return status;
}
