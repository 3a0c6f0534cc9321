#include "plot/sheet.h"
#include "base/text.h"
#include "image/write.h"
#include <cairo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_TEXT = 1024 };

struct yd_sheet {
    cairo_surface_t *surface;
    cairo_t *cairo;
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
    *made = (yd_sheet){.width = width, .height = height};
    made->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    made->cairo = cairo_create(made->surface);
    if (cairo_status(made->cairo) != CAIRO_STATUS_SUCCESS) {
        yd_fail(error, YD_ERR_MEMORY, "no sheet of %d x %d pixels for a plot: %s", width, height,
                cairo_status_to_string(cairo_status(made->cairo)));
        yd_sheet_destroy(made);
        return YD_ERR_MEMORY;
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
    cairo_destroy(sheet->cairo);
    cairo_surface_destroy(sheet->surface);
    free(sheet);
}

yd_status yd_sheet_write(yd_sheet *sheet, const char *path, yd_error *error)
{
    yd_image image;
    cairo_surface_flush(sheet->surface);
    if (cairo_status(sheet->cairo) != CAIRO_STATUS_SUCCESS)
        return yd_fail(error, YD_ERR_MEMORY, "%s could not be drawn: %s", path,
                       cairo_status_to_string(cairo_status(sheet->cairo)));
    YD_TRY(yd_image_create(sheet->width, sheet->height, &image, error));
    const unsigned char *row = cairo_image_surface_get_data(sheet->surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(sheet->surface), width = (size_t)sheet->width;
    uint8_t *to = image.pixels;
    for (int y = 0; y < sheet->height; y++, row += stride)
        for (size_t x = 0; x < width; x++, to += 3) {
            uint32_t pixel; /* 0xXXRRGGBB in the machine's byte order */
            memcpy(&pixel, row + 4 * x, sizeof pixel);
            to[0] = (uint8_t)(pixel >> 16), to[1] = (uint8_t)(pixel >> 8), to[2] = (uint8_t)pixel;
        }
    yd_status status = yd_image_write(&image, path, error);
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
    set_colour(sheet->cairo, stroke.colour, 1);
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

/* Families that are asked for in turn until one has all characters of a text; the first where none has. */
static const char *const families[] = {"DejaVu Sans", "Noto Sans CJK SC", "WenQuanYi Zen Hei", "sans-serif"};

static bool has_all(cairo_t *cairo, const char *text)
{
    cairo_glyph_t *glyphs = NULL;
    int count = 0;
    bool all = true;
    if (cairo_scaled_font_text_to_glyphs(cairo_get_scaled_font(cairo), 0, 0, text, -1, &glyphs, &count, NULL,
                                         NULL, NULL) != CAIRO_STATUS_SUCCESS)
        return true; /* drawing it will say why */
    for (int i = 0; i < count; i++) all = all && glyphs[i].index != 0;
    cairo_glyph_free(glyphs);
    return all;
}

static bool is_ascii(const char *text)
{
    while (*text && !(*text & 0x80)) text++;
    return !*text;
}

static void choose_font(cairo_t *cairo, const char *text, const yd_lettering *how)
{
    cairo_font_weight_t weight = how->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL;
    cairo_set_font_size(cairo, how->size);
    cairo_select_font_face(cairo, families[0], CAIRO_FONT_SLANT_NORMAL, weight);
    if (is_ascii(text) || has_all(cairo, text)) return;
    for (size_t i = 1; i < sizeof families / sizeof *families; i++) {
        cairo_select_font_face(cairo, families[i], CAIRO_FONT_SLANT_NORMAL, weight);
        if (has_all(cairo, text)) return;
    }
    cairo_select_font_face(cairo, families[0], CAIRO_FONT_SLANT_NORMAL, weight);
}

static double advance(cairo_t *cairo, const char *text)
{
    cairo_text_extents_t extents;
    cairo_text_extents(cairo, text, &extents);
    return extents.x_advance;
}

/* Cuts text, in place, to what fits with an ellipsis behind it. */
static void cut(cairo_t *cairo, char text[LONGEST_TEXT + 4], double widest)
{
    size_t length = strlen(text);
    if (advance(cairo, text) <= widest) return;
    while (length > 0) {
        do length--;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80);
        memcpy(text + length, "…", sizeof "…");
        if (advance(cairo, text) <= widest) return;
    }
}

static void prepare(cairo_t *cairo, const char *text, const yd_lettering *how, char shown[LONGEST_TEXT + 4])
{
    yd_escape(shown, LONGEST_TEXT, text);
    choose_font(cairo, shown, how);
    if (how->widest > 0) cut(cairo, shown, how->widest);
}

double yd_sheet_text_width(yd_sheet *sheet, const char *text, const yd_lettering *how)
{
    char shown[LONGEST_TEXT + 4];
    prepare(sheet->cairo, text, how, shown);
    return advance(sheet->cairo, shown);
}

double yd_sheet_line_height(double size)
{
    return size * 1.25;
}

void yd_sheet_text(yd_sheet *sheet, yd_place place, const char *text, const yd_lettering *how)
{
    char shown[LONGEST_TEXT + 4];
    cairo_t *cairo = sheet->cairo;
    prepare(cairo, text, how, shown);
    /* Capitals, 0.73 of the font's size, stand in the middle of the line. */
    double height = yd_sheet_line_height(how->size), baseline = (height + 0.73 * how->size) / 2;
    cairo_save(cairo);
    cairo_translate(cairo, place.x, place.y);
    if (how->upwards) cairo_rotate(cairo, -acos(-1) / 2);
    cairo_move_to(cairo, -how->anchor.x * advance(cairo, shown), baseline - how->anchor.y * height);
    set_colour(cairo, how->colour, 1);
    cairo_show_text(cairo, shown);
    cairo_restore(cairo);
    cairo_new_path(cairo);
}
