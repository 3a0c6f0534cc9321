#include "image/decode.h"
#include "base/file.h"
#include "image/exif.h"
#include "image/jpeg_check.h"
#include "image/jpeg_decode.h"
#include "image/png_check.h"
#include "image/stb_decode.h"
#include "image/tiff_decode.h"
#include "image/webp_decode.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_READ = 4 << 10, SECOND_READ = 64 << 10, LARGEST_FILE = 1 << 30 };

/* "JPEG", "PNG", ...; "unknown". */
static const char *format_name(yd_image_format format)
{
    static const char *const names[] = {"unknown", "JPEG", "PNG", "BMP", "TIFF", "WebP", "GIF"};
    return names[format];
}

static yd_image_format sniff(const uint8_t *data, size_t length)
{
    static const struct {
        yd_image_format format;
        size_t offset, length;
        const char *bytes;
    } marks[] = {
        {YD_FORMAT_JPEG, 0, 3, "\xFF\xD8\xFF"},
        {YD_FORMAT_PNG, 0, 8, "\x89PNG\r\n\x1A\n"},
        {YD_FORMAT_BMP, 0, 2, "BM"},
        {YD_FORMAT_TIFF, 0, 4, "II*\0"},
        {YD_FORMAT_TIFF, 0, 4, "MM\0*"},
        {YD_FORMAT_WEBP, 8, 4, "WEBP"},
        {YD_FORMAT_GIF, 0, 4, "GIF8"},
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (length >= marks[i].offset + marks[i].length &&
            memcmp(data + marks[i].offset, marks[i].bytes, marks[i].length) == 0)
            return marks[i].format;
    return YD_FORMAT_UNKNOWN;
}

static int32_t read_le(const uint8_t *data, int bytes)
{
    uint32_t value = 0;
    for (int i = bytes - 1; i >= 0; i--) value = value << 8 | data[i];
    return (int32_t)value;
}

static const char *probe_bmp(const uint8_t *data, size_t length, yd_image_info *info)
{
    if (length < 26) return "truncated";
    bool core = read_le(data + 14, 4) == 12; /* OS/2's header has 16-bit sizes */
    info->width = read_le(data + 18, core ? 2 : 4);
    info->height = core ? read_le(data + 20, 2) : read_le(data + 22, 4);
    if (info->height < 0 && info->height > INT32_MIN) info->height = -info->height; /* stored from the top */
    return NULL;
}

static const char *probe_jpeg(const uint8_t *data, size_t length, bool whole, yd_image_info *info)
{
    yd_jpeg_header header;
    const char *reason = yd_jpeg_check(data, length, whole, &header);
    info->width = header.width;
    info->height = header.height;
    info->components = header.components;
    info->orientation = header.orientation;
    info->multi = header.multi;
    info->ended = header.multi || (length >= 2 && data[length - 2] == 0xFF && data[length - 1] == 0xD9);
    return reason;
}

/* What is wrong with the header, or NULL. whole: data is the whole file and is checked to its end. reason:
 * room for a message that is not a literal. */
static const char *probe(const uint8_t *data, size_t length, bool whole, yd_image_info *info, char *reason,
                         size_t room)
{
    switch (info->format) {
    case YD_FORMAT_JPEG:
        return probe_jpeg(data, length, whole, info);
    case YD_FORMAT_PNG:
        return yd_png_check(data, length, !whole, &info->width, &info->height);
    case YD_FORMAT_BMP:
        return probe_bmp(data, length, info);
    case YD_FORMAT_TIFF:
        return yd_tiff_probe(data, length, &info->width, &info->height, reason, room);
    case YD_FORMAT_WEBP:
        return yd_webp_probe(data, length, &info->width, &info->height);
    case YD_FORMAT_UNKNOWN:
    case YD_FORMAT_GIF:
        break;
    }
    return NULL; /* not reached: examine refuses them */
}

static yd_status examine(const uint8_t *data, size_t length, bool whole, const char *name,
                         yd_image_info *info, yd_error *error)
{
    *info = (yd_image_info){.orientation = 1, .ended = true};
    if (length == 0) return yd_fail(error, YD_ERR_FORMAT, "%s: an empty file", name);
    info->format = sniff(data, length);
    const char *kind = format_name(info->format);
    if (info->format == YD_FORMAT_UNKNOWN) return yd_fail(error, YD_ERR_FORMAT, "%s: not a picture", name);
    if (info->format == YD_FORMAT_GIF)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "%s: a %s picture; JPEG, PNG, BMP, TIFF and WebP are read",
                       name, kind);
    char room[160];
    const char *reason = probe(data, length, whole, info, room, sizeof room);
    if (reason) return yd_fail(error, YD_ERR_FORMAT, "%s: a broken %s: %s", name, kind, reason);
    if (info->width < 1 || info->height < 1 || info->width > YD_IMAGE_MAX_SIDE ||
        info->height > YD_IMAGE_MAX_SIDE || (int64_t)info->width * info->height > YD_IMAGE_MAX_PIXELS)
        return yd_fail(error, YD_ERR_FORMAT, "%s: %d x %d pixels; at most %d a side and %d in all are read",
                       name, info->width, info->height, YD_IMAGE_MAX_SIDE, YD_IMAGE_MAX_PIXELS);
    return YD_OK;
}

yd_status yd_image_probe(const void *data, size_t length, const char *name, yd_image_info *info,
                         yd_error *error)
{
    return examine(data, length, false, name, info, error);
}

static ssize_t read_at(int fd, void *data, size_t length, off_t at)
{
    size_t done = 0;
    while (done < length) {
        ssize_t got = pread(fd, (char *)data + done, length - done, at + (off_t)done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static yd_status probe_whole(const char *path, yd_image_info *info, yd_error *error)
{
    char *data;
    size_t length;
    YD_TRY(yd_file_read(path, LARGEST_FILE, &data, &length, error));
    yd_status status = examine((uint8_t *)data, length, info->format == YD_FORMAT_PNG, path, info, error);
    free(data);
    return status;
}

/* The header of most files lies in the first piece; a preview in an EXIF block, or a large colour profile,
 * may push it out. A PNG is checked to its end; of a TIFF the directory may lie there. */
yd_status yd_image_probe_open(int fd, int64_t size, const char *path, yd_image_info *info, yd_error *error)
{
    static const size_t pieces[] = {FIRST_READ, SECOND_READ};
    uint8_t piece[SECOND_READ], tail[2];
    yd_status status = YD_OK;
    bool complete = false, deeper = true;
    *info = (yd_image_info){.orientation = 1};
    for (size_t i = 0; deeper && i < sizeof pieces / sizeof *pieces; i++) {
        ssize_t got = read_at(fd, piece, pieces[i], 0);
        if (got < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot read", path);
        status = examine(piece, (size_t)got, false, path, info, error);
        complete = size <= got;
        deeper = info->format == YD_FORMAT_JPEG && status == YD_ERR_FORMAT && !complete;
    }
    if (info->format == YD_FORMAT_PNG || (info->format == YD_FORMAT_TIFF && !complete) || deeper)
        return probe_whole(path, info, error);
    if (status == YD_OK && info->format == YD_FORMAT_JPEG && !complete)
        info->ended =
            info->multi || (read_at(fd, tail, 2, size - 2) == 2 && tail[0] == 0xFF && tail[1] == 0xD9);
    return status;
}

yd_status yd_image_probe_file(const char *path, yd_image_info *info, yd_error *error)
{
    struct stat file;
    *info = (yd_image_info){.orientation = 1};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return yd_fail_errno(error, YD_ERR_IO, "%s: cannot open", path);
    yd_status status;
    if (fstat(fd, &file) != 0)
        status = yd_fail_errno(error, YD_ERR_IO, "%s: cannot examine", path);
    else if (!S_ISREG(file.st_mode))
        status = yd_fail(error, YD_ERR_IO, "%s: not a regular file", path);
    else
        status = yd_image_probe_open(fd, file.st_size, path, info, error);
    close(fd);
    return status;
}

static yd_status decode_by_stb(const void *data, size_t length, const char *name, const yd_image_info *info,
                               yd_image *decoded, yd_error *error)
{
    const char *reason = NULL;
    *decoded = (yd_image){0};
    decoded->pixels = yd_stb_decode(data, length, &decoded->width, &decoded->height, &reason);
    if (decoded->pixels) return YD_OK;
    return yd_fail(error, strcmp(reason, "outofmem") == 0 ? YD_ERR_MEMORY : YD_ERR_FORMAT,
                   "%s: a broken %s: %s", name, format_name(info->format), reason);
}

yd_status yd_image_decode(const void *data, size_t length, const char *name, yd_image *image, yd_error *error)
{
    *image = (yd_image){0};
    yd_image_info info;
    YD_TRY(examine(data, length, true, name, &info, error));
    yd_image decoded;
    /* libjpeg knows no way from CMYK to RGB, stb_image does. */
    if (info.format == YD_FORMAT_JPEG && info.components != 4)
        YD_TRY(yd_jpeg_decode(data, length, name, &decoded, error));
    else if (info.format == YD_FORMAT_TIFF)
        YD_TRY(yd_tiff_decode(data, length, name, &decoded, error));
    else if (info.format == YD_FORMAT_WEBP)
        YD_TRY(yd_webp_decode(data, length, name, &decoded, error));
    else
        YD_TRY(decode_by_stb(data, length, name, &info, &decoded, error));
    yd_status status = yd_exif_apply(&decoded, info.orientation, error);
    if (status != YD_OK)
        yd_image_free(&decoded);
    else
        *image = decoded;
    return status;
}

yd_status yd_image_read(const char *path, yd_image *image, yd_error *error)
{
    *image = (yd_image){0};
    char *data;
    size_t length;
    YD_TRY(yd_file_read(path, LARGEST_FILE, &data, &length, error));
    yd_status status = yd_image_decode(data, length, path, image, error);
    free(data);
    return status;
}
