#include "data/labels.h"
#include "base/text.h"
#include "base/vector.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS = 5,
    TOKEN_LIMIT = 64,
    LARGEST_CLASS = 1 << 24
}; /* the largest class that a float holds exactly */

/* A line that is not empty: its numbers lie in [first, first + count) of all numbers. */
typedef struct line {
    size_t first, count;
    int number; /* from 1 */
} line;

typedef struct parser {
    const char *at, *end, *name;
    yd_vector numbers, lines; /* float, line */
    int line_number;
    bool polygons;
    yd_error *error;
} parser;

static yd_status out_of_memory(const parser *p)
{
    return yd_fail(p->error, YD_ERR_MEMORY, "%s: out of memory", p->name);
}

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static bool is_token_end(const parser *p, const char *at)
{
    return at == p->end || is_blank(*at) || is_break(*at);
}

/* Any number, or what should have been one. The cursor stands on its first character. */
static yd_status read_word(parser *p, double *value)
{
    char token[TOKEN_LIMIT], shown[3 * TOKEN_LIMIT];
    size_t length = 0;
    while (!is_token_end(p, p->at)) {
        if (length + 1 >= sizeof token)
            return yd_fail(p->error, YD_ERR_FORMAT,
                           "%s:%d: a word of %d characters or more, a number is wanted", p->name,
                           p->line_number, TOKEN_LIMIT);
        token[length++] = *p->at ? *p->at : '?'; /* a NUL must not end the token */
        p->at++;
    }
    token[length] = '\0';
    if (yd_parse_double(token, value) && fabs(*value) <= 1e30) return YD_OK;
    return yd_fail(p->error, YD_ERR_FORMAT, "%s:%d: a number is wanted, found \"%s\"", p->name,
                   p->line_number, yd_escape(shown, sizeof shown, token));
}

/* Takes the token at the cursor, which stands on its first character. */
static yd_status read_token(parser *p)
{
    double value;
    const char *end = yd_scan_plain(p->at, p->end, &value);
    if (end && is_token_end(p, end))
        p->at = end;
    else
        YD_TRY(read_word(p, &value));
    float number = (float)value;
    return yd_vector_push(&p->numbers, &number) ? YD_OK : out_of_memory(p);
}

static yd_status read_lines(parser *p)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    if (p->end - p->at >= 3 && memcmp(p->at, byte_order_mark, 3) == 0) p->at += 3;
    line current = {0, 0, 1};
    p->line_number = 1;
    for (;;) {
        while (p->at < p->end && is_blank(*p->at)) p->at++;
        if (p->at < p->end && !is_break(*p->at)) {
            YD_TRY(read_token(p));
            continue;
        }
        current.count = p->numbers.count - current.first;
        current.number = p->line_number;
        if (current.count && !yd_vector_push(&p->lines, &current)) return out_of_memory(p);
        if (p->at >= p->end) return YD_OK;
        bool pair = p->end - p->at >= 2 && p->at[0] == '\r' && p->at[1] == '\n';
        p->at += pair ? 2 : 1;
        p->line_number++;
        current.first = p->numbers.count;
    }
}

/* A box around the polygon, in the order of operations that the original has in float. */
static void enclose(const float *points, size_t count, float *row)
{
    float left = points[0], right = points[0], top = points[1], bottom = points[1];
    for (size_t i = 1; i < count; i++) {
        left = fminf(left, points[2 * i]), right = fmaxf(right, points[2 * i]);
        top = fminf(top, points[2 * i + 1]), bottom = fmaxf(bottom, points[2 * i + 1]);
    }
    row[1] = (left + right) / 2;
    row[2] = (top + bottom) / 2;
    row[3] = right - left;
    row[4] = bottom - top;
}

static yd_status make_row(const parser *p, const line *l, float *row)
{
    const float *numbers = &YD_AT(float, &p->numbers, l->first);
    row[0] = numbers[0];
    if (!p->polygons && l->count != COLUMNS)
        return yd_fail(p->error, YD_ERR_FORMAT, "%s:%d: 5 columns are wanted (class cx cy w h), found %zu",
                       p->name, l->number, l->count);
    if (p->polygons && (l->count < 3 || l->count % 2 == 0))
        return yd_fail(p->error, YD_ERR_FORMAT,
                       "%s:%d: a class and pairs of x y are wanted, found %zu columns", p->name, l->number,
                       l->count);
    if (p->polygons)
        enclose(numbers + 1, l->count / 2, row);
    else
        memcpy(row + 1, numbers + 1, 4 * sizeof *row);
    if (!(row[0] >= 0 && row[0] <= LARGEST_CLASS) || row[0] != floorf(row[0]))
        return yd_fail(p->error, YD_ERR_FORMAT, "%s:%d: the class must be a whole number from 0, found %g",
                       p->name, l->number, (double)row[0]);
    for (int i = 1; i < COLUMNS; i++)
        if (!(row[i] >= 0 && row[i] <= 1))
            return yd_fail(p->error, YD_ERR_FORMAT, "%s:%d: coordinates must be normalised to 0..1, found %g",
                           p->name, l->number, (double)row[i]);
    return YD_OK;
}

static int compare_rows(const void *a, const void *b, void *rows)
{
    int i = *(const int *)a, k = *(const int *)b;
    const float *x = (const float *)rows + (size_t)i * COLUMNS,
                *y = (const float *)rows + (size_t)k * COLUMNS;
    for (int c = 0; c < COLUMNS; c++)
        if (x[c] != y[c]) return x[c] < y[c] ? -1 : 1;
    return (i > k) - (i < k);
}

static bool rows_are_equal(const float *a, const float *b)
{
    bool equal = true;
    for (int c = 0; c < COLUMNS; c++) equal &= a[c] == b[c];
    return equal;
}

/* Fills order with the rows to keep and returns their number. Equal rows are found by sorting; the sorted
 * order stays where any were dropped, as it does in the original. */
static int drop_equal_rows(float *rows, int count, int *order, int *equal, int *to)
{
    int kept = 0;
    for (int i = 0; i < count; i++) order[i] = i;
    qsort_r(order, (size_t)count, sizeof *order, compare_rows, rows);
    for (int i = 0; i < count; i++) {
        const float *row = rows + (size_t)order[i] * COLUMNS;
        if (kept == 0 || !rows_are_equal(row, rows + (size_t)order[kept - 1] * COLUMNS))
            order[kept++] = order[i];
        else
            *equal = order[i], *to = order[kept - 1];
    }
    for (int i = 0; kept == count && i < count; i++) order[i] = i;
    return kept;
}

/* Moves the rows of order, and their polygons, into the arena. */
static yd_status store(const parser *p, const float *rows, const int *order, yd_arena *arena,
                       yd_labels *labels)
{
    size_t points = 0, used = 0;
    for (int i = 0; p->polygons && i < labels->count; i++)
        points += YD_AT(line, &p->lines, order[i]).count / 2;
    labels->rows = yd_arena_alloc(arena, (size_t)labels->count, COLUMNS * sizeof *labels->rows);
    if (!labels->rows) return out_of_memory(p);
    if (p->polygons) {
        labels->points = yd_arena_alloc(arena, points, 2 * sizeof *labels->points);
        labels->ends = yd_arena_alloc(arena, (size_t)labels->count, sizeof *labels->ends);
        if (!labels->points || !labels->ends || points > INT32_MAX) return out_of_memory(p);
    }
    for (int i = 0; i < labels->count; i++) {
        const line *l = &YD_AT(line, &p->lines, order[i]);
        memcpy(labels->rows + (size_t)i * COLUMNS, rows + (size_t)order[i] * COLUMNS, COLUMNS * sizeof *rows);
        if (!p->polygons) continue;
        memcpy(labels->points + 2 * used, &YD_AT(float, &p->numbers, l->first + 1),
               (l->count - 1) * sizeof(float));
        used += l->count / 2;
        labels->ends[i] = (int32_t)used;
    }
    return YD_OK;
}

static yd_status make_labels(parser *p, const yd_data_rules *rules, float *rows, int *order, yd_arena *arena,
                             yd_labels *labels)
{
    int count = (int)p->lines.count, equal = 0, to = 0;
    for (int i = 0; i < count; i++) {
        const line *l = &YD_AT(line, &p->lines, i);
        float *row = rows + (size_t)i * COLUMNS;
        YD_TRY(make_row(p, l, row));
        labels->misread += p->polygons && l->count == COLUMNS;
        if (row[0] <= (float)labels->largest_class) continue;
        labels->largest_class = (int)row[0];
        labels->largest_line = l->number;
    }
    labels->count = drop_equal_rows(rows, count, order, &equal, &to);
    labels->duplicates = count - labels->count;
    if (labels->duplicates && !rules->drop_duplicates)
        return yd_fail(p->error, YD_ERR_FORMAT, "%s:%d: the same label as in line %d", p->name,
                       YD_AT(line, &p->lines, equal).number, YD_AT(line, &p->lines, to).number);
    return store(p, rows, order, arena, labels);
}

yd_status yd_labels_parse(const char *text, size_t length, const char *name, const yd_data_rules *rules,
                          yd_arena *arena, yd_labels *labels, yd_error *error)
{
    *labels = (yd_labels){.largest_class = -1};
    parser p = {.at = text, .end = text + length, .name = name, .error = error};
    p.numbers.size = sizeof(float);
    p.lines.size = sizeof(line);
    float *rows = NULL;
    int *order = NULL;
    yd_status status = read_lines(&p);
    if (status == YD_OK && p.lines.count > INT32_MAX / 64)
        status = yd_fail(error, YD_ERR_FORMAT, "%s: more lines than can be counted", name);
    if (status != YD_OK || p.lines.count == 0) goto out;
    for (size_t i = 0; i < p.lines.count; i++)
        p.polygons |= YD_AT(line, &p.lines, i).count > (size_t)rules->polygon_tokens;
    rows = malloc(p.lines.count * COLUMNS * sizeof *rows);
    order = malloc(p.lines.count * sizeof *order);
    status = rows && order ? make_labels(&p, rules, rows, order, arena, labels) : out_of_memory(&p);
out:
    if (status != YD_OK) *labels = (yd_labels){.largest_class = -1};
    free(rows);
    free(order);
    yd_vector_free(&p.numbers);
    yd_vector_free(&p.lines);
    return status;
}
