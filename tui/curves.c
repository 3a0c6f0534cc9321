#include "tui/curves.h"
#include "base/clock.h"

static const int64_t slice_ns = 8000000;     /* of reading, between two looks at the keys */
static const int64_t follow_ns = 1000000000; /* a run that is alone */
static const int64_t behind_ns = 1500000000; /* after a loss: the engine writes several times a second */

void yd_curves_start(yd_curves *curves, yd_run_view *view, const char *run_folder, bool alone)
{
    *curves = (yd_curves){.view = view, .alone = alone};
    if (yd_run_series_open(run_folder, view->store, &curves->files, NULL) != YD_OK) return;
    curves->reading = true;
    yd_run_view_hold(view);
}

void yd_curves_end(yd_curves *curves)
{
    yd_run_series_close(curves->files);
    *curves = (yd_curves){0};
}

void yd_curves_set_alone(yd_curves *curves, bool alone, int64_t now_ns)
{
    if (curves->alone == alone || !curves->files) return;
    curves->alone = alone;
    curves->due_ns = now_ns;
    if (alone) return;
    /* What the files have brought meanwhile the ring brings again. */
    yd_run_view_hold(curves->view);
    curves->reading = true;
}

static void rest(yd_curves *curves, int64_t now_ns)
{
    curves->reading = false;
    curves->due_ns = curves->alone ? now_ns + follow_ns : 0;
    yd_run_view_release(curves->view);
    yd_run_view_tell_epochs(curves->view);
    if (!curves->alone) yd_run_series_only_newer(curves->files);
}

/* Events are missing: the next ones wait until the files have what was lost. */
static void mind_losses(yd_curves *curves, int64_t now_ns)
{
    if (!curves->view->behind) return;
    curves->view->behind = false;
    yd_run_view_hold(curves->view);
    curves->due_ns = now_ns + behind_ns;
}

bool yd_curves_work(yd_curves *curves, int64_t now_ns)
{
    if (!curves->files) return false;
    mind_losses(curves, now_ns);
    if (!curves->reading && (!curves->due_ns || now_ns < curves->due_ns)) return false;
    uint64_t before = yd_series_store_version(curves->view->store);
    curves->reading = yd_run_series_update(curves->files, yd_clock_ns() + slice_ns);
    if (!curves->reading) rest(curves, now_ns);
    return yd_series_store_version(curves->view->store) != before;
}

int64_t yd_curves_wait(const yd_curves *curves, int64_t now_ns)
{
    if (!curves->files) return -1;
    if (curves->reading) return 0;
    if (!curves->due_ns) return -1;
    return curves->due_ns > now_ns ? curves->due_ns - now_ns : 0;
}

void yd_curves_read_all(yd_curves *curves)
{
    if (!curves->files) return;
    while (yd_run_series_update(curves->files, 0)) continue;
    rest(curves, 0);
}
