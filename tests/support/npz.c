#include "support/npz.h"
#include "io/zip.h"
#include "support/test.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FATAL(...) yd_test_fatal(__FILE__, __LINE__, __VA_ARGS__)

typedef struct array {
    char *name;
    char *file; /* the whole member; NULL until somebody asks */
    yd_npy npy;
} array;

struct yd_npz {
    char *path;
    yd_zip *zip;
    array *arrays; /* one for each member */
    size_t count;
};

static void *need(void *memory)
{
    if (!memory) FATAL("no memory");
    return memory;
}

yd_npz *yd_npz_open(const char *path)
{
    yd_error error;
    yd_npz *npz = need(calloc(1, sizeof *npz));
    npz->path = need(strdup(path));
    if (yd_zip_open(path, &npz->zip, &error) != YD_OK) FATAL("%s", error.message);
    npz->count = yd_zip_count(npz->zip);
    npz->arrays = need(calloc(npz->count + 1, sizeof *npz->arrays));
    for (size_t i = 0; i < npz->count; i++) {
        char *name = need(strdup(yd_zip_at(npz->zip, i)->name));
        size_t length = strlen(name);
        if (length > 4 && strcmp(name + length - 4, ".npy") == 0) name[length - 4] = '\0';
        npz->arrays[i].name = name;
    }
    return npz;
}

void yd_npz_close(yd_npz *npz)
{
    if (!npz) return;
    for (size_t i = 0; i < npz->count; i++) {
        free(npz->arrays[i].name);
        free(npz->arrays[i].file);
    }
    yd_zip_close(npz->zip);
    free(npz->arrays);
    free(npz->path);
    free(npz);
}

size_t yd_npz_count(const yd_npz *npz)
{
    return npz->count;
}

const char *yd_npz_name(const yd_npz *npz, size_t index)
{
    return npz->arrays[index].name;
}

/* The value of a key of the header, which is a Python dict in text. */
static const char *header_value(const yd_npz *npz, const array *entry, const char *header, const char *key)
{
    char quoted[32];
    snprintf(quoted, sizeof quoted, "'%s':", key);
    const char *at = strstr(header, quoted);
    if (!at) FATAL("%s: %s: no %s in its header: %s", npz->path, entry->name, key, header);
    at += strlen(quoted);
    return at + strspn(at, " ");
}

static void parse_type(const yd_npz *npz, array *entry, const char *text)
{
    if (text[0] != '\'' || !strchr("<|", text[1]) || strlen(text) < 5)
        FATAL("%s: %s: not a little-endian plain type: %.20s", npz->path, entry->name, text);
    static const char *const known[] = {"b1", "u1", "i1", "i2", "i4", "i8",
                                        "u2", "u4", "u8", "f2", "f4", "f8"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(text + 2, known[i], 2) == 0 && text[4] == '\'') strcpy(entry->npy.dtype, known[i]);
    if (!entry->npy.dtype[0]) FATAL("%s: %s: unknown type %.20s", npz->path, entry->name, text);
}

static void parse_shape(const yd_npz *npz, array *entry, const char *text)
{
    entry->npy.elements = 1;
    for (text++; *text && *text != ')';) {
        char *end;
        unsigned long long dim = strtoull(text, &end, 10);
        if (end == text || entry->npy.rank == 8) FATAL("%s: %s: a strange shape", npz->path, entry->name);
        entry->npy.dims[entry->npy.rank++] = (size_t)dim;
        if (__builtin_mul_overflow(entry->npy.elements, (size_t)dim, &entry->npy.elements))
            FATAL("%s: %s: too large", npz->path, entry->name);
        text = end + strspn(end, ", ");
    }
}

static void parse(const yd_npz *npz, array *entry, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)entry->file;
    if (size < 12 || memcmp(bytes, "\x93NUMPY", 6) != 0)
        FATAL("%s: %s: not an array", npz->path, entry->name);
    size_t before = bytes[6] == 1 ? 10 : 12;
    size_t length = (size_t)(bytes[8] | bytes[9] << 8);
    if (bytes[6] > 1) length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length > size - before) FATAL("%s: %s: its header is cut", npz->path, entry->name);
    char *header = need(strndup(entry->file + before, length));
    parse_type(npz, entry, header_value(npz, entry, header, "descr"));
    parse_shape(npz, entry, header_value(npz, entry, header, "shape"));
    bool fortran = strncmp(header_value(npz, entry, header, "fortran_order"), "True", 4) == 0;
    free(header);
    if (fortran && entry->npy.rank > 1) FATAL("%s: %s: in column order", npz->path, entry->name);
    size_t wanted, width = (size_t)(entry->npy.dtype[1] - '0');
    if (__builtin_mul_overflow(entry->npy.elements, width, &wanted) || wanted != size - before - length)
        FATAL("%s: %s: %zu bytes of data, wanted %zu", npz->path, entry->name, size - before - length,
              wanted);
    entry->npy.data = entry->file + before + length;
}

const yd_npy *yd_npz_get(yd_npz *npz, const char *name)
{
    for (size_t i = 0; i < npz->count; i++) {
        array *entry = &npz->arrays[i];
        if (strcmp(entry->name, name) != 0) continue;
        if (entry->file) return &entry->npy;
        const yd_zip_member *member = yd_zip_at(npz->zip, i);
        yd_error error;
        if (yd_zip_read(npz->zip, member, 0, &entry->file, &error) != YD_OK) FATAL("%s", error.message);
        parse(npz, entry, (size_t)member->size);
        return &entry->npy;
    }
    return NULL;
}

const yd_npy *yd_npz_need(yd_npz *npz, const char *name)
{
    const yd_npy *npy = yd_npz_get(npz, name);
    if (!npy) FATAL("%s: no array %s", npz->path, name);
    return npy;
}

static const void *typed(yd_npz *npz, const char *name, const char *dtype)
{
    const yd_npy *npy = yd_npz_need(npz, name);
    if (strcmp(npy->dtype, dtype) != 0) FATAL("%s: %s is %s, wanted %s", npz->path, name, npy->dtype, dtype);
    return npy->data;
}

/* Headers are padded so that data begin at a multiple of 16 bytes of the member, and malloc aligns to 16. */
const float *yd_npz_floats(yd_npz *npz, const char *name)
{
    return typed(npz, name, "f4");
}

const double *yd_npz_doubles(yd_npz *npz, const char *name)
{
    return typed(npz, name, "f8");
}

#define ELEMENT(type)                                                                                        \
    do {                                                                                                     \
        type value;                                                                                          \
        memcpy(&value, (const char *)npy->data + index * sizeof value, sizeof value);                        \
        return (double)value;                                                                                \
    } while (0)

double yd_npy_at(const yd_npy *npy, size_t index)
{
    if (index >= npy->elements) FATAL("element %zu of %zu", index, npy->elements);
    const char *t = npy->dtype;
    if (strcmp(t, "f4") == 0) ELEMENT(float);
    if (strcmp(t, "f8") == 0) ELEMENT(double);
    if (strcmp(t, "u1") == 0 || strcmp(t, "b1") == 0) ELEMENT(uint8_t);
    if (strcmp(t, "i1") == 0) ELEMENT(int8_t);
    if (strcmp(t, "i2") == 0) ELEMENT(int16_t);
    if (strcmp(t, "u2") == 0) ELEMENT(uint16_t);
    if (strcmp(t, "i4") == 0) ELEMENT(int32_t);
    if (strcmp(t, "u4") == 0) ELEMENT(uint32_t);
    if (strcmp(t, "i8") == 0) ELEMENT(int64_t);
    if (strcmp(t, "u8") == 0) ELEMENT(uint64_t);
    FATAL("no conversion of %s", t);
}

const char *yd_npz_params(yd_npz *npz)
{
    /* The member ends with the data, and what yd_zip_read gives ends with a NUL. */
    const yd_npy *npy = yd_npz_need(npz, "params");
    if (strcmp(npy->dtype, "u1") != 0) FATAL("%s: params is not text", npz->path);
    return npy->data;
}
