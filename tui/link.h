/* The console's connection to its run. Losing it is not losing the run: the ring is read on, and the
 * connection is made anew as soon as the engine takes it. The caller tells the time; nothing here waits. */
#pragma once
#include "event/client.h"
#include <stdint.h>

typedef enum yd_link_state {
    YD_LINK_UP,
    YD_LINK_DOWN, /* lost, but the engine lives: tried again all the time */
    YD_LINK_GONE  /* no engine is there; looked for now and then, since a run may be resumed */
} yd_link_state;

/* {.client = an open one}; the client stays the caller's. NULL, with GONE: a run that is not looked for. */
typedef struct yd_link {
    yd_client *client;
    yd_link_state state;
    int64_t tried_ns;
} yd_link;

/* The client said that the engine is gone. */
void yd_link_lost(yd_link *link);
/* Tries again where it is time to; returns the state. */
yd_link_state yd_link_try(yd_link *link, int64_t now_ns);
/* What to poll for the engine's word; -1: nothing, while it is not up. */
int yd_link_descriptor(const yd_link *link);
/* Nanoseconds until yd_link_try has something to do; -1: never. */
int64_t yd_link_wait(const yd_link *link, int64_t now_ns);
