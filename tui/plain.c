#include "tui/plain.h"
#include "base/clock.h"
#include "tui/sample.h"
#include "tui/show.h"
#include "tui/term/signals.h"
#include <poll.h>
#include <stdio.h>

#define BETWEEN_NS 2000000000LL
enum { PARTS = 10, SAMPLE_MS = 250 };

typedef struct plain {
    yd_run_view *view;
    uint64_t told;   /* lines of the view */
    int epoch, part; /* of the last step line */
    int64_t step_line_ns;
} plain;

static void tell_lines(plain *own)
{
    const yd_lines *lines = &own->view->lines;
    uint64_t fresh = lines->total - own->told;
    if (fresh > (uint64_t)yd_lines_count(lines)) fresh = (uint64_t)yd_lines_count(lines);
    for (int back = (int)fresh - 1; back >= 0; back--) {
        const yd_line *line = yd_lines_at(lines, back);
        const char *mark = line->level == YD_LINE_WARNING ? "warning: "
                           : line->level == YD_LINE_ERROR ? "error: "
                                                          : "";
        char time[16];
        if (line->level != YD_LINE_DEBUG)
            printf("%s %s%s\n", yd_show_clock(time, sizeof time, line->wall_ns), mark, line->text);
    }
    own->told = lines->total;
}

static void tell_step(plain *own, const yd_event *event)
{
    const yd_status_block *block = &own->view->block;
    int epoch = event->body.step.epoch, batch = event->body.step.batch;
    if (block->batches <= 0 || batch < 0 || batch >= block->batches) return;
    int part = (int)((batch + 1.0) * PARTS / block->batches);
    int64_t now_ns = yd_clock_ns();
    if ((epoch == own->epoch && part == own->part) || now_ns - own->step_line_ns < BETWEEN_NS) return;
    own->epoch = epoch, own->part = part, own->step_line_ns = now_ns;
    char box[32], obj[32], cls[32], rate[32], left[32];
    printf("epoch %d/%d  batch %d/%d  box %s  obj %s  cls %s  %s im/s  ETA %s\n", epoch, block->epochs - 1,
           batch + 1, block->batches, yd_show_loss(box, sizeof box, block->loss_box),
           yd_show_loss(obj, sizeof obj, block->loss_obj), yd_show_loss(cls, sizeof cls, block->loss_cls),
           yd_show_rate(rate, sizeof rate, block->images_per_second),
           yd_show_duration(left, sizeof left, block->eta_seconds));
}

static void tell_epoch(const plain *own, const yd_event *event)
{
    char box[32], obj[32], cls[32], took[32];
    printf("epoch %d/%d done  box %s  obj %s  cls %s  in %s\n", event->body.epoch.epoch,
           own->view->block.epochs - 1, yd_show_loss(box, sizeof box, event->body.epoch.box),
           yd_show_loss(obj, sizeof obj, event->body.epoch.obj),
           yd_show_loss(cls, sizeof cls, event->body.epoch.cls),
           yd_show_duration(took, sizeof took, event->body.epoch.seconds));
}

static void tell(void *context, const yd_event *event)
{
    plain *own = context;
    tell_lines(own);
    if (event->type == YD_EVENT_STEP) tell_step(own, event);
    if (event->type == YD_EVENT_EPOCH) tell_epoch(own, event);
}

/* What the ring held before we came is told in one line. */
static void begin(plain *own, yd_client *client, const char *run_name)
{
    yd_sample(client, own->view, NULL, NULL);
    own->told = own->view->lines.total;
    const yd_status_block *block = &own->view->block;
    char left[32];
    printf("%s: %s, epoch %d/%d, batch %d/%d, ETA %s\n", run_name, yd_run_view_state_name(own->view),
           block->epoch, block->epochs - 1, block->batch, block->batches,
           yd_show_duration(left, sizeof left, own->view->has_block ? block->eta_seconds : -1));
}

static bool asked_to_leave(yd_signals *signals)
{
    int signal_number;
    while ((signal_number = yd_signals_take(signals)) != 0)
        if (signal_number == SIGINT || signal_number == SIGTERM || signal_number == SIGHUP) return true;
    return false;
}

static bool follow(plain *own, yd_client *client, yd_signals *signals)
{
    yd_answer answer;
    bool stalled = false;
    while (!yd_run_view_ended(own->view)) {
        struct pollfd pollers[] = {{.fd = yd_client_descriptor(client), .events = POLLIN},
                                   {.fd = signals->fd, .events = POLLIN}};
        poll(pollers, 2, SAMPLE_MS);
        int found;
        while ((found = yd_client_answer(client, &answer)) > 0) continue;
        yd_sample(client, own->view, tell, own);
        if (found < 0) yd_run_view_gone(own->view, yd_wall_clock_ns());
        tell_lines(own);
        if (!stalled && own->view->stalled_seconds > 0) puts("warning: the engine gives no sign of life");
        stalled = own->view->stalled_seconds > 0;
        if (fflush(stdout) != 0 || asked_to_leave(signals)) return false;
    }
    return true;
}

bool yd_plain_run(yd_client *client, yd_run_view *view, const char *run_name)
{
    plain own = {.view = view, .epoch = -1};
    yd_signals signals = {0};
    if (yd_signals_open(&signals, NULL) != YD_OK) return false;
    begin(&own, client, run_name);
    bool ended = follow(&own, client, &signals);
    yd_signals_close(&signals);
    return ended;
}
