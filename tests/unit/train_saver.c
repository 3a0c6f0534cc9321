/* The writer thread: the training thread waits for what is read, not for what is written, and never sees half
 * a result. */
#include "base/file.h"
#include "support/test.h"
#include "train/saver.h"
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ELEMENTS = 4096, ROUNDS = 300 };

typedef struct bench {
    yd_saver *saver;
    sem_t may_read, may_write;
    bool tells; /* calls yd_saver_has_read */
    int done;
    atomic_bool writing; /* has read, has not written */
} bench;

static void work_in_steps(void *context, yd_saver *saver)
{
    bench *b = context;
    sem_wait(&b->may_read);
    if (b->tells) {
        atomic_store(&b->writing, true);
        yd_saver_has_read(saver);
    }
    sem_wait(&b->may_write);
    atomic_store(&b->writing, false);
    b->done++;
}

static void open_bench(bench *b)
{
    yd_error error;
    *b = (bench){.tells = true};
    sem_init(&b->may_read, 0, 0);
    sem_init(&b->may_write, 0, 0);
    REQUIRE(yd_saver_create(work_in_steps, b, &b->saver, &error) == YD_OK);
}

static void close_bench(bench *b)
{
    yd_saver_destroy(b->saver);
    sem_destroy(&b->may_read);
    sem_destroy(&b->may_write);
}

static void reading_is_waited_for_and_writing_is_not(void)
{
    bench b;
    open_bench(&b);
    yd_saver_wait_read(b.saver); /* nothing under way */
    CHECK(!yd_saver_take(b.saver, false) && !yd_saver_take(b.saver, true));
    yd_saver_start(b.saver);
    CHECK(!yd_saver_take(b.saver, false));
    sem_post(&b.may_read);
    yd_saver_wait_read(b.saver);
    CHECK(atomic_load(&b.writing)); /* it has read, and still writes */
    CHECK(!yd_saver_take(b.saver, false));
    sem_post(&b.may_write);
    CHECK(yd_saver_take(b.saver, true));
    CHECK(b.done == 1);
    CHECK(!yd_saver_take(b.saver, true)); /* a result is there once */
    close_bench(&b);
}

static void work_that_fails_before_it_has_read_holds_nobody(void)
{
    bench b;
    open_bench(&b);
    b.tells = false;
    yd_saver_start(b.saver);
    sem_post(&b.may_read);
    sem_post(&b.may_write);
    yd_saver_wait_read(b.saver);
    CHECK(b.done == 1);
    CHECK(yd_saver_take(b.saver, false));
    close_bench(&b);
}

static void closing_waits_for_what_is_under_way(void)
{
    bench b;
    open_bench(&b);
    yd_saver_start(b.saver);
    sem_post(&b.may_read);
    sem_post(&b.may_write);
    close_bench(&b);
    CHECK(b.done == 1);
    yd_saver_destroy(NULL);
}

/* A state that the training thread changes as soon as it may, while it is written. */
typedef struct state {
    int values[ELEMENTS];
    bool torn;
} state;

static void read_state(void *context, yd_saver *saver)
{
    state *s = context;
    int first = s->values[0];
    for (int i = 0; i < ELEMENTS; i++) s->torn = s->torn || s->values[i] != first;
    yd_saver_has_read(saver);
}

static void the_state_stands_still_while_it_is_read(void)
{
    static state s;
    yd_saver *saver;
    yd_error error;
    REQUIRE(yd_saver_create(read_state, &s, &saver, &error) == YD_OK);
    for (int round = 1; round <= ROUNDS; round++) {
        yd_saver_start(saver);
        yd_saver_wait_read(saver);
        for (int i = 0; i < ELEMENTS; i++) s.values[i] = round;
        REQUIRE(yd_saver_take(saver, true));
        REQUIRE(!s.torn);
    }
    yd_saver_destroy(saver);
}

/* In the order of the calls, before the save that comes after them, and all of it before the end. */
static void appends_in_order(void)
{
    bench b;
    char path[4200], *data;
    size_t length;
    snprintf(path, sizeof path, "%s/lines", yd_test_folder());
    open_bench(&b);
    for (int i = 0; i < 3; i++) {
        yd_text line = {0};
        yd_text_addf(&line, "line %d\n", i);
        yd_saver_append(b.saver, path, &line);
        CHECK(!line.data);
    }
    yd_saver_start(b.saver);
    sem_post(&b.may_read);
    yd_saver_wait_read(b.saver);
    REQUIRE(yd_file_read(path, 0, &data, &length, NULL) == YD_OK);
    CHECK_TEXT(data, "line 0\nline 1\nline 2\n");
    free(data);
    yd_text line = {0};
    yd_text_add(&line, "last\n");
    yd_saver_append(b.saver, path, &line);
    sem_post(&b.may_write);
    yd_saver_flush(b.saver);
    REQUIRE(yd_file_read(path, 0, &data, &length, NULL) == YD_OK);
    CHECK_TEXT(data + 21, "last\n");
    free(data);
    yd_text_add(&line, "nowhere\n");
    yd_saver_append(b.saver, "/no/such/folder/file", &line); /* a warning, and nothing else */
    yd_text_add(&line, "end\n");
    yd_saver_append(b.saver, path, &line);
    close_bench(&b);
    REQUIRE(yd_file_read(path, 0, &data, &length, NULL) == YD_OK);
    CHECK_TEXT(data + 26, "end\n");
    free(data);
}

static const yd_test_case cases[] = {
    {"appends in order", appends_in_order},
    {"reading is waited for and writing is not", reading_is_waited_for_and_writing_is_not},
    {"work that fails before it has read holds nobody", work_that_fails_before_it_has_read_holds_nobody},
    {"closing waits for what is under way", closing_waits_for_what_is_under_way},
    {"the state stands still while it is read", the_state_stands_still_while_it_is_read},
};
TEST_MAIN(cases)
