/* yolodeck ctl RUN values: what can be changed live. */
#pragma once
#include "event/wire.h"
#include <stdbool.h>

/* To standard output: a line a value with its range and meaning, or one JSON object
 * {"run": …, "values": {"mosaic": {"value": …, "low": …, "high": …, "step": …, "first_epoch": …,
 * "first_batch": …, "meaning": …}, …}}; "multiple_of" where the value has a grid. */
void yd_ctl_print_values(const yd_status_block *block, const char *run, bool json);
