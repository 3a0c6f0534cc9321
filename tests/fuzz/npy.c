/* Any bytes as the header of a picture's .npy file. */
#include "data/npy.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int width, height;
    size_t offset;
    if (yd_npy_read_header(data, size, &width, &height, &offset) && (width < 1 || height < 1 || offset < 10))
        abort();
    return 0;
}
