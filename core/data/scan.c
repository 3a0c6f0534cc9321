#include "data/scan.h"
#include "base/file.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/thread.h"
#include "data/cache.h"
#include "image/decode.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_LIMIT = 4096,
    LABEL_LIMIT = 64 << 20,
    LABEL_BUFFER = 64 << 10,
    SMALLEST_SIDE = 10,
    STAMPS_A_THREAD = 500, /* fewer are not worth a thread */
    MOST_THREADS = 64,
    PROGRESS_EVERY = 64
};

/* One thread's share: what its items point to lies in its arena until the caller's takes it over. */
typedef struct worker {
    yd_arena *arena;
    char *text; /* [LABEL_BUFFER] a label file */
} worker;

typedef struct job {
    const yd_index *index;
    const yd_scan_options *options;
    yd_scan_item *items;
    yd_cache_stamps *stamps; /* [index->count] */
    worker workers[MOST_THREADS];
    int done; /* by the calling thread */
    atomic_int failed, stopped;
} job;

/* The picture's path stands before the message wherever it is shown: an error of the picture itself begins
 * with it too. */
static const char *without_path(const char *message, const char *path)
{
    const size_t length = strlen(path);
    return strncmp(message, path, length) == 0 && strncmp(message + length, ": ", 2) == 0
               ? message + length + 2
               : message;
}

static void leave_out(job *j, worker *w, int i, const yd_error *error)
{
    yd_scan_item *item = &j->items[i];
    item->state = YD_SCAN_LEFT_OUT;
    item->labels = (yd_labels){.largest_class = -1};
    item->message = yd_arena_strdup(w->arena, without_path(error->message, j->index->paths[i]));
    if (!item->message || error->status == YD_ERR_MEMORY) atomic_store(&j->failed, 1);
}

static void warn(job *j, worker *w, yd_scan_item *item, const char *message)
{
    item->message = yd_arena_strdup(w->arena, message);
    if (!item->message) atomic_store(&j->failed, 1);
}

/* A JPEG without its end marker: whoever wrote it may have been cut off in the middle, so only decoding
 * tells. */
static yd_status check_unended(job *j, worker *w, const char *path, yd_scan_item *item, yd_error *error)
{
    yd_image image;
    if (!j->options->rules.keep_unended_jpeg)
        return yd_fail(error, YD_ERR_FORMAT, "%s: a broken JPEG: it does not end in an end marker", path);
    YD_TRY(yd_image_read(path, &image, error));
    yd_image_free(&image);
    warn(j, w, item, "something follows the end marker of this JPEG; it is used all the same");
    return YD_OK;
}

/* A file opened for reading, its stamp kept. -1 with errno where it cannot be; its stamp then is what the
 * system says all the same. Never waits, as opening a named pipe would. */
static int open_stamped(const char *path, yd_file_stamp *stamp, struct stat *info)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), reason = errno;
    if (fd >= 0 && fstat(fd, info) == 0) {
        *stamp = yd_cache_stamp(info);
        return fd;
    }
    if (fd >= 0) reason = errno, close(fd);
    *stamp = yd_cache_stamp_file(path);
    errno = reason;
    return -1;
}

static yd_status probe(const char *path, yd_file_stamp *stamp, yd_image_info *info, yd_error *error)
{
    struct stat file;
    int fd = open_stamped(path, stamp, &file);
    if (fd < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot open", path);
    yd_status status = S_ISREG(file.st_mode) ? yd_image_probe_open(fd, file.st_size, path, info, error)
                                             : yd_fail(error, YD_ERR_IO, "%s: not a regular file", path);
    close(fd);
    return status;
}

static yd_status check_picture(job *j, worker *w, int i, yd_error *error)
{
    const char *path = j->index->paths[i];
    yd_scan_item *item = &j->items[i];
    yd_image_info info;
    YD_TRY(probe(path, &j->stamps[i].picture, &info, error));
    bool turned = info.orientation == 6 || info.orientation == 8;
    item->width = turned ? info.height : info.width;
    item->height = turned ? info.width : info.height;
    if (info.width < SMALLEST_SIDE || info.height < SMALLEST_SIDE)
        return yd_fail(error, YD_ERR_FORMAT, "%s: %d x %d pixels; at least %d a side are wanted", path,
                       info.width, info.height, SMALLEST_SIDE);
    return info.ended ? YD_OK : check_unended(j, w, path, item, error);
}

/* The size bytes of the file, at most LABEL_BUFFER; fewer where it has shrunk. -1 with errno. */
static ssize_t read_text(int fd, int64_t size, char *text)
{
    size_t done = 0, wanted = size < LABEL_BUFFER ? (size_t)size : LABEL_BUFFER;
    while (done < wanted) {
        ssize_t got = read(fd, text + done, wanted - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static yd_status parse_labels(job *j, worker *w, const char *path, const char *text, size_t length,
                              yd_scan_item *item, yd_error *error)
{
    YD_TRY(yd_labels_parse(text, length, path, &j->options->rules, w->arena, &item->labels, error));
    item->state = item->labels.count ? YD_SCAN_LABELLED : YD_SCAN_EMPTY;
    if (item->labels.duplicates)
        warn(j, w, item, "labels that stand in its label file more than once are used once");
    if (item->labels.misread)
        warn(j, w, item,
             "its label file has polygons, so a line of five columns is read as two points, as YOLOv5 does: "
             "write that box "
             "as a polygon of four");
    return YD_OK;
}

/* The file is open. One that may not fit into the buffer is read anew. */
static yd_status check_text(job *j, worker *w, int fd, int64_t size, const char *path, yd_scan_item *item,
                            yd_error *error)
{
    ssize_t got = read_text(fd, size, w->text);
    if (got < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot read", path);
    if (got < LABEL_BUFFER) return parse_labels(j, w, path, w->text, (size_t)got, item, error);
    char *text;
    size_t length;
    YD_TRY(yd_file_read(path, LABEL_LIMIT, &text, &length, error));
    yd_status status = parse_labels(j, w, path, text, length, item, error);
    free(text);
    return status;
}

static yd_status check_labels(job *j, worker *w, int i, yd_error *error)
{
    char path[PATH_LIMIT];
    struct stat file;
    yd_scan_item *item = &j->items[i];
    yd_file_stamp *stamp = &j->stamps[i].label;
    if (!yd_label_path(j->index->paths[i], path, sizeof path))
        return yd_fail(error, YD_ERR_DATA, "%s: the path of its label file is too long", j->index->paths[i]);
    item->state = YD_SCAN_MISSING;
    int fd = open_stamped(path, stamp, &file);
    if (fd < 0 && stamp->size < 0) return YD_OK;
    item->label_found = fd < 0 || S_ISREG(file.st_mode);
    if (fd < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot open", path);
    yd_status status = item->label_found ? check_text(j, w, fd, file.st_size, path, item, error) : YD_OK;
    close(fd);
    return status;
}

static yd_file_stamp stamp_label(const char *picture)
{
    char path[PATH_LIMIT];
    bool fits = yd_label_path(picture, path, sizeof path);
    return fits ? yd_cache_stamp_file(path) : yd_cache_stamp(NULL);
}

static void scan_item(void *context, int thread, int i)
{
    job *j = context;
    worker *w = &j->workers[thread];
    const yd_scan_options *options = j->options;
    yd_scan_item *item = &j->items[i];
    yd_error error;
    if (atomic_load_explicit(&j->failed, memory_order_relaxed)) return;
    *item = (yd_scan_item){.labels.largest_class = -1};
    yd_status status = check_picture(j, w, i, &error);
    if (status == YD_OK)
        status = check_labels(j, w, i, &error);
    else /* its label file is not looked into, but one that changes counts all the same */
        j->stamps[i].label = stamp_label(j->index->paths[i]);
    if (status != YD_OK) leave_out(j, w, i, &error);
    /* The calling thread works too, and tells how far things are. */
    if (thread == 0 && options->progress && j->done++ % PROGRESS_EVERY == 0 &&
        !options->progress(options->context, i + 1, j->index->count)) {
        atomic_store(&j->stopped, 1);
        atomic_store(&j->failed, 1);
    }
}

static int thread_count(const yd_scan_options *options, int count)
{
    int threads = options->threads > 0 ? options->threads : yd_cpu_count();
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    if (threads > count) threads = count;
    return threads > 0 ? threads : 1;
}

static yd_status scan_files(const yd_index *index, const yd_scan_options *options, yd_arena *arena,
                            yd_scan_item *items, yd_cache_stamps *stamps, yd_error *error)
{
    job *j = calloc(1, sizeof *j);
    int threads = thread_count(options, index->count);
    bool memory = j != NULL;
    for (int i = 0; memory && i < threads; i++) {
        worker *w = &j->workers[i];
        w->arena = yd_arena_create(1 << 20);
        w->text = malloc(LABEL_BUFFER);
        memory = w->arena && w->text;
    }
    if (memory) {
        j->index = index, j->options = options, j->items = items, j->stamps = stamps;
        yd_parallel_for(threads, index->count, scan_item, j);
    }
    yd_status status = YD_OK;
    if (!memory || (j->failed && !j->stopped))
        status = yd_fail(error, YD_ERR_MEMORY, "out of memory while labels were read");
    else if (j->stopped)
        status = yd_fail(error, YD_ERR_STOPPED, "stopped while the labels were read");
    for (int i = 0; j && i < threads; i++) {
        yd_arena_adopt(arena, j->workers[i].arena);
        free(j->workers[i].text);
    }
    free(j);
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

typedef struct stamping {
    const yd_index *index;
    yd_cache_stamps *stamps;
} stamping;

static void stamp_item(void *context, int thread, int i)
{
    (void)thread;
    const stamping *s = context;
    s->stamps[i].picture = yd_cache_stamp_file(s->index->paths[i]);
    s->stamps[i].label = stamp_label(s->index->paths[i]);
}

/* Without a cache file nothing is asked for: the scan stamps the files that it opens anyway. */
static bool read_cache(const yd_index *index, const yd_scan_options *options, yd_arena *arena,
                       yd_scan_item *items, yd_cache_stamps *stamps)
{
    yd_cache_key key;
    if (!options->cache_path || !yd_file_exists(options->cache_path)) return false;
    stamping all = {index, stamps};
    yd_parallel_for(thread_count(options, index->count / STAMPS_A_THREAD), index->count, stamp_item, &all);
    yd_cache_key_make(index, &options->rules, stamps, &key);
    return yd_cache_read(options->cache_path, &key, index->count, arena, items);
}

static yd_status scan_and_keep(const yd_index *index, const yd_scan_options *options, yd_arena *arena,
                               yd_scan_item *items, yd_cache_stamps *stamps, yd_error *error)
{
    yd_cache_key key;
    yd_error unwritten;
    YD_TRY(scan_files(index, options, arena, items, stamps, error));
    if (!options->cache_path) return YD_OK;
    yd_cache_key_make(index, &options->rules, stamps, &key);
    if (yd_cache_write(options->cache_path, &key, items, index->count, &unwritten) != YD_OK)
        yd_log(YD_LOG_INFO, "The label cache is not kept: %s", unwritten.message);
    return YD_OK;
}

yd_status yd_scan_run(const yd_index *index, const yd_scan_options *options, yd_arena *arena, yd_scan *scan,
                      yd_error *error)
{
    *scan = (yd_scan){0};
    size_t count = (size_t)index->count;
    scan->items = yd_arena_alloc(arena, count, sizeof *scan->items);
    yd_cache_stamps *stamps = calloc(count + 1, sizeof *stamps);
    yd_status status = YD_OK;
    if (!scan->items || !stamps)
        status = yd_fail(error, YD_ERR_MEMORY, "out of memory while labels were read");
    if (status == YD_OK) scan->from_cache = read_cache(index, options, arena, scan->items, stamps);
    if (status == YD_OK && !scan->from_cache)
        status = scan_and_keep(index, options, arena, scan->items, stamps, error);
    free(stamps);
    if (status == YD_OK) count_items(index, scan);
    return status;
}
