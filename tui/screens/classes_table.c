/* The table of classes, and the list of what is taken for what. */
#include "base/text.h"
#include "tui/screens/classes_state.h"
#include "tui/show.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { GAP = 2, NAME_LEAST = 10 };

static const struct {
    const char *title;
    int width;
} columns[YD_CLASS_COLUMNS] = {[YD_CLASS_COLUMN_NAME] = {"class", NAME_LEAST},
                               [YD_CLASS_COLUMN_IMAGES] = {"images", 6},
                               [YD_CLASS_COLUMN_LABELS] = {"labels", 6},
                               [YD_CLASS_COLUMN_PRECISION] = {"P", 5},
                               [YD_CLASS_COLUMN_RECALL] = {"R", 5},
                               [YD_CLASS_COLUMN_MAP50] = {"AP@.5", 5},
                               [YD_CLASS_COLUMN_MAP] = {"@.5:.95", 7},
                               [YD_CLASS_COLUMN_CHANGE] = {"change", 7}};

/* Those that are missed least go first; the name takes what is left. */
static void place_columns(int width, int x[YD_CLASS_COLUMNS], int widths[YD_CLASS_COLUMNS])
{
    static const yd_class_column by_importance[] = {
        YD_CLASS_COLUMN_NAME,   YD_CLASS_COLUMN_MAP,       YD_CLASS_COLUMN_MAP50,  YD_CLASS_COLUMN_LABELS,
        YD_CLASS_COLUMN_CHANGE, YD_CLASS_COLUMN_PRECISION, YD_CLASS_COLUMN_RECALL, YD_CLASS_COLUMN_IMAGES};
    int left = width;
    memset(widths, 0, YD_CLASS_COLUMNS * sizeof *widths);
    for (int i = 0; i < YD_CLASS_COLUMNS; i++) {
        int needed = columns[by_importance[i]].width + (i ? GAP : 0);
        if (needed > left) break;
        widths[by_importance[i]] = columns[by_importance[i]].width;
        left -= needed;
    }
    if (left > 24 - NAME_LEAST) left = 24 - NAME_LEAST + (left - 24 + NAME_LEAST) / 3;
    widths[YD_CLASS_COLUMN_NAME] += left > 0 ? left : 0;
    int at = 0;
    for (int i = 0; i < YD_CLASS_COLUMNS; i++) {
        x[i] = at;
        at += widths[i] ? widths[i] + GAP : 0;
    }
}

int yd_classes_title_at(int width, int x)
{
    int places[YD_CLASS_COLUMNS], widths[YD_CLASS_COLUMNS];
    place_columns(width, places, widths);
    for (int i = 0; i < YD_CLASS_COLUMNS; i++)
        if (widths[i] && x >= places[i] && x < places[i] + widths[i]) return i;
    return -1;
}

static void draw_titles(const yd_classes *own, const yd_canvas *canvas, const int *x, const int *widths)
{
    for (int i = 0; i < YD_CLASS_COLUMNS; i++) {
        bool by_this = own->sorted && own->column == (yd_class_column)i;
        yd_style style = by_this ? YD_STYLE_KEY : YD_STYLE_DIM;
        if (!widths[i]) continue;
        int end = i ? yd_canvas_text_right(canvas, x[i] + widths[i], 0, style, columns[i].title)
                    : yd_canvas_text(canvas, x[i], 0, style, columns[i].title) + 1;
        bool up = (i == YD_CLASS_COLUMN_NAME) != own->reversed;
        if (by_this)
            yd_canvas_put(canvas, i ? end - 1 : end, 0, up ? canvas->glyphs->up : canvas->glyphs->down,
                          style);
    }
}

static yd_style draw_change(double value, char *out, size_t capacity)
{
    if (!isfinite(value)) {
        snprintf(out, capacity, "-");
        return YD_STYLE_DIM;
    }
    bool same = fabs(value) < 0.0005;
    snprintf(out, capacity, same ? "=" : "%+.3f", value);
    return same ? YD_STYLE_DIM : value > 0 ? YD_STYLE_GOOD : YD_STYLE_WARNING;
}

static void draw_number(const yd_canvas *canvas, int end, int y, yd_class_column column, double value,
                        bool chosen)
{
    char text[32];
    yd_style style = YD_STYLE_TEXT;
    if (column == YD_CLASS_COLUMN_CHANGE)
        style = draw_change(value, text, sizeof text);
    else if (column == YD_CLASS_COLUMN_IMAGES || column == YD_CLASS_COLUMN_LABELS)
        snprintf(text, sizeof text, "%.0f", value);
    else
        yd_show_metric(text, sizeof text, value);
    yd_canvas_text_right(canvas, end, y, chosen ? YD_STYLE_SELECTED : style, text);
}

static double all_value(const yd_classes *own, yd_class_column column)
{
    const yd_class_report *report = &own->report;
    const double values[YD_CLASS_COLUMNS] = {
        [YD_CLASS_COLUMN_IMAGES] = (double)report->images,
        [YD_CLASS_COLUMN_LABELS] = (double)report->labels,
        [YD_CLASS_COLUMN_PRECISION] = report->precision,
        [YD_CLASS_COLUMN_RECALL] = report->recall,
        [YD_CLASS_COLUMN_MAP50] = report->map50,
        [YD_CLASS_COLUMN_MAP] = report->map50_95,
        [YD_CLASS_COLUMN_CHANGE] = own->has_before ? report->map50_95 - own->before.map50_95 : (double)NAN};
    return values[column];
}

/* index: a class; -1: all of them. */
static void draw_row(const yd_classes *own, const yd_canvas *canvas, int y, int index, bool chosen,
                     const int *x, const int *widths)
{
    const yd_class_report *before = own->has_before ? &own->before : NULL;
    char name[256];
    for (int i = 0; chosen && i < canvas->width; i++) yd_canvas_put(canvas, i, y, ' ', YD_STYLE_SELECTED);
    if (index < 0)
        snprintf(name, sizeof name, "all");
    else
        yd_escape(name, sizeof name, own->report.names[index]);
    yd_style style = chosen ? YD_STYLE_SELECTED : index < 0 ? YD_STYLE_VALUE : YD_STYLE_TEXT;
    yd_canvas_text_cut(canvas, x[0], y, widths[0], style, name);
    for (int i = 1; i < YD_CLASS_COLUMNS; i++) {
        if (!widths[i]) continue;
        double value = index < 0 ? all_value(own, (yd_class_column)i)
                                 : yd_class_value(&own->report, before, index, (yd_class_column)i);
        draw_number(canvas, x[i] + widths[i], y, (yd_class_column)i, value, chosen);
    }
}

static void keep_in_view(int chosen, int page, int count, int *top)
{
    if (chosen >= *top + page) *top = chosen - page + 1;
    if (chosen < *top) *top = chosen;
    if (*top > count - page) *top = count - page;
    if (*top < 0) *top = 0;
}

void yd_classes_draw_table(const yd_screen_context *context, const yd_canvas *canvas, bool focus)
{
    enum { HEADER = 2 };
    yd_classes *own = context->memory;
    int x[YD_CLASS_COLUMNS], widths[YD_CLASS_COLUMNS];
    place_columns(canvas->width, x, widths);
    draw_titles(own, canvas, x, widths);
    draw_row(own, canvas, 1, -1, false, x, widths);
    own->page = canvas->height - HEADER > 0 ? canvas->height - HEADER : 0;
    keep_in_view(own->chosen, own->page, own->count, &own->top);
    for (int i = 0; i < own->page && own->top + i < own->count; i++) {
        bool chosen = own->top + i == own->chosen;
        draw_row(own, canvas, HEADER + i, own->order[own->top + i], chosen, x, widths);
        if (chosen && focus) *context->cursor = (yd_cursor){0, HEADER + i};
    }
    if (!own->count) yd_canvas_text(canvas, 0, HEADER, YD_STYLE_DIM, "no class of such a name");
}

void yd_classes_draw_worst(const yd_screen_context *context, const yd_canvas *canvas, bool focus)
{
    yd_classes *own = context->memory;
    int background = own->report.class_count;
    yd_canvas_text(canvas, 0, 0, YD_STYLE_DIM, "count  of true  what is taken for what");
    own->worst_page = canvas->height > 1 ? canvas->height - 1 : 0;
    keep_in_view(own->worst_chosen, own->worst_page, own->worst_count, &own->worst_top);
    for (int i = 0; i < own->worst_page && own->worst_top + i < own->worst_count; i++) {
        const yd_confusion_entry *entry = own->worst[own->worst_top + i];
        char truth[128], predicted[128], text[320], share[16];
        yd_classes_name(own, entry->truth, truth, sizeof truth);
        yd_classes_name(own, entry->predicted, predicted, sizeof predicted);
        if (entry->predicted == background)
            snprintf(text, sizeof text, "%s missed", truth);
        else if (entry->truth == background)
            snprintf(text, sizeof text, "%s where nothing is", predicted);
        else
            snprintf(text, sizeof text, "%s taken for %s", truth, predicted);
        bool chosen = own->worst_top + i == own->worst_chosen;
        yd_style style = chosen && focus ? YD_STYLE_SELECTED : YD_STYLE_TEXT;
        for (int x = 0; chosen && focus && x < canvas->width; x++)
            yd_canvas_put(canvas, x, 1 + i, ' ', style);
        char count[32];
        snprintf(count, sizeof count, "%.0f", entry->count);
        yd_canvas_text_right(canvas, 5, 1 + i, style, count);
        yd_show_percent(share, sizeof share, yd_classes_share(own, entry->predicted, entry->truth));
        yd_canvas_text_right(canvas, 14, 1 + i, style, share);
        yd_canvas_text_cut(canvas, 16, 1 + i, canvas->width - 16, style, text);
        if (chosen && focus) *context->cursor = (yd_cursor){0, 1 + i};
    }
    if (!own->worst_count) yd_canvas_text(canvas, 0, 1, YD_STYLE_DIM, "nothing is taken for anything else");
}
