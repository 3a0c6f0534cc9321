#include "train/trainer.h"
#include "base/clock.h"
#include "base/log.h"
#include "series/fitness.h"
#include "train/control.h"
#include "train/evaluate.h"
#include "train/plots.h"
#include "train/rollback.h"
#include "train/save.h"
#include "train/setup.h"
#include "train/snapshots.h"
#include "train/studio.h"
#include "train/tweaks.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SAVE_AGAIN_MS = 5000 };

static double seconds_since(int64_t start_ns)
{
    return (double)(yd_clock_ns() - start_ns) * 1e-9;
}

static int64_t iteration(const yd_run *run)
{
    return (int64_t)run->progress.epoch * run->batches + run->progress.batch;
}

/* Pictures of the plan and of the data, to look at: after a step is reported, since no step waits for them.
 * Of batches: the run's first three, as the reference has them; and, by the live plot period, the first ones
 * of epochs. */
static void write_pictures(yd_run *run, const yd_batch *batch)
{
    char name[64];
    int period = (int)run->tweaks.value[YD_TWEAK_plot_period];
    yd_plots_begin(run);
    if (!run->options.noplots && iteration(run) < 3)
        snprintf(name, sizeof name, "train_batch%d.jpg", (int)iteration(run));
    else if (period > 0 && batch->index == 0 && batch->epoch % period == 0)
        snprintf(name, sizeof name, "train_e%d_b%d.jpg", batch->epoch, batch->index);
    else
        return;
    yd_snapshots_batch(run, batch, name);
}

static void optimizer_step(yd_run *run, const yd_schedule_point *point)
{
    yd_progress *progress = &run->progress;
    yd_save_hold(run);
    const yd_optimizer_memory memory = {
        .momenta = &run->momenta, .squares = &run->squares, .steps = &progress->steps};
    if (!yd_optimizer_step(&run->optimizer, point, &run->gradients, &memory, &run->values)) {
        run->skipped_steps++;
        yd_log(YD_LOG_WARNING,
               "epoch %d, batch %d: gradients are not finite, the optimizer step is left out (%lld so far)",
               progress->epoch, progress->batch, (long long)run->skipped_steps);
    }
    yd_ema_update(run->model, ++progress->updates, &run->values, &run->average);
    progress->last_step = iteration(run);
    run->gradients_pending = false;
}

/* A batch as the model gets it: bytes as they were loaded, or floats of the size that was drawn for it. */
typedef struct feed {
    int height, width;
    const uint8_t *bytes;
    const float *floats;
} feed;

static yd_status resize(yd_run *run, const yd_batch *batch, feed *out, yd_error *error)
{
    const double *value = run->tweaks.value;
    const yd_multi_scale scale = {.low = (int)value[YD_TWEAK_size_min],
                                  .high = (int)value[YD_TWEAK_size_max],
                                  .grid = run->max_stride,
                                  .seed = (uint64_t)run->options.seed};
    *out = (feed){.height = batch->height, .width = batch->width, .bytes = batch->images};
    /* With the size that the loader has, batches stay as they are: those of quads are larger. */
    if (scale.low != run->image_size || scale.high != run->image_size) {
        int size = yd_multi_scale_draw(&scale, batch->epoch, batch->index);
        yd_multi_scale_sides(batch, size, scale.grid, &out->height, &out->width);
    }
    if (out->width > run->largest_size) run->largest_size = out->width;
    if (out->width == batch->width && out->height == batch->height) return YD_OK;
    YD_TRY(yd_batch_resizer_start(&run->resizer, batch, out->height, out->width, error));
    run->backend->run(run->device, yd_batch_resizer_work, &run->resizer);
    out->bytes = NULL;
    out->floats = run->resizer.images;
    return YD_OK;
}

/* Forward, loss, backward, and an optimizer step where one is due. */
static yd_status compute(yd_run *run, const yd_batch *batch, const feed *images,
                         const yd_schedule_point *point, yd_loss_items *items, yd_error *error)
{
    yd_plan *plan;
    yd_head heads[8];
    YD_TRY(yd_plan_get(run->plans, YD_MODE_TRAIN, batch->count, images->height, images->width, &plan, error));
    int64_t start = yd_clock_ns();
    yd_plan_forward(plan, &run->values, images->bytes, images->floats);
    run->seconds[YD_TIME_FORWARD] = seconds_since(start);
    start = yd_clock_ns();
    yd_plan_heads(plan, heads);
    YD_TRY(yd_loss_compute(run->loss, heads, batch->targets, batch->target_count, items, error));
    yd_plan_backward(plan, &run->values, &run->gradients, run->gradients_pending);
    run->gradients_pending = true;
    run->seconds[YD_TIME_BACKWARD] = seconds_since(start);
    start = yd_clock_ns();
    if ((double)(iteration(run) - run->progress.last_step) >= point->accumulate) optimizer_step(run, point);
    run->seconds[YD_TIME_OPTIMIZER] = seconds_since(start);
    return YD_OK;
}

static void follow_means(yd_progress *progress, const yd_loss_items *items)
{
    const double found[3] = {items->box, items->obj, items->cls};
    for (int i = 0; i < 3; i++)
        progress->mean[i] = (progress->mean[i] * progress->batch + found[i]) / (progress->batch + 1);
}

static void report_batch(yd_run *run, const yd_batch *batch, const yd_schedule_point *point,
                         const yd_loss_items *items, double seconds)
{
    yd_step_report report = {.epoch = run->progress.epoch,
                             .batch = run->progress.batch,
                             .count = batch->samples,
                             .image_size = run->progress.last_width,
                             .loader_next = yd_loader_next_begun(run->train_loader),
                             .step = iteration(run),
                             .box = items->box,
                             .obj = items->obj,
                             .cls = items->cls,
                             .total_seconds = seconds};
    run->epoch_seconds += seconds;
    memcpy(report.mean, run->progress.mean, sizeof report.mean);
    memcpy(report.lr, point->lr, sizeof report.lr);
    memcpy(report.seconds, run->seconds, sizeof report.seconds);
    yd_telemetry_step(&run->telemetry, &report);
    yd_alarm_step(&run->alarm, &report, run->seconds[YD_TIME_DATA]);
}

static yd_status train_batch(yd_run *run, yd_error *error)
{
    yd_progress *progress = &run->progress;
    yd_schedule_point point;
    yd_loss_items items = {0};
    yd_batch *batch;
    feed images;
    int64_t start = yd_clock_ns();
    yd_tweaks_settle(run);
    yd_tweaks_schedule(run);
    if (progress->batch == 0) memset(progress->mean, 0, sizeof progress->mean);
    YD_TRY(yd_loader_next(run->train_loader, &batch, error));
    YD_ASSERT(batch->epoch == progress->epoch && batch->index == progress->batch);
    yd_status status = resize(run, batch, &images, error);
    run->seconds[YD_TIME_DATA] = seconds_since(start);
    yd_schedule_at(&run->schedule, progress->epoch, progress->batch, &point);
    if (status == YD_OK) status = compute(run, batch, &images, &point, &items, error);
    if (status == YD_OK) {
        follow_means(progress, &items);
        progress->last_labels = batch->target_count;
        progress->last_width = images.width;
        report_batch(run, batch, &point, &items, seconds_since(start));
        write_pictures(run, batch);
        /* What an epoch leaves over is dropped, as the reference does at the start of the next (training.md,
         * 6). */
        if (++progress->batch == run->batches) run->gradients_pending = false;
    }
    yd_loader_release(run->train_loader, batch);
    return status;
}

/* Between batches, where no gradient is under way. */
static yd_status save_as_asked(yd_run *run, yd_error *error)
{
    run->requests.save = false;
    return yd_save_start(run, YD_SAVE_ASKED, false, error);
}

/* *leave: it is saved. Where it cannot be, the run goes on; but a signal cannot be refused: then the error is
 * the run's end. */
static yd_status save_and_stop(yd_run *run, bool *leave, yd_error *error)
{
    yd_telemetry_state(&run->telemetry, YD_RUN_SAVE, 0);
    YD_TRY(yd_save_start(run, YD_SAVE_STOP, false, error));
    yd_status status = yd_save_finish(run, error);
    *leave = status == YD_OK;
    if (status == YD_ERR_IO) {
        yd_control_answer(run, &run->requests.stop_asker, false, "not saved: %s", error->message);
        yd_log(YD_LOG_ERROR, "not saved, the run goes on: %s", error->message);
        run->requests.stop = YD_STOP_NONE;
        if (!run->stop_signal || !atomic_load(run->stop_signal)) status = YD_OK;
    }
    yd_telemetry_state(&run->telemetry, YD_RUN_TRAIN, 0);
    return status;
}

static void wait_while_paused(yd_run *run)
{
    yd_telemetry_state(&run->telemetry, YD_RUN_PAUSED, 0);
    yd_log(YD_LOG_INFO, "paused at epoch %d, batch %d", run->progress.epoch, run->progress.batch);
    yd_control_answer(run, &run->requests.pause_asker, true, "paused at epoch %d, batch %d",
                      run->progress.epoch, run->progress.batch);
    const yd_requests *requests = &run->requests;
    /* Saving and stopping need an optimizer step: the run moves on to it, and holds again. */
    while (requests->pause && !requests->save && !requests->validate && !requests->rollback &&
           requests->stop != YD_STOP_NOW) {
        yd_control_wait(run);
    }
    if (requests->stop == YD_STOP_NOW) run->requests.pause = false;
    yd_telemetry_state(&run->telemetry, YD_RUN_TRAIN, 0);
}

/* Whoever asked for a validation, before it began or while it ran, is told what it found. */
static void answer_validation(yd_run *run, yd_status status, const yd_validate_result *result,
                              const yd_error *error)
{
    yd_command *asker = &run->requests.validate_asker;
    run->requests.validate = false;
    if (status == YD_OK)
        yd_control_answer(run, asker, true, "mAP@.5 %.4g, mAP@.5:.95 %.4g", result->metrics.map50,
                          result->metrics.map50_95);
    else
        yd_control_answer(run, asker, false, "not validated: %s",
                          status == YD_ERR_STOPPED ? "the run was told to stop" : error->message);
}

static yd_status validate(yd_run *run, yd_evaluate_why why, yd_error *error)
{
    yd_validate_result result;
    yd_telemetry_state(&run->telemetry, YD_RUN_VALIDATE, 0);
    yd_status status = yd_evaluate(run, why, &result, error);
    answer_validation(run, status, &result, error);
    return status;
}

static yd_status validate_between_batches(yd_run *run, yd_error *error)
{
    yd_status status = validate(run, YD_EVALUATE_ASKED, error);
    yd_telemetry_state(&run->telemetry, YD_RUN_TRAIN, 0);
    return status == YD_ERR_STOPPED ? YD_OK : status;
}

/* What a batch boundary allows. *leave: the run is saved and stops here. */
static yd_status serve_requests(yd_run *run, bool *leave, yd_error *error)
{
    yd_requests *requests = &run->requests;
    if (requests->rollback) YD_TRY(yd_rollback(run, error));
    if (!run->gradients_pending) {
        if (requests->save) YD_TRY(save_as_asked(run, error));
        if (requests->stop == YD_STOP_NOW) YD_TRY(save_and_stop(run, leave, error));
        if (*leave) return YD_OK;
    }
    if (requests->validate) YD_TRY(validate_between_batches(run, error));
    bool moving_on = run->gradients_pending && (requests->save || requests->stop == YD_STOP_NOW);
    if (requests->pause && !moving_on) wait_while_paused(run);
    return YD_OK;
}

/* What was asked of a run that holds is done where it holds, as far as no batch is needed for it. */
static yd_status at_boundary(yd_run *run, bool *leave, yd_error *error)
{
    const yd_requests *requests = &run->requests;
    yd_control_poll(run);
    do YD_TRY(serve_requests(run, leave, error));
    while (!*leave && (requests->rollback || requests->validate));
    return YD_OK;
}

/* A last epoch is validated, saved and reported as one even where its number is not the last. */
static bool is_last_epoch(const yd_run *run)
{
    const yd_progress *progress = &run->progress;
    /* A generation is worth what a whole training finds: told to stop after it, the evolution does. */
    bool cut_short = run->requests.stop == YD_STOP_FINAL && !run->generation;
    return progress->epoch + 1 >= run->epochs || cut_short ||
           yd_best_waited(&progress->best, progress->epoch, (int)run->tweaks.value[YD_TWEAK_patience]);
}

static bool validation_is_due(const yd_run *run)
{
    int period = (int)run->tweaks.value[YD_TWEAK_val_period];
    return period > 0 && (run->progress.epoch + 1) % period == 0;
}

static void fill_row(yd_run *run)
{
    yd_progress *progress = &run->progress;
    yd_schedule_point point;
    yd_schedule_at(&run->schedule, progress->epoch, run->batches - 1, &point);
    progress->row = (yd_epoch_row){.epoch = progress->epoch,
                                   .epochs = run->epochs,
                                   .box = progress->mean[0],
                                   .obj = progress->mean[1],
                                   .cls = progress->mean[2],
                                   .total = progress->mean[0] + progress->mean[1] + progress->mean[2],
                                   .precision = progress->results[0],
                                   .recall = progress->results[1],
                                   .map50 = progress->results[2],
                                   .map50_95 = progress->results[3],
                                   .val_box = progress->results[4],
                                   .val_obj = progress->results[5],
                                   .val_cls = progress->results[6],
                                   .last_labels = progress->last_labels,
                                   .last_width = progress->last_width};
    memcpy(progress->row.lr, point.lr, sizeof progress->row.lr);
}

/* Fitness decides best: a tie counts as best too, as in the reference (training.md, 8.1). */
static bool judge(yd_run *run)
{
    yd_progress *progress = &run->progress;
    double fitness = yd_fitness(progress->results[2], progress->results[3]);
    bool best = yd_best_judge(&progress->best, progress->epoch, fitness);
    yd_status_block *block = yd_telemetry_lock(&run->telemetry);
    block->best_epoch = progress->best.epoch;
    block->best_fitness = (float)progress->best.fitness;
    yd_telemetry_unlock(&run->telemetry);
    if (best && !run->generation)
        yd_alarm_tell(&run->alarm, "best", "epoch %d: fitness %.4g", progress->epoch, fitness);
    return best;
}

/* The training part of the epoch is done: its means and the rates of its last batch. */
static void announce_epoch(yd_run *run)
{
    const double *mean = run->progress.mean;
    yd_schedule_point point;
    yd_schedule_at(&run->schedule, run->progress.epoch, run->batches - 1, &point);
    yd_event_body body = {.epoch = {.epoch = run->progress.epoch,
                                    .box = (float)mean[0],
                                    .obj = (float)mean[1],
                                    .cls = (float)mean[2],
                                    .total = (float)(mean[0] + mean[1] + mean[2]),
                                    .seconds = (float)run->epoch_seconds,
                                    .bias_first = run->preset.group_order == YD_GROUPS_BIAS_WEIGHT_NORM}};
    run->epoch_seconds = 0;
    for (int i = 0; i < 3; i++) body.epoch.lr[i] = (float)point.lr[i];
    yd_ring_publish(run->ring, YD_EVENT_EPOCH, &body);
}

/* The last epoch is all there is to show for the run: where it cannot be written, the run holds and tries
 * again until it can, or until it is told to stop. */
static yd_status save_again(yd_run *run, bool best, yd_error *error)
{
    yd_status status = YD_ERR_IO;
    yd_log(YD_LOG_ERROR,
           "the last epoch is not saved; make room, it is tried again every %d s (stop now gives up): %s",
           SAVE_AGAIN_MS / 1000, error->message);
    yd_telemetry_state(&run->telemetry, YD_RUN_PAUSED, 0);
    while (status == YD_ERR_IO && run->requests.stop != YD_STOP_NOW) {
        int64_t again = yd_clock_ns() + (int64_t)SAVE_AGAIN_MS * 1000000;
        while (yd_clock_ns() < again && run->requests.stop != YD_STOP_NOW) {
            yd_control_wait(run);
        }
        if (run->requests.stop == YD_STOP_NOW) break;
        YD_TRY(yd_save_start(run, YD_SAVE_EPOCH, best, error));
        status = yd_save_finish(run, error);
    }
    yd_telemetry_state(&run->telemetry, YD_RUN_SAVE, 0);
    return status;
}

/* The epoch is saved beside the batches of the next one; for the last one the run waits. */
static yd_status save_epoch(yd_run *run, bool best, bool last, yd_error *error)
{
    run->progress.epoch++;
    run->progress.batch = 0;
    run->validation_begun = false;
    if (run->generation || (run->options.nosave && !last)) {
        yd_save_row(run);
        bool leaves = run->generation && !last && run->requests.stop == YD_STOP_EPOCH;
        return leaves ? yd_save_start(run, YD_SAVE_STOP, false, error) : YD_OK;
    }
    YD_TRY(yd_save_start(run, YD_SAVE_EPOCH, best, error));
    if (!last) return YD_OK;
    yd_telemetry_state(&run->telemetry, YD_RUN_SAVE, 0);
    yd_status status = yd_save_finish(run, error);
    return status == YD_ERR_IO ? save_again(run, best, error) : status;
}

/* Validation, judgement, checkpoint and row of the epoch whose batches are all done. *ended: no further epoch
 * follows. */
static yd_status end_epoch(yd_run *run, bool *ended, bool *leave, yd_error *error)
{
    yd_progress *progress = &run->progress;
    run->validation_begun = false; /* the last try may have been stopped */
    yd_tweaks_settle(run);
    bool last = is_last_epoch(run), validated = last || validation_is_due(run);
    announce_epoch(run);
    run->validation_begun = true;
    if (validated) {
        yd_status status = validate(run, YD_EVALUATE_EPOCH, error);
        if (status == YD_ERR_STOPPED) /* saved as it is: the validation comes first when the run is resumed */
            return save_and_stop(run, leave, error);
        YD_TRY(status);
    }
    if (run->requests.rollback) return YD_OK; /* before what is wrong replaces last.pt */
    yd_tweaks_settle(run);                    /* the validation has taken commands */
    fill_row(run);
    /* An epoch that was not validated repeats an older one's results, and is not judged by them. --noval has
     * none: then every epoch counts as best, as in the reference. */
    bool best = (validated || run->options.noval) && judge(run);
    last = is_last_epoch(run);
    YD_TRY(save_epoch(run, best, last, error));
    yd_telemetry_state(&run->telemetry, YD_RUN_TRAIN, 0);
    *ended = last;
    *leave = !last && run->requests.stop == YD_STOP_EPOCH;
    if (!last && !*leave) YD_TRY(yd_setup_next_epoch(run, error));
    if (last && progress->epoch < run->epochs && run->requests.stop != YD_STOP_FINAL)
        yd_log(YD_LOG_INFO, "no improvement in %d epochs (best: epoch %d): the run ends",
               (int)run->tweaks.value[YD_TWEAK_patience], progress->best.epoch);
    return YD_OK;
}

static yd_status loop(yd_run *run, bool *leave, yd_error *error)
{
    bool ended = false;
    yd_telemetry_state(&run->telemetry, YD_RUN_TRAIN, 0);
    while (!ended) {
        YD_TRY(at_boundary(run, leave, error));
        if (*leave) return YD_OK;
        if (run->progress.batch < run->batches)
            YD_TRY(train_batch(run, error));
        else
            YD_TRY(end_epoch(run, &ended, leave, error));
        if (*leave) return YD_OK;
    }
    return YD_OK;
}

static void tell_end(yd_run *run, yd_status status, const yd_error *error)
{
    const yd_best *best = &run->progress.best;
    if (status != YD_OK && status != YD_ERR_STOPPED)
        yd_alarm_tell(&run->alarm, "failed", "%s", error->message);
    else
        yd_alarm_tell(&run->alarm, status == YD_OK ? "finished" : "stopped",
                      "after %d epochs, best fitness %.4g", run->progress.epoch,
                      best->epoch >= 0 ? best->fitness : 0);
}

/* The evolution goes on from here: it tells of the end, and passes on what nobody has answered. */
static yd_status end_generation(yd_run *run, yd_status status, bool leave, yd_error *error)
{
    const yd_requests *requests = &run->requests;
    yd_studio_settle(run, false);
    if (status == YD_OK && leave) status = yd_fail(error, YD_ERR_STOPPED, "stopped");
    if (status == YD_ERR_STOPPED)
        yd_control_answer(run, &run->requests.stop_asker, true, "saved and stopped");
    bool stopped = status == YD_ERR_STOPPED;
    if (status == YD_OK || stopped)
        yd_generation_result(run->generation, run->progress.results, !stopped,
                             requests->stop != YD_STOP_NONE);
    else
        yd_generation_failed(run->generation, error);
    return status;
}

yd_status yd_trainer_run(yd_run *run, yd_error *error)
{
    bool leave = false;
    run->session_start_ns = yd_clock_ns();
    yd_status status = run->progress.epoch < run->epochs ? loop(run, &leave, error) : YD_OK;
    yd_save_settle(run, true);
    if (run->generation) return end_generation(run, status, leave, error);
    if (status == YD_OK && !leave) {
        yd_telemetry_state(&run->telemetry, YD_RUN_FINISHING, 0);
        status = yd_finish(run, error);
        yd_plots_end(run);
        if (status == YD_OK && run->requests.stop == YD_STOP_FINAL) status = YD_ERR_STOPPED;
    }
    yd_studio_settle(run, status == YD_OK && !leave);
    if (status == YD_OK && leave) status = YD_ERR_STOPPED;
    yd_control_answer(run, &run->requests.stop_asker, status == YD_ERR_STOPPED, "%s",
                      status == YD_ERR_STOPPED ? "saved and stopped" : "the run ended");
    yd_control_refuse_all(run, "the run ended");
    bool failed = status != YD_OK && status != YD_ERR_STOPPED;
    if (failed) yd_log(YD_LOG_ERROR, "%s", error->message);
    tell_end(run, status, error);
    yd_telemetry_state(&run->telemetry, failed ? YD_RUN_FAILED : YD_RUN_DONE, yd_exit_code(status));
    return status;
}
