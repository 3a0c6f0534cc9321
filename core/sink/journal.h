/* Keeps what happened to a run in RUN/train.log, between the lines that the engine logs, so that whoever
 * comes when it is over still reads of it. */
#pragma once
#include "sink/sink.h"

/* Adds a line "2026-11-28 06:01:06 * epoch 0: mAP 0.512 / 0.301, best" for each event that is news
 * (event/event_news.h) and no ordinary one. folder is copied. CONFIG (a path that is too long), MEMORY. */
yd_status yd_journal_sink(const char *folder, yd_sink *sink, yd_error *error);
