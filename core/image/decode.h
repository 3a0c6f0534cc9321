/* Picture files: what their header says, and their pixels. JPEG, PNG, BMP, TIFF and WebP; a GIF is recognised
 * by its first bytes, so that the message can name it, and refused. */
#pragma once
#include "image/image.h"
#include <stdbool.h>

typedef enum yd_image_format {
    YD_FORMAT_UNKNOWN,
    YD_FORMAT_JPEG,
    YD_FORMAT_PNG,
    YD_FORMAT_BMP,
    YD_FORMAT_TIFF,
    YD_FORMAT_WEBP,
    YD_FORMAT_GIF
} yd_image_format;

typedef struct yd_image_info {
    yd_image_format format;
    int width, height; /* as stored, before the orientation is applied */
    int components;    /* of a JPEG: 1 grey, 3 colour, 4 CMYK */
    int orientation;   /* EXIF, 1..8; JPEG only */
    bool multi;        /* a JPEG that holds further pictures (MPO) */
    bool ended; /* the file ends as its format demands (JPEG: FF D9 are its last bytes; always for MPO) */
} yd_image_info;

/* Reads the header only. name stands in the messages. YD_ERR_FORMAT: empty, not a picture, truncated inside
 * the header, or of a size outside the limits; YD_ERR_UNSUPPORTED: a format that is not decoded here. */
yd_status yd_image_probe(const void *data, size_t length, const char *name, yd_image_info *info,
                         yd_error *error);

/* As yd_image_probe, reading no more of the file than it needs; of a PNG every chunk's CRC is checked too. */
yd_status yd_image_probe_file(const char *path, yd_image_info *info, yd_error *error);
/* The same of a regular file of size bytes that is open already; path: its name. */
yd_status yd_image_probe_open(int fd, int64_t size, const char *path, yd_image_info *info, yd_error *error);

/* Decodes to upright RGB: EXIF orientation applied, 16 bits cut to the high byte, alpha dropped, grey
 * replicated. The caller frees *image. YD_ERR_FORMAT with the decoder's reason, YD_ERR_UNSUPPORTED,
 * YD_ERR_MEMORY. */
yd_status yd_image_decode(const void *data, size_t length, const char *name, yd_image *image,
                          yd_error *error);

/* The same of a file; YD_ERR_IO where it cannot be read. */
yd_status yd_image_read(const char *path, yd_image *image, yd_error *error);
