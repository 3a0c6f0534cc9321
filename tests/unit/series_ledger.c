/* The ledger of live changes: what holds of all its lines. */
#include "series/ledger.h"
#include "support/test.h"
#include <stdio.h>
#include <string.h>

static yd_ledger_entry change(int number, int epoch, int batch, const char *name, double to)
{
    yd_ledger_entry entry = {.number = number,
                             .step = epoch * 10 + batch,
                             .made = {epoch, batch},
                             .first = {epoch, batch + 2},
                             .from = 0.1,
                             .to = to,
                             .wall_ns = 1764289000123000000};
    snprintf(entry.name, sizeof entry.name, "%s", name);
    snprintf(entry.who, sizeof entry.who, "pid 7 \"pts/3\"");
    return entry;
}

/* "1 3 2": the numbers in their order. */
static const char *numbers(const yd_ledger *ledger)
{
    static char text[256];
    text[0] = '\0';
    for (int i = 0; i < yd_ledger_count(ledger); i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d", i ? " " : "",
                 yd_ledger_at(ledger, i)->number);
    return text;
}

static void lines_there_and_back(void)
{
    yd_ledger ledger = YD_LEDGER, read = YD_LEDGER;
    yd_text text = {0};
    yd_ledger_entry entry = change(1, 2, 3, "mosaic", 0.1 + 0.2);
    CHECK(yd_ledger_add(&ledger, &entry));
    yd_ledger_line(&entry, &text);
    CHECK_TEXT(
        text.data,
        "{\"number\": 1, \"step\": 23, \"epoch\": 2, \"batch\": 3, \"name\": \"mosaic\", \"old\": 0.1, "
        "\"new\": 0.30000000000000004, \"first_epoch\": 2, \"first_batch\": 5, "
        "\"time\": 1764289000.123, \"who\": \"pid 7 \\\"pts/3\\\"\"}\n");
    CHECK(yd_ledger_parse(&read, text.data, text.length) == 0);
    REQUIRE(yd_ledger_count(&read) == 1 && read.number == 1);
    const yd_ledger_entry *found = yd_ledger_at(&read, 0);
    CHECK(found->to == 0.1 + 0.2 && found->from == 0.1 && found->step == 23 && found->made.batch == 3);
    CHECK(found->first.epoch == 2 && found->first.batch == 5 && found->wall_ns / 1000000 == 1764289000123);
    CHECK_TEXT(found->name, "mosaic");
    CHECK_TEXT(found->who, "pid 7 \"pts/3\"");
    yd_text_free(&text);
    yd_ledger_free(&ledger);
    yd_ledger_free(&read);
}

/* A change that is made while others are still to be replayed takes the place of those of its value. */
static void newest_word(void)
{
    yd_ledger ledger = YD_LEDGER;
    const yd_ledger_entry entries[] = {change(1, 5, 0, "mosaic", 0), change(2, 6, 0, "mixup", 1),
                                       change(3, 7, 0, "mosaic", 1), change(4, 2, 1, "mosaic", 0.5),
                                       change(5, 2, 1, "patience", 3)};
    for (int i = 0; i < 5; i++) CHECK(yd_ledger_add(&ledger, &entries[i]));
    CHECK_TEXT(numbers(&ledger), "4 5 2");
    CHECK(ledger.number == 5);
    yd_ledger again = YD_LEDGER;
    yd_text text = {0};
    yd_ledger_text(&ledger, &text); /* what a checkpoint keeps is what was there */
    CHECK(yd_ledger_parse(&again, text.data, text.length) == 0);
    CHECK_TEXT(numbers(&again), "4 5 2");
    CHECK(again.number == 5);
    yd_text_free(&text);
    yd_ledger_free(&again);
    yd_ledger_go_back(&ledger, 5, (yd_moment){2, 1}); /* what was still to be replayed is no more */
    CHECK_TEXT(numbers(&ledger), "4 5");
    yd_ledger_free(&ledger);
}

static void going_back(void)
{
    yd_ledger ledger = YD_LEDGER, read = YD_LEDGER;
    yd_text text = {0};
    for (int i = 1; i <= 4; i++) {
        yd_ledger_entry entry = change(i, i, 0, "patience", i);
        CHECK(yd_ledger_add(&ledger, &entry));
        yd_ledger_line(&entry, &text);
    }
    yd_ledger_go_back(&ledger, 2, (yd_moment){2, 5});
    yd_ledger_resumed_line(&ledger, (yd_moment){2, 5}, 25, 1764289000123000000, &text);
    CHECK(yd_ledger_parse(&read, text.data, text.length) == 0);
    CHECK_TEXT(numbers(&read), "1 2");
    yd_ledger_entry third = change(3, 2, 7, "epochs", 9);
    yd_ledger_line(&third, &text);
    yd_ledger_free(&read);
    CHECK(yd_ledger_parse(&read, text.data, text.length) == 0);
    CHECK_TEXT(numbers(&read), "1 2 3");
    CHECK_TEXT(yd_ledger_at(&read, 2)->name, "epochs");
    yd_text_free(&text);
    yd_ledger_free(&ledger);
    yd_ledger_free(&read);
}

static void damaged(void)
{
    static const char text[] =
        "\n[]\n{\"number\": 1}\nnonsense\n"
        "{\"step\": 3, \"name\": \"patience\", \"old\": 1, \"new\": 2}\n" /* of a program before this one */
        "{\"number\": -1, \"epoch\": 0, \"batch\": 0, \"name\": \"a\", \"new\": 1, \"first_epoch\": 0}\n"
        "{\"number\": 9999999999, \"epoch\": 0, \"batch\": 0, \"name\": \"a\", \"new\": 1, \"first_epoch\": "
        "0}\n"
        "{\"number\": 2, \"epoch\": 0, \"batch\": 0, \"name\": \"a\", \"new\": null, \"first_epoch\": 0}\n"
        "{\"number\": 3, \"epoch\": 1, \"batch\": 2, \"more\": {\"x\": [1]}, \"name\": \"fine\", \"new\": 1, "
        "\"first_epoch\": 1}\n"
        "{\"number\": 4, \"epoch\": 1, \"batch\": 2, \"name\": \"torn\", \"new\": 1, \"first_epoch\": 1}";
    yd_ledger ledger = YD_LEDGER;
    CHECK(yd_ledger_parse(&ledger, text, sizeof text - 1) == 8);
    CHECK_TEXT(numbers(&ledger), "3");
    CHECK(yd_ledger_read(&ledger, "/nowhere/tweaks.jsonl", NULL) == YD_OK);
    yd_ledger_free(&ledger);
}

static void bounded(void)
{
    yd_ledger ledger = YD_LEDGER;
    for (int i = 1; i <= YD_LEDGER_MOST + 5; i++) {
        yd_ledger_entry entry = change(i, i / 10, i % 10, "patience", i);
        REQUIRE(yd_ledger_add(&ledger, &entry));
    }
    CHECK(yd_ledger_count(&ledger) == YD_LEDGER_MOST && yd_ledger_at(&ledger, 0)->number == 6);
    yd_ledger_free(&ledger);
}

static const yd_test_case cases[] = {
    {"lines there and back", lines_there_and_back},
    {"the newest word", newest_word},
    {"going back", going_back},
    {"damaged lines", damaged},
    {"bounded", bounded},
};
TEST_MAIN(cases)
