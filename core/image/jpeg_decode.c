#include "image/jpeg_decode.h"
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
/* After stdio.h, which it does not include. */
#include <jerror.h>
#include <jpeglib.h>

/* Each scan of a progressive file costs a pass over the whole picture: encoders make a dozen, an attacker
 * thousands. */
enum { MOST_SCANS = 200, ROWS = 8 };

/* All that must survive a jump out of the library. */
typedef struct decoder {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf leave;
    bool no_memory;
    char reason[JMSG_LENGTH_MAX];
    yd_image image;
} decoder;

static void stop(j_common_ptr info)
{
    decoder *d = info->client_data;
    d->no_memory = d->errors.msg_code == JERR_OUT_OF_MEMORY;
    d->errors.format_message(info, d->reason);
    longjmp(d->leave, 1);
}

static void stay_silent(j_common_ptr info)
{
    (void)info;
}

static void ignore_warning(j_common_ptr info, int level)
{
    (void)info, (void)level;
}

static void limit_scans(j_common_ptr info)
{
    decoder *d = info->client_data;
    if (d->info.input_scan_number <= MOST_SCANS) return;
    snprintf(d->reason, sizeof d->reason, "more than %d scans", MOST_SCANS);
    longjmp(d->leave, 1);
}

static yd_status read_rows(decoder *d, yd_error *error)
{
    struct jpeg_decompress_struct *info = &d->info;
    YD_TRY(yd_image_create((int)info->output_width, (int)info->output_height, &d->image, error));
    size_t stride = (size_t)info->output_width * 3;
    while (info->output_scanline < info->output_height) {
        JSAMPROW rows[ROWS];
        JDIMENSION left = info->output_height - info->output_scanline, count = left < ROWS ? left : ROWS;
        for (JDIMENSION i = 0; i < count; i++)
            rows[i] = d->image.pixels + (size_t)(info->output_scanline + i) * stride;
        jpeg_read_scanlines(info, rows, count);
    }
    jpeg_finish_decompress(info);
    return YD_OK;
}

static yd_status decode(decoder *d, const uint8_t *data, size_t length, const char *name, yd_error *error)
{
    if (setjmp(d->leave))
        return yd_fail(error, d->no_memory ? YD_ERR_MEMORY : YD_ERR_FORMAT, "%s: a broken JPEG: %s", name,
                       d->reason);
    jpeg_create_decompress(&d->info);
    d->info.progress = &d->progress;
    jpeg_mem_src(&d->info, data, (unsigned long)length);
    jpeg_read_header(&d->info, TRUE);
    d->info.out_color_space = JCS_RGB;
    jpeg_start_decompress(&d->info);
    return read_rows(d, error);
}

yd_status yd_jpeg_decode(const uint8_t *data, size_t length, const char *name, yd_image *image,
                         yd_error *error)
{
    decoder d = {.progress.progress_monitor = limit_scans};
    d.info.err = jpeg_std_error(&d.errors);
    d.info.client_data = &d;
    d.errors.error_exit = stop;
    d.errors.emit_message = ignore_warning;
    d.errors.output_message = stay_silent;
    yd_status status = decode(&d, data, length, name, error);
    jpeg_destroy_decompress(&d.info);
    *image = (yd_image){0};
    if (status == YD_OK)
        *image = d.image;
    else
        yd_image_free(&d.image);
    return status;
}
