/* Picture files: formats, orientations, and everything that can be wrong with one. */
#include "base/file.h"
#include "image/decode.h"
#include "image/exif.h"
#include "image/png_write.h"
#include "image/write.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 48, HEIGHT = 32 };

/* Four quadrants, so that every orientation looks different. */
static yd_image quadrants(void)
{
    static const uint8_t colours[4][3] = {{250, 20, 20}, {20, 250, 20}, {20, 20, 250}, {240, 240, 40}};
    yd_image image;
    REQUIRE(yd_image_create(WIDTH, HEIGHT, &image, NULL) == YD_OK);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            memcpy(image.pixels + (y * WIDTH + x) * 3, colours[(y >= HEIGHT / 2) * 2 + (x >= WIDTH / 2)], 3);
    return image;
}

static yd_text encode(bool png)
{
    yd_text data = {0};
    yd_image image = quadrants();
    REQUIRE((png ? yd_image_encode_png(&image, &data, NULL)
                 : yd_image_encode_jpeg(&image, 95, &data, NULL)) == YD_OK);
    yd_image_free(&image);
    return data;
}

/* A JPEG with an EXIF block that says this orientation, in either byte order. */
static yd_text encode_turned(int orientation, bool big_endian)
{
    static const uint8_t little[] = {0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0,    0,    'I', 'I',
                                     42,   0,    8, 0,  0,   0,   1,   0,   0x12, 0x01, 3,   0,
                                     1,    0,    0, 0,  0,   0,   0,   0,   0,    0,    0,   0};
    static const uint8_t big[] = {0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0,    0,    'M', 'M',
                                  0,    42,   0, 0,  0,   8,   0,   1,   0x01, 0x12, 0,   3,
                                  0,    0,    0, 1,  0,   0,   0,   0,   0,    0,    0,   0};
    uint8_t block[sizeof little];
    memcpy(block, big_endian ? big : little, sizeof block);
    block[big_endian ? 29 : 28] = (uint8_t)orientation;
    yd_text plain = encode(false), data = {0};
    yd_text_add_bytes(&data, plain.data, 2);
    yd_text_add_bytes(&data, block, sizeof block);
    yd_text_add_bytes(&data, plain.data + 2, plain.length - 2);
    yd_text_free(&plain);
    return data;
}

static const uint8_t *at(const yd_image *image, int x, int y)
{
    return image->pixels + (y * image->width + x) * 3;
}

static bool near_colour(const uint8_t *pixel, int r, int g, int b)
{
    return abs(pixel[0] - r) < 12 && abs(pixel[1] - g) < 12 && abs(pixel[2] - b) < 12;
}

static int quadrant_of(const uint8_t *pixel)
{
    if (near_colour(pixel, 250, 20, 20)) return 0;
    if (near_colour(pixel, 20, 250, 20)) return 1;
    if (near_colour(pixel, 20, 20, 250)) return 2;
    return near_colour(pixel, 240, 240, 40) ? 3 : -1;
}

/* For each orientation the quadrants seen at upper left, upper right, lower left, lower right
 * (EXIF 2.32, 4.6.4). */
static void orientation(void)
{
    static const int wanted[9][4] = {{0},          {0, 1, 2, 3}, {1, 0, 3, 2}, {3, 2, 1, 0}, {2, 3, 0, 1},
                                     {0, 2, 1, 3}, {2, 0, 3, 1}, {3, 1, 2, 0}, {1, 3, 0, 2}};
    for (int o = 1; o <= 8; o++)
        for (int big = 0; big < 2; big++) {
            yd_text data = encode_turned(o, big);
            yd_image_info info;
            yd_image image;
            CHECK(yd_image_probe(data.data, data.length, "x", &info, NULL) == YD_OK);
            CHECK(info.orientation == o && info.width == WIDTH && info.height == HEIGHT && info.ended);
            REQUIRE(yd_image_decode(data.data, data.length, "x", &image, NULL) == YD_OK);
            CHECK(image.width == (o >= 5 ? HEIGHT : WIDTH) && image.height == (o >= 5 ? WIDTH : HEIGHT));
            for (int i = 0; i < 4; i++) {
                int x = i % 2 ? image.width * 3 / 4 : image.width / 4,
                    y = i / 2 ? image.height * 3 / 4 : image.height / 4;
                CHECK(quadrant_of(at(&image, x, y)) == wanted[o][i]);
            }
            yd_image_free(&image);
            yd_text_free(&data);
        }
}

static void orientation_hostile(void)
{
    uint8_t block[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0};
    CHECK(yd_exif_orientation(block, sizeof block) == 6);
    for (size_t length = 0; length < sizeof block; length++) CHECK(yd_exif_orientation(block, length) == 1);
    static const struct {
        int place;
        uint8_t value;
    } spoil[] = {{0, 'X'}, {2, 0}, {4, 200}, {7, 255}, {12, 4}, {14, 2}, {18, 9}, {18, 0}, {10, 0}, {8, 0}};
    for (size_t i = 0; i < sizeof spoil / sizeof *spoil; i++) {
        uint8_t copy[sizeof block];
        memcpy(copy, block, sizeof block);
        copy[spoil[i].place] = spoil[i].value;
        CHECK(yd_exif_orientation(copy, sizeof copy) == 1);
    }
}

/* ---- PNG and BMP, written by hand ---- */

static void put_u32(yd_text *out, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                        (uint8_t)value};
    yd_text_add_bytes(out, bytes, 4);
}

static uint32_t crc_of(const char *data, size_t length)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < length; i++) {
        crc ^= (uint8_t)data[i];
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

static void put_chunk(yd_text *out, const char *type, const void *data, size_t length)
{
    put_u32(out, (uint32_t)length);
    size_t start = out->length;
    yd_text_add_bytes(out, type, 4);
    yd_text_add_bytes(out, data, length);
    put_u32(out, crc_of(out->data + start, out->length - start));
}

/* raw: the filtered rows; stored without compression. */
static yd_text make_png(uint32_t width, uint32_t height, int depth, int type, const uint8_t *raw,
                        size_t length)
{
    yd_text png = {0}, header = {0}, body = {0};
    yd_text_add_bytes(&png, "\x89PNG\r\n\x1A\n", 8);
    put_u32(&header, width);
    put_u32(&header, height);
    const uint8_t rest[5] = {(uint8_t)depth, (uint8_t)type, 0, 0, 0};
    yd_text_add_bytes(&header, rest, 5);
    put_chunk(&png, "IHDR", header.data, header.length);
    const uint8_t stored[7] = {
        0x78, 0x01, 1, (uint8_t)length, (uint8_t)(length >> 8), (uint8_t)~length, (uint8_t)(~length >> 8)};
    yd_text_add_bytes(&body, stored, 7);
    yd_text_add_bytes(&body, raw, length);
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < length; i++) a = (a + raw[i]) % 65521, b = (b + a) % 65521;
    put_u32(&body, b << 16 | a);
    put_chunk(&png, "IDAT", body.data, body.length);
    put_chunk(&png, "IEND", "", 0);
    yd_text_free(&header);
    yd_text_free(&body);
    return png;
}

static void check_pixel(const yd_text *data, int x, int y, int r, int g, int b)
{
    yd_image image;
    yd_error error;
    if (yd_image_decode(data->data, data->length, "x", &image, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    const uint8_t *pixel = at(&image, x, y);
    CHECK(pixel[0] == r && pixel[1] == g && pixel[2] == b);
    yd_image_free(&image);
}

static void png_kinds(void)
{
    const uint8_t deep[] = {0, 0x12, 0xFF, 0x80, 0x7F, 0xFE, 0x01}; /* one RGB pixel of 16 bits */
    yd_text png = make_png(1, 1, 16, 2, deep, sizeof deep);
    check_pixel(&png, 0, 0, 0x12, 0x80, 0xFE); /* the high byte, not rounded */
    yd_text_free(&png);
    const uint8_t grey[] = {0, 10, 200};
    png = make_png(2, 1, 8, 0, grey, sizeof grey);
    check_pixel(&png, 1, 0, 200, 200, 200);
    yd_text_free(&png);
    const uint8_t alpha[] = {0, 9, 8, 7, 0}; /* wholly transparent, and yet its colour counts */
    png = make_png(1, 1, 8, 6, alpha, sizeof alpha);
    check_pixel(&png, 0, 0, 9, 8, 7);
    yd_text_free(&png);
}

static void bmp(void)
{
    uint8_t data[54 + 8 * 2] = {'B', 'M', 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40,
                                0,   0,   0,  2, 0, 0, 0, 2, 0, 0, 0,  1, 0, 24};
    const uint8_t pixels[16] = {1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0};
    memcpy(data + 54, pixels, sizeof pixels);
    yd_text bytes = {0};
    yd_text_add_bytes(&bytes, data, sizeof data);
    check_pixel(&bytes, 0, 1, 3, 2, 1); /* rows from the bottom, blue first */
    check_pixel(&bytes, 1, 0, 12, 11, 10);
    yd_image_info info;
    CHECK(yd_image_probe(bytes.data, bytes.length, "x", &info, NULL) == YD_OK);
    CHECK(info.format == YD_FORMAT_BMP && info.width == 2 && info.height == 2);
    yd_text_free(&bytes);
}

/* The smallest progressive JPEG: one grey block whose only scan holds the mean, 128 + 8 * 100 / 8; scans: how
 * often it comes; without_table: its Huffman table is missing. */
static yd_text make_progressive(int scans, bool without_table)
{
    static const uint8_t frame[] = {0xFF, 0xC2, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0},
                         table[] = {0xFF, 0xC4, 0, 21, 0, 0, 2, 0, 0, 0, 0, 0,
                                    0,    0,    0, 0,  0, 0, 0, 0, 0, 0, 7},
                         scan[] = {0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0, 0x72, 0x7F};
    uint8_t quantisation[69] = {0xFF, 0xDB, 0, 67, 0};
    memset(quantisation + 5, 8, 64);
    yd_text data = {0};
    yd_text_add_bytes(&data, "\xFF\xD8", 2);
    yd_text_add_bytes(&data, quantisation, sizeof quantisation);
    yd_text_add_bytes(&data, frame, sizeof frame);
    if (!without_table) yd_text_add_bytes(&data, table, sizeof table);
    for (int i = 0; i < scans; i++) yd_text_add_bytes(&data, scan, sizeof scan);
    yd_text_add_bytes(&data, "\xFF\xD9", 2);
    return data;
}

static void progressive(void)
{
    yd_text data = make_progressive(1, false), without = make_progressive(1, true);
    check_pixel(&data, 7, 7, 228, 228, 228);
    yd_image image;
    CHECK(yd_image_decode(without.data, without.length, "x", &image, NULL) == YD_ERR_FORMAT);
    yd_text_free(&data);
    yd_text_free(&without);
}

/* ---- WebP and TIFF ---- */

/* The quadrants, without loss. */
static const uint8_t webp[] = {
    0x52, 0x49, 0x46, 0x46, 0x48, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50, 0x38, 0x4C,
    0x3C, 0x00, 0x00, 0x00, 0x2F, 0x2F, 0xC0, 0x07, 0x00, 0x1F, 0x20, 0x24, 0x20, 0x4E, 0x48, 0xFE,
    0xCF, 0x92, 0x6D, 0x12, 0x12, 0x10, 0x46, 0xF8, 0x3F, 0xCF, 0x04, 0x59, 0x48, 0x40, 0x18, 0x21,
    0xF9, 0xBF, 0x52, 0x9A, 0xFF, 0xC0, 0x4F, 0x0C, 0x2D, 0xA8, 0x69, 0xDB, 0x08, 0x2A, 0xC9, 0x92,
    0x3C, 0x92, 0x6F, 0xE6, 0xCE, 0x11, 0xFD, 0x9F, 0x80, 0x42, 0x63, 0x66, 0xC2, 0xC6, 0xCC, 0x00};

static void add_number(yd_text *data, bool big_endian, unsigned value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        char byte = (char)(value >> 8 * (big_endian ? bytes - 1 - i : i));
        yd_text_add_bytes(data, &byte, 1);
    }
}

/* The quadrants as a TIFF without compression, its directory behind the pixels; samples of 8 or 16 bits, the
 * low byte of the latter zero, and as many as wanted a pixel: 1 (the green), 3, or 4 with an alpha of no
 * meaning to us. */
static yd_text make_tiff(bool big_endian, int bits, int samples)
{
    yd_image image = quadrants();
    yd_text data = {0};
    const unsigned count = WIDTH * HEIGHT * (unsigned)(samples * bits / 8), after = 8 + count;
    yd_text_add_bytes(&data, big_endian ? "MM\0*" : "II*\0", 4);
    add_number(&data, big_endian, after + 8, 4);
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        for (int c = 0; c < samples; c++) {
            unsigned value = c == 3 ? 255 : image.pixels[3 * i + (samples == 1 ? 1 : c)];
            add_number(&data, big_endian, bits == 16 ? value * 257 : value, bits / 8);
        }
    for (int c = 0; c < 4; c++) add_number(&data, big_endian, (unsigned)bits, 2);
    const unsigned entries[][4] = {{256, 3, 1, WIDTH},
                                   {257, 3, 1, HEIGHT},
                                   {258, 3, (unsigned)samples, samples > 2 ? after : (unsigned)bits},
                                   {259, 3, 1, 1},
                                   {262, 3, 1, samples > 2 ? 2 : 1},
                                   {273, 4, 1, 8},
                                   {277, 3, 1, (unsigned)samples},
                                   {278, 3, 1, HEIGHT},
                                   {279, 4, 1, count}};
    add_number(&data, big_endian, sizeof entries / sizeof *entries, 2);
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        const bool small =
            entries[i][1] == 3 && entries[i][2] == 1; /* a short stands at the front of its place */
        add_number(&data, big_endian, entries[i][0], 2);
        add_number(&data, big_endian, entries[i][1], 2);
        add_number(&data, big_endian, entries[i][2], 4);
        add_number(&data, big_endian, entries[i][3], small ? 2 : 4);
        if (small) add_number(&data, big_endian, 0, 2);
    }
    add_number(&data, big_endian, 0, 4);
    yd_image_free(&image);
    return data;
}

static void check_quadrants(const void *data, size_t length, bool grey)
{
    yd_image image, wanted = quadrants();
    yd_image_info info;
    yd_error error = {0};
    CHECK(yd_image_probe(data, length, "x", &info, &error) == YD_OK);
    CHECK(info.width == WIDTH && info.height == HEIGHT);
    CHECK(yd_image_decode(data, length, "x", &image, &error) == YD_OK);
    CHECK_TEXT(error.message, "");
    REQUIRE(image.pixels && image.width == WIDTH && image.height == HEIGHT);
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
        REQUIRE(image.pixels[i] == wanted.pixels[grey ? i / 3 * 3 + 1 : i]);
    yd_image_free(&image);
    yd_image_free(&wanted);
}

static void other_libraries(void)
{
    check_quadrants(webp, sizeof webp, false);
    static const struct {
        bool big_endian;
        int bits, samples;
    } kinds[] = {{false, 8, 3}, {true, 8, 3}, {false, 16, 3}, {true, 16, 3}, {false, 8, 1}, {false, 8, 4}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        yd_text tiff = make_tiff(kinds[i].big_endian, kinds[i].bits, kinds[i].samples);
        check_quadrants(tiff.data, tiff.length, kinds[i].samples == 1);
        yd_text_free(&tiff);
    }
}

/* A TIFF's directory may lie behind more than the scan reads at first. */
static void tiff_file(void)
{
    char path[4096];
    yd_image_info info;
    yd_text tiff = make_tiff(false, 16, 4);
    CHECK(tiff.length > 8192);
    snprintf(path, sizeof path, "%s/x.tif", yd_test_folder());
    REQUIRE(yd_file_write(path, tiff.data, tiff.length, NULL) == YD_OK);
    CHECK(yd_image_probe_file(path, &info, NULL) == YD_OK);
    CHECK(info.format == YD_FORMAT_TIFF && info.width == WIDTH && info.height == HEIGHT);
    yd_text_free(&tiff);
}

/* ---- what can be wrong ---- */

static void refuse(const void *data, size_t length, yd_status status, const char *message)
{
    yd_image image;
    yd_error error = {0};
    char *copy = malloc(length + !length);
    REQUIRE(copy);
    memcpy(copy, data, length);
    CHECK(yd_image_decode(copy, length, "x.jpg", &image, &error) == status);
    CHECK_TEXT(error.message, message);
    CHECK(image.pixels == NULL);
    free(copy);
}

static void wrong_kinds(void)
{
    refuse("", 0, YD_ERR_FORMAT, "x.jpg: an empty file");
    refuse("<html><body>404</body></html>", 29, YD_ERR_FORMAT, "x.jpg: not a picture");
    refuse("GIF89a\1\0\1\0\0\0\0", 13, YD_ERR_UNSUPPORTED,
           "x.jpg: a GIF picture; JPEG, PNG, BMP, TIFF and WebP are read");
    refuse("RIFF\40\0\0\0WEBPVP8 ", 16, YD_ERR_FORMAT, "x.jpg: a broken WebP: truncated");
    refuse("\xFF\xD8\xFF", 3, YD_ERR_FORMAT, "x.jpg: a broken JPEG: truncated");
    refuse("BM", 2, YD_ERR_FORMAT, "x.jpg: a broken BMP: truncated");
    refuse("\x89PNG\r\n\x1A\n", 8, YD_ERR_FORMAT, "x.jpg: a broken PNG: truncated");
}

/* No prefix of a file decodes, and none reads beyond its end. */
static void refuse_every_prefix(const char *data, size_t length)
{
    for (size_t count = 0; count < length; count++) {
        char *copy = malloc(count + !count);
        yd_image image;
        REQUIRE(copy);
        memcpy(copy, data, count);
        CHECK(yd_image_decode(copy, count, "x", &image, NULL) == YD_ERR_FORMAT);
        free(copy);
    }
}

static void truncated(void)
{
    yd_text files[] = {encode(false), encode(true), make_tiff(false, 8, 3)};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const size_t next_directory = i == 2 ? 4 : 0; /* a TIFF's last field, which nobody misses */
        refuse_every_prefix(files[i].data, files[i].length - next_directory);
        yd_text_free(&files[i]);
    }
    refuse_every_prefix((const char *)webp, sizeof webp - 1); /* the last byte is padding */
}

/* Any damage to a PNG is noticed: each chunk has a CRC. */
static void png_damage(void)
{
    yd_text data = encode(true);
    char path[4200];
    yd_image_info info;
    for (size_t i = 8; i < data.length; i++) {
        yd_image image = {0};
        data.data[i] ^= 0x10;
        CHECK(yd_image_decode(data.data, data.length, "x", &image, NULL) != YD_OK);
        data.data[i] ^= 0x10;
        yd_image_free(&image);
    }
    data.data[data.length / 2] ^= 1;
    snprintf(path, sizeof path, "%s/damaged.png", yd_test_folder());
    REQUIRE(yd_file_write(path, data.data, data.length, NULL) == YD_OK);
    CHECK(yd_image_probe_file(path, &info, NULL) == YD_ERR_FORMAT);
    yd_text_free(&data);
}

/* Damage to a JPEG may go unnoticed, but it must be harmless. */
static void jpeg_damage(void)
{
    yd_text data = encode_turned(6, true);
    for (size_t i = 2; i < data.length; i++)
        for (int bit = 0; bit < 8; bit += 3) {
            yd_image image = {0};
            data.data[i] ^= (char)(1 << bit);
            yd_image_decode(data.data, data.length, "x", &image, NULL);
            data.data[i] ^= (char)(1 << bit);
            yd_image_free(&image);
        }
    yd_text_free(&data);
}

/* A small file that would keep the decoder busy for long. */
static void jpeg_scans(void)
{
    yd_text data = make_progressive(1000, false);
    refuse(data.data, data.length, YD_ERR_FORMAT, "x.jpg: a broken JPEG: more than 200 scans");
    yd_text_free(&data);
}

/* Compressed data that breaks off before a proper end marker: what is there is shown, as the original's
 * decoder does. */
static void jpeg_gap(void)
{
    yd_text data = encode(false);
    size_t scan = 0;
    for (size_t i = 2; !scan; i += 2 + ((size_t)(uint8_t)data.data[i + 2] << 8 | (uint8_t)data.data[i + 3]))
        if ((uint8_t)data.data[i + 1] == 0xDA) scan = i;
    size_t header = 2 + ((size_t)(uint8_t)data.data[scan + 2] << 8 | (uint8_t)data.data[scan + 3]);
    data.length = scan + header + 8;
    yd_text_add_bytes(&data, "\xFF\xD9", 2);
    yd_image image;
    REQUIRE(yd_image_decode(data.data, data.length, "x", &image, NULL) == YD_OK);
    CHECK(image.width == WIDTH && image.height == HEIGHT && quadrant_of(at(&image, 2, 2)) == 0);
    yd_image_free(&image);
    yd_text_free(&data);
}

/* Tables that would make the decoder behind write beyond its own. */
static void jpeg_tables(void)
{
    yd_text data = encode(false);
    size_t table = 0, scan = 0;
    for (size_t i = 2; i + 4 < data.length && !scan;) {
        if ((uint8_t)data.data[i + 1] == 0xC4) table = i;
        if ((uint8_t)data.data[i + 1] == 0xDA) scan = i;
        i += 2 + ((size_t)(uint8_t)data.data[i + 2] << 8 | (uint8_t)data.data[i + 3]);
    }
    REQUIRE(table && scan);
    memset(data.data + table + 5, 0, 16);
    memset(data.data + table + 5 + 14, 255,
           2); /* 510 codes, of 15 and 16 bits: more than there are symbols */
    refuse(data.data, data.length, YD_ERR_FORMAT,
           "x.jpg: a broken JPEG: a Huffman table of the wrong length");
    memset(data.data + table + 5, 255, 16);
    refuse(data.data, data.length, YD_ERR_FORMAT,
           "x.jpg: a broken JPEG: more Huffman codes than their lengths allow");
    yd_text_free(&data);
    data = encode(false);
    data.data[table + 1] = (char)0xEF; /* the tables become a segment that nobody reads */
    refuse(data.data, data.length, YD_ERR_FORMAT, "x.jpg: a broken JPEG: a missing Huffman table");
    yd_text_free(&data);
}

static void sizes(void)
{
    const uint8_t raw[] = {0, 0};
    yd_text png = make_png(70000, 10, 8, 0, raw, sizeof raw);
    refuse(png.data, png.length, YD_ERR_FORMAT,
           "x.jpg: 70000 x 10 pixels; at most 65535 a side and 268435456 in all are read");
    yd_text_free(&png);
    png = make_png(60000, 60000, 8, 0, raw, sizeof raw); /* a bomb: 3.6e9 pixels */
    refuse(png.data, png.length, YD_ERR_FORMAT,
           "x.jpg: 60000 x 60000 pixels; at most 65535 a side and 268435456 in all are read");
    yd_text_free(&png);
    png = make_png(0, 10, 8, 0, raw, sizeof raw);
    refuse(png.data, png.length, YD_ERR_FORMAT, "x.jpg: a broken PNG: an impossible size");
    yd_text_free(&png);
}

/* The end marker, and what follows it. */
static void unended(void)
{
    char path[4200];
    yd_text data = encode(false);
    yd_image_info info;
    yd_image image;
    snprintf(path, sizeof path, "%s/unended.jpg", yd_test_folder());
    yd_text_add_bytes(&data, "\0\0\0", 3);
    REQUIRE(yd_file_write(path, data.data, data.length, NULL) == YD_OK);
    CHECK(yd_image_probe_file(path, &info, NULL) == YD_OK);
    CHECK(!info.ended);
    CHECK(yd_image_read(path, &image, NULL) == YD_OK);
    yd_image_free(&image);
    REQUIRE(yd_file_write(path, data.data, data.length - 3 - 2, NULL) == YD_OK);
    CHECK(yd_image_probe_file(path, &info, NULL) == YD_OK);
    CHECK(!info.ended);
    CHECK(yd_image_read(path, &image, NULL) == YD_ERR_FORMAT);
    yd_text_free(&data);
}

/* Headers that end in, on and behind the borders of the pieces that are read. */
static void late_header(void)
{
    char path[4200];
    yd_text plain = encode(false);
    static uint8_t comment[65537] = {0xFF, 0xFE};
    static const int lengths[] = {100, 3200, 3700, 4000, 4095, 4096, 8000, 60000, 65200, 65535, 3 * 65535};
    snprintf(path, sizeof path, "%s/late.jpg", yd_test_folder());
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        yd_text data = {0};
        yd_text_add_bytes(&data, plain.data, 2);
        for (int left = lengths[i]; left > 0; left -= 65535) {
            int length = left < 65535 ? left : 65535;
            comment[2] = (uint8_t)(length >> 8), comment[3] = (uint8_t)length;
            yd_text_add_bytes(&data, comment, (size_t)length + 2);
        }
        yd_text_add_bytes(&data, plain.data + 2, plain.length - 2);
        yd_image_info info;
        REQUIRE(yd_file_write(path, data.data, data.length, NULL) == YD_OK);
        CHECK(yd_image_probe_file(path, &info, NULL) == YD_OK);
        CHECK(info.width == WIDTH && info.height == HEIGHT && info.ended);
        REQUIRE(yd_file_write(path, data.data, data.length - 1, NULL) == YD_OK);
        CHECK(yd_image_probe_file(path, &info, NULL) == YD_OK && !info.ended);
        REQUIRE(yd_file_write(path, data.data, (size_t)lengths[i] / 2 + 2, NULL) == YD_OK);
        CHECK(yd_image_probe_file(path, &info, NULL) == YD_ERR_FORMAT);
        yd_text_free(&data);
    }
    yd_text_free(&plain);
}

static void files(void)
{
    yd_image image = {0};
    yd_image_info info;
    yd_error error;
    CHECK(yd_image_read("/nonexistent/x.jpg", &image, &error) == YD_ERR_IO);
    CHECK(yd_image_read(yd_test_folder(), &image, &error) == YD_ERR_FORMAT);
    CHECK(yd_image_probe_file(yd_test_folder(), &info, &error) == YD_ERR_IO);
    CHECK(yd_image_probe_file("/dev/zero", &info, &error) == YD_ERR_IO);
}

static void write_and_read(void)
{
    char path[4200];
    yd_image image = quadrants(), back;
    yd_error error;
    snprintf(path, sizeof path, "%s/back.png", yd_test_folder());
    REQUIRE(yd_image_write(&image, path, NULL) == YD_OK);
    REQUIRE(yd_image_read(path, &back, NULL) == YD_OK);
    CHECK(back.width == WIDTH && back.height == HEIGHT);
    CHECK(memcmp(image.pixels, back.pixels, yd_image_bytes(&image)) == 0);
    yd_image_free(&back);
    snprintf(path, sizeof path, "%s/back.JPEG", yd_test_folder());
    REQUIRE(yd_image_write(&image, path, NULL) == YD_OK);
    REQUIRE(yd_image_read(path, &back, NULL) == YD_OK);
    for (int i = 0; i < 4; i++) CHECK(quadrant_of(at(&back, 12 + i % 2 * 24, 8 + i / 2 * 16)) == i);
    yd_image_free(&back);
    CHECK(yd_image_write(&image, "/tmp/x.gif", &error) == YD_ERR_UNSUPPORTED);
    CHECK(yd_image_write(&image, "/nonexistent/x.png", &error) == YD_ERR_IO);
    yd_image_free(&image);
}

/* Both efforts, sizes down to one pixel, flat pictures and noise. */
static void png_loses_nothing(void)
{
    static const int shapes[][2] = {{1, 1}, {1, 40}, {40, 1}, {3, 7}, {257, 129}};
    uint32_t noise = 1;
    for (int i = 0; i < 20; i++) {
        yd_image image, read;
        yd_text data = {0};
        REQUIRE(yd_image_create(shapes[i / 4][0], shapes[i / 4][1], &image, NULL) == YD_OK);
        for (size_t at = 0; at < yd_image_bytes(&image); at++) {
            noise = noise * 1664525 + 1013904223;
            image.pixels[at] = (uint8_t)(i & 1 ? noise >> 24 : at / 500);
        }
        REQUIRE(yd_png_encode(&image, i & 2 ? YD_PNG_FAST : YD_PNG_SMALL, &data, NULL) == YD_OK);
        REQUIRE(yd_image_decode(data.data, data.length, "made.png", &read, NULL) == YD_OK);
        CHECK(read.width == image.width && read.height == image.height &&
              memcmp(read.pixels, image.pixels, yd_image_bytes(&image)) == 0);
        yd_image_free(&image);
        yd_image_free(&read);
        yd_text_free(&data);
    }
}

static const yd_test_case cases[] = {
    {"orientation", orientation},
    {"orientation, hostile", orientation_hostile},
    {"PNG kinds", png_kinds},
    {"BMP", bmp},
    {"progressive", progressive},
    {"WebP and TIFF", other_libraries},
    {"TIFF, a late directory", tiff_file},
    {"wrong kinds", wrong_kinds},
    {"truncated", truncated},
    {"PNG damage", png_damage},
    {"JPEG damage", jpeg_damage},
    {"JPEG tables", jpeg_tables},
    {"JPEG scans", jpeg_scans},
    {"JPEG, a gap", jpeg_gap},
    {"sizes", sizes},
    {"unended", unended},
    {"late header", late_header},
    {"files", files},
    {"write and read", write_and_read},
    {"PNG loses nothing", png_loses_nothing},
};
TEST_MAIN(cases)
