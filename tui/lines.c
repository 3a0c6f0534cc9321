#include "tui/lines.h"
#include "base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void yd_lines_add(yd_lines *lines, int64_t wall_ns, yd_line_level level, const char *text)
{
    yd_line *line = &lines->lines[lines->total++ % YD_LINES_CAPACITY];
    line->wall_ns = wall_ns;
    line->level = (uint8_t)level;
    yd_escape(line->text, sizeof line->text, text);
}

bool yd_lines_add_once(yd_lines *lines, int64_t wall_ns, yd_line_level level, const char *text)
{
    char shown[YD_LINE_LENGTH];
    yd_escape(shown, sizeof shown, text);
    if (yd_lines_count(lines) && strcmp(yd_lines_at(lines, 0)->text, shown) == 0) return false;
    yd_lines_add(lines, wall_ns, level, text);
    return true;
}

void yd_lines_addf(yd_lines *lines, int64_t wall_ns, yd_line_level level, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    yd_lines_add(lines, wall_ns, level, text);
}

void yd_lines_prepend(yd_lines *lines, const yd_line *older, uint64_t count)
{
    int there = yd_lines_count(lines), room = YD_LINES_CAPACITY - there;
    if (lines->total > YD_LINES_CAPACITY) return; /* some were overwritten: these are older still */
    uint64_t take = count < (uint64_t)room ? count : (uint64_t)room;
    memmove(lines->lines + take, lines->lines, (size_t)there * sizeof *lines->lines);
    for (uint64_t i = 0; i < take; i++) lines->lines[i] = older[(count - take + i) % YD_LINES_CAPACITY];
    lines->total += take;
}

int yd_lines_count(const yd_lines *lines)
{
    return lines->total < YD_LINES_CAPACITY ? (int)lines->total : YD_LINES_CAPACITY;
}

const yd_line *yd_lines_at(const yd_lines *lines, int back)
{
    return &lines->lines[(lines->total - 1 - (uint64_t)back) % YD_LINES_CAPACITY];
}
