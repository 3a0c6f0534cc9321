#include "tui/train_log.h"
#include "base/file.h"
#include "base/text.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TAIL = 256 << 10 };
#define SECOND 1000000000LL

/* The end of a regular file, terminated; the caller frees it. *whole: it begins with the file's first line.
 */
static char *read_tail(const char *path, size_t *length, bool *whole)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *text = NULL;
    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) text = malloc(TAIL + 1);
    if (text) {
        off_t from = info.st_size > TAIL ? info.st_size - TAIL : 0;
        ssize_t count = pread(fd, text, TAIL, from);
        *length = count > 0 ? (size_t)count : 0;
        *whole = from == 0;
        text[*length] = '\0';
    }
    if (fd >= 0) close(fd);
    return text;
}

/* "2026-11-28 00:23:31 warning: text", local time; "* text" is an event. False: not such a line (a library
 * printed it). */
static bool read_line(const char *text, yd_line *line)
{
    static const struct {
        const char *mark;
        yd_line_level level;
    } marks[] = {{"debug: ", YD_LINE_DEBUG},
                 {"warning: ", YD_LINE_WARNING},
                 {"error: ", YD_LINE_ERROR},
                 {"* ", YD_LINE_EVENT}};
    struct tm parts = {.tm_isdst = -1};
    const char *rest = strptime(text, "%Y-%m-%d %H:%M:%S", &parts);
    if (!rest || *rest++ != ' ') return false; /* blanks behind that one are the line's own */
    time_t seconds = mktime(&parts);
    if (seconds < 0) return false;
    *line = (yd_line){.wall_ns = (int64_t)seconds * SECOND, .level = YD_LINE_INFO};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t length = strlen(marks[i].mark);
        if (strncmp(rest, marks[i].mark, length) != 0) continue;
        line->level = (uint8_t)marks[i].level;
        rest += length;
        break;
    }
    yd_escape(line->text, sizeof line->text, rest);
    return true;
}

static bool is_among(const yd_lines *lines, const yd_line *line)
{
    for (int back = yd_lines_count(lines) - 1; back >= 0; back--)
        if (strcmp(yd_lines_at(lines, back)->text, line->text) == 0) return true;
    return false;
}

/* The file knows seconds only: of the one in which the events begin, lines that are among them are left out.
 */
static bool came_before(const yd_run_view *view, const yd_line *line)
{
    int64_t first = view->first_event_ns / SECOND * SECOND;
    if (!view->first_event_ns || line->wall_ns < first) return true;
    return line->wall_ns == first && !is_among(&view->lines, line);
}

/* Events are written a moment later than they happen, from a thread of their own: a line goes before those of
 * a few seconds later. */
static void put_in_order(yd_line *ring, uint64_t count, const yd_line *line)
{
    const int64_t most = 5 * SECOND;
    uint64_t kept = count < YD_LINES_CAPACITY ? count : YD_LINES_CAPACITY - 1, at = count;
    for (; kept > 0; kept--, at--) {
        const yd_line *before = &ring[(at - 1) % YD_LINES_CAPACITY];
        if (before->wall_ns <= line->wall_ns || before->wall_ns > line->wall_ns + most) break;
        ring[at % YD_LINES_CAPACITY] = *before;
    }
    ring[at % YD_LINES_CAPACITY] = *line;
}

void yd_train_log_read(yd_run_view *view, const char *run_folder)
{
    char path[4096];
    size_t length = 0;
    bool whole = false;
    if (!yd_path_join(path, sizeof path, run_folder, "train.log")) return;
    char *text = read_tail(path, &length, &whole);
    yd_line *older = text ? calloc(YD_LINES_CAPACITY, sizeof *older) : NULL;
    uint64_t count = 0;
    char *next = text;
    if (text && !whole) strsep(&next, "\n"); /* a line that is cut in the middle */
    for (char *row; older && (row = strsep(&next, "\n")) != NULL;) {
        yd_line line;
        row[strcspn(row, "\r")] = '\0';
        if (!read_line(row, &line) || !came_before(view, &line)) continue;
        put_in_order(older, count++, &line);
    }
    if (older) yd_lines_prepend(&view->lines, older, count);
    free(older);
    free(text);
}
