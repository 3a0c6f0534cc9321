/* The last lines of a run: what happened and what was logged, escaped and ready to be shown. The oldest are
 * overwritten. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YD_LINES_CAPACITY = 1024, YD_LINE_LENGTH = 240 };

typedef enum yd_line_level {
    YD_LINE_DEBUG,
    YD_LINE_INFO,
    YD_LINE_WARNING,
    YD_LINE_ERROR,
    YD_LINE_EVENT
} yd_line_level;

typedef struct yd_line {
    int64_t wall_ns;
    uint8_t level; /* yd_line_level */
    char text[YD_LINE_LENGTH];
} yd_line;

/* Zero-initialise. */
typedef struct yd_lines {
    yd_line lines[YD_LINES_CAPACITY];
    uint64_t total; /* lines ever added */
} yd_lines;

/* text is raw and is escaped here. */
void yd_lines_add(yd_lines *lines, int64_t wall_ns, yd_line_level level, const char *text);
/* Not where it is the newest line already: false. */
bool yd_lines_add_once(yd_lines *lines, int64_t wall_ns, yd_line_level level, const char *text);
void yd_lines_addf(yd_lines *lines, int64_t wall_ns, yd_line_level level, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Puts older lines before those that are there, the newest of them as far as there is room. older: a ring of
 * YD_LINES_CAPACITY that count lines were written to one after the other; text as it is to be shown. */
void yd_lines_prepend(yd_lines *lines, const yd_line *older, uint64_t count);
/* How many are still there, and the back-th newest of them (0: the newest). */
int yd_lines_count(const yd_lines *lines);
const yd_line *yd_lines_at(const yd_lines *lines, int back);
