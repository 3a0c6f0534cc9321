/* How long it takes to open a data set of N pictures for the first time, when there is no label cache yet:
 * files are listed, every picture's header and every label file is read and checked, and the cache is
 * written; and the second time, when there is one. Times are of the wall, with all threads, and the files are
 * in the system's cache, as they were just made.
 *
 *     bench_scan [--threads N] [N…]   for 1000, 10000 and 100000 pictures, or as many as are asked for
 *     bench_scan --make FOLDER N      makes the set of N for another program, and leaves it there
 *
 * A set is FOLDER/images/train/NNNNNNNNN.jpg and FOLDER/labels/train/NNNNNNNNN.txt: hard links of the
 * training pictures and labels of ../shared/datasets/bccd where it is there, else of generated ones. */
#include "base/clock.h"
#include "base/file.h"
#include "data/dataset.h"
#include "data/index.h"
#include "data/synthetic.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_LIMIT = 4096, GENERATED = 64, SIDE = 416 };

typedef struct originals {
    yd_arena *arena;
    yd_index index;
} originals;

static const char *const kinds[2] = {"images", "labels"}, *const suffixes[2] = {"jpg", "txt"};

static yd_status find_originals(const char *folder, originals *found, yd_error *error)
{
    char pictures[PATH_LIMIT], generated[PATH_LIMIT], yaml[PATH_LIMIT];
    snprintf(pictures, sizeof pictures, "%s/../shared/datasets/bccd/images/train", YD_SOURCE_DIR);
    if (!yd_folder_exists(pictures)) {
        snprintf(generated, sizeof generated, "%.4000s/generated", folder);
        YD_TRY(yd_synthetic_write(generated, 1, GENERATED, 1, SIDE, yaml, error));
        snprintf(pictures, sizeof pictures, "%.4000s/generated/images/train", folder);
    }
    const char *const entries[1] = {pictures};
    found->arena = yd_arena_create(0);
    return yd_index_list(entries, 1, false, found->arena, &found->index, error);
}

/* The first of each is a copy: a link cannot leave its file system, and a copy can be removed. */
static yd_status add_file(const char *from, const char *to, yd_error *error)
{
    char *data;
    size_t length;
    if (link(from, to) == 0) return YD_OK;
    YD_TRY(yd_file_read(from, 0, &data, &length, error));
    yd_status status = yd_file_write(to, data, length, error);
    free(data);
    return status;
}

static void name_file(char *out, const char *folder, int kind, int number)
{
    snprintf(out, PATH_LIMIT, "%.4000s/%s/train/%09d.%s", folder, kinds[kind], number, suffixes[kind]);
}

static yd_status make_set(const char *folder, int count, yd_error *error)
{
    originals from = {0};
    char path[PATH_LIMIT], source[PATH_LIMIT];
    for (int kind = 0; kind < 2; kind++) {
        snprintf(path, sizeof path, "%.4000s/%s/train", folder, kinds[kind]);
        YD_TRY(yd_make_folders(path, error));
    }
    yd_status status = find_originals(folder, &from, error);
    for (int i = 0; status == YD_OK && i < count; i++)
        for (int kind = 0; kind < 2 && status == YD_OK; kind++) {
            const char *original = from.index.paths[i % from.index.count];
            name_file(path, folder, kind, i);
            if (i >= from.index.count)
                name_file(source, folder, kind, i - from.index.count);
            else if (kind == 0)
                snprintf(source, sizeof source, "%s", original);
            else
                yd_label_path(original, source, sizeof source);
            status = add_file(source, path, error);
        }
    yd_arena_destroy(from.arena);
    return status;
}

static void remove_set(const char *folder)
{
    char command[PATH_LIMIT + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0) fprintf(stderr, "%s: not removed\n", folder);
}

static yd_status open_set(const char *folder, int threads, int count, double *seconds, yd_error *error)
{
    char pictures[PATH_LIMIT];
    snprintf(pictures, sizeof pictures, "%.4000s/images/train", folder);
    const char *const entries[1] = {pictures};
    yd_dataset *set;
    const yd_dataset_options options = {.entries = entries,
                                        .entry_count = 1,
                                        .image_size = 640,
                                        .batch_size = 16,
                                        .stride = 32,
                                        .classes = 80,
                                        .rules = yd_data_rules_v7,
                                        .threads = threads};
    int64_t start = yd_clock_ns();
    YD_TRY(yd_dataset_open(&options, &set, error));
    *seconds = (double)(yd_clock_ns() - start) * 1e-9;
    int found = set->count;
    yd_dataset_close(set);
    if (found == count) return YD_OK;
    return yd_fail(error, YD_ERR_INTERNAL, "%d of %d pictures were found", found, count);
}

static yd_status measure(int count, int threads, yd_error *error)
{
    const char *root = getenv("TMPDIR");
    char folder[PATH_LIMIT];
    double scanned = 0, cached = 0;
    snprintf(folder, sizeof folder, "%.4000s/yolodeck-scan-XXXXXX", root && root[0] ? root : "/tmp");
    if (!mkdtemp(folder)) return yd_fail_errno(error, YD_ERR_IO, "%s", folder);
    yd_status status = make_set(folder, count, error);
    if (status == YD_OK) status = open_set(folder, threads, count, &scanned, error);
    if (status == YD_OK) status = open_set(folder, threads, count, &cached, error);
    remove_set(folder);
    if (status != YD_OK) return status;
    printf("%d pictures: %.2f us each, with the cache %.2f us\n", count, scanned * 1e6 / count,
           cached * 1e6 / count);
    printf("result scan_%d %.4f s\nresult scan_cached_%d %.4f s\n", count, scanned, count, cached);
    fflush(stdout);
    return YD_OK;
}

int main(int argc, char **argv)
{
    static const int usual[] = {1000, 10000, 100000};
    yd_error error = {0};
    yd_status status = YD_OK;
    int threads = 0, first = 1;
    if (argc == 4 && strcmp(argv[1], "--make") == 0) {
        status = make_set(argv[2], atoi(argv[3]), &error);
    } else {
        if (argc > 2 && strcmp(argv[1], "--threads") == 0) threads = atoi(argv[2]), first = 3;
        for (int i = first; i < argc && status == YD_OK; i++)
            status = measure(atoi(argv[i]), threads, &error);
        for (size_t i = 0; first == argc && i < sizeof usual / sizeof *usual && status == YD_OK; i++)
            status = measure(usual[i], threads, &error);
    }
    if (status != YD_OK) fprintf(stderr, "%s\n", error.message);
    return status == YD_OK ? 0 : 1;
}
