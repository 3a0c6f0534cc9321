#include "data/scan.h"
#include "base/file.h"
#include "base/log.h"
#include "base/thread.h"
#include "data/cache.h"
#include "image/decode.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_LIMIT = 4096,
    LABEL_LIMIT = 64 << 20,
    SMALLEST_SIDE = 10,
    MOST_THREADS = 64,
    PROGRESS_EVERY = 64
};

typedef struct job {
    const yd_index *index;
    const yd_scan_options *options;
    yd_scan_item *items;
    atomic_int next, failed; /* next: relaxed, it only hands out numbers; the threads are joined before any
                                result is read */
} job;

/* One thread's share: what its items point to lies in its arena until all are moved. */
typedef struct worker {
    job *job;
    yd_arena *arena;
    pthread_t thread;
    bool started;
} worker;

static void leave_out(worker *w, yd_scan_item *item, const yd_error *error)
{
    item->state = YD_SCAN_LEFT_OUT;
    item->labels = (yd_labels){.largest_class = -1};
    item->message = yd_arena_strdup(w->arena, error->message);
    if (!item->message || error->status == YD_ERR_MEMORY) atomic_store(&w->job->failed, 1);
}

static void warn(worker *w, yd_scan_item *item, const char *message)
{
    item->message = yd_arena_strdup(w->arena, message);
    if (!item->message) atomic_store(&w->job->failed, 1);
}

/* A JPEG without its end marker: whoever wrote it may have been cut off in the middle, so only decoding
 * tells. */
static yd_status check_unended(worker *w, const char *path, yd_scan_item *item, yd_error *error)
{
    yd_image image;
    if (!w->job->options->rules.keep_unended_jpeg)
        return yd_fail(error, YD_ERR_FORMAT, "%s: a broken JPEG: it does not end in an end marker", path);
    YD_TRY(yd_image_read(path, &image, error));
    yd_image_free(&image);
    warn(w, item, "something follows the end marker of this JPEG; it is used all the same");
    return YD_OK;
}

static yd_status check_picture(worker *w, const char *path, yd_scan_item *item, yd_error *error)
{
    yd_image_info info;
    YD_TRY(yd_image_probe_file(path, &info, error));
    bool turned = info.orientation == 6 || info.orientation == 8;
    item->width = turned ? info.height : info.width;
    item->height = turned ? info.width : info.height;
    if (info.width < SMALLEST_SIDE || info.height < SMALLEST_SIDE)
        return yd_fail(error, YD_ERR_FORMAT, "%s: %d x %d pixels; at least %d a side are wanted", path,
                       info.width, info.height, SMALLEST_SIDE);
    return info.ended ? YD_OK : check_unended(w, path, item, error);
}

static yd_status check_labels(worker *w, const char *picture, yd_scan_item *item, yd_error *error)
{
    char path[PATH_LIMIT], *text;
    size_t length;
    if (!yd_label_path(picture, path, sizeof path))
        return yd_fail(error, YD_ERR_DATA, "%s: the path of its label file is too long", picture);
    item->state = YD_SCAN_MISSING;
    if (!yd_file_exists(path)) return YD_OK;
    item->label_found = true;
    YD_TRY(yd_file_read(path, LABEL_LIMIT, &text, &length, error));
    yd_status status =
        yd_labels_parse(text, length, path, &w->job->options->rules, w->arena, &item->labels, error);
    free(text);
    item->state = item->labels.count ? YD_SCAN_LABELLED : YD_SCAN_EMPTY;
    if (status == YD_OK && item->labels.duplicates)
        warn(w, item, "labels that stand in its label file more than once are used once");
    return status;
}

static void scan_item(worker *w, int i)
{
    yd_scan_item *item = &w->job->items[i];
    const char *path = w->job->index->paths[i];
    yd_error error;
    *item = (yd_scan_item){.labels.largest_class = -1};
    yd_status status = check_picture(w, path, item, &error);
    if (status == YD_OK) status = check_labels(w, path, item, &error);
    if (status != YD_OK) leave_out(w, item, &error);
}

static void *run_helper(void *context)
{
    worker *w = context;
    for (;;) {
        int i = atomic_fetch_add_explicit(&w->job->next, 1, memory_order_relaxed);
        if (i >= w->job->index->count || atomic_load(&w->job->failed)) return NULL;
        scan_item(w, i);
    }
}

/* The calling thread works too, and tells how far things are. */
static yd_status run_caller(worker *w, yd_error *error)
{
    const yd_scan_options *options = w->job->options;
    int count = w->job->index->count;
    for (int done = 0;; done++) {
        int i = atomic_fetch_add_explicit(&w->job->next, 1, memory_order_relaxed);
        if (i >= count || atomic_load(&w->job->failed)) return YD_OK;
        scan_item(w, i);
        if (options->progress && done % PROGRESS_EVERY == 0 &&
            !options->progress(options->context, i + 1, count)) {
            atomic_store(&w->job->failed, 1);
            return yd_fail(error, YD_ERR_STOPPED, "stopped while the labels were read");
        }
    }
}

static void *copy_of(yd_arena *arena, const void *data, size_t count, size_t size, bool *copied)
{
    if (!data) return NULL;
    void *copy = yd_arena_alloc(arena, count, size);
    if (copy) memcpy(copy, data, count * size);
    *copied &= copy != NULL;
    return copy;
}

/* Moves what an item points to from a worker's arena to the caller's. */
static bool move_item(yd_scan_item *item, yd_arena *arena)
{
    yd_labels *l = &item->labels;
    bool moved = true;
    size_t rows = (size_t)l->count, points = l->ends ? (size_t)l->ends[l->count - 1] : 0;
    l->rows = copy_of(arena, l->rows, rows, 5 * sizeof *l->rows, &moved);
    l->points = copy_of(arena, l->points, points, 2 * sizeof *l->points, &moved);
    l->ends = copy_of(arena, l->ends, rows, sizeof *l->ends, &moved);
    if (item->message) item->message = yd_arena_strdup(arena, item->message);
    return moved;
}

static yd_status scan_files(const yd_index *index, const yd_scan_options *options, yd_arena *arena,
                            yd_scan_item *items, yd_error *error)
{
    job shared = {.index = index, .options = options, .items = items};
    worker workers[MOST_THREADS] = {{0}};
    int threads = options->threads > 0 ? options->threads : yd_cpu_count();
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    if (threads > index->count) threads = index->count;
    if (threads < 1) threads = 1;
    for (int i = 0; i < threads; i++) {
        workers[i] = (worker){.job = &shared, .arena = yd_arena_create(1 << 20)};
        if (!workers[i].arena) atomic_store(&shared.failed, 1);
        /* With fewer threads than wished the scan only takes longer. */
        if (i && workers[i].arena)
            workers[i].started =
                yd_thread_start(&workers[i].thread, "scan", run_helper, &workers[i], NULL) == YD_OK;
    }
    yd_status status = run_caller(&workers[0], error);
    for (int i = 1; i < threads; i++)
        if (workers[i].started) pthread_join(workers[i].thread, NULL);
    bool moved = !atomic_load(&shared.failed);
    for (int i = 0; moved && i < index->count; i++) moved = move_item(&items[i], arena);
    if (status == YD_OK && !moved)
        status = yd_fail(error, YD_ERR_MEMORY, "out of memory while labels were read");
    for (int i = 0; i < threads; i++) yd_arena_destroy(workers[i].arena);
    return status;
}

static void count_items(const yd_index *index, yd_scan *scan)
{
    for (int i = 0; i < index->count; i++) {
        const yd_scan_item *item = &scan->items[i];
        scan->found += item->label_found;
        scan->missing += item->state == YD_SCAN_MISSING;
        scan->empty += item->state == YD_SCAN_EMPTY;
        scan->corrupt += item->state == YD_SCAN_LEFT_OUT;
    }
}

yd_status yd_scan_run(const yd_index *index, const yd_scan_options *options, yd_arena *arena, yd_scan *scan,
                      yd_error *error)
{
    *scan = (yd_scan){0};
    scan->items = yd_arena_alloc(arena, (size_t)index->count, sizeof *scan->items);
    if (!scan->items) return yd_fail(error, YD_ERR_MEMORY, "out of memory while labels were read");
    yd_cache_key key;
    if (options->cache_path) {
        YD_TRY(yd_cache_key_make(index, &options->rules, &key, error));
        scan->from_cache = yd_cache_read(options->cache_path, &key, index->count, arena, scan->items);
    }
    if (!scan->from_cache) {
        yd_error unwritten;
        YD_TRY(scan_files(index, options, arena, scan->items, error));
        if (options->cache_path &&
            yd_cache_write(options->cache_path, &key, scan->items, index->count, &unwritten) != YD_OK)
            yd_log(YD_LOG_INFO, "The label cache is not kept: %s", unwritten.message);
    }
    count_items(index, scan);
    return YD_OK;
}
