#include "data/cache.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/sha256.h"
#include "base/text.h"
#include "image/image.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { VERSION = 2, PATH_LIMIT = 4096, FILE_LIMIT = INT32_MAX, MESSAGE_LIMIT = 1024 };
static const char magic[8] = "YDLABELS";

/* ---- key ---- */

static void add_number(yd_hash *hash, int64_t number)
{
    yd_hash_add(hash, &number, sizeof number);
}

/* A file that does not exist counts too: it may appear. */
yd_file_stamp yd_cache_stamp(const struct stat *info)
{
    if (!info) return (yd_file_stamp){.size = -1};
    return (yd_file_stamp){info->st_size, info->st_mtim.tv_sec, info->st_mtim.tv_nsec};
}

yd_file_stamp yd_cache_stamp_file(const char *path)
{
    struct stat info;
    return yd_cache_stamp(stat(path, &info) == 0 ? &info : NULL);
}

void yd_cache_key_make(const yd_index *index, const yd_data_rules *rules, const yd_cache_stamps *stamps,
                       yd_cache_key *key)
{
    yd_hash hash;
    char hex[65];
    yd_sha256_start(&hash);
    add_number(&hash, VERSION);
    add_number(&hash, rules->polygon_tokens);
    add_number(&hash, rules->drop_duplicates);
    add_number(&hash, rules->keep_unended_jpeg);
    for (int i = 0; i < index->count; i++) {
        yd_hash_add(&hash, index->paths[i], strlen(index->paths[i]) + 1);
        yd_hash_add(&hash, &stamps[i], sizeof stamps[i]);
    }
    yd_sha256_hex(&hash, hex);
    for (int i = 0; i < 32; i++) {
        unsigned byte = 0;
        sscanf(hex + 2 * i, "%2x", &byte);
        key->digest[i] = (uint8_t)byte;
    }
}

bool yd_cache_path(const char *const *entries, int count, const yd_index *index, char *out, size_t capacity)
{
    char label[PATH_LIMIT], folder[PATH_LIMIT];
    const char *base = count ? entries[count - 1] : "";
    if (!yd_file_exists(base)) {
        if (!index->count || !yd_label_path(index->paths[0], label, sizeof label)) return false;
        yd_path_parent(folder, sizeof folder, label);
        base = folder;
    }
    int length = snprintf(out, capacity, "%s.yolodeck.cache", base);
    return length >= 0 && (size_t)length < capacity;
}

/* ---- writing ---- */

static void put_u32(yd_text *out, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                        (uint8_t)(value >> 24)};
    yd_text_add_bytes(out, bytes, sizeof bytes);
}

static void put_floats(yd_text *out, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        put_u32(out, bits);
    }
}

static void put_item(yd_text *out, const yd_scan_item *item)
{
    const yd_labels *l = &item->labels;
    size_t message = item->message ? strlen(item->message) : 0;
    size_t points = l->ends ? (size_t)l->ends[l->count - 1] : 0;
    put_u32(out, (uint32_t)item->state | (uint32_t)item->label_found << 8);
    put_u32(out, (uint32_t)item->width);
    put_u32(out, (uint32_t)item->height);
    put_u32(out, (uint32_t)l->count);
    put_u32(out, (uint32_t)points);
    put_u32(out, (uint32_t)(l->largest_class + 1));
    put_u32(out, (uint32_t)l->largest_line);
    put_u32(out, (uint32_t)l->duplicates);
    put_u32(out, (uint32_t)message);
    put_floats(out, l->rows, (size_t)l->count * 5);
    for (int i = 0; points && i < l->count; i++) put_u32(out, (uint32_t)l->ends[i]);
    put_floats(out, l->points, points * 2);
    yd_text_add_bytes(out, item->message, message);
}

yd_status yd_cache_write(const char *path, const yd_cache_key *key, const yd_scan_item *items, int count,
                         yd_error *error)
{
    yd_text out = {0};
    yd_text_add_bytes(&out, magic, sizeof magic);
    put_u32(&out, VERSION);
    put_u32(&out, (uint32_t)count);
    yd_text_add_bytes(&out, key->digest, sizeof key->digest);
    for (int i = 0; i < count; i++) put_item(&out, &items[i]);
    uint64_t checksum = out.failed ? 0 : yd_fnv1a(out.data, out.length);
    put_u32(&out, (uint32_t)checksum);
    put_u32(&out, (uint32_t)(checksum >> 32));
    yd_status status = YD_OK;
    if (out.failed)
        status = yd_fail(error, YD_ERR_MEMORY, "%s: out of memory", path);
    else if (out.length > FILE_LIMIT)
        status = yd_fail(error, YD_ERR_UNSUPPORTED, "%s: larger than a label cache may be", path);
    else
        status = yd_file_write(path, out.data, out.length, error);
    yd_text_free(&out);
    return status;
}

/* ---- reading: nothing that stands in the file is believed ---- */

typedef struct cursor {
    const uint8_t *at, *end;
    yd_arena *arena;
    bool bad;
} cursor;

static const uint8_t *take(cursor *c, size_t bytes)
{
    static const uint8_t zeros[64];
    c->bad |= bytes > (size_t)(c->end - c->at);
    if (c->bad) return bytes <= sizeof zeros ? zeros : NULL;
    c->at += bytes;
    return c->at - bytes;
}

static uint32_t take_u32(cursor *c)
{
    const uint8_t *bytes = take(c, 4);
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* Room for count elements of four bytes that the data still holds; NULL for none. */
static void *make_room(cursor *c, size_t count)
{
    if (count == 0 || c->bad) return NULL;
    c->bad |= count > (size_t)(c->end - c->at) / 4;
    void *room = c->bad ? NULL : yd_arena_alloc(c->arena, count, 4);
    c->bad |= room == NULL;
    return room;
}

static float *take_floats(cursor *c, size_t count)
{
    float *values = make_room(c, count);
    for (size_t i = 0; values && i < count; i++) {
        uint32_t bits = take_u32(c);
        memcpy(&values[i], &bits, sizeof bits);
    }
    return values;
}

static int32_t *take_integers(cursor *c, size_t count)
{
    int32_t *values = make_room(c, count);
    for (size_t i = 0; values && i < count; i++) values[i] = (int32_t)take_u32(c);
    return values;
}

static const char *take_message(cursor *c, size_t length)
{
    char text[MESSAGE_LIMIT + 1], shown[4 * MESSAGE_LIMIT + 1];
    const uint8_t *bytes = take(c, length);
    c->bad |= c->bad || memchr(bytes, '\0', length) != NULL;
    if (c->bad) return NULL;
    memcpy(text, bytes, length);
    text[length] = '\0';
    const char *message = yd_arena_strdup(c->arena, yd_escape(shown, sizeof shown, text));
    c->bad |= message == NULL;
    return message;
}

static bool labels_are_sound(const yd_labels *l, size_t points)
{
    if (l->largest_line < 0 || l->duplicates < 0 || (l->count > 0) != (l->largest_class >= 0)) return false;
    for (size_t i = 0; i < (size_t)l->count * 5; i++) {
        float value = l->rows[i], largest = i % 5 ? 1 : (float)l->largest_class;
        if (!(value >= 0 && value <= largest) || (i % 5 == 0 && value != floorf(value))) return false;
    }
    for (size_t i = 0; i < points * 2; i++)
        if (!isfinite(l->points[i])) return false;
    for (int i = 0; points && i < l->count; i++)
        if (l->ends[i] <= (i ? l->ends[i - 1] : 0) || (size_t)l->ends[i] > points) return false;
    return !points || (l->count && (size_t)l->ends[l->count - 1] == points);
}

static bool item_is_sound(const yd_scan_item *item)
{
    bool usable = item->state != YD_SCAN_LEFT_OUT;
    if (item->state > YD_SCAN_LEFT_OUT || (item->labels.count > 0) != (item->state == YD_SCAN_LABELLED))
        return false;
    if (item->label_found != (item->state == YD_SCAN_LABELLED || item->state == YD_SCAN_EMPTY) && usable)
        return false;
    return !usable || (item->width > 0 && item->height > 0 && item->width <= YD_IMAGE_MAX_SIDE &&
                       item->height <= YD_IMAGE_MAX_SIDE);
}

static void take_item(cursor *c, yd_scan_item *item)
{
    uint32_t state = take_u32(c);
    *item = (yd_scan_item){.state = state & 255, .label_found = state >> 8 & 1};
    item->width = (int)take_u32(c);
    item->height = (int)take_u32(c);
    yd_labels *l = &item->labels;
    uint32_t rows = take_u32(c), points = take_u32(c);
    l->largest_class = (int)(take_u32(c) - 1);
    l->largest_line = (int)take_u32(c);
    l->duplicates = (int)take_u32(c);
    uint32_t message = take_u32(c);
    c->bad |= rows > INT32_MAX / 64 || points > INT32_MAX / 2 || message > MESSAGE_LIMIT || state > 0x1FF ||
              l->largest_class < -1;
    if (c->bad) return;
    l->count = (int)rows;
    l->rows = take_floats(c, (size_t)rows * 5);
    l->ends = take_integers(c, points ? rows : 0);
    l->points = take_floats(c, (size_t)points * 2);
    if (message && !c->bad) item->message = take_message(c, message);
    if (c->bad) return;
    c->bad |= !item_is_sound(item) || !labels_are_sound(l, points) ||
              (item->state == YD_SCAN_LEFT_OUT && !item->message);
}

static bool read_items(const uint8_t *data, size_t length, const yd_cache_key *key, int count,
                       yd_arena *arena, yd_scan_item *items)
{
    enum { HEADER = 8 + 4 + 4 + 32, CHECKSUM = 8 };
    if (length < HEADER + CHECKSUM || memcmp(data, magic, sizeof magic) != 0) return false;
    cursor c = {data + sizeof magic, data + length - CHECKSUM, arena, false},
           tail = {c.end, data + length, arena, false};
    if (take_u32(&c) != VERSION || take_u32(&c) != (uint32_t)count) return false;
    if (memcmp(take(&c, 32), key->digest, 32) != 0) return false;
    uint64_t low = take_u32(&tail), high = take_u32(&tail);
    if (yd_fnv1a(data, length - CHECKSUM) != (high << 32 | low)) return false;
    for (int i = 0; i < count && !c.bad; i++) take_item(&c, &items[i]);
    return !c.bad && c.at == c.end;
}

bool yd_cache_read(const char *path, const yd_cache_key *key, int count, yd_arena *arena, yd_scan_item *items)
{
    char *data;
    size_t length;
    if (yd_file_read(path, FILE_LIMIT, &data, &length, NULL) != YD_OK) return false;
    bool sound = read_items((const uint8_t *)data, length, key, count, arena, items);
    free(data);
    return sound;
}
