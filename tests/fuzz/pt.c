/* A whole checkpoint, on anything: as a file if it is one, and as the pickle within an archive that is sound.
 * The second byte stream reaches modules, tensors, the model's YAML and names, which no mutation of a zip
 * would. */
#include "base/file.h"
#include "io/bytes.h"
#include "io/checkpoint.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

typedef struct archive {
    unsigned char *bytes;
    size_t length, count;
    struct {
        const char *name;
        uint32_t crc, size, at;
    } members[8];
} archive;

static void add(archive *a, const char *name, const void *data, size_t size)
{
    unsigned char *at = a->bytes + a->length;
    a->members[a->count].name = name;
    a->members[a->count].crc = (uint32_t)crc32_z(0, data, size);
    a->members[a->count].size = (uint32_t)size;
    a->members[a->count++].at = (uint32_t)a->length;
    memcpy(at, "PK\x03\x04", 4);
    yd_put_u16(at + 26, (uint16_t)strlen(name));
    memcpy(at + 30, name, strlen(name));
    memcpy(at + 30 + strlen(name), data, size);
    a->length += 30 + strlen(name) + size;
}

static void finish(archive *a)
{
    size_t start = a->length;
    for (size_t i = 0; i < a->count; i++) {
        unsigned char *at = a->bytes + a->length;
        memcpy(at, "PK\x01\x02", 4);
        yd_put_u32(at + 16, a->members[i].crc);
        yd_put_u32(at + 20, a->members[i].size);
        yd_put_u32(at + 24, a->members[i].size);
        yd_put_u16(at + 28, (uint16_t)strlen(a->members[i].name));
        yd_put_u32(at + 42, a->members[i].at);
        memcpy(at + 46, a->members[i].name, strlen(a->members[i].name));
        a->length += 46 + strlen(a->members[i].name);
    }
    unsigned char *at = a->bytes + a->length;
    memcpy(at, "PK\x05\x06", 4);
    yd_put_u16(at + 8, (uint16_t)a->count);
    yd_put_u16(at + 10, (uint16_t)a->count);
    yd_put_u32(at + 12, (uint32_t)(a->length - start));
    yd_put_u32(at + 16, (uint32_t)start);
    a->length += 22;
}

static void load(const unsigned char *data, size_t size)
{
    yd_weights *weights;
    yd_error error;
    if (yd_weights_load_memory(data, size, "fuzz", &weights, &error) != YD_OK) {
        if (weights || strncmp(error.message, "fuzz: ", 6) != 0) abort();
        return;
    }
    if (strlen(weights->sha256) != 64) abort();
    yd_weights_free(weights);
}

/* The state to resume from, which is read from files alone. */
static void hash(const unsigned char *data, size_t size)
{
    char path[64], hex[65];
    yd_error error;
    int fd = memfd_create("fuzz", 0);
    if (fd < 0 || !yd_write_all(fd, data, size)) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (yd_train_state_hash_of_file(path, hex, &error) == YD_OK && strlen(hex) != 64 && hex[0]) abort();
    close(fd);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const unsigned char values[48];
    archive a = {.bytes = calloc(size + 4096, 1)};
    if (!a.bytes) abort();
    load(data, size);
    add(&a, "x/data.pkl", data, size);
    add(&a, "x/data/0", values, 24);
    add(&a, "x/data/1", values, 48);
    add(&a, "x/data/2", values, 8);
    finish(&a);
    load(a.bytes, a.length);
    hash(a.bytes, a.length);
    free(a.bytes);
    return 0;
}
