#include "series/ledger.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_reader.h"
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char resumed[] = "resumed";
enum { MOST_BYTES = 16 << 20 };

int yd_moment_compare(yd_moment a, yd_moment b)
{
    if (a.epoch != b.epoch) return a.epoch < b.epoch ? -1 : 1;
    return (a.batch > b.batch) - (a.batch < b.batch);
}

void yd_ledger_free(yd_ledger *ledger)
{
    yd_vector_free(&ledger->entries);
    *ledger = YD_LEDGER;
}

const yd_ledger_entry *yd_ledger_at(const yd_ledger *ledger, int i)
{
    return &YD_AT(yd_ledger_entry, &ledger->entries, i);
}

int yd_ledger_count(const yd_ledger *ledger)
{
    return (int)ledger->entries.count;
}

/* Keeps the entries for which keep says so, in their order. */
static void filter(yd_ledger *ledger, bool keep(const yd_ledger_entry *entry, const yd_ledger_entry *than),
                   const yd_ledger_entry *than)
{
    yd_ledger_entry *entries = ledger->entries.data;
    size_t kept = 0;
    for (size_t i = 0; i < ledger->entries.count; i++)
        if (keep(&entries[i], than)) entries[kept++] = entries[i];
    ledger->entries.count = kept;
}

static bool stays_beside(const yd_ledger_entry *entry, const yd_ledger_entry *fresh)
{
    return strcmp(entry->name, fresh->name) != 0 || yd_moment_compare(entry->made, fresh->made) <= 0;
}

bool yd_ledger_add(yd_ledger *ledger, const yd_ledger_entry *entry)
{
    filter(ledger, stays_beside, entry);
    yd_vector *all = &ledger->entries;
    if (all->count >= YD_LEDGER_MOST)
        memmove(all->data, (char *)all->data + all->size, --all->count * all->size);
    if (!yd_vector_push(all, entry)) return false;
    yd_ledger_entry *list = all->data;
    for (size_t i = all->count - 1; i > 0 && yd_moment_compare(list[i - 1].made, entry->made) > 0; i--) {
        list[i] = list[i - 1];
        list[i - 1] = *entry;
    }
    if (entry->number > ledger->number) ledger->number = entry->number;
    return true;
}

static bool had_happened(const yd_ledger_entry *entry, const yd_ledger_entry *than)
{
    return entry->number <= than->number && yd_moment_compare(entry->made, than->made) <= 0;
}

void yd_ledger_go_back(yd_ledger *ledger, int number, yd_moment moment)
{
    filter(ledger, had_happened, &(yd_ledger_entry){.number = number, .made = moment});
    ledger->number = number;
}

/* Whole numbers by their keys. */
static bool read_integer(yd_json_reader *reader, const char *key, yd_ledger_entry *entry, bool *known)
{
    struct {
        const char *key;
        int *place;
    } const places[] = {{"number", &entry->number},
                        {"epoch", &entry->made.epoch},
                        {"batch", &entry->made.batch},
                        {"first_epoch", &entry->first.epoch},
                        {"first_batch", &entry->first.batch}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int64_t value = 0;
        if (strcmp(key, places[i].key) != 0) continue;
        *known = true;
        bool read = yd_json_read_integer(reader, 0, INT_MAX, &value);
        *places[i].place = (int)value;
        return read;
    }
    return true;
}

static bool read_member(yd_json_reader *reader, const char *key, yd_ledger_entry *entry)
{
    double seconds = 0;
    bool known = false;
    if (strcmp(key, "name") == 0) return yd_json_read_string(reader, entry->name, sizeof entry->name);
    if (strcmp(key, "who") == 0) return yd_json_read_string(reader, entry->who, sizeof entry->who);
    if (strcmp(key, "old") == 0) return yd_json_read_number(reader, &entry->from);
    if (strcmp(key, "new") == 0) return yd_json_read_number(reader, &entry->to);
    if (strcmp(key, "step") == 0) return yd_json_read_integer(reader, 0, INT64_MAX, &entry->step);
    if (strcmp(key, "time") == 0) {
        bool read = yd_json_read_number(reader, &seconds);
        if (seconds > 0 && seconds < 9e9) entry->wall_ns = (int64_t)rint(seconds * 1e3) * 1000000;
        return read;
    }
    bool read = read_integer(reader, key, entry, &known);
    return known ? read : yd_json_read_skip(reader);
}

static bool read_line(const char *line, size_t length, yd_ledger_entry *entry)
{
    yd_json_reader reader;
    char key[32];
    *entry = (yd_ledger_entry){.number = -1, .made.epoch = -1, .first.epoch = -1, .from = NAN, .to = NAN};
    yd_json_read_start(&reader, line, length);
    yd_json_read_open(&reader, '{');
    while (yd_json_read_key(&reader, key, sizeof key))
        if (!read_member(&reader, key, entry)) return false;
    bool is_change = strcmp(entry->name, resumed) != 0;
    return yd_json_read_end(&reader) && entry->number >= is_change && entry->made.epoch >= 0 &&
           (!is_change || (entry->name[0] && entry->first.epoch >= 0 && isfinite(entry->to)));
}

static bool is_before(const yd_ledger_entry *entry, const yd_ledger_entry *fresh)
{
    return entry->number < fresh->number;
}

/* A line of a file. A number that was there before says that the run had gone back, where the line that tells
 * of it could not be written. */
static bool add_line(yd_ledger *ledger, const yd_ledger_entry *entry)
{
    if (entry->number <= ledger->number) filter(ledger, is_before, entry);
    ledger->number = entry->number;
    return yd_ledger_add(ledger, entry);
}

int yd_ledger_parse(yd_ledger *ledger, const char *text, size_t length)
{
    int bad = 0;
    for (const char *line = text, *end = text + length; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t line_length = (size_t)((newline ? newline : end) - line);
        yd_ledger_entry entry;
        if (!newline || !read_line(line, line_length, &entry))
            bad += line_length > 0;
        else if (strcmp(entry.name, resumed) == 0)
            yd_ledger_go_back(ledger, entry.number, entry.made);
        else if (!add_line(ledger, &entry))
            return -1;
        line += line_length + 1;
    }
    return bad;
}

yd_status yd_ledger_read(yd_ledger *ledger, const char *path, yd_error *error)
{
    char *text;
    size_t length;
    if (!yd_file_exists(path)) return YD_OK;
    YD_TRY(yd_file_read(path, MOST_BYTES, &text, &length, error));
    int bad = yd_ledger_parse(ledger, text, length);
    free(text);
    return bad < 0 ? yd_fail(error, YD_ERR_MEMORY, "%s: no memory for its changes", path) : YD_OK;
}

static void open_line(yd_json *json, yd_text *text, int number, int64_t step, yd_moment made)
{
    yd_json_start(json, text);
    yd_json_open(json, NULL, '{');
    yd_json_integer(json, "number", number);
    yd_json_integer(json, "step", step);
    yd_json_integer(json, "epoch", made.epoch);
    yd_json_integer(json, "batch", made.batch);
}

void yd_ledger_line(const yd_ledger_entry *entry, yd_text *text)
{
    yd_json json;
    open_line(&json, text, entry->number, entry->step, entry->made);
    yd_json_string(&json, "name", entry->name);
    yd_json_exact(&json, "old", entry->from);
    yd_json_exact(&json, "new", entry->to);
    yd_json_integer(&json, "first_epoch", entry->first.epoch);
    yd_json_integer(&json, "first_batch", entry->first.batch);
    yd_json_time(&json, "time", entry->wall_ns);
    yd_json_string(&json, "who", entry->who);
    yd_json_close(&json, '}');
    yd_text_add(text, "\n");
}

static int by_number(const void *a, const void *b)
{
    const yd_ledger_entry *const *first = a, *const *second = b;
    return ((*first)->number > (*second)->number) - ((*first)->number < (*second)->number);
}

void yd_ledger_text(const yd_ledger *ledger, yd_text *text)
{
    size_t count = ledger->entries.count;
    const yd_ledger_entry **order = malloc((count + 1) * sizeof *order);
    if (!order) {
        text->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) order[i] = yd_ledger_at(ledger, (int)i);
    qsort(order, count, sizeof *order, by_number);
    for (size_t i = 0; i < count; i++) yd_ledger_line(order[i], text);
    free(order);
}

void yd_ledger_resumed_line(const yd_ledger *ledger, yd_moment moment, int64_t step, int64_t wall_ns,
                            yd_text *text)
{
    yd_json json;
    open_line(&json, text, ledger->number, step, moment);
    yd_json_string(&json, "name", resumed);
    yd_json_time(&json, "time", wall_ns);
    yd_json_close(&json, '}');
    yd_text_add(text, "\n");
}
