/* What an evolution stands on and what it leaves behind: options, the hyperparameters it begins with, the
 * population it breeds from, and RUN/evolve.jsonl. */
#pragma once
#include "config/options.h"
#include "evolve/population.h"
#include "series/evolution.h"
#include "train/bucket.h"

typedef struct yd_evolution_files {
    yd_arena *arena;
    yd_options options;
    yd_preset preset;
    yd_hyp hyp; /* the first generation's, where there is no population */
    yd_genome genome;
    yd_breed_mode breed;
    bool resumed;
    char folder[4096]; /* "": a new run, whose folder is not chosen yet */
    yd_population population;
    yd_evolution ledger;
    bool shared; /* by a bucket */
    yd_bucket bucket;
    int begin, end; /* the first generation of the evolution as it was asked for, and behind its last */
} yd_evolution_files;

/* The folder (4096 bytes) of the evolution that --resume means; false where it means none. */
bool yd_evolution_files_find(const yd_options *options, char *folder);

/* Reads and checks options, preset and hyperparameters, and what there is of an evolution that goes on. */
yd_status yd_evolution_files_open(yd_evolution_files *files, const yd_options *options, yd_error *error);
void yd_evolution_files_close(yd_evolution_files *files);
/* Makes the folder of a new run, and writes down that the session begins. Nothing more of one that is resumed
 * but the latter, where it is to last longer now. */
yd_status yd_evolution_files_settle(yd_evolution_files *files, yd_error *error);

/* The hyperparameters of a generation. */
yd_status yd_evolution_files_breed(yd_evolution_files *files, int generation, yd_hyp *hyp, yd_error *error);
/* A generation is done: its line, the population, the file of the best, and the log. *best: it is the fittest
 * so far. record: number, results, seconds, failed and time are given; all else is filled in. */
yd_status yd_evolution_files_record(yd_evolution_files *files, const yd_hyp *hyp,
                                    yd_generation_record *record, bool *best, yd_error *error);
/* The generation to go on with, and the checkpoint (4200 bytes) of it where it was stopped, else "". */
int yd_evolution_files_next(const yd_evolution_files *files, char *checkpoint);
/* Of an evolution that goes on: what its last session could not add to the population any more. */
yd_status yd_evolution_files_mend(yd_evolution_files *files, yd_error *error);
