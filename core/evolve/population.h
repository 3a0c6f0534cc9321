/* The file that an evolution breeds from, as YOLOv5 keeps it, so that a population may come from there, go
 * back, or be shared.
 *
 *   evolve.csv (v7; in the run folder): a header of 7 results and the hyperparameters, each right-aligned in
 * 20 characters, comma-separated; a row a generation, %20.5g. evolve.txt (mid-2021; in the working
 * directory): no header; every time a generation is added all rows are written anew, each once, the fittest
 * first, %10.3g with a blank between: three digits survive.
 *
 * Beside it, in the run folder, the best so far as a hyperparameter file: hyp_evolve.yaml, hyp_evolved.yaml.
 */
#pragma once
#include "base/text.h"
#include "base/vector.h"
#include "config/preset.h"
#include "evolve/breed.h"

typedef struct yd_population {
    yd_wording wording;
    yd_genome genome;
    char path[4096], folder[4096]; /* the file; the run folder */
    yd_vector rows;                /* yd_individual, as the file has them */
} yd_population;

/* Where the file is: an absolute path. CONFIG where the working directory is not known. */
yd_status yd_population_open(yd_population *population, yd_wording wording, const yd_genome *genome,
                             const char *folder, yd_error *error);
void yd_population_free(yd_population *population);
int yd_population_count(const yd_population *population);
const yd_individual *yd_population_at(const yd_population *population, int i);

/* Reads the file anew: others may have added to it. None is an empty population. FORMAT with file and line
 * where its columns are not those of the genome, IO, MEMORY. */
yd_status yd_population_read(yd_population *population, yd_error *error);
/* Adds a generation to the file, unless it is there already, and reads it anew. */
yd_status yd_population_add(yd_population *population, const yd_individual *individual, yd_error *error);
/* Writes the file of the best so far; path (4200 bytes) says where it is. Nothing where the population is
 * empty. */
yd_status yd_population_write_best(const yd_population *population, char *path, yd_error *error);

/* What the log says of a generation, as the reference prints it; lines with their newlines. */
void yd_population_tell(const yd_population *population, const yd_individual *individual, yd_text *text);
