#include "tui/footer.h"
#include "base/text.h"
#include "tui/layout.h"
#include <stdio.h>
#include <string.h>

/* Of a place, and of use now: its key means this on the screen that is shown, and there is a run to steer
 * where it needs one. */
static bool has_footer(const yd_app *app, const yd_binding *binding, yd_binding_place place)
{
    if (!binding->footer || binding->place != place) return false;
    if (yd_run_view_ended(app->view) && yd_action_steers(binding->action)) return false;
    return !yd_keymap_hides(&app->keymap, binding, yd_screens[app->screen]->place);
}

static const char *word_of(const yd_app *app, const yd_binding *binding)
{
    if (binding->action == YD_ACTION_PAUSE && app->view->state == YD_RUN_PAUSED) return "go on";
    if (binding->action == YD_ACTION_DETACH && yd_run_view_ended(app->view)) return "leave";
    return binding->footer;
}

/* The keys of an entry of the footer: a key whose word is empty shares the word of the key before it. */
static int gather_keys(const yd_app *app, int first, int keys[8])
{
    const yd_keymap *keymap = &app->keymap;
    int count = 0;
    yd_binding_place place = keymap->bindings[first].place;
    keys[count++] = keymap->bindings[first].key;
    for (int i = first + 1; i < keymap->count && count < 8; i++) {
        if (!has_footer(app, &keymap->bindings[i], place)) continue;
        if (keymap->bindings[i].footer[0]) break;
        keys[count++] = keymap->bindings[i].key;
    }
    return count;
}

static int width_of(const yd_canvas *canvas, const int *keys, int count, const char *word)
{
    int width = 1 + yd_canvas_text_width(canvas, word);
    for (int i = 0; i < count; i++) {
        char name[16];
        width += yd_canvas_text_width(canvas, yd_key_name(keys[i], name)) + (i ? 1 : 0);
    }
    return width;
}

/* One entry, "+ - save period"; its word stands for the last key. Returns the x behind it. */
static int draw_entry(yd_app *app, const yd_canvas *canvas, int x, const int *keys, int count,
                      const char *word)
{
    for (int i = 0; i < count; i++) {
        char name[16];
        int start = x;
        x = yd_canvas_text(canvas, x, 0, YD_STYLE_KEY, yd_key_name(keys[i], name)) + 1;
        if (i + 1 == count) x = yd_canvas_text(canvas, x, 0, YD_STYLE_TEXT, word);
        if (app->hit_count < YD_HITS) app->hits[app->hit_count++] = (yd_hit){start, x, keys[i]};
    }
    return x;
}

/* The entries of a place but that of one action, as many as there is room for. */
static int draw_place(yd_app *app, const yd_canvas *canvas, int x, yd_binding_place place, yd_action but)
{
    const yd_keymap *keymap = &app->keymap;
    for (int i = 0; i < keymap->count; i++) {
        int keys[8];
        const yd_binding *binding = &keymap->bindings[i];
        if (!has_footer(app, binding, place) || !binding->footer[0] || binding->action == but) continue;
        const char *word = word_of(app, binding);
        int count = gather_keys(app, i, keys);
        if (x + width_of(canvas, keys, count, word) >= canvas->width) break;
        x = draw_entry(app, canvas, x, keys, count, word) + 2;
    }
    return x;
}

/* Where the tabs have no room: how to get at the other screens, and at the help. */
static int draw_way_on(yd_app *app, const yd_canvas *canvas, int x)
{
    int start = x;
    x = yd_canvas_textf(canvas, x, 0, YD_STYLE_KEY, "1-%d", yd_app_tabs(app)) + 1;
    x = yd_canvas_text(canvas, x, 0, YD_STYLE_TEXT, "screens");
    app->hits[app->hit_count++] = (yd_hit){start, x, YD_KEY_TAB};
    char keys[32];
    yd_keymap_keys(&app->keymap, YD_ACTION_HELP, YD_BINDING_ANY, keys, sizeof keys);
    keys[strcspn(keys, " ")] = '\0';
    x = yd_canvas_text(canvas, x + 2, 0, YD_STYLE_KEY, keys) + 1;
    return yd_canvas_text(canvas, x, 0, YD_STYLE_TEXT, "help") + 2;
}

/* A screen's own keys come before those of every screen; where there is no room for screens it has none. */
static void draw_keys(yd_app *app, const yd_canvas *canvas, int x, const yd_frame_layout *layout)
{
    bool has_way = !layout->tabs.height && !layout->essential;
    yd_action but = has_way ? YD_ACTION_HELP : YD_ACTION_NONE;
    if (has_way) x = draw_way_on(app, canvas, x);
    if (!layout->essential) x = draw_place(app, canvas, x, yd_screens[app->screen]->place, but);
    draw_place(app, canvas, x, YD_BINDING_ANY, but);
}

/* While the mouse is the terminal's, the line says how to take it back. */
static int draw_mouse(yd_app *app, const yd_canvas *canvas, int x)
{
    char keys[32];
    if (app->services.mouse) return x;
    yd_keymap_keys(&app->keymap, YD_ACTION_MOUSE, YD_BINDING_ANY, keys, sizeof keys);
    x = yd_canvas_text(canvas, x, 0, YD_STYLE_KEY, keys) + 1;
    return yd_canvas_text(canvas, x, 0, YD_STYLE_NOTICE, "mouse off") + 2;
}

void yd_footer_draw(yd_app *app, const yd_canvas *canvas, int row, yd_cursor *cursor)
{
    yd_canvas line = yd_canvas_part(canvas, (yd_rect){0, row, canvas->width, 1});
    app->hit_count = 0;
    if (app->prompt.open) {
        yd_canvas rows = yd_canvas_part(canvas, (yd_rect){0, 0, canvas->width, row + 1});
        *cursor = (yd_cursor){yd_prompt_draw(&app->prompt, &rows), row};
        return;
    }
    int x = draw_mouse(app, &line, 1);
    if (app->services.message[0]) {
        yd_canvas_text_cut(&line, x, 0, line.width - x - 1, app->services.message_style,
                           app->services.message);
        return;
    }
    if (yd_run_view_ended(app->view) && !app->view->past[0] && canvas->width >= YD_LAYOUT_WIDTH)
        x = yd_canvas_textf(&line, x, 0, YD_STYLE_NOTICE, "the run has ended: %s",
                            yd_run_view_state_name(app->view)) +
            2;
    yd_frame_layout layout = yd_layout_frame(canvas->width, canvas->height);
    draw_keys(app, &line, x, &layout);
}
