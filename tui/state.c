#include "tui/state.h"
#include "base/text.h"
#include "event/event_news.h"
#include "event/tweaks.h"
#include "series/fitness.h"
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
    view->store = yd_series_store_create();
    if (!view->store) {
        free(view);
        return NULL;
    }
    view->waiting.size = sizeof(yd_event);
    view->last_validated = -1;
    view->validation_seconds = NAN;
    return view;
}

void yd_run_view_destroy(yd_run_view *view)
{
    if (!view) return;
    yd_series_store_destroy(view->store);
    yd_vector_free(&view->waiting);
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

/* Scalars. */

static void keep_rollback(yd_run_view *view, const yd_event *event, bool only_newer)
{
    char text[YD_MARK_TEXT];
    int length = (int)strnlen(event->body.rollback.name, sizeof event->body.rollback.name);
    snprintf(text, sizeof text, "back to %.*s", length, event->body.rollback.name);
    yd_series_store_restart(view->store, event->body.rollback.to, (double)event->wall_ns / 1e9, text,
                            only_newer);
}

/* Curves are those of the generation under way. */
static void keep_generation(yd_run_view *view, const yd_event *event, bool only_newer)
{
    char text[YD_MARK_TEXT];
    if (event->body.generation.done) return;
    snprintf(text, sizeof text, "generation %d", event->body.generation.number);
    yd_series_store_restart(view->store, 0, (double)event->wall_ns / 1e9, text, only_newer);
}

static void keep_scalars(yd_run_view *view, const yd_event *event, bool only_newer)
{
    if (event->type == YD_EVENT_ROLLBACK) {
        keep_rollback(view, event, only_newer);
        return;
    }
    if (event->type == YD_EVENT_GENERATION) {
        keep_generation(view, event, only_newer);
        return;
    }
    yd_scalar scalars[YD_EVENT_SCALARS];
    int64_t step;
    double wall = (double)event->wall_ns / 1e9;
    int count = yd_event_scalars_of(&view->scalars, event, &step, scalars);
    for (int i = 0; i < count; i++) {
        int series = yd_series_store_open(view->store, scalars[i].name, strlen(scalars[i].name));
        if (only_newer)
            yd_series_store_add_newer(view->store, series, step, wall, scalars[i].value);
        else
            yd_series_store_add(view->store, series, step, wall, scalars[i].value);
    }
}

/* An engine that goes on while the files are read for long writes them too: the oldest may go. */
static void wait_with(yd_run_view *view, const yd_event *event)
{
    enum { MOST = 65536 };
    if (view->waiting.count == MOST) {
        memmove(view->waiting.data, &YD_AT(yd_event, &view->waiting, MOST / 2), MOST / 2 * sizeof *event);
        view->waiting.count = MOST / 2;
    }
    yd_vector_push(&view->waiting, event);
}

void yd_run_view_hold(yd_run_view *view)
{
    view->held = true;
}

void yd_run_view_release(yd_run_view *view)
{
    view->held = false;
    for (size_t i = 0; i < view->waiting.count; i++)
        keep_scalars(view, &YD_AT(yd_event, &view->waiting, i), true);
    yd_vector_free(&view->waiting);
}

static void take_scalars(yd_run_view *view, const yd_event *event)
{
    bool has_any = event->type == YD_EVENT_STEP || event->type == YD_EVENT_EPOCH ||
                   event->type == YD_EVENT_VALIDATION || event->type == YD_EVENT_CHANGED ||
                   event->type == YD_EVENT_ROLLBACK || event->type == YD_EVENT_GENERATION;
    if (has_any && view->held)
        wait_with(view, event);
    else if (has_any)
        keep_scalars(view, event, false);
}

const yd_series *yd_run_view_series(const yd_run_view *view, yd_tag tag)
{
    return yd_series_store_find(view->store, yd_tag_name(tag));
}

int yd_run_view_loss_series(const yd_run_view *view, yd_loss_kind kind,
                            const yd_series *series[YD_LOSS_KINDS])
{
    int count = 0;
    series[0] = yd_run_view_series(view, YD_TAG_STEP_BOX + (yd_tag)kind);
    if (series[0]) return 1;
    for (int part = YD_LOSS_BOX; part < YD_LOSS_TOTAL; part++) {
        const yd_series *one = yd_run_view_series(view, YD_TAG_TRAIN_BOX + (yd_tag)part);
        if ((kind == YD_LOSS_TOTAL || kind == (yd_loss_kind)part) && one) series[count++] = one;
    }
    return count;
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
    block->generations = in_range(block->generations, 0, EPOCH_LIMIT);
    block->generation = in_range(block->generation, 0, block->generations);
    block->best_generation = in_range(block->best_generation, -1, EPOCH_LIMIT);
    if (block->state >= YD_RUN_STATE_COUNT) block->state = YD_RUN_SETUP;
    block->size_step = in_range(block->size_step, 0, EPOCH_LIMIT);
    for (int i = 0; i < YD_TWEAK_COUNT; i++) {
        double value = yd_tweak_get(block, (yd_tweak)i);
        bool sane = value >= -EPOCH_LIMIT && value <= EPOCH_LIMIT; /* not where it is no number */
        if (!sane) yd_tweak_set(block, (yd_tweak)i, 0);
    }
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
    if (b->batches) yd_series_store_set_batches(view->store, b->batches);
}

static void add_news(yd_run_view *view, int64_t wall_ns, bool can_wait, const char *text)
{
    view->news.count++;
    view->news.wall_ns = wall_ns;
    view->news.can_wait = can_wait;
    yd_copy_text(view->news.text, sizeof view->news.text, text);
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
        add_news(view, event->wall_ns, false, to == YD_RUN_FAILED ? "the run failed" : "the run has ended");
    } else if (!view->has_block && !view->gone) {
        view->state = (yd_run_state)to;
    }
}

/* All that these say is in their scalars and in words. */
static void apply_step(yd_run_view *view, const yd_event *event)
{
    (void)view, (void)event;
}

static void apply_epoch(yd_run_view *view, const yd_event *event)
{
    (void)view, (void)event;
}

static void apply_validation(yd_run_view *view, const yd_event *event)
{
    int epoch = event->body.validation.epoch;
    if (epoch < 0 || epoch > EPOCH_LIMIT) return;
    view->validation_seconds = event->body.validation.seconds;
    view->last_validated = epoch;
    char map50[32], map[32];
    yd_show_metric(map50, sizeof map50, event->body.validation.map50);
    yd_show_metric(map, sizeof map, event->body.validation.map50_95);
    char text[160];
    snprintf(text, sizeof text, "new best in epoch %d: mAP %s / %s", epoch, map50, map);
    if (event->body.validation.best) add_news(view, event->wall_ns, true, text);
}

static void apply_saved(yd_run_view *view, const yd_event *event)
{
    view->saved_wall_ns = event->wall_ns;
}

static void apply_picture(yd_run_view *view, const yd_event *event)
{
    (void)event;
    view->pictures++;
}

static void apply_changed(yd_run_view *view, const yd_event *event)
{
    char name[sizeof event->body.changed.name + 1], text[YD_MARK_TEXT];
    yd_mark_change_text(text, yd_event_field(event->body.changed.name, sizeof event->body.changed.name, name),
                        event->body.changed.from, event->body.changed.to);
    yd_series_store_mark(view->store, event->body.changed.step, (double)event->wall_ns / 1e9, text);
}

/* Its line comes with the log. */
static void apply_alert(yd_run_view *view, const yd_event *event)
{
    if (event->body.alert.watchdog >= YD_WATCHDOG_COUNT) return;
    unsigned bit = 1u << event->body.alert.watchdog;
    view->alerts = event->body.alert.ends ? view->alerts & ~bit : view->alerts | bit;
    char text[sizeof event->body.alert.text + 1] = {0};
    memcpy(text, event->body.alert.text, sizeof event->body.alert.text);
    if (!event->body.alert.ends) add_news(view, event->wall_ns, false, text);
}

static void apply_rollback(yd_run_view *view, const yd_event *event)
{
    (void)view, (void)event;
}

static void apply_generation(yd_run_view *view, const yd_event *event)
{
    char text[YD_NEWS_TEXT];
    if (!event->body.generation.done) view->last_validated = -1;
    if (event->body.generation.done && event->body.generation.best && yd_event_news(event, text))
        add_news(view, event->wall_ns, true, text);
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
    if (event->type >= YD_EVENT_COUNT) return;
    if (!view->first_event_ns) view->first_event_ns = event->wall_ns;
    take_scalars(view, event);
    apply[event->type](view, event);
    char news[YD_NEWS_TEXT];
    yd_line_level level = yd_event_news_is_ordinary(event) ? YD_LINE_INFO : YD_LINE_EVENT;
    if (yd_event_news(event, news)) yd_lines_add(&view->lines, event->wall_ns, level, news);
}

void yd_run_view_lost(yd_run_view *view, uint64_t count, int64_t wall_ns)
{
    if (!count) return;
    view->lost += count;
    view->behind = true;
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

void yd_run_view_past(yd_run_view *view, const yd_status_block *block, const char *how, int64_t ended_wall_ns)
{
    yd_run_view_status(view, block);
    view->gone = true;
    view->stalled_seconds = 0;
    view->ended_wall_ns = ended_wall_ns;
    view->state = strcmp(how, "dead") == 0 ? YD_RUN_DEAD : YD_RUN_DONE;
    view->last_validated = view->block.epoch - 1;
    yd_copy_text(view->past, sizeof view->past, how);
    for (char *c = view->past; *c; c++) *c = (char)toupper((unsigned char)*c);
}

static double metric_beside(const yd_series *series, const yd_series_point *point)
{
    yd_series_point beside;
    bool there = series && yd_series_before(series, YD_AXIS_STEP, (double)point->step, &beside);
    return there && beside.step == point->step ? beside.mean : (double)NAN;
}

void yd_run_view_tell_epochs(yd_run_view *view)
{
    const yd_series *map = yd_run_view_series(view, YD_TAG_MAP50_95);
    int64_t count = map && view->files_tell ? yd_series_count(map) : 0;
    if (view->told > count) view->told = count; /* the last ones were written anew */
    for (; view->told < count; view->told++) {
        yd_series_point point;
        yd_event event = {.type = YD_EVENT_VALIDATION};
        char news[YD_NEWS_TEXT];
        yd_series_get(map, view->told, &point);
        double map50 = metric_beside(yd_run_view_series(view, YD_TAG_MAP50), &point);
        double fitness = yd_fitness(map50, point.mean);
        event.body.validation.epoch = (int)point.step;
        event.body.validation.map50 = (float)map50, event.body.validation.map50_95 = (float)point.mean;
        event.body.validation.best = isfinite(fitness) && (!view->told || fitness > view->told_best);
        if (event.body.validation.best) view->told_best = fitness;
        if (yd_event_news(&event, news))
            yd_lines_add(&view->lines, (int64_t)(point.wall * 1e9), YD_LINE_EVENT, news);
    }
}

void yd_run_view_gone(yd_run_view *view, int64_t wall_ns)
{
    if (view->gone) return;
    view->gone = true;
    view->stalled_seconds = 0;
    if (!view->ended_wall_ns) view->ended_wall_ns = wall_ns;
    if (is_final(view->state)) return;
    view->state = YD_RUN_DEAD;
    add_news(view, wall_ns, false, "the engine is gone");
    yd_lines_add(&view->lines, wall_ns, YD_LINE_ERROR, "the engine is gone: it was killed, or it crashed");
}

void yd_run_view_revive(yd_run_view *view)
{
    view->gone = view->has_exit_code = view->grows = view->files_tell = false;
    view->past[0] = '\0';
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
    if (view->past[0]) return view->past;
    if (view->has_block || view->gone) return names[view->state];
    return view->unanswered ? "NO ANSWER" : "CONNECTING";
}

/* Of a run that was over: what its curves span; table files know no times. */
static double elapsed_of_curves(const yd_run_view *view)
{
    double start = yd_series_store_start(view->store);
    const yd_series *last = yd_run_view_series(view, YD_TAG_MAP50);
    double end = last ? yd_series_last_wall(last) : 0;
    return start > 0 && end >= start ? end - start : NAN;
}

double yd_run_view_pace_eta(const yd_run_view *view)
{
    const yd_series *series = yd_run_view_series(view, YD_TAG_MAP50);
    yd_series_point first, last;
    int64_t count = series ? yd_series_count(series) : 0;
    if (count < 2 || view->block.epochs <= 0) return NAN;
    yd_series_get(series, 0, &first);
    yd_series_get(series, count - 1, &last);
    double pace = (last.wall - first.wall) / (double)(last.step - first.step);
    bool known = first.wall > 0 && last.step > first.step && pace > 0;
    return known ? pace * fmax(0, view->block.epochs - 1 - (double)last.step) : (double)NAN;
}

double yd_run_view_elapsed(const yd_run_view *view, int64_t wall_ns)
{
    if (view->past[0]) return elapsed_of_curves(view);
    int64_t end = view->ended_wall_ns ? view->ended_wall_ns : wall_ns;
    if (!view->has_block || view->block.started_wall_ns <= 0 || end < view->block.started_wall_ns) return NAN;
    return (double)end / 1e9 - (double)view->block.started_wall_ns / 1e9;
}

double yd_run_view_epoch_share(const yd_run_view *view)
{
    const yd_status_block *block = &view->block;
    if (block->epochs > 0 && block->epoch >= block->epochs) return 1;
    return block->batches > 0 ? divide(block->batch, block->batches) : (double)NAN;
}

double yd_run_view_run_share(const yd_run_view *view)
{
    return view->block.epochs > 0 ? divide(view->now_epochs, view->block.epochs) : (double)NAN;
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

/* The mean of the epoch before the one that the block's losses are of; NAN where that is not known. A run
 * that has come to its end stands behind its last epoch. */
static double loss_before(const yd_run_view *view, yd_loss_kind kind)
{
    double sum = 0;
    int64_t before = view->block.epoch - (view->state == YD_RUN_DONE || view->past[0] ? 2 : 1);
    for (int i = YD_LOSS_BOX; i < YD_LOSS_TOTAL; i++) {
        yd_series_point point;
        const yd_series *series = yd_run_view_series(view, YD_TAG_TRAIN_BOX + (yd_tag)i);
        if (kind != YD_LOSS_TOTAL && kind != (yd_loss_kind)i) continue;
        if (!series || !yd_series_before(series, YD_AXIS_STEP, (double)before, &point)) return NAN;
        sum += point.mean;
    }
    return sum;
}

double yd_run_view_trend(const yd_run_view *view, yd_loss_kind kind)
{
    double now = yd_run_view_loss(view, kind), before = loss_before(view, kind);
    return isfinite(now) && isfinite(before) && before > 0 ? now / before - 1 : NAN;
}
