/* The pictures of a run folder, newest first. */
#pragma once
#include "base/vector.h"
#include <stdbool.h>
#include <stdint.h>

enum { YD_ALBUM_LIMIT = 4096, YD_ALBUM_NAME = 256 };

typedef struct yd_album_entry {
    char name[YD_ALBUM_NAME]; /* of the file, raw */
    int64_t changed_ns, bytes;
} yd_album_entry;

/* Zero-initialise. */
typedef struct yd_album {
    yd_vector entries; /* yd_album_entry */
    bool readable;     /* the folder could be read */
} yd_album;

/* Reads the folder: every regular file that is called a JPEG, PNG or BMP; of more than YD_ALBUM_LIMIT some.
 * What cannot be read leaves an empty album. */
void yd_album_read(yd_album *album, const char *folder);
void yd_album_free(yd_album *album);
int yd_album_count(const yd_album *album);
const yd_album_entry *yd_album_at(const yd_album *album, int index);
/* The place of a file; -1: it is not there. */
int yd_album_find(const yd_album *album, const char *name);
bool yd_album_equal(const yd_album *a, const yd_album *b);
