#include "train/branch.h"
#include "base/file.h"
#include "base/log.h"
#include "train/save.h"
#include "train/tweaks.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the parent's folder lies, as the branch's project; its name, to be numbered. */
static yd_status choose_place(yd_run *run, yd_error *error)
{
    yd_options *options = &run->options;
    char parent[4096];
    yd_path_parent(parent, sizeof parent, run->branch.folder);
    if (!run->branch.by_hand[YD_OPT_project]) options->project = yd_arena_strdup(run->arena, parent);
    return options->project ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "no memory");
}

static yd_status keep_absolute(yd_run *run, const char *path, const char **place, yd_error *error)
{
    char *whole = realpath(path, NULL);
    if (!whole) return yd_fail_errno(error, YD_ERR_CONFIG, "--branch: %s", path);
    *place = yd_arena_strdup(run->arena, whole);
    free(whole);
    return *place ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "no memory");
}

yd_status yd_branch_find(yd_run *run, yd_error *error)
{
    yd_options *options = &run->options;
    yd_branch_from *branch = &run->branch;
    char checkpoint[4096], folder[4096], opt[4200];
    memcpy(branch->by_hand, options->given, sizeof branch->by_hand);
    YD_TRY(yd_resume_locate("--branch", options->branch, options->project, checkpoint, folder, error));
    YD_TRY(keep_absolute(run, checkpoint, &options->branch, error));
    YD_TRY(keep_absolute(run, folder, &options->branch_run, error));
    yd_copy_text(branch->folder, sizeof branch->folder, options->branch_run);
    snprintf(opt, sizeof opt, "%s/opt.yaml", branch->folder);
    YD_TRY(yd_options_inherit(options, opt, error));
    YD_TRY(choose_place(run, error));
    options->weights = options->branch;
    options->cfg = "";
    options->branch_epoch = 0;
    branch->on = true;
    return YD_OK;
}

void yd_branch_judge(yd_run *run, const yd_weights *weights)
{
    run->restores = weights->has_resume && weights->nc == run->nc;
    if (run->restores) return;
    yd_log(YD_LOG_INFO, "%s: %s: the branch starts from its weights, at epoch 0", run->options.branch,
           weights->has_resume ? "its classes are others" : "there is no state to go on from");
}

/* Which live values the command line has decided. */
static void given_values(const yd_run *run, bool given[YD_TWEAK_COUNT])
{
    const bool *by_hand = run->branch.by_hand;
    const yd_word_list *set = &run->options.set;
    memset(given, 0, YD_TWEAK_COUNT * sizeof *given);
    given[YD_TWEAK_epochs] = by_hand[YD_OPT_epochs];
    given[YD_TWEAK_patience] = by_hand[YD_OPT_patience];
    given[YD_TWEAK_save_period] = by_hand[YD_OPT_save_period];
    given[YD_TWEAK_val_period] = by_hand[YD_OPT_noval];
    given[YD_TWEAK_size_min] = given[YD_TWEAK_size_max] =
        by_hand[YD_OPT_multi_scale] || by_hand[YD_OPT_img_size];
    given[YD_TWEAK_mosaic] = given[YD_TWEAK_mixup] = by_hand[YD_OPT_hyp];
    for (int i = 0; i < set->count; i++) {
        given[YD_TWEAK_mosaic] |= strncmp(set->values[i], "mosaic=", 7) == 0;
        given[YD_TWEAK_mixup] |= strncmp(set->values[i], "mixup=", 6) == 0;
    }
}

yd_status yd_branch_progress(yd_run *run, const yd_resume_state *state, yd_error *error)
{
    yd_progress *progress = &run->progress;
    bool given[YD_TWEAK_COUNT];
    given_values(run, given);
    progress->best = (yd_best){.epoch = -1};
    progress->row.epoch = -1;
    YD_TRY(yd_tweaks_inherit(run, state, given, error));
    run->options.branch_epoch = progress->epoch;
    if (progress->epoch < run->epochs) return YD_OK;
    return yd_fail(error, YD_ERR_CONFIG,
                   "--branch %s: it has %d epochs behind it and --epochs is %d: nothing is left to train",
                   run->options.branch, progress->epoch, run->epochs);
}
