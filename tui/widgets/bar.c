#include "tui/widgets/bar.h"

void yd_bar_draw(const yd_canvas *canvas, int x, int y, int width, double share)
{
    const yd_glyphs *glyphs = canvas->glyphs;
    int parts = glyphs->bar_part[0] ? 8 : 1;
    if (!(share > 0)) share = 0;
    if (share > 1) share = 1;
    int filled = (int)(share * width * parts), full = filled / parts, part = filled % parts;
    for (int i = 0; i < width; i++) {
        if (i < full)
            yd_canvas_put(canvas, x + i, y, glyphs->bar_full, YD_STYLE_BAR);
        else if (i == full && part)
            yd_canvas_put(canvas, x + i, y, glyphs->bar_part[part - 1], YD_STYLE_BAR);
        else
            yd_canvas_put(canvas, x + i, y, glyphs->bar_rest, YD_STYLE_BAR_REST);
    }
}
