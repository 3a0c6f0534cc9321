/* The label cache file: magic, version, key, items, checksum; little-endian. A file that is damaged in any
 * way, of another version, or made from other files is as good as none. */
#pragma once
#include "data/scan.h"

typedef struct yd_cache_key {
    uint8_t digest[32];
} yd_cache_key;

/* SHA-256 over the rules, and each picture's path, size and time of change and those of its label file. */
yd_status yd_cache_key_make(const yd_index *index, const yd_data_rules *rules, yd_cache_key *key,
                            yd_error *error);

/* Where the cache of these entries lies: "labels/train" has "labels/train.yolodeck.cache", a list file LIST
 * has "LIST.yolodeck.cache". False where the name does not fit. */
bool yd_cache_path(const char *const *entries, int count, const yd_index *index, char *out, size_t capacity);

/* True where the file at path holds the result for this key; items then lie in the arena. */
bool yd_cache_read(const char *path, const yd_cache_key *key, int count, yd_arena *arena,
                   yd_scan_item *items);

yd_status yd_cache_write(const char *path, const yd_cache_key *key, const yd_scan_item *items, int count,
                         yd_error *error);
