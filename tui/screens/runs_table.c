#include "tui/screens/runs_table.h"
#include "base/text.h"
#include "tui/show.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILTER_LIMIT = 512 };

static const struct {
    const char *title;
    int width;
    bool right;
} columns[YD_RUN_COLUMNS] = {
#define YD_RUN_COLUMN(enumerator, title, width, right) {title, width, right},
#include "tui/screens/runs_columns.def"
#undef YD_RUN_COLUMN
};

/* Those that are missed least go first. */
static const yd_run_column by_importance[YD_RUN_COLUMNS] = {
    YD_RUN_COLUMN_NAME,    YD_RUN_COLUMN_STATE, YD_RUN_COLUMN_EPOCH, YD_RUN_COLUMN_FITNESS,
    YD_RUN_COLUMN_CHANGED, YD_RUN_COLUMN_SIZE,  YD_RUN_COLUMN_MAP,   YD_RUN_COLUMN_MAP50,
    YD_RUN_COLUMN_BEST,    YD_RUN_COLUMN_KIND};

void yd_runs_widths(int width, int widths[YD_RUN_COLUMNS])
{
    int left = width;
    memset(widths, 0, YD_RUN_COLUMNS * sizeof *widths);
    for (int i = 0; i < YD_RUN_COLUMNS; i++) {
        yd_run_column column = by_importance[i];
        int needed = columns[column].width + (i ? YD_RUN_GAP : 0);
        if (needed > left) break;
        widths[column] = columns[column].width;
        left -= needed;
    }
    if (!widths[YD_RUN_COLUMN_NAME])
        widths[YD_RUN_COLUMN_NAME] = width > 0 ? width : 0;
    else
        widths[YD_RUN_COLUMN_NAME] += left;
}

const char *yd_runs_title(yd_run_column column)
{
    return columns[column].title;
}

bool yd_runs_right(yd_run_column column)
{
    return columns[column].right;
}

static const char *kind_name(yd_run_kind kind)
{
    return kind == YD_RUN_KIND_OURS      ? "yolodeck"
           : kind == YD_RUN_KIND_YOLOV5  ? "YOLOv5"
           : kind == YD_RUN_KIND_SCALARS ? "TensorBoard"
                                         : "";
}

static void show_epoch(const yd_run_entry *entry, char *out, size_t capacity)
{
    if (entry->epoch < 0 && entry->epochs < 0)
        snprintf(out, capacity, "-");
    else if (entry->epochs < 0)
        snprintf(out, capacity, "%d", entry->epoch);
    else
        snprintf(out, capacity, "%d/%d", entry->epoch < 0 ? 0 : entry->epoch, entry->epochs);
}

static void show_changed(const yd_run_entry *entry, char *out, size_t capacity)
{
    time_t seconds = (time_t)(entry->changed_ns / 1000000000);
    struct tm parts;
    if (!entry->changed_ns || !localtime_r(&seconds, &parts) ||
        !strftime(out, capacity, "%Y-%m-%d %H:%M", &parts))
        snprintf(out, capacity, "-");
}

const char *yd_runs_cell(const yd_run_row *row, yd_run_column column, char *out, size_t capacity)
{
    const yd_run_entry *entry = &row->entry;
    switch (column) {
    case YD_RUN_COLUMN_NAME:
        return yd_escape(out, capacity, entry->name);
    case YD_RUN_COLUMN_STATE:
        snprintf(out, capacity, "%s", row->known ? entry->state : "...");
        break;
    case YD_RUN_COLUMN_EPOCH:
        show_epoch(entry, out, capacity);
        break;
    case YD_RUN_COLUMN_FITNESS:
        return yd_show_loss(out, capacity, entry->best_fitness); /* four digits tell close runs apart */
    case YD_RUN_COLUMN_MAP50:
        return yd_show_loss(out, capacity, entry->best_map50);
    case YD_RUN_COLUMN_MAP:
        return yd_show_loss(out, capacity, entry->best_map50_95);
    case YD_RUN_COLUMN_BEST:
        snprintf(out, capacity, entry->best_epoch < 0 ? "-" : "%d", entry->best_epoch);
        break;
    case YD_RUN_COLUMN_SIZE:
        return yd_show_bytes(out, capacity, row->bytes);
    case YD_RUN_COLUMN_CHANGED:
        show_changed(entry, out, capacity);
        break;
    case YD_RUN_COLUMN_KIND:
    default:
        snprintf(out, capacity, "%s", kind_name(entry->kind));
    }
    return out;
}

bool yd_runs_descends(yd_run_column column)
{
    return column != YD_RUN_COLUMN_NAME && column != YD_RUN_COLUMN_STATE && column != YD_RUN_COLUMN_KIND;
}

static bool passes(const yd_run_row *row, const char *filter)
{
    char words[FILTER_LIMIT], *rest = NULL;
    yd_copy_text(words, sizeof words, filter);
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        if (!strcasestr(row->entry.folder, word) && !strcasestr(row->entry.state, word) &&
            !strcasestr(kind_name(row->entry.kind), word))
            return false;
    return true;
}

/* What a numeric column sorts by; NAN: not known. */
static double number_of(const yd_run_row *row, yd_run_column column)
{
    const yd_run_entry *entry = &row->entry;
    switch (column) {
    case YD_RUN_COLUMN_EPOCH:
        return entry->epoch < 0 ? (double)NAN : entry->epoch;
    case YD_RUN_COLUMN_FITNESS:
        return entry->best_fitness;
    case YD_RUN_COLUMN_MAP50:
        return entry->best_map50;
    case YD_RUN_COLUMN_MAP:
        return entry->best_map50_95;
    case YD_RUN_COLUMN_BEST:
        return entry->best_epoch < 0 ? (double)NAN : entry->best_epoch;
    case YD_RUN_COLUMN_SIZE:
        return row->bytes < 0 ? (double)NAN : (double)row->bytes;
    default:
        return (double)entry->changed_ns;
    }
}

/* "exp9" comes before "exp10". */
static int compare_names(const char *a, const char *b)
{
    int order = strverscmp(a, b);
    return (order > 0) - (order < 0);
}

typedef struct sorting {
    const yd_run_table *table;
    yd_run_column column;
    bool reversed;
} sorting;

static int compare_texts(const yd_run_row *a, const yd_run_row *b, yd_run_column column)
{
    if (column == YD_RUN_COLUMN_STATE) return strcmp(a->entry.state, b->entry.state);
    if (column == YD_RUN_COLUMN_KIND) return strcmp(kind_name(a->entry.kind), kind_name(b->entry.kind));
    return compare_names(a->entry.name, b->entry.name);
}

static int compare(const void *first, const void *second, void *context)
{
    const sorting *own = context;
    const yd_run_row *a = &own->table->rows[*(const int *)first],
                     *b = &own->table->rows[*(const int *)second];
    int order;
    if (yd_runs_descends(own->column)) {
        double x = number_of(a, own->column), y = number_of(b, own->column);
        if (isnan(x) != isnan(y)) return isnan(x) ? 1 : -1;
        order = isnan(x) ? 0 : (x < y) - (x > y);
    } else {
        order = compare_texts(a, b, own->column);
    }
    if (own->reversed) order = -order;
    if (!order && a->entry.changed_ns != b->entry.changed_ns)
        order = a->entry.changed_ns > b->entry.changed_ns ? -1 : 1;
    return order ? order : compare_names(a->entry.folder, b->entry.folder);
}

int yd_runs_order(const yd_run_table *table, const char *filter, yd_run_column column, bool reversed,
                  int *order)
{
    sorting own = {table, column, reversed};
    int count = 0;
    for (int i = 0; i < table->count; i++)
        if (passes(&table->rows[i], filter)) order[count++] = i;
    qsort_r(order, (size_t)count, sizeof *order, compare, &own);
    return count;
}
