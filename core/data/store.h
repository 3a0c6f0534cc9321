/* Pictures kept in memory after their first reading, resized (data_and_metrics.md, 7). Any number of threads
 * may put and get: of two that put the same picture one copy stays, and both are equal. */
#pragma once
#include "image/image.h"
#include <stdbool.h>

typedef struct yd_picture_store yd_picture_store;

typedef struct yd_kept_picture {
    int width, height, native_width, native_height;
    uint8_t pixels[]; /* [height, width, 3] */
} yd_kept_picture;

yd_picture_store *yd_store_create(int count); /* NULL when memory is out */
void yd_store_destroy(yd_picture_store *store);
const yd_kept_picture *yd_store_get(const yd_picture_store *store, int index); /* NULL: not kept yet */
/* Copies the picture; without memory it is not kept, which is no error. */
void yd_store_put(yd_picture_store *store, int index, const yd_image *image, int native_width,
                  int native_height);
int64_t yd_store_bytes(const yd_picture_store *store);

/* Bytes that may still be taken without swapping: what the system says, cut by the cgroup's limit. 0:
 * unknown. */
int64_t yd_available_memory(void);
