#include "data/store.h"
#include "base/memory_room.h"
#include <stdatomic.h>
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

int64_t yd_available_memory(void)
{
    int64_t available, total;
    return yd_memory_room("", &available, &total) ? available : 0;
}
