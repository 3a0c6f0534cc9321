/* Reads tar archives, compressed by gzip or not, from front to back: ustar, with the long names of GNU and
 * POSIX (pax). Names are labels here: nothing in this file opens a path made of one. */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct yd_tar yd_tar;

typedef enum yd_tar_kind { YD_TAR_FILE, YD_TAR_FOLDER, YD_TAR_LINK, YD_TAR_OTHER } yd_tar_kind;

typedef struct yd_tar_member {
    char name[4096];
    uint64_t size; /* of a file; else 0 */
    yd_tar_kind kind;
} yd_tar_member;

/* IO, MEMORY. */
yd_status yd_tar_open(const char *path, yd_tar **tar, yd_error *error);
/* The same of an open file, which is taken over. label stands for the path in messages. */
yd_status yd_tar_open_file(int fd, const char *label, yd_tar **tar, yd_error *error);
void yd_tar_close(yd_tar *tar);

/* The next member; what was not read of the one before is passed over. *more is false at the end. FORMAT for
 * what is no sound archive, an end without its mark included. */
yd_status yd_tar_next(yd_tar *tar, yd_tar_member *member, bool *more, yd_error *error);
/* At most capacity bytes of the member's contents; *length is 0 at their end. FORMAT where the file ends in
 * between. */
yd_status yd_tar_read(yd_tar *tar, void *data, size_t capacity, size_t *length, yd_error *error);
