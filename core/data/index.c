#include "data/index.h"
#include "base/file.h"
#include "base/vector.h"
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { PATH_LIMIT = 4096, DEPTH_LIMIT = 64, LIST_LIMIT = 1 << 30 };

static const char byte_order_mark[] = "\xef\xbb\xbf"; /* editors of Windows begin files with it */

typedef struct listing {
    yd_arena *arena;
    yd_vector paths; /* const char * */
    yd_error *error;
} listing;

/* A folder on the way to the one being read: a link back to any of them would never end. */
typedef struct ancestor {
    const struct ancestor *above;
    dev_t device;
    ino_t inode;
    int depth;
} ancestor;

/* True where the name's suffix is that of a picture, in upper or lower case. */
static bool is_picture_name(const char *path)
{
    static const char *const suffixes[] = {"bmp", "jpg", "jpeg", "png", "tif", "tiff", "dng", "webp", "mpo"};
    const char *dot = strrchr(path, '.');
    if (!dot) return false;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (strcasecmp(dot + 1, suffixes[i]) == 0) return true;
    return false;
}

static yd_status add_path(listing *list, const char *path)
{
    const char *copy = yd_arena_strdup(list->arena, path);
    if (copy && yd_vector_push(&list->paths, &copy)) return YD_OK;
    return yd_fail(list->error, YD_ERR_MEMORY, "out of memory while listing pictures");
}

static yd_status list_folder(listing *list, const char *folder, const ancestor *above);

/* What an entry of a folder is, or, for a link, what it points to. Most file systems tell of the former
 * without being asked for each. */
static mode_t kind_of(const struct dirent *entry, const char *path)
{
    struct stat info;
    if (entry->d_type == DT_REG || entry->d_type == DT_DIR) return (mode_t)DTTOIF(entry->d_type);
    return stat(path, &info) == 0 ? info.st_mode : 0; /* 0: a dangling link, or gone since */
}

static yd_status list_name(listing *list, const char *folder, const struct dirent *entry,
                           const ancestor *self)
{
    char path[PATH_LIMIT];
    const char *name = entry->d_name;
    if (name[0] == '.') return YD_OK;
    if (!yd_path_join(path, sizeof path, folder, name))
        return yd_fail(list->error, YD_ERR_DATA, "%s: a path in it is longer than %d bytes", folder,
                       PATH_LIMIT - 1);
    mode_t kind = kind_of(entry, path);
    if (S_ISDIR(kind)) return list_folder(list, path, self);
    return S_ISREG(kind) && is_picture_name(name) ? add_path(list, path) : YD_OK;
}

static yd_status list_folder(listing *list, const char *folder, const ancestor *above)
{
    struct stat info;
    if (stat(folder, &info) != 0) return yd_fail_errno(list->error, YD_ERR_IO, "%s: cannot examine", folder);
    for (const ancestor *a = above; a; a = a->above)
        if (a->device == info.st_dev && a->inode == info.st_ino) return YD_OK;
    ancestor self = {above, info.st_dev, info.st_ino, above ? above->depth + 1 : 0};
    if (self.depth > DEPTH_LIMIT)
        return yd_fail(list->error, YD_ERR_DATA, "%s: more than %d folders deep", folder, DEPTH_LIMIT);
    DIR *open_folder = opendir(folder);
    if (!open_folder) return yd_fail_errno(list->error, YD_ERR_IO, "%s: cannot open", folder);
    yd_status status = YD_OK;
    for (struct dirent *entry; status == YD_OK && (entry = readdir(open_folder));)
        status = list_name(list, folder, entry, &self);
    closedir(open_folder);
    return status;
}

/* line with "./" replaced by "PARENT/", at its start or wherever it occurs. False where it does not fit. */
static bool expand_line(char *out, size_t capacity, const char *line, const char *parent, bool anywhere)
{
    size_t used = 0, parent_length = strlen(parent);
    for (const char *at = line; *at;) {
        bool replace = strncmp(at, "./", 2) == 0 && (anywhere || at == line);
        size_t add = replace ? parent_length + 1 : 1;
        if (used + add >= capacity) return false;
        if (replace) {
            memcpy(out + used, parent, parent_length);
            out[used + parent_length] = '/';
        } else {
            out[used] = *at;
        }
        used += add;
        at += replace ? 2 : 1;
    }
    out[used] = '\0';
    return true;
}

/* What a line of a list in the folder parent names, as YOLOv5 takes it; what is relative and not below the
 * current folder may lie beside the list. False where it does not fit. */
static bool place_line(char path[PATH_LIMIT], const char *line, const char *parent, bool anywhere)
{
    if (strncmp(line, "./", 2) == 0) return expand_line(path, PATH_LIMIT, line, parent, anywhere);
    if (line[0] != '/' && !yd_file_exists(line) && yd_path_join(path, PATH_LIMIT, parent, line) &&
        yd_file_exists(path))
        return true;
    return yd_path_join(path, PATH_LIMIT, "", line);
}

static yd_status list_file(listing *list, const char *file, bool anywhere)
{
    char *text, *rest = NULL, parent[PATH_LIMIT], path[PATH_LIMIT];
    size_t length;
    YD_TRY(yd_file_read(file, LIST_LIMIT, &text, &length, list->error));
    yd_path_parent(parent, sizeof parent, file);
    yd_status status = YD_OK;
    char *first =
        text +
        (strncmp(text, byte_order_mark, sizeof byte_order_mark - 1) == 0 ? sizeof byte_order_mark - 1 : 0);
    for (char *line = strtok_r(first, "\r\n", &rest); line && status == YD_OK;
         line = strtok_r(NULL, "\r\n", &rest)) {
        size_t end = strlen(line);
        while (end && (line[end - 1] == ' ' || line[end - 1] == '\t')) line[--end] = '\0';
        if (!is_picture_name(line)) continue;
        status = place_line(path, line, parent, anywhere)
                     ? add_path(list, path)
                     : yd_fail(list->error, YD_ERR_DATA, "%s: a line is longer than %d bytes", file,
                               PATH_LIMIT - 1);
    }
    free(text);
    return status;
}

/* A path and its first bytes behind what all paths begin with, as a number that orders as they do: most
 * comparisons need no look at the path. */
typedef struct sorted_path {
    uint64_t key;
    const char *path;
} sorted_path;

static int compare_paths(const void *a, const void *b)
{
    const sorted_path *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return strcmp(x->path, y->path);
}

static uint64_t key_of(const char *rest)
{
    uint64_t key = 0;
    for (int i = 0; i < 8; i++) {
        key = key << 8 | (uint8_t)*rest;
        if (*rest) rest++;
    }
    return key;
}

/* Orders the paths by bytes. */
static bool sort_paths(const char **paths, size_t count)
{
    sorted_path *sorted = malloc(count * sizeof *sorted);
    size_t common = strlen(paths[0]);
    if (!sorted) return false;
    for (size_t i = 1; i < count; i++) {
        size_t same = 0;
        while (same < common && paths[i][same] == paths[0][same]) same++;
        common = same;
    }
    for (size_t i = 0; i < count; i++) sorted[i] = (sorted_path){key_of(paths[i] + common), paths[i]};
    qsort(sorted, count, sizeof *sorted, compare_paths);
    for (size_t i = 0; i < count; i++) paths[i] = sorted[i].path;
    free(sorted);
    return true;
}

/* Sorts, drops what is equal to its neighbour, and hands over. */
static yd_status finish(listing *list, const char *where, yd_index *index)
{
    const char **paths = list->paths.data;
    size_t kept = 0, count = list->paths.count;
    if (!paths) return yd_fail(list->error, YD_ERR_DATA, "%s: no pictures found in it", where);
    if (count > INT32_MAX / 8) return yd_fail(list->error, YD_ERR_DATA, "more pictures than can be counted");
    index->paths = yd_arena_alloc(list->arena, count, sizeof *paths);
    if (!index->paths || !sort_paths(paths, count))
        return yd_fail(list->error, YD_ERR_MEMORY, "out of memory while listing pictures");
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(paths[i], paths[kept - 1]) != 0) paths[kept++] = paths[i];
    memcpy(index->paths, paths, kept * sizeof *paths);
    index->count = (int)kept;
    return YD_OK;
}

yd_status yd_index_list(const char *const *entries, int count, bool dot_slash_anywhere, yd_arena *arena,
                        yd_index *index, yd_error *error)
{
    *index = (yd_index){0};
    listing list = {arena, {.size = sizeof(char *)}, error};
    yd_status status = YD_OK;
    for (int i = 0; i < count && status == YD_OK; i++) {
        if (yd_folder_exists(entries[i]))
            status = list_folder(&list, entries[i], NULL);
        else if (yd_file_exists(entries[i]))
            status = list_file(&list, entries[i], dot_slash_anywhere);
        else
            status =
                yd_fail(error, YD_ERR_DATA,
                        "%s: does not exist; a folder of pictures or a list of them is wanted", entries[i]);
    }
    if (status == YD_OK) status = finish(&list, count ? entries[0] : "the data set", index);
    yd_vector_free(&list.paths);
    return status;
}

/* The last "/images/", or an "images/" that the path begins with. */
static const char *find_images(const char *path)
{
    const char *found = NULL;
    for (const char *at = path; (at = strstr(at, "/images/")); at++) found = at + 1;
    return found || strncmp(path, "images/", 7) != 0 ? found : path;
}

bool yd_label_path(const char *picture, char *out, size_t capacity)
{
    const char *images = find_images(picture), *tail = images ? images + 6 : picture;
    const char *dot = strrchr(tail, '.'), *slash = strrchr(tail, '/');
    int head = images ? (int)(images - picture) : 0;
    int stem = dot && (!slash || dot > slash) ? (int)(dot - tail) : (int)strlen(tail);
    int length = snprintf(out, capacity, "%.*s%s%.*s.txt", head, picture, images ? "labels" : "", stem, tail);
    return length >= 0 && (size_t)length < capacity;
}
