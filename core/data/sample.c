#include "data/sample.h"
#include "data/copy_paste.h"
#include "data/mixup.h"
#include "image/letterbox.h"

yd_sample_draws yd_sample_draw(const yd_augment *augment, yd_sample_key key, const yd_dataset *dataset,
                               int32_t picture, const int32_t *choices, bool mosaics)
{
#define STREAM(purpose) yd_rng_make(key.seed, (uint32_t)key.epoch, (uint32_t)key.position, purpose)
    const yd_dataset_options *options = &dataset->options;
    yd_sample_draws draws = {.projective = augment->perspective != 0, .copy_paste = augment->copy_paste};
    yd_rng use = STREAM(YD_DRAW_MOSAIC_USE), mixup_use = STREAM(YD_DRAW_MIXUP_USE),
           mixup = STREAM(YD_DRAW_MIXUP), nine = STREAM(YD_DRAW_NINE_USE);
    draws.mosaic = mosaics && yd_rng_uniform(&use) < augment->mosaic;
    draws.mixup = draws.mosaic && yd_rng_uniform(&mixup_use) < augment->mixup;
    /* Unlike a mosaic's partners, mixup's picture is any of the data set. */
    int32_t second = (int32_t)yd_rng_below(&mixup, (uint32_t)dataset->count);
    draws.mix_ratio = yd_mixup_draw(&mixup);
    for (int i = 0; i < 2; i++) {
        yd_rng tiles = STREAM(i ? YD_DRAW_MOSAIC_SECOND : YD_DRAW_MOSAIC);
        yd_rng perspective = STREAM(i ? YD_DRAW_PERSPECTIVE_SECOND : YD_DRAW_PERSPECTIVE);
        draws.views[i].mosaic =
            yd_mosaic_draw(i ? second : picture, choices, dataset->count, options->image_size,
                           options->rules.shuffle_tiles, yd_rng_uniform(&nine) < augment->mosaic9, &tiles);
        draws.views[i].perspective = yd_perspective_draw(augment, &perspective);
        draws.views[i].copy_paste = STREAM(i ? YD_DRAW_COPY_PASTE_SECOND : YD_DRAW_COPY_PASTE);
    }
    yd_rng hsv = STREAM(YD_DRAW_HSV), flip = STREAM(YD_DRAW_FLIP);
    draws.hsv = yd_hsv_draw(augment, &hsv);
    draws.flip = yd_flip_draw(augment, &flip);
    return draws;
#undef STREAM
}

yd_scratch yd_scratch_make(void)
{
    return (yd_scratch){.planes.size = sizeof(uint8_t),
                        .boxes = {yd_boxes_make(), yd_boxes_make()},
                        .picks.size = sizeof(int32_t),
                        .rows.size = sizeof(float)};
}

void yd_scratch_free(yd_scratch *scratch)
{
    yd_canvas *canvases[] = {&scratch->mosaic, &scratch->fitted, &scratch->views[0], &scratch->views[1]};
    for (int i = 0; i < 4; i++) yd_image_free(&canvases[i]->image);
    for (int i = 0; i < 2; i++) yd_boxes_free(&scratch->boxes[i]);
    yd_vector_free(&scratch->planes);
    yd_vector_free(&scratch->picks);
    yd_vector_free(&scratch->rows);
    *scratch = yd_scratch_make();
}

/* Brings the canvas to a size; its pixels are undefined then. */
static yd_status stretch(yd_canvas *canvas, int width, int height, yd_error *error)
{
    size_t bytes = (size_t)width * (size_t)height * 3;
    if (bytes > canvas->capacity) {
        yd_image_free(&canvas->image);
        canvas->capacity = 0;
        YD_TRY(yd_image_create(width, height, &canvas->image, error));
        canvas->capacity = bytes;
    }
    canvas->image.width = width;
    canvas->image.height = height;
    return YD_OK;
}

/* Shows a canvas through the perspective of a view: in one pass to planes, or, with planes NULL, in
 * scratch->views[view], where colours and flips are still to come. Moves the boxes along. */
static yd_status show(const yd_reader *reader, const yd_sample_draws *draws, int view,
                      const yd_collage *collage, yd_batch_shape shape, yd_scratch *s, uint8_t *planes,
                      yd_error *error)
{
    double matrix[9];
    yd_hsv_gains gains;
    const yd_perspective_draws *perspective = &draws->views[view].perspective;
    yd_perspective_matrix(perspective, collage->width, collage->height, shape.width, shape.height, matrix);
    if (planes) {
        const yd_collage_view seen = {.matrix = matrix,
                                      .width = shape.width,
                                      .height = shape.height,
                                      .mirror = draws->flip.horizontal,
                                      .upside_down = draws->flip.vertical,
                                      .gains = draws->mixup ? NULL : yd_hsv_prepare(&draws->hsv, &gains)};
        YD_TRY(yd_collage_warp(collage, &seen, planes, error));
    } else {
        YD_TRY(stretch(&s->mosaic, collage->width, collage->height, error));
        YD_TRY(stretch(&s->views[view], shape.width, shape.height, error));
        yd_collage_draw(collage, &s->mosaic.image);
        yd_perspective_warp(&s->mosaic.image, matrix, draws->projective, &s->views[view].image);
    }
    yd_perspective_boxes(&s->boxes[view], matrix, draws->projective, perspective->scale, shape.width,
                         shape.height, &reader->dataset->options.rules);
    return YD_OK;
}

/* Objects are pasted on a canvas, which is built for them. */
static yd_status paste_copies(const yd_reader *reader, const yd_sample_draws *draws, int view, yd_scratch *s,
                              yd_collage *collage, yd_error *error)
{
    yd_boxes *boxes = &s->boxes[view];
    yd_rng rng = draws->views[view].copy_paste;
    if (draws->copy_paste == 0 || boxes->points.count == 0) return YD_OK;
    if (!yd_vector_reserve(&s->picks, boxes->boxes.count))
        return yd_fail(error, YD_ERR_MEMORY, "out of memory for copy-paste");
    int count = yd_copy_paste_draw(boxes, draws->copy_paste, &rng, s->picks.data);
    YD_TRY(stretch(&s->fitted, collage->width, collage->height, error));
    yd_collage_draw(collage, &s->fitted.image);
    *collage = yd_collage_of(&s->fitted.image);
    return yd_copy_paste(&s->fitted.image, boxes, s->picks.data, count, &reader->dataset->options.rules,
                         error);
}

/* One of the two views that mixup blends: a mosaic, shown size by size. */
static yd_status make_view(const yd_reader *reader, const yd_sample_draws *draws, int view, yd_scratch *s,
                           uint8_t *planes, yd_error *error)
{
    int size = reader->dataset->options.image_size;
    yd_mosaic mosaic;
    yd_status status = yd_mosaic_open(reader, &draws->views[view].mosaic, &mosaic, &s->boxes[view], error);
    if (status == YD_OK) status = paste_copies(reader, draws, view, s, &mosaic.collage, error);
    if (status == YD_OK)
        status = show(reader, draws, view, &mosaic.collage, (yd_batch_shape){size, size}, s, planes, error);
    yd_mosaic_close(&mosaic);
    return status;
}

/* Blends the second view into the first. */
static void mix(const yd_sample_draws *draws, yd_batch_shape shape, yd_scratch *s, uint8_t *planes)
{
    size_t plane = (size_t)shape.width * (size_t)shape.height;
    yd_hsv_gains gains;
    if (!planes) {
        yd_mixup_blend(s->views[0].image.pixels, s->views[1].image.pixels, 3 * plane, draws->mix_ratio);
        return;
    }
    yd_mixup_blend(planes, s->planes.data, 3 * plane, draws->mix_ratio);
    if (yd_hsv_prepare(&draws->hsv, &gains))
        yd_pixel_choose()->gain(&gains, plane, planes, planes + plane, planes + 2 * plane);
}

static yd_status make_mosaic(const yd_reader *reader, const yd_sample_draws *draws, yd_batch_shape shape,
                             yd_scratch *s, uint8_t *planes, yd_error *error)
{
    YD_TRY(make_view(reader, draws, 0, s, planes, error));
    if (!draws->mixup) return YD_OK;
    if (!yd_vector_reserve(&s->planes, 3 * (size_t)shape.width * (size_t)shape.height))
        return yd_fail(error, YD_ERR_MEMORY, "out of memory for mixup");
    YD_TRY(make_view(reader, draws, 1, s, planes ? s->planes.data : NULL, error));
    mix(draws, shape, s, planes);
    return yd_boxes_append(&s->boxes[0], &s->boxes[1])
               ? YD_OK
               : yd_fail(error, YD_ERR_MEMORY, "out of memory for the labels of a sample");
}

/* Fits one picture into target; its labels go to the first set of boxes. */
static yd_status fit_picture(const yd_reader *reader, int32_t index, yd_batch_shape shape, yd_canvas *target,
                             yd_scratch *s, yd_fit *fit, bool *broken, yd_error *error)
{
    yd_picture picture;
    YD_TRY(stretch(target, shape.width, shape.height, error));
    YD_TRY(yd_picture_load(reader, index, &picture, error));
    unsigned flags = reader->dataset->options.augment ? YD_LETTERBOX_SCALE_UP : 0;
    int width = picture.image.width, height = picture.image.height;
    yd_letterbox box = yd_letterbox_plan(width, height, shape.width, shape.height, flags, 0);
    yd_status status = yd_letterbox_apply(&picture.image, &box, &target->image, error);
    *broken = picture.broken;
    *fit = (yd_fit){.native_width = picture.native_width,
                    .native_height = picture.native_height,
                    .ratio_width = (double)width / picture.native_width * box.ratio_width,
                    .ratio_height = (double)height / picture.native_height * box.ratio_height,
                    .pad_x = box.pad_x,
                    .pad_y = box.pad_y};
    yd_boxes_clear(&s->boxes[0]);
    bool added = yd_boxes_add(&s->boxes[0], yd_picture_labels(reader, index, &picture),
                              box.ratio_width * width, box.ratio_height * height, box.pad_x, box.pad_y);
    yd_picture_release(&picture);
    if (status == YD_OK && !added)
        status = yd_fail(error, YD_ERR_MEMORY, "out of memory for the labels of a sample");
    return status;
}

/* A single picture, warped in place, so to speak: without polygons, as the original does it. */
static yd_status make_single(const yd_reader *reader, int32_t index, yd_batch_shape shape,
                             const yd_sample_draws *draws, yd_scratch *s, uint8_t *planes, yd_fit *fit,
                             bool *broken, yd_error *error)
{
    yd_boxes *boxes = &s->boxes[0];
    YD_TRY(fit_picture(reader, index, shape, &s->fitted, s, fit, broken, error));
    for (size_t i = 0; i < boxes->boxes.count; i++) YD_AT(yd_box, &boxes->boxes, i).point_count = 0;
    yd_collage collage = yd_collage_of(&s->fitted.image);
    return show(reader, draws, 0, &collage, shape, s, planes, error);
}

/* Colours and flips of a picture that was made without planes. */
static void finish(const yd_sample_draws *draws, yd_image *image, uint8_t *planes)
{
    yd_hsv_gains gains;
    yd_flip_draws flip = {0};
    if (draws) flip = draws->flip;
    if (draws && yd_hsv_prepare(&draws->hsv, &gains)) yd_hsv_gain(image, &gains);
    yd_flip_to_planes(image, flip, planes);
}

yd_status yd_sample_make(const yd_reader *reader, int32_t picture, yd_batch_shape shape,
                         const yd_sample_draws *draws, yd_scratch *s, uint8_t *planes, yd_fit *fit,
                         bool *broken, yd_error *error)
{
    *fit = (yd_fit){0};
    *broken = false;
    bool at_once = draws && !draws->projective && !s->plain;
    uint8_t *direct = at_once ? planes : NULL;
    if (!draws)
        YD_TRY(fit_picture(reader, picture, shape, &s->views[0], s, fit, broken, error));
    else if (draws->mosaic)
        YD_TRY(make_mosaic(reader, draws, shape, s, direct, error));
    else
        YD_TRY(make_single(reader, picture, shape, draws, s, direct, fit, broken, error));
    size_t labels = s->boxes[0].boxes.count;
    if (!yd_vector_reserve(&s->rows, labels * 5))
        return yd_fail(error, YD_ERR_MEMORY, "out of memory for the labels of a sample");
    s->rows.count = labels * 5;
    yd_boxes_normalise(&s->boxes[0], shape.width, shape.height, reader->dataset->options.rules.label_margin,
                       s->rows.data);
    if (draws) yd_flip_labels(draws->flip, s->rows.data, (int)labels);
    if (!at_once) finish(draws, &s->views[0].image, planes);
    return YD_OK;
}
