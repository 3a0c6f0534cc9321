#include "data/store.h"
#include "base/file.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct yd_picture_store {
    int count;
    _Atomic int64_t bytes;
    _Atomic(yd_kept_picture *) pictures[];
};

yd_picture_store *yd_store_create(int count)
{
    yd_picture_store *store = calloc(1, sizeof *store + (size_t)count * sizeof store->pictures[0]);
    if (store) store->count = count;
    return store;
}

void yd_store_destroy(yd_picture_store *store)
{
    if (!store) return;
    for (int i = 0; i < store->count; i++) free(atomic_load(&store->pictures[i]));
    free(store);
}

/* The acquire pairs with the release in yd_store_put: who sees the pointer sees the pixels. */
const yd_kept_picture *yd_store_get(const yd_picture_store *store, int index)
{
    return atomic_load_explicit(&store->pictures[index], memory_order_acquire);
}

void yd_store_put(yd_picture_store *store, int index, const yd_image *image, int native_width,
                  int native_height)
{
    size_t bytes = yd_image_bytes(image);
    yd_kept_picture *kept = malloc(sizeof *kept + bytes), *none = NULL;
    if (!kept) return;
    kept->width = image->width;
    kept->height = image->height;
    kept->native_width = native_width;
    kept->native_height = native_height;
    memcpy(kept->pixels, image->pixels, bytes);
    if (atomic_compare_exchange_strong_explicit(&store->pictures[index], &none, kept, memory_order_release,
                                                memory_order_relaxed))
        atomic_fetch_add(&store->bytes, (int64_t)bytes);
    else
        free(kept);
}

int64_t yd_store_bytes(const yd_picture_store *store)
{
    return atomic_load(&store->bytes);
}

/* The number after a key in a small file of the system; -1 where there is none. */
static int64_t read_number(const char *path, const char *key)
{
    char *text;
    size_t length;
    long long value = -1;
    if (yd_file_read(path, 1 << 16, &text, &length, NULL) != YD_OK) return -1;
    const char *found = strstr(text, key);
    if (!found || sscanf(found + strlen(key), "%lld", &value) != 1) value = -1;
    free(text);
    return value;
}

/* What the cgroup still allows; the cache of files does not count as taken, since it is given back. -1: no
 * limit. */
static int64_t left_in_group(void)
{
    int64_t limit = read_number("/sys/fs/cgroup/memory.max", "");
    int64_t used = read_number("/sys/fs/cgroup/memory.current", "");
    int64_t cached = read_number("/sys/fs/cgroup/memory.stat", "\nfile ");
    if (limit < 0 || used < 0) return -1;
    if (cached > 0) used -= cached;
    return limit > used ? limit - used : 0;
}

int64_t yd_available_memory(void)
{
    int64_t kilobytes = read_number("/proc/meminfo", "MemAvailable:"), group = left_in_group();
    int64_t available = kilobytes > 0 ? kilobytes * 1024 : 0;
    return group >= 0 && (!available || group < available) ? group : available;
}
