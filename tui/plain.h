/* The run told in lines on standard output: for screen readers, pipes and terminals that cannot be drawn on.
 */
#pragma once
#include "event/client.h"
#include "tui/state.h"

/* The lines that `train --no-tui` prints (event/event_text.h), until the run ends (true), or the user leaves
 * or nobody reads any more (false). run_name: escaped. */
bool yd_plain_run(yd_client *client, yd_run_view *view, const char *run_name);
