#include "support/test.h"
#include "tui/state.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static yd_status_block block_at(int epoch, int batch)
{
    return (yd_status_block){.version = YD_WIRE_VERSION,
                             .state = YD_RUN_TRAIN,
                             .heartbeat_ns = 1000000000,
                             .started_wall_ns = 5000000000,
                             .epoch = epoch,
                             .epochs = 100,
                             .batch = batch,
                             .batches = 50,
                             .best_epoch = -1,
                             .loss_box = 0.04f,
                             .loss_total = 0.1f};
}

static yd_event event_of(yd_event_type type)
{
    return (yd_event){.type = type, .wall_ns = 7000000000};
}

static void send_step(yd_run_view *view, int epoch, int batch, float box)
{
    yd_event event = event_of(YD_EVENT_STEP);
    event.body.step.epoch = epoch, event.body.step.batch = batch, event.body.step.box = box;
    event.body.step.step = epoch * 50 + batch;
    event.wall_ns += event.body.step.step * 1000000;
    yd_run_view_event(view, &event);
}

static void send_state(yd_run_view *view, yd_run_state to, uint32_t code)
{
    yd_event event = event_of(YD_EVENT_STATE);
    event.body.state.to = to, event.body.state.exit_code = code;
    yd_run_view_event(view, &event);
}

/* The only curve of a loss; NULL: there is none. */
static const yd_series *loss_series(const yd_run_view *view, yd_loss_kind kind)
{
    const yd_series *series[YD_LOSS_KINDS];
    int count = yd_run_view_loss_series(view, kind, series);
    CHECK(count <= 1);
    return count ? series[0] : NULL;
}

static void follows_a_run(void)
{
    yd_run_view *view = yd_run_view_create();
    yd_status_block block = block_at(12, 25);
    CHECK_TEXT(yd_run_view_state_name(view), "CONNECTING");
    CHECK(isnan(yd_run_view_loss(view, YD_LOSS_BOX)));
    yd_run_view_status(view, &block);
    CHECK_TEXT(yd_run_view_state_name(view), "TRAIN");
    CHECK_NEAR(yd_run_view_epoch_share(view), 0.5, 1e-12);
    CHECK_NEAR(yd_run_view_run_share(view), 0.125, 1e-12);
    CHECK_NEAR(yd_run_view_loss(view, YD_LOSS_BOX), 0.04, 1e-6);
    CHECK_NEAR(yd_run_view_elapsed(view, 65000000000), 60, 1e-9);
    send_step(view, 12, 24, 0.05f);
    send_step(view, 12, 25, 0.03f);
    const yd_series *box = loss_series(view, YD_LOSS_BOX);
    double from, to;
    REQUIRE(box && yd_series_count(box) == 2 && yd_series_range(box, YD_AXIS_EPOCH, &from, &to));
    CHECK_NEAR(from, 12.5, 1e-9);
    CHECK_NEAR(to, 12.52, 1e-9);
    block.state = YD_RUN_PAUSED;
    yd_run_view_status(view, &block);
    CHECK_TEXT(yd_run_view_state_name(view), "PAUSED");
    yd_run_view_destroy(view);
}

static void trend_is_against_the_epoch_before(void)
{
    yd_run_view *view = yd_run_view_create();
    yd_status_block block = block_at(3, 10);
    yd_run_view_status(view, &block);
    CHECK(isnan(yd_run_view_trend(view, YD_LOSS_BOX)));
    yd_event event = event_of(YD_EVENT_EPOCH);
    event.body.epoch.epoch = 2, event.body.epoch.box = 0.05f;
    yd_run_view_event(view, &event);
    CHECK_NEAR(yd_run_view_trend(view, YD_LOSS_BOX), -0.2, 1e-6);
    CHECK(isnan(yd_run_view_trend(view, YD_LOSS_OBJ))); /* it was 0 */
    event.body.epoch.epoch = 3,
    event.body.epoch.box = 0.08f; /* the epoch under way is done: not yet the one before */
    yd_run_view_event(view, &event);
    CHECK_NEAR(yd_run_view_trend(view, YD_LOSS_BOX), -0.2, 1e-6);
    yd_run_view_destroy(view);
}

static void ends_in_every_way(void)
{
    static const struct {
        yd_run_state state;
        uint32_t code;
        int wanted;
    } ends[] = {{YD_RUN_DONE, 0, 0},
                {YD_RUN_DONE, 4, 4},
                {YD_RUN_FAILED, 3, 3},
                {YD_RUN_FAILED, 0, 3},
                {YD_RUN_FAILED, 2, 2}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        yd_run_view *view = yd_run_view_create();
        yd_status_block block = block_at(1, 1);
        yd_run_view_status(view, &block);
        send_state(view, ends[i].state, ends[i].code);
        yd_run_view_status(view, &block); /* an older block does not bring it back */
        CHECK(yd_run_view_ended(view));
        yd_run_view_gone(view, 1);
        CHECK(view->state == ends[i].state);
        CHECK(yd_run_view_exit_code(view) == ends[i].wanted);
        yd_run_view_destroy(view);
    }
    yd_run_view *view = yd_run_view_create();
    yd_run_view_gone(view, 1);
    CHECK_TEXT(yd_run_view_state_name(view), "DEAD");
    CHECK(yd_run_view_exit_code(view) == 3);
    yd_run_view_destroy(view);
}

static void a_late_heartbeat_is_a_stall(void)
{
    yd_run_view *view = yd_run_view_create();
    yd_status_block block = block_at(1, 1);
    yd_run_view_status(view, &block);
    yd_run_view_clock(view, 3000000000);
    CHECK_TEXT(yd_run_view_state_name(view), "TRAIN");
    yd_run_view_clock(view, 8000000000);
    CHECK_TEXT(yd_run_view_state_name(view), "STALLED");
    CHECK_NEAR(view->stalled_seconds, 7, 1e-9);
    block.heartbeat_ns = 8000000000;
    yd_run_view_status(view, &block);
    yd_run_view_clock(view, 8100000000);
    CHECK_TEXT(yd_run_view_state_name(view), "TRAIN");
    yd_run_view_destroy(view);
}

static void add_metric(yd_run_view *view, const char *name, int epoch, double wall, double value)
{
    int series = yd_series_store_open(view->store, name, strlen(name));
    yd_series_store_add(view->store, series, epoch, wall, value);
}

/* Of a run whose program tells nothing: what its table says happened. */
static void epochs_of_others_are_told(void)
{
    yd_run_view *view = yd_run_view_create();
    static const double maps[] = {0.25, 0.5, 0.375, 0.5};
    for (int i = 0; i < 4; i++) {
        add_metric(view, "metrics/mAP_0.5", i, 0, 0.75);
        add_metric(view, "metrics/mAP_0.5:0.95", i, i == 3 ? 1764289000 : 0, maps[i]);
    }
    yd_run_view_tell_epochs(view);
    CHECK(yd_lines_count(&view->lines) == 0); /* others tell */
    view->files_tell = true;
    yd_run_view_tell_epochs(view);
    yd_run_view_tell_epochs(view);
    REQUIRE(yd_lines_count(&view->lines) == 4);
    CHECK_TEXT(yd_lines_at(&view->lines, 3)->text, "epoch 0: mAP 0.750 / 0.250, best");
    CHECK_TEXT(yd_lines_at(&view->lines, 2)->text, "epoch 1: mAP 0.750 / 0.500, best");
    CHECK_TEXT(yd_lines_at(&view->lines, 1)->text, "epoch 2: mAP 0.750 / 0.375");
    CHECK_TEXT(yd_lines_at(&view->lines, 0)->text, "epoch 3: mAP 0.750 / 0.500");
    CHECK(yd_lines_at(&view->lines, 0)->wall_ns == 1764289000 * INT64_C(1000000000));
    CHECK(yd_lines_at(&view->lines, 1)->wall_ns == 0);
    CHECK(isnan(yd_run_view_pace_eta(view))); /* the first epoch has no time */
    add_metric(view, "metrics/mAP_0.5:0.95", 4, 0, (double)NAN);
    yd_run_view_tell_epochs(view);
    CHECK_TEXT(yd_lines_at(&view->lines, 0)->text, "epoch 4: mAP - / -");
    yd_run_view_destroy(view);
}

/* How long the rest takes is foreseen from what the epochs so far took. */
static void epochs_have_a_pace(void)
{
    yd_run_view *view = yd_run_view_create();
    yd_status_block block = block_at(4, 0);
    block.epochs = 10;
    yd_run_view_status(view, &block);
    CHECK(isnan(yd_run_view_pace_eta(view)));
    for (int i = 0; i < 4; i++) add_metric(view, "metrics/mAP_0.5", i, 1764289000 + 30 * i, 0.5);
    CHECK_NEAR(yd_run_view_pace_eta(view), 30 * 6, 1e-9);
    add_metric(view, "metrics/mAP_0.5", 12, 1764289000 + 30 * 12, 0.5);
    CHECK_NEAR(yd_run_view_pace_eta(view), 0, 1e-9);
    yd_run_view_destroy(view);
}

/* Where no batches are known, the total's curve is the sum of those of its parts. */
static void a_total_has_parts(void)
{
    yd_run_view *view = yd_run_view_create();
    const yd_series *series[YD_LOSS_KINDS];
    CHECK(yd_run_view_loss_series(view, YD_LOSS_TOTAL, series) == 0);
    add_metric(view, "train/box_loss", 0, 0, 1);
    add_metric(view, "train/cls_loss", 0, 0, 2);
    REQUIRE(yd_run_view_loss_series(view, YD_LOSS_TOTAL, series) == 2);
    CHECK_NEAR(yd_series_last_value(series[0]) + yd_series_last_value(series[1]), 3, 0);
    CHECK(yd_run_view_loss_series(view, YD_LOSS_OBJ, series) == 0);
    CHECK(yd_run_view_loss_series(view, YD_LOSS_CLS, series) == 1);
    add_metric(view, "step/loss", 0, 0, 5);
    REQUIRE(yd_run_view_loss_series(view, YD_LOSS_TOTAL, series) == 1);
    CHECK_NEAR(yd_series_last_value(series[0]), 5, 0);
    yd_run_view_destroy(view);
}

static void send_change(yd_run_view *view, int64_t step, const char *name, double from, double to)
{
    yd_event event = event_of(YD_EVENT_CHANGED);
    event.body.changed.step = step, event.body.changed.from = from, event.body.changed.to = to;
    snprintf(event.body.changed.name, sizeof event.body.changed.name, "%s", name);
    event.wall_ns += step * 1000000;
    yd_run_view_event(view, &event);
}

static int64_t steps_kept(const yd_run_view *view)
{
    const yd_series *series = loss_series(view, YD_LOSS_BOX);
    return series ? yd_series_count(series) : 0;
}

static void a_resumed_run_replaces_what_it_repeats(void)
{
    yd_run_view *view = yd_run_view_create();
    int table = yd_series_store_open(view->store, "train/box_loss", 14);
    for (int i = 0; i < 4; i++) yd_series_store_add(view->store, table, i, 0, 1);
    CHECK(loss_series(view, YD_LOSS_BOX) == yd_series_store_at(view->store, table));
    yd_status_block block = block_at(2, 0);
    yd_run_view_status(view, &block);
    for (int i = 0; i < 100; i++) send_step(view, 0, i, 0.5f);
    CHECK(steps_kept(view) == 100 && yd_series_store_mark_count(view->store) == 0);
    yd_event event = event_of(YD_EVENT_STEP);
    event.body.step.step = 60, event.body.step.box = 0.25f, event.wall_ns += 900000000;
    yd_run_view_event(view, &event);
    CHECK(steps_kept(view) == 61 && yd_series_store_mark_count(view->store) == 1);
    CHECK_NEAR(yd_series_last_value(loss_series(view, YD_LOSS_BOX)), 0.25, 0);
    yd_run_view_destroy(view);
}

/* While the files are read, events wait; then those that the files had are left out. */
static void files_and_events_overlap(void)
{
    yd_run_view *view = yd_run_view_create();
    yd_run_view_hold(view);
    for (int i = 5; i < 20; i++) send_step(view, 0, i, 0.5f);
    send_change(view, 12, "patience", 100, 7);
    CHECK(steps_kept(view) == 0);
    /* The files: all up to step 11, which the ring has from 5 on. */
    int box = yd_series_store_open(view->store, "step/box_loss", 13);
    for (int i = 0; i < 12; i++) yd_series_store_add(view->store, box, i, 7 + i * 0.001, 1);
    yd_run_view_release(view);
    CHECK(steps_kept(view) == 20);
    CHECK(yd_series_store_mark_count(view->store) == 1);
    CHECK_TEXT(yd_series_store_mark_at(view->store, 0)->text, "patience 100 -> 7");
    CHECK(yd_series_store_find(view->store, "tweak/patience") != NULL);
    yd_series_point point;
    REQUIRE(yd_series_nearest(yd_series_store_at(view->store, box), YD_AXIS_STEP, 11, &point));
    CHECK_NEAR(point.mean, 1, 0);
    REQUIRE(yd_series_nearest(yd_series_store_at(view->store, box), YD_AXIS_STEP, 12, &point));
    CHECK_NEAR(point.mean, 0.5, 0);
    /* What is asked for between two batches is not the epoch's. */
    yd_event event = event_of(YD_EVENT_VALIDATION);
    event.body.validation.asked = 1;
    yd_run_view_event(view, &event);
    CHECK(!yd_run_view_series(view, YD_TAG_MAP50));
    event.body.validation.asked = 0;
    yd_run_view_event(view, &event);
    CHECK(yd_run_view_series(view, YD_TAG_MAP50) && !view->behind);
    yd_run_view_lost(view, 3, 0);
    CHECK(view->behind);
    /* The engine went back to a checkpoint. */
    event = event_of(YD_EVENT_ROLLBACK);
    event.body.rollback.to = 15, event.wall_ns += 100000000;
    strcpy(event.body.rollback.name, "last.pt");
    yd_run_view_event(view, &event);
    CHECK(steps_kept(view) == 15 && yd_series_store_mark_count(view->store) == 2);
    CHECK_TEXT(yd_series_store_mark_at(view->store, 1)->text, "back to last.pt");
    for (int i = 15; i < 20; i++) send_step(view, 0, i, 0.5f);
    /* However long it takes: memory is bounded, and the newest are kept. */
    yd_run_view_hold(view);
    for (int i = 100; i < 200100; i++) send_step(view, 0, i, 0.5f);
    yd_run_view_release(view);
    CHECK(steps_kept(view) > 20 + 32768 && steps_kept(view) <= 20 + 65536);
    REQUIRE(yd_series_last(yd_series_store_at(view->store, box), &point));
    CHECK(point.step == 200099);
    yd_run_view_destroy(view);
}

static void log_lines_come_together(void)
{
    yd_run_view *view = yd_run_view_create();
    yd_event event = event_of(YD_EVENT_LOG);
    event.body.log.level = 2, event.body.log.more = 1;
    memcpy(event.body.log.text, "one \033 ", 6);
    yd_run_view_event(view, &event);
    CHECK(view->lines.total == 0);
    memset(event.body.log.text, 'x', sizeof event.body.log.text); /* no end: a hostile writer */
    event.body.log.more = 0;
    yd_run_view_event(view, &event);
    REQUIRE(view->lines.total == 1);
    CHECK(strncmp(yd_lines_at(&view->lines, 0)->text, "one \\x1b xxxx", 13) == 0);
    CHECK(yd_lines_at(&view->lines, 0)->level == YD_LINE_WARNING);
    for (int i = 0; i < 1000; i++) { /* a line that never ends takes no more than its room */
        event.body.log.more = 1;
        yd_run_view_event(view, &event);
    }
    yd_run_view_lost(view, 5, 1);
    CHECK(view->lost == 5 && view->partial[0] == '\0');
    yd_run_view_destroy(view);
}

static void lines_are_bounded(void)
{
    yd_lines *lines = calloc(1, sizeof *lines);
    REQUIRE(lines != NULL);
    for (int i = 0; i < 3000; i++) yd_lines_addf(lines, i, YD_LINE_INFO, "line %d", i);
    CHECK(yd_lines_count(lines) == YD_LINES_CAPACITY);
    CHECK_TEXT(yd_lines_at(lines, 0)->text, "line 2999");
    CHECK_TEXT(yd_lines_at(lines, YD_LINES_CAPACITY - 1)->text, "line 1976");
    free(lines);
}

/* Whatever bytes come over the wire, nothing that drawing relies on breaks. */
static void noise_is_brought_into_range(void)
{
    srand(11);
    yd_run_view *view = yd_run_view_create();
    for (int i = 0; i < 3000; i++) {
        yd_status_block block;
        yd_event event;
        for (size_t j = 0; j < sizeof block; j++) ((unsigned char *)&block)[j] = (unsigned char)rand();
        for (size_t j = 0; j < sizeof event; j++) ((unsigned char *)&event)[j] = (unsigned char)rand();
        event.type = (uint32_t)(rand() % (YD_EVENT_COUNT + 1));
        yd_run_view_status(view, &block);
        yd_run_view_event(view, &event);
        yd_run_view_clock(view, rand());
        double shares[] = {yd_run_view_epoch_share(view), yd_run_view_run_share(view),
                           yd_run_view_validation_share(view)};
        for (int j = 0; j < 3; j++) CHECK(isnan(shares[j]) || (shares[j] >= 0 && shares[j] <= 1));
        CHECK(view->state < YD_RUN_STATE_COUNT && memchr(view->block.run, 0, sizeof view->block.run) != NULL);
        CHECK(view->block.batch <= view->block.batches && view->now_epochs >= 0);
    }
    yd_run_view_destroy(view);
}

static const yd_test_case cases[] = {
    {"epochs of others are told", epochs_of_others_are_told},
    {"epochs have a pace", epochs_have_a_pace},
    {"a total has parts", a_total_has_parts},
    {"follows a run", follows_a_run},
    {"trend is against the epoch before", trend_is_against_the_epoch_before},
    {"ends in every way", ends_in_every_way},
    {"a late heartbeat is a stall", a_late_heartbeat_is_a_stall},
    {"a resumed run replaces what it repeats", a_resumed_run_replaces_what_it_repeats},
    {"files and events overlap", files_and_events_overlap},
    {"log lines come together", log_lines_come_together},
    {"lines are bounded", lines_are_bounded},
    {"noise is brought into range", noise_is_brought_into_range},
};

TEST_MAIN(cases)
