/* The zip that PyTorch's loader wants: the pickle, the storages, the version. (training.md, 10.2) */
#pragma once
#include "io/zip_writer.h"

typedef struct yd_archive {
    yd_zip_writer *zip;
    char folder[128]; /* that all members lie in */
} yd_archive;

/* Begins the file with the pickle. On failure there is nothing to drop. */
yd_status yd_archive_create(yd_archive *archive, const char *path, const void *pickle, size_t length,
                            yd_error *error);
/* The storage of key "<number>": put its bytes with yd_zip_put, then yd_zip_end. */
yd_status yd_archive_begin(yd_archive *archive, int number, uint64_t bytes, yd_error *error);
/* Ends the file and puts it in place, or drops it where status is not YD_OK; returns the first failure. */
yd_status yd_archive_finish(yd_archive *archive, yd_status status, yd_error *error);
