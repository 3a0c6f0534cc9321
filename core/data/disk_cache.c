#include "data/disk_cache.h"
#include "base/file.h"
#include "base/log.h"
#include "base/vector.h"
#include "data/npy.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { PATH_LIMIT = 4096, PIECE = 1 << 14 };

struct yd_disk_cache {
    const char *const *paths;
    const int (*sizes)[2];
    int count;
    bool *shared;        /* [count] another picture has the same name but for its ending: neither is kept */
    atomic_uchar *tried; /* [count] was written, or is being written */
    atomic_bool writes, foreign_seen;
};

/* What lies in the place of a picture's file. */
typedef enum state {
    ABSENT,
    GOOD,
    STALE,  /* half written, of another size, or older than its picture */
    FOREIGN /* nothing that a cache of pictures would have written */
} state;

/* Length without the ending. */
static size_t stem_length(const char *path)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    return dot && (!slash || dot > slash + 1) ? (size_t)(dot - path) : strlen(path);
}

static bool place_of(const char *path, char out[PATH_LIMIT])
{
    int length = snprintf(out, PATH_LIMIT, "%.*s.npy", (int)stem_length(path), path);
    return length >= 0 && length < PATH_LIMIT;
}

/* ---- reading ---- */

static bool read_all(int fd, void *data, size_t length, size_t offset)
{
    uint8_t *place = data;
    while (length) {
        ssize_t got = pread(fd, place, length, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        place += got, offset += (size_t)got, length -= (size_t)got;
    }
    return true;
}

static bool is_older(const struct stat *file, const struct stat *than)
{
    if (file->st_mtim.tv_sec != than->st_mtim.tv_sec) return file->st_mtim.tv_sec < than->st_mtim.tv_sec;
    return file->st_mtim.tv_nsec < than->st_mtim.tv_nsec;
}

/* The scan does not turn every picture that decoding turns. */
static bool has_size(const int size[2], int width, int height)
{
    return (width == size[0] && height == size[1]) || (width == size[1] && height == size[0]);
}

static state judge(const yd_disk_cache *cache, int index, int fd, int *width, int *height, size_t *offset)
{
    uint8_t header[YD_NPY_HEADER];
    struct stat file, picture;
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || !read_all(fd, header, sizeof header, 0) ||
        !yd_npy_read_header(header, sizeof header, width, height, offset))
        return FOREIGN;
    bool whole = has_size(cache->sizes[index], *width, *height) &&
                 (size_t)file.st_size == *offset + (size_t)*width * (size_t)*height * 3;
    if (!whole || stat(cache->paths[index], &picture) != 0 || is_older(&file, &picture)) return STALE;
    return GOOD;
}

/* Opens the file of a picture; *fd is -1 unless it is GOOD. */
static state open_file(const yd_disk_cache *cache, int index, int *fd, int *width, int *height,
                       size_t *offset)
{
    char path[PATH_LIMIT];
    *fd = -1;
    if (cache->shared[index] || !place_of(cache->paths[index], path)) return FOREIGN;
    /* Not blocking: opening a named pipe without a writer would wait for ever. */
    int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (opened < 0) return errno == ENOENT ? ABSENT : FOREIGN;
    state found = judge(cache, index, opened, width, height, offset);
    if (found == GOOD)
        *fd = opened;
    else
        close(opened);
    return found;
}

/* Between BGR and RGB; to may be from. */
static void swap_channels(const uint8_t *from, uint8_t *to, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 3) {
        uint8_t first = from[i];
        to[i] = from[i + 2];
        to[i + 1] = from[i + 1];
        to[i + 2] = first;
    }
}

bool yd_disk_cache_get(yd_disk_cache *cache, int index, yd_image *image)
{
    int fd, width, height;
    size_t offset;
    if (open_file(cache, index, &fd, &width, &height, &offset) != GOOD) return false;
    bool made = yd_image_create(width, height, image, NULL) == YD_OK;
    bool read = made && read_all(fd, image->pixels, yd_image_bytes(image), offset);
    close(fd);
    if (read)
        swap_channels(image->pixels, image->pixels, yd_image_bytes(image));
    else if (made)
        yd_image_free(image);
    return read;
}

/* ---- writing ---- */

static yd_status write_file(const char *path, const struct stat *picture, const yd_image *image,
                            yd_error *error)
{
    uint8_t header[YD_NPY_HEADER], piece[PIECE / 3 * 3];
    yd_atomic_file file = {0};
    size_t bytes = yd_image_bytes(image);
    yd_npy_write_header(image->width, image->height, header);
    YD_TRY(yd_atomic_open(&file, path, error));
    YD_TRY(yd_atomic_write(&file, header, sizeof header, error));
    for (size_t done = 0; done < bytes; done += sizeof piece) {
        size_t length = bytes - done < sizeof piece ? bytes - done : sizeof piece;
        swap_channels(image->pixels + done, piece, length);
        YD_TRY(yd_atomic_write(&file, piece, length, error));
    }
    /* The picture's own time: were that ahead of the clock, the file would never count as new enough. */
    const struct timespec times[2] = {picture->st_mtim, picture->st_mtim};
    futimens(file.fd, times);
    return yd_atomic_commit(&file, error);
}

void yd_disk_cache_put(yd_disk_cache *cache, int index, const yd_image *image)
{
    char path[PATH_LIMIT];
    struct stat picture;
    yd_error error;
    int fd, width, height;
    size_t offset;
    if (!atomic_load(&cache->writes) || atomic_exchange(&cache->tried[index], 1)) return;
    if (!has_size(cache->sizes[index], image->width, image->height))
        return; /* it has changed since the scan */
    state found = open_file(cache, index, &fd, &width, &height, &offset);
    if (found == GOOD) close(fd);
    if (!place_of(cache->paths[index], path)) return;
    if (found == FOREIGN && !cache->shared[index] && !atomic_exchange(&cache->foreign_seen, true))
        yd_log(YD_LOG_WARNING,
               "%s: is no picture that was kept by --cache disk; left alone, as are others like it", path);
    if ((found != ABSENT && found != STALE) || stat(cache->paths[index], &picture) != 0) return;
    if (write_file(path, &picture, image, &error) == YD_OK || !atomic_exchange(&cache->writes, false)) return;
    yd_log(YD_LOG_WARNING, "no further pictures are kept on disk: %s", error.message);
}

/* ---- opening ---- */

/* A file system that pictures lie on. */
typedef struct volume {
    dev_t device;
    int64_t needed, free;
} volume;

static volume *find_volume(yd_vector *volumes, const char *path, dev_t device)
{
    char folder[PATH_LIMIT];
    struct statvfs info;
    for (size_t i = 0; i < volumes->count; i++)
        if (YD_AT(volume, volumes, i).device == device) return &YD_AT(volume, volumes, i);
    yd_path_parent(folder, sizeof folder, path);
    volume fresh = {.device = device, .free = INT64_MAX};
    if (statvfs(folder, &info) == 0) fresh.free = (int64_t)info.f_bavail * (int64_t)info.f_frsize;
    return yd_vector_push(volumes, &fresh);
}

/* What is missing, by volume. A file that is there is taken at its word until it is read. */
static bool count_missing(const yd_disk_cache *cache, yd_vector *volumes, int *there)
{
    char path[PATH_LIMIT];
    struct stat file, picture;
    for (int i = 0; i < cache->count; i++) {
        if (cache->shared[i] || !place_of(cache->paths[i], path) || stat(cache->paths[i], &picture) != 0)
            continue;
        int64_t bytes = YD_NPY_HEADER + (int64_t)cache->sizes[i][0] * cache->sizes[i][1] * 3;
        if (stat(path, &file) == 0 && file.st_size >= bytes && !is_older(&file, &picture)) {
            ++*there;
            continue;
        }
        volume *v = find_volume(volumes, cache->paths[i], picture.st_dev);
        if (!v) return false;
        v->needed += bytes;
    }
    return true;
}

static yd_status plan(yd_disk_cache *cache, yd_error *error)
{
    yd_vector volumes = {.size = sizeof(volume)};
    int there = 0;
    int64_t needed = 0;
    bool counted = count_missing(cache, &volumes, &there);
    for (size_t i = 0; i < volumes.count; i++) {
        const volume *v = &YD_AT(volume, &volumes, i);
        needed += v->needed;
        if ((double)v->needed <= (double)v->free / 1.1) continue;
        yd_log(YD_LOG_WARNING,
               "--cache disk: the pictures would take %.1f GB beside their files, %.1f GB are free: no more "
               "are kept",
               (double)v->needed / 1e9, (double)v->free / 1e9);
        atomic_store(&cache->writes, false);
    }
    yd_vector_free(&volumes);
    if (!counted) return yd_fail(error, YD_ERR_MEMORY, "out of memory for the cache on disk");
    yd_log(YD_LOG_INFO, "--cache disk: %d of %d pictures are there, %.1f GB to come", there, cache->count,
           atomic_load(&cache->writes) ? (double)needed / 1e9 : 0);
    return YD_OK;
}

typedef struct named {
    const char *path;
    int index;
} named;

static int compare_stems(const named *x, const named *y)
{
    size_t a = stem_length(x->path), b = stem_length(y->path);
    int order = memcmp(x->path, y->path, a < b ? a : b);
    return order ? order : (a > b) - (a < b);
}

static int compare_paths(const void *a, const void *b)
{
    const named *x = a, *y = b;
    int order = compare_stems(x, y);
    return order ? order : strcmp(x->path, y->path);
}

/* a.jpg and a.png would have the same file. */
static bool find_shared(yd_disk_cache *cache)
{
    size_t count = (size_t)cache->count;
    named *all = malloc(count * sizeof *all);
    if (!all) return false;
    for (int i = 0; i < cache->count; i++) all[i] = (named){cache->paths[i], i};
    qsort(all, count, sizeof *all, compare_paths);
    for (size_t i = 1, first = 0; i < count; i++) {
        if (compare_stems(&all[first], &all[i]) != 0) first = i;
        if (strcmp(all[first].path, all[i].path) == 0) continue;
        for (size_t k = first; k <= i; k++) cache->shared[all[k].index] = true;
    }
    free(all);
    return true;
}

yd_status yd_disk_cache_open(const char *const *paths, const int (*sizes)[2], int count,
                             yd_disk_cache **result, yd_error *error)
{
    yd_disk_cache *cache = calloc(1, sizeof *cache);
    *result = NULL;
    if (cache) {
        *cache = (yd_disk_cache){.paths = paths, .sizes = sizes, .count = count, .writes = true};
        cache->shared = calloc((size_t)count, sizeof *cache->shared);
        cache->tried = calloc((size_t)count, sizeof *cache->tried);
    }
    yd_status status = cache && cache->shared && cache->tried && find_shared(cache)
                           ? plan(cache, error)
                           : yd_fail(error, YD_ERR_MEMORY, "out of memory for the cache on disk");
    if (status == YD_OK)
        *result = cache;
    else
        yd_disk_cache_close(cache);
    return status;
}

void yd_disk_cache_close(yd_disk_cache *cache)
{
    if (!cache) return;
    free(cache->shared);
    free(cache->tried);
    free(cache);
}
