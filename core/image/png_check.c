#include "image/png_check.h"
#include <string.h>

/* CRC-32 of ISO 3309, four bits at a time: the table fits in a cache line. */
static uint32_t crc32_of(const uint8_t *data, size_t length)
{
    static const uint32_t table[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
                                       0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                       0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static uint32_t read_u32(const uint8_t *data)
{
    return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

const char *yd_png_check(const uint8_t *data, size_t length, bool header_only, int *width, int *height)
{
    enum { SIGNATURE = 8, FRAME = 12 }; /* FRAME: length, type and CRC around a chunk's data */
    *width = *height = 0;
    if (length < SIGNATURE + FRAME + 13) return "truncated";
    if (read_u32(data + SIGNATURE) != 13 || memcmp(data + SIGNATURE + 4, "IHDR", 4) != 0)
        return "no IHDR chunk";
    uint32_t w = read_u32(data + SIGNATURE + 8), h = read_u32(data + SIGNATURE + 12);
    if (w == 0 || h == 0 || w > INT32_MAX || h > INT32_MAX) return "an impossible size";
    *width = (int)w;
    *height = (int)h;
    for (size_t at = SIGNATURE; !header_only || at == SIGNATURE;) {
        if (length - at < FRAME) return "truncated";
        size_t size = read_u32(data + at);
        if (size > length - at - FRAME) return "truncated";
        if (crc32_of(data + at + 4, size + 4) != read_u32(data + at + 8 + size))
            return "a chunk whose CRC is wrong";
        if (memcmp(data + at + 4, "IEND", 4) == 0) break;
        at += size + FRAME;
    }
    return NULL;
}
