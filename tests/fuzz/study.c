/* Any bytes as a study of val: no more lines than there are sizes, or none at all. */
#include "series/study.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    yd_study study;
    int fd = memfd_create("study", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (yd_study_read(path, &study, NULL) == YD_OK)
        YD_ASSERT(study.count > 0 && study.count <= YD_STUDY_SIZES && (size_t)study.count * 20 <= size + 1);
    close(fd);
    return 0;
}
