#include "data/picture.h"
#include "data/disk_cache.h"
#include "data/store.h"
#include "image/decode.h"
#include "image/resize.h"

void yd_picture_fit(int native_width, int native_height, int image_size, int *width, int *height)
{
    double ratio = (double)image_size / (native_width > native_height ? native_width : native_height);
    *width = (int)(native_width * ratio);
    *height = (int)(native_height * ratio);
    if (*width < 1) *width = 1; /* extremely thin pictures */
    if (*height < 1) *height = 1;
}

static yd_status stand_in(const yd_reader *reader, int index, const char *message, yd_picture *picture,
                          yd_error *error)
{
    int size = reader->dataset->options.image_size;
    if (reader->broken) reader->broken(reader->context, index, message);
    YD_TRY(yd_image_create(size, size, &picture->image, error));
    yd_image_fill(&picture->image, YD_IMAGE_GREY);
    picture->native_width = picture->native_height = size;
    picture->broken = true;
    return YD_OK;
}

static yd_status resize(const yd_reader *reader, yd_picture *picture, yd_error *error)
{
    const yd_dataset_options *options = &reader->dataset->options;
    int width, height;
    yd_picture_fit(picture->native_width, picture->native_height, options->image_size, &width, &height);
    if (width == picture->native_width && height == picture->native_height) return YD_OK;
    bool shrinks = width < picture->native_width;
    yd_image resized;
    YD_TRY(yd_image_create(width, height, &resized, error));
    yd_status status = yd_resize(&picture->image, &resized,
                                 shrinks && !options->augment ? YD_FILTER_AREA : YD_FILTER_LINEAR, error);
    yd_image_free(status == YD_OK ? &picture->image : &resized);
    if (status == YD_OK) picture->image = resized;
    return status;
}

yd_status yd_picture_load(const yd_reader *reader, int index, yd_picture *picture, yd_error *error)
{
    const yd_dataset *dataset = reader->dataset;
    const yd_kept_picture *kept = dataset->store ? yd_store_get(dataset->store, index) : NULL;
    *picture = (yd_picture){0};
    if (kept) {
        /* Kept pictures are only ever read: the cast drops a const that yd_image has no room for. */
        *picture = (yd_picture){{(uint8_t *)(uintptr_t)kept->pixels, kept->width, kept->height},
                                kept->native_width,
                                kept->native_height,
                                true,
                                false};
        return YD_OK;
    }
    yd_error reason;
    bool read = dataset->disk && yd_disk_cache_get(dataset->disk, index, &picture->image);
    if (!read && yd_image_read(dataset->paths[index], &picture->image, &reason) != YD_OK)
        return stand_in(reader, index, reason.message, picture, error);
    if (!read && dataset->disk) yd_disk_cache_put(dataset->disk, index, &picture->image);
    picture->native_width = picture->image.width;
    picture->native_height = picture->image.height;
    yd_status status = resize(reader, picture, error);
    if (status != YD_OK)
        yd_picture_release(picture);
    else if (dataset->store)
        yd_store_put(dataset->store, index, &picture->image, picture->native_width, picture->native_height);
    return status;
}

void yd_picture_release(yd_picture *picture)
{
    if (!picture->kept) yd_image_free(&picture->image);
    *picture = (yd_picture){0};
}

const yd_labels *yd_picture_labels(const yd_reader *reader, int index, const yd_picture *picture)
{
    static const yd_labels none = {.largest_class = -1};
    return picture->broken ? &none : &reader->dataset->labels[index];
}
