#include "image/png_write.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CHANNELS = 3, FILTER_NONE = 0, FILTER_SUB = 1, FILTER_UP = 2, FILTERS = 3, BLOCK = 64 << 10 };

static void put_32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* Length, type, data, CRC of type and data. */
static void add_chunk(yd_text *out, const char type[4], const uint8_t *data, size_t length)
{
    uint8_t head[8], tail[4];
    put_32(head, (uint32_t)length);
    memcpy(head + 4, type, 4);
    uLong crc = crc32(0, head + 4, 4);
    if (length) crc = crc32(crc, data, (uInt)length);
    put_32(tail, (uint32_t)crc);
    yd_text_add_bytes(out, head, sizeof head);
    if (length) yd_text_add_bytes(out, data, length);
    yd_text_add_bytes(out, tail, sizeof tail);
}

static void add_header(yd_text *out, const yd_image *image)
{
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint8_t header[13] = {[8] = 8, [9] = 2}; /* bits, RGB; deflate, the usual filters, not interlaced */
    put_32(header, (uint32_t)image->width);
    put_32(header + 4, (uint32_t)image->height);
    yd_text_add_bytes(out, signature, sizeof signature);
    add_chunk(out, "IHDR", header, sizeof header);
}

/* The row less another: what lies a pixel before each byte, or above it. */
static void subtract(uint8_t *restrict out, const uint8_t *row, const uint8_t *from, size_t length)
{
    for (size_t i = 0; i < length; i++) out[i] = (uint8_t)(row[i] - from[i]);
}

/* How far the bytes are from 0, taken as signed ones: what promises to be compressed best is the least. */
static uint64_t distance(const uint8_t *bytes, size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++) sum += bytes[i] < 128 ? bytes[i] : 256u - bytes[i];
    return sum;
}

/* rows: a buffer of FILTERS times 1 + length bytes. Returns the one of them to be compressed: its first byte
 * says how it was filtered. above: NULL in the first row. */
static uint8_t *filter_row(uint8_t *rows, const uint8_t *row, const uint8_t *above, size_t length)
{
    uint8_t *best = rows;
    uint64_t least = UINT64_MAX;
    for (int filter = FILTER_NONE; filter < FILTERS; filter++) {
        uint8_t *out = rows + (size_t)filter * (length + 1);
        out[0] = (uint8_t)filter;
        if (filter == FILTER_NONE) {
            memcpy(out + 1, row, length);
        } else if (filter == FILTER_SUB) {
            memcpy(out + 1, row, CHANNELS);
            subtract(out + 1 + CHANNELS, row + CHANNELS, row, length - CHANNELS);
        } else if (above) {
            subtract(out + 1, row, above, length);
        } else {
            continue;
        }
        uint64_t found = distance(out + 1, length);
        if (found >= least) continue;
        least = found;
        best = out;
    }
    return best;
}

/* Compresses what stream has as its input; every full block becomes a chunk. */
static bool compress_on(z_stream *stream, uint8_t block[BLOCK], int flush, yd_text *out)
{
    for (;;) {
        int status = deflate(stream, flush);
        bool over = status == Z_STREAM_END;
        if (status == Z_STREAM_ERROR) return false;
        if (stream->avail_out == 0 || over) {
            add_chunk(out, "IDAT", block, BLOCK - stream->avail_out);
            stream->next_out = block;
            stream->avail_out = BLOCK;
        } else {
            return true; /* it has taken all, and there is room left */
        }
        if (over) return true;
    }
}

yd_status yd_png_encode(const yd_image *image, yd_png_effort effort, yd_text *out, yd_error *error)
{
    if (yd_image_bytes(image) >= INT_MAX)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "a picture of %d x %d pixels is too large to be written",
                       image->width, image->height);
    size_t length = (size_t)image->width * CHANNELS;
    z_stream stream = {0};
    /* Runs alone are looked for where it has to be fast: behind the filters little else repeats in photos. */
    bool open = deflateInit2(&stream, effort == YD_PNG_FAST ? 1 : 6, Z_DEFLATED, MAX_WBITS, 8,
                             effort == YD_PNG_FAST ? Z_RLE : Z_DEFAULT_STRATEGY) == Z_OK;
    uint8_t *rows = malloc(FILTERS * (length + 1)), *block = malloc(BLOCK);
    bool good = open && rows && block;
    if (good) add_header(out, image);
    stream.next_out = block;
    stream.avail_out = BLOCK;
    for (int y = 0; y < image->height && good; y++) {
        const uint8_t *row = image->pixels + (size_t)y * length;
        stream.next_in = filter_row(rows, row, y ? row - length : NULL, length);
        stream.avail_in = (uInt)length + 1;
        good = compress_on(&stream, block, y + 1 < image->height ? Z_NO_FLUSH : Z_FINISH, out);
    }
    if (good) add_chunk(out, "IEND", NULL, 0);
    if (open) deflateEnd(&stream);
    free(rows);
    free(block);
    return good && !out->failed ? YD_OK
                                : yd_fail(error, YD_ERR_MEMORY, "out of memory while encoding a picture");
}
