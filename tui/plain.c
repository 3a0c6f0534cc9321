#include "tui/plain.h"
#include "base/clock.h"
#include "event/event_text.h"
#include "tui/link.h"
#include "tui/sample.h"
#include "tui/show.h"
#include "tui/term/suspend.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum { SAMPLE_MS = 250 };

enum { PIECE = 512 }; /* written at once: what the other side has room for when it says that it has any */

typedef struct plain {
    yd_run_view *view;
    yd_signals signals;
    bool json, stalled;
    yd_event_text told;
    yd_text text;  /* to be printed */
    uint64_t lost; /* of the view */
} plain;

static void tell(void *context, const yd_event *event)
{
    plain *own = context;
    if (own->json)
        yd_event_text_json(&own->told, event, &own->text);
    else
        yd_event_text_line(&own->told, event, own->view->has_block ? &own->view->block : NULL, &own->text);
}

static bool asked_to_leave(yd_signals *signals)
{
    int signal_number;
    while ((signal_number = yd_signals_take(signals)) != 0)
        if (signal_number == SIGINT || signal_number == SIGTERM || signal_number == SIGHUP) return true;
    return false;
}

/* Prints what was told. Waits for whoever reads, but not when asked to leave: false then, and when nobody
 * reads any more. */
static bool print(plain *own)
{
    size_t done = 0;
    while (done < own->text.length) {
        struct pollfd pollers[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
                                   {.fd = own->signals.fd, .events = POLLIN}};
        if (poll(pollers, 2, -1) < 0 && errno != EINTR) return false;
        if (asked_to_leave(&own->signals)) return false;
        if (!pollers[0].revents) continue;
        size_t piece = own->text.length - done;
        ssize_t count = write(STDOUT_FILENO, own->text.data + done, piece < PIECE ? piece : PIECE);
        if (count < 0 && errno != EINTR && errno != EAGAIN) return false;
        if (count > 0) done += (size_t)count;
    }
    yd_text_clear(&own->text);
    return true;
}

/* For programs: where the run is, and what the ring still holds. For people: one line in place of all that.
 */
static void begin(plain *own, yd_client *client, const char *run_name, const char *run_folder)
{
    yd_status_block block = {.epochs = 1};
    yd_json json;
    char left[32];
    bool known = yd_ring_status(yd_client_ring(client), &block);
    if (own->json) {
        yd_event_text_open(&json, &own->text, "attached", yd_wall_clock_ns());
        yd_json_string(&json, "run", run_folder);
        yd_json_string(&json, "state", yd_run_state_name(block.state));
        yd_json_integer(&json, "epoch", block.epoch);
        yd_json_integer(&json, "epochs", block.epochs);
        yd_json_integer(&json, "batch", block.batch);
        yd_json_integer(&json, "batches", block.batches);
        yd_event_text_close(&json);
    }
    yd_sample(client, own->view, own->json ? tell : NULL, own);
    own->lost = own->view->lost;
    if (!own->json)
        yd_text_addf(&own->text, "%s: %s, epoch %d/%d, batch %d/%d, ETA %s\n", run_name,
                     yd_run_view_state_name(own->view), block.epoch, block.epochs - 1, block.batch,
                     block.batches, yd_show_duration(left, sizeof left, known ? block.eta_seconds : -1));
}

/* Adds "event", with a number where it has a name. */
static void note(plain *own, const char *event, const char *name, double value)
{
    yd_json json;
    yd_event_text_open(&json, &own->text, event, yd_wall_clock_ns());
    if (name) yd_json_number(&json, name, value);
    yd_event_text_close(&json);
}

/* What is new, behind word of what is missing before it. */
static void tell_new(plain *own, yd_client *client)
{
    yd_text before = {0};
    yd_sample(client, own->view, tell, own);
    uint64_t lost = own->view->lost - own->lost;
    own->lost = own->view->lost;
    if (!lost) return;
    if (own->json)
        yd_event_text_json_lost(&own->told, lost, yd_wall_clock_ns(), &before);
    else
        yd_text_addf(&before, "(%llu events were not printed: the output is too slow)\n",
                     (unsigned long long)lost);
    yd_event_text_lost(&own->told);
    if (own->text.data) yd_text_add(&before, own->text.data);
    yd_text_free(&own->text);
    own->text = before;
}

static void tell_stall(plain *own)
{
    double seconds = own->view->stalled_seconds;
    bool begins = !own->stalled && seconds > 0;
    own->stalled = seconds > 0;
    if (begins && own->json)
        note(own, "stalled", "seconds", seconds);
    else if (begins)
        yd_text_add(&own->text, "warning: the engine gives no sign of life\n");
}

static void mind_link(yd_link *link)
{
    yd_answer answer;
    int found = 0;
    while (link->state == YD_LINK_UP && (found = yd_client_answer(link->client, &answer)) > 0) continue;
    if (found < 0) yd_link_lost(link);
    yd_link_try(link, yd_clock_ns());
}

static bool follow(plain *own, yd_client *client)
{
    yd_link link = {.client = client};
    while (print(own)) {
        if (yd_run_view_ended(own->view)) return true;
        struct pollfd pollers[] = {{.fd = yd_link_descriptor(&link), .events = POLLIN},
                                   {.fd = own->signals.fd, .events = POLLIN}};
        poll(pollers, 2, SAMPLE_MS);
        if (asked_to_leave(&own->signals)) return false;
        mind_link(&link);
        tell_new(own, client);
        if (link.state == YD_LINK_GONE) yd_run_view_gone(own->view, yd_wall_clock_ns());
        if (own->json && own->view->state == YD_RUN_DEAD) note(own, "gone", NULL, 0);
        tell_stall(own);
    }
    return false;
}

bool yd_plain_run(yd_client *client, yd_run_view *view, const char *run_name, const char *run_folder,
                  bool json)
{
    plain own = {.view = view, .json = json};
    if (yd_terminal_signals_open(&own.signals, NULL) != YD_OK) return false;
    fflush(stdout);
    begin(&own, client, run_name, run_folder);
    bool ended = follow(&own, client);
    yd_signals_close(&own.signals);
    yd_event_text_free(&own.told);
    yd_text_free(&own.text);
    return ended;
}
