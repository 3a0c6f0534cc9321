#include "plot/confusion_plot.h"
#include "plot/palette.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 1640, TOP = 120, FONT = 34, WIDEST_NAME = 420, SCALE = 260, NAMED = 98, NUMBERED = 29 };
/* The list of confused pairs, beside the scale. */
enum { PAIRS = 16, PAIRS_WIDTH = 1100 };
static const double least_share = 0.005, roomy = 120; /* roomy: pixels of a cell that has a count too */
static const yd_colour nothing = {0xF2, 0xF2, 0xF2};  /* the column of a class without labels */

typedef struct matrix {
    yd_sheet *sheet;
    const double *counts;
    double *totals; /* [nc + 1] of columns */
    int nc;
    const char *const *names;
    double cell, left;                /* pixels */
    double name_size, margin, height; /* of names: the font's size, the room beside rows and below columns */
    bool upwards;                     /* names of columns that do not fit side by side */
} matrix;

static double count_of(const matrix *own, int predicted, int truth)
{
    return own->counts[(size_t)predicted * ((size_t)own->nc + 1) + (size_t)truth];
}

static double share_of(const matrix *own, int predicted, int truth)
{
    return count_of(own, predicted, truth) / (own->totals[truth] + 1e-6);
}

/* Where a share lies on the scale: of many classes most are small, and small cells of pale shades are lost.
 */
static double shade_of(const matrix *own, double share)
{
    return own->nc > NUMBERED ? sqrt(share) : share;
}

static void add_up(matrix *own)
{
    for (int predicted = 0; predicted <= own->nc; predicted++)
        for (int truth = 0; truth <= own->nc; truth++) own->totals[truth] += count_of(own, predicted, truth);
}

static const char *row_name(const matrix *own, int index)
{
    return index < own->nc ? own->names[index] : "background (missed)";
}

static const char *column_name(const matrix *own, int index)
{
    return index < own->nc ? own->names[index] : "background (false)";
}

/* ---- the matrix ---- */

static void draw_cell(const matrix *own, int predicted, int truth, double share)
{
    char text[32];
    double x = own->left + own->cell * truth, y = TOP + own->cell * predicted;
    yd_sheet_tile(own->sheet, (yd_area){x, y, x + own->cell, y + own->cell},
                  yd_palette_heat(shade_of(own, share)));
    if (own->nc > NUMBERED) return;
    bool counted = own->cell >= roomy;
    yd_lettering how = {.size = fmin(FONT, own->cell * 0.36),
                        .colour = yd_palette_on_heat(share),
                        .anchor = {0.5, counted ? 0.85 : 0.5}};
    const yd_place middle = {x + own->cell / 2, y + own->cell / 2};
    snprintf(text, sizeof text, "%.2f", share);
    yd_sheet_text(own->sheet, middle, text, &how);
    if (!counted) return;
    how.size *= 0.75, how.anchor.y = -0.2;
    snprintf(text, sizeof text, "%.0f", count_of(own, predicted, truth));
    yd_sheet_text(own->sheet, middle, text, &how);
}

static void draw_cells(const matrix *own)
{
    for (int truth = 0; truth <= own->nc; truth++) {
        double x = own->left + own->cell * truth;
        if (own->totals[truth] <= 0)
            yd_sheet_tile(own->sheet, (yd_area){x, TOP, x + own->cell, TOP + SIDE}, nothing);
        for (int predicted = 0; predicted <= own->nc; predicted++) {
            double share = share_of(own, predicted, truth);
            if (share >= least_share) draw_cell(own, predicted, truth, share);
        }
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

static void draw_name(const matrix *own, int index, const char *row, const char *column)
{
    double middle = own->cell * (index + 0.5), gap = FONT * 0.4;
    yd_lettering how = {.size = own->name_size, .colour = yd_ink, .anchor = {1, 0.5}, .widest = WIDEST_NAME};
    yd_sheet_text(own->sheet, (yd_place){own->left - gap, TOP + middle}, row, &how);
    how.upwards = own->upwards;
    if (!own->upwards) how.anchor = (yd_place){0.5, 0};
    yd_sheet_text(own->sheet, (yd_place){own->left + middle, TOP + SIDE + gap}, column, &how);
}

static void draw_names(const matrix *own)
{
    char number[16];
    int step = 1; /* of many classes, round numbers */
    while (own->cell * step < FONT * 1.2) step *= step % 3 == 2 ? 5 : 2;
    for (int i = 0; i <= own->nc; i++) {
        snprintf(number, sizeof number, "%d", i);
        if (own->nc <= NAMED)
            draw_name(own, i, row_name(own, i), column_name(own, i));
        else if (i < own->nc && i % step == 0)
            draw_name(own, i, number, number);
    }
}

static void draw_titles(const matrix *own)
{
    yd_lettering how = {.size = FONT * 1.15, .colour = yd_ink, .anchor = {0, 0.5}, .bold = true};
    yd_sheet_text(own->sheet, (yd_place){own->left, TOP * 0.5}, "confusion matrix, shares of the true class",
                  &how);
    how.bold = false, how.size = FONT, how.anchor = (yd_place){0.5, 0};
    yd_sheet_text(own->sheet, (yd_place){own->left + SIDE / 2., TOP + SIDE + own->height + FONT}, "true",
                  &how);
    how.upwards = true;
    yd_sheet_text(own->sheet, (yd_place){FONT * 0.5, TOP + SIDE / 2.}, "predicted", &how);
}

static void draw_scale(const matrix *own)
{
    double left = own->left + SIDE + 60, right = left + 50;
    for (int i = 0; i < SIDE; i++)
        yd_sheet_tile(own->sheet, (yd_area){left, TOP + i, right, TOP + i + 1},
                      yd_palette_heat(shade_of(own, 1 - (i + 0.5) / SIDE)));
    yd_sheet_outline(own->sheet, (yd_area){left, TOP, right, TOP + SIDE},
                     (yd_stroke){.thickness = 2, .colour = yd_ink});
    for (int i = 0; i <= 5; i++) {
        char text[16];
        const yd_lettering how = {.size = FONT, .colour = yd_ink, .anchor = {0, 0.5}};
        snprintf(text, sizeof text, "%.1f", i / 5.);
        yd_sheet_text(own->sheet, (yd_place){right + 20, TOP + SIDE * (1 - i / 5.)}, text, &how);
    }
}

/* ---- of many classes: what is confused with what ---- */

typedef struct pair {
    int predicted, truth;
    double share;
} pair;

/* The largest shares off the diagonal, in order; how many there are. */
static int find_pairs(const matrix *own, pair found[PAIRS])
{
    int count = 0;
    for (int truth = 0; truth < own->nc; truth++)
        for (int predicted = 0; predicted < own->nc; predicted++) {
            double share = share_of(own, predicted, truth);
            if (predicted == truth || share < least_share) continue;
            if (count == PAIRS && share <= found[PAIRS - 1].share) continue;
            int place = count < PAIRS ? count++ : PAIRS - 1;
            for (; place > 0 && found[place - 1].share < share; place--) found[place] = found[place - 1];
            found[place] = (pair){predicted, truth, share};
        }
    return count;
}

static void draw_pairs(const matrix *own)
{
    pair found[PAIRS];
    int count = find_pairs(own, found);
    double left = own->left + SIDE + SCALE, line = FONT * 2.9;
    yd_lettering how = {.size = FONT, .colour = yd_ink, .anchor = {0, 0.5}, .bold = true};
    yd_sheet_text(own->sheet, (yd_place){left, TOP + FONT},
                  count ? "most confused: share (labels), true → predicted" : "no class is taken for another",
                  &how);
    how.bold = false;
    for (int i = 0; i < count; i++) {
        char text[64];
        double y = TOP + FONT * 3 + line * i;
        const yd_area sample = {left, y - FONT * 0.5, left + FONT, y + FONT * 0.5};
        yd_sheet_tile(own->sheet, sample, yd_palette_heat(shade_of(own, found[i].share)));
        snprintf(text, sizeof text, "%.2f  (%.0f)", found[i].share,
                 count_of(own, found[i].predicted, found[i].truth));
        how.widest = 0;
        yd_sheet_text(own->sheet, (yd_place){left + FONT * 1.5, y}, text, &how);
        double width = yd_sheet_text_width(own->sheet, text, &how), at = left + FONT * 2.5 + width;
        how.widest = (left + PAIRS_WIDTH - 20 - at) / 2 - FONT * 0.9;
        yd_sheet_text(own->sheet, (yd_place){at, y}, own->names[found[i].truth], &how);
        at += yd_sheet_text_width(own->sheet, own->names[found[i].truth], &how) + FONT * 0.4;
        yd_sheet_text(own->sheet, (yd_place){at, y}, "→", &how);
        yd_sheet_text(own->sheet, (yd_place){at + FONT * 1.2, y}, own->names[found[i].predicted], &how);
    }
}

/* ---- all of it ---- */

/* How large a sheet is needed has to be known before there is one: names are measured on a small one. */
static yd_status measure(matrix *own, yd_error *error)
{
    own->cell = SIDE / (own->nc + 1.);
    own->name_size = own->nc <= NAMED ? fmin(FONT, own->cell * 0.85) : FONT * 0.8;
    YD_TRY(yd_sheet_create(16, 16, &own->sheet, error));
    const yd_lettering how = {.size = own->name_size, .widest = WIDEST_NAME};
    double rows = 0, columns = 0;
    for (int i = 0; i <= own->nc && own->nc <= NAMED; i++) {
        rows = fmax(rows, yd_sheet_text_width(own->sheet, row_name(own, i), &how));
        columns = fmax(columns, yd_sheet_text_width(own->sheet, column_name(own, i), &how));
    }
    if (own->nc > NAMED) rows = columns = own->name_size * 3.5;
    own->upwards = columns > own->cell - FONT * 0.5;
    own->margin = rows;
    own->height = own->upwards ? columns : yd_sheet_line_height(own->name_size);
    own->left = ceil(own->margin + FONT * 3);
    yd_sheet_destroy(own->sheet);
    own->sheet = NULL;
    return YD_OK;
}

yd_status yd_draw_confusion(const double *counts, int nc, const char *const *names, yd_sheet **sheet,
                            yd_error *error)
{
    matrix own = {.counts = counts, .nc = nc, .names = names};
    *sheet = NULL;
    own.totals = calloc((size_t)nc + 1, sizeof *own.totals);
    if (!own.totals) return yd_fail(error, YD_ERR_MEMORY, "out of memory for a confusion matrix");
    yd_status status = measure(&own, error);
    int width = (int)own.left + SIDE + SCALE + (nc > NUMBERED ? PAIRS_WIDTH : 0),
        height = (int)(TOP + SIDE + own.height + FONT * 3);
    if (status == YD_OK) status = yd_sheet_create(width, height, &own.sheet, error);
    if (status == YD_OK) {
        add_up(&own);
        draw_cells(&own);
        draw_frame(&own);
        draw_names(&own);
        draw_titles(&own);
        draw_scale(&own);
        if (nc > NUMBERED) draw_pairs(&own);
    }
    *sheet = own.sheet;
    free(own.totals);
    return status;
}

yd_status yd_plot_confusion(const char *path, const double *counts, int nc, const char *const *names,
                            yd_error *error)
{
    yd_sheet *sheet;
    yd_status status = yd_draw_confusion(counts, nc, names, &sheet, error);
    if (status == YD_OK) status = yd_sheet_write(sheet, path, error);
    yd_sheet_destroy(sheet);
    return status;
}
