#include "tui/widgets/panel.h"

static void edge(const yd_canvas *canvas, int y, uint32_t left, uint32_t right)
{
    for (int x = 1; x + 1 < canvas->width; x++)
        yd_canvas_put(canvas, x, y, canvas->glyphs->horizontal, YD_STYLE_FRAME);
    yd_canvas_put(canvas, 0, y, left, YD_STYLE_FRAME);
    yd_canvas_put(canvas, canvas->width - 1, y, right, YD_STYLE_FRAME);
}

static void frame(const yd_canvas *canvas, bool first, bool last, const char *title)
{
    const yd_glyphs *glyphs = canvas->glyphs;
    for (int y = 0; y < canvas->height; y++) {
        yd_canvas_put(canvas, 0, y, glyphs->vertical, YD_STYLE_FRAME);
        yd_canvas_put(canvas, canvas->width - 1, y, glyphs->vertical, YD_STYLE_FRAME);
    }
    edge(canvas, 0, first ? glyphs->top_left : glyphs->tee_left,
         first ? glyphs->top_right : glyphs->tee_right);
    if (last) edge(canvas, canvas->height - 1, glyphs->bottom_left, glyphs->bottom_right);
    yd_canvas inner = yd_canvas_part(canvas, (yd_rect){1, 0, canvas->width - 3, 1});
    if (inner.width > 4) yd_canvas_textf(&inner, 0, 0, YD_STYLE_TITLE, " %s ", title);
}

yd_canvas yd_panel_draw(const yd_canvas *canvas, const yd_panel_place *place, const char *title)
{
    if (place->outer.height > 0) {
        yd_canvas outer = yd_canvas_part(canvas, place->outer);
        frame(&outer, place->first, place->last, title);
    }
    return yd_canvas_part(canvas, yd_layout_inside(place));
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

yd_canvas yd_box_draw(const yd_canvas *canvas, int width, int height, const char *title)
{
    width = least(width + 4, canvas->width);
    height = least(height + 2, canvas->height);
    yd_rect outer = {(canvas->width - width) / 2, (canvas->height - height) / 2, width, height};
    yd_canvas box = yd_canvas_part(canvas, outer);
    yd_canvas_fill(&box, ' ', YD_STYLE_TEXT);
    if (width < 8 || height < 3) return box; /* no room for edges: the content counts */
    frame(&box, true, true, title);
    return yd_canvas_part(&box, (yd_rect){2, 1, width - 4, height - 2});
}
