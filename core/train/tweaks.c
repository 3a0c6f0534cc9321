#include "train/tweaks.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "data/store.h"
#include "train/control.h"
#include "train/setup.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An epoch ends in two moments: before its validation, and when that has begun. What is decided meanwhile
 * cannot change whether there is one, now or when it is replayed. */
static yd_moment now_of(const yd_run *run)
{
    return (yd_moment){run->progress.epoch, run->progress.batch + run->validation_begun};
}

static int64_t step_of(const yd_run *run, yd_moment moment)
{
    int batch = moment.batch < run->batches ? moment.batch : run->batches;
    return (int64_t)moment.epoch * run->batches + batch;
}

void yd_tweaks_start(yd_run *run)
{
    const yd_options *options = &run->options;
    int size = run->image_size;
    double *initial = run->tweaks.initial;
    run->tweaks.ledger = YD_LEDGER;
    initial[YD_TWEAK_save_period] = options->save_period > 0 ? options->save_period : -1;
    initial[YD_TWEAK_epochs] = run->epochs;
    initial[YD_TWEAK_patience] = options->patience;
    initial[YD_TWEAK_val_period] = options->noval ? 0 : 1;
    initial[YD_TWEAK_lr_scale] = 1;
    initial[YD_TWEAK_size_min] = options->multi_scale ? size / 2 : size;
    initial[YD_TWEAK_size_max] = options->multi_scale ? size + size / 2 : size;
    initial[YD_TWEAK_mosaic] = run->hyp.mosaic;
    initial[YD_TWEAK_mixup] = run->hyp.mixup;
    initial[YD_TWEAK_plot_period] = 0;
    memcpy(run->tweaks.value, initial, sizeof run->tweaks.value);
}

void yd_tweaks_free(yd_run *run)
{
    yd_ledger_free(&run->tweaks.ledger);
}

/* The places of values that the loader holds; SIZE_MAX for all others. */
static size_t augment_place(yd_tweak tweak)
{
    return tweak == YD_TWEAK_mosaic  ? offsetof(yd_augment, mosaic)
           : tweak == YD_TWEAK_mixup ? offsetof(yd_augment, mixup)
                                     : SIZE_MAX;
}

/* ---- what holds where the run stands ---- */

/* in_force: from their first batches on; decided: from when they were made. */
static void fold(const yd_run *run, double in_force[YD_TWEAK_COUNT], double decided[YD_TWEAK_COUNT])
{
    const yd_tweaks *tweaks = &run->tweaks;
    yd_moment now = now_of(run);
    memcpy(in_force, tweaks->initial, sizeof tweaks->initial);
    memcpy(decided, tweaks->initial, sizeof tweaks->initial);
    for (int i = 0; i < yd_ledger_count(&tweaks->ledger); i++) {
        const yd_ledger_entry *entry = yd_ledger_at(&tweaks->ledger, i);
        yd_tweak tweak = yd_tweak_find(entry->name);
        if (yd_moment_compare(entry->first, now) <= 0) in_force[tweak] = entry->to;
        if (yd_moment_compare(entry->made, now) <= 0) decided[tweak] = entry->to;
    }
}

static void show(yd_run *run, const double decided[YD_TWEAK_COUNT])
{
    yd_status_block *block = yd_telemetry_lock(&run->telemetry);
    for (int i = 0; i < YD_TWEAK_COUNT; i++) yd_tweak_set(block, (yd_tweak)i, decided[i]);
    block->size_step = run->max_stride;
    yd_telemetry_unlock(&run->telemetry);
}

void yd_tweaks_settle(yd_run *run)
{
    double decided[YD_TWEAK_COUNT];
    bool same = true;
    fold(run, run->tweaks.value, decided);
    run->epochs = (int)run->tweaks.value[YD_TWEAK_epochs];
    for (int i = 0; i < YD_TWEAK_COUNT; i++) same &= decided[i] == run->tweaks.shown[i];
    if (same) return;
    memcpy(run->tweaks.shown, decided, sizeof decided);
    show(run, decided);
}

void yd_tweaks_schedule(yd_run *run)
{
    run->schedule.epochs = run->epochs;
    run->schedule.scale = run->tweaks.value[YD_TWEAK_lr_scale];
}

yd_status yd_tweaks_loader(const yd_run *run, yd_loader_options *options, yd_error *error)
{
    const yd_ledger *ledger = &run->tweaks.ledger;
    size_t count = (size_t)yd_ledger_count(ledger);
    yd_augment_change *changes = yd_arena_alloc(run->arena, count + 1, sizeof *changes);
    if (!changes) return yd_fail(error, YD_ERR_MEMORY, "no memory for %zu live changes", count);
    options->changes = changes;
    options->change_count = 0;
    for (int i = 0; i < (int)count; i++) {
        const yd_ledger_entry *entry = yd_ledger_at(ledger, i);
        size_t place = augment_place(yd_tweak_find(entry->name));
        if (place == SIZE_MAX) continue;
        changes[options->change_count++] = (yd_augment_change){step_of(run, entry->first), place, entry->to};
    }
    return YD_OK;
}

/* ---- changes ---- */

/* A ledger that cannot be written costs a warning, not the run: the change is in every checkpoint too. */
static void write_down(yd_run *run, yd_text *line, const char *what)
{
    char path[4200];
    yd_error error;
    snprintf(path, sizeof path, "%s/tweaks.jsonl", run->folder);
    if (yd_file_append_text(path, line, &error) != YD_OK)
        yd_log(YD_LOG_WARNING, "%s is not in the ledger: %s", what, error.message);
}

/* The loader is told at once; what it has begun already stays as it is. */
static yd_moment first_affected(yd_run *run, yd_tweak tweak, double value)
{
    yd_moment now = now_of(run);
    int64_t step = step_of(run, now);
    if (yd_tweak_rows[tweak].holds == YD_TWEAK_HOLDS_EPOCH && now.batch)
        return (yd_moment){now.epoch, now.batch > run->batches ? now.batch : run->batches};
    if (yd_tweak_rows[tweak].holds == YD_TWEAK_HOLDS_LOADED) {
        int64_t first = yd_loader_change_augment(run->train_loader, step, augment_place(tweak), value);
        if (first >= 0) step = first;
    }
    return (yd_moment){(int)(step / run->batches), (int)(step % run->batches)};
}

/* opt.yaml says what the run does now; where the run began is in its checkpoints. */
static void keep_options(yd_run *run)
{
    yd_options *options = &run->options;
    const double *shown = run->tweaks.shown;
    const int before[] = {options->epochs, options->patience, options->save_period};
    yd_error error;
    options->epochs = (int)shown[YD_TWEAK_epochs];
    options->patience = (int)shown[YD_TWEAK_patience];
    options->save_period = (int)shown[YD_TWEAK_save_period];
    const int now[] = {options->epochs, options->patience, options->save_period};
    if (memcmp(before, now, sizeof now) != 0 && yd_setup_write_options(run, &error) != YD_OK)
        yd_log(YD_LOG_WARNING, "opt.yaml is not up to date: %s", error.message);
}

static void publish(yd_run *run, const yd_ledger_entry *entry)
{
    yd_event_body body = {.changed = {.step = entry->step,
                                      .from = entry->from,
                                      .to = entry->to,
                                      .first_epoch = entry->first.epoch,
                                      .first_batch = entry->first.batch}};
    yd_copy_text(body.changed.name, sizeof body.changed.name, entry->name);
    yd_copy_text(body.changed.who, sizeof body.changed.who, entry->who);
    yd_ring_publish(run->ring, YD_EVENT_CHANGED, &body);
}

/* "from the end of epoch 3 on" or "from epoch 3, batch 7 on". */
static void say_first(const yd_run *run, yd_moment first, char out[64])
{
    if (first.batch >= run->batches)
        snprintf(out, 64, "from the end of epoch %d on", first.epoch);
    else
        snprintf(out, 64, "from epoch %d, batch %d on", first.epoch, first.batch);
}

/* Decides a change. when: from which batch on, for the answer. */
static void decide(yd_run *run, yd_tweak tweak, double value, const char *who, char when[64])
{
    char from[40], to[40], what[64];
    const char *name = yd_tweak_rows[tweak].name;
    yd_text line = {0};
    yd_ledger_entry entry = {.number = run->tweaks.ledger.number + 1,
                             .step = step_of(run, now_of(run)),
                             .made = now_of(run),
                             .first = first_affected(run, tweak, value),
                             .from = run->tweaks.shown[tweak],
                             .to = value,
                             .wall_ns = yd_wall_clock_ns()};
    yd_copy_text(entry.name, sizeof entry.name, name);
    yd_copy_text(entry.who, sizeof entry.who, who);
    if (!yd_ledger_add(&run->tweaks.ledger, &entry))
        yd_log(YD_LOG_ERROR, "no memory to remember the change of %s", name);
    yd_ledger_line(&entry, &line);
    snprintf(what, sizeof what, "the change of %s", name);
    write_down(run, &line, what);
    yd_tweaks_settle(run);
    keep_options(run);
    publish(run, &entry);
    say_first(run, entry.first, when);
    yd_log(YD_LOG_INFO, "%s %s -> %s %s (%s)", name, yd_tweak_text(tweak, entry.from, from, sizeof from),
           yd_tweak_text(tweak, value, to, sizeof to), when, who);
}

/* What a larger size needs beyond what is taken, by the memory of the plans so far: it grows with the
 * picture. */
static bool fits_memory(yd_run *run, yd_tweak tweak, double value, char *why, size_t capacity)
{
    double largest = fmax(run->image_size, run->largest_size), now = (double)yd_plan_memory(run->plans);
    int64_t available = yd_available_memory();
    if (tweak != YD_TWEAK_size_max || value <= largest || !available) return true;
    double pixels = value * value * run->batch_size,
           needed = now * pow(value / largest, 2) - now + 12 * pixels;
    if (needed < 0.9 * (double)available) return true;
    snprintf(why, capacity, "size_max %g would need about %.1f GB more memory, %.1f GB are free", value,
             needed / 1e9, (double)available / 1e9);
    return false;
}

static bool may_be(yd_run *run, yd_tweak tweak, const char *text, double *value, char *why, size_t capacity)
{
    char wanted[96];
    yd_status_block block = *yd_telemetry_lock(&run->telemetry);
    yd_telemetry_unlock(&run->telemetry);
    block.epoch = run->progress.epoch;
    if (tweak == YD_TWEAK_epochs && block.epoch >= run->epochs) {
        snprintf(why, capacity, "epochs: the last one is over");
        return false;
    }
    if (yd_tweak_parse(&block, tweak, text, value)) return fits_memory(run, tweak, *value, why, capacity);
    yd_tweak_wanted(&block, tweak, wanted, sizeof wanted);
    snprintf(why, capacity, "%s must be %s, found \"%s\"", yd_tweak_rows[tweak].name, wanted, text);
    return false;
}

static void refuse_name(yd_run *run, yd_command *command, const char *name)
{
    char names[256] = "";
    for (int i = 0; i < YD_TWEAK_COUNT; i++) {
        size_t length = strlen(names);
        snprintf(names + length, sizeof names - length, "%s%s", i ? ", " : "", yd_tweak_rows[i].name);
    }
    yd_control_answer(run, command, false, "\"%s\" cannot be changed live; these can: %s", name, names);
}

void yd_tweaks_command(yd_run *run, yd_command *command)
{
    char name[64] = "", text[64] = "", rest[2] = "", why[256], when[64], shown[40];
    int fields = sscanf(command->argument, "%63s %63s %1s", name, text, rest);
    yd_tweak tweak = yd_tweak_find(name);
    double value;
    if (tweak == YD_TWEAK_COUNT) {
        refuse_name(run, command, name);
        return;
    }
    if (fields == 3) yd_copy_text(text, sizeof text, "more than one word");
    if (!may_be(run, tweak, text, &value, why, sizeof why)) {
        yd_control_answer(run, command, false, "%s", why);
        return;
    }
    yd_tweak_text(tweak, value, shown, sizeof shown);
    if (value == run->tweaks.shown[tweak]) {
        yd_control_answer(run, command, true, "%s is %s already", yd_tweak_rows[tweak].name, shown);
        return;
    }
    decide(run, tweak, value, command->who, when);
    yd_control_answer(run, command, true, "%s is %s %s", yd_tweak_rows[tweak].name, shown, when);
}

/* ---- checkpoints and the ledger file ---- */

static const char *initial_key(yd_tweak tweak, char key[64])
{
    snprintf(key, 64, "initial_%s", yd_tweak_rows[tweak].name);
    return key;
}

void yd_tweaks_put(const yd_run *run, yd_resume_state *state)
{
    yd_text lines = {0};
    yd_ledger_text(&run->tweaks.ledger, &lines);
    yd_resume_put_text(state, "tweaks", lines.data ? lines.data : "");
    yd_resume_put_integer(state, "tweak_number", run->tweaks.ledger.number);
    yd_resume_put_number(state, "schedule_scale", run->schedule.scale);
    yd_resume_put_integer(state, "schedule_epochs", run->schedule.epochs);
    for (int i = 0; i < YD_TWEAK_COUNT; i++) {
        char key[64];
        yd_resume_put_number(state, initial_key((yd_tweak)i, key), run->tweaks.initial[i]);
    }
    yd_text_free(&lines);
}

/* Whether a value may stand in a ledger: files are edited and damaged. */
static bool plausible(const yd_run *run, const yd_ledger_entry *entry)
{
    yd_tweak tweak = yd_tweak_find(entry->name);
    if (tweak == YD_TWEAK_COUNT || entry->first.batch > run->batches + 1) return false;
    const yd_tweak_row *row = &yd_tweak_rows[tweak];
    if (!(entry->to >= row->low && entry->to <= row->high)) return false;
    bool size = tweak == YD_TWEAK_size_min || tweak == YD_TWEAK_size_max;
    if (size && (entry->to < 2 * run->max_stride || fmod(entry->to, run->max_stride) != 0)) return false;
    return row->type == YD_TWEAK_REAL || entry->to == rint(entry->to);
}

/* Adds what can hold of entries with a number greater than after. */
static yd_status merge(yd_run *run, const yd_ledger *from, int after, yd_error *error)
{
    for (int i = 0; i < yd_ledger_count(from); i++) {
        const yd_ledger_entry *entry = yd_ledger_at(from, i);
        char name[4 * sizeof entry->name];
        if (entry->number <= after) continue;
        if (!plausible(run, entry))
            yd_log(YD_LOG_WARNING, "the live change number %d (%s, %g) cannot be replayed: it is passed over",
                   entry->number, yd_escape(name, sizeof name, entry->name), entry->to);
        else if (!yd_ledger_add(&run->tweaks.ledger, entry))
            return yd_fail(error, YD_ERR_MEMORY, "no memory for the run's live changes");
    }
    return YD_OK;
}

static yd_status merge_text(yd_run *run, const char *text, yd_error *error)
{
    yd_ledger ledger = YD_LEDGER;
    int bad = yd_ledger_parse(&ledger, text, strlen(text));
    yd_status status =
        bad == 0  ? merge(run, &ledger, 0, error)
        : bad < 0 ? yd_fail(error, YD_ERR_MEMORY, "no memory for the run's live changes")
                  : yd_fail(error, YD_ERR_FORMAT, "%s: its live changes are damaged", run->options.weights);
    yd_ledger_free(&ledger);
    return status;
}

/* What was changed after the checkpoint, and is replayed where it was made. */
static yd_status merge_file(yd_run *run, int after, yd_error *error)
{
    yd_ledger ledger = YD_LEDGER;
    char path[4200];
    snprintf(path, sizeof path, "%s/tweaks.jsonl", run->folder);
    yd_status status = yd_ledger_read(&ledger, path, error);
    if (status == YD_OK) status = merge(run, &ledger, after, error);
    yd_ledger_free(&ledger);
    int count = run->tweaks.ledger.number - after;
    if (status == YD_OK && count > 0)
        yd_log(YD_LOG_INFO, "%d live change%s after the checkpoint will be replayed", count,
               count > 1 ? "s" : "");
    return status;
}

/* Options may go beyond what can be set live, but not beyond what numbers of the kind can be. A value that is
 * newer than the file stays what it is. */
static yd_status get_initial(yd_run *run, yd_tweak tweak, const yd_resume_state *state, yd_error *error)
{
    char key[64];
    double value;
    const bool whole = yd_tweak_rows[tweak].type == YD_TWEAK_WHOLE;
    if (yd_resume_get_number(state, initial_key(tweak, key), &value, NULL) != YD_OK) return YD_OK;
    if (!isfinite(value) || (whole && (value != floor(value) || fabs(value) > INT32_MAX)))
        return yd_fail(error, YD_ERR_FORMAT, "the state to resume from has %g as \"%s\", wanted a %snumber",
                       value, key, whole ? "whole " : "finite ");
    run->tweaks.initial[tweak] = value;
    return YD_OK;
}

yd_status yd_tweaks_get(yd_run *run, const yd_resume_state *state, bool others, yd_error *error)
{
    const char *text;
    int64_t number, epochs;
    YD_TRY(yd_resume_get_text(state, "tweaks", &text, error));
    YD_TRY(yd_resume_get_integer(state, "tweak_number", 0, INT32_MAX, &number, error));
    YD_TRY(yd_resume_get_number(state, "schedule_scale", &run->schedule.scale, error));
    YD_TRY(yd_resume_get_integer(state, "schedule_epochs", 1, INT32_MAX, &epochs, error));
    run->schedule.epochs = (int)epochs;
    for (int i = 0; i < YD_TWEAK_COUNT; i++) YD_TRY(get_initial(run, (yd_tweak)i, state, error));
    YD_TRY(merge_text(run, text, error));
    run->tweaks.ledger.number = (int)number;
    if (others) YD_TRY(merge_file(run, (int)number, error));
    if (!others) yd_ledger_go_back(&run->tweaks.ledger, (int)number, now_of(run));
    yd_tweaks_settle(run);
    return YD_OK;
}

yd_status yd_tweaks_inherit(yd_run *run, const yd_resume_state *state, const bool given[YD_TWEAK_COUNT],
                            yd_error *error)
{
    double own[YD_TWEAK_COUNT];
    yd_ledger inherited = YD_LEDGER;
    memcpy(own, run->tweaks.initial, sizeof own);
    YD_TRY(yd_tweaks_get(run, state, false, error));
    for (int i = 0; i < YD_TWEAK_COUNT; i++)
        if (given[i]) run->tweaks.initial[i] = own[i];
    bool kept = true;
    for (int i = 0; i < yd_ledger_count(&run->tweaks.ledger); i++) {
        const yd_ledger_entry *entry = yd_ledger_at(&run->tweaks.ledger, i);
        if (!given[yd_tweak_find(entry->name)]) kept &= yd_ledger_add(&inherited, entry);
    }
    yd_ledger_free(&run->tweaks.ledger);
    run->tweaks.ledger = inherited;
    yd_tweaks_settle(run);
    yd_tweaks_schedule(run);
    return kept ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "no memory for the parent's live changes");
}

void yd_tweaks_went_back(yd_run *run)
{
    yd_text line = {0};
    yd_ledger_resumed_line(&run->tweaks.ledger, now_of(run), step_of(run, now_of(run)), yd_wall_clock_ns(),
                           &line);
    write_down(run, &line, "going back");
}

void yd_tweaks_ask_options(yd_run *run)
{
    const yd_options *options = &run->options;
    const struct {
        yd_option_id option;
        yd_tweak tweak;
        int value;
    } given[] = {{YD_OPT_epochs, YD_TWEAK_epochs, options->epochs},
                 {YD_OPT_patience, YD_TWEAK_patience, options->patience},
                 {YD_OPT_save_period, YD_TWEAK_save_period, options->save_period}};
    for (int i = 0; i < YD_TWEAK_COUNT; i++) run->tweaks.asked[i] = NAN;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (options->given[given[i].option]) run->tweaks.asked[given[i].tweak] = given[i].value;
}

void yd_tweaks_take_options(yd_run *run)
{
    char when[64];
    for (int i = 0; i < YD_TWEAK_COUNT; i++) {
        double asked = run->tweaks.asked[i];
        if (!isnan(asked) && asked != run->tweaks.shown[i])
            decide(run, (yd_tweak)i, asked, "command line", when);
    }
}
