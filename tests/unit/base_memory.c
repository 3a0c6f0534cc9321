#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/vector.h"
#include "support/test.h"
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static bool all_zero(const char *memory, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (memory[i]) return false;
    return true;
}

static void arena_memory_is_aligned_zeroed_and_apart(void)
{
    yd_arena *arena = yd_arena_create(1000);
    REQUIRE(arena);
    char *memory[200];
    for (size_t i = 0; i < 200; i++) { /* across many blocks, some larger than a block */
        memory[i] = yd_arena_alloc(arena, i, 37);
        REQUIRE(memory[i]);
        CHECK((uintptr_t)memory[i] % 64 == 0 && all_zero(memory[i], i * 37));
        memset(memory[i], (int)i, i * 37);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < i * 37; j++)
            if ((unsigned char)memory[i][j] != i)
                yd_test_fatal(__FILE__, __LINE__, "allocation %zu was overwritten", i);
    yd_arena_destroy(arena);
}

static void arena_sizes_cannot_overflow(void)
{
    yd_arena *arena = yd_arena_create(0);
    REQUIRE(arena);
    CHECK(!yd_arena_alloc(arena, SIZE_MAX / 2, 3));
    CHECK(!yd_arena_alloc(arena, SIZE_MAX, 1));
    CHECK(!yd_arena_alloc(arena, SIZE_MAX - 64, 1));
    CHECK(!yd_arena_alloc(arena, 1, SIZE_MAX - 127));
    CHECK(!yd_arena_alloc(arena, (size_t)1 << 62, 1));                        /* no overflow, but no memory */
    CHECK(yd_arena_alloc(arena, 0, SIZE_MAX) && yd_arena_alloc(arena, 1, 1)); /* still usable */
    yd_arena_destroy(arena);
    yd_arena_destroy(NULL);
}

static void arena_keeps_text(void)
{
    yd_arena *arena = yd_arena_create(0);
    REQUIRE(arena);
    CHECK_TEXT(yd_arena_strdup(arena, "a text"), "a text");
    CHECK_TEXT(yd_arena_printf(arena, "%s %d", "number", 7), "number 7");
    yd_arena_destroy(arena);
}

static void arenas_are_adopted(void)
{
    yd_arena *arena = yd_arena_create(1000);
    char *own = yd_arena_strdup(arena, "own"), *others[4][50];
    for (int i = 0; i < 4; i++) {
        yd_arena *other = yd_arena_create(256);
        for (int k = 0; k < i * 15; k++) others[i][k] = yd_arena_printf(other, "%d of %d", k, i);
        yd_arena_adopt(arena, other);
        CHECK_TEXT(yd_arena_strdup(arena, "more"), "more");
    }
    yd_arena_adopt(arena, NULL);
    CHECK_TEXT(own, "own");
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < i * 15; k++) {
            char wanted[32];
            snprintf(wanted, sizeof wanted, "%d of %d", k, i);
            CHECK_TEXT(others[i][k], wanted);
        }
    yd_arena *empty = yd_arena_create(0), *full = yd_arena_create(0);
    own = yd_arena_strdup(full, "full");
    yd_arena_adopt(empty, full);
    CHECK_TEXT(own, "full");
    yd_arena_destroy(empty);
    yd_arena_destroy(arena);
}

static void blocks_are_zeroed_at_any_size(void)
{
    static const size_t sizes[] = {0, 1, 64, 4097, (2u << 20) - 1, 2u << 20, (4u << 20) + 5};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *block = yd_block_alloc(sizes[i]);
        REQUIRE(block);
        CHECK((uintptr_t)block % 64 == 0 && all_zero(block, sizes[i]));
        memset(block, 1, sizes[i]);
        yd_block_free(block, sizes[i]);
    }
    CHECK(!yd_block_alloc(SIZE_MAX));
    CHECK(!yd_block_alloc(SIZE_MAX - (2u << 20)));
    yd_block_free(NULL, 5);
}

static void products_of_sizes_are_checked(void)
{
    CHECK(yd_mul_size(6, 7) == 42);
    CHECK(yd_mul_size(0, 7) == 0);
    CHECK(yd_mul_size(SIZE_MAX, 1) == SIZE_MAX);
    CHECK(yd_mul_size(SIZE_MAX, 2) == 0);
    CHECK(yd_mul_size((size_t)1 << 32, (size_t)1 << 32) == 0);
}

static void vectors_grow(void)
{
    yd_vector vector = {.size = sizeof(int)};
    for (int i = 0; i < 1000; i++) {
        int *place = yd_vector_push(&vector, &i);
        REQUIRE(place && *place == i);
    }
    CHECK(vector.count == 1000 && YD_AT(int, &vector, 999) == 999 && YD_AT(int, &vector, 0) == 0);
    CHECK(!yd_vector_reserve(&vector, SIZE_MAX / 2));
    CHECK(!yd_vector_reserve(&vector, SIZE_MAX));
    CHECK(vector.count == 1000 && YD_AT(int, &vector, 500) == 500);
    yd_vector_free(&vector);
    CHECK(!vector.data && vector.size == sizeof(int));
}

static void the_clock_can_be_frozen(void)
{
    int64_t before = yd_clock_ns();
    CHECK(yd_clock_ns() >= before && yd_wall_clock_ns() > 1500000000000000000);
    yd_clock_fake(5, 7);
    CHECK(yd_clock_ns() == 5 && yd_wall_clock_ns() == 7);
    yd_clock_fake(0, 0);
    CHECK(yd_clock_ns() >= before);
}

static void keep_line(void *context, yd_log_level level, const char *line)
{
    CHECK(level == YD_LOG_WARNING);
    strncpy(context, line, 99);
}

static void log_lines_are_clean(void)
{
    char kept[100] = "";
    yd_log_set_receiver(keep_line, kept);
    yd_log(YD_LOG_WARNING, "broken image %s", "\x1b]0;x\a.jpg");
    yd_log_set_receiver(NULL, NULL);
    CHECK_TEXT(kept, "broken image \\x1b]0;x\\x07.jpg");
}

static void *look_around(void *context)
{
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    *(bool *)context =
        sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM) && sigismember(&mask, SIGHUP);
    return NULL;
}

static void threads_take_no_signals(void)
{
    pthread_t thread;
    bool blocked = false;
    yd_error error = {0};
    REQUIRE(yd_thread_start(&thread, "a name that is much too long", look_around, &blocked, &error) == YD_OK);
    pthread_join(thread, NULL);
    CHECK(blocked);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    CHECK(!sigismember(&mask, SIGINT)); /* the caller's mask is as before */
}

static void cpus_are_those_of_the_affinity_mask(void)
{
    cpu_set_t before, one;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    int all = yd_cpu_count();
    CHECK(all >= 1 && all <= CPU_COUNT(&before));
    CPU_ZERO(&one);
    for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(yd_cpu_count() == 1);
    sched_setaffinity(0, sizeof before, &before);
}

static const yd_test_case cases[] = {
    {"arena memory is aligned, zeroed and apart", arena_memory_is_aligned_zeroed_and_apart},
    {"arena sizes cannot overflow", arena_sizes_cannot_overflow},
    {"arena keeps text", arena_keeps_text},
    {"arenas are adopted", arenas_are_adopted},
    {"blocks are zeroed at any size", blocks_are_zeroed_at_any_size},
    {"products of sizes are checked", products_of_sizes_are_checked},
    {"vectors grow", vectors_grow},
    {"the clock can be frozen", the_clock_can_be_frozen},
    {"log lines are clean", log_lines_are_clean},
    {"threads take no signals", threads_take_no_signals},
    {"CPUs are those of the affinity mask", cpus_are_those_of_the_affinity_mask},
};
TEST_MAIN(cases)
