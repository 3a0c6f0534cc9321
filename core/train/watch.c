#include "train/watch.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int calm_batches = 10; /* in a row, until a loss counts as well again */

static yd_watch_edge turn(bool *on, bool to)
{
    if (*on == to) return YD_WATCH_SAME;
    *on = to;
    return to ? YD_WATCH_BEGINS : YD_WATCH_ENDS;
}

yd_watch_edge yd_watch_nan_step(yd_watch_nan *own, double loss)
{
    own->finite = isfinite(loss) ? own->finite + 1 : 0;
    if (!own->finite) return turn(&own->on, true);
    return own->finite >= calm_batches ? turn(&own->on, false) : YD_WATCH_SAME;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return count % 2 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

/* Losses that hardly vary would make anything a spike: the deviation counts as a share of the loss at least.
 */
static double deviation(const yd_watch_spike *own, double usual)
{
    static const double normal = 1.4826, least_share = 0.02;
    double away[YD_SPIKE_WINDOW];
    for (int i = 0; i < own->count; i++) away[i] = fabs(own->losses[i] - usual);
    return fmax(normal * median(away, own->count), least_share * fabs(usual));
}

yd_watch_edge yd_watch_spike_step(yd_watch_spike *own, double loss)
{
    enum { LEAST = 32 };
    static const double far = 10, near = 5;
    yd_watch_edge edge = YD_WATCH_SAME;
    if (!isfinite(loss)) return edge;
    own->score = 0;
    if (own->count >= LEAST) {
        double sorted[YD_SPIKE_WINDOW];
        memcpy(sorted, own->losses, (size_t)own->count * sizeof *sorted);
        own->usual = median(sorted, own->count);
        own->score = (loss - own->usual) / fmax(deviation(own, own->usual), 1e-12);
        own->calm = own->score < near ? own->calm + 1 : 0;
        if (own->score > far)
            edge = turn(&own->on, true);
        else if (own->calm >= calm_batches)
            edge = turn(&own->on, false);
    }
    own->losses[own->next] = loss;
    own->next = (own->next + 1) % YD_SPIKE_WINDOW;
    if (own->count < YD_SPIKE_WINDOW) own->count++;
    return edge;
}

double yd_watch_loader_share(const yd_watch_loader *own)
{
    return own->total > 0 ? own->waited / own->total : 0;
}

yd_watch_edge yd_watch_loader_step(yd_watch_loader *own, double waited, double total)
{
    static const double memory = 30, least = 60; /* seconds */
    static const double much = 0.4, little = 0.2;
    if (!(total > 0) || !(waited >= 0)) return YD_WATCH_SAME;
    double kept = exp(-total / memory);
    own->waited = own->waited * kept + waited;
    own->total = own->total * kept + total;
    own->seen += total;
    double share = yd_watch_loader_share(own);
    if (own->seen < least) return YD_WATCH_SAME;
    return share > much ? turn(&own->on, true) : share < little ? turn(&own->on, false) : YD_WATCH_SAME;
}

yd_watch_edge yd_watch_stall_look(yd_watch_stall *own, int64_t now_ns, bool expected, int64_t sign_ns,
                                  double usual)
{
    static const int64_t second = 1000000000;
    static const double least = 30, unknown = 300, times = 10; /* seconds; of the usual */
    /* Between two looks lies less than a second, unless the process was stopped by a signal or starved. */
    int64_t gap = own->looked_ns ? now_ns - own->looked_ns : 0;
    own->looked_ns = now_ns;
    if (sign_ns != own->sign_ns) own->asleep_ns = 0;
    own->sign_ns = sign_ns;
    if (gap > 3 * second) own->asleep_ns += gap;
    double waited = (double)(now_ns - sign_ns - own->asleep_ns) * 1e-9;
    double limit = usual > 0 ? fmax(least, times * usual) : unknown;
    return turn(&own->on, expected && sign_ns > 0 && waited > limit);
}

yd_watch_edge yd_watch_disk_look(yd_watch_room *own, int64_t free_bytes, int64_t checkpoint_bytes)
{
    if (free_bytes < 0 || checkpoint_bytes <= 0) return YD_WATCH_SAME;
    if (free_bytes / 2 < checkpoint_bytes) return turn(&own->on, true);
    return free_bytes / 3 >= checkpoint_bytes ? turn(&own->on, false) : YD_WATCH_SAME;
}

yd_watch_edge yd_watch_memory_look(yd_watch_room *own, int64_t available, int64_t total)
{
    if (available < 0 || total <= 0) return YD_WATCH_SAME;
    double share = (double)available / (double)total;
    return share < 0.05 ? turn(&own->on, true) : share > 0.08 ? turn(&own->on, false) : YD_WATCH_SAME;
}
