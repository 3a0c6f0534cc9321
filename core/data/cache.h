/* The label cache file: magic, version, key, items, checksum; little-endian. A file that is damaged in any
 * way, of another version, or made from other files is as good as none. */
#pragma once
#include "data/scan.h"

typedef struct yd_cache_key {
    uint8_t digest[32];
} yd_cache_key;

/* What a change of a file shows in. */
typedef struct yd_file_stamp {
    int64_t size, seconds, nanoseconds; /* size -1: it does not exist; seconds: of its last change */
} yd_file_stamp;

typedef struct yd_cache_stamps {
    yd_file_stamp picture, label;
} yd_cache_stamps;

struct stat;
/* info: NULL for a file that does not exist. */
yd_file_stamp yd_cache_stamp(const struct stat *info);
/* Asks the system, for a file that need not be opened. */
yd_file_stamp yd_cache_stamp_file(const char *path);

/* SHA-256 over the rules, and each picture's path and stamps [index->count]. */
void yd_cache_key_make(const yd_index *index, const yd_data_rules *rules, const yd_cache_stamps *stamps,
                       yd_cache_key *key);

/* Where the cache of these entries lies: "labels/train" has "labels/train.yolodeck.cache", a list file LIST
 * has "LIST.yolodeck.cache". False where the name does not fit. */
bool yd_cache_path(const char *const *entries, int count, const yd_index *index, char *out, size_t capacity);

/* True where the file at path holds the result for this key; items then lie in the arena. */
bool yd_cache_read(const char *path, const yd_cache_key *key, int count, yd_arena *arena,
                   yd_scan_item *items);

yd_status yd_cache_write(const char *path, const yd_cache_key *key, const yd_scan_item *items, int count,
                         yd_error *error);
