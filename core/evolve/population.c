#include "evolve/population.h"
#include "base/file.h"
#include "series/evolution.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 256 << 20, MOST_COLUMNS = YD_BREED_RESULTS + YD_HYP_COUNT };

static const char *const result_names[YD_BREED_RESULTS] = {
    "metrics/precision", "metrics/recall", "metrics/mAP_0.5", "metrics/mAP_0.5:0.95",
    "val/box_loss",      "val/obj_loss",   "val/cls_loss"};

yd_status yd_population_open(yd_population *population, yd_wording wording, const yd_genome *genome,
                             const char *folder, yd_error *error)
{
    *population = (yd_population){.wording = wording, .genome = *genome, .rows.size = sizeof(yd_individual)};
    yd_copy_text(population->folder, sizeof population->folder, folder);
    char here[4096] = "";
    if (wording == YD_WORDING_SEED && !getcwd(here, sizeof here))
        return yd_fail_errno(error, YD_ERR_CONFIG, "evolve.txt: the working directory is not known");
    bool fits = wording == YD_WORDING_SEED
                    ? yd_path_join(population->path, sizeof population->path, here, "evolve.txt")
                    : yd_path_join(population->path, sizeof population->path, folder, "evolve.csv");
    return fits ? YD_OK
                : yd_fail(error, YD_ERR_CONFIG, "%.60s: the path of the population is too long", folder);
}

void yd_population_free(yd_population *population)
{
    yd_vector_free(&population->rows);
}

int yd_population_count(const yd_population *population)
{
    return (int)population->rows.count;
}

const yd_individual *yd_population_at(const yd_population *population, int i)
{
    return &YD_AT(yd_individual, &population->rows, i);
}

static yd_status push(yd_population *population, const yd_individual *individual, yd_error *error)
{
    if (yd_vector_push(&population->rows, individual)) return YD_OK;
    return yd_fail(error, YD_ERR_MEMORY, "%s: no memory for its rows", population->path);
}

/* ---- reading ---- */

static yd_status read_csv(yd_population *population, const char *text, size_t length, yd_error *error)
{
    const yd_genome *genome = &population->genome;
    yd_evolution table = YD_EVOLUTION;
    int places[YD_HYP_COUNT] = {0};
    yd_status status = yd_evolution_parse_table(&table, text, length, population->path, error);
    for (int i = 0; i < genome->count && status == YD_OK; i++) {
        places[i] = yd_evolution_gene(&table, yd_hyp_name(genome->keys[i]));
        if (places[i] < 0)
            status = yd_fail(error, YD_ERR_FORMAT,
                             "%s:1: there is no column %s, which the hyperparameter file has",
                             population->path, yd_hyp_name(genome->keys[i]));
    }
    for (int row = 0; row < yd_evolution_count(&table) && status == YD_OK; row++) {
        const yd_generation_record *record = yd_evolution_at(&table, row);
        yd_individual individual = {0};
        memcpy(individual.results, record->results, sizeof individual.results);
        for (int i = 0; i < genome->count; i++) individual.values[i] = record->values[places[i]];
        status = push(population, &individual, error);
    }
    yd_evolution_free(&table);
    return status;
}

/* A line's numbers, blanks between; how many there are, -1 where something else stands there. */
static int read_numbers(char *line, double *out, int capacity)
{
    int count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " \t\r", &rest); word; word = strtok_r(NULL, " \t\r", &rest), count++) {
        double value = (double)NAN;
        if (strcmp(word, "nan") != 0 && !yd_parse_double(word, &value)) return -1;
        if (count < capacity) out[count] = value;
    }
    return count;
}

static yd_status read_txt(yd_population *population, char *text, yd_error *error)
{
    const yd_genome *genome = &population->genome;
    double numbers[MOST_COLUMNS];
    int number = 0, wanted = YD_BREED_RESULTS + genome->count;
    for (char *line = text, *next; line && *line; line = next) {
        char *newline = strchr(line, '\n');
        next = newline ? newline + 1 : NULL;
        if (newline) *newline = '\0';
        number++;
        int count = read_numbers(line, numbers, MOST_COLUMNS);
        if (!count) continue;
        if (count != wanted)
            return yd_fail(error, YD_ERR_FORMAT,
                           "%s:%d: wanted %d numbers (7 results and the %d hyperparameters of the file)%s",
                           population->path, number, wanted, genome->count,
                           count < 0 ? ", found something else" : "");
        yd_individual individual = {0};
        memcpy(individual.results, numbers, sizeof individual.results);
        memcpy(individual.values, numbers + YD_BREED_RESULTS, (size_t)genome->count * sizeof(double));
        YD_TRY(push(population, &individual, error));
    }
    return YD_OK;
}

yd_status yd_population_read(yd_population *population, yd_error *error)
{
    char *text;
    size_t length;
    population->rows.count = 0;
    if (!yd_file_exists(population->path)) return YD_OK;
    YD_TRY(yd_file_read(population->path, MOST_BYTES, &text, &length, error));
    yd_status status = population->wording == YD_WORDING_SEED ? read_txt(population, text, error)
                                                              : read_csv(population, text, length, error);
    free(text);
    return status;
}

/* ---- writing ---- */

static double column_of(const yd_individual *individual, int column)
{
    return yd_unsigned_nan(column < YD_BREED_RESULTS ? individual->results[column]
                                                     : individual->values[column - YD_BREED_RESULTS]);
}

static const char *column_name(const yd_genome *genome, int column)
{
    return column < YD_BREED_RESULTS ? result_names[column]
                                     : yd_hyp_name(genome->keys[column - YD_BREED_RESULTS]);
}

static void add_names(const yd_genome *genome, const char *between, yd_text *text)
{
    for (int c = 0; c < YD_BREED_RESULTS + genome->count; c++)
        yd_text_addf(text, "%s%20s", c ? between : "", column_name(genome, c));
}

static void add_row(const yd_genome *genome, const yd_individual *individual, const char *between,
                    yd_text *text)
{
    for (int c = 0; c < YD_BREED_RESULTS + genome->count; c++)
        yd_text_addf(text, "%s%20.5g", c ? between : "", column_of(individual, c));
}

/* The individual as the file keeps it: with as many digits. */
static yd_individual as_kept(const yd_population *population, const yd_individual *individual)
{
    yd_individual kept = *individual;
    bool seed = population->wording == YD_WORDING_SEED;
    for (int c = 0; c < YD_BREED_RESULTS + population->genome.count; c++) {
        char text[64];
        double *place = c < YD_BREED_RESULTS ? &kept.results[c] : &kept.values[c - YD_BREED_RESULTS];
        snprintf(text, sizeof text, "%.*g", seed ? 3 : 5, *place);
        *place = strtod(text, NULL);
    }
    return kept;
}

static int compare(const yd_genome *genome, const yd_individual *a, const yd_individual *b)
{
    for (int c = 0; c < YD_BREED_RESULTS + genome->count; c++) {
        double x = column_of(a, c), y = column_of(b, c);
        if (isnan(x) != isnan(y)) return isnan(x) ? 1 : -1;
        if (x != y && !isnan(x)) return x < y ? -1 : 1;
    }
    return 0;
}

static bool is_there(const yd_population *population, const yd_individual *kept)
{
    for (int i = 0; i < yd_population_count(population); i++)
        if (compare(&population->genome, yd_population_at(population, i), kept) == 0) return true;
    return false;
}

static yd_status append_csv(const yd_population *population, const yd_individual *individual, yd_error *error)
{
    yd_text text = {0};
    if (!yd_file_exists(population->path)) {
        add_names(&population->genome, ",", &text);
        yd_text_add(&text, "\n");
    }
    add_row(&population->genome, individual, ",", &text);
    yd_text_add(&text, "\n");
    return yd_file_append_text(population->path, &text, error);
}

/* All rows once, the fittest first, of equally fit ones in the order of their numbers. */
static void sort(yd_population *population)
{
    yd_individual *rows = population->rows.data;
    size_t count = 0;
    for (size_t i = 0; i < population->rows.count; i++) {
        const yd_individual row = rows[i];
        double fitness = yd_breed_fitness(&row);
        size_t place = 0;
        int order = -1;
        for (; place < count; place++) {
            double other = yd_breed_fitness(&rows[place]);
            order = fitness == other  ? compare(&population->genome, &row, &rows[place])
                    : fitness > other ? -1
                                      : 1;
            if (order <= 0) break;
        }
        if (place < count && order == 0) continue;
        memmove(rows + place + 1, rows + place, (count - place) * sizeof *rows);
        rows[place] = row;
        count++;
    }
    population->rows.count = count;
}

static yd_status rewrite_txt(yd_population *population, const yd_individual *individual, yd_error *error)
{
    yd_text text = {0};
    YD_TRY(push(population, individual, error));
    sort(population);
    for (int i = 0; i < yd_population_count(population); i++)
        for (int c = 0, columns = YD_BREED_RESULTS + population->genome.count; c < columns; c++)
            yd_text_addf(&text, "%10.3g%s", column_of(yd_population_at(population, i), c),
                         c == columns - 1 ? "\n" : " ");
    return yd_file_write_text(population->path, &text, error);
}

yd_status yd_population_add(yd_population *population, const yd_individual *individual, yd_error *error)
{
    YD_TRY(yd_population_read(population, error));
    const yd_individual kept = as_kept(population, individual);
    if (is_there(population, &kept)) return YD_OK;
    if (population->wording == YD_WORDING_SEED)
        YD_TRY(rewrite_txt(population, &kept, error));
    else
        YD_TRY(append_csv(population, individual, error));
    return yd_population_read(population, error);
}

static void add_heading(const yd_population *population, const yd_individual *best, int place, yd_text *text)
{
    int count = yd_population_count(population);
    if (population->wording == YD_WORDING_SEED) {
        yd_text_addf(text, "# Hyperparameter Evolution Results\n# Generations: %d\n# Metrics: ", count);
        for (int c = 0; c < YD_BREED_RESULTS; c++) yd_text_addf(text, "%10.4g", column_of(best, c));
    } else {
        yd_text_addf(text, "# YOLOv5 Hyperparameter Evolution Results\n# Best generation: %d\n", place);
        yd_text_addf(text, "# Last generation: %d\n# ", count - 1);
        for (int c = 0; c < YD_BREED_RESULTS; c++)
            yd_text_addf(text, "%s%20s", c ? ", " : "", result_names[c]);
        yd_text_add(text, "\n# ");
        for (int c = 0; c < YD_BREED_RESULTS; c++)
            yd_text_addf(text, "%s%20.5g", c ? ", " : "", column_of(best, c));
    }
    yd_text_add(text, "\n\n");
}

yd_status yd_population_write_best(const yd_population *population, char *path, yd_error *error)
{
    int places[YD_BREED_PARENTS];
    yd_text text = {0};
    yd_hyp hyp = {0};
    const yd_genome *genome = &population->genome;
    bool seed = population->wording == YD_WORDING_SEED;
    snprintf(path, 4200, "%.4096s/%s", population->folder, seed ? "hyp_evolved.yaml" : "hyp_evolve.yaml");
    if (!yd_breed_fittest(population->rows.data, yd_population_count(population), places)) return YD_OK;
    const yd_individual *best = yd_population_at(population, places[0]);
    for (int i = 0; i < genome->count; i++) hyp.present[genome->keys[i]] = true;
    yd_genome_put(genome, best->values, &hyp);
    add_heading(population, best, places[0], &text);
    yd_status status = yd_hyp_write(&hyp, &text, error);
    if (status == YD_OK) return yd_file_write_text(path, &text, error);
    yd_text_free(&text);
    return status;
}

void yd_population_tell(const yd_population *population, const yd_individual *individual, yd_text *text)
{
    const yd_genome *genome = &population->genome;
    if (population->wording == YD_WORDING_SEED) {
        for (int i = 0; i < genome->count; i++) yd_text_addf(text, "%10s", yd_hyp_name(genome->keys[i]));
        yd_text_add(text, "\n");
        for (int i = 0; i < genome->count; i++)
            yd_text_addf(text, "%10.3g", yd_unsigned_nan(individual->values[i]));
        yd_text_add(text, "\nEvolved fitness: ");
        for (int c = 0; c < YD_BREED_RESULTS; c++) yd_text_addf(text, "%10.4g", column_of(individual, c));
        yd_text_add(text, "\n");
        return;
    }
    yd_text_addf(text, "%d generations finished, current result:\n", yd_population_count(population));
    add_names(genome, ", ", text);
    yd_text_add(text, "\n");
    add_row(genome, individual, ", ", text);
    yd_text_add(text, "\n");
}
