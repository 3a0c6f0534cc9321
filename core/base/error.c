#include "base/error.h"
#include "base/text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#undef yd_fail /* what error.h tells the analyser of the two */
#undef yd_fail_errno

/* The text is built aside, so that an error's own message may be among the arguments. */
static void set_message(yd_error *error, yd_status status, const char *format, va_list arguments, int number)
{
    char text[sizeof error->message];
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length < 0) length = 0;
    if (number && (size_t)length < sizeof text) {
        char reason[128];
        /* The GNU strerror_r: may return a constant of its own instead of filling the buffer. */
        const char *said = strerror_r(number, reason, sizeof reason);
        snprintf(text + length, sizeof text - (size_t)length, ": %s", said);
    }
    error->status = status;
    yd_escape(error->message, sizeof error->message, text);
}

yd_status yd_fail(yd_error *error, yd_status status, const char *format, ...)
{
    if (!error) return status;
    va_list arguments;
    va_start(arguments, format);
    set_message(error, status, format, arguments, 0);
    va_end(arguments);
    return status;
}

yd_status yd_fail_errno(yd_error *error, yd_status status, const char *format, ...)
{
    int number = errno;
    if (!error) return status;
    va_list arguments;
    va_start(arguments, format);
    set_message(error, status, format, arguments, number);
    va_end(arguments);
    return status;
}

int yd_exit_code(yd_status status)
{
    switch (status) {
    case YD_OK:
        return 0;
    case YD_ERR_USAGE:
    case YD_ERR_CONFIG:
    case YD_ERR_DATA:
    case YD_ERR_FORMAT:
    case YD_ERR_UNSUPPORTED:
        return 2;
    case YD_ERR_STOPPED:
        return 4;
    case YD_ERR_IO:
    case YD_ERR_MEMORY:
    case YD_ERR_INTERNAL:
        break;
    }
    return 3;
}

void yd_assert_failed(const char *expression, const char *file, int line)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
    abort();
}
