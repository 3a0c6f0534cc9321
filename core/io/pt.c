#include "io/pt.h"
#include "base/file.h"
#include "base/vector.h"
#include "io/bytes.h"
#include "io/half.h"
#include "io/zip.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PICKLE = 256 << 20, MAX_KEY = 128, MAX_PREFIX = 512, LOCATION_PARTS = 5 };
static const size_t spare_elements = 1 << 20; /* that views may have beyond what their storages hold */

typedef struct storage {
    const char *key;
    yd_pt_type type;
    size_t count;
    const yd_zip_member *member; /* zip */
    size_t offset;               /* legacy: of the bytes in data */
} storage;

struct yd_pt {
    yd_arena *arena;
    char *label;
    yd_pickle pickle;
    storage *storages; /* sorted by key */
    int storage_count;
    size_t budget; /* elements that may yet be asked for */
    yd_zip *zip;
    char *prefix;
    char *owned;               /* legacy: the whole file, where it was read here */
    const unsigned char *data; /* legacy */
    size_t length;
    char *loaded; /* the storage that was read last */
    int loaded_index;
};

static const struct {
    const char *global;
    yd_pt_type type;
    size_t size;
} types[] = {
    {"torch HalfStorage", YD_PT_F16, 2},  {"torch BFloat16Storage", YD_PT_BF16, 2},
    {"torch FloatStorage", YD_PT_F32, 4}, {"torch DoubleStorage", YD_PT_F64, 8},
    {"torch CharStorage", YD_PT_I8, 1},   {"torch ShortStorage", YD_PT_I16, 2},
    {"torch IntStorage", YD_PT_I32, 4},   {"torch LongStorage", YD_PT_I64, 8},
    {"torch ByteStorage", YD_PT_U8, 1},   {"torch BoolStorage", YD_PT_BOOL, 1},
};
enum { TYPE_COUNT = sizeof types / sizeof *types };

static size_t size_of(yd_pt_type type)
{
    for (int i = 0; i < TYPE_COUNT; i++)
        if (types[i].type == type) return types[i].size;
    return 0;
}

static yd_status wrong(const yd_pt *pt, yd_error *error, const char *what)
{
    return yd_fail(error, YD_ERR_FORMAT, "%s: not a sound PyTorch file: %s", pt->label, what);
}

static yd_status no_memory(const yd_pt *pt, yd_error *error)
{
    return yd_fail(error, YD_ERR_MEMORY, "%s: no memory to read it", pt->label);
}

/* Storages. */

static int compare_storages(const void *a, const void *b)
{
    return strcmp(((const storage *)a)->key, ((const storage *)b)->key);
}

/* A persistent id is ("storage", class, key, location, count[, view]): its parts, or NULL where it is not. */
static yd_pickle_node *const *storage_id(const yd_pickle_node *persistent)
{
    if (!yd_pickle_is(persistent, YD_PICKLE_PERSISTENT)) return NULL;
    const yd_pickle_node *id = persistent->items[0];
    if (!yd_pickle_is(id, YD_PICKLE_TUPLE) || id->count < LOCATION_PARTS) return NULL;
    yd_pickle_node *const *parts = id->items;
    bool sound = yd_pickle_is(parts[0], YD_PICKLE_TEXT) && strcmp(parts[0]->text, "storage") == 0 &&
                 yd_pickle_is(parts[1], YD_PICKLE_GLOBAL) && yd_pickle_is(parts[2], YD_PICKLE_TEXT) &&
                 strlen(parts[2]->text) == parts[2]->count && parts[2]->count <= MAX_KEY &&
                 yd_pickle_is(parts[4], YD_PICKLE_INT) && parts[4]->integer >= 0;
    return sound ? parts : NULL;
}

int yd_pt_storage_of(const yd_pt *pt, const yd_pickle_node *persistent)
{
    yd_pickle_node *const *parts = storage_id(persistent);
    if (!parts || pt->storage_count == 0) return -1;
    storage wanted = {.key = parts[2]->text};
    const storage *found =
        bsearch(&wanted, pt->storages, (size_t)pt->storage_count, sizeof wanted, compare_storages);
    return found ? (int)(found - pt->storages) : -1;
}

int yd_pt_storage_count(const yd_pt *pt)
{
    return pt->storage_count;
}

static yd_status storage_from_id(const yd_pt *pt, const yd_pickle_node *persistent, storage *out,
                                 yd_error *error)
{
    yd_pickle_node *const *parts = storage_id(persistent);
    if (!parts) return wrong(pt, error, "it refers to something that is no storage");
    for (int i = 0; i < TYPE_COUNT; i++) {
        if (strcmp(types[i].global, parts[1]->text) != 0) continue;
        *out = (storage){.key = parts[2]->text, .type = types[i].type, .count = (size_t)parts[4]->integer};
        if (out->count > (size_t)PTRDIFF_MAX / types[i].size)
            return wrong(pt, error, "a storage of an impossible size");
        return YD_OK;
    }
    return yd_fail(error, YD_ERR_FORMAT, "%s: a tensor of a type that no detector has: %s", pt->label,
                   parts[1]->text);
}

/* The table of storages from the references in the pickle; two that name one key must agree. */
static yd_status list_storages(yd_pt *pt, yd_error *error)
{
    size_t count = pt->pickle.persistent_count;
    if (count > INT_MAX) return wrong(pt, error, "too many storages");
    pt->storages = yd_arena_alloc(pt->arena, count + 1, sizeof *pt->storages);
    if (!pt->storages) return no_memory(pt, error);
    for (size_t i = 0; i < count; i++)
        YD_TRY(storage_from_id(pt, pt->pickle.persistent[i], &pt->storages[i], error));
    qsort(pt->storages, count, sizeof *pt->storages, compare_storages);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const storage *one = &pt->storages[i], *last = kept ? &pt->storages[kept - 1] : NULL;
        if (!last || strcmp(last->key, one->key) != 0)
            pt->storages[kept++] = *one;
        else if (last->type != one->type || last->count != one->count)
            return yd_fail(error, YD_ERR_FORMAT, "%s: storage %s has two types or two sizes", pt->label,
                           one->key);
    }
    pt->storage_count = (int)kept;
    pt->budget = spare_elements;
    for (size_t i = 0; i < kept; i++) {
        size_t room = (size_t)PTRDIFF_MAX - pt->budget, twice = pt->storages[i].count;
        twice = twice > room / 2 ? room : 2 * twice;
        pt->budget += twice;
    }
    return YD_OK;
}

/* The zip container. */

static bool climbs(const char *name)
{
    if (*name == '/' || strchr(name, '\\')) return true;
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0')) return true;
    }
    return false;
}

static const yd_zip_member *find_member(const yd_pt *pt, const char *name)
{
    char full[MAX_PREFIX + MAX_KEY + 32];
    snprintf(full, sizeof full, "%s%s", pt->prefix, name);
    return yd_zip_find(pt->zip, full);
}

/* All members lie in one folder, named by whoever saved the file. */
static yd_status find_prefix(yd_pt *pt, yd_error *error)
{
    for (size_t i = 0; i < yd_zip_count(pt->zip); i++) {
        const char *name = yd_zip_at(pt->zip, i)->name;
        if (climbs(name))
            return yd_fail(error, YD_ERR_FORMAT, "%s: refused: its member \"%s\" points out of the archive",
                           pt->label, name);
    }
    const yd_zip_member *first = yd_zip_at(pt->zip, 0);
    const char *slash = first ? strchr(first->name, '/') : NULL;
    size_t length = slash ? (size_t)(slash + 1 - first->name) : 0;
    if (length > MAX_PREFIX) return wrong(pt, error, "the name of its folder is too long");
    pt->prefix = yd_arena_printf(pt->arena, "%.*s", (int)length, first ? first->name : "");
    return pt->prefix ? YD_OK : no_memory(pt, error);
}

static yd_status check_byte_order(yd_pt *pt, yd_error *error)
{
    const yd_zip_member *member = find_member(pt, "byteorder");
    char *text;
    if (!member) return YD_OK;
    YD_TRY(yd_zip_read(pt->zip, member, 16, &text, error));
    bool big = strncmp(text, "big", 3) == 0;
    free(text);
    return big ? yd_fail(error, YD_ERR_UNSUPPORTED, "%s: was written by a big-endian machine", pt->label)
               : YD_OK;
}

static yd_status find_storages(yd_pt *pt, yd_error *error)
{
    for (int i = 0; i < pt->storage_count; i++) {
        storage *one = &pt->storages[i];
        char name[MAX_KEY + 8];
        snprintf(name, sizeof name, "data/%s", one->key);
        one->member = find_member(pt, name);
        if (!one->member)
            return yd_fail(error, YD_ERR_FORMAT, "%s: the data of storage %s are missing", pt->label,
                           one->key);
        if (one->member->size != one->count * size_of(one->type))
            return yd_fail(error, YD_ERR_FORMAT, "%s: storage %s has %llu bytes, wanted %zu", pt->label,
                           one->key, (unsigned long long)one->member->size, one->count * size_of(one->type));
    }
    return YD_OK;
}

static yd_status read_zip(yd_pt *pt, yd_error *error)
{
    YD_TRY(find_prefix(pt, error));
    if (find_member(pt, "constants.pkl"))
        return yd_fail(error, YD_ERR_FORMAT, "%s: is a TorchScript archive, not a checkpoint", pt->label);
    const yd_zip_member *member = find_member(pt, "data.pkl");
    if (!member)
        return yd_fail(error, YD_ERR_FORMAT, "%s: a zip archive, but not PyTorch's: %sdata.pkl is missing",
                       pt->label, pt->prefix);
    YD_TRY(check_byte_order(pt, error));
    char *bytes;
    YD_TRY(yd_zip_read(pt->zip, member, MAX_PICKLE, &bytes, error));
    yd_status status = yd_pickle_read(bytes, (size_t)member->size, pt->label, pt->arena, &pt->pickle, error);
    free(bytes);
    if (status == YD_OK) status = list_storages(pt, error);
    return status == YD_OK ? find_storages(pt, error) : status;
}

/* The legacy stream: five pickles, then the storages one after the other. */

static const unsigned char legacy_magic[] = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
enum { LEGACY_MAGIC = sizeof legacy_magic - 1 };

static yd_status read_pickle_at(yd_pt *pt, size_t *at, yd_pickle *pickle, yd_error *error)
{
    size_t left = pt->length - *at;
    if (left > MAX_PICKLE) left = MAX_PICKLE;
    YD_TRY(yd_pickle_read(pt->data + *at, left, pt->label, pt->arena, pickle, error));
    *at += pickle->length;
    return YD_OK;
}

static yd_status place_storage(yd_pt *pt, const yd_pickle_node *key, size_t *at, yd_error *error)
{
    if (!yd_pickle_is(key, YD_PICKLE_TEXT))
        return wrong(pt, error, "its list of storages holds something else");
    storage wanted = {.key = key->text};
    storage *one = pt->storage_count == 0 ? NULL
                                          : bsearch(&wanted, pt->storages, (size_t)pt->storage_count,
                                                    sizeof wanted, compare_storages);
    if (!one || one->offset)
        return yd_fail(error, YD_ERR_FORMAT, "%s: storage %s is unknown or there twice", pt->label,
                       key->text);
    if (pt->length - *at < 8) return wrong(pt, error, "it is cut");
    uint64_t count = yd_get_u64(pt->data + *at);
    *at += 8;
    if (count != one->count || (pt->length - *at) / size_of(one->type) < count)
        return yd_fail(error, YD_ERR_FORMAT, "%s: storage %s is cut, or not as long as its tensors say",
                       pt->label, key->text);
    one->offset = *at;
    *at += one->count * size_of(one->type);
    return YD_OK;
}

static yd_status read_legacy(yd_pt *pt, yd_error *error)
{
    yd_pickle magic, version, system, keys;
    size_t at = 0;
    int64_t number;
    YD_TRY(read_pickle_at(pt, &at, &magic, error));
    YD_TRY(read_pickle_at(pt, &at, &version, error));
    if (!yd_pickle_integer(version.root, &number) || number != 1001)
        return wrong(pt, error, "an unknown protocol");
    YD_TRY(read_pickle_at(pt, &at, &system, error));
    if (!yd_pickle_integer(yd_pickle_get(system.root, "little_endian"), &number) || !number)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "%s: was written by a big-endian machine", pt->label);
    YD_TRY(read_pickle_at(pt, &at, &pt->pickle, error));
    YD_TRY(list_storages(pt, error));
    YD_TRY(read_pickle_at(pt, &at, &keys, error));
    if (!yd_pickle_is(keys.root, YD_PICKLE_LIST)) return wrong(pt, error, "its list of storages is missing");
    for (size_t i = 0; i < keys.root->count; i++) YD_TRY(place_storage(pt, keys.root->items[i], &at, error));
    for (int i = 0; i < pt->storage_count; i++)
        if (!pt->storages[i].offset)
            return yd_fail(error, YD_ERR_FORMAT, "%s: the data of storage %s are missing", pt->label,
                           pt->storages[i].key);
    return YD_OK;
}

/* Opening. */

static yd_status create(const char *label, yd_pt **out, yd_error *error)
{
    yd_pt *pt = calloc(1, sizeof *pt);
    if (pt) pt->arena = yd_arena_create(0);
    if (pt && pt->arena) pt->label = yd_arena_strdup(pt->arena, label);
    if (!pt || !pt->label) {
        yd_pt_close(pt);
        return yd_fail(error, YD_ERR_MEMORY, "%s: no memory to read it", label);
    }
    pt->loaded_index = -1;
    *out = pt;
    return YD_OK;
}

static bool is_zip(const unsigned char *head, size_t length)
{
    return length >= 4 && memcmp(head, "PK\x03\x04", 4) == 0;
}

static bool is_legacy(const unsigned char *head, size_t length)
{
    return length >= LEGACY_MAGIC && memcmp(head, legacy_magic, LEGACY_MAGIC) == 0;
}

static yd_status neither(const yd_pt *pt, const unsigned char *head, size_t length, yd_error *error)
{
    if (length == 0) return yd_fail(error, YD_ERR_FORMAT, "%s: is empty, wanted a PyTorch file", pt->label);
    return yd_fail(error, YD_ERR_FORMAT, "%s: not a PyTorch file: it begins with \"%.*s\"", pt->label,
                   (int)strnlen((const char *)head, length), (const char *)head);
}

/* The first bytes, and so the status where the file cannot be had at all. */
static yd_status read_head(const char *path, unsigned char head[16], size_t *length, yd_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        bool absent = errno == ENOENT || errno == ENOTDIR;
        return yd_fail_errno(error, absent ? YD_ERR_CONFIG : YD_ERR_IO, "%s: cannot open", path);
    }
    ssize_t got = read(fd, head, 16);
    yd_status status = got < 0 ? yd_fail_errno(error, YD_ERR_CONFIG, "%s: cannot read", path) : YD_OK;
    close(fd);
    *length = got > 0 ? (size_t)got : 0;
    return status;
}

static yd_status open_path(yd_pt *pt, const char *path, yd_error *error)
{
    unsigned char head[16];
    size_t length = 0;
    YD_TRY(read_head(path, head, &length, error));
    if (is_zip(head, length)) {
        YD_TRY(yd_zip_open(path, &pt->zip, error));
        return read_zip(pt, error);
    }
    if (!is_legacy(head, length)) return neither(pt, head, length, error);
    YD_TRY(yd_file_read(path, 0, &pt->owned, &pt->length, error));
    pt->data = (const unsigned char *)pt->owned;
    return read_legacy(pt, error);
}

static yd_status open_memory(yd_pt *pt, const void *bytes, size_t length, yd_error *error)
{
    if (is_zip(bytes, length)) {
        YD_TRY(yd_zip_open_memory(bytes, length, pt->label, &pt->zip, error));
        return read_zip(pt, error);
    }
    if (!is_legacy(bytes, length)) return neither(pt, bytes, length < 16 ? length : 16, error);
    pt->data = bytes, pt->length = length;
    return read_legacy(pt, error);
}

static yd_status finish_open(yd_pt *pt, yd_status status, yd_pt **out)
{
    if (status == YD_OK)
        *out = pt;
    else
        yd_pt_close(pt);
    return status;
}

yd_status yd_pt_open(const char *path, yd_pt **out, yd_error *error)
{
    yd_pt *pt = NULL;
    *out = NULL;
    YD_TRY(create(path, &pt, error));
    return finish_open(pt, open_path(pt, path, error), out);
}

yd_status yd_pt_open_memory(const void *bytes, size_t length, const char *label, yd_pt **out, yd_error *error)
{
    yd_pt *pt = NULL;
    *out = NULL;
    YD_TRY(create(label, &pt, error));
    return finish_open(pt, open_memory(pt, bytes, length, error), out);
}

void yd_pt_close(yd_pt *pt)
{
    if (!pt) return;
    yd_zip_close(pt->zip);
    free(pt->owned);
    free(pt->loaded);
    if (pt->arena) yd_arena_destroy(pt->arena);
    free(pt);
}

yd_pickle_node *yd_pt_root(const yd_pt *pt)
{
    return pt->pickle.root;
}

const char *yd_pt_label(const yd_pt *pt)
{
    return pt->label;
}

/* Tensors. */

/* The arguments of the call that rebuilds a tensor; of a parameter, those of its tensor. NULL for anything
 * else. */
static const yd_pickle_node *tensor_arguments(const yd_pickle_node *node)
{
    if (yd_pickle_is_call(node, "torch._utils _rebuild_parameter") ||
        yd_pickle_is_call(node, "torch._utils _rebuild_parameter_with_state")) {
        if (node->items[1]->count == 0) return NULL;
        node = node->items[1]->items[0];
    }
    if (!yd_pickle_is_call(node, "torch._utils _rebuild_tensor_v2") &&
        !yd_pickle_is_call(node, "torch._utils _rebuild_tensor"))
        return NULL;
    const yd_pickle_node *arguments = node->items[1];
    bool sound = arguments->count >= 4 && yd_pickle_is(arguments->items[0], YD_PICKLE_PERSISTENT) &&
                 yd_pickle_is(arguments->items[1], YD_PICKLE_INT) &&
                 yd_pickle_is(arguments->items[2], YD_PICKLE_TUPLE) &&
                 yd_pickle_is(arguments->items[3], YD_PICKLE_TUPLE);
    return sound ? arguments : NULL;
}

bool yd_pt_is_tensor(const yd_pickle_node *node)
{
    return tensor_arguments(node) != NULL;
}

/* A storage that is itself a view of another, as the legacy format knows: (key, offset, size). */
static bool apply_view(const yd_pickle_node *persistent, size_t *offset, size_t *room)
{
    const yd_pickle_node *id = persistent->items[0];
    if (id->count <= LOCATION_PARTS || yd_pickle_is(id->items[LOCATION_PARTS], YD_PICKLE_NONE)) return true;
    const yd_pickle_node *view = id->items[LOCATION_PARTS];
    int64_t start, size;
    if (!yd_pickle_is(view, YD_PICKLE_TUPLE) || view->count != 3 ||
        !yd_pickle_integer(view->items[1], &start) || !yd_pickle_integer(view->items[2], &size) ||
        start < 0 || size < 0)
        return false;
    if ((uint64_t)start > *room || (uint64_t)size > *room - (uint64_t)start) return false;
    *offset = (size_t)start, *room = (size_t)size;
    return true;
}

/* Sizes and strides; *last becomes the distance from the first element to the last. */
static bool read_dims(const yd_pickle_node *dims, const yd_pickle_node *strides, yd_pt_tensor *tensor,
                      size_t *last)
{
    if (dims->count != strides->count || dims->count > 8) return false;
    tensor->rank = (int)dims->count, tensor->elements = 1, *last = 0;
    for (size_t i = 0; i < dims->count; i++) {
        int64_t dim, stride;
        size_t reach;
        if (!yd_pickle_integer(dims->items[i], &dim) || !yd_pickle_integer(strides->items[i], &stride))
            return false;
        if (dim < 0 || dim > INT_MAX || stride < 0) return false;
        tensor->dims[i] = (int)dim, tensor->strides[i] = (size_t)stride;
        if (__builtin_mul_overflow(tensor->elements, (size_t)dim, &tensor->elements)) return false;
        if (dim > 0 && (__builtin_mul_overflow((size_t)(dim - 1), (size_t)stride, &reach) ||
                        __builtin_add_overflow(*last, reach, last)))
            return false;
    }
    return true;
}

yd_status yd_pt_tensor_of(yd_pt *pt, const yd_pickle_node *node, const char *name, yd_pt_tensor *tensor,
                          yd_error *error)
{
    const yd_pickle_node *arguments = tensor_arguments(node);
    *tensor = (yd_pt_tensor){.storage = arguments ? yd_pt_storage_of(pt, arguments->items[0]) : -1};
    if (tensor->storage < 0) return yd_fail(error, YD_ERR_FORMAT, "%s: %s is not a tensor", pt->label, name);
    const storage *from = &pt->storages[tensor->storage];
    size_t start = 0, room = from->count, last;
    int64_t offset = arguments->items[1]->integer;
    tensor->type = from->type;
    if (!apply_view(arguments->items[0], &start, &room) || offset < 0 ||
        !read_dims(arguments->items[2], arguments->items[3], tensor, &last))
        return yd_fail(error, YD_ERR_FORMAT, "%s: tensor %s has an impossible shape", pt->label, name);
    if (tensor->elements > 0 && ((uint64_t)offset >= room || last >= room - (size_t)offset))
        return yd_fail(error, YD_ERR_FORMAT, "%s: tensor %s reaches beyond its storage", pt->label, name);
    if (tensor->elements > pt->budget)
        return yd_fail(error, YD_ERR_FORMAT,
                       "%s: refused: at tensor %s its tensors have grown far beyond the file", pt->label,
                       name);
    pt->budget -= tensor->elements;
    tensor->offset = start + (size_t)offset;
    return YD_OK;
}

bool yd_pt_is_integer(yd_pt_type type)
{
    return type >= YD_PT_I8;
}

yd_status yd_pt_storage(yd_pt *pt, int index, const unsigned char **bytes, size_t *length, yd_error *error)
{
    const storage *one = &pt->storages[index];
    *length = one->count * size_of(one->type);
    if (!pt->zip) {
        *bytes = pt->data + one->offset;
        return YD_OK;
    }
    if (pt->loaded_index != index) {
        free(pt->loaded);
        pt->loaded = NULL, pt->loaded_index = -1;
        YD_TRY(yd_zip_read(pt->zip, one->member, *length, &pt->loaded, error));
        pt->loaded_index = index;
    }
    *bytes = (const unsigned char *)pt->loaded;
    return YD_OK;
}

static double real_at(const unsigned char *at, yd_pt_type type)
{
    if (type == YD_PT_F16) return (double)yd_half_to_float(yd_get_u16(at));
    if (type == YD_PT_BF16) return (double)yd_bfloat_to_float(yd_get_u16(at));
    if (type == YD_PT_F32) return (double)yd_bits_to_float(yd_get_u32(at));
    uint64_t bits = yd_get_u64(at);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int64_t integer_at(const unsigned char *at, yd_pt_type type)
{
    switch (type) {
    case YD_PT_I8:
        return (int8_t)at[0];
    case YD_PT_I16:
        return (int16_t)yd_get_u16(at);
    case YD_PT_I32:
        return (int32_t)yd_get_u32(at);
    case YD_PT_I64:
        return (int64_t)yd_get_u64(at);
    case YD_PT_U8:
        return at[0];
    case YD_PT_BOOL:
        return at[0] != 0;
    default:
        return 0; /* not an integer type: callers ask before */
    }
}

/* Writes element number index, found at at, to out. */
typedef void store_function(void *out, size_t index, const unsigned char *at, yd_pt_type type);

static void store_float(void *out, size_t index, const unsigned char *at, yd_pt_type type)
{
    ((float *)out)[index] = yd_pt_is_integer(type) ? (float)integer_at(at, type) : (float)real_at(at, type);
}

static void store_double(void *out, size_t index, const unsigned char *at, yd_pt_type type)
{
    ((double *)out)[index] = yd_pt_is_integer(type) ? (double)integer_at(at, type) : real_at(at, type);
}

static void store_integer(void *out, size_t index, const unsigned char *at, yd_pt_type type)
{
    ((int64_t *)out)[index] = integer_at(at, type);
}

/* Walks the view in row-major order. */
static yd_status each_element(yd_pt *pt, const yd_pt_tensor *tensor, store_function *store, void *out,
                              yd_error *error)
{
    const unsigned char *bytes;
    size_t length, size = size_of(tensor->type), place = tensor->offset;
    int index[8] = {0};
    if (tensor->elements == 0) return YD_OK;
    YD_TRY(yd_pt_storage(pt, tensor->storage, &bytes, &length, error));
    for (size_t i = 0; i < tensor->elements; i++) {
        store(out, i, bytes + place * size, tensor->type);
        for (int d = tensor->rank; d-- > 0;) {
            place += tensor->strides[d];
            if (++index[d] < tensor->dims[d]) break;
            place -= tensor->strides[d] * (size_t)tensor->dims[d];
            index[d] = 0;
        }
    }
    return YD_OK;
}

/* Whether elements lie in the order of the indices, one behind the other. */
static bool lies_in_order(const yd_pt_tensor *tensor)
{
    size_t stride = 1;
    for (int d = tensor->rank; d-- > 0;) {
        if (tensor->dims[d] != 1 && tensor->strides[d] != stride) return false;
        stride *= (size_t)tensor->dims[d];
    }
    return true;
}

yd_status yd_pt_floats(yd_pt *pt, const yd_pt_tensor *tensor, float *out, yd_error *error)
{
    /* Weights of released files are all of this kind. */
    if (tensor->type != YD_PT_F16 || !lies_in_order(tensor) || tensor->elements == 0)
        return each_element(pt, tensor, store_float, out, error);
    const unsigned char *bytes;
    size_t length;
    YD_TRY(yd_pt_storage(pt, tensor->storage, &bytes, &length, error));
    bytes += 2 * tensor->offset;
    for (size_t i = 0; i < tensor->elements; i++) out[i] = yd_half_to_float(yd_get_u16(bytes + 2 * i));
    return YD_OK;
}

yd_status yd_pt_doubles(yd_pt *pt, const yd_pt_tensor *tensor, double *out, yd_error *error)
{
    return each_element(pt, tensor, store_double, out, error);
}

yd_status yd_pt_integers(yd_pt *pt, const yd_pt_tensor *tensor, int64_t *out, yd_error *error)
{
    if (!yd_pt_is_integer(tensor->type)) return wrong(pt, error, "a counter is not a whole number");
    return each_element(pt, tensor, store_integer, out, error);
}
