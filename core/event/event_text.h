/* Events told in text: a line for whoever reads, an object of JSON for programs. The one place that decides
 * how a run reads where no console is drawn. */
#pragma once
#include "base/json.h"
#include "base/text.h"
#include "event/wire.h"

/* Zero-initialise; for the events of one run, in their order. */
typedef struct yd_event_text {
    int64_t step_line_ns; /* when the last line about a step was told */
    yd_text log_line;     /* pieces of a line that comes in several records */
} yd_event_text;

void yd_event_text_free(yd_event_text *told);
/* Events are missing before the next one. */
void yd_event_text_lost(yd_event_text *told);
/* The same, and adds how many as an object: {"event": "lost", …}. */
void yd_event_text_json_lost(yd_event_text *told, uint64_t count, int64_t wall_ns, yd_text *text);

/* Adds the line, with its newline and escaped, that the event is worth: epochs, validations, files saved,
 * logs, and steps every two seconds; nothing for others. Trusts nothing in the event. block: the newest one,
 * with what a line about a step takes from it; NULL: no lines about steps. */
void yd_event_text_line(yd_event_text *told, const yd_event *event, const yd_status_block *block,
                        yd_text *text);
/* Adds the event as an object in one line, with the fields of fields.def: every event, but a log line once,
 * when it is whole. */
void yd_event_text_json(yd_event_text *told, const yd_event *event, yd_text *text);
/* For what a reader of events says itself: begins an object with "event" and "time", and ends it with its
 * line. */
void yd_event_text_open(yd_json *json, yd_text *text, const char *event, int64_t wall_ns);
void yd_event_text_close(yd_json *json);
