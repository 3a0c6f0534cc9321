/* The unpacker, on anything as a zip or a tar: nothing is left outside of the folder, and nothing but files
 * and folders inside. */
#include "io/unpack.h"
#include "base/file.h"
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int look_and_remove(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)kind, (void)at;
    YD_ASSERT(S_ISREG(info->st_mode) || S_ISDIR(info->st_mode));
    return remove(path);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    char root[] = "/tmp/yolodeck-fuzz-XXXXXX", archive[64], folder[64];
    if (!mkdtemp(root)) return 0;
    bool zip = size > 1 && data[0] == 'P';
    snprintf(archive, sizeof archive, "%s/a.%s", root, zip ? "zip" : "tgz");
    snprintf(folder, sizeof folder, "%s/to", root);
    const yd_unpack_request request = {.archive = archive, .folder = folder};
    if (yd_make_folders(folder, NULL) == YD_OK && yd_file_append(archive, data, size, NULL) == YD_OK &&
        yd_unpack(&request, NULL) != YD_OK)
        YD_ASSERT(rmdir(folder) == 0); /* a refusal leaves nothing */
    int names = 0;
    DIR *open_root = opendir(root);
    for (struct dirent *e; open_root && (e = readdir(open_root));) names++;
    if (open_root) closedir(open_root);
    YD_ASSERT(names <= 4); /* ".", "..", the archive, the folder */
    nftw(root, look_and_remove, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
