#include "tui/term/gate.h"

#define SECOND 1000000000LL
/* With two queries open a third is not sent on time alone, or a slow link would fill up with frames; after
 * this long the answers are taken for lost. */
#define LOST_NS    (10 * SECOND)
#define TIMEOUT_NS (2 * SECOND)
enum { OPEN_QUERIES = 2, FIRST_BUDGET = 32 << 10, LEAST_BUDGET = 4 << 10, MOST_BUDGET = 512 << 10 };
#define SOON_NS (80 * SECOND / 1000)
#define LATE_NS (250 * SECOND / 1000)

void yd_gate_start(yd_gate *gate, int max_fps, int max_kbps)
{
    *gate = (yd_gate){.interval_ns = SECOND / (max_fps > 0 ? max_fps : 10), .budget = FIRST_BUDGET};
    if (max_kbps > 0) gate->bytes_per_second = max_kbps < 1000000 ? max_kbps * 125 : 0;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t yd_gate_wait(const yd_gate *gate, int64_t now_ns)
{
    if (!gate->sent_ns) return 0;
    int64_t open_ns = later(gate->sent_ns + gate->interval_ns, gate->paid_ns);
    if (gate->outstanding && !gate->mute) {
        bool full = gate->outstanding >= OPEN_QUERIES && gate->answers;
        open_ns = later(open_ns, gate->sent_ns + (full ? LOST_NS : TIMEOUT_NS));
    }
    return open_ns > now_ns ? open_ns - now_ns : 0;
}

bool yd_gate_asks(yd_gate *gate, int64_t now_ns)
{
    if (gate->outstanding >= OPEN_QUERIES) {
        if (!gate->answers && now_ns - gate->sent_ns >= TIMEOUT_NS) gate->mute = true;
        if (now_ns - gate->sent_ns >= LOST_NS) gate->outstanding = 0;
    }
    return !gate->mute;
}

void yd_gate_sent(yd_gate *gate, size_t bytes, bool asked, int64_t now_ns)
{
    gate->sent_ns = now_ns;
    gate->sent_bytes = bytes;
    if (asked) gate->outstanding++;
    if (gate->bytes_per_second)
        gate->paid_ns = later(gate->paid_ns, now_ns) + (int64_t)bytes * SECOND / gate->bytes_per_second;
}

/* Only what one frame alone has taken says something about the link, and only a full one that it takes more.
 */
static void learn(yd_gate *gate, int64_t taken_ns)
{
    bool full = gate->sent_bytes >= gate->budget / 2;
    if (gate->outstanding != 1) return;
    if (full && taken_ns < SOON_NS && gate->budget < MOST_BUDGET) gate->budget *= 2;
    if (taken_ns > LATE_NS && gate->budget > LEAST_BUDGET) gate->budget /= 2;
}

size_t yd_gate_budget(const yd_gate *gate)
{
    size_t cap = (size_t)gate->bytes_per_second / 4;
    return cap && cap < gate->budget ? cap : gate->budget;
}

void yd_gate_answered(yd_gate *gate, int64_t now_ns)
{
    learn(gate, now_ns - gate->sent_ns);
    gate->answers = true;
    gate->mute = false;
    if (gate->outstanding) gate->outstanding--;
}
