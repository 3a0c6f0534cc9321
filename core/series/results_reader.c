#include "series/results_reader.h"
#include "base/file.h"
#include "base/text.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    FILE_LIMIT = 64 << 20,
    ROW_LIMIT = 1000000,
    COLUMN_LIMIT = 64,
    CELL_LIMIT = 64,
    EPOCH_LIMIT = 100000000
};

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
enum { KNOWN = sizeof known_columns / sizeof *known_columns, SKIP = -1, EPOCH = -2 };

typedef struct header {
    int columns[COLUMN_LIMIT]; /* index into known_columns, EPOCH or SKIP */
    int count;
} header;

/* The next cell of a line, without blanks around it, in out; false at the line's end. A cell that is too long
 * comes out empty. */
static bool next_cell(const char **cursor, const char *end, char out[CELL_LIMIT])
{
    if (!*cursor) return false;
    const char *comma = memchr(*cursor, ',', (size_t)(end - *cursor));
    const char *from = *cursor, *to = comma ? comma : end;
    *cursor = comma ? comma + 1 : NULL;
    while (from < to && (*from == ' ' || *from == '\t')) from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r')) to--;
    size_t length = to - from < CELL_LIMIT ? (size_t)(to - from) : 0;
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

static int column_of(const char *name)
{
    if (strcmp(name, "epoch") == 0) return EPOCH;
    for (int i = 0; i < KNOWN; i++)
        if (strcmp(known_columns[i].name, name) == 0) return i;
    return SKIP;
}

static bool read_header(const char *line, const char *end, header *columns)
{
    char cell[CELL_LIMIT];
    bool has_epoch = false;
    for (const char *cursor = line; next_cell(&cursor, end, cell);) {
        if (columns->count == COLUMN_LIMIT) return false;
        int column = column_of(cell);
        has_epoch |= column == EPOCH;
        columns->columns[columns->count++] = column;
    }
    return has_epoch;
}

/* False for a line that has not the header's shape. */
static bool read_row(const char *line, const char *end, const header *columns, yd_results_row *row)
{
    char cell[CELL_LIMIT];
    int count = 0;
    *row = (yd_results_row){.epoch = -1};
    for (int i = 0; i < KNOWN; i++) *(float *)(void *)((char *)row + known_columns[i].place) = NAN;
    for (const char *cursor = line; next_cell(&cursor, end, cell); count++) {
        double value;
        if (count == columns->count) return false;
        int column = columns->columns[count];
        if (column == SKIP || !yd_parse_double(cell, &value)) continue;
        if (column != EPOCH)
            *(float *)(void *)((char *)row + known_columns[column].place) =
                fabs(value) <= (double)FLT_MAX ? (float)value : INFINITY;
        else if (value >= 0 && value < EPOCH_LIMIT)
            row->epoch = (int)value;
    }
    return count == columns->count && row->epoch >= 0;
}

/* Rows stay ascending: what a resumed run wrote again takes the place of the rows from its epoch on. */
static bool keep(yd_results *results, int *capacity, const yd_results_row *row)
{
    while (results->count && results->rows[results->count - 1].epoch >= row->epoch) results->count--;
    if (results->count == *capacity) {
        int wanted = *capacity ? *capacity * 2 : 128;
        yd_results_row *rows = realloc(results->rows, (size_t)wanted * sizeof *rows);
        if (!rows) return false;
        results->rows = rows;
        *capacity = wanted;
    }
    results->rows[results->count++] = *row;
    return true;
}

/* A line ends with a newline; what has none is being written just now. */
static const char *line_end(const char *line, const char *end)
{
    return line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
}

static yd_status parse(const char *path, const char *data, size_t length, yd_results *results,
                       yd_error *error)
{
    const char *end = data + length, *line = data, *newline = line_end(line, end);
    header columns = {0};
    int capacity = 0;
    if (!newline || !read_header(line, newline, &columns)) {
        char shown[1024];
        return yd_fail(error, YD_ERR_FORMAT,
                       "%s:1: found no header with an epoch column, wanted that of results.csv",
                       yd_escape(shown, sizeof shown, path));
    }
    for (line = newline + 1; (newline = line_end(line, end)) != NULL; line = newline + 1) {
        yd_results_row row;
        if (results->count >= ROW_LIMIT) break;
        if (!read_row(line, newline, &columns, &row))
            results->skipped++;
        else if (!keep(results, &capacity, &row))
            return yd_fail(error, YD_ERR_MEMORY, "out of memory for %d rows", results->count);
    }
    if (line < end && !newline) results->skipped++;
    return YD_OK;
}

yd_status yd_results_read(const char *path, yd_results *results, yd_error *error)
{
    char *data;
    size_t length;
    struct stat info;
    *results = (yd_results){0};
    /* A pipe or a device in its place would hold us up. */
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return yd_fail(error, YD_ERR_IO, "%s is no regular file", path);
    YD_TRY(yd_file_read(path, FILE_LIMIT, &data, &length, error));
    yd_status status = parse(path, data, length, results, error);
    free(data);
    if (status != YD_OK) yd_results_free(results);
    return status;
}

void yd_results_free(yd_results *results)
{
    free(results->rows);
    *results = (yd_results){0};
}
