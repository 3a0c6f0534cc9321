#include "image/sheet.h"
#include "base/text.h"
#include "base/vector.h"
#include "image/typeset.h"
#include "image/write.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_TEXT = 1024 };

struct yd_sheet {
    cairo_surface_t *surface;
    cairo_t *cairo;
    yd_typeset *typeset;
    yd_vector texts; /* yd_area */
    int width, height;
};

/* Nothing of the machine's settings: outlines unhinted, so that text is as wide at any size, and grey. */
static void set_font_options(cairo_t *cairo)
{
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(cairo, options);
    cairo_font_options_destroy(options);
}

yd_status yd_sheet_create(int width, int height, yd_sheet **sheet, yd_error *error)
{
    *sheet = NULL;
    yd_image probe;
    YD_TRY(yd_image_create(width, height, &probe, error)); /* the limits of pictures are theirs to check */
    yd_image_free(&probe);
    yd_sheet *made = calloc(1, sizeof *made);
    if (!made) return yd_fail(error, YD_ERR_MEMORY, "out of memory for a plot");
    *made = (yd_sheet){.width = width, .height = height, .texts.size = sizeof(yd_area)};
    made->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    made->cairo = cairo_create(made->surface);
    if (cairo_status(made->cairo) != CAIRO_STATUS_SUCCESS) {
        yd_fail(error, YD_ERR_MEMORY, "no sheet of %d x %d pixels for a plot: %s", width, height,
                cairo_status_to_string(cairo_status(made->cairo)));
        yd_sheet_destroy(made);
        return YD_ERR_MEMORY;
    }
    made->typeset = yd_typeset_create(made->cairo);
    if (!made->typeset) {
        yd_sheet_destroy(made);
        return yd_fail(error, YD_ERR_MEMORY, "out of memory for a plot");
    }
    set_font_options(made->cairo);
    cairo_set_line_cap(made->cairo, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(made->cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_set_source_rgb(made->cairo, 1, 1, 1);
    cairo_paint(made->cairo);
    *sheet = made;
    return YD_OK;
}

void yd_sheet_destroy(yd_sheet *sheet)
{
    if (!sheet) return;
    yd_typeset_destroy(sheet->typeset);
    yd_vector_free(&sheet->texts);
    cairo_destroy(sheet->cairo);
    cairo_surface_destroy(sheet->surface);
    free(sheet);
}

/* Pixels of a row are 0xXXRRGGBB in the machine's byte order. */
yd_status yd_sheet_create_on(const yd_image *picture, yd_sheet **sheet, yd_error *error)
{
    YD_TRY(yd_sheet_create(picture->width, picture->height, sheet, error));
    cairo_surface_t *surface = (*sheet)->surface;
    cairo_surface_flush(surface);
    unsigned char *row = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface), width = (size_t)picture->width;
    const uint8_t *from = picture->pixels;
    for (int y = 0; y < picture->height; y++, row += stride)
        for (size_t x = 0; x < width; x++, from += 3) {
            uint32_t pixel = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
            memcpy(row + 4 * x, &pixel, sizeof pixel);
        }
    cairo_surface_mark_dirty(surface);
    return YD_OK;
}

yd_status yd_sheet_picture(yd_sheet *sheet, yd_image *picture, yd_error *error)
{
    cairo_surface_flush(sheet->surface);
    if (cairo_status(sheet->cairo) != CAIRO_STATUS_SUCCESS)
        return yd_fail(error, YD_ERR_MEMORY, "it could not be drawn: %s",
                       cairo_status_to_string(cairo_status(sheet->cairo)));
    YD_TRY(yd_image_create(sheet->width, sheet->height, picture, error));
    const unsigned char *row = cairo_image_surface_get_data(sheet->surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(sheet->surface), width = (size_t)sheet->width;
    uint8_t *to = picture->pixels;
    for (int y = 0; y < sheet->height; y++, row += stride)
        for (size_t x = 0; x < width; x++, to += 3) {
            uint32_t pixel;
            memcpy(&pixel, row + 4 * x, sizeof pixel);
            to[0] = (uint8_t)(pixel >> 16), to[1] = (uint8_t)(pixel >> 8), to[2] = (uint8_t)pixel;
        }
    return YD_OK;
}

yd_status yd_sheet_write(yd_sheet *sheet, const char *path, yd_error *error)
{
    yd_image image;
    yd_error why;
    yd_status status = yd_sheet_picture(sheet, &image, &why);
    if (status != YD_OK) return yd_fail(error, status, "%s: %s", path, why.message);
    status = yd_image_write(&image, path, error);
    yd_image_free(&image);
    return status;
}

static void set_colour(cairo_t *cairo, yd_colour colour, double opacity)
{
    cairo_set_source_rgba(cairo, colour.red / 255., colour.green / 255., colour.blue / 255., opacity);
}

static void add_area(cairo_t *cairo, yd_area area)
{
    cairo_rectangle(cairo, area.left, area.top, area.right - area.left, area.bottom - area.top);
}

void yd_sheet_clip(yd_sheet *sheet, yd_area area)
{
    cairo_save(sheet->cairo);
    add_area(sheet->cairo, area);
    cairo_clip(sheet->cairo);
}

void yd_sheet_unclip(yd_sheet *sheet)
{
    cairo_restore(sheet->cairo);
}

void yd_sheet_fill(yd_sheet *sheet, yd_area area, yd_colour colour, double opacity)
{
    set_colour(sheet->cairo, colour, opacity);
    add_area(sheet->cairo, area);
    cairo_fill(sheet->cairo);
}

void yd_sheet_tile(yd_sheet *sheet, yd_area area, yd_colour colour)
{
    const yd_area whole = {round(area.left), round(area.top), round(area.right), round(area.bottom)};
    cairo_set_antialias(sheet->cairo, CAIRO_ANTIALIAS_NONE);
    yd_sheet_fill(sheet, whole, colour, 1);
    cairo_set_antialias(sheet->cairo, CAIRO_ANTIALIAS_DEFAULT);
}

static void draw_stroke(yd_sheet *sheet, yd_stroke stroke)
{
    const double dashes[2] = {stroke.thickness * 4, stroke.thickness * 2.5};
    cairo_set_line_width(sheet->cairo, stroke.thickness);
    cairo_set_dash(sheet->cairo, dashes, stroke.dashed ? 2 : 0, 0);
    set_colour(sheet->cairo, stroke.colour, 1 - stroke.fade);
    cairo_stroke(sheet->cairo);
}

void yd_sheet_outline(yd_sheet *sheet, yd_area area, yd_stroke stroke)
{
    cairo_set_line_join(sheet->cairo, CAIRO_LINE_JOIN_MITER);
    add_area(sheet->cairo, area);
    draw_stroke(sheet, stroke);
    cairo_set_line_join(sheet->cairo, CAIRO_LINE_JOIN_ROUND);
}

void yd_sheet_line(yd_sheet *sheet, const yd_place *places, int count, yd_stroke stroke)
{
    for (int i = 0; i < count; i++) cairo_line_to(sheet->cairo, places[i].x, places[i].y);
    draw_stroke(sheet, stroke);
}

void yd_sheet_disc(yd_sheet *sheet, yd_place centre, double radius, yd_colour colour, double opacity)
{
    set_colour(sheet->cairo, colour, opacity);
    cairo_new_path(sheet->cairo);
    cairo_arc(sheet->cairo, centre.x, centre.y, radius, 0, 2 * acos(-1));
    cairo_fill(sheet->cairo);
}

/* ---- text ---- */

/* Cuts text, in place, to as many characters as fit with an ellipsis behind them. */
static void cut(yd_typeset *typeset, char text[LONGEST_TEXT + 4], double widest)
{
    char whole[LONGEST_TEXT + 4];
    int begins[LONGEST_TEXT + 4], count = 0, length; /* begins: of each character */
    if (yd_typeset_width(typeset, text) <= widest) return;
    memcpy(whole, text, sizeof whole);
    for (const char *at = whole; (length = yd_utf8_length(at)) > 0; at += length)
        begins[count++] = (int)(at - whole);
    for (int fits = 0, fails = count; count;) {
        int kept = (fits + fails) / 2;
        memcpy(text, whole, (size_t)begins[kept]);
        memcpy(text + begins[kept], "…", sizeof "…");
        if (fails - fits <= 1) return;
        if (yd_typeset_width(typeset, text) <= widest)
            fits = kept;
        else
            fails = kept;
    }
}

static void prepare(yd_sheet *sheet, const char *text, const yd_lettering *how, char shown[LONGEST_TEXT + 4])
{
    yd_escape(shown, LONGEST_TEXT, text);
    yd_typeset_choose(sheet->typeset, how->size, how->bold);
    if (how->widest > 0) cut(sheet->typeset, shown, how->widest);
}

double yd_sheet_text_width(yd_sheet *sheet, const char *text, const yd_lettering *how)
{
    char shown[LONGEST_TEXT + 4];
    prepare(sheet, text, how, shown);
    return yd_typeset_width(sheet->typeset, shown);
}

double yd_sheet_line_height(double size)
{
    return size * 1.25;
}

/* Of the font's size: how high capitals are. */
static const double capitals = 0.73;

/* left, baseline: where the text begins, in its own direction, seen from place. */
static void remember(yd_sheet *sheet, yd_place place, const yd_lettering *how, double left, double baseline,
                     double width)
{
    const double top = baseline - capitals * how->size;
    const yd_area flat = {place.x + left, place.y + top, place.x + left + width, place.y + baseline},
                  upright = {place.x + top, place.y - left - width, place.x + baseline, place.y - left};
    yd_vector_push(&sheet->texts, how->upwards ? &upright : &flat); /* without memory it is not listed */
}

const yd_area *yd_sheet_texts(const yd_sheet *sheet, size_t *count)
{
    *count = sheet->texts.count;
    return sheet->texts.data;
}

void yd_sheet_text(yd_sheet *sheet, yd_place place, const char *text, const yd_lettering *how)
{
    char shown[LONGEST_TEXT + 4];
    cairo_t *cairo = sheet->cairo;
    prepare(sheet, text, how, shown);
    /* Capitals stand in the middle of the line. */
    double height = yd_sheet_line_height(how->size), width = yd_typeset_width(sheet->typeset, shown),
           left = -how->anchor.x * width,
           baseline = (height + capitals * how->size) / 2 - how->anchor.y * height;
    if (*shown) remember(sheet, place, how, left, baseline, width);
    cairo_save(cairo);
    cairo_translate(cairo, place.x, place.y);
    if (how->upwards) cairo_rotate(cairo, -acos(-1) / 2);
    cairo_move_to(cairo, left, baseline);
    set_colour(cairo, how->colour, 1);
    yd_typeset_show(sheet->typeset, shown);
    cairo_restore(cairo);
    cairo_new_path(cairo);
}
