#include "series/results_reader.h"
#include "base/file.h"
#include "base/text.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 64 << 20, ROW_LIMIT = 1000000, CELL_LIMIT = 64, EPOCH_LIMIT = 100000000 };

/* Where a column goes; the names are YOLOv5's. */
static const struct {
    const char *name;
    size_t place;
} known_columns[] = {
    {"train/box_loss", offsetof(yd_results_row, train_box)},
    {"train/obj_loss", offsetof(yd_results_row, train_obj)},
    {"train/cls_loss", offsetof(yd_results_row, train_cls)},
    {"metrics/precision", offsetof(yd_results_row, precision)},
    {"metrics/recall", offsetof(yd_results_row, recall)},
    {"metrics/mAP_0.5", offsetof(yd_results_row, map50)},
    {"metrics/mAP_0.5:0.95", offsetof(yd_results_row, map50_95)},
    {"val/box_loss", offsetof(yd_results_row, val_box)},
    {"val/obj_loss", offsetof(yd_results_row, val_obj)},
    {"val/cls_loss", offsetof(yd_results_row, val_cls)},
    {"x/lr0", offsetof(yd_results_row, lr)},
    {"x/lr1", offsetof(yd_results_row, lr) + sizeof(float)},
    {"x/lr2", offsetof(yd_results_row, lr) + 2 * sizeof(float)},
};
enum { KNOWN = sizeof known_columns / sizeof *known_columns };

/* The columns of results.txt. */
static const char *const txt_names[] = {"epoch",
                                        "",
                                        "train/box_loss",
                                        "train/obj_loss",
                                        "train/cls_loss",
                                        "",
                                        "",
                                        "",
                                        "metrics/precision",
                                        "metrics/recall",
                                        "metrics/mAP_0.5",
                                        "metrics/mAP_0.5:0.95",
                                        "val/box_loss",
                                        "val/obj_loss",
                                        "val/cls_loss"};
enum { TXT_COLUMNS = sizeof txt_names / sizeof *txt_names };

typedef struct table {
    bool blanks; /* between cells: results.txt; else commas */
    int count, epoch_column;
    char names[YD_RESULTS_COLUMNS][CELL_LIMIT];
} table;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The next cell of a line, without blanks around it, in out; false at the line's end. A cell that is too long
 * comes out empty. */
static bool next_cell(const table *own, const char **cursor, const char *end, char out[CELL_LIMIT])
{
    if (!*cursor) return false;
    const char *from = *cursor, *to = end;
    if (own->blanks) {
        while (from < end && is_blank(*from)) from++;
        if (from == end) return false;
        for (to = from; to < end && !is_blank(*to);) to++;
        *cursor = to;
    } else {
        const char *comma = memchr(from, ',', (size_t)(end - from));
        if (comma) to = comma;
        *cursor = comma ? comma + 1 : NULL;
    }
    while (from < to && is_blank(*from)) from++;
    while (to > from && is_blank(to[-1])) to--;
    size_t length = to - from < CELL_LIMIT ? (size_t)(to - from) : 0;
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

static bool read_header(const char *line, const char *end, table *own)
{
    own->epoch_column = -1;
    for (const char *cursor = line; next_cell(own, &cursor, end, own->names[own->count]); own->count++) {
        if (strcmp(own->names[own->count], "epoch") == 0) {
            own->epoch_column = own->count;
            own->names[own->count][0] = '\0';
        }
        if (own->count + 1 == YD_RESULTS_COLUMNS) return false;
    }
    return own->epoch_column >= 0;
}

/* Whether the line is one of results.txt: its first cell says "3/299". */
static bool is_txt_row(const char *line, const char *end, table *own)
{
    char cell[CELL_LIMIT];
    int count = 0;
    *own = (table){.blanks = true, .count = TXT_COLUMNS};
    for (const char *cursor = line; next_cell(own, &cursor, end, cell); count++)
        if (count == 0 && (cell[0] < '0' || cell[0] > '9' || !strchr(cell, '/'))) return false;
    for (int i = 1; i < TXT_COLUMNS; i++) yd_copy_text(own->names[i], CELL_LIMIT, txt_names[i]);
    return count == TXT_COLUMNS;
}

/* A number, or what Python calls those that are not finite; false for all else. */
static bool read_number(const char *cell, double *value)
{
    if (yd_parse_double(cell, value)) return true;
    bool minus = cell[0] == '-';
    if (strcmp(cell + minus, "nan") == 0)
        *value = (double)NAN;
    else if (strcmp(cell + minus, "inf") == 0)
        *value = minus ? -(double)INFINITY : (double)INFINITY;
    else
        return false;
    return true;
}

static int read_epoch(char *cell, bool with_total)
{
    double value;
    if (with_total) cell[strcspn(cell, "/")] = '\0';
    return yd_parse_double(cell, &value) && value >= 0 && value < EPOCH_LIMIT ? (int)value : -1;
}

/* False for a line that has not the header's shape. */
static bool read_row(const char *line, const char *end, const table *own, int *epoch, double *values,
                     bool *present)
{
    char cell[CELL_LIMIT];
    int count = 0;
    *epoch = -1;
    for (const char *cursor = line; next_cell(own, &cursor, end, cell); count++) {
        if (count == own->count) return false;
        present[count] = own->names[count][0] && read_number(cell, &values[count]);
        if (count == own->epoch_column) *epoch = read_epoch(cell, own->blanks);
    }
    return count == own->count && *epoch >= 0;
}

/* A line ends with a newline; what has none is being written just now. */
static const char *line_end(const char *line, const char *end)
{
    return line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
}

/* Finds out what the first line is; *next is where rows begin. */
static bool begin_table(const char *data, const char *end, table *own, const char **next)
{
    const char *newline = line_end(data, end);
    *next = data;
    if (!newline) return false;
    if (is_txt_row(data, newline, own)) return true;
    *own = (table){0};
    *next = newline + 1;
    return read_header(data, newline, own);
}

static yd_status parse(const char *path, const char *data, size_t length, yd_results_visitor *visitor,
                       yd_error *error)
{
    const char *end = data + length, *line, *newline;
    const char *names[YD_RESULTS_COLUMNS];
    double values[YD_RESULTS_COLUMNS];
    bool present[YD_RESULTS_COLUMNS];
    table own;
    if (!begin_table(data, end, &own, &line)) {
        char shown[512];
        return yd_fail(
            error, YD_ERR_FORMAT,
            "%s:1: found neither a header with an epoch column, as results.csv has it, nor a row of "
            "results.txt",
            yd_escape(shown, sizeof shown, path));
    }
    for (int i = 0; i < own.count; i++) names[i] = own.names[i];
    visitor->columns(visitor->context, names, own.count);
    for (int rows = 0; (newline = line_end(line, end)) != NULL && rows < ROW_LIMIT;
         line = newline + 1, rows++) {
        int epoch;
        if (!read_row(line, newline, &own, &epoch, values, present))
            visitor->skipped++;
        else if (!visitor->row(visitor->context, epoch, values, present))
            return YD_OK;
    }
    if (line < end && !newline) visitor->skipped++;
    return YD_OK;
}

yd_status yd_results_visit(const char *path, yd_results_visitor *visitor, yd_error *error)
{
    char *data;
    size_t length;
    visitor->skipped = 0;
    YD_TRY(yd_file_read(path, FILE_LIMIT, &data, &length, error));
    yd_status status = parse(path, data, length, visitor, error);
    free(data);
    return status;
}

typedef struct gatherer {
    yd_results *results;
    int capacity;
    bool full;                            /* memory is out */
    int known[YD_RESULTS_COLUMNS], count; /* index into known_columns, -1 */
} gatherer;

static void take_columns(void *context, const char *const *names, int count)
{
    gatherer *own = context;
    own->count = count;
    for (int c = 0; c < count; c++) {
        own->known[c] = -1;
        for (int i = 0; i < KNOWN; i++)
            if (strcmp(known_columns[i].name, names[c]) == 0) own->known[c] = i;
    }
}

/* Rows stay ascending: what a resumed run wrote again takes the place of the rows from its epoch on. */
static bool take_row(void *context, int epoch, const double *values, const bool *present)
{
    gatherer *own = context;
    yd_results *results = own->results;
    while (results->count && results->rows[results->count - 1].epoch >= epoch) results->count--;
    if (results->count == own->capacity) {
        int wanted = own->capacity ? own->capacity * 2 : 128;
        yd_results_row *rows = realloc(results->rows, (size_t)wanted * sizeof *rows);
        own->full = !rows;
        if (!rows) return false;
        results->rows = rows;
        own->capacity = wanted;
    }
    yd_results_row *row = &results->rows[results->count++];
    *row = (yd_results_row){.epoch = epoch};
    for (int i = 0; i < KNOWN; i++) *(float *)(void *)((char *)row + known_columns[i].place) = NAN;
    for (int c = 0; c < own->count; c++)
        if (own->known[c] >= 0 && present[c] && isfinite(values[c]))
            *(float *)(void *)((char *)row + known_columns[own->known[c]].place) =
                fabs(values[c]) <= (double)FLT_MAX ? (float)values[c] : INFINITY;
    return true;
}

yd_status yd_results_read(const char *path, yd_results *results, yd_error *error)
{
    gatherer own = {.results = results};
    yd_results_visitor visitor = {.context = &own, .columns = take_columns, .row = take_row};
    *results = (yd_results){0};
    yd_status status = yd_results_visit(path, &visitor, error);
    if (status == YD_OK && own.full)
        status = yd_fail(error, YD_ERR_MEMORY, "out of memory for %d rows", results->count);
    results->skipped = visitor.skipped;
    if (status != YD_OK) yd_results_free(results);
    return status;
}

void yd_results_free(yd_results *results)
{
    free(results->rows);
    *results = (yd_results){0};
}
