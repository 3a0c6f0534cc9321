#include "tui/state.h"
#include "base/text.h"
#include "tui/show.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCH_LIMIT = 100000000 };

yd_run_view *yd_run_view_create(void)
{
    yd_run_view *view = calloc(1, sizeof *view);
    if (!view) return NULL;
    view->epoch_loss_of = view->last_validated = -1;
    view->validation_seconds = NAN;
    for (int i = 0; i < YD_LOSS_KINDS; i++) view->epoch_loss[i] = NAN;
    return view;
}

void yd_run_view_destroy(yd_run_view *view)
{
    free(view);
}

static int32_t in_range(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

static double divide(double part, double whole)
{
    double share = whole > 0 ? part / whole : 0;
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

/* YOLOv5 reports the groups as (bias, weights, norm) or (norm, weights, bias); during warm-up only the biases
 * differ. */
static void add_learning_rates(yd_run_view *view, double x, const float in_file[3])
{
    bool bias_first = in_file[1] == in_file[2] && in_file[0] != in_file[1];
    for (int i = 0; i < 3; i++) yd_history_add(&view->lr[i], x, in_file[bias_first ? 2 - i : i]);
}

static void add_losses(yd_run_view *view, double x, const float losses[YD_LOSS_KINDS])
{
    for (int i = 0; i < YD_LOSS_KINDS; i++) yd_history_add(&view->loss[i], x, losses[i]);
}

static void keep_epoch_losses(yd_run_view *view, int epoch, const float losses[YD_LOSS_KINDS])
{
    view->epoch_loss_of = epoch;
    memcpy(view->epoch_loss, losses, sizeof view->epoch_loss);
}

void yd_run_view_results(yd_run_view *view, const yd_results *results)
{
    for (int i = 0; i < results->count; i++) {
        const yd_results_row *row = &results->rows[i];
        double x = row->epoch + 1.0;
        const float losses[YD_LOSS_KINDS] = {row->train_box, row->train_obj, row->train_cls,
                                             row->train_box + row->train_obj + row->train_cls};
        add_losses(view, x, losses);
        keep_epoch_losses(view, row->epoch, losses);
        yd_history_add(&view->map50, x, row->map50);
        yd_history_add(&view->map50_95, x, row->map50_95);
        add_learning_rates(view, x, row->lr);
    }
}

/* Whatever the writer put there: terminated names, numbers that can be counted and divided with. */
static void sanitize(yd_status_block *block)
{
    block->run[sizeof block->run - 1] = block->model[sizeof block->model - 1] = '\0';
    block->dataset[sizeof block->dataset - 1] = block->device[sizeof block->device - 1] = '\0';
    block->epochs = in_range(block->epochs, 0, EPOCH_LIMIT);
    block->epoch = in_range(block->epoch, 0, EPOCH_LIMIT);
    block->batches = in_range(block->batches, 0, EPOCH_LIMIT);
    block->batch = in_range(block->batch, 0, block->batches);
    block->validation_batches = in_range(block->validation_batches, 0, EPOCH_LIMIT);
    block->validation_batch = in_range(block->validation_batch, 0, block->validation_batches);
    block->best_epoch = in_range(block->best_epoch, -1, EPOCH_LIMIT);
    block->warmup_iterations = in_range(block->warmup_iterations, 0, INT32_MAX);
    block->batch_size = in_range(block->batch_size, 0, EPOCH_LIMIT);
    if (block->state >= YD_RUN_STATE_COUNT) block->state = YD_RUN_SETUP;
}

static bool is_final(uint32_t state)
{
    return state == YD_RUN_DONE || state == YD_RUN_FAILED;
}

void yd_run_view_status(yd_run_view *view, const yd_status_block *block)
{
    view->block = *block;
    sanitize(&view->block);
    view->has_block = true;
    if (!is_final(view->state) && !view->gone) view->state = (yd_run_state)view->block.state;
    const yd_status_block *b = &view->block;
    view->now_epochs = b->epoch + divide(b->batch, b->batches);
    if (b->epochs && view->now_epochs > b->epochs) view->now_epochs = b->epochs;
    if (b->memory_bytes > 0) yd_history_add(&view->memory, view->now_epochs, (double)b->memory_bytes);
}

static void apply_state(yd_run_view *view, const yd_event *event)
{
    uint32_t to = event->body.state.to;
    if (to >= YD_RUN_STATE_COUNT) return;
    if (is_final(to)) {
        view->state = (yd_run_state)to;
        view->exit_code = (int)event->body.state.exit_code;
        view->has_exit_code = true;
        view->ended_wall_ns = event->wall_ns;
    } else if (!view->has_block && !view->gone) {
        view->state = (yd_run_state)to;
    }
    if (to != YD_RUN_TRAIN && to != YD_RUN_SAVE && to != YD_RUN_VALIDATE)
        yd_lines_add(&view->lines, event->wall_ns, YD_LINE_EVENT, yd_run_state_name(to));
}

static void apply_step(yd_run_view *view, const yd_event *event)
{
    int epoch = event->body.step.epoch, batch = event->body.step.batch;
    if (epoch < 0 || epoch > EPOCH_LIMIT || batch < 0) return;
    double x = epoch + divide(batch + 1.0, view->block.batches);
    const float losses[YD_LOSS_KINDS] = {event->body.step.box, event->body.step.obj, event->body.step.cls,
                                         event->body.step.total};
    add_losses(view, x, losses);
    for (int i = 0; i < 3; i++) yd_history_add(&view->lr[i], x, event->body.step.lr[i]);
}

static void apply_epoch(yd_run_view *view, const yd_event *event)
{
    if (event->body.epoch.epoch < 0 || event->body.epoch.epoch > EPOCH_LIMIT) return;
    const float losses[YD_LOSS_KINDS] = {event->body.epoch.box, event->body.epoch.obj, event->body.epoch.cls,
                                         event->body.epoch.total};
    keep_epoch_losses(view, event->body.epoch.epoch, losses);
}

static void apply_validation(yd_run_view *view, const yd_event *event)
{
    int epoch = event->body.validation.epoch;
    if (epoch < 0 || epoch > EPOCH_LIMIT) return;
    yd_history_add(&view->map50, epoch + 1.0, event->body.validation.map50);
    yd_history_add(&view->map50_95, epoch + 1.0, event->body.validation.map50_95);
    view->validation_seconds = event->body.validation.seconds;
    view->last_validated = epoch;
    char map50[32], map[32];
    yd_show_metric(map50, sizeof map50, event->body.validation.map50);
    yd_show_metric(map, sizeof map, event->body.validation.map50_95);
    yd_lines_addf(&view->lines, event->wall_ns, YD_LINE_EVENT, "epoch %d: mAP %s / %s%s", epoch, map50, map,
                  event->body.validation.best ? ", best" : "");
}

/* last.pt is written after every epoch: no news. */
static void apply_saved(yd_run_view *view, const yd_event *event)
{
    char name[sizeof event->body.saved.name + 1] = {0}, fitness[32] = "";
    memcpy(name, event->body.saved.name, sizeof event->body.saved.name);
    yd_line_level level = strcmp(name, "last.pt") == 0 ? YD_LINE_INFO : YD_LINE_EVENT;
    if (isfinite(event->body.saved.fitness) && event->body.saved.fitness > 0)
        yd_show_metric(fitness, sizeof fitness, event->body.saved.fitness);
    yd_lines_addf(&view->lines, event->wall_ns, level, fitness[0] ? "saved %s (%s)" : "saved %s%s", name,
                  fitness);
}

static void apply_picture(yd_run_view *view, const yd_event *event)
{
    view->pictures++;
    char name[sizeof event->body.picture.name + 1] = {0};
    memcpy(name, event->body.picture.name, sizeof event->body.picture.name);
    yd_lines_addf(&view->lines, event->wall_ns, YD_LINE_EVENT, "wrote %s", name);
}

static void apply_changed(yd_run_view *view, const yd_event *event)
{
    char name[sizeof event->body.changed.name + 1] = {0}, from[64], to[64];
    memcpy(name, event->body.changed.name, sizeof event->body.changed.name);
    snprintf(from, sizeof from, "%.6g", event->body.changed.from);
    snprintf(to, sizeof to, "%.6g", event->body.changed.to);
    yd_lines_addf(&view->lines, event->wall_ns, YD_LINE_EVENT, "%s %s -> %s", name, from, to);
}

/* The line is longer than a record: its pieces are gathered; what does not fit the gatherer is cut. */
static void apply_log(yd_run_view *view, const yd_event *event)
{
    char piece[sizeof event->body.log.text + 1] = {0};
    memcpy(piece, event->body.log.text, sizeof event->body.log.text);
    size_t length = strlen(view->partial);
    yd_copy_text(view->partial + length, sizeof view->partial - length, piece);
    if (event->body.log.more) return;
    int level = event->body.log.level;
    yd_lines_add(&view->lines, event->wall_ns, level <= YD_LINE_ERROR ? (yd_line_level)level : YD_LINE_INFO,
                 view->partial);
    view->partial[0] = '\0';
}

typedef void apply_function(yd_run_view *view, const yd_event *event);

static apply_function *const apply[YD_EVENT_COUNT] = {
#define YD_EVENT(enumerator, name) [YD_EVENT_##enumerator] = apply_##name,
#include "event/events.def"
#undef YD_EVENT
};

void yd_run_view_event(yd_run_view *view, const yd_event *event)
{
    if (event->type < YD_EVENT_COUNT) apply[event->type](view, event);
}

void yd_run_view_lost(yd_run_view *view, uint64_t count, int64_t wall_ns)
{
    if (!count) return;
    view->lost += count;
    view->partial[0] = '\0';
    yd_lines_addf(&view->lines, wall_ns, YD_LINE_DEBUG, "%llu events were overwritten before they were read",
                  (unsigned long long)count);
}

void yd_run_view_clock(yd_run_view *view, int64_t now_ns)
{
    double age = view->has_block ? (double)(now_ns - view->block.heartbeat_ns) / 1e9 : 0;
    bool can_stall = view->has_block && view->block.heartbeat_ns > 0 && !yd_run_view_ended(view);
    view->stalled_seconds = can_stall && age > YD_STALL_SECONDS ? age : 0;
}

void yd_run_view_gone(yd_run_view *view, int64_t wall_ns)
{
    if (view->gone) return;
    view->gone = true;
    view->stalled_seconds = 0;
    if (!view->ended_wall_ns) view->ended_wall_ns = wall_ns;
    if (is_final(view->state)) return;
    view->state = YD_RUN_DEAD;
    yd_lines_add(&view->lines, wall_ns, YD_LINE_ERROR, "the engine is gone: it was killed, or it crashed");
}

void yd_run_view_revive(yd_run_view *view)
{
    view->gone = view->has_exit_code = false;
    view->ended_wall_ns = 0;
    view->state = YD_RUN_SETUP; /* until its first status block is read */
    view->partial[0] = '\0';
}

bool yd_run_view_ended(const yd_run_view *view)
{
    return view->gone || is_final(view->state);
}

int yd_run_view_exit_code(const yd_run_view *view)
{
    if (view->state == YD_RUN_DONE) return view->has_exit_code && view->exit_code == 4 ? 4 : 0;
    return view->has_exit_code && view->exit_code > 0 && view->exit_code < 256 ? view->exit_code : 3;
}

const char *yd_run_view_state_name(const yd_run_view *view)
{
    static const char *const names[YD_RUN_STATE_COUNT] = {
#define YD_RUN_STATE(enumerator, name) [YD_RUN_##enumerator] = #enumerator,
#include "event/states.def"
#undef YD_RUN_STATE
    };
    if (view->stalled_seconds > 0) return "STALLED";
    return view->has_block || view->gone ? names[view->state] : "CONNECTING";
}

double yd_run_view_elapsed(const yd_run_view *view, int64_t wall_ns)
{
    int64_t end = view->ended_wall_ns ? view->ended_wall_ns : wall_ns;
    if (!view->has_block || view->block.started_wall_ns <= 0 || end < view->block.started_wall_ns) return NAN;
    return (double)end / 1e9 - (double)view->block.started_wall_ns / 1e9;
}

double yd_run_view_epoch_share(const yd_run_view *view)
{
    return divide(view->block.batch, view->block.batches);
}

double yd_run_view_run_share(const yd_run_view *view)
{
    return divide(view->now_epochs, view->block.epochs);
}

double yd_run_view_validation_share(const yd_run_view *view)
{
    return divide(view->block.validation_batch, view->block.validation_batches);
}

float yd_run_view_loss(const yd_run_view *view, yd_loss_kind kind)
{
    const yd_status_block *b = &view->block;
    const float losses[YD_LOSS_KINDS] = {b->loss_box, b->loss_obj, b->loss_cls, b->loss_total};
    return view->has_block ? losses[kind] : NAN;
}

double yd_run_view_trend(const yd_run_view *view, yd_loss_kind kind)
{
    double now = yd_run_view_loss(view, kind), before = view->epoch_loss[kind];
    if (view->epoch_loss_of < 0 || view->epoch_loss_of >= view->block.epoch) return NAN;
    return isfinite(now) && isfinite(before) && before > 0 ? now / before - 1 : NAN;
}
