/* How a generation's hyperparameters come from those before it (training.md, 11.2): a parent from the
 * fittest, and a mutation of it. Every draw is a function of (seed, generation), so that an evolution that
 * was cut goes on as one that was not. */
#pragma once
#include "config/hyp.h"

enum { YD_BREED_RESULTS = 7, YD_BREED_PARENTS = 5 };

/* What is known of one set of hyperparameters. */
typedef struct yd_individual {
    double results[YD_BREED_RESULTS]; /* P, R, mAP@.5, mAP@.5:.95, validation losses box, obj, cls */
    double values[YD_HYP_COUNT];      /* as yd_genome has them */
} yd_individual;

/* The hyperparameters that evolve: those that their file gives, in its order. */
typedef struct yd_genome {
    int count;
    yd_hyp_key keys[YD_HYP_COUNT];
} yd_genome;

typedef enum yd_breed_mode {
    YD_BREED_SINGLE,  /* one of the fittest, drawn by how much fitter it is than the last of them */
    YD_BREED_WEIGHTED /* their mean, by the same weights */
} yd_breed_mode;

yd_genome yd_genome_of(const yd_hyp *hyp);
/* Of an individual; 0 where it is not finite. */
double yd_breed_fitness(const yd_individual *individual);

/* The fittest of count, at most five, best first, of equals the earlier: their places. Returns how many. */
int yd_breed_fittest(const yd_individual *individuals, int count, int places[YD_BREED_PARENTS]);
/* values[genome->count] of the parent of a generation; count is at least 1. */
void yd_breed_parent(const yd_genome *genome, const yd_individual *individuals, int count, yd_breed_mode mode,
                     uint64_t seed, int generation, double *values);
/* Mutates values in place: each by a factor around 1 with the probability 0.8, all of them by one scale that
 * is drawn too; drawn again until a factor differs from 1. Frozen ones (gain 0) keep their value. */
void yd_breed_mutate(const yd_genome *genome, uint64_t seed, int generation, double *values);
/* Into the limits of hyp.def, and to five decimals. Of frozen ones, and of generation 0, too. */
void yd_breed_limit(const yd_genome *genome, double *values);

/* hyp with these values, and back. */
void yd_genome_put(const yd_genome *genome, const double *values, yd_hyp *hyp);
void yd_genome_get(const yd_genome *genome, const yd_hyp *hyp, double *values);
