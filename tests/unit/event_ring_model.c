/* Runs the ring's own code through all interleavings of a few threads: before each access to shared memory it
 * calls YD_RING_STEP, which here hands control to the schedule that is being tried. Sequentially consistent
 * interleavings, that is: what may be reordered beyond them is argued in ring_protocol.h. */
static void step(void);
#define YD_RING_STEP() step()
#include "event/ring_protocol.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { THREADS = 3, DEPTH = 64, STACK = 64 * 1024, WORDS = 3 };

typedef struct thread {
    ucontext_t context;
    void (*run)(int argument);
    int argument;
    bool started, done;
    char *stack;
} thread;

/* The state of one execution; started anew for each schedule. */
static thread threads[THREADS];
static int thread_count, current;
static ucontext_t scheduler;

/* The schedule as a path in the tree of choices: which of the living threads goes next. */
static int choices[DEPTH], widths[DEPTH], depth;

static void step(void)
{
    swapcontext(&threads[current].context, &scheduler);
}

static void enter(void)
{
    threads[current].run(threads[current].argument);
    threads[current].done = true;
    swapcontext(&threads[current].context, &scheduler);
}

static void start_thread(thread *own)
{
    getcontext(&own->context);
    own->context.uc_stack.ss_sp = own->stack;
    own->context.uc_stack.ss_size = STACK;
    own->context.uc_link = NULL;
    makecontext(&own->context, enter, 0);
    own->started = true;
}

/* One execution along choices; beyond their end the first living thread goes on. */
static void run_schedule(void)
{
    for (depth = 0;; depth++) {
        int living[THREADS], count = 0;
        for (int i = 0; i < thread_count; i++)
            if (!threads[i].done) living[count++] = i;
        if (count == 0) return;
        REQUIRE(depth < DEPTH);
        widths[depth] = count;
        current = living[choices[depth]];
        if (!threads[current].started) start_thread(&threads[current]);
        swapcontext(&scheduler, &threads[current].context);
    }
}

/* The next path: the last choice that has another alternative takes it. False after the last. */
static bool next_schedule(void)
{
    while (depth > 0 && choices[depth - 1] + 1 >= widths[depth - 1]) choices[--depth] = 0;
    if (depth == 0) return false;
    choices[depth - 1]++;
    return true;
}

/* Calls reset before and check after each interleaving of the threads; returns how many there were. */
static long try_all(int count, void (*const runs[])(int), const int arguments[], void (*reset)(void),
                    void (*check)(void))
{
#ifdef YD_THREAD_SANITIZER
    yd_test_skip("ThreadSanitizer does not follow the change of stacks, and there is one thread only");
#endif
    long schedules = 0;
    memset(choices, 0, sizeof choices);
    do {
        thread_count = count;
        for (int i = 0; i < count; i++) {
            if (!threads[i].stack) threads[i].stack = malloc(STACK);
            REQUIRE(threads[i].stack);
            threads[i].run = runs[i], threads[i].argument = arguments[i];
            threads[i].started = threads[i].done = false;
        }
        reset();
        run_schedule();
        check();
        schedules++;
    } while (next_schedule());
    return schedules;
}

/* Words that a slot uses; fewer where three writers would make the tree of choices too large. */
static int slot_words = WORDS;

/* One slot of a ring of capacity 1: ticket 2 comes a lap after ticket 1, ticket 3 another. */
static ring_word slot[WORDS];
static uint64_t copy[WORDS], newest;
static slot_answer answer;

static uint64_t payload(uint64_t ticket, int word)
{
    return ticket * 1000 + (uint64_t)word;
}

static bool is_payload(const uint64_t *words, uint64_t ticket)
{
    for (int i = 1; i < slot_words; i++)
        if (words[i] != payload(ticket, i)) return false;
    return true;
}

static void write_ticket(int ticket)
{
    uint64_t words[WORDS];
    for (int i = 1; i < WORDS; i++) words[i] = payload((uint64_t)ticket, i);
    slot_write(slot, words, slot_words, (uint64_t)ticket);
}

static void read_ticket(int ticket)
{
    answer = slot_read(slot, copy, slot_words, (uint64_t)ticket, &newest);
}

static void clear_slot(void)
{
    for (int i = 0; i < WORDS; i++) atomic_store(&slot[i], 0);
}

/* When all writers have left: the slot is free, and holds the newest ticket whole, or its tombstone. */
static void check_slot(uint64_t last)
{
    uint64_t word = atomic_load(&slot[0]), words[WORDS];
    for (int i = 0; i < WORDS; i++) words[i] = atomic_load(&slot[i]);
    REQUIRE(word >> SLOT_SHIFT == last);
    REQUIRE(!(word & SLOT_OCCUPIED));
    REQUIRE((word & SLOT_TOMBSTONE) || is_payload(words, last));
}

static void check_two_and_reader_of_1(void)
{
    check_slot(2);
    if (answer == SLOT_RECORD) REQUIRE(is_payload(copy, 1));
    REQUIRE(answer != SLOT_GIVEN_UP); /* the first is never given up: if late, it is overtaken */
    if (answer == SLOT_OVERTAKEN) REQUIRE(newest == 2);
}

static void check_two_and_reader_of_2(void)
{
    check_slot(2);
    if (answer == SLOT_RECORD) REQUIRE(is_payload(copy, 2));
    REQUIRE(answer != SLOT_OVERTAKEN); /* nobody is after it */
}

static void check_three(void)
{
    check_slot(3);
}

static void laps_never_mix_and_readers_never_see_a_mixture(void)
{
    long first = try_all(3, (void (*const[])(int)){write_ticket, write_ticket, read_ticket}, (int[]){1, 2, 1},
                         clear_slot, check_two_and_reader_of_1);
    long second = try_all(3, (void (*const[])(int)){write_ticket, write_ticket, read_ticket},
                          (int[]){1, 2, 2}, clear_slot, check_two_and_reader_of_2);
    printf("  %ld and %ld interleavings\n", first, second);
    CHECK(first > 10000 && second > 10000);
}

static void three_laps_leave_the_newest(void)
{
    slot_words = 2;
    long count = try_all(3, (void (*const[])(int)){write_ticket, write_ticket, write_ticket},
                         (int[]){1, 2, 3}, clear_slot, check_three);
    slot_words = WORDS;
    printf("  %ld interleavings\n", count);
    CHECK(count > 10000);
}

/* The status block: a writer that writes twice, and a reader. */
static ring_word sequence, block[WORDS];
static bool copied;

static void clear_block(void)
{
    atomic_store(&sequence, 0);
    for (int i = 0; i < WORDS; i++) atomic_store(&block[i], payload(0, i));
}

static void write_block_twice(int unused)
{
    (void)unused;
    for (uint64_t version = 1; version <= 2; version++) {
        uint64_t words[WORDS];
        for (int i = 0; i < WORDS; i++) words[i] = payload(version, i);
        block_write(&sequence, block, words, WORDS);
    }
}

static void read_block(int unused)
{
    (void)unused;
    copied = block_read(&sequence, block, copy, WORDS);
}

static void check_block(void)
{
    if (!copied) return;
    uint64_t version = copy[0] / 1000;
    REQUIRE(version <= 2);
    for (int i = 0; i < WORDS; i++) REQUIRE(copy[i] == payload(version, i));
}

static void copies_of_a_block_are_whole(void)
{
    long count = try_all(2, (void (*const[])(int)){write_block_twice, read_block}, (int[]){0, 0}, clear_block,
                         check_block);
    printf("  %ld interleavings\n", count);
    CHECK(count > 1000);
}

/* That the search would find a mistake: a reader that does not look again sees mixtures. */
static long mixtures;

static void read_carelessly(int unused)
{
    (void)unused;
    for (int i = 1; i < WORDS; i++) {
        step();
        copy[i] = atomic_load(&slot[i]);
    }
}

static void count_mixture(void)
{
    mixtures += !is_payload(copy, 1) && !is_payload(copy, 2) && copy[1] && copy[2];
}

static void the_search_finds_mistakes(void)
{
    try_all(3, (void (*const[])(int)){write_ticket, write_ticket, read_carelessly}, (int[]){1, 2, 0},
            clear_slot, count_mixture);
    CHECK(mixtures > 0);
    for (int i = 0; i < THREADS; i++) free(threads[i].stack);
}

static const yd_test_case cases[] = {
    {"laps never mix, and readers never see a mixture", laps_never_mix_and_readers_never_see_a_mixture},
    {"three laps leave the newest", three_laps_leave_the_newest},
    {"copies of a block are whole", copies_of_a_block_are_whole},
    {"the search finds mistakes", the_search_finds_mistakes},
};
TEST_MAIN(cases)
