/* Any bytes as evolve.jsonl, and as the evolve.csv and evolve.txt that generations are bred from: what is
 * read is in order and finite where it is worked with, is read back as it was written, and breeds
 * hyperparameters within bounds. */
#include "series/evolution.h"
#include "evolve/population.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ledger(const uint8_t *data, size_t size)
{
    yd_evolution found = YD_EVOLUTION, again = YD_EVOLUTION;
    yd_text text = {0};
    yd_evolution_parse(&found, (const char *)data, size);
    YD_ASSERT(found.gene_count >= 0 && found.gene_count <= YD_EVOLUTION_GENES);
    for (int i = 0; i < yd_evolution_count(&found); i++) {
        const yd_generation_record *record = yd_evolution_at(&found, i);
        YD_ASSERT(isfinite(record->fitness) &&
                  record->number > (i ? yd_evolution_at(&found, i - 1)->number : -1));
        yd_evolution_line(&found, record, &text);
    }
    YD_ASSERT(text.failed || yd_evolution_parse(&again, text.data ? text.data : "", text.length) == 0);
    YD_ASSERT(text.failed || yd_evolution_count(&again) == yd_evolution_count(&found));
    for (int gene = 0; gene < found.gene_count; gene++)
        yd_evolution_spread_of(&found, gene, 0, yd_evolution_count(&found));
    yd_text_free(&text);
    yd_evolution_free(&found);
    yd_evolution_free(&again);
}

static void breed_from(const yd_population *population, const yd_genome *genome)
{
    double values[YD_HYP_COUNT];
    const yd_individual *all = yd_population_at(population, 0);
    for (int generation = 1; generation < 4; generation++) {
        yd_breed_mode mode = generation % 2 ? YD_BREED_SINGLE : YD_BREED_WEIGHTED;
        yd_breed_parent(genome, all, yd_population_count(population), mode, 1, generation, values);
        yd_breed_mutate(genome, 1, generation, values);
        yd_breed_limit(genome, values);
        for (int i = 0; i < genome->count; i++) YD_ASSERT(isfinite(values[i]));
    }
}

static void check_population(yd_wording wording, const char *path)
{
    yd_population population = {.wording = wording, .rows.size = sizeof(yd_individual)};
    yd_genome *genome = &population.genome;
    for (int key = 0; key < YD_HYP_COUNT && genome->count < 3; key++)
        genome->keys[genome->count++] = (yd_hyp_key)key;
    snprintf(population.path, sizeof population.path, "%s", path);
    if (yd_population_read(&population, NULL) == YD_OK && yd_population_count(&population))
        breed_from(&population, genome);
    yd_population_free(&population);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Three hyperparameters, below the header that a csv must have. */
    static const char results[] =
        "metrics/precision,metrics/recall,metrics/mAP_0.5,metrics/mAP_0.5:0.95,val/box_loss,"
        "val/obj_loss,val/cls_loss";
    char path[64], header[512];
    check_ledger(data, size);
    int fd = memfd_create("population", MFD_CLOEXEC);
    if (fd < 0) return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (write(fd, data, size) == (ssize_t)size) {
        check_population(YD_WORDING_SEED, path);
        check_population(YD_WORDING_V7, path);
    }
    int length = snprintf(header, sizeof header, "%s,%s,%s,%s\n", results, yd_hyp_name(0), yd_hyp_name(1),
                          yd_hyp_name(2));
    if (ftruncate(fd, 0) == 0 && pwrite(fd, header, (size_t)length, 0) == length &&
        pwrite(fd, data, size, length) == (ssize_t)size)
        check_population(YD_WORDING_V7, path);
    close(fd);
    return 0;
}
