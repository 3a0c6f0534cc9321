/* The scalars in what an engine publishes: the one place that says which event is logged under which name.
 * The engine writes them to its TensorBoard file, the console adds them to its store. */
#pragma once
#include "event/wire.h"
#include "series/tags.h"

enum { YD_EVENT_SCALARS = 16 };

/* What changes slowly (rates, shares of the time, memory) is told once a second: written with every step it
 * would make most of the file. Zero-initialise; for the events of one run, in their order. */
typedef struct yd_event_scalars {
    int64_t slow_ns; /* when it was told last */
    char name[64];   /* of a live change */
} yd_event_scalars;

typedef struct yd_scalar {
    const char *name; /* valid until the next call */
    double value;
} yd_scalar;

/* Puts the scalars of the event into out, and what their steps are (epochs or batches, as their names say)
 * into *step; returns how many, 0 for most events. Trusts nothing in the event. */
int yd_event_scalars_of(yd_event_scalars *own, const yd_event *event, int64_t *step,
                        yd_scalar out[YD_EVENT_SCALARS]);
