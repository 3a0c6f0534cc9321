#include "series/evolution.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_reader.h"
#include "series/fitness.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 256 << 20 };

void yd_evolution_free(yd_evolution *evolution)
{
    yd_vector_free(&evolution->generations);
    *evolution = YD_EVOLUTION;
}

int yd_evolution_count(const yd_evolution *evolution)
{
    return (int)evolution->generations.count;
}

const yd_generation_record *yd_evolution_at(const yd_evolution *evolution, int i)
{
    return &YD_AT(yd_generation_record, &evolution->generations, i);
}

int yd_evolution_gene(const yd_evolution *evolution, const char *name)
{
    int gene = evolution->gene_count;
    while (gene-- && strcmp(evolution->genes[gene], name) != 0) continue;
    return gene;
}

int yd_evolution_best(const yd_evolution *evolution)
{
    int best = -1;
    for (int i = 0; i < yd_evolution_count(evolution); i++)
        if (best < 0 || yd_evolution_at(evolution, i)->fitness > yd_evolution_at(evolution, best)->fitness)
            best = i;
    return best;
}

yd_evolution_spread yd_evolution_spread_of(const yd_evolution *evolution, int gene, int first, int end)
{
    yd_evolution_spread spread = {(double)NAN, (double)NAN, (double)NAN};
    double sum = 0;
    int count = 0;
    for (int i = first; i < end; i++) {
        double value = yd_evolution_at(evolution, i)->values[gene];
        if (isnan(value)) continue;
        sum += value;
        spread.low = fmin(spread.low, value); /* fmin passes over NAN */
        spread.high = fmax(spread.high, value);
        count++;
    }
    if (count) spread.mean = sum / count;
    return spread;
}

int yd_evolution_add_gene(yd_evolution *evolution, const char *name)
{
    int gene = yd_evolution_gene(evolution, name);
    if (gene >= 0 || evolution->gene_count == YD_EVOLUTION_GENES || !*name) return gene;
    gene = evolution->gene_count++;
    yd_copy_text(evolution->genes[gene], sizeof evolution->genes[gene], name);
    for (int i = 0; i < yd_evolution_count(evolution); i++)
        YD_AT(yd_generation_record, &evolution->generations, i).values[gene] = (double)NAN;
    return gene;
}

static yd_generation_record nothing(void)
{
    yd_generation_record record = {.number = -1, .seconds = (double)NAN, .fitness = (double)NAN};
    for (int i = 0; i < YD_EVOLUTION_GENES; i++) record.values[i] = (double)NAN;
    for (int i = 0; i < YD_EVOLUTION_RESULTS; i++) record.results[i] = (double)NAN;
    return record;
}

/* ---- evolve.jsonl ---- */

typedef struct session {
    int begin, wanted;
    char population[4096];
} session;

static bool read_time(yd_json_reader *reader, int64_t *wall_ns)
{
    double seconds = 0;
    bool read = yd_json_read_number(reader, &seconds);
    if (seconds > 0 && seconds < 9e9) *wall_ns = (int64_t)rint(seconds * 1e3) * 1000000;
    return read;
}

static bool read_whole(yd_json_reader *reader, int *value)
{
    int64_t found = 0;
    bool read = yd_json_read_integer(reader, 0, YD_EVOLUTION_MOST, &found);
    if (read) *value = (int)found;
    return read;
}

static bool read_results(yd_json_reader *reader, yd_generation_record *record)
{
    int count = 0;
    double value = 0;
    yd_json_read_open(reader, '[');
    while (yd_json_read_more(reader) && yd_json_read_number(reader, &value))
        if (count < YD_EVOLUTION_RESULTS) record->results[count++] = value;
    return !reader->failed && count == YD_EVOLUTION_RESULTS;
}

static bool read_values(yd_evolution *evolution, yd_json_reader *reader, yd_generation_record *record)
{
    char name[sizeof evolution->genes[0]];
    double value = 0;
    yd_json_read_open(reader, '{');
    while (yd_json_read_key(reader, name, sizeof name) && yd_json_read_number(reader, &value)) {
        int gene = yd_evolution_add_gene(evolution, name);
        if (gene >= 0) record->values[gene] = value;
    }
    return !reader->failed;
}

static bool read_member(yd_evolution *evolution, yd_json_reader *reader, const char *key, session *begun,
                        yd_generation_record *record)
{
    if (strcmp(key, "begin") == 0) return read_whole(reader, &begun->begin);
    if (strcmp(key, "generations") == 0) return read_whole(reader, &begun->wanted);
    if (strcmp(key, "population") == 0)
        return yd_json_read_string(reader, begun->population, sizeof begun->population);
    if (strcmp(key, "generation") == 0) return read_whole(reader, &record->number);
    if (strcmp(key, "fitness") == 0) return yd_json_read_number(reader, &record->fitness);
    if (strcmp(key, "results") == 0) return read_results(reader, record);
    if (strcmp(key, "seconds") == 0) return yd_json_read_number(reader, &record->seconds);
    if (strcmp(key, "failed") == 0) return yd_json_read_string(reader, record->failed, sizeof record->failed);
    if (strcmp(key, "time") == 0) return read_time(reader, &record->wall_ns);
    if (strcmp(key, "hyp") == 0) return read_values(evolution, reader, record);
    return yd_json_read_skip(reader);
}

/* 1: taken in; 0: it is no line of such a file; -1: memory is out. A generation that is there already was
 * told of twice (a run of this number was cut before it could be bred from): the later one holds. */
static int take_line(yd_evolution *evolution, const char *line, size_t length)
{
    yd_json_reader reader;
    char key[32];
    session begun = {.begin = -1};
    yd_generation_record record = nothing();
    yd_json_read_start(&reader, line, length);
    yd_json_read_open(&reader, '{');
    while (yd_json_read_key(&reader, key, sizeof key))
        if (!read_member(evolution, &reader, key, &begun, &record)) return 0;
    if (!yd_json_read_end(&reader)) return 0;
    if (begun.begin >= 0) {
        evolution->begin = begun.begin;
        evolution->wanted = begun.wanted;
        yd_copy_text(evolution->population, sizeof evolution->population, begun.population);
        return 1;
    }
    if (record.number < 0) return 0;
    if (!isfinite(record.fitness)) record.fitness = 0;
    size_t *count = &evolution->generations.count;
    while (*count && yd_evolution_at(evolution, (int)*count - 1)->number >= record.number) --*count;
    return yd_vector_push(&evolution->generations, &record) ? 1 : -1;
}

int yd_evolution_parse(yd_evolution *evolution, const char *text, size_t length)
{
    int bad = 0;
    for (const char *line = text, *end = text + length; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t line_length = (size_t)((newline ? newline : end) - line);
        int taken = newline && line_length ? take_line(evolution, line, line_length) : !line_length;
        if (taken < 0) return -1;
        bad += !taken;
        line += line_length + 1;
    }
    return bad;
}

void yd_evolution_begin_line(const yd_evolution *evolution, int64_t wall_ns, yd_text *text)
{
    yd_json json;
    yd_json_start(&json, text);
    yd_json_open(&json, NULL, '{');
    yd_json_integer(&json, "begin", evolution->begin);
    yd_json_integer(&json, "generations", evolution->wanted);
    yd_json_string(&json, "population", evolution->population);
    yd_json_time(&json, "time", wall_ns);
    yd_json_close(&json, '}');
    yd_text_add(text, "\n");
}

void yd_evolution_line(const yd_evolution *evolution, const yd_generation_record *record, yd_text *text)
{
    yd_json json;
    yd_json_start(&json, text);
    yd_json_open(&json, NULL, '{');
    yd_json_integer(&json, "generation", record->number);
    yd_json_exact(&json, "fitness", record->fitness);
    yd_json_open(&json, "results", '[');
    for (int i = 0; i < YD_EVOLUTION_RESULTS; i++) yd_json_exact(&json, NULL, record->results[i]);
    yd_json_close(&json, ']');
    yd_json_exact(&json, "seconds", record->seconds);
    yd_json_string(&json, "failed", record->failed);
    yd_json_time(&json, "time", record->wall_ns);
    yd_json_open(&json, "hyp", '{');
    for (int gene = 0; gene < evolution->gene_count; gene++)
        if (!isnan(record->values[gene])) yd_json_exact(&json, evolution->genes[gene], record->values[gene]);
    yd_json_close(&json, '}');
    yd_json_close(&json, '}');
    yd_text_add(text, "\n");
}

/* ---- evolve.csv ---- */

/* The next cell of a line without the blanks around it; false where the line has no more. *cell is moved. */
static bool next_cell(const char **cell, const char *end, char *out, size_t capacity)
{
    if (*cell > end) return false;
    const char *comma = memchr(*cell, ',', (size_t)(end - *cell)), *stop = comma ? comma : end;
    const char *first = *cell, *last = stop;
    while (first < last && (*first == ' ' || *first == '\t')) first++;
    while (last > first && strchr(" \t\r", last[-1])) last--;
    size_t length = (size_t)(last - first);
    if (length >= capacity) length = capacity - 1;
    memcpy(out, first, length);
    out[length] = '\0';
    *cell = stop + 1;
    return true;
}

static yd_status read_header(yd_evolution *evolution, const char *line, const char *end, const char *path,
                             yd_error *error)
{
    char name[64];
    int column = 0;
    for (; next_cell(&line, end, name, sizeof name); column++) {
        if (column < YD_EVOLUTION_RESULTS) continue;
        int known = evolution->gene_count;
        if (yd_evolution_add_gene(evolution, name) < known)
            return yd_fail(error, YD_ERR_FORMAT,
                           "%s:1: column %d must name a hyperparameter of its own, found \"%s\"", path,
                           column + 1, name);
    }
    if (evolution->gene_count) return YD_OK;
    return yd_fail(error, YD_ERR_FORMAT, "%s:1: %d columns, wanted 7 of results and one a hyperparameter",
                   path, column);
}

static yd_status read_row(const yd_evolution *evolution, const char *line, const char *end, const char *where,
                          yd_generation_record *record, yd_error *error)
{
    char text[64];
    int column = 0, wanted = YD_EVOLUTION_RESULTS + evolution->gene_count;
    for (; next_cell(&line, end, text, sizeof text); column++) {
        double value = (double)NAN;
        if (strcmp(text, "nan") != 0 && !yd_parse_double(text, &value))
            return yd_fail(error, YD_ERR_FORMAT, "%s: column %d must be a number, found \"%s\"", where,
                           column + 1, text);
        if (column < YD_EVOLUTION_RESULTS)
            record->results[column] = value;
        else if (column < wanted)
            record->values[column - YD_EVOLUTION_RESULTS] = value;
    }
    if (column == wanted) return YD_OK;
    return yd_fail(error, YD_ERR_FORMAT, "%s: %d columns, wanted %d as in the header", where, column, wanted);
}

yd_status yd_evolution_parse_table(yd_evolution *evolution, const char *text, size_t length, const char *path,
                                   yd_error *error)
{
    int number = 0;
    for (const char *line = text, *end = text + length; line < end; number++) {
        const char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline : end;
        char where[4200];
        if (number == 0) {
            YD_TRY(read_header(evolution, line, stop, path, error));
        } else if (stop > line) {
            yd_generation_record record = nothing();
            snprintf(where, sizeof where, "%s:%d", path, number + 1);
            YD_TRY(read_row(evolution, line, stop, where, &record, error));
            record.number = yd_evolution_count(evolution);
            record.fitness = yd_fitness(record.results[2], record.results[3]);
            if (!isfinite(record.fitness)) record.fitness = 0;
            if (!yd_vector_push(&evolution->generations, &record))
                return yd_fail(error, YD_ERR_MEMORY, "%s: no memory for its rows", path);
        }
        line = stop + 1;
    }
    if (number) return YD_OK;
    return yd_fail(error, YD_ERR_FORMAT, "%s: the file is empty", path);
}

yd_status yd_evolution_read(yd_evolution *evolution, const char *folder, yd_error *error)
{
    char path[4200], *text;
    size_t length;
    snprintf(path, sizeof path, "%.4096s/evolve.jsonl", folder);
    if (yd_file_exists(path)) {
        YD_TRY(yd_file_read(path, MOST_BYTES, &text, &length, error));
        int bad = yd_evolution_parse(evolution, text, length);
        evolution->torn = length > 0 && text[length - 1] != '\n';
        evolution->damaged = bad < 0 ? 0 : bad - evolution->torn;
        free(text);
        return bad < 0 ? yd_fail(error, YD_ERR_MEMORY, "%s: no memory for its generations", path) : YD_OK;
    }
    snprintf(path, sizeof path, "%.4096s/evolve.csv", folder);
    if (!yd_file_exists(path))
        return yd_fail(error, YD_ERR_DATA, "%s: there is neither evolve.jsonl nor evolve.csv", folder);
    YD_TRY(yd_file_read(path, MOST_BYTES, &text, &length, error));
    yd_status status = yd_evolution_parse_table(evolution, text, length, path, error);
    free(text);
    return status;
}
