#include "evolve/breed.h"
#include "base/rng.h"
#include "series/fitness.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum purpose { PARENT = 1, MUTATION };
enum { MOST_DRAWS = 1000, DIGITS = 5 };

static const double probability = 0.8, sigma = 0.2, least_factor = 0.3, largest_factor = 3.0;

yd_genome yd_genome_of(const yd_hyp *hyp)
{
    yd_genome genome = {0};
    for (int key = 0; key < YD_HYP_COUNT; key++)
        if (hyp->present[key]) genome.keys[genome.count++] = (yd_hyp_key)key;
    return genome;
}

void yd_genome_put(const yd_genome *genome, const double *values, yd_hyp *hyp)
{
    for (int i = 0; i < genome->count; i++) *yd_hyp_value(hyp, genome->keys[i]) = values[i];
}

void yd_genome_get(const yd_genome *genome, const yd_hyp *hyp, double *values)
{
    yd_hyp copy = *hyp;
    for (int i = 0; i < genome->count; i++) values[i] = *yd_hyp_value(&copy, genome->keys[i]);
}

double yd_breed_fitness(const yd_individual *individual)
{
    double fitness = yd_fitness(individual->results[2], individual->results[3]);
    return isfinite(fitness) ? fitness : 0;
}

int yd_breed_fittest(const yd_individual *individuals, int count, int places[YD_BREED_PARENTS])
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        double fitness = yd_breed_fitness(&individuals[i]);
        int place = kept;
        while (place > 0 && yd_breed_fitness(&individuals[places[place - 1]]) < fitness) place--;
        if (place == YD_BREED_PARENTS) continue;
        if (kept < YD_BREED_PARENTS) kept++;
        for (int j = kept - 1; j > place; j--) places[j] = places[j - 1];
        places[place] = i;
    }
    return kept;
}

/* One of count, with the probability of its weight. */
static int draw(yd_rng *rng, const double *weights, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++) sum += weights[i];
    double at = yd_rng_uniform(rng) * sum;
    for (int i = 0; i < count - 1; i++) {
        at -= weights[i];
        if (at < 0) return i;
    }
    return count - 1;
}

void yd_breed_parent(const yd_genome *genome, const yd_individual *individuals, int count, yd_breed_mode mode,
                     uint64_t seed, int generation, double *values)
{
    int places[YD_BREED_PARENTS] = {0};
    double weights[YD_BREED_PARENTS] = {0}, sum = 0;
    int parents = yd_breed_fittest(individuals, count, places);
    if (parents == 0) return; /* nobody to take after */
    double least = yd_breed_fitness(&individuals[places[parents - 1]]);
    for (int i = 0; i < parents; i++) {
        weights[i] = yd_breed_fitness(&individuals[places[i]]) - least + 1e-6;
        sum += weights[i];
    }
    yd_rng rng = yd_rng_make(seed, (uint32_t)generation, 0, PARENT);
    const yd_individual *single = &individuals[places[draw(&rng, weights, parents)]];
    for (int gene = 0; gene < genome->count; gene++) {
        double mean = 0;
        for (int i = 0; i < parents; i++) mean += individuals[places[i]].values[gene] * (weights[i] / sum);
        values[gene] = mode == YD_BREED_SINGLE ? single->values[gene] : mean;
    }
}

/* The factors of a mutation, in the reference's order of draws. False where all of them are 1. */
static bool draw_factors(const yd_genome *genome, yd_rng *rng, double *factors)
{
    bool differs = false;
    bool mutates[YD_HYP_COUNT];
    for (int i = 0; i < genome->count; i++) mutates[i] = yd_rng_uniform(rng) < probability;
    for (int i = 0; i < genome->count; i++) factors[i] = yd_rng_normal(rng);
    double scale = yd_rng_uniform(rng) * sigma;
    for (int i = 0; i < genome->count; i++) {
        double gain = mutates[i] ? yd_hyp_gene_of(genome->keys[i]).gain : 0;
        factors[i] = fmin(fmax(gain * factors[i] * scale + 1, least_factor), largest_factor);
        differs |= factors[i] != 1;
    }
    return differs;
}

void yd_breed_mutate(const yd_genome *genome, uint64_t seed, int generation, double *values)
{
    double factors[YD_HYP_COUNT];
    for (uint32_t attempt = 0; attempt < MOST_DRAWS; attempt++) {
        yd_rng rng = yd_rng_make(seed, (uint32_t)generation, attempt, MUTATION);
        if (!draw_factors(genome, &rng, factors)) continue;
        for (int i = 0; i < genome->count; i++) values[i] *= factors[i];
        return;
    }
}

void yd_breed_limit(const yd_genome *genome, double *values)
{
    char text[64];
    for (int i = 0; i < genome->count; i++) {
        yd_hyp_gene gene = yd_hyp_gene_of(genome->keys[i]);
        double value = fmin(fmax(values[i], gene.low), gene.high);
        /* The nearest decimal, as Python's round finds it: by way of the digits. */
        snprintf(text, sizeof text, "%.*f", DIGITS, value);
        values[i] = strtod(text, NULL);
    }
}
