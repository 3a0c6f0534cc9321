#include "tui/plain.h"
#include "base/clock.h"
#include "event/event_text.h"
#include "tui/link.h"
#include "tui/sample.h"
#include "tui/show.h"
#include "tui/term/signals.h"
#include <poll.h>
#include <stdio.h>

enum { SAMPLE_MS = 250 };

typedef struct plain {
    yd_run_view *view;
    yd_event_text told;
    yd_text text;  /* to be printed */
    uint64_t lost; /* of the view */
} plain;

static void tell(void *context, const yd_event *event)
{
    plain *own = context;
    yd_event_text_line(&own->told, event, own->view->has_block ? &own->view->block : NULL, &own->text);
}

static void print(plain *own)
{
    if (own->text.length) fwrite(own->text.data, 1, own->text.length, stdout);
    yd_text_clear(&own->text);
    if (own->view->lost != own->lost) yd_event_text_lost(&own->told);
    own->lost = own->view->lost;
}

/* What the ring held before we came is told in one line. */
static void begin(plain *own, yd_client *client, const char *run_name)
{
    yd_sample(client, own->view, NULL, NULL);
    own->lost = own->view->lost;
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

static void mind_link(yd_link *link)
{
    yd_answer answer;
    int found = 0;
    while (link->state == YD_LINK_UP && (found = yd_client_answer(link->client, &answer)) > 0) continue;
    if (found < 0) yd_link_lost(link);
    yd_link_try(link, yd_clock_ns());
}

static bool follow(plain *own, yd_client *client, yd_signals *signals)
{
    yd_link link = {.client = client};
    bool stalled = false;
    while (!yd_run_view_ended(own->view)) {
        struct pollfd pollers[] = {{.fd = yd_link_descriptor(&link), .events = POLLIN},
                                   {.fd = signals->fd, .events = POLLIN}};
        poll(pollers, 2, SAMPLE_MS);
        mind_link(&link);
        yd_sample(client, own->view, tell, own);
        if (link.state == YD_LINK_GONE) yd_run_view_gone(own->view, yd_wall_clock_ns());
        print(own);
        if (!stalled && own->view->stalled_seconds > 0) puts("warning: the engine gives no sign of life");
        stalled = own->view->stalled_seconds > 0;
        if (fflush(stdout) != 0 || asked_to_leave(signals)) return false;
    }
    return true;
}

bool yd_plain_run(yd_client *client, yd_run_view *view, const char *run_name)
{
    plain own = {.view = view};
    yd_signals signals = {0};
    if (yd_signals_open(&signals, NULL) != YD_OK) return false;
    begin(&own, client, run_name);
    bool ended = follow(&own, client, &signals);
    yd_signals_close(&signals);
    yd_event_text_free(&own.told);
    yd_text_free(&own.text);
    return ended;
}
