#include "io/unpack.h"
#include "base/file.h"
#include "base/text.h"
#include "io/tar.h"
#include "io/zip.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { PATH_LIMIT = 4096, DEPTH = 32, PIECE = 1 << 17, OPEN_FOLDERS = 16, ENTRY_COST = 4096 };
static const int64_t honest_size = 64 << 20, honest_ratio = 200;

typedef struct unpacking {
    const yd_unpack_request *request;
    char staging[PATH_LIMIT];     /* where everything goes first */
    char last_folder[PATH_LIMIT]; /* made last: most files lie in the same as the one before */
    int64_t limit, spent;         /* bytes that the archive may expand to; each entry costs a little too */
    yd_unpack_state state;
    yd_error *error;
} unpacking;

static bool ends_with(const char *name, const char *tail)
{
    size_t length = strlen(name), wanted = strlen(tail);
    return length > wanted && strcasecmp(name + length - wanted, tail) == 0;
}

static bool is_zip(const char *name)
{
    return ends_with(name, ".zip");
}

bool yd_unpack_knows(const char *name)
{
    return is_zip(name) || ends_with(name, ".tar") || ends_with(name, ".tar.gz") || ends_with(name, ".tgz");
}

static yd_status refuse(const unpacking *u, const char *name, const char *what)
{
    return yd_fail(u->error, YD_ERR_FORMAT, "%s: member %.200s %s: nothing was unpacked", u->request->archive,
                   name, what);
}

/* One component of a name: "" and "." say nothing, ".." leads out. */
static bool leads_out(const char *name)
{
    for (const char *at = name; *at;) {
        size_t length = strcspn(at, "/");
        if (length == 2 && at[0] == '.' && at[1] == '.') return true;
        at += length;
        at += *at == '/';
    }
    return false;
}

static int depth_of(const char *name)
{
    int depth = 0;
    for (; *name; name++) depth += *name == '/';
    return depth;
}

static bool is_left_out(const char *name)
{
    return strncmp(name, "__MACOSX", 8) == 0 || strstr(name, "/__MACOSX") != NULL ||
           strcmp(yd_path_name(name), ".DS_Store") == 0;
}

/* The place of a member in the staging folder. */
static yd_status place(const unpacking *u, const char *name, char path[PATH_LIMIT])
{
    for (const unsigned char *c = (const unsigned char *)name; *c; c++)
        if (*c < ' ' || *c == 127) return refuse(u, name, "has control characters in its name");
    if (!name[0] || name[0] == '/') return refuse(u, name, "has no relative name");
    if (leads_out(name) || strchr(name, '\\')) return refuse(u, name, "leads out of the folder");
    if (depth_of(name) > DEPTH || !yd_path_join(path, PATH_LIMIT, u->staging, name))
        return refuse(u, name, "lies too deep");
    return YD_OK;
}

static yd_status make_folder(unpacking *u, const char *path)
{
    if (strcmp(path, u->last_folder) == 0) return YD_OK;
    YD_TRY(yd_make_folders(path, u->error));
    yd_copy_text(u->last_folder, sizeof u->last_folder, path);
    return YD_OK;
}

static yd_status spend(unpacking *u, const char *name, uint64_t bytes)
{
    if (bytes > (uint64_t)(u->limit - u->spent) || ENTRY_COST > u->limit - u->spent - (int64_t)bytes)
        return refuse(u, name, "makes the archive expand beyond what honest data do");
    u->spent += (int64_t)bytes + ENTRY_COST;
    return YD_OK;
}

static yd_status done_with(unpacking *u, uint64_t bytes)
{
    u->state.files++;
    u->state.bytes += (int64_t)bytes;
    if (!u->request->progress || u->request->progress(u->request->context, &u->state)) return YD_OK;
    return yd_fail(u->error, YD_ERR_STOPPED, "unpacking %s was stopped; the next start does it anew",
                   u->request->archive);
}

/* A new file below the staging folder, which is nobody else's: no link can be in the way. */
static yd_status create(unpacking *u, const char *name, int *fd)
{
    char path[PATH_LIMIT], folder[PATH_LIMIT];
    YD_TRY(place(u, name, path));
    yd_path_parent(folder, sizeof folder, path);
    YD_TRY(make_folder(u, folder));
    *fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0666);
    return *fd >= 0 ? YD_OK : yd_fail_errno(u->error, YD_ERR_IO, "%s: cannot create", path);
}

static yd_status close_file(const unpacking *u, int fd, const char *name, yd_status status)
{
    if (close(fd) != 0 && status == YD_OK)
        return yd_fail_errno(u->error, YD_ERR_IO, "%s: cannot write %.200s", u->request->folder, name);
    return status;
}

static yd_status write_piece(const unpacking *u, int fd, const char *name, const void *data, size_t length)
{
    if (yd_write_all(fd, data, length)) return YD_OK;
    return yd_fail_errno(u->error, YD_ERR_IO, "%s: cannot write %.200s", u->request->folder, name);
}

static yd_status unpack_member(unpacking *u, yd_zip *zip, const yd_zip_member *member)
{
    char path[PATH_LIMIT], *data;
    int fd;
    if (is_left_out(member->name)) return YD_OK;
    if (member->name[strlen(member->name) - 1] == '/') {
        YD_TRY(place(u, member->name, path));
        return make_folder(u, path);
    }
    YD_TRY(yd_zip_read(zip, member, 0, &data, u->error));
    yd_status status = create(u, member->name, &fd);
    if (status == YD_OK) {
        status = write_piece(u, fd, member->name, data, (size_t)member->size);
        status = close_file(u, fd, member->name, status);
    }
    free(data);
    return status == YD_OK ? done_with(u, member->size) : status;
}

/* All names and sizes, before anything is written. */
static yd_status check_zip(unpacking *u, const yd_zip *zip)
{
    char path[PATH_LIMIT];
    struct statvfs disk;
    for (size_t i = 0; i < yd_zip_count(zip); i++) {
        const yd_zip_member *member = yd_zip_at(zip, i);
        int kind = member->mode & S_IFMT;
        YD_TRY(place(u, member->name, path));
        if (kind == S_IFLNK) return refuse(u, member->name, "is a link");
        if (kind && kind != S_IFREG && kind != S_IFDIR) return refuse(u, member->name, "is no file");
        YD_TRY(spend(u, member->name, member->size));
    }
    if (statvfs(u->request->folder, &disk) == 0 &&
        (double)u->spent > (double)disk.f_bavail * (double)disk.f_frsize)
        return yd_fail(u->error, YD_ERR_IO, "%s: has no room for the %.1f MB of %s", u->request->folder,
                       (double)u->spent / 1e6, u->request->archive);
    return YD_OK;
}

static yd_status unpack_zip(unpacking *u)
{
    yd_zip *zip;
    YD_TRY(yd_zip_open(u->request->archive, &zip, u->error));
    yd_status status = check_zip(u, zip);
    for (size_t i = 0; status == YD_OK && i < yd_zip_count(zip); i++)
        status = unpack_member(u, zip, yd_zip_at(zip, i));
    yd_zip_close(zip);
    return status;
}

static yd_status copy_contents(unpacking *u, yd_tar *tar, const yd_tar_member *member, int fd, char *piece)
{
    size_t length;
    do {
        YD_TRY(yd_tar_read(tar, piece, PIECE, &length, u->error));
        YD_TRY(write_piece(u, fd, member->name, piece, length));
    } while (length);
    return YD_OK;
}

static yd_status unpack_tar_member(unpacking *u, yd_tar *tar, const yd_tar_member *member, char *piece)
{
    char path[PATH_LIMIT];
    int fd;
    YD_TRY(spend(u, member->name, member->size));
    YD_TRY(place(u, member->name, path));
    if (member->kind == YD_TAR_LINK) return refuse(u, member->name, "is a link");
    if (member->kind == YD_TAR_OTHER) return refuse(u, member->name, "is no file");
    if (is_left_out(member->name)) return YD_OK;
    if (member->kind == YD_TAR_FOLDER) return make_folder(u, path);
    YD_TRY(create(u, member->name, &fd));
    yd_status status = copy_contents(u, tar, member, fd, piece);
    status = close_file(u, fd, member->name, status);
    return status == YD_OK ? done_with(u, member->size) : status;
}

static yd_status unpack_tar(unpacking *u)
{
    yd_tar *tar;
    yd_tar_member member;
    bool more = true;
    char *piece = malloc(PIECE);
    if (!piece) return yd_fail(u->error, YD_ERR_MEMORY, "no memory to unpack %s", u->request->archive);
    yd_status status = yd_tar_open(u->request->archive, &tar, u->error);
    while (status == YD_OK && more) {
        status = yd_tar_next(tar, &member, &more, u->error);
        if (status == YD_OK && more) status = unpack_tar_member(u, tar, &member, piece);
    }
    yd_tar_close(tar);
    free(piece);
    return status;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

static yd_status move_into(const unpacking *u, const char *from, const char *to, int depth);

/* What is not there yet moves as a whole; a folder that is takes what is new to it. */
static yd_status move_one(const unpacking *u, const char *from, const char *to, int depth)
{
    struct stat info;
    bool there = lstat(to, &info) == 0;
    if (there && yd_folder_exists(from) && yd_folder_exists(to)) return move_into(u, from, to, depth + 1);
    if (rename(from, to) == 0) return YD_OK;
    return yd_fail_errno(u->error, YD_ERR_IO, "%s: cannot be put in place", to);
}

static yd_status move_into(const unpacking *u, const char *from, const char *to, int depth)
{
    char source[PATH_LIMIT], target[PATH_LIMIT];
    if (depth > DEPTH + 1) return yd_fail(u->error, YD_ERR_INTERNAL, "%s: lies too deep", from);
    DIR *folder = opendir(from);
    if (!folder) return yd_fail_errno(u->error, YD_ERR_IO, "%s: cannot open", from);
    yd_status status = YD_OK;
    for (struct dirent *entry; status == YD_OK && (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (yd_path_join(source, sizeof source, from, entry->d_name) &&
            yd_path_join(target, sizeof target, to, entry->d_name))
            status = move_one(u, source, target, depth);
        else
            status = yd_fail(u->error, YD_ERR_IO, "%s: a path is too long", to);
    }
    closedir(folder);
    return status;
}

yd_status yd_unpack(const yd_unpack_request *request, yd_error *error)
{
    unpacking u = {.request = request, .error = error};
    struct stat info;
    if (!yd_unpack_knows(request->archive))
        return yd_fail(error, YD_ERR_UNSUPPORTED, "%s: .zip, .tar, .tar.gz and .tgz can be unpacked",
                       request->archive);
    if (stat(request->archive, &info) != 0)
        return yd_fail_errno(error, YD_ERR_IO, "%s: cannot open", request->archive);
    if (info.st_size > INT64_MAX / honest_ratio - honest_size)
        return yd_fail(error, YD_ERR_FORMAT, "%s: is too large", request->archive);
    u.limit = honest_size + honest_ratio * (int64_t)info.st_size;
    if (snprintf(u.staging, sizeof u.staging, "%s/.yolodeck-XXXXXX", request->folder) >= PATH_LIMIT)
        return yd_fail(error, YD_ERR_CONFIG, "%.64s…: the path is too long", request->folder);
    if (!mkdtemp(u.staging))
        return yd_fail_errno(error, YD_ERR_IO, "%s: cannot be unpacked into", request->folder);
    yd_status status = is_zip(request->archive) ? unpack_zip(&u) : unpack_tar(&u);
    if (status == YD_OK) status = move_into(&u, u.staging, request->folder, 0);
    remove_tree(u.staging);
    return status;
}
