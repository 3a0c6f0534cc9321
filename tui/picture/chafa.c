#include "tui/picture/chafa.h"
#include "tui/picture/graphics.h"
#include <chafa.h>
#include <stdlib.h>
#include <string.h>

const char *yd_chafa_version(void)
{
#define TEXT_OF(number)                   #number
#define VERSION_TEXT(major, minor, micro) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(micro)
    return VERSION_TEXT(CHAFA_MAJOR_VERSION, CHAFA_MINOR_VERSION, CHAFA_MICRO_VERSION);
}

static ChafaCanvasMode mode_of(int colours)
{
    if (colours >= YD_TRUE_COLOUR) return CHAFA_CANVAS_MODE_TRUECOLOR;
    /* Not the first sixteen, which every user paints as he likes. */
    if (colours >= 256) return CHAFA_CANVAS_MODE_INDEXED_240;
    return colours >= 8 ? CHAFA_CANVAS_MODE_INDEXED_8 : CHAFA_CANVAS_MODE_FGBG;
}

/* Blocks are in every font. Shades and dots say what colours cannot. */
static ChafaSymbolMap *symbols_of(bool unicode)
{
    ChafaSymbolMap *map = chafa_symbol_map_new();
    chafa_symbol_map_add_by_tags(map, unicode ? CHAFA_SYMBOL_TAG_SPACE | CHAFA_SYMBOL_TAG_BLOCK |
                                                    CHAFA_SYMBOL_TAG_STIPPLE | CHAFA_SYMBOL_TAG_BRAILLE
                                              : CHAFA_SYMBOL_TAG_SPACE | CHAFA_SYMBOL_TAG_ASCII);
    return map;
}

static ChafaCanvasConfig *config_of_cells(int columns, int rows, int colours, bool unicode)
{
    ChafaCanvasConfig *config = chafa_canvas_config_new();
    ChafaSymbolMap *map = symbols_of(unicode);
    chafa_canvas_config_set_geometry(config, columns, rows);
    chafa_canvas_config_set_canvas_mode(config, mode_of(colours));
    chafa_canvas_config_set_symbol_map(config, map);
    chafa_canvas_config_set_pixel_mode(config, CHAFA_PIXEL_MODE_SYMBOLS);
    chafa_canvas_config_set_fg_color(config, 0xffffff);
    chafa_canvas_config_set_bg_color(config, 0x000000);
    chafa_canvas_config_set_preprocessing_enabled(config, colours < 256);
    chafa_canvas_config_set_dither_mode(config, colours < YD_TRUE_COLOUR ? CHAFA_DITHER_MODE_ORDERED
                                                                         : CHAFA_DITHER_MODE_NONE);
    chafa_canvas_config_set_optimizations(config, CHAFA_OPTIMIZATION_REUSE_ATTRIBUTES);
    chafa_symbol_map_unref(map);
    return config;
}

/* Rows that begin at multiples of four bytes: with others chafa shears the picture. NULL: no memory. */
static uint8_t *pad_rows(const yd_image *image, size_t *stride)
{
    size_t row = (size_t)image->width * 3;
    *stride = (row + 3) / 4 * 4;
    uint8_t *pixels = malloc(*stride * (size_t)image->height);
    for (size_t y = 0; pixels && y < (size_t)image->height; y++)
        memcpy(pixels + y * *stride, image->pixels + y * row, row);
    return pixels;
}

static yd_status print(ChafaCanvasConfig *config, const yd_image *image, yd_text *out, yd_error *error)
{
    size_t stride;
    uint8_t *pixels = pad_rows(image, &stride);
    if (!pixels) return yd_fail(error, YD_ERR_MEMORY, "out of memory for a picture");
    chafa_set_n_threads(1); /* what calls is a thread of its own already */
    ChafaCanvas *canvas = chafa_canvas_new(config);
    ChafaTermInfo *info = chafa_term_db_get_fallback_info(chafa_term_db_get_default());
    chafa_canvas_draw_all_pixels(canvas, CHAFA_PIXEL_RGB8, pixels, image->width, image->height, (int)stride);
    GString *printed = chafa_canvas_print(canvas, info);
    yd_text_add_bytes(out, printed->str, printed->len);
    g_string_free(printed, TRUE);
    chafa_term_info_unref(info);
    chafa_canvas_unref(canvas);
    free(pixels);
    return out->failed ? yd_fail(error, YD_ERR_MEMORY, "out of memory for a picture") : YD_OK;
}

yd_status yd_chafa_cells(const yd_image *image, int columns, int rows, int colours, bool unicode,
                         yd_text *out, yd_error *error)
{
    ChafaCanvasConfig *config = config_of_cells(columns, rows, colours, unicode);
    yd_status status = print(config, image, out, error);
    chafa_canvas_config_unref(config);
    return status;
}

yd_status yd_chafa_sixel(const yd_image *image, yd_text *out, yd_error *error)
{
    ChafaCanvasConfig *config = chafa_canvas_config_new();
    chafa_canvas_config_set_geometry(config, 1, 1);
    chafa_canvas_config_set_cell_geometry(config, image->width, image->height);
    chafa_canvas_config_set_pixel_mode(config, CHAFA_PIXEL_MODE_SIXELS);
    chafa_canvas_config_set_canvas_mode(config, CHAFA_CANVAS_MODE_TRUECOLOR);
    chafa_canvas_config_set_preprocessing_enabled(config, FALSE);
    yd_status status = print(config, image, out, error);
    chafa_canvas_config_unref(config);
    return status;
}
