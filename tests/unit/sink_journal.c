/* What happened to a run stands in its train.log, in the words that the console has for it. */
#include "base/file.h"
#include "event/event_news.h"
#include "sink/journal.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t second = 1000000000;

static yd_event event_at(yd_event_type type, int64_t seconds)
{
    return (yd_event){.type = type, .wall_ns = (INT64_C(1795825420) + seconds) * second};
}

static void take(const yd_sink *sink, const yd_event *event)
{
    yd_error error;
    CHECK(sink->take(sink->context, event, NULL, &error) == YD_OK);
}

static char *content(const char *folder)
{
    static char text[4096];
    char path[4200];
    snprintf(path, sizeof path, "%s/train.log", folder);
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file) fclose(file);
    text[length] = '\0';
    return text;
}

static void tell_a_run(const yd_sink *sink)
{
    yd_event event = event_at(YD_EVENT_STEP, 0);
    take(sink, &event);
    event = event_at(YD_EVENT_VALIDATION, 1);
    event.body.validation.epoch = 3, event.body.validation.best = 1;
    event.body.validation.map50 = 0.5124f, event.body.validation.map50_95 = NAN;
    take(sink, &event);
    event = event_at(YD_EVENT_SAVED, 2);
    event.body.saved.fitness = 0.25f;
    strcpy(event.body.saved.name, "last.pt");
    take(sink, &event);
    strcpy(event.body.saved.name, "best.pt");
    take(sink, &event);
    event = event_at(YD_EVENT_PICTURE, 2);
    take(sink, &event);
    event = event_at(YD_EVENT_CHANGED, 3);
    event.body.changed.from = 5, event.body.changed.to = 1;
    strcpy(event.body.changed.name, "save_\033period"), strcpy(event.body.changed.who, "process 7");
    take(sink, &event);
    event = event_at(YD_EVENT_STATE, 4);
    event.body.state.to = YD_RUN_SAVE;
    take(sink, &event);
    event.body.state.to = YD_RUN_DONE;
    take(sink, &event);
}

static void keeps_what_is_news(void)
{
    yd_sink sink;
    yd_error error;
    char folder[4096];
    setenv("TZ", "UTC", 1);
    snprintf(folder, sizeof folder, "%s", yd_test_folder());
    REQUIRE(yd_journal_sink(folder, &sink, &error) == YD_OK);
    tell_a_run(&sink);
    CHECK(content(folder)[0] == '\0');
    CHECK(sink.flush(sink.context, &error) == YD_OK);
    sink.close(sink.context);
    CHECK_TEXT(content(folder), "2026-11-28 00:23:41 * epoch 3: mAP 0.512 / -, best\n"
                                "2026-11-28 00:23:42 * saved best.pt (0.250)\n"
                                "2026-11-28 00:23:43 * save_\\x1bperiod 5 -> 1 (process 7)\n"
                                "2026-11-28 00:23:44 * done\n");
}

static void what_the_disk_refused_is_written_later(void)
{
    yd_sink sink;
    yd_error error;
    char folder[4200];
    snprintf(folder, sizeof folder, "%s/later", yd_test_folder());
    REQUIRE(yd_journal_sink(folder, &sink, &error) == YD_OK);
    yd_event event = event_at(YD_EVENT_SAVED, 0);
    strcpy(event.body.saved.name, "epoch1.pt");
    take(&sink, &event);
    CHECK(sink.flush(sink.context, &error) != YD_OK);
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    CHECK(sink.flush(sink.context, &error) == YD_OK);
    CHECK(sink.flush(sink.context, &error) == YD_OK);
    sink.close(sink.context);
    CHECK(strstr(content(folder), "* saved epoch1.pt\n"));
}

/* Whatever a record holds: a text that ends where there is room for it. */
static void noise_is_words_at_most(void)
{
    unsigned seed = 5;
    for (int i = 0; i < 20000; i++) {
        yd_event event;
        char out[YD_NEWS_TEXT];
        unsigned char *bytes = (unsigned char *)&event;
        for (size_t j = 0; j < sizeof event; j++)
            bytes[j] = (unsigned char)((seed = seed * 1103515245 + 12345) >> 16);
        event.type = (uint32_t)i % (YD_EVENT_COUNT + 2);
        memset(out, 'x', sizeof out);
        bool told = yd_event_news(&event, out);
        CHECK(memchr(out, '\0', sizeof out) != NULL && told == (out[0] != '\0'));
        yd_event_news_is_ordinary(&event);
    }
}

static const yd_test_case cases[] = {
    {"keeps what is news", keeps_what_is_news},
    {"what the disk refused is written later", what_the_disk_refused_is_written_later},
    {"noise is words at most", noise_is_words_at_most},
};
TEST_MAIN(cases)
