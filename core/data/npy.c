#include "data/npy.h"
#include <stdio.h>
#include <string.h>

enum { PREFIX = 10 }; /* magic, version, and the length of the text that follows */
static const uint8_t magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

void yd_npy_write_header(int width, int height, uint8_t header[YD_NPY_HEADER])
{
    char text[YD_NPY_HEADER - PREFIX + 1];
    int length = snprintf(text, sizeof text,
                          "{'descr': '|u1', 'fortran_order': False, 'shape': (%d, %d, 3), }", height, width);
    memset(header, ' ', YD_NPY_HEADER);
    memcpy(header, magic, sizeof magic);
    header[6] = 1, header[7] = 0;
    header[8] = YD_NPY_HEADER - PREFIX, header[9] = 0;
    memcpy(header + PREFIX, text, (size_t)length);
    header[YD_NPY_HEADER - 1] = '\n';
}

bool yd_npy_read_header(const uint8_t *bytes, size_t count, int *width, int *height, size_t *offset)
{
    char text[YD_NPY_HEADER + 1], end[2];
    if (count < YD_NPY_HEADER || memcmp(bytes, magic, sizeof magic) != 0) return false;
    size_t prefix = bytes[6] == 1 ? PREFIX : PREFIX + 2, length = bytes[8] + 256u * bytes[9];
    if ((bytes[6] != 1 && bytes[6] != 2) || bytes[7] != 0) return false;
    if (bytes[6] == 2) length += 65536u * bytes[10] + 16777216u * (size_t)bytes[11];
    /* NumPy pads with blanks; the text itself is always near the front. */
    memcpy(text, bytes, YD_NPY_HEADER);
    text[YD_NPY_HEADER] = '\0';
    *offset = prefix + length;
    return sscanf(text + prefix, "{'descr': '|u1', 'fortran_order': False, 'shape': (%9d, %9d, 3), %1[}]",
                  height, width, end) == 3 &&
           *width > 0 && *height > 0;
}
