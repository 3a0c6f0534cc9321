/* The run told on standard output, in lines or objects: for screen readers, pipes, programs, and terminals
 * that cannot be drawn on. */
#pragma once
#include "event/client.h"
#include "tui/state.h"

/* The lines that `train --no-tui` prints, or with json the objects of `train --json` and what docs/events.md
 * has of readers (event/event_text.h), until the run ends (true), or the user leaves or nobody reads any more
 * (false). run_name: escaped; run_folder: raw. */
bool yd_plain_run(yd_client *client, yd_run_view *view, const char *run_name, const char *run_folder,
                  bool json);
