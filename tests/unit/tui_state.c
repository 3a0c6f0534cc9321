#include "support/test.h"
#include "tui/state.h"
#include <math.h>
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
    yd_run_view_event(view, &event);
}

static void send_state(yd_run_view *view, yd_run_state to, uint32_t code)
{
    yd_event event = event_of(YD_EVENT_STATE);
    event.body.state.to = to, event.body.state.exit_code = code;
    yd_run_view_event(view, &event);
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
    CHECK(view->loss[YD_LOSS_BOX].count == 2);
    CHECK_NEAR(view->loss[YD_LOSS_BOX].points[1].x, 12.52, 1e-9);
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
    event.body.epoch.epoch = 3; /* the epoch under way is done: nothing to compare with yet */
    yd_run_view_event(view, &event);
    CHECK(isnan(yd_run_view_trend(view, YD_LOSS_BOX)));
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

static void a_resumed_run_replaces_what_it_repeats(void)
{
    yd_run_view *view = yd_run_view_create();
    yd_results_row rows[4];
    for (int i = 0; i < 4; i++)
        rows[i] = (yd_results_row){
            .epoch = i, .train_box = 1.0f, .map50 = 0.1f, .map50_95 = 0.1f, .lr = {0.07f, 0.01f, 0.01f}};
    yd_run_view_results(view, &(yd_results){.rows = rows, .count = 4});
    CHECK(view->loss[YD_LOSS_BOX].count == 4);
    CHECK_NEAR(yd_history_last(&view->lr[2]), 0.07, 1e-6); /* the biases, wherever the file has them */
    CHECK_NEAR(yd_history_last(&view->lr[0]), 0.01, 1e-6);
    yd_status_block block = block_at(2, 0);
    yd_run_view_status(view, &block);
    send_step(view, 2, 9, 0.5f);
    CHECK(view->loss[YD_LOSS_BOX].count == 3);
    CHECK_NEAR(yd_history_last(&view->loss[YD_LOSS_BOX]), 0.5, 1e-6);
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
        for (int j = 0; j < 3; j++) CHECK(shares[j] >= 0 && shares[j] <= 1);
        CHECK(view->state < YD_RUN_STATE_COUNT && memchr(view->block.run, 0, sizeof view->block.run) != NULL);
        CHECK(view->block.batch <= view->block.batches && view->now_epochs >= 0);
    }
    yd_run_view_destroy(view);
}

static void history_keeps_spikes_in_bounded_memory(void)
{
    yd_history *history = calloc(1, sizeof *history);
    REQUIRE(history != NULL);
    for (int i = 0; i < 300000; i++)
        yd_history_add(history, (i + 1) / 1000.0, i == 123456 ? 50.0 : i == 200000 ? (double)NAN : 1.0);
    CHECK(history->count <= YD_HISTORY_POINTS && history->count > YD_HISTORY_POINTS / 8);
    yd_history_column columns[60];
    yd_history_columns(history, 0, 300, columns, 60);
    double high = 0;
    int broken = 0, known = 0;
    for (int i = 0; i < 60; i++) {
        high = fmax(high, (double)columns[i].high);
        broken += columns[i].not_finite;
        known += columns[i].known;
    }
    CHECK_NEAR(high, 50, 0);
    CHECK(broken == 1 && known == 60);
    CHECK_NEAR(yd_history_last(history), 1, 1e-9);
    yd_history_add(history, 100, 2.0); /* gone back */
    CHECK_NEAR(history->points[history->count - 1].x, 100, 1e-9);
    yd_history_add(history, (double)NAN, 3.0);
    yd_history_add(history, -1, 3.0);
    CHECK_NEAR(yd_history_last(history), 2, 1e-9);
    free(history);
}

static void columns_repeat_what_was_before(void)
{
    yd_history *history = calloc(1, sizeof *history);
    REQUIRE(history != NULL);
    yd_history_column columns[10];
    yd_history_columns(history, 0, 1, columns, 10);
    for (int i = 0; i < 10; i++) CHECK(!columns[i].known);
    yd_history_add(history, 3, 5.0);
    yd_history_add(history, 8, 7.0);
    yd_history_columns(history, 0, 10, columns, 10);
    CHECK(!columns[2].known && columns[3].known && columns[7].known);
    CHECK_NEAR(columns[7].mean, 5, 0);
    CHECK_NEAR(columns[9].mean, 7, 0);
    yd_history_columns(history, 4, 4, columns, 10); /* no range */
    CHECK(!columns[0].known);
    free(history);
}

static const yd_test_case cases[] = {
    {"follows a run", follows_a_run},
    {"trend is against the epoch before", trend_is_against_the_epoch_before},
    {"ends in every way", ends_in_every_way},
    {"a late heartbeat is a stall", a_late_heartbeat_is_a_stall},
    {"a resumed run replaces what it repeats", a_resumed_run_replaces_what_it_repeats},
    {"log lines come together", log_lines_come_together},
    {"lines are bounded", lines_are_bounded},
    {"noise is brought into range", noise_is_brought_into_range},
    {"history keeps spikes in bounded memory", history_keeps_spikes_in_bounded_memory},
    {"columns repeat what was before", columns_repeat_what_was_before},
};

TEST_MAIN(cases)
