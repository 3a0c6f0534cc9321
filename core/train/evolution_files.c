#include "train/evolution_files.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "config/run_folder.h"
#include "event/registry.h"
#include "io/fetch.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_ledger(const char *folder)
{
    char path[4200];
    snprintf(path, sizeof path, "%.4096s/evolve.jsonl", folder);
    return yd_file_exists(path);
}

static bool is_one(const char *folder, char *out)
{
    if (!has_ledger(folder)) return false;
    yd_copy_text(out, 4096, folder);
    return true;
}

bool yd_evolution_files_find(const yd_options *options, char *folder)
{
    const char *name = options->resume;
    char path[4096], parent[4096];
    if (!name) return false;
    if (*name && yd_folder_exists(name)) return is_one(name, folder);
    if (yd_file_exists(name)) { /* its checkpoint */
        yd_path_parent(parent, sizeof parent, name);
        yd_path_parent(path, sizeof path, parent);
        return is_one(path, folder);
    }
    if (*name && yd_path_join(path, sizeof path, options->project, name) && yd_folder_exists(path))
        return is_one(path, folder);
    if (strchr(name, '/')) return false;
    return yd_run_find(name, path, sizeof path, NULL) == YD_OK && is_one(path, folder);
}

/* ---- opening ---- */

static yd_status check_beside(const yd_options *options, yd_error *error)
{
    if (options->evolve && options->branch[0])
        return yd_fail(error, YD_ERR_USAGE,
                       "--branch cannot be given beside --evolve: a generation begins with --weights");
    return YD_OK;
}

/* A file of hyperparameters without anchors gets three a level, as in the reference; with --noautoanchor none
 * evolve. */
static void settle_anchors(yd_evolution_files *files)
{
    yd_hyp *hyp = &files->hyp;
    if (files->options.noautoanchor)
        hyp->present[YD_HYP_anchors] = false, hyp->anchors = 0;
    else if (!hyp->present[YD_HYP_anchors])
        hyp->present[YD_HYP_anchors] = true, hyp->anchors = 3;
}

static yd_status load_hyp(yd_evolution_files *files, yd_error *error)
{
    const yd_options *options = &files->options;
    char path[4200];
    if (files->resumed)
        snprintf(path, sizeof path, "%s/hyp.yaml", files->folder);
    else if (options->hyp[0])
        YD_TRY(yd_fetch_config(YD_CONFIG_HYP, &files->preset, options->hyp, NULL, path, sizeof path, error));
    else
        return yd_fail(error, YD_ERR_CONFIG, "--hyp is empty: name a hyperparameter file");
    YD_TRY(yd_hyp_load(path, &files->hyp, error));
    for (int i = 0; i < options->set.count; i++)
        YD_TRY(yd_hyp_set(&files->hyp, options->set.values[i], error));
    settle_anchors(files);
    files->genome = yd_genome_of(&files->hyp);
    return YD_OK;
}

/* Evolutions have a place of their own: runs/evolve today, in mid-2021 one folder that all share. */
static void choose_place(yd_evolution_files *files)
{
    yd_options *options = &files->options;
    bool seed = files->preset.wording == YD_WORDING_SEED;
    if (seed)
        options->name = "evolve", options->exist_ok = true;
    else if (strcmp(options->project, "runs/train") == 0)
        options->project = "runs/evolve";
}

/* A ledger of which nothing can be read would be begun anew without a word; of one that lacks lines it is
 * said which generations there are. */
static yd_status check_ledger(const yd_evolution_files *files, const char *folder, yd_error *error)
{
    const yd_evolution *ledger = &files->ledger;
    int count = yd_evolution_count(ledger);
    if (ledger->torn)
        yd_log(YD_LOG_WARNING, "%s/evolve.jsonl: the last line was cut off and is left out", folder);
    if (!ledger->damaged) return YD_OK;
    if (count == 0 && files->resumed)
        return yd_fail(
            error, YD_ERR_FORMAT,
            "%s/evolve.jsonl: %d lines, and none tells of a generation: there is nothing to go on with",
            folder, ledger->damaged);
    yd_log(YD_LOG_WARNING, "%s/evolve.jsonl: %d damaged lines are left out: %d generations can be read",
           folder, ledger->damaged, count);
    return YD_OK;
}

/* What there is of a folder's evolution, and its population. */
static yd_status read_files(yd_evolution_files *files, const char *folder, yd_error *error)
{
    yd_evolution_free(&files->ledger);
    yd_population_free(&files->population);
    YD_TRY(yd_population_open(&files->population, files->preset.wording, &files->genome, folder, error));
    if (!has_ledger(folder)) return YD_OK;
    YD_TRY(yd_evolution_read(&files->ledger, folder, error));
    YD_TRY(check_ledger(files, folder, error));
    if (files->resumed && files->ledger.population[0]) /* where it was, wherever we are */
        yd_copy_text(files->population.path, sizeof files->population.path, files->ledger.population);
    return YD_OK;
}

/* The bucket's population, where it is the larger one (training.md, 11.3). What does not go through costs a
 * warning. */
static void fetch_population(const yd_evolution_files *files)
{
    const char *path = files->population.path, *name = yd_path_name(path);
    struct stat own;
    yd_error error = {0};
    int64_t theirs = 0, ours = stat(path, &own) == 0 ? (int64_t)own.st_size : 0;
    if (!files->shared) return;
    yd_status status = yd_bucket_size(&files->bucket, name, &theirs, &error);
    if (status == YD_OK && theirs > ours) status = yd_bucket_fetch(&files->bucket, name, path, &error);
    if (status != YD_OK) yd_log(YD_LOG_WARNING, "--bucket: %s", error.message);
}

static void send_population(const yd_evolution_files *files, const char *best)
{
    const char *paths[] = {files->population.path, best};
    yd_error error;
    for (int i = 0; i < 2 && files->shared; i++)
        if (yd_bucket_send(&files->bucket, paths[i], &error) != YD_OK)
            yd_log(YD_LOG_WARNING, "--bucket: %s", error.message);
}

static int generations_done(const yd_evolution *ledger)
{
    int count = yd_evolution_count(ledger);
    return count ? yd_evolution_at(ledger, count - 1)->number + 1 : 0;
}

static yd_status number(yd_evolution_files *files, bool given, yd_error *error)
{
    int64_t wanted = 0;
    if (!files->options.evolve || !yd_parse_int(files->options.evolve, &wanted))
        return yd_fail(error, YD_ERR_CONFIG, "%s: its opt.yaml has no evolve: it is no evolution's",
                       files->folder);
    const yd_evolution *ledger = &files->ledger;
    bool goes_on = files->resumed && ledger->wanted;
    files->begin = goes_on ? ledger->begin : generations_done(ledger);
    files->end = files->begin + (goes_on && !given ? ledger->wanted : (int)wanted);
    return YD_OK;
}

yd_status yd_evolution_files_open(yd_evolution_files *files, const yd_options *options, yd_error *error)
{
    char opt[4200], folder[4096] = "";
    *files = (yd_evolution_files){.options = *options, .ledger = YD_EVOLUTION};
    files->arena = yd_arena_create(0);
    if (!files->arena) return yd_fail(error, YD_ERR_MEMORY, "no memory to start with");
    bool given = options->evolve != NULL;
    files->resumed = yd_evolution_files_find(options, folder);
    YD_TRY(check_beside(options, error));
    if (files->resumed) {
        char *whole = realpath(folder, NULL);
        if (!whole) return yd_fail_errno(error, YD_ERR_CONFIG, "%s", folder);
        yd_copy_text(files->folder, sizeof files->folder, whole);
        free(whole);
        snprintf(opt, sizeof opt, "%s/opt.yaml", files->folder);
        YD_TRY(yd_options_resume(&files->options, opt, error));
    }
    files->options.resume = NULL; /* of generations: each has its order */
    YD_TRY(yd_preset_load(files->options.preset, files->arena, &files->preset, error));
    YD_TRY(yd_options_apply_preset(&files->options, &files->preset, error));
    files->breed = strcmp(files->options.breed, "weighted") == 0 ? YD_BREED_WEIGHTED : YD_BREED_SINGLE;
    YD_TRY(load_hyp(files, error));
    if (!files->resumed) choose_place(files);
    const char *place = files->folder;
    if (!files->resumed && files->options.exist_ok &&
        yd_path_join(folder, sizeof folder, files->options.project, files->options.name))
        place = folder;
    YD_TRY(read_files(files, place, error));
    files->shared = files->options.bucket[0] != '\0';
    if (files->shared) YD_TRY(yd_bucket_open(files->options.bucket, &files->bucket, error));
    /* Of a run whose folder is still to be made the population is fetched with the first generation. */
    if (files->resumed || yd_folder_exists(place) || files->preset.wording == YD_WORDING_SEED)
        fetch_population(files);
    return number(files, given, error);
}

void yd_evolution_files_close(yd_evolution_files *files)
{
    yd_evolution_free(&files->ledger);
    yd_population_free(&files->population);
    yd_arena_destroy(files->arena);
}

/* ---- writing ---- */

static yd_status append(const yd_evolution_files *files, yd_text *line, yd_error *error)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/evolve.jsonl", files->folder);
    return yd_file_append_text(path, line, error);
}

yd_status yd_evolution_files_settle(yd_evolution_files *files, yd_error *error)
{
    const yd_options *options = &files->options;
    yd_text line = {0};
    int wanted = files->end - files->begin;
    if (files->resumed && files->ledger.wanted == wanted) return YD_OK;
    if (!files->resumed) {
        YD_TRY(yd_run_folder_choose(options->project, options->name, options->exist_ok,
                                    files->preset.run_numbering, "weights", files->folder, error));
        char *whole = realpath(files->folder, NULL);
        if (!whole) return yd_fail_errno(error, YD_ERR_CONFIG, "%s", files->folder);
        yd_copy_text(files->folder, sizeof files->folder, whole);
        free(whole);
        YD_TRY(read_files(files, files->folder, error));
    }
    files->ledger.begin = files->begin;
    files->ledger.wanted = wanted;
    yd_copy_text(files->ledger.population, sizeof files->ledger.population, files->population.path);
    yd_evolution_begin_line(&files->ledger, yd_wall_clock_ns(), &line);
    return append(files, &line, error);
}

/* What a generation may leave that is not for the next one. A checkpoint goes before the generation is
 * written down, for good: else it would be taken for the next one's. */
static void forget_generation(const yd_evolution_files *files)
{
    char path[4200], folder[4200];
    snprintf(path, sizeof path, "%s/tweaks.jsonl", files->folder);
    unlink(path);
    snprintf(folder, sizeof folder, "%s/weights", files->folder);
    snprintf(path, sizeof path, "%s/weights/last.pt", files->folder);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool gone = unlink(path) == 0 && fd >= 0 && fsync(fd) == 0;
    if (!gone && errno != ENOENT) yd_log(YD_LOG_DEBUG, "%s: not removed for good", path);
    if (fd >= 0) close(fd);
}

static void tell(const yd_evolution_files *files, const yd_individual *individual)
{
    yd_text text = {0};
    char *rest = NULL;
    yd_population_tell(&files->population, individual, &text);
    char *line = text.data ? strtok_r(text.data, "\n", &rest) : NULL;
    for (; line; line = strtok_r(NULL, "\n", &rest)) yd_log(YD_LOG_INFO, "%s", line);
    yd_text_free(&text);
}

static yd_status add_to_population(yd_evolution_files *files, const yd_generation_record *record,
                                   yd_error *error)
{
    yd_individual individual = {0};
    char path[4200];
    memcpy(individual.results, record->results, sizeof individual.results);
    for (int i = 0; i < files->genome.count; i++) {
        int gene = yd_evolution_gene(&files->ledger, yd_hyp_name(files->genome.keys[i]));
        individual.values[i] = gene >= 0 ? record->values[gene] : (double)NAN;
    }
    fetch_population(files);
    YD_TRY(yd_population_add(&files->population, &individual, error));
    YD_TRY(yd_population_write_best(&files->population, path, error));
    send_population(files, path);
    return YD_OK;
}

yd_status yd_evolution_files_breed(yd_evolution_files *files, int generation, yd_hyp *hyp, yd_error *error)
{
    double values[YD_HYP_COUNT];
    yd_population *population = &files->population;
    *hyp = files->hyp;
    YD_TRY(yd_population_read(population, error));
    if (yd_population_count(population)) {
        uint64_t seed = (uint64_t)files->options.seed;
        yd_breed_parent(&files->genome, population->rows.data, yd_population_count(population), files->breed,
                        seed, generation, values);
        yd_breed_mutate(&files->genome, seed, generation, values);
    } else {
        yd_genome_get(&files->genome, hyp, values);
    }
    yd_breed_limit(&files->genome, values);
    yd_genome_put(&files->genome, values, hyp);
    return YD_OK;
}

yd_status yd_evolution_files_record(yd_evolution_files *files, const yd_hyp *hyp,
                                    yd_generation_record *record, bool *best, yd_error *error)
{
    yd_text line = {0};
    double values[YD_HYP_COUNT] = {0};
    yd_evolution *ledger = &files->ledger;
    int before = yd_evolution_best(ledger);
    yd_genome_get(&files->genome, hyp, values);
    yd_individual individual = {0};
    memcpy(individual.values, values, sizeof values);
    memcpy(individual.results, record->results, sizeof individual.results);
    record->fitness = yd_breed_fitness(&individual);
    for (int i = 0; i < YD_EVOLUTION_GENES; i++) record->values[i] = (double)NAN;
    for (int i = 0; i < files->genome.count; i++) {
        int gene = yd_evolution_add_gene(ledger, yd_hyp_name(files->genome.keys[i]));
        if (gene >= 0) record->values[gene] = values[i];
    }
    *best = before < 0 || record->fitness > yd_evolution_at(ledger, before)->fitness;
    forget_generation(files);
    yd_evolution_line(ledger, record, &line);
    YD_TRY(append(files, &line, error));
    if (!yd_vector_push(&ledger->generations, record))
        return yd_fail(error, YD_ERR_MEMORY, "no memory for generation %d", record->number);
    YD_TRY(add_to_population(files, record, error));
    tell(files, &individual);
    return YD_OK;
}

int yd_evolution_files_next(const yd_evolution_files *files, char *checkpoint)
{
    snprintf(checkpoint, 4200, "%s/weights/last.pt", files->folder);
    if (!files->resumed || !yd_file_exists(checkpoint)) checkpoint[0] = '\0';
    return generations_done(&files->ledger);
}

yd_status yd_evolution_files_mend(yd_evolution_files *files, yd_error *error)
{
    int count = yd_evolution_count(&files->ledger);
    return count ? add_to_population(files, yd_evolution_at(&files->ledger, count - 1), error) : YD_OK;
}
