#include "train/carry_on.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "io/unfinished.h"
#include "sink/wandb_folder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

yd_status yd_carry_on_plan(yd_run *run, const yd_weights *weights, yd_error *error)
{
    const char *path = run->options.weights;
    if (!(run->preset.restore_from_weights || run->carried.asked) || run->restores || run->branch.on ||
        !weights)
        return YD_OK;
    if (!weights->has_optimizer || weights->epoch < 0 || weights->epoch >= INT32_MAX / 2) return YD_OK;
    if (weights->nc != run->nc) {
        yd_log(
            YD_LOG_WARNING,
            "%s: has %d classes and the data set %d: its weights are taken, its epochs and optimizer are not",
            path, weights->nc, run->nc);
        return YD_OK;
    }
    const int done = (int)weights->epoch + 1;
    if (run->epochs == done)
        return yd_fail(
            error, YD_ERR_CONFIG,
            "--weights %s: it has %d epochs behind it and --epochs is %d: nothing is left to train", path,
            done, run->epochs);
    if (run->epochs < done) {
        yd_log(YD_LOG_INFO, "%s has been trained for %d epochs: fine-tuning for %d more", path, done,
               run->epochs - 1);
        run->epochs += (int)weights->epoch; /* not done: the reference counts so */
        run->options.epochs = run->epochs;
    }
    run->carried.epochs = done;
    run->carried.average = weights->has_ema;
    return YD_OK;
}

yd_status yd_carry_on_take(yd_run *run, yd_error *error)
{
    if (!run->carried.epochs) return YD_OK;
    const yd_train_sets sets = {&run->values, &run->average, &run->momenta, &run->squares};
    yd_progress *progress = &run->progress;
    yd_unfinished unfinished;
    yd_status status = yd_unfinished_load(run->options.weights, run->model, &sets, &unfinished, error);
    if (status == YD_OK && unfinished.results) {
        run->carried.results = yd_arena_strdup(run->arena, unfinished.results);
        if (!run->carried.results) status = yd_fail(error, YD_ERR_MEMORY, "no memory for results.txt");
    }
    free(unfinished.results);
    YD_TRY(status);
    run->values.version++;
    run->average.version++;
    /* --weights begins a run of its own, --resume goes on with the one that W&B knows. */
    if (run->carried.asked && yd_wandb_is_id(unfinished.wandb_id))
        yd_copy_text(run->wandb_id, sizeof run->wandb_id, unfinished.wandb_id);
    progress->updates = unfinished.updates;
    progress->steps = unfinished.steps;
    progress->best = (yd_best){.fitness = unfinished.best_fitness, .epoch = run->carried.epochs - 1};
    if (!unfinished.remembers)
        yd_log(YD_LOG_WARNING, "%s: is of another optimizer: what %s remembers starts anew",
               run->options.weights, run->options.optimizer);
    yd_log(YD_LOG_INFO, "%s: goes on at epoch %d, with its optimizer and its best fitness of %.4g",
           run->options.weights, run->carried.epochs, unfinished.best_fitness);
    return YD_OK;
}

yd_status yd_carry_on_results(const yd_run *run, yd_error *error)
{
    char path[4200];
    const char *text = run->carried.results;
    if (!text) return YD_OK;
    snprintf(path, sizeof path, "%s/results.txt", run->folder);
    return yd_file_write(path, text, strlen(text), error);
}
