#include "series/class_report.h"
#include "base/json.h"
#include "base/json_reader.h"
#include "base/vector.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const why_names[] = {
    [YD_CLASS_EPOCH] = "epoch", [YD_CLASS_ASKED] = "asked", [YD_CLASS_FINAL] = "final"};
enum { WHY_COUNT = sizeof why_names / sizeof *why_names, NAME_LIMIT = 1024, COLUMNS = 6 };

/* The columns of "classes", in the order of yd_class_row. */
static const char *const column_names[COLUMNS] = {"images", "labels", "precision",
                                                  "recall", "map50",  "map50_95"};

static const char *why_name(yd_class_why why)
{
    return (unsigned)why < WHY_COUNT ? why_names[why] : "?";
}

static double column_value(const yd_class_row *row, int column)
{
    const double values[COLUMNS] = {(double)row->images, (double)row->labels, row->precision,
                                    row->recall,         row->map50,          row->map50_95};
    return values[column];
}

static void write_columns(const yd_class_report *report, yd_json *json)
{
    yd_json_open(json, "classes", '{');
    for (int column = 0; column < COLUMNS; column++) {
        yd_json_open(json, column_names[column], '[');
        for (int c = 0; c < report->class_count; c++) {
            double value = column_value(&report->rows[c], column);
            if (column < 2)
                yd_json_integer(json, NULL, (int64_t)value);
            else
                yd_json_number(json, NULL, value);
        }
        yd_json_close(json, ']');
    }
    yd_json_close(json, '}');
}

static void write_confusion(const yd_class_report *report, yd_json *json)
{
    if (!report->has_confusion) return;
    yd_json_open(json, "confusion", '[');
    for (int i = 0; i < report->entry_count; i++) {
        const yd_confusion_entry *entry = &report->entries[i];
        yd_json_open(json, NULL, '[');
        yd_json_integer(json, NULL, entry->predicted);
        yd_json_integer(json, NULL, entry->truth);
        yd_json_number(json, NULL, entry->count);
        yd_json_close(json, ']');
    }
    yd_json_close(json, ']');
}

void yd_class_report_write(const yd_class_report *report, yd_text *text)
{
    yd_json json;
    yd_json_start(&json, text);
    yd_json_open(&json, NULL, '{');
    yd_json_integer(&json, "epoch", report->head.epoch);
    yd_json_integer(&json, "step", report->head.step);
    yd_json_string(&json, "why", why_name(report->head.why));
    yd_json_time(&json, "time", (int64_t)(report->time * 1e9));
    yd_json_integer(&json, "images", report->images);
    yd_json_integer(&json, "labels", report->labels);
    yd_json_number(&json, "precision", report->precision);
    yd_json_number(&json, "recall", report->recall);
    yd_json_number(&json, "map50", report->map50);
    yd_json_number(&json, "map50_95", report->map50_95);
    yd_json_number(&json, "fitness", report->fitness);
    yd_json_number(&json, "confidence", report->confidence);
    yd_json_open(&json, "names", '[');
    for (int c = 0; c < report->class_count; c++) yd_json_string(&json, NULL, report->names[c]);
    yd_json_close(&json, ']');
    write_columns(report, &json);
    write_confusion(report, &json);
    yd_json_close(&json, '}');
    yd_text_add(text, "\n");
}

/* What has been read of a line: columns of their own lengths until all of it is there. */
typedef struct gathered {
    yd_class_report report;
    yd_vector names; /* const char * */
    yd_vector columns[COLUMNS];
    yd_vector entries;
    bool no_memory;
    unsigned heads; /* bits: which parts of the head were there */
} gathered;

static bool out_of_memory(gathered *own)
{
    own->no_memory = true;
    return false;
}

/* A key of the head: true where it was one. */
static bool read_head_key(yd_json_reader *reader, const char *key, yd_class_head *head, unsigned *heads)
{
    int64_t number = 0;
    char word[16] = "";
    if (strcmp(key, "epoch") == 0) {
        yd_json_read_integer(reader, 0, INT32_MAX, &number);
        head->epoch = (int)number;
        *heads |= 1;
    } else if (strcmp(key, "step") == 0) {
        yd_json_read_integer(reader, 0, INT64_MAX / 2, &head->step);
        *heads |= 2;
    } else if (strcmp(key, "why") == 0) {
        yd_json_read_string(reader, word, sizeof word);
        for (int why = 0; why < WHY_COUNT; why++)
            if (strcmp(word, why_names[why]) == 0) {
                head->why = (yd_class_why)why;
                *heads |= 4;
            }
    } else {
        return false;
    }
    return true;
}

enum { WHOLE_HEAD = 7 };

bool yd_class_head_read(const char *line, size_t length, yd_class_head *head)
{
    yd_json_reader reader;
    char key[16];
    unsigned heads = 0;
    *head = (yd_class_head){0};
    yd_json_read_start(&reader, line, length);
    if (!yd_json_read_open(&reader, '{')) return false;
    while (heads != WHOLE_HEAD && yd_json_read_key(&reader, key, sizeof key))
        if (!read_head_key(&reader, key, head, &heads)) break;
    return heads == WHOLE_HEAD && !reader.failed;
}

static void read_names(yd_json_reader *reader, gathered *own)
{
    char name[NAME_LIMIT];
    if (own->names.count) reader->failed = true; /* twice: a line has its names once */
    if (!yd_json_read_open(reader, '[')) return;
    while (yd_json_read_more(reader) && yd_json_read_string(reader, name, sizeof name)) {
        const char *copy = yd_arena_strdup(own->report.arena, name);
        if (own->names.count >= YD_CLASS_LIMIT) reader->failed = true;
        if (!copy || !yd_vector_push(&own->names, (const void *)&copy)) own->no_memory = true;
        if (own->no_memory || reader->failed) return;
    }
}

static void read_column(yd_json_reader *reader, gathered *own, yd_vector *column)
{
    double value;
    if (!yd_json_read_open(reader, '[')) return;
    column->count = 0;
    while (yd_json_read_more(reader) && yd_json_read_number(reader, &value)) {
        if (column->count >= YD_CLASS_LIMIT) reader->failed = true;
        if (!yd_vector_push(column, &value)) own->no_memory = true;
        if (own->no_memory || reader->failed) return;
    }
}

static void read_columns(yd_json_reader *reader, gathered *own)
{
    char key[16];
    if (!yd_json_read_open(reader, '{')) return;
    while (!own->no_memory && yd_json_read_key(reader, key, sizeof key)) {
        int column = 0;
        while (column < COLUMNS && strcmp(key, column_names[column]) != 0) column++;
        if (column < COLUMNS)
            read_column(reader, own, &own->columns[column]);
        else
            yd_json_read_skip(reader);
    }
}

static bool read_entry(yd_json_reader *reader, yd_confusion_entry *entry)
{
    int64_t predicted = 0, truth = 0;
    if (!yd_json_read_open(reader, '[') || !yd_json_read_more(reader) ||
        !yd_json_read_integer(reader, 0, YD_CLASS_LIMIT, &predicted) || !yd_json_read_more(reader) ||
        !yd_json_read_integer(reader, 0, YD_CLASS_LIMIT, &truth) || !yd_json_read_more(reader) ||
        !yd_json_read_number(reader, &entry->count))
        return false;
    entry->predicted = (int)predicted;
    entry->truth = (int)truth;
    return !yd_json_read_more(reader) && !reader->failed;
}

static void read_confusion(yd_json_reader *reader, gathered *own)
{
    yd_confusion_entry entry;
    if (!yd_json_read_open(reader, '[')) return;
    own->entries.count = 0;
    own->report.has_confusion = true;
    while (!own->no_memory && yd_json_read_more(reader)) {
        if (!read_entry(reader, &entry)) {
            reader->failed = true;
            return;
        }
        if (entry.count > 0 && !yd_vector_push(&own->entries, &entry)) own->no_memory = true;
    }
}

static bool read_number_key(yd_json_reader *reader, const char *key, yd_class_report *report)
{
    const struct {
        const char *name;
        double *place;
    } numbers[] = {{"time", &report->time},
                   {"precision", &report->precision},
                   {"recall", &report->recall},
                   {"map50", &report->map50},
                   {"map50_95", &report->map50_95},
                   {"fitness", &report->fitness},
                   {"confidence", &report->confidence}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(key, numbers[i].name) != 0) continue;
        yd_json_read_number(reader, numbers[i].place);
        return true;
    }
    return false;
}

static void read_value(yd_json_reader *reader, const char *key, gathered *own)
{
    yd_class_report *report = &own->report;
    if (read_head_key(reader, key, &report->head, &own->heads) || read_number_key(reader, key, report))
        return;
    if (strcmp(key, "images") == 0)
        yd_json_read_integer(reader, 0, INT64_MAX / 2, &report->images);
    else if (strcmp(key, "labels") == 0)
        yd_json_read_integer(reader, 0, INT64_MAX / 2, &report->labels);
    else if (strcmp(key, "names") == 0)
        read_names(reader, own);
    else if (strcmp(key, "classes") == 0)
        read_columns(reader, own);
    else if (strcmp(key, "confusion") == 0)
        read_confusion(reader, own);
    else
        yd_json_read_skip(reader);
}

static bool parse(const char *line, size_t length, gathered *own)
{
    yd_json_reader reader;
    char key[16];
    yd_json_read_start(&reader, line, length);
    if (!yd_json_read_open(&reader, '{')) return false;
    while (!own->no_memory && yd_json_read_key(&reader, key, sizeof key)) read_value(&reader, key, own);
    return !own->no_memory && yd_json_read_end(&reader) && own->heads == WHOLE_HEAD;
}

static int64_t whole_number(double value)
{
    return value >= 0 && value < 9e15 ? (int64_t)value : 0;
}

static bool make_rows(gathered *own)
{
    size_t count = own->names.count;
    if (!count) return false;
    yd_class_row *rows = yd_arena_alloc(own->report.arena, count, sizeof *rows);
    if (!rows) return out_of_memory(own);
    for (int column = 0; column < COLUMNS; column++)
        if (own->columns[column].count != count) return false;
    for (size_t c = 0; c < count; c++)
        rows[c] = (yd_class_row){.images = whole_number(YD_AT(double, &own->columns[0], c)),
                                 .labels = whole_number(YD_AT(double, &own->columns[1], c)),
                                 .precision = YD_AT(double, &own->columns[2], c),
                                 .recall = YD_AT(double, &own->columns[3], c),
                                 .map50 = YD_AT(double, &own->columns[4], c),
                                 .map50_95 = YD_AT(double, &own->columns[5], c)};
    const char **names = yd_arena_alloc(own->report.arena, count, sizeof *names);
    if (!names) return out_of_memory(own);
    memcpy((void *)names, own->names.data, count * sizeof *names);
    own->report.class_count = (int)count;
    own->report.names = names;
    own->report.rows = rows;
    return true;
}

static int compare_places(const yd_confusion_entry *a, const yd_confusion_entry *b)
{
    if (a->predicted != b->predicted) return a->predicted < b->predicted ? -1 : 1;
    return a->truth < b->truth ? -1 : a->truth > b->truth;
}

static int compare_entries(const void *a, const void *b)
{
    return compare_places(a, b);
}

static bool make_entries(gathered *own)
{
    size_t count = own->entries.count;
    yd_confusion_entry *entries = yd_arena_alloc(own->report.arena, count + 1, sizeof *entries);
    if (!entries) return out_of_memory(own);
    if (count) memcpy(entries, own->entries.data, count * sizeof *entries);
    qsort(entries, count, sizeof *entries, compare_entries);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].predicted > own->report.class_count || entries[i].truth > own->report.class_count)
            return false;
        if (i && compare_places(&entries[i - 1], &entries[i]) == 0) return false;
    }
    own->report.entries = entries;
    own->report.entry_count = (int)count;
    return true;
}

yd_status yd_class_report_read(const char *line, size_t length, yd_class_report *report, yd_error *error)
{
    double unknown = (double)NAN;
    gathered own = {.report = {.precision = unknown,
                               .recall = unknown,
                               .map50 = unknown,
                               .map50_95 = unknown,
                               .fitness = unknown,
                               .confidence = unknown,
                               .arena = yd_arena_create(0)},
                    .names.size = sizeof(const char *),
                    .entries.size = sizeof(yd_confusion_entry)};
    for (int i = 0; i < COLUMNS; i++) own.columns[i].size = sizeof(double);
    own.no_memory = !own.report.arena;
    bool whole = length <= YD_CLASS_LINE_LIMIT && !own.no_memory && parse(line, length, &own) &&
                 make_rows(&own) && make_entries(&own);
    yd_vector_free(&own.names);
    yd_vector_free(&own.entries);
    for (int i = 0; i < COLUMNS; i++) yd_vector_free(&own.columns[i]);
    *report = own.report;
    if (whole) return YD_OK;
    yd_class_report_free(report);
    if (own.no_memory) return yd_fail(error, YD_ERR_MEMORY, "no memory for a line of classes.jsonl");
    return yd_fail(error, YD_ERR_FORMAT,
                   "found no whole line of classes.jsonl, wanted an object with epoch, step, why, names and "
                   "classes");
}

void yd_class_report_free(yd_class_report *report)
{
    yd_arena_destroy(report->arena);
    *report = (yd_class_report){0};
}

double yd_class_report_count(const yd_class_report *report, int predicted, int truth)
{
    const yd_confusion_entry key = {.predicted = predicted, .truth = truth};
    const yd_confusion_entry *found = NULL;
    if (report->entry_count)
        found = bsearch(&key, report->entries, (size_t)report->entry_count, sizeof key, compare_entries);
    return found ? found->count : 0;
}
