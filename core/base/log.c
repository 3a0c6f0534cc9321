#include "base/log.h"
#include "base/text.h"
#include <stdio.h>

/* Set once, before threads start. */
static yd_log_receiver *chosen;
static void *chosen_context;

void yd_log_set_receiver(yd_log_receiver *receiver, void *context)
{
    chosen = receiver;
    chosen_context = context;
}

void yd_log(yd_log_level level, const char *format, ...)
{
    static const char *const prefixes[] = {"debug: ", "", "warning: ", "error: "};
    char raw[4096], line[4096];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    if (length < 0) return;
    yd_escape(line, sizeof line, raw);
    if (chosen)
        chosen(chosen_context, level, line);
    else
        fprintf(stderr, "%s%s\n", prefixes[level], line);
}
