#include "data/dataset.h"
#include "base/file.h"
#include "base/log.h"
#include "data/cache.h"
#include "data/disk_cache.h"
#include "data/picture.h"
#include "data/store.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_LIMIT = 4096 };

static yd_status out_of_memory(yd_error *error)
{
    return yd_fail(error, YD_ERR_MEMORY, "out of memory for the data set");
}

static yd_status check_class(const yd_dataset *set, const char *picture, const yd_labels *labels,
                             yd_error *error)
{
    char path[PATH_LIMIT];
    int classes = set->options.classes;
    if (set->options.single_class || labels->largest_class < classes) return YD_OK;
    if (!yd_label_path(picture, path, sizeof path)) path[0] = '\0';
    return yd_fail(error, YD_ERR_DATA, "%s:%d: class %d, but the data set has %d classes (0 to %d)", path,
                   labels->largest_line, labels->largest_class, classes, classes - 1);
}

static yd_status keep_usable(yd_dataset *set, const yd_index *index, const yd_scan *scan, yd_error *error)
{
    size_t count = (size_t)index->count;
    set->paths = yd_arena_alloc(set->arena, count, sizeof *set->paths);
    set->sizes = yd_arena_alloc(set->arena, count, sizeof *set->sizes);
    set->labels = yd_arena_alloc(set->arena, count, sizeof *set->labels);
    set->messages = yd_arena_alloc(set->arena, count, sizeof *set->messages);
    if (!set->paths || !set->sizes || !set->labels || !set->messages) return out_of_memory(error);
    for (int i = 0; i < index->count; i++) {
        const yd_scan_item *item = &scan->items[i];
        bool out = item->state == YD_SCAN_LEFT_OUT;
        if (item->message)
            set->messages[set->message_count++] = (yd_data_message){index->paths[i], item->message, out};
        if (out) continue;
        YD_TRY(check_class(set, index->paths[i], &item->labels, error));
        set->paths[set->count] = index->paths[i];
        set->sizes[set->count][0] = item->width;
        set->sizes[set->count][1] = item->height;
        set->labels[set->count++] = item->labels;
    }
    if (set->count) return YD_OK;
    return yd_fail(error, YD_ERR_DATA, "none of %d pictures can be used; the first: %s: %s", index->count,
                   set->messages[0].path, set->messages[0].text);
}

static yd_status count_labels(yd_dataset *set, yd_error *error)
{
    int classes = set->options.single_class ? 1 : set->options.classes;
    set->class_counts = yd_arena_alloc(set->arena, (size_t)classes, sizeof *set->class_counts);
    if (!set->class_counts) return out_of_memory(error);
    for (int i = 0; i < set->count; i++)
        for (int k = 0; k < set->labels[i].count; k++) {
            float *class = &set->labels[i].rows[5 * (size_t)k];
            if (set->options.single_class) *class = 0;
            set->class_counts[(int)*class]++;
            set->label_count++;
        }
    if (set->label_count) return YD_OK;
    const char *where = set->options.entry_count ? set->options.entries[0] : "the data set";
    char labels[4096] = "";
    yd_label_path(set->paths[0], labels, sizeof labels);
    if (set->options.augment)
        return yd_fail(error, YD_ERR_DATA,
                       "%s: no picture has a label, so there is nothing to train on; those of %s are looked "
                       "for in %s",
                       where, yd_path_name(set->paths[0]), labels);
    yd_log(YD_LOG_WARNING, "%s: no picture has a label", where);
    return YD_OK;
}

/* ---- rectangular batches ---- */

typedef struct ranked {
    double aspect; /* height over width */
    int index;
} ranked;

static int compare_aspects(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->aspect != y->aspect) return x->aspect < y->aspect ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Applies the order to the three parallel arrays. */
static yd_status reorder(yd_dataset *set, const ranked *order, yd_error *error)
{
    size_t count = (size_t)set->count;
    const char **paths = yd_arena_alloc(set->arena, count, sizeof *paths);
    int(*sizes)[2] = yd_arena_alloc(set->arena, count, sizeof *sizes);
    yd_labels *labels = yd_arena_alloc(set->arena, count, sizeof *labels);
    if (!paths || !sizes || !labels) return out_of_memory(error);
    for (size_t i = 0; i < count; i++) {
        paths[i] = set->paths[order[i].index];
        memcpy(sizes[i], set->sizes[order[i].index], sizeof sizes[i]);
        labels[i] = set->labels[order[i].index];
    }
    set->paths = paths;
    set->sizes = sizes;
    set->labels = labels;
    return YD_OK;
}

static int round_to_stride(double fraction, const yd_dataset_options *options)
{
    return (int)ceil(fraction * options->image_size / options->stride + options->pad) * options->stride;
}

static yd_batch_shape shape_batch(const yd_dataset *set, const ranked *order, int first, int last)
{
    double low = order[first].aspect, high = order[last].aspect, width = 1, height = 1;
    if (high < 1)
        height = high;
    else if (low > 1)
        width = 1 / low;
    return (yd_batch_shape){round_to_stride(width, &set->options), round_to_stride(height, &set->options)};
}

static yd_status make_rectangles(yd_dataset *set, yd_error *error)
{
    int batch_size = set->options.batch_size;
    ranked *order = yd_arena_alloc(set->arena, (size_t)set->count, sizeof *order);
    set->shapes = yd_arena_alloc(set->arena, (size_t)set->batch_count, sizeof *set->shapes);
    if (!order || !set->shapes) return out_of_memory(error);
    for (int i = 0; i < set->count; i++) order[i] = (ranked){(double)set->sizes[i][1] / set->sizes[i][0], i};
    qsort(order, (size_t)set->count, sizeof *order, compare_aspects);
    YD_TRY(reorder(set, order, error));
    for (int b = 0; b < set->batch_count; b++) {
        int first = b * batch_size,
            last = set->count - first > batch_size ? first + batch_size - 1 : set->count - 1;
        set->shapes[b] = shape_batch(set, order, first, last);
    }
    return YD_OK;
}

/* ---- pictures in memory ---- */

/* Keeps a tenth of the memory free; a run that fills it all would be killed. */
static yd_status prepare_store(yd_dataset *set, yd_error *error)
{
    int64_t bytes = 0, available = yd_available_memory();
    for (int i = 0; i < set->count; i++) {
        int width, height;
        yd_picture_fit(set->sizes[i][0], set->sizes[i][1], set->options.image_size, &width, &height);
        bytes += (int64_t)width * height * 3;
    }
    if (available && (double)bytes > (double)available / 1.1) {
        yd_log(YD_LOG_WARNING,
               "The pictures take %.1f GB in memory, %.1f GB are free: they are read from files",
               (double)bytes / 1e9, (double)available / 1e9);
        return YD_OK;
    }
    set->store = yd_store_create(set->count);
    return set->store ? YD_OK : out_of_memory(error);
}

static yd_status check_options(const yd_dataset_options *options, yd_error *error)
{
    if (options->image_size < 1 || options->image_size > 16384 || options->batch_size < 1 ||
        options->stride < 1 || options->stride > 1024 || !(options->pad >= 0 && options->pad <= 16) ||
        options->classes < 1)
        return yd_fail(error, YD_ERR_CONFIG,
                       "a data set of image size %d, batch size %d, stride %d and %d classes cannot be",
                       options->image_size, options->batch_size, options->stride, options->classes);
    return YD_OK;
}

static yd_status fill(yd_dataset *set, yd_error *error)
{
    const yd_dataset_options *o = &set->options;
    char cache[PATH_LIMIT];
    yd_index index;
    yd_scan scan;
    YD_TRY(yd_index_list(o->entries, o->entry_count, o->rules.dot_slash_anywhere, set->arena, &index, error));
    bool cached = !o->no_cache_file && yd_cache_path(o->entries, o->entry_count, &index, cache, sizeof cache);
    yd_scan_options scan_options = {.rules = o->rules,
                                    .threads = o->threads,
                                    .cache_path = cached ? cache : NULL,
                                    .progress = o->progress,
                                    .context = o->progress_context};
    YD_TRY(yd_scan_run(&index, &scan_options, set->arena, &scan, error));
    set->found = scan.found, set->missing = scan.missing, set->empty = scan.empty,
    set->corrupt = scan.corrupt;
    set->from_cache = scan.from_cache;
    YD_TRY(keep_usable(set, &index, &scan, error));
    YD_TRY(count_labels(set, error));
    set->batch_count = set->count / o->batch_size + (set->count % o->batch_size != 0);
    if (o->rect) YD_TRY(make_rectangles(set, error));
    if (o->keep_in_memory) YD_TRY(prepare_store(set, error));
    if (!o->keep_on_disk) return YD_OK;
    return yd_disk_cache_open(set->paths, (const int(*)[2])set->sizes, set->count, &set->disk, error);
}

yd_status yd_dataset_open(const yd_dataset_options *options, yd_dataset **dataset, yd_error *error)
{
    *dataset = NULL;
    YD_TRY(check_options(options, error));
    yd_arena *arena = yd_arena_create(1 << 20);
    yd_dataset *set = arena ? yd_arena_alloc(arena, 1, sizeof *set) : NULL;
    if (!set) {
        yd_arena_destroy(arena);
        return out_of_memory(error);
    }
    set->arena = arena;
    set->options = *options;
    yd_status status = fill(set, error);
    set->options.entries = NULL;
    set->options.entry_count = 0;
    if (status == YD_OK)
        *dataset = set;
    else
        yd_dataset_close(set);
    return status;
}

void yd_dataset_close(yd_dataset *dataset)
{
    if (!dataset) return;
    yd_store_destroy(dataset->store);
    yd_disk_cache_close(dataset->disk);
    yd_arena_destroy(dataset->arena); /* the data set itself lies there */
}

yd_batch_shape yd_dataset_shape(const yd_dataset *dataset, int batch)
{
    int size = dataset->options.image_size;
    return dataset->shapes ? dataset->shapes[batch] : (yd_batch_shape){size, size};
}

void yd_dataset_picture_weights(const yd_dataset *dataset, const double *maps, double *weights)
{
    int classes = dataset->options.single_class ? 1 : dataset->options.classes;
    double total = 0;
    for (int c = 0; c < classes; c++)
        total += 1.0 / (double)(dataset->class_counts[c] ? dataset->class_counts[c] : 1);
    for (int i = 0; i < dataset->count; i++) {
        weights[i] = 0;
        for (int k = 0; k < dataset->labels[i].count; k++) {
            int class = (int)dataset->labels[i].rows[5 * (size_t)k];
            double count = (double)(dataset->class_counts[class] ? dataset->class_counts[class] : 1);
            /* Class weights sum to classes; the division by classes takes that back. */
            weights[i] += 1 / count / total * (1 - maps[class]) * (1 - maps[class]);
        }
    }
}

int64_t yd_dataset_kept_bytes(const yd_dataset *dataset)
{
    return dataset->store ? yd_store_bytes(dataset->store) : 0;
}
