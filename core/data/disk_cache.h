/* Decoded pictures kept beside their files, NAME.npy beside NAME.jpg, as YOLOv5 v7.0 keeps them: it reads
 * ours and we read its. A file counts where it is a whole picture of the size that the scan saw, and not
 * older than its picture; files are there whole or not at all; what is there and was never such a file is
 * left alone. Any number of threads. */
#pragma once
#include "image/image.h"
#include <stdbool.h>

typedef struct yd_disk_cache yd_disk_cache;

/* paths, sizes (width, height, as stored or turned): [count], outlive the cache. Where there is no room for
 * all that is missing, with a tenth to spare, or a folder cannot be written, nothing is written: that is
 * logged, no error. YD_ERR_MEMORY. */
yd_status yd_disk_cache_open(const char *const *paths, const int (*sizes)[2], int count,
                             yd_disk_cache **cache, yd_error *error);
void yd_disk_cache_close(yd_disk_cache *cache);

/* Reads a picture; false where there is none to rely on. The caller frees *image. */
bool yd_disk_cache_get(yd_disk_cache *cache, int index, yd_image *image);
/* Keeps a decoded picture, once for each index. The first failure is logged, and nothing more is written
 * then. */
void yd_disk_cache_put(yd_disk_cache *cache, int index, const yd_image *image);
