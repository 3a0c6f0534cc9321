#include "tui/footer.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

static bool has_footer(const yd_binding *binding, yd_binding_place place)
{
    return binding->footer && binding->place == place;
}

/* The keys of an entry of the footer: a key whose word is empty shares the word of the key before it. */
static int gather_keys(const yd_keymap *keymap, int first, int keys[8])
{
    int count = 0;
    yd_binding_place place = keymap->bindings[first].place;
    keys[count++] = keymap->bindings[first].key;
    for (int i = first + 1; i < keymap->count && count < 8; i++) {
        if (!has_footer(&keymap->bindings[i], place)) continue;
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

/* The entries of a place, as many as there is room for. */
static int draw_place(yd_app *app, const yd_canvas *canvas, int x, yd_binding_place place)
{
    const yd_keymap *keymap = &app->keymap;
    bool paused = app->view->state == YD_RUN_PAUSED;
    for (int i = 0; i < keymap->count; i++) {
        int keys[8];
        const yd_binding *binding = &keymap->bindings[i];
        if (!has_footer(binding, place) || !binding->footer[0]) continue;
        const char *word = binding->action == YD_ACTION_PAUSE && paused ? "go on" : binding->footer;
        int count = gather_keys(keymap, i, keys);
        if (x + width_of(canvas, keys, count, word) >= canvas->width) break;
        x = draw_entry(app, canvas, x, keys, count, word) + 2;
    }
    return x;
}

/* A screen's own keys come before those of every screen. */
static void draw_keys(yd_app *app, const yd_canvas *canvas, int x)
{
    yd_binding_place place = yd_screens[app->screen]->place;
    x = draw_place(app, canvas, x, place);
    draw_place(app, canvas, x, YD_BINDING_ANY);
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
    if (app->services.message[0])
        yd_canvas_text_cut(&line, x, 0, line.width - x - 1, app->services.message_style,
                           app->services.message);
    else if (yd_run_view_ended(app->view) && !app->view->past[0])
        yd_canvas_textf(&line, x, 0, YD_STYLE_NOTICE, "the run has ended: %s (q leaves)",
                        yd_run_view_state_name(app->view));
    else
        draw_keys(app, &line, x);
}
