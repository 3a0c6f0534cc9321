#include "base/clock.h"
#include <time.h>

/* Set by tests before threads start; 0 while the clocks run. */
static int64_t fake_monotonic, fake_wall;

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t yd_clock_ns(void)
{
    return fake_monotonic ? fake_monotonic : read_clock(CLOCK_MONOTONIC);
}

int64_t yd_wall_clock_ns(void)
{
    return fake_wall ? fake_wall : read_clock(CLOCK_REALTIME);
}

void yd_clock_fake(int64_t monotonic_ns, int64_t wall_ns)
{
    fake_monotonic = monotonic_ns;
    fake_wall = wall_ns;
}

const char *yd_wall_stamp(int64_t wall_ns, char out[YD_STAMP])
{
    time_t seconds = (time_t)(wall_ns / 1000000000);
    struct tm parts;
    if (!localtime_r(&seconds, &parts) || !strftime(out, YD_STAMP, "%F %T", &parts)) out[0] = '\0';
    return out;
}
