/* An evolution of hyperparameters, generation by generation: what its engine keeps (RUN/evolve.jsonl), or
 * what YOLOv5 does (evolve.csv). Consoles and plots read it.
 *
 * evolve.jsonl has an object a line. A session's first says what it goes on with:
 *   {"begin": 0, "generations": 300, "population": "/runs/evolve/exp/evolve.csv", "time": 1764289000.123}
 * and each generation leaves one behind; failed is "" or why it has no results (which are 0 then):
 *   {"generation": 3, "fitness": 0.412, "results": [P, R, mAP@.5, mAP@.5:.95, box, obj, cls], "seconds":
 * 812.5, "failed": "", "time": 1764289900.5, "hyp": {"lr0": 0.01, …}} All numbers read back as the doubles
 * they were. */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include "base/vector.h"
#include <stdbool.h>
#include <stdint.h>

enum { YD_EVOLUTION_GENES = 64, YD_EVOLUTION_RESULTS = 7, YD_EVOLUTION_MOST = 10000000 };

typedef struct yd_generation_record {
    int number;                           /* 0, 1, 2, … */
    double fitness;                       /* 0 where it failed or is not finite */
    double results[YD_EVOLUTION_RESULTS]; /* P, R, mAP@.5, mAP@.5:.95, validation losses box, obj, cls */
    double values[YD_EVOLUTION_GENES];    /* of the hyperparameters, as in genes; NAN: it had none */
    double seconds;                       /* that it took; NAN: not known */
    int64_t wall_ns;                      /* when it was done; 0: not known */
    char failed[96];
} yd_generation_record;

/* Zero-initialise with YD_EVOLUTION. */
typedef struct yd_evolution {
    int gene_count;
    char genes[YD_EVOLUTION_GENES][32]; /* names of hyperparameters, in the order of their first mention */
    yd_vector generations;              /* yd_generation_record, in the order of the file */
    int begin, wanted;     /* of the last session: its first generation, and how many; 0, 0: not known */
    char population[4096]; /* of the last session: the file it breeds from; "": not known */
    int damaged;           /* lines that yd_evolution_read had to leave out */
    bool torn;             /* the last line has no end: it was being written when its process was ended */
} yd_evolution;
#define YD_EVOLUTION ((yd_evolution){.generations.size = sizeof(yd_generation_record)})

void yd_evolution_free(yd_evolution *evolution);
int yd_evolution_count(const yd_evolution *evolution);
const yd_generation_record *yd_evolution_at(const yd_evolution *evolution, int i);
/* The place of a hyperparameter among the genes; -1: none. */
int yd_evolution_gene(const yd_evolution *evolution, const char *name);
/* The same; a new one where it was not known. -1: there is no room for more. */
int yd_evolution_add_gene(yd_evolution *evolution, const char *name);
/* The fittest (of equals the first), as an index; -1: there is none. */
int yd_evolution_best(const yd_evolution *evolution);

/* Least, mean and largest value of a gene over the generations [first, end); NAN where none has it. */
typedef struct yd_evolution_spread {
    double low, mean, high;
} yd_evolution_spread;
yd_evolution_spread yd_evolution_spread_of(const yd_evolution *evolution, int gene, int first, int end);

/* Adds the lines of an evolve.jsonl. Returns how many are no such objects, a torn last one too; -1 where
 * memory is out. */
int yd_evolution_parse(yd_evolution *evolution, const char *text, size_t length);
/* The same of an evolve.csv, whose rows are numbered from 0; its header names the genes. FORMAT with file and
 * line, MEMORY. path is for messages. */
yd_status yd_evolution_parse_table(yd_evolution *evolution, const char *text, size_t length, const char *path,
                                   yd_error *error);
/* Of a run folder: evolve.jsonl, whose damaged lines are counted, else evolve.csv. DATA where it has neither;
 * IO, FORMAT, MEMORY. */
yd_status yd_evolution_read(yd_evolution *evolution, const char *folder, yd_error *error);

/* The lines of the ledger, each with its newline. */
void yd_evolution_begin_line(const yd_evolution *evolution, int64_t wall_ns, yd_text *text);
void yd_evolution_line(const yd_evolution *evolution, const yd_generation_record *record, yd_text *text);
