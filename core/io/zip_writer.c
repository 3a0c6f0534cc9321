#include "io/zip_writer.h"
#include "base/file.h"
#include "base/vector.h"
#include "io/bytes.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
    ALIGNMENT = 64,
    VERSION = 20,
    VERSION_64 = 45,
    FLAG_UTF8 = 0x0800,
    LOCAL_HEADER = 30,
    MAX_NAME = 1024,
    PAD_ID = 0x4246
};
/* A date must be given: 1 January 1980, so that equal contents make equal files. */
enum { DATE = 1 << 5 | 1 };

typedef struct member {
    char *name;
    uint64_t size, header;
    uint32_t crc;
} member;

struct yd_zip_writer {
    yd_atomic_file file;
    bool zip64, open;
    uint64_t at;   /* bytes written so far */
    uint64_t left; /* of the member that is open */
    yd_vector members;
};

static bool wide_member(const yd_zip_writer *writer, uint64_t size)
{
    return writer->zip64 || size >= UINT32_MAX;
}

static yd_status put(yd_zip_writer *writer, const void *data, size_t length, yd_error *error)
{
    YD_TRY(yd_atomic_write(&writer->file, data, length, error));
    writer->at += length;
    return YD_OK;
}

yd_status yd_zip_create(const char *path, bool zip64, yd_zip_writer **out, yd_error *error)
{
    *out = NULL;
    yd_zip_writer *writer = calloc(1, sizeof *writer);
    if (!writer) return yd_fail(error, YD_ERR_MEMORY, "%s: no memory to write it", path);
    writer->zip64 = zip64;
    writer->members.size = sizeof(member);
    yd_status status = yd_atomic_open(&writer->file, path, error);
    if (status == YD_OK)
        *out = writer;
    else
        free(writer);
    return status;
}

static void release(yd_zip_writer *writer)
{
    for (size_t i = 0; i < writer->members.count; i++) free(YD_AT(member, &writer->members, i).name);
    yd_vector_free(&writer->members);
    free(writer);
}

/* The local header: name, sizes of a large member, and padding that brings the data to a multiple of 64. */
static size_t build_header(const yd_zip_writer *writer, const member *entry, unsigned char *out)
{
    bool wide = wide_member(writer, entry->size);
    size_t name = strlen(entry->name), length = LOCAL_HEADER + name;
    memcpy(out, "PK\x03\x04", 4);
    yd_put_u16(out + 4, wide ? VERSION_64 : VERSION);
    yd_put_u16(out + 6, FLAG_UTF8);
    yd_put_u16(out + 8, 0);
    yd_put_u16(out + 10, 0);
    yd_put_u16(out + 12, DATE);
    yd_put_u32(out + 14, 0); /* the checksum, filled in when the data are known */
    yd_put_u32(out + 18, wide ? UINT32_MAX : (uint32_t)entry->size);
    yd_put_u32(out + 22, wide ? UINT32_MAX : (uint32_t)entry->size);
    yd_put_u16(out + 26, (uint16_t)name);
    memcpy(out + LOCAL_HEADER, entry->name, name);
    if (wide) {
        yd_put_u16(out + length, 1);
        yd_put_u16(out + length + 2, 16);
        yd_put_u64(out + length + 4, entry->size);
        yd_put_u64(out + length + 12, entry->size);
        length += 20;
    }
    size_t pad = (size_t)(ALIGNMENT - (writer->at + length + 4) % ALIGNMENT) % ALIGNMENT;
    yd_put_u16(out + length, PAD_ID);
    yd_put_u16(out + length + 2, (uint16_t)pad);
    memset(out + length + 4, 'Z', pad);
    length += 4 + pad;
    yd_put_u16(out + 28, (uint16_t)(length - LOCAL_HEADER - name));
    return length;
}

yd_status yd_zip_begin(yd_zip_writer *writer, const char *name, uint64_t size, yd_error *error)
{
    YD_ASSERT(!writer->open && strlen(name) > 0 && strlen(name) <= MAX_NAME);
    member entry = {
        .name = strdup(name), .size = size, .header = writer->at, .crc = (uint32_t)crc32_z(0, NULL, 0)};
    if (!entry.name || !yd_vector_push(&writer->members, &entry)) {
        free(entry.name);
        return yd_fail(error, YD_ERR_MEMORY, "%s: no memory for its directory", writer->file.path);
    }
    unsigned char header[LOCAL_HEADER + MAX_NAME + 20 + 4 + ALIGNMENT];
    YD_TRY(put(writer, header, build_header(writer, &entry, header), error));
    writer->open = true;
    writer->left = size;
    return YD_OK;
}

yd_status yd_zip_put(yd_zip_writer *writer, const void *data, size_t length, yd_error *error)
{
    YD_ASSERT(writer->open && length <= writer->left);
    member *entry = &YD_AT(member, &writer->members, writer->members.count - 1);
    if (length) entry->crc = (uint32_t)crc32_z(entry->crc, data, length);
    writer->left -= length;
    return put(writer, data, length, error);
}

yd_status yd_zip_end(yd_zip_writer *writer, yd_error *error)
{
    YD_ASSERT(writer->open && writer->left == 0);
    const member *entry = &YD_AT(member, &writer->members, writer->members.count - 1);
    unsigned char crc[4];
    yd_put_u32(crc, entry->crc);
    writer->open = false;
    for (size_t done = 0; done < sizeof crc;) {
        ssize_t wrote =
            pwrite(writer->file.fd, crc + done, sizeof crc - done, (off_t)(entry->header + 14 + done));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0)
            return yd_fail_errno(error, YD_ERR_IO, "%s: cannot be written", writer->file.temporary);
        done += (size_t)wrote;
    }
    return YD_OK;
}

yd_status yd_zip_add(yd_zip_writer *writer, const char *name, const void *data, size_t length,
                     yd_error *error)
{
    YD_TRY(yd_zip_begin(writer, name, length, error));
    YD_TRY(yd_zip_put(writer, data, length, error));
    return yd_zip_end(writer, error);
}

static yd_status put_entry(yd_zip_writer *writer, const member *entry, yd_error *error)
{
    unsigned char out[46 + MAX_NAME + 28] = {0};
    bool wide = wide_member(writer, entry->size) || entry->header >= UINT32_MAX;
    size_t name = strlen(entry->name), length = 46 + name;
    memcpy(out, "PK\x01\x02", 4);
    yd_put_u16(out + 4, wide ? VERSION_64 : VERSION);
    yd_put_u16(out + 6, wide ? VERSION_64 : VERSION);
    yd_put_u16(out + 8, FLAG_UTF8);
    yd_put_u16(out + 14, DATE);
    yd_put_u32(out + 16, entry->crc);
    yd_put_u32(out + 20, wide ? UINT32_MAX : (uint32_t)entry->size);
    yd_put_u32(out + 24, wide ? UINT32_MAX : (uint32_t)entry->size);
    yd_put_u16(out + 28, (uint16_t)name);
    yd_put_u16(out + 30, wide ? 28 : 0);
    yd_put_u32(out + 42, wide ? UINT32_MAX : (uint32_t)entry->header);
    memcpy(out + 46, entry->name, name);
    if (wide) {
        yd_put_u16(out + length, 1);
        yd_put_u16(out + length + 2, 24);
        yd_put_u64(out + length + 4, entry->size);
        yd_put_u64(out + length + 12, entry->size);
        yd_put_u64(out + length + 20, entry->header);
        length += 28;
    }
    return put(writer, out, length, error);
}

static yd_status put_end_64(yd_zip_writer *writer, uint64_t directory, uint64_t size, yd_error *error)
{
    unsigned char out[56 + 20] = {0};
    uint64_t count = writer->members.count;
    memcpy(out, "PK\x06\x06", 4);
    yd_put_u64(out + 4, 56 - 12);
    yd_put_u16(out + 12, VERSION_64);
    yd_put_u16(out + 14, VERSION_64);
    yd_put_u64(out + 24, count);
    yd_put_u64(out + 32, count);
    yd_put_u64(out + 40, size);
    yd_put_u64(out + 48, directory);
    memcpy(out + 56, "PK\x06\x07", 4);
    yd_put_u64(out + 64, writer->at);
    yd_put_u32(out + 72, 1);
    return put(writer, out, sizeof out, error);
}

static yd_status put_directory(yd_zip_writer *writer, yd_error *error)
{
    uint64_t directory = writer->at, count = writer->members.count;
    for (size_t i = 0; i < count; i++) YD_TRY(put_entry(writer, &YD_AT(member, &writer->members, i), error));
    uint64_t size = writer->at - directory;
    bool wide = writer->zip64 || count >= UINT16_MAX || directory >= UINT32_MAX || size >= UINT32_MAX;
    if (wide) YD_TRY(put_end_64(writer, directory, size, error));
    unsigned char out[22] = {0};
    memcpy(out, "PK\x05\x06", 4);
    yd_put_u16(out + 8, wide ? UINT16_MAX : (uint16_t)count);
    yd_put_u16(out + 10, wide ? UINT16_MAX : (uint16_t)count);
    yd_put_u32(out + 12, wide ? UINT32_MAX : (uint32_t)size);
    yd_put_u32(out + 16, wide ? UINT32_MAX : (uint32_t)directory);
    return put(writer, out, sizeof out, error);
}

yd_status yd_zip_commit(yd_zip_writer *writer, yd_error *error)
{
    YD_ASSERT(!writer->open);
    yd_status status = put_directory(writer, error);
    if (status == YD_OK)
        status = yd_atomic_commit(&writer->file, error);
    else
        yd_atomic_drop(&writer->file);
    release(writer);
    return status;
}

void yd_zip_drop(yd_zip_writer *writer)
{
    if (!writer) return;
    yd_atomic_drop(&writer->file);
    release(writer);
}
