#include "tui/classes.h"
#include "base/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double change_of(const yd_class_report *report, const yd_class_report *before, int index)
{
    if (!before || index >= before->class_count || strcmp(report->names[index], before->names[index]) != 0)
        return (double)NAN;
    return report->rows[index].map50_95 - before->rows[index].map50_95;
}

double yd_class_value(const yd_class_report *report, const yd_class_report *before, int index,
                      yd_class_column column)
{
    const yd_class_row *row = &report->rows[index];
    switch (column) {
    case YD_CLASS_COLUMN_IMAGES:
        return (double)row->images;
    case YD_CLASS_COLUMN_LABELS:
        return (double)row->labels;
    case YD_CLASS_COLUMN_PRECISION:
        return row->precision;
    case YD_CLASS_COLUMN_RECALL:
        return row->recall;
    case YD_CLASS_COLUMN_MAP50:
        return row->map50;
    case YD_CLASS_COLUMN_MAP:
        return row->map50_95;
    case YD_CLASS_COLUMN_CHANGE:
        return change_of(report, before, index);
    default:
        return (double)NAN;
    }
}

static bool passes(const char *name, const char *filter)
{
    char words[512], *rest = NULL;
    yd_copy_text(words, sizeof words, filter);
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        if (!strcasestr(name, word)) return false;
    return true;
}

typedef struct sorting {
    const yd_class_report *report, *before;
    yd_class_column column;
    bool reversed;
} sorting;

static int compare(const void *first, const void *second, void *context)
{
    const sorting *own = context;
    int a = *(const int *)first, b = *(const int *)second, order;
    if (own->column == YD_CLASS_COLUMN_NAME) {
        order = strcasecmp(own->report->names[a], own->report->names[b]);
    } else {
        double x = yd_class_value(own->report, own->before, a, own->column);
        double y = yd_class_value(own->report, own->before, b, own->column);
        if (isnan(x) != isnan(y)) return isnan(x) ? 1 : -1;
        order = isnan(x) ? 0 : (x < y) - (x > y);
    }
    if (own->reversed) order = -order;
    return order ? order : a - b;
}

int yd_classes_order(const yd_class_report *report, const yd_class_report *before, const char *filter,
                     yd_class_column column, bool reversed, int *order)
{
    sorting own = {report, before, column, reversed};
    int count = 0;
    for (int i = 0; i < report->class_count; i++)
        if (passes(report->names[i], filter)) order[count++] = i;
    qsort_r(order, (size_t)count, sizeof *order, compare, &own);
    return count;
}

void yd_class_totals(const yd_class_report *report, double *totals)
{
    memset(totals, 0, ((size_t)report->class_count + 1) * sizeof *totals);
    for (int i = 0; i < report->entry_count; i++)
        totals[report->entries[i].truth] += report->entries[i].count;
}

static int compare_counts(const void *first, const void *second)
{
    const yd_confusion_entry *a = *(const yd_confusion_entry *const *)first,
                             *b = *(const yd_confusion_entry *const *)second;
    if (a->count != b->count) return a->count > b->count ? -1 : 1;
    return a < b ? -1 : a > b;
}

int yd_class_confusions(const yd_class_report *report, const yd_confusion_entry **worst, int capacity)
{
    const yd_confusion_entry **all = malloc(((size_t)report->entry_count + 1) * sizeof *all);
    int count = 0;
    if (!all) return 0;
    for (int i = 0; i < report->entry_count; i++)
        if (report->entries[i].predicted != report->entries[i].truth) all[count++] = &report->entries[i];
    qsort((void *)all, (size_t)count, sizeof *all, compare_counts);
    if (count > capacity) count = capacity;
    if (count) memcpy((void *)worst, (const void *)all, (size_t)count * sizeof *all);
    free((void *)all);
    return count;
}

uint32_t yd_class_shade(const yd_glyphs *glyphs, double share)
{
    static const double from[YD_SHADES] = {0, 0.005, 0.05, 0.2, 0.4, 0.7};
    int level = 0;
    while (level + 1 < YD_SHADES && share >= from[level + 1]) level++;
    return glyphs->shade[level];
}

yd_style yd_class_style(double share, bool right)
{
    if (share < 0.05) return YD_STYLE_DIM;
    if (right) return share < 0.5 ? YD_STYLE_TEXT : YD_STYLE_GOOD;
    return share < 0.2 ? YD_STYLE_TEXT : share < 0.5 ? YD_STYLE_WARNING : YD_STYLE_BAD;
}
