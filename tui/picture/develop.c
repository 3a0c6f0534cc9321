#include "tui/picture/develop.h"
#include "base/file.h"
#include "image/boxes.h"
#include "image/decode.h"
#include "image/resize.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_BOXES = 20000 };

typedef struct negative {
    char path[4200];
    int64_t changed_ns, bytes;
    uint64_t used;
    yd_image image;
    yd_vector boxes; /* yd_box */
    bool apart;
} negative;

static void drop(yd_negatives *negatives, size_t index)
{
    negative **all = negatives->entries.data, *entry = all[index];
    negatives->bytes -= yd_image_bytes(&entry->image) + entry->boxes.capacity * sizeof(yd_box);
    yd_image_free(&entry->image);
    yd_vector_free(&entry->boxes);
    free(entry);
    all[index] = all[--negatives->entries.count];
}

void yd_negatives_free(yd_negatives *negatives)
{
    while (negatives->entries.count) drop(negatives, 0);
    yd_vector_free(&negatives->entries);
    *negatives = (yd_negatives){0};
}

/* Down to the limit; the one that is at hand stays whatever its size. */
static void shrink(yd_negatives *negatives, const negative *at_hand)
{
    while (negatives->bytes > YD_DARKROOM_FILES && negatives->entries.count > 1) {
        negative **all = negatives->entries.data;
        size_t oldest = all[0] == at_hand;
        for (size_t i = 0; i < negatives->entries.count; i++)
            if (all[i] != at_hand && all[i]->used < all[oldest]->used) oldest = i;
        drop(negatives, oldest);
    }
}

static negative *find(yd_negatives *negatives, const char *path, const yd_album_entry *file)
{
    negative **all = negatives->entries.data;
    for (size_t i = 0; i < negatives->entries.count; i++)
        if (all[i]->changed_ns == file->changed_ns && all[i]->bytes == file->bytes &&
            strcmp(all[i]->path, path) == 0)
            return all[i];
    return NULL;
}

/* Header first: what is too large is not even begun. */
static yd_status read_picture(const char *path, yd_image *image, yd_error *error)
{
    yd_image_info info;
    YD_TRY(yd_image_probe_file(path, &info, error));
    if ((int64_t)info.width * info.height > YD_DARKROOM_PIXELS)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "%s: %d x %d pixels; up to %d are shown",
                       yd_path_name(path), info.width, info.height, YD_DARKROOM_PIXELS);
    return yd_image_read(path, image, error);
}

/* A picture whose boxes are kept apart is read without them; where either part cannot be read, as it is. */
static yd_status fill(negative *entry, const char *folder, const char *name, yd_error *error)
{
    char clean[4200], boxes[4200];
    entry->boxes.size = sizeof(yd_box);
    if (yd_boxes_paths(folder, name, clean, boxes) && yd_file_exists(boxes) && yd_file_exists(clean)) {
        entry->apart = yd_boxes_read(boxes, MOST_BOXES, &entry->boxes, NULL) == YD_OK &&
                       read_picture(clean, &entry->image, NULL) == YD_OK;
        if (entry->apart) return YD_OK;
        entry->boxes.count = 0;
    }
    return read_picture(entry->path, &entry->image, error);
}

static yd_status get(yd_negatives *negatives, const char *folder, const yd_album_entry *file,
                     negative **result, yd_error *error)
{
    char path[4200];
    if (!yd_path_join(path, sizeof path, folder, file->name))
        return yd_fail(error, YD_ERR_IO, "%s: the path is too long", file->name);
    *result = find(negatives, path, file);
    if (*result) {
        (*result)->used = ++negatives->uses;
        return YD_OK;
    }
    negative *entry = calloc(1, sizeof *entry);
    if (!entry) return yd_fail(error, YD_ERR_MEMORY, "out of memory for a picture");
    yd_copy_text(entry->path, sizeof entry->path, path);
    entry->changed_ns = file->changed_ns;
    entry->bytes = file->bytes;
    entry->used = ++negatives->uses;
    negatives->entries.size = sizeof entry;
    yd_status status = fill(entry, folder, file->name, error);
    if (status == YD_OK && !yd_vector_push(&negatives->entries, &entry))
        status = yd_fail(error, YD_ERR_MEMORY, "out of memory for a picture");
    if (status != YD_OK) {
        yd_image_free(&entry->image);
        yd_vector_free(&entry->boxes);
        free(entry);
        return status;
    }
    negatives->bytes += yd_image_bytes(&entry->image) + entry->boxes.capacity * sizeof(yd_box);
    shrink(negatives, entry);
    *result = entry;
    return YD_OK;
}

/* The part that is seen, in whole pixels of the picture, cut out and scaled to width x height. */
static yd_status cut(const yd_image *image, const yd_shot *shot, int width, int height, yd_image *out,
                     yd_error *error)
{
    int x1 = (int)floor(shot->x), x2 = (int)ceil(shot->x + shot->width - 1e-6);
    int y1 = (int)floor(shot->y), y2 = (int)ceil(shot->y + shot->height - 1e-6);
    if (x2 > image->width) x2 = image->width;
    if (y2 > image->height) y2 = image->height;
    if (x2 <= x1) x1 = x2 - 1;
    if (y2 <= y1) y1 = y2 - 1;
    yd_image part;
    YD_TRY(yd_image_create(x2 - x1, y2 - y1, &part, error));
    yd_image_copy(image, x1, y1, &part, 0, 0, part.width, part.height);
    yd_status status = yd_image_create(width, height, out, error);
    if (status == YD_OK) status = yd_resize(&part, out, YD_FILTER_AREA, error);
    yd_image_free(&part);
    return status;
}

/* Captions only where a letter is made of pixels, and where there is room to read them. */
static yd_status overlay(const negative *entry, const yd_order *order, const yd_shot *shot, yd_image *out,
                         yd_error *error)
{
    bool pixels = order->mode.graphics != YD_GRAPHICS_CELLS;
    const yd_boxes_look look = {.x = shot->x,
                                .y = shot->y,
                                .scale_x = out->width / shot->width,
                                .scale_y = out->height / shot->height,
                                .thickness = pixels ? 2 : 3,
                                .text_size = pixels && out->width >= 400 ? 13 : 0,
                                .decimals = 2};
    return yd_boxes_draw(out, entry->boxes.data, entry->boxes.count, &look, error);
}

static yd_status develop(yd_negatives *negatives, const char *folder, const yd_order *order, uint32_t number,
                         const atomic_bool *cancelled, yd_copy *copy, yd_error *error)
{
    negative *entry;
    yd_image out = {0};
    int width, height;
    YD_TRY(get(negatives, folder, &order->file, &entry, error));
    copy->width = entry->image.width;
    copy->height = entry->image.height;
    copy->apart = entry->apart;
    copy->boxes = (int)entry->boxes.count;
    copy->shot = yd_view_shot(&order->view, copy->width, copy->height, &order->room);
    if (atomic_load_explicit(cancelled, memory_order_relaxed))
        return yd_fail(error, YD_ERR_STOPPED, "not wanted any more");
    const yd_rect *cells = &copy->shot.cells;
    yd_print_pixels(&order->mode, cells->width, cells->height, (int)ceil(copy->shot.width),
                    (int)ceil(copy->shot.height), &width, &height);
    yd_status status = cut(&entry->image, &copy->shot, width, height, &out, error);
    if (status == YD_OK && order->boxes) status = overlay(entry, order, &copy->shot, &out, error);
    if (status == YD_OK)
        status = yd_print_create(&order->mode, &out, cells->width, cells->height, number, cancelled,
                                 &copy->print, error);
    yd_image_free(&out);
    return status;
}

yd_status yd_develop(yd_negatives *negatives, const char *folder, const yd_order *order, uint32_t number,
                     const atomic_bool *cancelled, yd_copy *copy)
{
    yd_error error = {0};
    *copy = (yd_copy){0};
    yd_status status = develop(negatives, folder, order, number, cancelled, copy, &error);
    if (status != YD_OK) {
        const char *message = error.message;
        size_t length = strlen(folder);
        if (strncmp(message, folder, length) == 0 && message[length] == '/') message += length + 1;
        yd_escape(copy->message, sizeof copy->message, message);
    }
    return status;
}
