/* Events as lines and as JSON, hostile ones too. */
#include "event/event_text.h"
#include "support/test.h"
#include <math.h>
#include <string.h>

static const yd_status_block block = {.epoch = 2,
                                      .epochs = 10,
                                      .batch = 4,
                                      .batches = 20,
                                      .loss_box = .125F,
                                      .loss_obj = 1,
                                      .eta_seconds = 3725};

static yd_event step_of(int epoch, int batch)
{
    return (yd_event){
        .type = YD_EVENT_STEP,
        .body.step = {.epoch = epoch, .batch = batch, .lr = {0, .01F}, .images_per_second = 40}};
}

static yd_event log_of(const char *text, bool more)
{
    yd_event event = {.type = YD_EVENT_LOG, .body.log = {.level = 2, .more = more}};
    yd_copy_text(event.body.log.text, sizeof event.body.log.text, text);
    return event;
}

static void check_line(yd_event_text *told, const yd_event *event, const char *wanted)
{
    yd_text text = {0};
    yd_event_text_line(told, event, &block, &text);
    CHECK_TEXT(text.data ? text.data : "", wanted);
    yd_text_free(&text);
}

static void steps_are_told_now_and_then(void)
{
    static const char line[] =
        "epoch 2/9  batch 5/20  box 0.125  obj 1  cls 0  lr 0.01  40.0 im/s  ETA 01:02:05\n";
    yd_event_text told = {0};
    yd_event event = step_of(2, 4), later = step_of(2, 5), earlier = step_of(1, 4);
    yd_text text = {0};
    yd_event_text_line(&told, &event, NULL, &text);
    CHECK(text.length == 0);         /* nothing is known of the run */
    check_line(&told, &later, "");   /* the block is older */
    check_line(&told, &earlier, ""); /* the block is of another epoch */
    check_line(&told, &event, line);
    check_line(&told, &event, ""); /* within two seconds */
    told.step_line_ns -= 2000000001;
    check_line(&told, &event, line);
    yd_event_text_free(&told);
}

static void each_kind_has_its_line(void)
{
    yd_event_text told = {0};
    yd_event epoch = {.type = YD_EVENT_EPOCH, .body.epoch = {.epoch = 3, .box = .5F, .lr = {.25F, .5F, 1}}};
    yd_event validation = {.type = YD_EVENT_VALIDATION,
                           .body.validation = {.epoch = 3, .best = 1, .map50 = NAN, .seconds = 1.25F}};
    yd_event saved = {.type = YD_EVENT_SAVED, .body.saved = {.name = "best.pt"}};
    yd_event state = {.type = YD_EVENT_STATE}, strange = {.type = 77};
    check_line(&told, &epoch, "epoch 3 trained: box 0.5  obj 0  cls 0  lr 0.25 0.5 1\n");
    check_line(
        &told, &validation,
        "epoch 3 validated: P 0  R 0  mAP@.5 nan  mAP@.5:.95 0  box 0  obj 0  cls 0  (1.2 s)  best so far\n");
    check_line(&told, &saved, "saved weights/best.pt\n");
    check_line(&told, &state, "");
    check_line(&told, &strange, "");
}

static void pieces_become_one_line(void)
{
    yd_event_text told = {0};
    yd_event first = log_of("one, ", true), last = log_of("two", false);
    check_line(&told, &first, "");
    check_line(&told, &last, "warning: one, two\n");
    check_line(&told, &first, "");
    yd_event_text_lost(&told);
    check_line(&told, &last, "warning: two\n"); /* what came before was lost */
    yd_event_text_free(&told);
}

static void hostile_events_do_no_harm(void)
{
    yd_event_text told = {0};
    yd_text text = {0};
    yd_event saved = {.type = YD_EVENT_SAVED}, endless = log_of("\x1b[2J\xff", true);
    memset(saved.body.saved.name, 'x', sizeof saved.body.saved.name); /* not terminated */
    yd_event_text_line(&told, &saved, &block, &text);
    CHECK(text.length == strlen("saved weights/\n") + sizeof saved.body.saved.name);
    yd_text_clear(&text);
    for (int i = 0; i < 3000; i++) yd_event_text_line(&told, &endless, &block, &text);
    CHECK(text.length > 0 && told.log_line.length < 8192); /* a line that never ends is cut */
    CHECK(strncmp(text.data, "warning: \\x1b[2J\\xff", 20) == 0 && !strchr(text.data, '\x1b'));
    yd_text_free(&text);
    yd_event_text_free(&told);
}

static void objects_for_programs(void)
{
    yd_event_text told = {0};
    yd_text text = {0};
    yd_event first = log_of("a \"b\"", true), last = log_of("\n", false), state = {.type = YD_EVENT_STATE};
    yd_event_text_json(&told, &first, &text);
    CHECK(text.length == 0);
    yd_event_text_json(&told, &last, &text);
    CHECK(text.length && strstr(text.data, "\"event\": \"log\"") && strstr(text.data, "\"a \\\"b\\\""));
    CHECK(strchr(text.data, '\n') == text.data + text.length - 1);
    yd_text_clear(&text);
    state.body.state.to = 99;
    yd_event_text_json(&told, &state, &text);
    CHECK(strstr(text.data, "\"to\": \"?\"") != NULL);
    yd_text_free(&text);
    yd_event_text_free(&told);
}

static const yd_test_case cases[] = {
    {"steps are told now and then", steps_are_told_now_and_then},
    {"each kind has its line", each_kind_has_its_line},
    {"pieces become one line", pieces_become_one_line},
    {"hostile events do no harm", hostile_events_do_no_harm},
    {"objects for programs", objects_for_programs},
};
TEST_MAIN(cases)
