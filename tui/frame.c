#include "tui/frame.h"
#include "base/text.h"
#include "tui/essential.h"
#include "tui/footer.h"
#include "tui/heading.h"
#include "tui/layout.h"
#include "tui/show.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The right end of the header; returns where it begins. */
static int draw_right(const yd_app *app, const yd_canvas *canvas)
{
    const yd_run_view *view = app->view;
    char epoch[48], duration[32], text[112];
    const yd_steer *steer = &app->services.steer;
    bool attached = steer->client && !steer->lost && !view->gone;
    const yd_control *control = attached ? yd_client_controller(steer->client) : NULL;
    bool steers = control && control->ours;
    yd_heading_epoch(epoch, sizeof epoch, view);
    snprintf(text, sizeof text, "epoch %s  ETA %s  ctl ", epoch,
             yd_show_duration(duration, sizeof duration, yd_heading_eta(view)));
    int end = canvas->width - 2;
    if (control && control->known && !control->ours && canvas->width >= 80)
        end = yd_canvas_text_right(canvas, end + 1, 0, YD_STYLE_WARNING,
                                   control->who[0] ? "watching" : "free") -
              2;
    yd_canvas_put(canvas, end, 0, steers ? canvas->glyphs->alive : canvas->glyphs->dead,
                  steers ? YD_STYLE_GOOD : YD_STYLE_BAD);
    return yd_canvas_text_right(canvas, end, 0, YD_STYLE_TEXT, text);
}

/* Model, data set and device, as far as they fit before `end`. */
static void draw_details(const yd_app *app, const yd_canvas *canvas, int x, int end)
{
    const yd_status_block *block = &app->view->block;
    const char *const raw[] = {block->model, block->dataset, block->device};
    bool first = true;
    for (int i = 0; i < 3; i++) {
        char shown[160];
        if (!raw[i][0]) continue;
        yd_escape(shown, sizeof shown, raw[i]);
        int needed = yd_canvas_text_width(canvas, shown) + (first ? 0 : 3);
        if (x + needed > end) return;
        if (!first) {
            yd_canvas_put(canvas, x + 1, 0, canvas->glyphs->dot, YD_STYLE_DIM);
            x += 3;
        }
        x = yd_canvas_text(canvas, x, 0, YD_STYLE_DIM, shown);
        first = false;
    }
}

static void draw_header(const yd_app *app, const yd_canvas *canvas)
{
    char state[48];
    int end = draw_right(app, canvas) - 1, x = 1;
    yd_heading_state(state, sizeof state, app->view);
    if (canvas->width >= 80) x = yd_canvas_text(canvas, x, 0, YD_STYLE_BRAND, "yolodeck") + 2;
    int name_room = end - x - (int)strlen(state) - 3;
    x = yd_canvas_text_cut(canvas, x, 0, name_room, YD_STYLE_VALUE, app->run_name) + 1;
    yd_canvas_put(canvas, x, 0, canvas->glyphs->pointer, YD_STYLE_DIM);
    x = yd_canvas_text_cut(canvas, x + 2, 0, end - x - 2, yd_heading_style(app->view), state);
    draw_details(app, canvas, x + 3, end - 1);
}

static void draw_tabs(const yd_app *app, const yd_canvas *canvas)
{
    const char *names[YD_SCREENS];
    for (int i = 0; i < YD_SCREENS; i++) names[i] = yd_screens[i]->name;
    yd_tab_layout layout = yd_layout_tabs(canvas->width, names, yd_app_tabs(app));
    for (int i = 0; i < yd_app_tabs(app); i++) {
        yd_canvas tab = yd_canvas_part(canvas, (yd_rect){layout.x[i], 0, layout.width[i], 1});
        yd_style style = i == app->screen ? YD_STYLE_TAB : YD_STYLE_TEXT;
        yd_canvas_fill(&tab, ' ', style);
        yd_canvas_textf(&tab, layout.pad, 0, style, "%c %s", yd_screens[i]->tab_key, names[i]);
    }
    if (!layout.help_x) return;
    yd_canvas_put(canvas, layout.help_x, 0, '?', YD_STYLE_KEY);
    yd_canvas_text(canvas, layout.help_x + 2, 0, YD_STYLE_DIM, "help");
}

yd_cursor yd_frame_draw(yd_app *app, const yd_canvas *canvas)
{
    yd_cursor cursor = {.x = -1};
    yd_frame_layout layout = yd_layout_frame(canvas->width, canvas->height);
    yd_canvas_fill(canvas, ' ', YD_STYLE_TEXT);
    if (canvas->pictures) canvas->pictures->count = 0;
    app->width = canvas->width;
    app->height = canvas->height;
    if (layout.essential) {
        yd_essential_draw(app, canvas, &cursor);
    } else {
        yd_canvas header = yd_canvas_part(canvas, layout.header), tabs = yd_canvas_part(canvas, layout.tabs);
        yd_canvas body = yd_canvas_part(canvas, layout.body);
        yd_screen_context context = yd_app_context(app, app->screen);
        context.cursor = &cursor;
        draw_header(app, &header);
        if (tabs.height > 0) draw_tabs(app, &tabs);
        yd_screens[app->screen]->draw(&context, &body);
        if (cursor.x >= 0) cursor.x += layout.body.x, cursor.y += layout.body.y;
        yd_footer_draw(app, canvas, layout.footer.y, &cursor);
    }
    if (app->overlay == YD_OVERLAY_HELP)
        app->overlay_rows =
            yd_help_draw(&app->help, &app->keymap, yd_screens[app->screen]->place, canvas, &cursor);
    if (app->overlay == YD_OVERLAY_MENU)
        app->overlay_rows = yd_menu_draw(app->menu, app->view, app->chosen, app->wall_ns, canvas, &cursor);
    yd_canvas_uncover(canvas);
    return cursor;
}
