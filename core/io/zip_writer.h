/* Writes zip archives of stored members whose data start at multiples of 64 bytes, as PyTorch's do. The file
 * is there whole or not at all, and never as a second copy in memory. (APPNOTE.TXT 6.3.3; training.md, 10.2)
 */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct yd_zip_writer yd_zip_writer;
/* Writes beside path, as an atomic file does. zip64: 64-bit records even where 32 bits would do. */
yd_status yd_zip_create(const char *path, bool zip64, yd_zip_writer **writer, yd_error *error);
/* A member of exactly size bytes, which follow in any number of puts. One at a time. */
yd_status yd_zip_begin(yd_zip_writer *writer, const char *name, uint64_t size, yd_error *error);
yd_status yd_zip_put(yd_zip_writer *writer, const void *data, size_t length, yd_error *error);
yd_status yd_zip_end(yd_zip_writer *writer, yd_error *error);
/* The three in one. */
yd_status yd_zip_add(yd_zip_writer *writer, const char *name, const void *data, size_t length,
                     yd_error *error);
/* Writes the directory and puts the file in place; the writer is gone afterwards, whatever the result. */
yd_status yd_zip_commit(yd_zip_writer *writer, yd_error *error);
void yd_zip_drop(yd_zip_writer *writer); /* gives up: the target is untouched; NULL is fine */
