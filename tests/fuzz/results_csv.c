/* Any bytes as results.csv: what is read is in order, and no more than there was. */
#include "series/results_reader.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    yd_results results;
    int fd = memfd_create("results", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (yd_results_read(path, &results, NULL) == YD_OK) {
        YD_ASSERT(results.count >= 0 && (size_t)results.count <= size);
        for (int i = 0; i < results.count; i++)
            YD_ASSERT(results.rows[i].epoch > (i ? results.rows[i - 1].epoch : -1));
        yd_results_free(&results);
    }
    close(fd);
    return 0;
}
