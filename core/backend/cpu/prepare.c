#include "backend/cpu/prepare.h"
#include <stdlib.h>
#include <unistd.h>

void yd_cpu_prepare(char **argv)
{
    /* At the end of each parallel region threads wait for one another by spinning, by default for
     * milliseconds. Beside loader workers on few cores, or on a machine that others use too, a thread that
     * spins keeps the very one waiting that it waits for: a step took ten times as long. Spinning for some
     * microseconds, then sleeping, costs a quiet machine next to nothing (docs/performance.md). */
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY")) return;
    setenv("GOMP_SPINCOUNT", "10000", 1);
    execv("/proc/self/exe", argv);
}
