/* The zip reader, on anything: every member is read. */
#include "io/zip.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    yd_zip *zip;
    if (yd_zip_open_memory(data, size, "fuzz", &zip, NULL) != YD_OK) return 0;
    for (size_t i = 0; i < yd_zip_count(zip); i++) {
        const yd_zip_member *member = yd_zip_at(zip, i);
        char *contents = NULL;
        if (yd_zip_find(zip, member->name) != member) abort();
        yd_zip_read(zip, member, 1 << 24, &contents, NULL);
        free(contents);
    }
    yd_zip_close(zip);
    return 0;
}
