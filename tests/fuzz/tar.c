/* The tar reader, on anything, compressed or not: every member is read. */
#include "io/tar.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    yd_tar *tar;
    yd_tar_member member;
    char piece[4096];
    bool more = true;
    int fd = memfd_create("tar", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0) return 0;
    if (yd_tar_open_file(fd, "fuzz", &tar, NULL) != YD_OK) return 0;
    for (int members = 0; members < 1000 && yd_tar_next(tar, &member, &more, NULL) == YD_OK && more;
         members++) {
        size_t length = 1;
        uint64_t whole = 0;
        YD_ASSERT(strlen(member.name) < sizeof member.name);
        while (length && yd_tar_read(tar, piece, sizeof piece, &length, NULL) == YD_OK && whole < 1 << 20)
            whole += length;
        YD_ASSERT(whole <= member.size);
    }
    yd_tar_close(tar);
    return 0;
}
