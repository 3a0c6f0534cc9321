#include "tui/app.h"
#include "base/file.h"
#include "base/text.h"
#include "tui/stop_menu.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND     1000000000LL
#define MESSAGE_NS (5 * SECOND)

bool yd_app_start(yd_app *app, yd_run_view *view, yd_client *client, const char *run_folder)
{
    *app = (yd_app){.view = view, .steer = {.client = client}};
    yd_escape(app->run_name, sizeof app->run_name, yd_path_name(run_folder));
    for (int i = 0; i < YD_SCREENS; i++) {
        app->memories[i] = calloc(1, yd_screens[i]->memory ? yd_screens[i]->memory : 1);
        if (app->memories[i]) continue;
        yd_app_end(app);
        return false;
    }
    return true;
}

void yd_app_end(yd_app *app)
{
    for (int i = 0; i < YD_SCREENS; i++) free(app->memories[i]);
    yd_run_view_destroy(app->view);
    *app = (yd_app){0};
}

static void say(yd_app *app, yd_style style, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void say(yd_app *app, yd_style style, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(app->message, sizeof app->message, format, arguments);
    va_end(arguments);
    app->message_style = style;
    app->message_until_ns = app->now_ns + MESSAGE_NS;
}

bool yd_app_expired(yd_app *app)
{
    if (!app->message[0] || app->now_ns < app->message_until_ns) return false;
    app->message[0] = '\0';
    return true;
}

/* Sends, and says how that went. */
static void command(yd_app *app, yd_command_type type, const char *argument, const char *what)
{
    char message[sizeof app->message];
    bool sent = yd_steer_send(&app->steer, type, argument, what, message, sizeof message);
    say(app, sent ? YD_STYLE_NOTICE : YD_STYLE_BAD, "%s", message);
}

static void change_period(yd_app *app, int change)
{
    char message[sizeof app->message];
    int now = app->view->block.save_period;
    bool sent = yd_steer_save_period(&app->steer, now, change, message, sizeof message);
    say(app, sent ? YD_STYLE_NOTICE : YD_STYLE_BAD, "%s", message);
}

static void stop(yd_app *app, int choice)
{
    command(app, YD_COMMAND_STOP, yd_stop_menu_argument(choice), yd_stop_menu_name(choice));
    app->overlay = YD_OVERLAY_NONE;
}

static void open_stop_menu(yd_app *app)
{
    app->overlay = app->overlay == YD_OVERLAY_STOP ? YD_OVERLAY_NONE : YD_OVERLAY_STOP;
    app->chosen = 0;
}

int yd_app_interrupt(yd_app *app)
{
    bool again = app->interrupted_ns && app->now_ns - app->interrupted_ns < SECOND;
    if (yd_run_view_ended(app->view)) return YD_REQUEST_LEAVE;
    app->interrupted_ns = again ? 0 : app->now_ns;
    if (again) {
        stop(app, 0);
        return YD_REQUEST_NONE;
    }
    app->overlay = YD_OVERLAY_STOP;
    app->chosen = 0;
    return YD_REQUEST_NONE;
}

static void show_screen(yd_app *app, int screen)
{
    app->screen = (screen + YD_SCREENS) % YD_SCREENS;
    app->overlay = YD_OVERLAY_NONE;
}

static void act_on_screen(yd_app *app, yd_action action)
{
    const yd_screen *screen = yd_screens[app->screen];
    yd_screen_context context = {app->view, app->memories[app->screen], app->now_ns, app->wall_ns};
    if (screen->act) screen->act(&context, action);
}

static int act(yd_app *app, yd_action action)
{
    bool paused = app->view->state == YD_RUN_PAUSED;
    switch (action) {
    case YD_ACTION_DETACH:
        return YD_REQUEST_LEAVE;
    case YD_ACTION_REDRAW:
        return YD_REQUEST_REDRAW;
    case YD_ACTION_SUSPEND:
        return YD_REQUEST_SUSPEND;
    case YD_ACTION_INTERRUPT:
        return yd_app_interrupt(app);
    case YD_ACTION_PAUSE:
        command(app, paused ? YD_COMMAND_RESUME : YD_COMMAND_PAUSE, "", paused ? "go on" : "pause");
        break;
    case YD_ACTION_SAVE:
        command(app, YD_COMMAND_SAVE, "", "save");
        break;
    case YD_ACTION_VALIDATE:
        command(app, YD_COMMAND_VALIDATE, "", "validate");
        break;
    case YD_ACTION_PERIOD_UP:
        change_period(app, 1);
        break;
    case YD_ACTION_PERIOD_DOWN:
        change_period(app, -1);
        break;
    case YD_ACTION_STOP_MENU:
        open_stop_menu(app);
        break;
    case YD_ACTION_HELP:
        app->overlay = app->overlay == YD_OVERLAY_HELP ? YD_OVERLAY_NONE : YD_OVERLAY_HELP;
        app->help_top = 0;
        break;
    case YD_ACTION_NEXT_SCREEN:
        show_screen(app, app->screen + 1);
        break;
    case YD_ACTION_PREVIOUS_SCREEN:
        show_screen(app, app->screen - 1);
        break;
    default:
        act_on_screen(app, action);
    }
    return YD_REQUEST_NONE;
}

/* True where the overlay took the key. */
static bool key_to_stop_menu(yd_app *app, int key)
{
    if (key == YD_KEY_UP || key == 'k')
        app->chosen = (app->chosen + YD_STOP_CHOICES - 1) % YD_STOP_CHOICES;
    else if (key == YD_KEY_DOWN || key == 'j')
        app->chosen = (app->chosen + 1) % YD_STOP_CHOICES;
    else if (key >= '1' && key < '1' + YD_STOP_CHOICES)
        stop(app, key - '1');
    else if (key == YD_KEY_ENTER)
        stop(app, app->chosen);
    else if (key == YD_KEY_ESCAPE)
        app->overlay = YD_OVERLAY_NONE;
    else
        return false;
    return true;
}

static bool key_to_help(yd_app *app, int key)
{
    if (key == YD_KEY_DOWN || key == 'j')
        app->help_top++;
    else if (key == YD_KEY_UP || key == 'k')
        app->help_top -= app->help_top > 0;
    else if (key == YD_KEY_ESCAPE || key == YD_KEY_ENTER || key == 'q')
        app->overlay = YD_OVERLAY_NONE;
    else
        return false;
    return true;
}

static int screen_of_key(int key)
{
    for (int i = 0; i < YD_SCREENS; i++)
        if (yd_screens[i]->key == key) return i;
    return -1;
}

int yd_app_key(yd_app *app, int key)
{
    char name[16];
    if (app->overlay == YD_OVERLAY_STOP && key_to_stop_menu(app, key)) return YD_REQUEST_NONE;
    if (app->overlay == YD_OVERLAY_HELP && key_to_help(app, key)) return YD_REQUEST_NONE;
    int screen = screen_of_key(key);
    if (screen >= 0) {
        show_screen(app, screen);
        return YD_REQUEST_NONE;
    }
    yd_action action = yd_keymap_action(key, yd_screens[app->screen]->place);
    if (action != YD_ACTION_NONE) return act(app, action);
    if (key != YD_KEY_ESCAPE)
        say(app, YD_STYLE_DIM, "%s does nothing here (? lists the keys)", yd_key_name(key, name));
    return YD_REQUEST_NONE;
}

bool yd_app_answers(yd_app *app)
{
    char message[sizeof app->message];
    bool done, any = false;
    int found;
    while ((found = yd_steer_answer(&app->steer, &done, message, sizeof message)) > 0) {
        say(app, done ? YD_STYLE_GOOD : YD_STYLE_BAD, "%s", message);
        yd_lines_addf(&app->view->lines, app->wall_ns, done ? YD_LINE_EVENT : YD_LINE_WARNING, "%s (you)",
                      message);
        any = true;
    }
    return any;
}

static void lose_link(yd_app *app)
{
    int open = yd_steer_drop(&app->steer);
    if (open)
        say(app, YD_STYLE_BAD, "the connection was lost: whether %d command%s done is not known", open,
            open > 1 ? "s were" : " was");
}

void yd_app_link(yd_app *app, yd_link_state state)
{
    bool revived = app->view->gone;
    if (state == YD_LINK_DOWN && !revived) lose_link(app);
    if (state != YD_LINK_UP) return;
    app->steer.lost = false;
    if (revived) yd_run_view_revive(app->view);
    yd_lines_addf(&app->view->lines, app->wall_ns, YD_LINE_EVENT, "attached again: %s",
                  revived ? "the run goes on" : "the connection was lost");
}

int yd_app_max_fps(const yd_app *app)
{
    return yd_screens[app->screen]->max_fps;
}
