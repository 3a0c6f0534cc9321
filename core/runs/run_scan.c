#include "runs/run_scan.h"
#include "base/file.h"
#include "base/vector.h"
#include "runs/run_list.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MEASURE_NS 10000000000LL
#define ASK_NS     10000000000LL
enum { RUN_LIMIT = 100000 };

typedef struct item {
    char *folder;
    yd_run_stamp stamp;
    yd_run_entry entry; /* its texts are those of folder */
    bool found;         /* in the look under way */
    bool known;         /* the entry has been read */
    bool changed;       /* since it was read */
    bool live;          /* its state is to be read anew */
    int64_t asked_ns;
    int64_t bytes, measured_ns;
    uint64_t measured; /* the hash of the stamp then */
} item;

struct yd_run_scan {
    char *folder;
    yd_vector items; /* of item; the first `sorted` of them by folder */
    size_t sorted;
    size_t next_read, next_measure;
    uint64_t version;
    bool (*go_on)(void *context);
    void *context;
};

yd_run_scan *yd_run_scan_create(const char *folder)
{
    yd_run_scan *scan = calloc(1, sizeof *scan);
    if (!scan) return NULL;
    scan->items.size = sizeof(item);
    scan->folder = strdup(folder);
    if (scan->folder) return scan;
    free(scan);
    return NULL;
}

void yd_run_scan_destroy(yd_run_scan *scan)
{
    if (!scan) return;
    for (size_t i = 0; i < scan->items.count; i++) free(YD_AT(item, &scan->items, i).folder);
    yd_vector_free(&scan->items);
    free(scan->folder);
    free(scan);
}

static int by_folder(const void *a, const void *b)
{
    return strcmp(((const item *)a)->folder, ((const item *)b)->folder);
}

static item *find_item(yd_run_scan *scan, const char *folder)
{
    const item wanted = {.folder = (char *)(uintptr_t)folder};
    if (!scan->sorted) return NULL;
    return bsearch(&wanted, scan->items.data, scan->sorted, sizeof(item), by_folder);
}

static void take_stamp(yd_run_scan *scan, item *own, const yd_run_stamp *stamp)
{
    if (own->stamp.hash != stamp->hash || own->stamp.kind != stamp->kind) {
        own->changed = true;
        scan->version++;
    }
    own->stamp = *stamp;
    own->live = stamp->live || own->entry.may_grow;
    own->entry.kind = stamp->kind;
    own->entry.changed_ns = stamp->changed_ns;
}

static bool found(void *context, const char *folder, const yd_run_stamp *stamp)
{
    yd_run_scan *scan = context;
    item *own = find_item(scan, folder);
    if (!own) {
        item fresh = {.folder = strdup(folder), .bytes = -1, .changed = true};
        if (!fresh.folder) return false;
        fresh.entry = (yd_run_entry){.folder = fresh.folder,
                                     .name = yd_path_name(fresh.folder),
                                     .state = "",
                                     .epoch = -1,
                                     .epochs = -1,
                                     .best_epoch = -1,
                                     .best_fitness = NAN,
                                     .best_map50 = NAN,
                                     .best_map50_95 = NAN};
        own = yd_vector_push(&scan->items, &fresh);
        if (!own) free(fresh.folder);
        if (!own) return false;
        scan->version++;
    }
    take_stamp(scan, own, stamp);
    own->found = true;
    return scan->items.count < RUN_LIMIT && (!scan->go_on || scan->go_on(scan->context));
}

yd_status yd_run_scan_find(yd_run_scan *scan, bool (*go_on)(void *context), void *context, yd_error *error)
{
    for (size_t i = 0; i < scan->items.count; i++) YD_AT(item, &scan->items, i).found = false;
    scan->go_on = go_on;
    scan->context = context;
    yd_status status = yd_run_visit(scan->folder, found, scan, error);
    bool whole = !go_on || go_on(context); /* else those that were not looked at are not gone */
    size_t kept = 0;
    for (size_t i = 0; i < scan->items.count; i++) {
        item *own = &YD_AT(item, &scan->items, i);
        if (own->found || !whole)
            YD_AT(item, &scan->items, kept++) = *own;
        else
            free(own->folder), scan->version++;
    }
    scan->items.count = scan->sorted = kept;
    if (kept) qsort(scan->items.data, kept, sizeof(item), by_folder);
    scan->next_read = scan->next_measure = 0;
    return status;
}

void yd_run_scan_find_live(yd_run_scan *scan)
{
    for (size_t i = 0; i < scan->items.count; i++) {
        item *own = &YD_AT(item, &scan->items, i);
        if (!own->stamp.live && !own->entry.may_grow) continue;
        yd_run_stamp stamp = yd_run_stamp_of(own->folder);
        take_stamp(scan, own, &stamp);
    }
    scan->next_read = scan->next_measure = 0;
}

static bool looks_the_same(const yd_run_entry *a, const yd_run_entry *b)
{
    return strcmp(a->state, b->state) == 0 && a->lives == b->lives && a->epoch == b->epoch &&
           a->epochs == b->epochs && a->best_epoch == b->best_epoch;
}

/* An engine that did not answer is asked again now and then only: it would hold up all others. */
static bool may_ask(item *own, int64_t now_ns)
{
    bool stalled = own->known && own->entry.lives && strcmp(own->entry.state, "stalled") == 0;
    if (stalled && now_ns - own->asked_ns < ASK_NS) return false;
    own->asked_ns = now_ns;
    return true;
}

bool yd_run_scan_read_one(yd_run_scan *scan, int64_t now_ns)
{
    for (; scan->next_read < scan->items.count; scan->next_read++) {
        item *own = &YD_AT(item, &scan->items, scan->next_read);
        if (!own->changed && !own->live) continue;
        yd_run_entry before = own->entry;
        bool ask = may_ask(own, now_ns);
        if (own->changed)
            yd_run_entry_read(&own->entry, &own->stamp, ask);
        else
            yd_run_entry_read_state(&own->entry, &own->stamp, ask);
        if (own->changed || !looks_the_same(&before, &own->entry)) scan->version++;
        own->changed = own->live = false;
        own->known = true;
        scan->next_read++;
        return true;
    }
    return false;
}

bool yd_run_scan_measure_one(yd_run_scan *scan, int64_t now_ns)
{
    for (; scan->next_measure < scan->items.count; scan->next_measure++) {
        item *own = &YD_AT(item, &scan->items, scan->next_measure);
        bool first = !own->measured_ns;
        if (!first && (own->measured == own->stamp.hash || now_ns - own->measured_ns < MEASURE_NS)) continue;
        int64_t before = own->bytes;
        own->bytes = yd_run_bytes(own->folder);
        own->measured_ns = now_ns ? now_ns : 1;
        own->measured = own->stamp.hash;
        if (own->bytes != before) scan->version++;
        scan->next_measure++;
        return true;
    }
    return false;
}

uint64_t yd_run_scan_version(const yd_run_scan *scan)
{
    return scan->version;
}

yd_run_table *yd_run_scan_snapshot(const yd_run_scan *scan)
{
    yd_arena *arena = yd_arena_create(0);
    yd_run_table *table = arena ? yd_arena_alloc(arena, 1, sizeof *table) : NULL;
    size_t count = scan->items.count;
    if (table) *table = (yd_run_table){.arena = arena, .count = (int)count};
    if (table && count) table->rows = yd_arena_alloc(arena, count, sizeof *table->rows);
    for (size_t i = 0; table && table->rows && i < count; i++) {
        const item *own = &YD_AT(item, &scan->items, i);
        yd_run_row *row = &table->rows[i];
        *row = (yd_run_row){.entry = own->entry, .known = own->known, .bytes = own->bytes};
        row->entry.folder = yd_arena_strdup(arena, own->folder);
        if (!row->entry.folder) table->rows = NULL;
        if (table->rows) row->entry.name = yd_path_name(row->entry.folder);
    }
    if (table && (table->rows || !count)) return table;
    yd_arena_destroy(arena);
    return NULL;
}

void yd_run_table_free(yd_run_table *table)
{
    if (table) yd_arena_destroy(table->arena);
}
