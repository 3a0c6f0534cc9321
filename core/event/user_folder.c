#include "event/user_folder.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static yd_status choose_path(yd_user_place place, char *folder, size_t capacity, yd_error *error)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int length = -1;
    if (place == YD_PLACE_TEMPORARY)
        length = snprintf(folder, capacity, "/tmp/yolodeck-%u", (unsigned)geteuid());
    else if (state && state[0] == '/')
        length = snprintf(folder, capacity, "%s/yolodeck", state);
    else if (home && home[0] == '/')
        length = snprintf(folder, capacity, "%s/.local/state/yolodeck", home);
    else
        return yd_fail(error, YD_ERR_IO, "neither HOME nor XDG_STATE_HOME names a folder");
    if (length < 0 || (size_t)length >= capacity)
        return yd_fail(error, YD_ERR_IO, "the path of HOME is too long");
    return YD_OK;
}

/* Through a descriptor, so that what is checked is what is used. In /tmp anyone may have put a link there. */
static yd_status check_private(const char *folder, int link_flag, yd_error *error)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | link_flag);
    if (fd < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot use this folder", folder);
    struct stat info;
    yd_status status = YD_OK;
    if (fstat(fd, &info) != 0)
        status = yd_fail_errno(error, YD_ERR_IO, "%s: cannot examine", folder);
    else if (info.st_uid != geteuid())
        status =
            yd_fail(error, YD_ERR_IO, "%s: belongs to user %u, not to you", folder, (unsigned)info.st_uid);
    else if (info.st_mode & 022)
        status = yd_fail(error, YD_ERR_IO, "%s: others may write here (mode %03o, wanted 700)", folder,
                         (unsigned)info.st_mode & 0777u);
    else if ((info.st_mode & 077) && fchmod(fd, 0700) != 0)
        status = yd_fail_errno(error, YD_ERR_IO, "%s: cannot close this folder to others", folder);
    close(fd);
    return status;
}

yd_status yd_user_folder(yd_user_place place, char *folder, size_t capacity, yd_error *error)
{
    YD_TRY(choose_path(place, folder, capacity, error));
    char parent[4096];
    yd_path_parent(parent, sizeof parent, folder);
    YD_TRY(yd_make_folders(parent, error));
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return yd_fail_errno(error, YD_ERR_IO, "%s: cannot make this folder", folder);
    return check_private(folder, place == YD_PLACE_TEMPORARY ? O_NOFOLLOW : 0, error);
}

yd_status yd_user_folder_any(char *folder, size_t capacity, yd_error *error)
{
    if (yd_user_folder(YD_PLACE_STATE, folder, capacity, error) == YD_OK) return YD_OK;
    return yd_user_folder(YD_PLACE_TEMPORARY, folder, capacity, error);
}
