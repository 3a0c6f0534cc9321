#include "series/run_series.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "series/event_file.h"
#include "series/ledger.h"
#include "series/results_reader.h"
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FOLDER_LIMIT = 100000, FILES_LIMIT = 10000 };

/* How a file looked when it was read last. */
typedef struct look {
    int64_t size, changed_ns;
    bool taken;
} look;

struct yd_run_series {
    yd_series_store *store;
    char path[PATH_MAX];
    bool is_folder, only_newer;
    bool has_scalars;        /* an event file has said something */
    yd_event_file *events;   /* the one that is being read; NULL: none yet */
    char name[NAME_MAX + 1]; /* of it, or of the last one */
    bool single_done;        /* the path is no folder, and no event file */
    look table, ledger;
    /* The columns of the table: numbers of series, -1 */
    int columns[YD_RESULTS_COLUMNS], column_count;
    yd_run_series_report report; /* without what the open event file says */
};

static bool is_event_file(const char *name)
{
    return strstr(name, "tfevents") != NULL;
}

static bool has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name), wanted = strlen(ending);
    return length >= wanted && strcmp(name + length - wanted, ending) == 0;
}

yd_status yd_run_series_open(const char *path, yd_series_store *store, yd_run_series **run, yd_error *error)
{
    char shown[512];
    struct stat info;
    yd_escape(shown, sizeof shown, path);
    if (strlen(path) >= PATH_MAX) return yd_fail(error, YD_ERR_IO, "%s: the path is too long", shown);
    if (stat(path, &info) != 0) return yd_fail_errno(error, YD_ERR_IO, "cannot open %s", shown);
    yd_run_series *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "out of memory for the series of %s", shown);
    made->store = store;
    made->is_folder = S_ISDIR(info.st_mode);
    yd_copy_text(made->path, sizeof made->path, path);
    *run = made;
    return YD_OK;
}

static void note(yd_run_series *run, const char *message)
{
    yd_copy_text(run->report.problem, sizeof run->report.problem, message);
}

/* What the open event file has said so far, and how far it was read. */
static void gather(const yd_run_series *run, yd_run_series_report *report)
{
    yd_event_file_report file;
    *report = run->report;
    if (!run->events) return;
    yd_event_file_tell(run->events, &file);
    report->records += file.records;
    report->corrupt += file.corrupt;
    report->too_large += file.too_large;
}

void yd_run_series_tell(const yd_run_series *run, yd_run_series_report *report)
{
    gather(run, report);
    if (report->corrupt && !report->problem[0])
        snprintf(report->problem, sizeof report->problem,
                 "%lld stretches of event files are corrupt and left out", (long long)report->corrupt);
}

static void close_events(yd_run_series *run)
{
    gather(run, &run->report);
    yd_event_file_close(run->events);
    run->events = NULL;
}

void yd_run_series_close(yd_run_series *run)
{
    if (!run) return;
    yd_event_file_close(run->events);
    free(run);
}

void yd_run_series_only_newer(yd_run_series *run)
{
    run->only_newer = true;
}

/* Event files. */

static void take_scalar(yd_run_series *run, const yd_event_item *item)
{
    const char *batches = yd_tag_name(YD_TAG_BATCHES);
    if (item->tag_length == strlen(batches) && memcmp(item->tag, batches, item->tag_length) == 0) {
        yd_series_store_set_batches(run->store, item->value);
        return;
    }
    int series = yd_series_store_open(run->store, item->tag, item->tag_length);
    run->has_scalars = true;
    if (run->only_newer)
        yd_series_store_add_newer(run->store, series, item->step, item->wall, item->value);
    else
        yd_series_store_add(run->store, series, item->step, item->wall, item->value);
}

static void take_item(void *context, const yd_event_item *item)
{
    yd_run_series *run = context;
    switch (item->kind) {
    case YD_ITEM_SCALAR:
        take_scalar(run, item);
        break;
    case YD_ITEM_RESTART: /* the first file may begin with one: a branch, a fresh run of TensorFlow's */
        if (run->has_scalars && !run->only_newer)
            yd_series_store_restart(run->store, item->step, item->wall, "resumed", false);
        break;
    case YD_ITEM_VERSION:
    case YD_ITEM_WRITER:
        break;
    }
}

/* The first name behind the one that was read last, in next; false where there is none. */
static bool next_name(const yd_run_series *run, char next[NAME_MAX + 1])
{
    DIR *folder = opendir(run->path);
    struct dirent *entry;
    next[0] = '\0';
    for (int i = 0; folder && i < FOLDER_LIMIT && (entry = readdir(folder)) != NULL; i++)
        if (is_event_file(entry->d_name) && strcmp(entry->d_name, run->name) > 0 &&
            (!next[0] || strcmp(entry->d_name, next) < 0))
            yd_copy_text(next, NAME_MAX + 1, entry->d_name);
    if (folder) closedir(folder);
    return next[0] != '\0';
}

/* Goes on to the next event file, where there is one. One that cannot be opened is left out. */
static bool open_next(yd_run_series *run)
{
    char next[NAME_MAX + 1], path[PATH_MAX];
    yd_error error;
    while (run->report.event_files < FILES_LIMIT && next_name(run, next)) {
        if (run->events) close_events(run);
        memcpy(run->name, next, sizeof run->name);
        run->report.event_files++;
        if (!yd_path_join(path, sizeof path, run->path, next)) continue;
        if (yd_event_file_open(path, &run->events, &error) == YD_OK) return true;
        note(run, error.message);
    }
    return false;
}

static bool update_events(yd_run_series *run, int64_t deadline_ns)
{
    if (!run->events && !open_next(run)) return false;
    do
        if (yd_event_file_read(run->events, deadline_ns, take_item, run)) return true;
    while (open_next(run));
    return false;
}

/* Tables. */

static void take_columns(void *context, const char *const *names, int count)
{
    yd_run_series *run = context;
    run->column_count = count;
    for (int i = 0; i < count; i++)
        run->columns[i] = yd_series_store_open(run->store, names[i], strlen(names[i]));
}

static bool take_row(void *context, int epoch, const double *values, const bool *present)
{
    yd_run_series *run = context;
    for (int i = 0; i < run->column_count; i++)
        if (present[i] && run->columns[i] >= 0)
            yd_series_store_add(run->store, run->columns[i], epoch, 0, values[i]);
    return true;
}

/* Whether the file has changed since the last time. */
static bool has_changed(const char *path, look *last)
{
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return false;
    look now = {info.st_size, info.st_mtim.tv_sec * 1000000000LL + info.st_mtim.tv_nsec, true};
    bool same = last->taken && last->size == now.size && last->changed_ns == now.changed_ns;
    *last = now;
    return !same;
}

static bool read_table(yd_run_series *run, const char *path)
{
    yd_error error;
    yd_results_visitor visitor = {.context = run, .columns = take_columns, .row = take_row};
    if (!has_changed(path, &run->table)) return run->table.taken;
    if (yd_results_visit(path, &visitor, &error) == YD_OK)
        run->report.tables = 1;
    else
        note(run, error.message);
    return true;
}

/* What the event files have takes the place of what the table has; so it comes first, and only as long as
 * there are none. */
static void update_tables(yd_run_series *run)
{
    static const char *const names[] = {"results.csv", "results.txt"};
    char path[PATH_MAX];
    if (run->report.event_files || run->only_newer) return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (yd_path_join(path, sizeof path, run->path, names[i]) && yd_file_exists(path)) {
            read_table(run, path);
            return;
        }
}

/* The ledger of live changes. */

/* The whole of it again: marks that are there already are not added again, and what an older checkpoint has
 * undone is in the ledger no more. */
static void update_ledger(yd_run_series *run)
{
    char path[PATH_MAX], text[YD_MARK_TEXT];
    yd_error error;
    yd_ledger ledger = YD_LEDGER;
    if (!yd_path_join(path, sizeof path, run->path, "tweaks.jsonl") || !has_changed(path, &run->ledger))
        return;
    if (yd_ledger_read(&ledger, path, &error) != YD_OK) note(run, error.message);
    for (int i = 0; i < yd_ledger_count(&ledger); i++) {
        const yd_ledger_entry *entry = yd_ledger_at(&ledger, i);
        yd_mark_change_text(text, entry->name, entry->from, entry->to);
        yd_series_store_mark(run->store, entry->step, (double)entry->wall_ns / 1e9, text);
    }
    yd_ledger_free(&ledger);
}

/* A path that is no folder: an event file by its name or its content, else a table. */
static bool update_single(yd_run_series *run, int64_t deadline_ns)
{
    yd_error error;
    bool table = has_ending(run->path, ".csv") || has_ending(run->path, ".txt");
    if (table) {
        read_table(run, run->path);
        return false;
    }
    if (!run->events && run->single_done) return false;
    if (!run->events && yd_event_file_open(run->path, &run->events, &error) != YD_OK) {
        note(run, error.message);
        run->single_done = true;
        return false;
    }
    run->report.event_files = 1;
    return yd_event_file_read(run->events, deadline_ns, take_item, run);
}

bool yd_run_series_update(yd_run_series *run, int64_t deadline_ns)
{
    if (!run->is_folder) return update_single(run, deadline_ns);
    update_tables(run);
    update_ledger(run);
    return update_events(run, deadline_ns);
}
