#include "image/write.h"
#include "base/file.h"
#include "image/png_write.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

static void append(void *context, void *data, int size)
{
    yd_text_add_bytes(context, data, (size_t)size);
}

/* The encoder counts in int. */
static yd_status check_size(const yd_image *image, yd_error *error)
{
    if (yd_image_bytes(image) + (size_t)image->height < INT_MAX) return YD_OK;
    return yd_fail(error, YD_ERR_UNSUPPORTED, "a picture of %d x %d pixels is too large to be written",
                   image->width, image->height);
}

static yd_status finish(const yd_text *out, int encoded, yd_error *error)
{
    return encoded && !out->failed ? YD_OK
                                   : yd_fail(error, YD_ERR_MEMORY, "out of memory while encoding a picture");
}

yd_status yd_image_encode_png(const yd_image *image, yd_text *out, yd_error *error)
{
    return yd_png_encode(image, YD_PNG_SMALL, out, error);
}

yd_status yd_image_encode_jpeg(const yd_image *image, int quality, yd_text *out, yd_error *error)
{
    YD_TRY(check_size(image, error));
    int encoded = stbi_write_jpg_to_func(append, out, image->width, image->height, 3, image->pixels, quality);
    return finish(out, encoded, error);
}

yd_status yd_image_write(const yd_image *image, const char *path, yd_error *error)
{
    const char *suffix = strrchr(yd_path_name(path), '.');
    bool png = suffix && strcasecmp(suffix, ".png") == 0;
    bool jpeg = suffix && (strcasecmp(suffix, ".jpg") == 0 || strcasecmp(suffix, ".jpeg") == 0);
    if (!png && !jpeg)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "%s: pictures are written as .png or .jpg", path);
    yd_text encoded = {0};
    yd_status status =
        png ? yd_image_encode_png(image, &encoded, error) : yd_image_encode_jpeg(image, 95, &encoded, error);
    if (status == YD_OK) status = yd_file_write(path, encoded.data, encoded.length, error);
    yd_text_free(&encoded);
    return status;
}
