/* Log lines. One receiver, set before threads start, decides where they go (the engine: events and plain
 * output). */
#pragma once
#include <stdarg.h>

typedef enum yd_log_level { YD_LOG_DEBUG, YD_LOG_INFO, YD_LOG_WARNING, YD_LOG_ERROR } yd_log_level;

typedef void yd_log_receiver(void *context, yd_log_level level, const char *line);
/* NULL: lines go to standard error. The receiver may be called from any thread. */
void yd_log_set_receiver(yd_log_receiver *receiver, void *context);
void yd_log(yd_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
