#include "tui/pointer.h"
#include "tui/layout.h"

enum { WHEEL_ROWS = 3 };

static bool holds(yd_rect rect, int x, int y)
{
    return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
}

static int press_tab(yd_app *app, int x)
{
    const char *names[YD_SCREENS];
    for (int i = 0; i < YD_SCREENS; i++) names[i] = yd_screens[i]->name;
    yd_tab_layout layout = yd_layout_tabs(app->width, names, yd_app_tabs(app));
    for (int i = 0; i < yd_app_tabs(app); i++)
        if (holds((yd_rect){layout.x[i], 0, layout.width[i], 1}, x, 0)) yd_app_show_screen(app, i);
    if (layout.help_x && x >= layout.help_x) yd_app_show_help(app, "");
    return YD_REQUEST_NONE;
}

static int press_footer(yd_app *app, int x)
{
    for (int i = 0; i < app->hit_count; i++)
        if (x >= app->hits[i].x && x < app->hits[i].end) return yd_app_key(app, app->hits[i].key);
    return YD_REQUEST_NONE;
}

/* The wheel moves as the keys do where the screen has no meaning of its own for it. */
static int turn_wheel(yd_app *app, int direction)
{
    int request = YD_REQUEST_NONE;
    if (direction != 1 && direction != -1) return request;
    for (int i = 0; i < WHEEL_ROWS; i++) request |= yd_app_key(app, direction > 0 ? YD_KEY_DOWN : YD_KEY_UP);
    return request;
}

static int mouse_on_overlay(yd_app *app, const yd_mouse *mouse)
{
    if (mouse->kind == YD_MOUSE_WHEEL) return turn_wheel(app, mouse->button);
    if (mouse->kind != YD_MOUSE_PRESS || mouse->button != 1) return YD_REQUEST_NONE;
    yd_rect rows = app->overlay_rows, box = {rows.x - 2, rows.y - 1, rows.width + 4, rows.height + 2};
    if (!holds(box, mouse->x, mouse->y)) return yd_app_key(app, YD_KEY_ESCAPE);
    int row = mouse->y - rows.y;
    if (app->overlay != YD_OVERLAY_MENU || row < 0 || row >= yd_menu_count(app->menu)) return YD_REQUEST_NONE;
    if (row == app->chosen) return yd_app_key(app, YD_KEY_ENTER);
    app->chosen = row; /* the first click chooses, the second one does it */
    return YD_REQUEST_NONE;
}

static int mouse_on_screen(yd_app *app, const yd_mouse *mouse, yd_rect body)
{
    const yd_screen *screen = yd_screens[app->screen];
    yd_screen_context context = yd_app_context(app, app->screen);
    yd_mouse inner = *mouse;
    inner.x -= body.x;
    inner.y -= body.y;
    if (screen->mouse && screen->mouse(&context, &inner)) return YD_REQUEST_NONE;
    bool scrolls = yd_keymap_action(&app->keymap, YD_KEY_DOWN, screen->place) != YD_ACTION_NONE;
    return mouse->kind == YD_MOUSE_WHEEL && scrolls ? turn_wheel(app, mouse->button) : YD_REQUEST_NONE;
}

int yd_pointer_take(yd_app *app, const yd_mouse *mouse)
{
    yd_frame_layout layout = yd_layout_frame(app->width, app->height);
    bool press = mouse->kind == YD_MOUSE_PRESS && mouse->button == 1, was_dragging = app->dragging;
    if (mouse->kind == YD_MOUSE_RELEASE) app->dragging = false;
    if (layout.essential || app->prompt.open) return YD_REQUEST_NONE;
    if (app->overlay != YD_OVERLAY_NONE) return mouse_on_overlay(app, mouse);
    if (was_dragging && mouse->kind != YD_MOUSE_WHEEL) return mouse_on_screen(app, mouse, layout.body);
    if (holds(layout.body, mouse->x, mouse->y)) {
        if (mouse->kind == YD_MOUSE_PRESS) app->dragging = true;
        return mouse_on_screen(app, mouse, layout.body);
    }
    if (press && holds(layout.tabs, mouse->x, mouse->y)) return press_tab(app, mouse->x);
    if (press && holds(layout.footer, mouse->x, mouse->y)) return press_footer(app, mouse->x);
    return YD_REQUEST_NONE;
}
