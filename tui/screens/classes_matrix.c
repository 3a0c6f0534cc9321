/* The confusion matrix: predicted downwards, true across, each column as shares of the true class. */
#include "base/text.h"
#include "tui/screens/classes_state.h"
#include "tui/show.h"
#include <stdio.h>
#include <string.h>

enum { LABEL_MOST = 16, NUMBER_CELL = 4, WIDEST_CELL = 12 };

const char *yd_classes_name(const yd_classes *own, int index, char *out, size_t capacity)
{
    if (index >= 0 && index < own->report.class_count)
        return yd_escape(out, capacity, own->report.names[index]);
    snprintf(out, capacity, "background");
    return out;
}

double yd_classes_share(const yd_classes *own, int predicted, int truth)
{
    double total = own->totals[truth];
    return total > 0 ? yd_class_report_count(&own->report, predicted, truth) / total : 0;
}

static int label_width(const yd_classes *own, const yd_canvas *canvas)
{
    int widest = 0;
    for (int i = 0; i <= own->report.class_count; i++) {
        char name[256];
        int width = yd_canvas_text_width(canvas, yd_classes_name(own, i, name, sizeof name));
        if (width > widest) widest = width;
        if (widest >= LABEL_MOST) break;
    }
    if (widest > LABEL_MOST) widest = LABEL_MOST;
    return widest < canvas->width / 3 ? widest : canvas->width / 3;
}

/* Cells with numbers where all of the matrix fits, else shades, two cells or one for each. */
static int choose_cell(const yd_classes *own, int width)
{
    int side = own->report.class_count + 1;
    if (own->wanted_cell) return own->wanted_cell;
    int wide = width / side < WIDEST_CELL ? width / side : WIDEST_CELL;
    return wide >= NUMBER_CELL ? wide : wide >= 2 ? 2 : 1;
}

static int scroll(int at, int page, int side, int first)
{
    if (at >= first + page) first = at - page + 1;
    if (at < first) first = at;
    if (first > side - page) first = side - page;
    return first < 0 ? 0 : first;
}

static void draw_cell(const yd_classes *own, const yd_canvas *canvas, int x, int y, int predicted, int truth)
{
    bool under_cursor = predicted == own->row && truth == own->across;
    double share = yd_classes_share(own, predicted, truth);
    bool right = predicted == truth && truth < own->report.class_count;
    yd_style style = under_cursor ? YD_STYLE_SELECTED : yd_class_style(share, right);
    if (own->cell < NUMBER_CELL) {
        for (int i = 0; i < own->cell; i++)
            yd_canvas_put(canvas, x + i, y, yd_class_shade(canvas->glyphs, share), style);
        return;
    }
    char text[16] = "   ";
    if (share >= 0.005) snprintf(text, sizeof text, share >= 0.995 ? "1.0" : "%.2f", share);
    yd_canvas_text(canvas, x, y, style, text[0] == '0' ? text + 1 : text);
    for (int i = 3; i < own->cell && (i == 3 || i + 1 < own->cell); i++)
        yd_canvas_put(canvas, x + i, y, yd_class_shade(canvas->glyphs, share),
                      under_cursor ? YD_STYLE_DIM : style);
}

/* Names above the columns where they are wide enough for a piece of one, else how manieth each tenth is. */
static void draw_columns(const yd_classes *own, const yd_canvas *canvas, int left)
{
    char name[256];
    for (int i = 0; i < own->columns; i++) {
        int truth = own->first_across + i, x = left + i * own->cell;
        yd_style style = truth == own->across ? YD_STYLE_KEY : YD_STYLE_DIM;
        if (own->cell >= NUMBER_CELL)
            yd_canvas_text_cut(canvas, x, 0, own->cell - 1, style,
                               yd_classes_name(own, truth, name, sizeof name));
        else if (truth % 10 == 0 && (own->columns - i) * own->cell >= 4)
            yd_canvas_textf(canvas, x, 0, YD_STYLE_DIM, "%d", truth);
    }
    if (own->cell < NUMBER_CELL)
        yd_canvas_put(canvas, left + (own->across - own->first_across) * own->cell, 0, canvas->glyphs->down,
                      YD_STYLE_KEY);
}

static void draw_words(const yd_classes *own, const yd_canvas *canvas, int y)
{
    char predicted[128], truth[128], share[16];
    int background = own->report.class_count;
    double count = yd_class_report_count(&own->report, own->row, own->across);
    snprintf(share, sizeof share, "%.3f", yd_classes_share(own, own->row, own->across));
    yd_classes_name(own, own->row, predicted, sizeof predicted);
    yd_classes_name(own, own->across, truth, sizeof truth);
    int x = yd_canvas_textf(canvas, 0, y, YD_STYLE_VALUE, "%s", share);
    x = yd_canvas_textf(canvas, x, y, YD_STYLE_DIM, " (%.0f of %.0f)  ", count, own->totals[own->across]);
    char text[320];
    if (own->row == background && own->across == background)
        snprintf(text, sizeof text, "nothing where nothing is: not counted");
    else if (own->row == background)
        snprintf(text, sizeof text, "%s missed", truth);
    else if (own->across == background)
        snprintf(text, sizeof text, "%s predicted where nothing is", predicted);
    else
        snprintf(text, sizeof text, "true %s predicted as %s", truth, predicted);
    yd_canvas_text_cut(canvas, x, y, canvas->width - x, YD_STYLE_TEXT, text);
}

void yd_classes_draw_matrix(const yd_screen_context *context, const yd_canvas *canvas, bool focus)
{
    yd_classes *own = context->memory;
    int side = own->report.class_count + 1;
    if (!own->report.has_confusion || !own->totals) {
        yd_canvas_text_cut(canvas, 0, 0, canvas->width, YD_STYLE_DIM,
                           "no confusion matrix: there are more classes than it is kept for");
        return;
    }
    int left = label_width(own, canvas) + 1, width = canvas->width - left, height = canvas->height - 2;
    if (width < 2 || height < 1) return;
    own->left = left;
    own->cell = choose_cell(own, width);
    own->columns = width / own->cell < side ? width / own->cell : side;
    own->rows = height < side ? height : side;
    own->first_row = scroll(own->row, own->rows, side, own->first_row);
    own->first_across = scroll(own->across, own->columns, side, own->first_across);
    draw_columns(own, canvas, left);
    for (int i = 0; i < own->rows; i++) {
        int predicted = own->first_row + i;
        char name[256];
        yd_classes_name(own, predicted, name, sizeof name);
        yd_canvas_text_cut(canvas, 0, 1 + i, left - 1, predicted == own->row ? YD_STYLE_KEY : YD_STYLE_DIM,
                           name);
        for (int k = 0; k < own->columns; k++)
            draw_cell(own, canvas, left + k * own->cell, 1 + i, predicted, own->first_across + k);
    }
    draw_words(own, canvas, 1 + own->rows);
    if (focus)
        *context->cursor =
            (yd_cursor){left + (own->across - own->first_across) * own->cell, 1 + own->row - own->first_row};
}
