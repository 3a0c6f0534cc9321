/* Runs of other programs: whether they still grow is told from their files alone. */
#include "base/clock.h"
#include "base/file.h"
#include "runs/growth.h"
#include "runs/run_list.h"
#include "series/event_record.h"
#include "support/test.h"
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#define NOW 1700000000LL

static char folder[4200];

static void begin(const char *name)
{
    snprintf(folder, sizeof folder, "%s/%s", yd_test_folder(), name);
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
}

static void put_bytes(const char *name, const void *data, size_t length, int age)
{
    char path[4600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    REQUIRE(yd_file_write(path, data, length, NULL) == YD_OK);
    struct timeval times[2] = {{.tv_sec = NOW - age}, {.tv_sec = NOW - age}};
    REQUIRE(utimes(path, times) == 0);
}

static void put(const char *name, const char *text, int age)
{
    put_bytes(name, text, strlen(text), age);
}

/* An event file with a value after each of `count` epochs of `period` seconds, the newest `age` seconds old,
 * behind `ballast` bytes of pictures; itself written file_age seconds ago. */
static void put_events(int count, int period, int age, size_t ballast, int file_age)
{
    yd_text file = {0};
    static char picture[1 << 20];
    for (int i = 0; i <= count; i++) {
        double wall = (double)(NOW - age - (int64_t)(count - i) * period);
        uint8_t event[64] = {1u << 3 |
                             1}; /* 1: wall_time, a double; 2: step; 3 or 5: file_version, summary */
        memcpy(event + 1, &wall, 8);
        size_t length = 9;
        static const uint8_t version[] = {3u << 3 | 2, 13,  'b', 'r', 'a', 'i', 'n', '.',
                                          'E',         'v', 'e', 'n', 't', ':', '2'};
        static const uint8_t summary[] = {2u << 3, 1,   5u << 3 | 2, 10, 1u << 3 | 2, 8,    1u << 3 | 2,
                                          1,       'm', 2u << 3 | 5, 0,  0,           0x80, 0x3f};
        const uint8_t *rest = i ? summary : version;
        size_t more = i ? sizeof summary : sizeof version;
        memcpy(event + length, rest, more);
        yd_record_add(&file, event, length + more);
        if (!i)
            for (size_t left = ballast; left; left -= left < sizeof picture ? left : sizeof picture)
                yd_record_add(&file, picture, left < sizeof picture ? left : sizeof picture);
    }
    REQUIRE(!file.failed);
    put_bytes("events.out.tfevents.1.host", file.data, file.length, file_age);
    yd_text_free(&file);
}

static yd_growth growth(int rows)
{
    return yd_growth_of(folder, rows, NOW * 1000000000LL);
}

static void the_time_between_values_is_the_measure(void)
{
    begin("events"); /* epochs of ten minutes */
    put_events(5, 600, 100, 0, 100);
    CHECK(growth(-1) == YD_GROWTH_GOES_ON);
    put_events(5, 600, 1800, 0, 1800);
    CHECK(growth(-1) == YD_GROWTH_GOES_ON);
    put_events(5, 600, 2000, 0, 2000);
    CHECK(growth(-1) == YD_GROWTH_QUIET);
    put_events(5, 600, 7000, 0, 7000);
    CHECK(growth(-1) == YD_GROWTH_OVER);
    put_events(5, 2, 200, 0, 200); /* epochs of seconds: TensorBoard's writer keeps values for two minutes */
    CHECK(growth(-1) == YD_GROWTH_QUIET);
    put_events(5, 2, 100, 0, 100);
    CHECK(growth(-1) == YD_GROWTH_GOES_ON);
    put_events(3, 600, 2000, 3 << 20, 2000); /* the end of a large file alone is read */
    CHECK(growth(-1) == YD_GROWTH_QUIET);
}

static void a_copied_run_is_over(void)
{
    begin("copied");
    put_events(5, 600, 90000, 0, 10);
    put("results.csv", "epoch,metrics/mAP_0.5\n0,0.5\n", 10);
    CHECK(growth(1) == YD_GROWTH_OVER);
    put_events(5, 600, -5000, 0, 10); /* a clock that is ahead */
    CHECK(growth(1) == YD_GROWTH_GOES_ON);
    put_events(5, 600, -5000, 0, -400);
    CHECK(growth(1) == YD_GROWTH_GOES_ON);
}

static void a_table_alone_does_too(void)
{
    begin("table");
    put("opt.yaml", "epochs: 300\n", 6100);
    CHECK(growth(-1) == YD_GROWTH_QUIET); /* nothing says how long its first epoch takes */
    put("results.csv", "epoch,metrics/mAP_0.5\n0,0.5\n", 100); /* 100 minutes each, with one row */
    CHECK(growth(1) == YD_GROWTH_GOES_ON);
    put("results.csv", "epoch,metrics/mAP_0.5\n0,0.5\n", 3100); /* ten epochs of 300 s */
    CHECK(growth(10) == YD_GROWTH_QUIET);
    CHECK(growth(1) == YD_GROWTH_GOES_ON);
    CHECK(growth(100) == YD_GROWTH_OVER);
    put("results.csv", "epoch,metrics/mAP_0.5\n0,0.5\n", 100);
    put("results.png", "drawn when all is over", 99);
    CHECK(growth(1) == YD_GROWTH_OVER);
    put("results.png", "of a training before --resume", 5000);
    CHECK(growth(1) == YD_GROWTH_GOES_ON);
}

static void what_is_broken_does_no_harm(void)
{
    begin("broken");
    put("events.out.tfevents.1.host", "no event file at all, but a text", 10);
    CHECK(growth(-1) == YD_GROWTH_GOES_ON); /* it is being written, whatever it is */
    put("events.out.tfevents.1.host", "", 20 * 86400);
    CHECK(growth(-1) == YD_GROWTH_OVER);
    CHECK(yd_growth_of("/no/such/run", -1, NOW * 1000000000LL) == YD_GROWTH_OVER);
}

static void the_list_says_so(void)
{
    begin("listed/a");
    put("opt.yaml", "epochs: 300\n", 1000);
    put("results.csv", "epoch,metrics/mAP_0.5,metrics/mAP_0.5:0.95\n0,0.5,0.2\n1,0.6,0.3\n", 100);
    begin("listed/b");
    put("opt.yaml", "epochs: 2\n", 1000);
    put("results.csv", "epoch,metrics/mAP_0.5,metrics/mAP_0.5:0.95\n0,0.5,0.2\n1,0.6,0.3\n", 100);
    begin("listed");
    yd_clock_fake(1, NOW * 1000000000LL);
    yd_arena *arena = yd_arena_create(0);
    yd_run_list list;
    REQUIRE(yd_run_list_read(folder, arena, &list, NULL) == YD_OK && list.count == 2);
    CHECK_TEXT(list.entries[0].state, "training?");
    CHECK(list.entries[0].may_grow && !list.entries[0].lives && list.entries[0].epoch == 2);
    CHECK_TEXT(list.entries[1].state, "done");
    yd_clock_fake(1, (NOW + 2000) * 1000000000LL);
    yd_run_stamp stamp = yd_run_stamp_of(list.entries[0].folder);
    yd_run_entry_read_state(&list.entries[0], &stamp, false);
    CHECK_TEXT(list.entries[0].state, "quiet");
    yd_clock_fake(1, (NOW + 20000) * 1000000000LL);
    yd_run_entry_read_state(&list.entries[0], &stamp, false);
    CHECK_TEXT(list.entries[0].state, "ended");
    CHECK(!list.entries[0].may_grow);
    yd_clock_fake(0, 0);
    yd_arena_destroy(arena);
}

static const yd_test_case cases[] = {
    {"the time between values is the measure", the_time_between_values_is_the_measure},
    {"a copied run is over", a_copied_run_is_over},
    {"a table alone does too", a_table_alone_does_too},
    {"what is broken does no harm", what_is_broken_does_no_harm},
    {"the list says so", the_list_says_so},
};

TEST_MAIN(cases)
