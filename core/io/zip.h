/* Reads zip archives as PyTorch and NumPy write them: stored and deflated members, zip64, data descriptors.
 * Sizes and places come from the central directory alone and every one of them is checked against the file.
 * (APPNOTE.TXT 6.3.3; training.md, 10.2) Member names are labels here: nothing in this file opens a path made
 * of one. */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct yd_zip yd_zip;
typedef struct yd_zip_member {
    const char *name;      /* without control characters and NULs; owned by the archive */
    uint64_t size, packed; /* bytes of the contents; bytes in the file */
    uint64_t header;       /* offset of the local header */
    uint32_t crc;
    uint16_t method; /* 0 stored, 8 deflated */
    uint16_t mode;   /* as stat has it, where it was made on Unix; 0: nothing is known */
} yd_zip_member;

/* FORMAT, naming the file and what is wrong, for anything that is not a sound archive: two members of one
 * name, places outside the file, encryption, several disks. Contents are not looked at yet. */
yd_status yd_zip_open(const char *path, yd_zip **zip, yd_error *error);
/* The same of length bytes in memory, which must outlive the archive; label stands for the path in messages.
 */
yd_status yd_zip_open_memory(const void *bytes, size_t length, const char *label, yd_zip **zip,
                             yd_error *error);
void yd_zip_close(yd_zip *zip);

size_t yd_zip_count(const yd_zip *zip);
const yd_zip_member *yd_zip_at(const yd_zip *zip, size_t index); /* in the order of the central directory */
const yd_zip_member *yd_zip_find(const yd_zip *zip, const char *name); /* NULL where there is none */

/* The contents of a member, in memory that the caller frees, with a NUL after them; the CRC is checked.
 * FORMAT where it is longer than limit bytes (0: no limit), expands beyond what honest data does, or is
 * damaged; UNSUPPORTED for other methods. */
yd_status yd_zip_read(yd_zip *zip, const yd_zip_member *member, size_t limit, char **data, yd_error *error);
