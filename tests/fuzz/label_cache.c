/* Any bytes as the label cache: as a file, and as the items behind a header and before a checksum that are
 * right. What is taken can be trained with. */
#include "base/file.h"
#include "base/hash.h"
#include "data/cache.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ITEMS = 2, HEADER = 48 };

static void read_items(int fd)
{
    char path[64];
    yd_scan_item items[ITEMS];
    const yd_cache_key key = {0};
    yd_arena *arena = yd_arena_create(4096);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (arena && yd_cache_read(path, &key, ITEMS, arena, items))
        for (int i = 0; i < ITEMS; i++) {
            const yd_labels *labels = &items[i].labels;
            for (int k = 0; k < labels->count * 5; k++) YD_ASSERT(isfinite(labels->rows[k]));
            YD_ASSERT(items[i].state != YD_SCAN_LEFT_OUT || strlen(items[i].message) > 0);
        }
    if (arena) yd_arena_destroy(arena);
}

/* As the cache itself writes it. */
static void find_header(uint8_t header[HEADER])
{
    char folder[] = "/tmp/yolodeck-fuzz-XXXXXX", path[64], *data;
    size_t length;
    const yd_cache_key key = {0};
    yd_scan_item items[ITEMS] = {{.state = YD_SCAN_MISSING, .width = 8, .height = 8},
                                 {.state = YD_SCAN_MISSING, .width = 8, .height = 8}};
    if (!mkdtemp(folder)) abort();
    snprintf(path, sizeof path, "%s/cache", folder);
    if (yd_cache_write(path, &key, items, ITEMS, NULL) != YD_OK ||
        yd_file_read(path, 0, &data, &length, NULL) != YD_OK)
        abort();
    memcpy(header, data, HEADER);
    free(data);
    unlink(path);
    rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t header[HEADER];
    if (!header[0]) find_header(header);
    uint8_t *whole = malloc(HEADER + size + 8);
    int raw = memfd_create("raw", MFD_CLOEXEC), made = memfd_create("made", MFD_CLOEXEC);
    if (!whole || raw < 0 || made < 0) abort();
    memcpy(whole, header, HEADER);
    if (size) memcpy(whole + HEADER, data, size);
    uint64_t sum = yd_fnv1a(whole, HEADER + size);
    for (int i = 0; i < 8; i++) whole[HEADER + size + (size_t)i] = (uint8_t)(sum >> 8 * i);
    if (yd_write_all(raw, data, size)) read_items(raw);
    if (yd_write_all(made, whole, HEADER + size + 8)) read_items(made);
    close(raw);
    close(made);
    free(whole);
    return 0;
}
