/* Anything that an engine may publish and anything that a user may do, drawn at any size: no cell is a
 * control character. */
#include "base/error.h"
#include "base/text.h"
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

static void use_mouse(yd_app *app, const uint8_t what[4])
{
    yd_mouse mouse = {
        .kind = (yd_mouse_kind)(what[3] % 4), .button = 1 + what[3] / 4 % 3, .x = what[1], .y = what[2]};
    if (mouse.kind == YD_MOUSE_WHEEL) mouse.button = what[3] & 4 ? 1 : -1;
    yd_app_mouse(app, &mouse);
}

/* As the terminal's input hands it on: UTF-8 without control characters. */
static void paste(yd_app *app, source *from, size_t length)
{
    char raw[256] = {0}, text[1024];
    take(from, raw, length);
    yd_app_paste(app, yd_escape(text, sizeof text, raw));
}

static void feed(yd_app *app, source *from)
{
    uint8_t what[4];
    yd_status_block block;
    yd_event event;
    take(from, what, sizeof what);
    app->now_ns += what[3] * INT64_C(100000000);
    switch (what[0] % 7) {
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
        yd_app_key(app, what[2] % 4 ? what[1] : YD_KEY_UP + what[1] % (YD_KEY_F1 - YD_KEY_UP));
        break;
    case 3:
        use_mouse(app, what);
        break;
    case 4:
        paste(app, from, what[1]);
        break;
    case 5:
        yd_app_tick(app);
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
    while (from.left) feed(&app, &from);
    draw(&app, 94, 31);
    yd_app_end(&app);
    return 0;
}
