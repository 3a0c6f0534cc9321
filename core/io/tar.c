#include "io/tar.h"
#include "base/text.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { BLOCK = 512, BUFFER = 1 << 17, LONG_LIMIT = 1 << 16, EXTENSIONS = 16 };

struct yd_tar {
    gzFile file; /* reads plain files too */
    char *label;
    uint64_t left, padding; /* of the member under way: contents that were not read, blanks behind them */
};

/* Where the fields of a header lie (POSIX.1-1988, ustar interchange format). */
enum { NAME = 0, SIZE = 124, SUM = 148, TYPE = 156, MAGIC = 257, PREFIX = 345 };
enum { NAME_LENGTH = 100, SIZE_LENGTH = 12, SUM_LENGTH = 8, PREFIX_LENGTH = 155 };

static yd_status broken(const yd_tar *tar, yd_error *error, const char *what)
{
    return yd_fail(error, YD_ERR_FORMAT, "%s: no sound tar archive: %s", tar->label, what);
}

static yd_status read_bytes(yd_tar *tar, void *data, size_t length, size_t *got, yd_error *error)
{
    int found = gzread(tar->file, data, (unsigned)length), code;
    *got = found > 0 ? (size_t)found : 0;
    if (found >= 0 && (*got == length || gzeof(tar->file))) {
        gzerror(tar->file, &code);
        if (code == Z_OK || code == Z_STREAM_END || *got == length) return YD_OK;
    }
    const char *reason = gzerror(tar->file, &code);
    if (code == Z_ERRNO) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot read", tar->label);
    return broken(tar, error, reason);
}

static yd_status read_whole(yd_tar *tar, void *data, size_t length, yd_error *error)
{
    size_t got;
    YD_TRY(read_bytes(tar, data, length, &got, error));
    return got == length ? YD_OK : broken(tar, error, "it ends too early");
}

yd_status yd_tar_open_file(int fd, const char *label, yd_tar **tar, yd_error *error)
{
    yd_tar *made = calloc(1, sizeof *made);
    *tar = NULL;
    if (made) made->label = strdup(label);
    if (made && made->label) made->file = gzdopen(fd, "rb");
    if (!made || !made->file) {
        close(fd);
        if (made) free(made->label);
        free(made);
        return yd_fail(error, YD_ERR_MEMORY, "%s: no memory to read it", label);
    }
    gzbuffer(made->file, BUFFER);
    *tar = made;
    return YD_OK;
}

yd_status yd_tar_open(const char *path, yd_tar **tar, yd_error *error)
{
    *tar = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot open", path);
    return yd_tar_open_file(fd, path, tar, error);
}

void yd_tar_close(yd_tar *tar)
{
    if (!tar) return;
    gzclose_r(tar->file);
    free(tar->label);
    free(tar);
}

/* Octal digits between blanks, or, from 8 GiB on, a number in bytes whose first has its highest bit set. */
static bool read_number(const unsigned char *field, size_t length, uint64_t *value)
{
    size_t i = 0;
    *value = 0;
    if (field[0] == 0x80) {
        for (i = 1; i < length; i++) {
            if (*value >> 55) return false;
            *value = *value << 8 | field[i];
        }
        return true;
    }
    while (i < length && field[i] == ' ') i++;
    for (; i < length && field[i] >= '0' && field[i] <= '7'; i++) {
        if (*value >> 60) return false;
        *value = *value << 3 | (uint64_t)(field[i] - '0');
    }
    while (i < length && (field[i] == ' ' || field[i] == '\0')) i++;
    return i == length;
}

/* Of all bytes, those of the sum itself counted as blanks. */
static bool sum_is_right(const unsigned char header[BLOCK])
{
    uint64_t wanted, sum = 0;
    if (!read_number(header + SUM, SUM_LENGTH, &wanted)) return false;
    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= SUM && i < SUM + SUM_LENGTH ? (unsigned char)' ' : header[i];
    return sum == wanted;
}

static bool is_zero(const unsigned char header[BLOCK])
{
    for (size_t i = 0; i < BLOCK; i++)
        if (header[i]) return false;
    return true;
}

/* A field that may fill its place without a terminator. */
static void take_field(char *out, const unsigned char *field, size_t length)
{
    memcpy(out, field, length);
    out[length] = '\0';
}

static void plain_name(const unsigned char header[BLOCK], char *out, size_t capacity)
{
    char name[NAME_LENGTH + 1], prefix[PREFIX_LENGTH + 1];
    yd_text whole = {0};
    take_field(name, header + NAME, NAME_LENGTH);
    take_field(prefix, header + PREFIX, PREFIX_LENGTH);
    bool posix = memcmp(header + MAGIC, "ustar\0", 6) == 0; /* GNU keeps other things there */
    if (posix && prefix[0]) yd_text_addf(&whole, "%s/", prefix);
    yd_text_add(&whole, name);
    yd_copy_text(out, capacity, whole.data ? whole.data : "");
    yd_text_free(&whole);
}

static yd_tar_kind kind_of(unsigned char type)
{
    switch (type) {
    case '0':
    case '\0':
    case '7':
        return YD_TAR_FILE;
    case '5':
        return YD_TAR_FOLDER;
    case '1':
    case '2':
        return YD_TAR_LINK;
    default:
        return YD_TAR_OTHER;
    }
}

static uint64_t padding_of(uint64_t size)
{
    return (BLOCK - size % BLOCK) % BLOCK;
}

/* The contents of an extension, terminated; the caller frees them. */
static yd_status read_extension(yd_tar *tar, uint64_t size, char **text, yd_error *error)
{
    *text = NULL;
    if (size > LONG_LIMIT) return broken(tar, error, "a name or its attributes are too long");
    size_t whole = (size_t)(size + padding_of(size));
    char *data = malloc(whole + 1);
    if (!data) return yd_fail(error, YD_ERR_MEMORY, "%s: no memory to read it", tar->label);
    yd_status status = read_whole(tar, data, whole, error);
    data[size] = '\0';
    *text = data;
    return status;
}

/* Records "LENGTH KEY=VALUE\n": path and size stand for the header's. False where one is not so. */
static bool apply_attributes(char *text, size_t length, yd_tar_member *member, int64_t *size)
{
    for (size_t at = 0; at < length;) {
        char *end;
        unsigned long long record = strtoull(text + at, &end, 10);
        if (*end != ' ' || record < 5 || record > length - at || text[at + record - 1] != '\n') return false;
        char *key = end + 1, *stop = text + at + record - 1;
        *stop = '\0';
        char *value = key < stop ? memchr(key, '=', (size_t)(stop - key)) : NULL;
        if (!value) return false;
        *value++ = '\0';
        if (strlen(value) != (size_t)(stop - value)) return false;
        if (strcmp(key, "path") == 0) {
            if (strlen(value) >= sizeof member->name) return false;
            yd_copy_text(member->name, sizeof member->name, value);
        } else if (strcmp(key, "size") == 0 && (!yd_parse_int(value, size) || *size < 0)) {
            return false;
        }
        at += record;
    }
    return true;
}

/* L: the next member's name (GNU). x: its attributes (POSIX). g: everybody's, of which none matters. */
static yd_status take_extension(yd_tar *tar, unsigned char type, uint64_t length, yd_tar_member *member,
                                int64_t *size, yd_error *error)
{
    char *text;
    yd_status status = read_extension(tar, length, &text, error);
    if (status == YD_OK && type == 'L') {
        if (strlen(text) >= sizeof member->name)
            status = broken(tar, error, "a name is too long");
        else
            yd_copy_text(member->name, sizeof member->name, text);
    } else if (status == YD_OK && type == 'x' && !apply_attributes(text, (size_t)length, member, size)) {
        status = broken(tar, error, "attributes are damaged");
    }
    free(text);
    return status;
}

static yd_status pass_over(yd_tar *tar, yd_error *error)
{
    char piece[BLOCK * 16];
    uint64_t rest = tar->left + tar->padding;
    while (rest) {
        size_t length = rest < sizeof piece ? (size_t)rest : sizeof piece;
        YD_TRY(read_whole(tar, piece, length, error));
        rest -= length;
    }
    tar->left = tar->padding = 0;
    return YD_OK;
}

yd_status yd_tar_next(yd_tar *tar, yd_tar_member *member, bool *more, yd_error *error)
{
    unsigned char header[BLOCK];
    int64_t given = -1; /* a size from attributes */
    YD_TRY(pass_over(tar, error));
    *member = (yd_tar_member){0};
    *more = false;
    for (int extensions = 0;; extensions++) {
        uint64_t size;
        YD_TRY(read_whole(tar, header, BLOCK, error));
        if (is_zero(header)) return YD_OK;
        if (!sum_is_right(header)) return broken(tar, error, "a header is damaged");
        if (!read_number(header + SIZE, SIZE_LENGTH, &size)) return broken(tar, error, "a size is no number");
        unsigned char type = header[TYPE];
        if (type == 'L' || type == 'x' || type == 'g') {
            if (extensions == EXTENSIONS) return broken(tar, error, "too much is said about a member");
            YD_TRY(take_extension(tar, type, size, member, &given, error));
            continue;
        }
        if (!member->name[0]) plain_name(header, member->name, sizeof member->name);
        member->kind = kind_of(type);
        if (member->kind == YD_TAR_FILE) member->size = given >= 0 ? (uint64_t)given : size;
        tar->left = member->kind == YD_TAR_FILE ? member->size : member->kind == YD_TAR_OTHER ? size : 0;
        tar->padding = padding_of(tar->left);
        *more = true;
        return YD_OK;
    }
}

yd_status yd_tar_read(yd_tar *tar, void *data, size_t capacity, size_t *length, yd_error *error)
{
    *length = tar->left < capacity ? (size_t)tar->left : capacity;
    if (*length > 1 << 30) *length = 1 << 30; /* gzread counts in int */
    if (!*length) return YD_OK;
    YD_TRY(read_whole(tar, data, *length, error));
    tar->left -= *length;
    return YD_OK;
}
