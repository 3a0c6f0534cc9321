#include "io/archive.h"
#include "base/file.h"
#include <stdio.h>
#include <string.h>

/* As PyTorch names the folder: the file's name without its extension; characters that might confuse a reader
 * become '_'. */
static void name_folder(yd_archive *archive, const char *path)
{
    const char *name = yd_path_name(path), *dot = strrchr(name, '.');
    size_t length = dot && dot > name ? (size_t)(dot - name) : strlen(name);
    if (length > 64) length = 64;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];
        archive->folder[i] = (char)(c <= ' ' || c >= 127 || c == '\\' || c == '.' ? '_' : c);
    }
    archive->folder[length] = '\0';
    if (length == 0) strcpy(archive->folder, "archive");
}

static void member_name(const yd_archive *archive, const char *name, char *out, size_t capacity)
{
    snprintf(out, capacity, "%s/%s", archive->folder, name);
}

yd_status yd_archive_create(yd_archive *archive, const char *path, const void *pickle, size_t length,
                            yd_error *error)
{
    char name[192];
    name_folder(archive, path);
    YD_TRY(yd_zip_create(path, false, &archive->zip, error));
    member_name(archive, "data.pkl", name, sizeof name);
    yd_status status = yd_zip_add(archive->zip, name, pickle, length, error);
    if (status != YD_OK) yd_zip_drop(archive->zip);
    return status;
}

yd_status yd_archive_begin(yd_archive *archive, int number, uint64_t bytes, yd_error *error)
{
    char key[32], name[192];
    snprintf(key, sizeof key, "data/%d", number);
    member_name(archive, key, name, sizeof name);
    return yd_zip_begin(archive->zip, name, bytes, error);
}

yd_status yd_archive_finish(yd_archive *archive, yd_status status, yd_error *error)
{
    char name[192];
    member_name(archive, "version", name, sizeof name);
    if (status == YD_OK) status = yd_zip_add(archive->zip, name, "3\n", 2, error);
    if (status == YD_OK) return yd_zip_commit(archive->zip, error);
    yd_zip_drop(archive->zip);
    return status;
}
