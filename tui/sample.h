/* Brings the view of a run up to what its engine has published. */
#pragma once
#include "event/client.h"
#include "tui/state.h"

/* Called for every event after the view has taken it; NULL where nobody wants to know. */
typedef void yd_sample_receiver(void *context, const yd_event *event);
void yd_sample(yd_client *client, yd_run_view *view, yd_sample_receiver *receiver, void *context);
void yd_sample_ring(yd_ring_reader *ring, yd_run_view *view, yd_sample_receiver *receiver, void *context);
