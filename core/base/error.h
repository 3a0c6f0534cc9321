/* Status codes and the error context that travels up the stack in the caller's hands. */
#pragma once

typedef enum yd_status {
    YD_OK = 0,
    YD_ERR_USAGE,       /* the command line is wrong */
    YD_ERR_CONFIG,      /* a configuration file is wrong */
    YD_ERR_DATA,        /* the data set is wrong */
    YD_ERR_FORMAT,      /* a file is not what it should be: truncated, corrupt, hostile */
    YD_ERR_IO,          /* the system refused: open, read, write, disk full */
    YD_ERR_MEMORY,      /* out of memory */
    YD_ERR_UNSUPPORTED, /* well-formed, but not something this program can do */
    YD_ERR_STOPPED,     /* asked to stop */
    YD_ERR_INTERNAL     /* a broken invariant that was noticed in time */
} yd_status;

/* message names the thing, what was found and what is wanted; one line, control characters escaped. */
typedef struct yd_error {
    yd_status status;
    char message[1024];
} yd_error;

/* Fills error (which may be NULL) and returns status. An error already set is replaced. */
yd_status yd_fail(yd_error *error, yd_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As yd_fail, with ": " and the text of errno appended. */
yd_status yd_fail_errno(yd_error *error, yd_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __clang_analyzer__
/* It looks into no other file: that a failure returns its status, and never YD_OK, has to be told to it. */
static inline yd_status yd_second(yd_status first, yd_status second)
{
    (void)first;
    return second;
}
#define yd_fail(error, status, ...)       yd_second(yd_fail(error, status, __VA_ARGS__), status)
#define yd_fail_errno(error, status, ...) yd_second(yd_fail_errno(error, status, __VA_ARGS__), status)
#endif

/* The exit status of product.md for a command that ended with this status: 0, 2, 3 or 4. */
int yd_exit_code(yd_status status);

/* Returns the status of the expression from the calling function where it is not YD_OK. */
#define YD_TRY(expression)                                                                                   \
    do {                                                                                                     \
        yd_status yd_try_status = (expression);                                                              \
        if (yd_try_status != YD_OK) return yd_try_status;                                                    \
    } while (0)

/* An assertion for our own bugs, never for input; kept in release builds. */
_Noreturn void yd_assert_failed(const char *expression, const char *file, int line);
#define YD_ASSERT(expression) ((expression) ? (void)0 : yd_assert_failed(#expression, __FILE__, __LINE__))
