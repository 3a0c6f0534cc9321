/* The compute team: shares, all threads at work, denormals, callers that change. */
#include "backend/cpu/cpu.h"
#include "backend/cpu/prepare.h"
#include "backend/cpu/team.h"
#include "support/test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static void test_share(void)
{
    for (size_t total = 0; total < 40; total++)
        for (int count = 1; count < 9; count++) {
            size_t next = 0, least = total, most = 0;
            for (int i = 0; i < count; i++) {
                size_t begin, end;
                yd_team_share(total, i, count, &begin, &end);
                CHECK(begin == next && end >= begin);
                next = end;
                if (end - begin < least) least = end - begin;
                if (end - begin > most) most = end - begin;
            }
            CHECK(next == total);
            CHECK(most - least <= 1);
        }
}

typedef struct roll {
    atomic_int calls, count;
    atomic_int by[64];
    atomic_int denormals; /* threads where the half of a smallest normal number is not zero */
} roll;

static void call_roll(void *context, int index, int count)
{
    roll *r = context;
    volatile float smallest = 1.17549435e-38f, half = 0.5f;
    const float product = smallest * half;
    uint32_t bits;
    memcpy(&bits, &product, sizeof bits); /* a comparison would take denormals for zeros */
    atomic_fetch_add(&r->calls, 1);
    atomic_fetch_add(&r->by[index], 1);
    atomic_store(&r->count, count);
    if (bits) atomic_fetch_add(&r->denormals, 1);
}

static void check_roll(yd_team *team, int threads)
{
    for (int round = 0; round < 20; round++) {
        roll r;
        memset(&r, 0, sizeof r);
        yd_team_enter(team);
        yd_team_run(team, call_roll, &r);
        CHECK(atomic_load(&r.calls) == threads);
        CHECK(atomic_load(&r.count) == threads);
        for (int i = 0; i < threads; i++) CHECK(atomic_load(&r.by[i]) == 1);
#if defined(__x86_64__)
        CHECK(atomic_load(&r.denormals) == 0);
#endif
    }
}

static yd_team *open_team(int threads)
{
    yd_team *team;
    yd_error error;
    if (yd_team_open(threads, &team, &error) != YD_OK) yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return team;
}

static void test_all_threads(void)
{
    for (int threads = 1; threads <= 5; threads++) {
        yd_team *team = open_team(threads);
        CHECK(yd_team_threads(team) == threads);
        check_roll(team, threads);
        yd_team_close(team);
    }
}

static void test_default(void)
{
    yd_team *team = open_team(0);
    CHECK(yd_team_threads(team) >= 1);
    yd_team_close(team);
    yd_team_close(NULL);
}

static void *call_from_here(void *team)
{
    check_roll(team, 3);
    return NULL;
}

/* Opened by one thread, used by two others in turn: each has a pool of its own in libgomp. */
static void test_other_callers(void)
{
    yd_team *team = open_team(3);
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, call_from_here, team) == 0);
        pthread_join(thread, NULL);
    }
    check_roll(team, 3);
    yd_team_close(team);
}

/* Two devices with different numbers of threads, in turns. */
static void test_two_teams(void)
{
    yd_team *a = open_team(2), *b = open_team(4);
    for (int i = 0; i < 3; i++) {
        check_roll(a, 2);
        check_roll(b, 4);
    }
    yd_team_close(a);
    yd_team_close(b);
}

static void test_describe(void)
{
    yd_device *device;
    yd_error error;
    REQUIRE(yd_backend_cpu.open(2, &device, &error) == YD_OK);
    const char *text = yd_cpu_describe(device);
    CHECK(strstr(text, "oneDNN ") && strstr(text, "2 threads"));
    yd_backend_cpu.close(device);
    yd_backend_cpu.close(NULL);
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {
        {"shares", test_share},           {"all threads", test_all_threads},
        {"default number", test_default}, {"other callers", test_other_callers},
        {"two teams", test_two_teams},    {"description", test_describe},
    };
    yd_cpu_prepare(argv);
    return yd_test_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
