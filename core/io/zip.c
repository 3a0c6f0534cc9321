#include "io/zip.h"
#include "base/arena.h"
#include "io/bytes.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
    LOCAL_HEADER = 30,
    ENTRY = 46,
    END_RECORD = 22,
    LOCATOR = 20,
    END_RECORD_64 = 56,
    MAX_COMMENT = 65535,
    MAX_NAME = 1024,
    EXTRA_ZIP64 = 1,
    FLAG_ENCRYPTED = 1,
    MADE_ON_UNIX = 3,
    STORED = 0,
    DEFLATED = 8
};
static const uint64_t max_directory = 256u << 20;
/* Deflate expands at most 1032 times (RFC 1951: 258 bytes from two bits). Weights hardly compress at all, so
 * a large member that comes near that is no checkpoint. */
static const uint64_t max_ratio = 1032, honest_size = 64u << 20, honest_ratio = 100;

struct yd_zip {
    yd_arena *arena;
    char *label;
    int fd; /* -1 where the archive lies in memory */
    const unsigned char *bytes;
    uint64_t length;
    uint64_t directory; /* offset of the central directory: all members end before it */
    yd_zip_member *members, **by_name;
    size_t count;
};

static yd_status broken(const yd_zip *zip, yd_error *error, const char *what)
{
    return yd_fail(error, YD_ERR_FORMAT, "%s: not a sound zip archive: %s", zip->label, what);
}

static yd_status broken_member(const yd_zip *zip, const yd_zip_member *member, yd_error *error,
                               const char *what)
{
    return yd_fail(error, YD_ERR_FORMAT, "%s: member %s: %s", zip->label, member->name, what);
}

/* length bytes at offset, which must lie in the archive. */
static yd_status read_at(const yd_zip *zip, uint64_t offset, void *out, size_t length, yd_error *error)
{
    if (offset > zip->length || length > zip->length - offset) return broken(zip, error, "it ends too early");
    if (zip->fd < 0) {
        if (length) memcpy(out, zip->bytes + offset, length);
        return YD_OK;
    }
    char *to = out;
    while (length) {
        ssize_t got = pread(zip->fd, to, length, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot be read", zip->label);
        if (got == 0) return broken(zip, error, "it was cut while it was read");
        to += got, offset += (uint64_t)got, length -= (size_t)got;
    }
    return YD_OK;
}

typedef struct directory {
    uint64_t count, size, offset, end; /* end: where the end records begin */
} directory;

/* The 64-bit end record, where the 32-bit one says that it does not suffice. */
static yd_status read_end_64(const yd_zip *zip, uint64_t end, directory *place, yd_error *error)
{
    unsigned char locator[LOCATOR], record[END_RECORD_64];
    if (end < LOCATOR) return broken(zip, error, "its 64-bit end record is missing");
    YD_TRY(read_at(zip, end - LOCATOR, locator, LOCATOR, error));
    if (memcmp(locator, "PK\x06\x07", 4) != 0) return broken(zip, error, "its 64-bit end record is missing");
    uint64_t offset = yd_get_u64(locator + 8);
    if (offset > end - LOCATOR || end - LOCATOR - offset < END_RECORD_64)
        return broken(zip, error, "its 64-bit end record lies outside of it");
    YD_TRY(read_at(zip, offset, record, END_RECORD_64, error));
    if (memcmp(record, "PK\x06\x06", 4) != 0) return broken(zip, error, "its 64-bit end record is damaged");
    if (yd_get_u32(record + 16) != 0 || yd_get_u32(record + 20) != 0)
        return broken(zip, error, "it is one part of several");
    *place = (directory){.count = yd_get_u64(record + 32),
                         .size = yd_get_u64(record + 40),
                         .offset = yd_get_u64(record + 48),
                         .end = offset};
    return YD_OK;
}

/* Finds the end record: the last 22 bytes, or further in front where a comment follows it. */
static yd_status find_directory(const yd_zip *zip, directory *place, yd_error *error)
{
    if (zip->length < END_RECORD) return broken(zip, error, "it is too short");
    size_t tail = zip->length < END_RECORD + MAX_COMMENT ? (size_t)zip->length : END_RECORD + MAX_COMMENT;
    unsigned char *bytes = malloc(tail);
    if (!bytes) return yd_fail(error, YD_ERR_MEMORY, "%s: no memory for %zu bytes", zip->label, tail);
    yd_status status = read_at(zip, zip->length - tail, bytes, tail, error);
    if (status != YD_OK) goto out;
    size_t at = tail - END_RECORD + 1;
    const unsigned char *record = NULL;
    while (at-- > 0) {
        if (memcmp(bytes + at, "PK\x05\x06", 4) == 0 &&
            yd_get_u16(bytes + at + 20) == tail - at - END_RECORD) {
            record = bytes + at;
            break;
        }
    }
    if (!record) {
        status = broken(zip, error, "its end record is missing, as if it had been cut");
        goto out;
    }
    uint64_t end = zip->length - tail + at;
    *place = (directory){yd_get_u16(record + 10), yd_get_u32(record + 12), yd_get_u32(record + 16), end};
    bool wide = place->count == UINT16_MAX || place->size == UINT32_MAX || place->offset == UINT32_MAX;
    if (wide)
        status = read_end_64(zip, end, place, error);
    else if (yd_get_u16(record + 4) != 0 || yd_get_u16(record + 6) != 0)
        status = broken(zip, error, "it is one part of several");
out:
    free(bytes);
    return status;
}

/* Fills the fields that the entry marks as too large from its zip64 extra field. */
static bool apply_extra(yd_zip_member *member, const unsigned char *extra, size_t length)
{
    uint64_t *fields[3];
    size_t wanted = 0;
    if (member->size == UINT32_MAX) fields[wanted++] = &member->size;
    if (member->packed == UINT32_MAX) fields[wanted++] = &member->packed;
    if (member->header == UINT32_MAX) fields[wanted++] = &member->header;
    while (wanted > 0 && length >= 4) {
        size_t id = yd_get_u16(extra), size = yd_get_u16(extra + 2);
        extra += 4, length -= 4;
        if (size > length) return false;
        if (id == EXTRA_ZIP64) {
            if (size < 8 * wanted) return false;
            for (size_t i = 0; i < wanted; i++) *fields[i] = yd_get_u64(extra + 8 * i);
            return true;
        }
        extra += size, length -= size;
    }
    return wanted == 0;
}

static yd_status check_member(const yd_zip *zip, const yd_zip_member *member, unsigned flags, yd_error *error)
{
    if (flags & FLAG_ENCRYPTED) return broken_member(zip, member, error, "is encrypted");
    if (member->header > zip->directory || zip->directory - member->header < LOCAL_HEADER ||
        member->packed > zip->directory - member->header - LOCAL_HEADER)
        return broken_member(zip, member, error, "lies outside of the file");
    if (member->method == STORED && member->size != member->packed)
        return broken_member(zip, member, error, "is stored, but with two sizes");
    if (member->method == DEFLATED && member->size / max_ratio > member->packed)
        return broken_member(zip, member, error, "claims a size that its data cannot expand to");
    return YD_OK;
}

/* One entry of the directory; *used is its length. */
static yd_status read_entry(yd_zip *zip, const unsigned char *at, uint64_t left, yd_zip_member *member,
                            uint64_t *used, yd_error *error)
{
    if (left < ENTRY || memcmp(at, "PK\x01\x02", 4) != 0)
        return broken(zip, error, "its directory is damaged");
    size_t name = yd_get_u16(at + 28), extra = yd_get_u16(at + 30), comment = yd_get_u16(at + 32);
    *used = ENTRY + name + extra + comment;
    if (*used > left) return broken(zip, error, "its directory is cut");
    if (name == 0 || name > MAX_NAME) return broken(zip, error, "a member has no usable name");
    for (size_t i = 0; i < name; i++)
        if (at[ENTRY + i] < ' ' || at[ENTRY + i] == 127)
            return broken(zip, error, "a member's name has control characters");
    char *text = yd_arena_alloc(zip->arena, name + 1, 1);
    if (!text) return yd_fail(error, YD_ERR_MEMORY, "%s: no memory for its directory", zip->label);
    memcpy(text, at + ENTRY, name);
    *member = (yd_zip_member){.name = text,
                              .size = yd_get_u32(at + 24),
                              .packed = yd_get_u32(at + 20),
                              .header = yd_get_u32(at + 42),
                              .crc = yd_get_u32(at + 16),
                              .method = yd_get_u16(at + 10),
                              .mode = at[5] == MADE_ON_UNIX ? yd_get_u16(at + 40) : 0};
    if (!apply_extra(member, at + ENTRY + name, extra))
        return broken_member(zip, member, error, "its 64-bit sizes are missing");
    return check_member(zip, member, yd_get_u16(at + 8), error);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(yd_zip_member *const *)a)->name, (*(yd_zip_member *const *)b)->name);
}

static yd_status sort_members(yd_zip *zip, yd_error *error)
{
    for (size_t i = 0; i < zip->count; i++) zip->by_name[i] = &zip->members[i];
    qsort(zip->by_name, zip->count, sizeof *zip->by_name, compare_names);
    for (size_t i = 1; i < zip->count; i++)
        if (strcmp(zip->by_name[i - 1]->name, zip->by_name[i]->name) == 0)
            return broken_member(zip, zip->by_name[i], error, "is there twice");
    return YD_OK;
}

static yd_status read_directory(yd_zip *zip, yd_error *error)
{
    directory place = {0};
    YD_TRY(find_directory(zip, &place, error));
    if (place.size > max_directory) return broken(zip, error, "its directory is too large");
    if (place.offset > place.end || place.size > place.end - place.offset)
        return broken(zip, error, "its directory lies outside of it");
    if (place.count > place.size / ENTRY)
        return broken(zip, error, "its directory is too short for its members");
    zip->directory = place.offset;
    zip->count = (size_t)place.count;
    zip->members = yd_arena_alloc(zip->arena, zip->count + 1, sizeof *zip->members);
    zip->by_name = yd_arena_alloc(zip->arena, zip->count + 1, sizeof *zip->by_name);
    unsigned char *bytes = malloc((size_t)place.size + 1);
    yd_status status = YD_ERR_MEMORY;
    if (!zip->members || !zip->by_name || !bytes) {
        yd_fail(error, YD_ERR_MEMORY, "%s: no memory for its directory", zip->label);
        goto out;
    }
    status = read_at(zip, place.offset, bytes, (size_t)place.size, error);
    uint64_t at = 0, used = 0;
    for (size_t i = 0; status == YD_OK && i < zip->count; i++, at += used)
        status = read_entry(zip, bytes + at, place.size - at, &zip->members[i], &used, error);
    if (status == YD_OK) status = sort_members(zip, error);
out:
    free(bytes);
    return status;
}

static yd_status open_zip(int fd, const void *bytes, uint64_t length, const char *label, yd_zip **out,
                          yd_error *error)
{
    yd_arena *arena = yd_arena_create(0);
    yd_zip *zip = arena ? yd_arena_alloc(arena, 1, sizeof *zip) : NULL;
    char *name = zip ? yd_arena_strdup(arena, label) : NULL;
    if (!name) {
        if (arena) yd_arena_destroy(arena);
        if (fd >= 0) close(fd);
        return yd_fail(error, YD_ERR_MEMORY, "%s: no memory to open it", label);
    }
    *zip = (yd_zip){.arena = arena, .label = name, .fd = fd, .bytes = bytes, .length = length};
    yd_status status = read_directory(zip, error);
    if (status == YD_OK)
        *out = zip;
    else
        yd_zip_close(zip);
    return status;
}

yd_status yd_zip_open(const char *path, yd_zip **zip, yd_error *error)
{
    *zip = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not make us wait */
    if (fd < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot be opened", path);
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return yd_fail(error, YD_ERR_FORMAT, "%s: not a regular file", path);
    }
    return open_zip(fd, NULL, (uint64_t)info.st_size, path, zip, error);
}

yd_status yd_zip_open_memory(const void *bytes, size_t length, const char *label, yd_zip **zip,
                             yd_error *error)
{
    *zip = NULL;
    return open_zip(-1, bytes, length, label, zip, error);
}

void yd_zip_close(yd_zip *zip)
{
    if (!zip) return;
    if (zip->fd >= 0) close(zip->fd);
    yd_arena_destroy(zip->arena); /* the archive itself lives in it */
}

size_t yd_zip_count(const yd_zip *zip)
{
    return zip->count;
}

const yd_zip_member *yd_zip_at(const yd_zip *zip, size_t index)
{
    return index < zip->count ? &zip->members[index] : NULL;
}

const yd_zip_member *yd_zip_find(const yd_zip *zip, const char *name)
{
    yd_zip_member key = {.name = name}, *wanted = &key;
    yd_zip_member **found = bsearch(&wanted, zip->by_name, zip->count, sizeof *zip->by_name, compare_names);
    return found ? *found : NULL;
}

/* Where the data of a member begin: the name and the extra field of the local header may differ in length
 * from the directory's. */
static yd_status find_data(const yd_zip *zip, const yd_zip_member *member, uint64_t *data, yd_error *error)
{
    unsigned char header[LOCAL_HEADER + MAX_NAME];
    size_t name = strlen(member->name);
    if (zip->directory - member->header - LOCAL_HEADER < name)
        return broken_member(zip, member, error, "lies outside of the file");
    YD_TRY(read_at(zip, member->header, header, LOCAL_HEADER + name, error));
    if (memcmp(header, "PK\x03\x04", 4) != 0 || yd_get_u16(header + 26) != name ||
        memcmp(header + LOCAL_HEADER, member->name, name) != 0)
        return broken_member(zip, member, error, "its header is damaged");
    uint64_t before = LOCAL_HEADER + name + yd_get_u16(header + 28);
    uint64_t room = zip->directory - member->header;
    if (before > room || member->packed > room - before)
        return broken_member(zip, member, error, "lies outside of the file");
    *data = member->header + before;
    return YD_OK;
}

static yd_status inflate_member(const yd_zip *zip, const yd_zip_member *member, uint64_t place, char *data,
                                yd_error *error)
{
    enum { CHUNK = 1 << 16 };
    unsigned char *chunk = malloc(CHUNK);
    z_stream stream = {0};
    if (!chunk || inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        free(chunk);
        return yd_fail(error, YD_ERR_MEMORY, "%s: no memory to expand %s", zip->label, member->name);
    }
    yd_status status = YD_OK;
    uint64_t packed = member->packed, left = member->size; /* left: not yet given to the stream as room */
    char spare; /* room for a byte too many, which the size promised not to be there */
    int result = Z_OK;
    stream.next_out = (unsigned char *)data;
    while (status == YD_OK && result == Z_OK) {
        if (stream.avail_in == 0 && packed > 0) {
            size_t length = packed < CHUNK ? (size_t)packed : CHUNK;
            status = read_at(zip, place, chunk, length, error);
            stream.next_in = chunk, stream.avail_in = (uInt)length;
            place += length, packed -= length;
            if (status != YD_OK) break;
        }
        if (stream.avail_out == 0) {
            bool over = left == 0;
            if (over) stream.next_out = (unsigned char *)&spare;
            stream.avail_out = over ? 1 : left < CHUNK ? (uInt)left : CHUNK;
            if (!over) left -= stream.avail_out;
        }
        result = inflate(&stream, Z_NO_FLUSH);
        if (stream.next_out == (unsigned char *)&spare + 1) result = Z_DATA_ERROR;
    }
    bool whole = result == Z_STREAM_END && stream.total_out == member->size;
    inflateEnd(&stream);
    free(chunk);
    if (status == YD_OK && !whole)
        status = broken_member(zip, member, error, "its compressed data are damaged");
    return status;
}

static uint32_t crc_of(const char *data, uint64_t length)
{
    return (uint32_t)crc32_z(crc32_z(0, NULL, 0), (const unsigned char *)data, (z_size_t)length);
}

yd_status yd_zip_read(yd_zip *zip, const yd_zip_member *member, size_t limit, char **data, yd_error *error)
{
    *data = NULL;
    if (member->method != STORED && member->method != DEFLATED)
        return yd_fail(error, YD_ERR_UNSUPPORTED,
                       "%s: member %s: compressed by method %u; stored and deflated are known", zip->label,
                       member->name, member->method);
    if (limit && member->size > limit)
        return yd_fail(error, YD_ERR_FORMAT, "%s: member %s: has %llu bytes, at most %zu are wanted",
                       zip->label, member->name, (unsigned long long)member->size, limit);
    if (member->method == DEFLATED && member->size > honest_size &&
        member->size / honest_ratio > member->packed)
        return broken_member(zip, member, error, "expands beyond what honest data do");
    uint64_t place = {0};
    YD_TRY(find_data(zip, member, &place, error));
    char *bytes = member->size < SIZE_MAX ? malloc((size_t)member->size + 1) : NULL;
    if (!bytes) return yd_fail(error, YD_ERR_MEMORY, "%s: no memory for member %s", zip->label, member->name);
    yd_status status = member->method == STORED ? read_at(zip, place, bytes, (size_t)member->size, error)
                                                : inflate_member(zip, member, place, bytes, error);
    if (status == YD_OK && crc_of(bytes, member->size) != member->crc)
        status = broken_member(zip, member, error, "its checksum is wrong: the data are damaged");
    if (status != YD_OK) {
        free(bytes);
        return status;
    }
    bytes[member->size] = '\0';
    *data = bytes;
    return YD_OK;
}
