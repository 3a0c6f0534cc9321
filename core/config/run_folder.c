#include "config/run_folder.h"
#include "base/file.h"
#include "base/text.h"
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LAST_NUMBER = 9998, /* where the reference gives up looking for a free one */
    MAX_ATTEMPTS = 100  /* runs that start at the same moment */
};

static yd_status too_long(const char *project, const char *name, yd_error *error)
{
    return yd_fail(error, YD_ERR_CONFIG, "%.60s/%.60s: the path of the run folder is too long", project,
                   name);
}

/* A link that leads nowhere is there too. Where nothing can be said, making the folder will say why. */
static bool exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

/* The number behind the first stem that digits follow, anywhere in path (so a project runs/exp7 counts for
 * the name exp); -1 where there is none. */
static long number_in(const char *path, const char *stem)
{
    size_t length = strlen(stem);
    for (const char *at = path; (at = strstr(at, stem)); at++) {
        const char *digits = at + length;
        if (!isdigit((unsigned char)*digits)) continue;
        long number = 0;
        for (; isdigit((unsigned char)*digits) && number < INT_MAX; digits++)
            number = number * 10 + (*digits - '0');
        return number;
    }
    return -1;
}

/* The path with what a pattern would take for its own escaped. */
static bool escape_pattern(char *out, size_t capacity, const char *path)
{
    size_t n = 0;
    for (; *path; path++) {
        if (n + 4 >= capacity) return false;
        if (strchr("*?[\\", *path)) out[n++] = '\\';
        out[n++] = *path;
    }
    out[n++] = '*';
    out[n] = '\0';
    return true;
}

/* One more than the largest number that is there, or 2; head is the path without its suffix, stem its last
 * component. -1: memory is out, or the path is too long for a pattern. */
static long next_number(const char *head, const char *stem)
{
    char pattern[2 * YD_PATH_MAX];
    glob_t found;
    if (!escape_pattern(pattern, sizeof pattern, head)) return -1;
    int result = glob(pattern, GLOB_NOSORT, NULL, &found);
    if (result == GLOB_NOSPACE) return -1;
    long largest = -1;
    for (size_t i = 0; result == 0 && i < found.gl_pathc; i++) {
        long one = number_in(found.gl_pathv[i], stem);
        if (one > largest) largest = one;
    }
    if (result == 0) globfree(&found);
    return largest < 0 ? 2 : largest + 1;
}

/* Splits the suffix off a name as Python's Path.suffix does: ".hidden" and "name." have none. */
static size_t stem_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot != name && dot[1] ? (size_t)(dot - name) : strlen(name);
}

/* folder without and with its suffix apart; a folder that is no file has none where only files may have one.
 */
typedef struct parts {
    char head[YD_PATH_MAX], stem[YD_PATH_MAX], suffix[YD_PATH_MAX];
} parts;

static void split(parts *p, const char *folder, bool files_only)
{
    const char *name = yd_path_name(folder);
    size_t length = files_only && !yd_file_exists(folder) ? strlen(name) : stem_length(name);
    yd_copy_text(p->suffix, sizeof p->suffix, name + length);
    yd_copy_text(p->stem, length + 1, name);
    yd_copy_text(p->head, (size_t)(name - folder) + length + 1, folder);
}

/* Counts up from first to a path that is free. */
static yd_status number_from(const parts *p, long first, long last, char folder[YD_PATH_MAX], yd_error *error)
{
    for (long number = first; number <= last; number++) {
        int n = snprintf(folder, YD_PATH_MAX, "%s%ld%s", p->head, number, p->suffix);
        if (n >= YD_PATH_MAX) return too_long(p->head, p->suffix, error);
        if (!exists(folder)) return YD_OK;
    }
    return yd_fail(error, YD_ERR_CONFIG,
                   "%s: no number from %ld to %ld is free; give another --name or --project", p->head, first,
                   last);
}

static yd_status number_folder(yd_run_numbering numbering, char folder[YD_PATH_MAX], yd_error *error)
{
    parts p;
    split(&p, folder, numbering == YD_RUNS_FIRST_FREE);
    if (numbering == YD_RUNS_FIRST_FREE) return number_from(&p, 2, LAST_NUMBER, folder, error);
    long first = next_number(p.head, p.stem);
    if (first < 0) return too_long(p.head, p.suffix, error);
    /* The reference takes first even where it exists (the parent's number misled it) and writes over that
     * run. */
    return number_from(&p, first, first + LAST_NUMBER, folder, error);
}

static yd_status cannot_make(const yd_error *reason, yd_error *error)
{
    return yd_fail(error, YD_ERR_CONFIG, "the run folder cannot be made: %s", reason->message);
}

/* *taken: somebody else made the same folder since it was chosen. */
static yd_status make_new(const char *folder, bool *taken, yd_error *error)
{
    char parent[YD_PATH_MAX];
    yd_error reason = {0};
    yd_path_parent(parent, sizeof parent, folder);
    *taken = false;
    if (yd_make_folders(parent, &reason) != YD_OK) return cannot_make(&reason, error);
    if (mkdir(folder, 0777) == 0) return YD_OK;
    *taken = errno == EEXIST;
    return yd_fail_errno(error, YD_ERR_CONFIG, "%s: the run folder cannot be made", folder);
}

yd_status yd_run_folder_check(const char *folder, yd_error *error)
{
    static const char *const files[] = {
        "live",        "lock",         "train.log",     "opt.yaml",     "hyp.yaml",        "results.csv",
        "results.txt", "tweaks.jsonl", "classes.jsonl", "evolve.jsonl", "weights/last.pt", "weights/best.pt"};
    char path[YD_PATH_MAX];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (yd_path_join(path, sizeof path, folder, files[i]) && yd_folder_exists(path))
            return yd_fail(error, YD_ERR_CONFIG, "%s: a folder, where the run keeps a file of that name",
                           path);
    return YD_OK;
}

static yd_status make_inside(const char *folder, const char *inside, yd_error *error)
{
    char path[YD_PATH_MAX];
    yd_error reason = {0};
    if (!yd_path_join(path, sizeof path, folder, inside)) return too_long(folder, inside, error);
    if (yd_make_folders(path, &reason) != YD_OK) return cannot_make(&reason, error);
    if (access(folder, W_OK | X_OK) != 0 || access(path, W_OK | X_OK) != 0)
        return yd_fail_errno(error, YD_ERR_CONFIG, "%s: the run folder cannot be written to", folder);
    return yd_run_folder_check(folder, error);
}

yd_status yd_run_folder_choose(const char *project, const char *name, bool exist_ok,
                               yd_run_numbering numbering, const char *inside, char folder[YD_PATH_MAX],
                               yd_error *error)
{
    char plain[YD_PATH_MAX];
    if (!*name) return yd_fail(error, YD_ERR_CONFIG, "--name is empty; a run needs a name");
    const char *last = yd_path_name(name);
    if (strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
        return yd_fail(error, YD_ERR_CONFIG, "--name %s: a run needs a folder of its own", name);
    if (!yd_path_join(plain, sizeof plain, *project ? project : ".", name))
        return too_long(project, name, error);
    size_t length = strlen(plain);
    while (length > 1 && plain[length - 1] == '/') plain[--length] = '\0';
    for (int attempt = 0;; attempt++) {
        bool taken;
        yd_copy_text(folder, YD_PATH_MAX, plain);
        if (exist_ok && yd_folder_exists(folder)) break;
        if (!exist_ok && exists(folder)) YD_TRY(number_folder(numbering, folder, error));
        yd_status status = make_new(folder, &taken, error);
        if (status == YD_OK) break;
        if (!taken || attempt == MAX_ATTEMPTS) return status;
    }
    return make_inside(folder, inside, error);
}
