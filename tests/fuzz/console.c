/* Anything that an engine may publish and anything that a terminal may send, drawn at any size: no cell is a
 * control character. */
#include "base/error.h"
#include "tui/frame.h"
#include <locale.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct source {
    const uint8_t *data;
    size_t left;
} source;

/* Bytes for a value; zeros where there are no more. */
static void take(source *from, void *out, size_t size)
{
    size_t count = size < from->left ? size : from->left;
    memset(out, 0, size);
    if (count) memcpy(out, from->data, count);
    from->data += count;
    from->left -= count;
}

static void check_cells(const yd_canvas *canvas)
{
    for (int i = 0; i < canvas->width * canvas->height; i++) {
        uint32_t glyph = canvas->cells[i].glyph;
        YD_ASSERT(glyph == 0 || (glyph >= 0x20 && glyph != 0x7f && !(glyph >= 0x80 && glyph < 0xa0)));
    }
}

static void draw(yd_app *app, uint8_t width, uint8_t height)
{
    yd_canvas canvas;
    if (!yd_canvas_create(&canvas, width, height, height % 2 ? &yd_glyphs_unicode : &yd_glyphs_ascii)) return;
    yd_frame_draw(app, &canvas);
    check_cells(&canvas);
    yd_canvas_free(&canvas);
}

static void feed(yd_app *app, source *from)
{
    uint8_t what[4];
    yd_status_block block;
    yd_event event;
    take(from, what, sizeof what);
    app->now_ns += what[3] * INT64_C(100000000);
    switch (what[0] % 4) {
    case 0:
        take(from, &block, sizeof block);
        yd_run_view_status(app->view, &block);
        yd_run_view_clock(app->view, app->now_ns);
        break;
    case 1:
        take(from, &event, sizeof event);
        event.type %= YD_EVENT_COUNT;
        yd_run_view_event(app->view, &event);
        break;
    case 2:
        yd_app_key(app, what[1]);
        break;
    default:
        draw(app, what[1], what[2]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static yd_app app;
    source from = {data, size};
    setlocale(LC_CTYPE, "C.UTF-8");
    if (!yd_app_start(&app, yd_run_view_create(), NULL, "run")) return 0;
    yd_input input = {0};
    for (size_t i = 0; i < size; i++) {
        int key = yd_input_byte(&input, data[i], (int64_t)i);
        YD_ASSERT(key >= 0 && key <= YD_KEY_UNKNOWN);
    }
    while (from.left) feed(&app, &from);
    draw(&app, 94, 31);
    yd_app_end(&app);
    return 0;
}
