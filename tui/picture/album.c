#include "tui/picture/album.h"
#include "base/text.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool is_picture(const char *name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png", ".bmp"};
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name || name[0] == '.' || strlen(name) >= YD_ALBUM_NAME) return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0) return true;
    return false;
}

/* Newest first; of one moment by name, numbers in them by their value. */
static int order(const void *a, const void *b)
{
    const yd_album_entry *first = a, *second = b;
    if (first->changed_ns != second->changed_ns) return first->changed_ns > second->changed_ns ? -1 : 1;
    return strverscmp(first->name, second->name);
}

static void add(yd_album *album, int folder, const char *name)
{
    struct stat info;
    yd_album_entry entry = {0};
    if (!is_picture(name) || fstatat(folder, name, &info, 0) != 0 || !S_ISREG(info.st_mode)) return;
    yd_copy_text(entry.name, sizeof entry.name, name);
    entry.changed_ns = info.st_mtim.tv_sec * 1000000000LL + info.st_mtim.tv_nsec;
    entry.bytes = info.st_size;
    yd_vector_push(&album->entries, &entry);
}

void yd_album_read(yd_album *album, const char *folder)
{
    struct dirent *found;
    *album = (yd_album){.entries = {.size = sizeof(yd_album_entry)}};
    DIR *open_folder = opendir(folder);
    if (!open_folder) return;
    album->readable = true;
    while (album->entries.count < YD_ALBUM_LIMIT && (found = readdir(open_folder)) != NULL)
        add(album, dirfd(open_folder), found->d_name);
    closedir(open_folder);
    if (album->entries.count) qsort(album->entries.data, album->entries.count, sizeof(yd_album_entry), order);
}

void yd_album_free(yd_album *album)
{
    yd_vector_free(&album->entries);
    *album = (yd_album){0};
}

int yd_album_count(const yd_album *album)
{
    return (int)album->entries.count;
}

const yd_album_entry *yd_album_at(const yd_album *album, int index)
{
    return index >= 0 && index < yd_album_count(album) ? &YD_AT(yd_album_entry, &album->entries, index)
                                                       : NULL;
}

int yd_album_find(const yd_album *album, const char *name)
{
    for (int i = 0; i < yd_album_count(album); i++)
        if (strcmp(yd_album_at(album, i)->name, name) == 0) return i;
    return -1;
}

bool yd_album_equal(const yd_album *a, const yd_album *b)
{
    if (a->readable != b->readable || a->entries.count != b->entries.count) return false;
    return a->entries.count == 0 ||
           memcmp(a->entries.data, b->entries.data, a->entries.count * sizeof(yd_album_entry)) == 0;
}
