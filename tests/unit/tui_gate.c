#include "support/test.h"
#include "tui/term/gate.h"

#define MS    1000000LL
#define START (1000 * MS)

/* Sends frames as early as the gate allows for so long, a terminal answering each after delay (0: never);
 * counts them. */
static int frames_in(yd_gate *gate, int64_t length, int64_t delay, size_t bytes, int *asked)
{
    enum { LIMIT = 4096 };
    static int64_t answers[LIMIT];
    int sent = 0, next = 0, queries = 0;
    for (int64_t now = START; now < START + length; now += MS) {
        while (delay && next < queries && answers[next] <= now) yd_gate_answered(gate, now), next++;
        if (yd_gate_wait(gate, now) > 0) continue;
        bool asks = yd_gate_asks(gate, now);
        yd_gate_sent(gate, bytes, asks, now);
        if (asks && queries < LIMIT) answers[queries++] = now + delay;
        sent++;
    }
    if (asked) *asked = queries;
    return sent;
}

static void rate_is_bounded(void)
{
    yd_gate gate;
    yd_gate_start(&gate, 10, 0);
    int frames = frames_in(&gate, 5000 * MS, 5 * MS, 1000, NULL);
    CHECK(frames >= 48 && frames <= 50);
    yd_gate_start(&gate, 0, 0);
    CHECK(frames_in(&gate, 1000 * MS, MS, 1000, NULL) <= 10);
}

static void follows_the_link(void)
{
    yd_gate gate;
    yd_gate_start(&gate, 10, 0);
    int frames = frames_in(&gate, 10000 * MS, 500 * MS, 1000, NULL);
    CHECK(frames >= 19 && frames <= 21);
}

/* Answers that take long must not let frames pile up on the link. */
static void a_slow_link_is_not_filled(void)
{
    yd_gate gate;
    yd_gate_start(&gate, 10, 0);
    yd_gate_sent(&gate, 1, true, START - 1000 * MS);
    yd_gate_answered(&gate, START);
    int frames = frames_in(&gate, 60000 * MS, 8000 * MS, 1000, NULL);
    CHECK(frames <= 16); /* at most two on their way */
    CHECK(frames >= 7);
}

static void a_mute_terminal_is_found_out(void)
{
    yd_gate gate;
    int asked;
    yd_gate_start(&gate, 10, 0);
    int frames = frames_in(&gate, 10000 * MS, 0, 1000, &asked);
    CHECK(asked == 2);
    CHECK(gate.mute);
    CHECK(frames >= 2 + 55 && frames <= 2 + 61); /* by time alone after four seconds */
    yd_gate_answered(&gate, START + 10000 * MS);
    CHECK(!gate.mute);
}

static void lost_answers_are_given_up(void)
{
    yd_gate gate;
    yd_gate_start(&gate, 10, 0);
    frames_in(&gate, 1000 * MS, 5 * MS, 1000, NULL);
    int frames = frames_in(&gate, 60000 * MS, 0, 1000, NULL); /* it answered once, and never again */
    CHECK(frames >= 5 && frames <= 40);
    CHECK(!gate.mute);
}

static void the_cap_holds(void)
{
    yd_gate gate;
    yd_gate_start(&gate, 10, 8); /* 1000 bytes a second */
    int frames = frames_in(&gate, 10000 * MS, MS, 500, NULL);
    CHECK(frames >= 19 && frames <= 21);
}

/* Full frames of pictures over a link of so many bytes a millisecond: what each comes to. */
static size_t budget_after(int frames, int64_t bytes_per_ms, int max_kbps)
{
    yd_gate gate;
    yd_gate_start(&gate, 10, max_kbps);
    for (int64_t now = START; frames > 0; now += MS) {
        if (yd_gate_wait(&gate, now) > 0) continue;
        size_t bytes = yd_gate_budget(&gate);
        yd_gate_sent(&gate, bytes, yd_gate_asks(&gate, now), now);
        now += (int64_t)bytes / bytes_per_ms * MS;
        yd_gate_answered(&gate, now);
        frames--;
    }
    return yd_gate_budget(&gate);
}

static void pictures_take_what_the_link_takes(void)
{
    size_t fast = budget_after(20, 100000, 0), slow = budget_after(20, 100, 0),
           crawling = budget_after(20, 5, 0);
    CHECK(fast >= 256 << 10 && fast <= 512 << 10);
    CHECK(slow >= 8 << 10 && slow <= 32 << 10); /* a tenth to a third of a second */
    CHECK(crawling == 4 << 10);
    CHECK(budget_after(20, 100000, 80) == 2500); /* 10000 bytes a second */
    yd_gate gate;
    yd_gate_start(&gate, 10, 0);
    size_t first = yd_gate_budget(&gate);
    frames_in(&gate, 5000 * MS, 5 * MS, 100, NULL); /* small frames say nothing about large ones */
    CHECK(yd_gate_budget(&gate) == first);
}

static const yd_test_case cases[] = {
    {"pictures take what the link takes", pictures_take_what_the_link_takes},
    {"rate is bounded", rate_is_bounded},
    {"follows the link", follows_the_link},
    {"a slow link is not filled", a_slow_link_is_not_filled},
    {"a mute terminal is found out", a_mute_terminal_is_found_out},
    {"lost answers are given up", lost_answers_are_given_up},
    {"the cap holds", the_cap_holds},
};

TEST_MAIN(cases)
