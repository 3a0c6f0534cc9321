/* What an event means to whoever watches the run, in a few words: the console shows them, train.log keeps
 * them. */
#pragma once
#include "event/wire.h"
#include <stdbool.h>
#include <stddef.h>

enum { YD_NEWS_TEXT = 384 }; /* the longest, with its end */

/* Writes the words, raw and terminated; trusts nothing in the event. False, and an empty text, for what is no
 * news in words: steps, epochs before they are validated, the states that every epoch goes through, alerts
 * (they are lines of the log), and log lines. */
bool yd_event_news(const yd_event *event, char out[YD_NEWS_TEXT]);
/* Such news comes with every epoch and pushes all else out of sight: last.pt, pictures. */
bool yd_event_news_is_ordinary(const yd_event *event);
/* The text of a record's field, which may lack its end; out has room for capacity + 1. Returns out. */
const char *yd_event_field(const char *field, size_t capacity, char *out);
