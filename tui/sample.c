#include "tui/sample.h"
#include "base/clock.h"

void yd_sample(yd_client *client, yd_run_view *view, yd_sample_receiver *receiver, void *context)
{
    yd_ring_reader *ring = yd_client_ring(client);
    if (ring) yd_sample_ring(ring, view, receiver, context);
}

void yd_sample_ring(yd_ring_reader *ring, yd_run_view *view, yd_sample_receiver *receiver, void *context)
{
    enum { AT_ONCE = 256, ROUNDS = 64 }; /* a writer that never rests must not keep us here */
    yd_status_block block;
    yd_event events[AT_ONCE];
    uint64_t lost = 0;
    if (yd_ring_status(ring, &block)) yd_run_view_status(view, &block);
    for (int round = 0; round < ROUNDS; round++) {
        int count = yd_ring_read(ring, events, AT_ONCE, &lost);
        for (int i = 0; i < count; i++) {
            yd_run_view_event(view, &events[i]);
            if (receiver) receiver(context, &events[i]);
        }
        if (count < AT_ONCE) break;
    }
    yd_run_view_lost(view, lost, yd_wall_clock_ns());
    yd_run_view_clock(view, yd_clock_ns());
}
