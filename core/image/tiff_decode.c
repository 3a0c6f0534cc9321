#include "image/tiff_decode.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

/* A file in memory that the library reads as if it were one on disk. */
typedef struct source {
    const uint8_t *data;
    toff_t length, at;
    char reason[160]; /* the library's first complaint */
} source;

static tmsize_t read_some(thandle_t handle, void *buffer, tmsize_t size)
{
    source *s = handle;
    if (size < 0 || s->at >= s->length) return 0;
    toff_t count = (toff_t)size < s->length - s->at ? (toff_t)size : s->length - s->at;
    memcpy(buffer, s->data + s->at, count);
    s->at += count;
    return (tmsize_t)count;
}

static tmsize_t write_nothing(thandle_t handle, void *buffer, tmsize_t size)
{
    (void)handle, (void)buffer, (void)size;
    return 0;
}

static toff_t seek_to(thandle_t handle, toff_t offset, int whence)
{
    source *s = handle;
    s->at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? s->at + offset : s->length + offset;
    return s->at;
}

static int close_nothing(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle)
{
    return ((source *)handle)->length;
}

static int keep_reason(TIFF *file, void *user, const char *module, const char *format, va_list arguments)
{
    (void)file, (void)module;
    source *s = user;
    if (!s->reason[0]) vsnprintf(s->reason, sizeof s->reason, format, arguments);
    return 1;
}

static int stay_silent(TIFF *file, void *user, const char *module, const char *format, va_list arguments)
{
    (void)file, (void)user, (void)module, (void)format, (void)arguments;
    return 1;
}

/* 'm': the pieces that a directory lists are not mapped but read, each with its length checked. */
static TIFF *open_source(source *s)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_reason, s);
    TIFFOpenOptionsSetWarningHandlerExtR(options, stay_silent, s);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)YD_IMAGE_MAX_PIXELS * 8);
    TIFF *file = TIFFClientOpenExt("", "rm", s, read_some, write_nothing, seek_to, close_nothing, size_of,
                                   NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return file;
}

/* A size that fits no int is none: the caller's limits are far below. */
static bool find_size(TIFF *file, int *width, int *height)
{
    uint32_t w = 0, h = 0;
    if (!TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &w) || !TIFFGetField(file, TIFFTAG_IMAGELENGTH, &h))
        return false;
    *width = w > INT32_MAX ? INT32_MAX : (int)w;
    *height = h > INT32_MAX ? INT32_MAX : (int)h;
    return true;
}

const char *yd_tiff_probe(const uint8_t *data, size_t length, int *width, int *height, char *reason,
                          size_t room)
{
    source s = {.data = data, .length = length};
    TIFF *file = open_source(&s);
    char unreadable[1024] = "";
    const char *why = NULL;
    if (!file)
        why = s.reason[0] ? s.reason : "no directory";
    else if (!find_size(file, width, height))
        why = "no size";
    else if (!TIFFRGBAImageOK(file, unreadable))
        why = unreadable[0] ? unreadable : "a kind that libtiff does not decode";
    if (why) snprintf(reason, room, "%s", why);
    if (file) TIFFClose(file);
    return why ? reason : NULL;
}

static yd_status decode(TIFF *file, source *s, const char *name, yd_image *image, yd_error *error)
{
    int width = 0, height = 0;
    if (!find_size(file, &width, &height))
        return yd_fail(error, YD_ERR_FORMAT, "%s: a broken TIFF: no size", name);
    YD_TRY(yd_image_create(width, height, image, error));
    const size_t pixels = (size_t)width * (size_t)height;
    uint32_t *raster = malloc(pixels * sizeof *raster);
    if (!raster)
        return yd_fail(error, YD_ERR_MEMORY, "%s: no memory for %d x %d pixels", name, width, height);
    bool read =
        TIFFReadRGBAImageOriented(file, (uint32_t)width, (uint32_t)height, raster, ORIENTATION_TOPLEFT, 1);
    for (size_t i = 0; read && i < pixels; i++) {
        image->pixels[3 * i] = (uint8_t)TIFFGetR(raster[i]);
        image->pixels[3 * i + 1] = (uint8_t)TIFFGetG(raster[i]);
        image->pixels[3 * i + 2] = (uint8_t)TIFFGetB(raster[i]);
    }
    free(raster);
    if (read) return YD_OK;
    return yd_fail(error, YD_ERR_FORMAT, "%s: a broken TIFF: %s", name,
                   s->reason[0] ? s->reason : "unreadable");
}

yd_status yd_tiff_decode(const uint8_t *data, size_t length, const char *name, yd_image *image,
                         yd_error *error)
{
    *image = (yd_image){0};
    source s = {.data = data, .length = length};
    TIFF *file = open_source(&s);
    if (!file)
        return yd_fail(error, YD_ERR_FORMAT, "%s: a broken TIFF: %s", name,
                       s.reason[0] ? s.reason : "no directory");
    yd_status status = decode(file, &s, name, image, error);
    TIFFClose(file);
    if (status != YD_OK) yd_image_free(image);
    return status;
}
