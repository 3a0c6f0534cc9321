#include "tui/app.h"
#include "base/file.h"
#include "base/text.h"
#include "tui/actions.h"
#include "tui/branch.h"
#include "tui/commands.h"
#include "tui/layout.h"
#include "tui/pointer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SECOND 1000000000LL

static void wake(void *context)
{
    const yd_app *app = context;
    yd_services_wake(&app->services);
}

/* The curves of the run that this one was branched off. */
static void lay_parent_over(yd_app *app, const char *run_folder)
{
    char parent[4096];
    if (run_folder && run_folder[0] && yd_branch_parent(run_folder, parent))
        yd_compare_add(app->compare, parent);
}

static bool is_evolution(const char *run_folder)
{
    char path[4200];
    snprintf(path, sizeof path, "%.4096s/evolve.jsonl", run_folder);
    return yd_file_exists(path);
}

bool yd_app_start(yd_app *app, yd_run_view *view, yd_client *client, const char *run_folder)
{
    *app = (yd_app){.view = view};
    bool good = yd_services_start(&app->services, client, run_folder) && view;
    app->compare = good ? yd_compare_create(wake, app) : NULL;
    good &= app->compare != NULL;
    yd_keymap_default(&app->keymap);
    app->services.keymap = &app->keymap;
    yd_escape(app->run_name, sizeof app->run_name, yd_path_name(run_folder));
    for (int i = 0; i < YD_SCREENS; i++) {
        app->memories[i] = calloc(1, yd_screens[i]->memory ? yd_screens[i]->memory : 1);
        good &= app->memories[i] != NULL;
    }
    if (!good) yd_app_end(app);
    if (!good) return false;
    yd_curves_start(&app->curves, view, run_folder, !client);
    lay_parent_over(app, run_folder);
    app->evolves = is_evolution(run_folder);
    return true;
}

int yd_app_tabs(const yd_app *app)
{
    int tabs = YD_SCREENS;
    bool evolves = app->evolves || app->view->block.generations > 0;
    while (!evolves && yd_screens[tabs - 1]->only_evolution) tabs--;
    return tabs;
}

static void close_screen(yd_app *app)
{
    yd_screen_context context = yd_app_context(app, app->screen);
    if (app->opened && yd_screens[app->screen]->closed) yd_screens[app->screen]->closed(&context);
    app->opened = app->dragging = false;
}

void yd_app_end(yd_app *app)
{
    for (int i = 0; i < YD_SCREENS; i++) {
        yd_screen_context context = yd_app_context(app, i);
        if (context.memory && yd_screens[i]->end) yd_screens[i]->end(&context);
        free(app->memories[i]);
    }
    yd_compare_destroy(app->compare);
    yd_services_end(&app->services);
    yd_curves_end(&app->curves);
    yd_run_view_destroy(app->view);
    *app = (yd_app){0};
}

/* A run is either open or laid over the one that is. */
static void take_out_of_comparison(yd_app *app, const char *run_folder)
{
    char *found = realpath(run_folder, NULL);
    yd_compare_remove(app->compare, found ? found : run_folder);
    free(found);
}

void yd_app_change_run(yd_app *app, yd_run_view *view, yd_client *client, const char *run_folder)
{
    close_screen(app);
    for (int i = 0; i < YD_SCREENS; i++) {
        yd_screen_context context = yd_app_context(app, i);
        if (yd_screens[i]->keeps) continue;
        if (yd_screens[i]->end) yd_screens[i]->end(&context);
        memset(app->memories[i], 0, yd_screens[i]->memory);
    }
    yd_curves_end(&app->curves);
    yd_run_view_destroy(app->view);
    app->view = view;
    yd_curves_start(&app->curves, view, run_folder, !client);
    app->services.steer = (yd_steer){.client = client};
    yd_copy_text(app->services.run_folder, sizeof app->services.run_folder, run_folder);
    app->services.open_folder[0] = '\0';
    yd_escape(app->run_name, sizeof app->run_name, yd_path_name(run_folder));
    take_out_of_comparison(app, run_folder);
    lay_parent_over(app, run_folder);
    app->evolves = is_evolution(run_folder);
    if (app->screen >= yd_app_tabs(app)) app->screen = 0;
    app->past = (yd_past){0};
    app->overlay = YD_OVERLAY_NONE;
    app->interrupted_ns = 0;
}

yd_screen_context yd_app_context(yd_app *app, int screen)
{
    app->services.now_ns = app->now_ns;
    return (yd_screen_context){.view = app->view,
                               .memory = app->memories[screen],
                               .services = &app->services,
                               .compare = app->compare,
                               .run_name = app->run_name,
                               .now_ns = app->now_ns,
                               .wall_ns = app->wall_ns};
}

void yd_app_open_command_line(yd_app *app, const char *text)
{
    app->overlay = YD_OVERLAY_NONE;
    yd_prompt_open(&app->prompt, text, yd_commands_complete, app);
}

static void choose(yd_app *app, yd_menu menu, int i)
{
    const yd_menu_choice *choice = yd_menu_at(menu, i);
    app->overlay = YD_OVERLAY_NONE;
    if (choice->typed)
        yd_app_open_command_line(app, choice->typed);
    else
        yd_services_send(&app->services, choice->command, choice->argument, choice->name);
}

void yd_app_open_menu(yd_app *app, yd_menu menu)
{
    bool open = app->overlay == YD_OVERLAY_MENU && app->menu == menu;
    app->overlay = open ? YD_OVERLAY_NONE : YD_OVERLAY_MENU;
    app->menu = menu;
    app->chosen = 0;
}

int yd_app_interrupt(yd_app *app)
{
    app->services.now_ns = app->now_ns;
    bool again = app->interrupted_ns && app->now_ns - app->interrupted_ns < SECOND;
    if (yd_run_view_ended(app->view)) return YD_REQUEST_LEAVE;
    app->interrupted_ns = again ? 0 : app->now_ns;
    if (again) {
        choose(app, YD_MENU_STOP, 0);
        return YD_REQUEST_NONE;
    }
    app->overlay = YD_OVERLAY_NONE;
    yd_app_open_menu(app, YD_MENU_STOP);
    return YD_REQUEST_NONE;
}

static void open_screen(yd_app *app)
{
    yd_screen_context context = yd_app_context(app, app->screen);
    if (!app->opened && yd_screens[app->screen]->opened) yd_screens[app->screen]->opened(&context);
    app->opened = true;
}

/* Where a terminal is too small for screens, keys do not do on a hidden one what nobody sees. */
static bool has_screens(const yd_app *app)
{
    return !app->width || !yd_layout_frame(app->width, app->height).essential;
}

void yd_app_show_screen(yd_app *app, int screen)
{
    app->overlay = YD_OVERLAY_NONE;
    int tabs = yd_app_tabs(app);
    screen = (screen + tabs) % tabs;
    if (!has_screens(app))
        yd_services_say(&app->services, YD_STYLE_NOTICE, "%s needs %d x %d cells", yd_screens[screen]->name,
                        YD_LAYOUT_WIDTH, YD_LAYOUT_HEIGHT);
    if (screen == app->screen) return;
    close_screen(app);
    app->screen = screen;
    open_screen(app);
}

/* Carries out what a screen has asked for; the rest is the loop's. */
static int settle(yd_app *app, int request)
{
    yd_services *services = &app->services;
    const char *wanted = services->screen;
    services->screen = NULL;
    for (int i = 0; wanted && i < yd_app_tabs(app); i++)
        if (strcasecmp(yd_screens[i]->name, wanted) == 0) yd_app_show_screen(app, i);
    if (services->open_folder[0]) request |= YD_REQUEST_OPEN;
    return request;
}

void yd_app_act_on_screen(yd_app *app, yd_action action)
{
    const yd_screen *screen = yd_screens[app->screen];
    yd_screen_context context = yd_app_context(app, app->screen);
    if (screen->act) screen->act(&context, action);
}

void yd_app_show_help(yd_app *app, const char *filter)
{
    yd_help_start(&app->help, filter);
    app->overlay = YD_OVERLAY_HELP;
}

void yd_app_set_mouse(yd_app *app, bool on)
{
    char keys[32];
    app->services.mouse = on;
    yd_keymap_keys(&app->keymap, YD_ACTION_MOUSE, YD_BINDING_ANY, keys, sizeof keys);
    if (on)
        yd_services_say(&app->services, YD_STYLE_NOTICE, "the mouse works here again");
    else
        yd_services_say(&app->services, YD_STYLE_NOTICE,
                        "the mouse is the terminal's: select text with it; %s takes it back", keys);
}

/* True where the overlay took the key. */
static bool key_to_menu(yd_app *app, int key)
{
    const int count = yd_menu_count(app->menu);
    if (key >= '1' && key < '1' + count) {
        choose(app, app->menu, key - '1');
        return true;
    }
    switch (yd_keymap_action(&app->keymap, key, YD_BINDING_OVERLAY)) {
    case YD_ACTION_UP:
        app->chosen = (app->chosen + count - 1) % count;
        return true;
    case YD_ACTION_DOWN:
        app->chosen = (app->chosen + 1) % count;
        return true;
    case YD_ACTION_ACTIVATE:
        choose(app, app->menu, app->chosen);
        return true;
    case YD_ACTION_BACK:
        app->overlay = YD_OVERLAY_NONE;
        return true;
    default:
        return false;
    }
}

static bool key_to_overlay(yd_app *app, int key)
{
    bool close = false;
    if (key == YD_KEY_CTRL_C || app->overlay == YD_OVERLAY_NONE) return false;
    if (app->overlay == YD_OVERLAY_MENU) return key_to_menu(app, key);
    bool taken = yd_help_key(&app->help, &app->keymap, key, &close);
    if (close) app->overlay = YD_OVERLAY_NONE;
    return taken;
}

static int key_to_prompt(yd_app *app, int key)
{
    yd_prompt *prompt = &app->prompt;
    int request = YD_REQUEST_NONE;
    if (key == YD_KEY_CTRL_C) {
        prompt->open = false;
        return yd_app_interrupt(app);
    }
    if (yd_prompt_key(prompt, key) == YD_ENTRY_DONE)
        prompt->open =
            !yd_commands_run(app, prompt->entry.text, &request, prompt->error, sizeof prompt->error);
    return request;
}

static int screen_of_key(const yd_app *app, int key)
{
    for (int i = 0, tabs = yd_app_tabs(app); i < tabs; i++)
        if (yd_screens[i]->tab_key == key) return i;
    return -1;
}

static bool key_to_screen(yd_app *app, int key)
{
    const yd_screen *screen = yd_screens[app->screen];
    yd_screen_context context = yd_app_context(app, app->screen);
    return app->overlay == YD_OVERLAY_NONE && key != YD_KEY_CTRL_C && has_screens(app) && screen->key &&
           screen->key(&context, key);
}

static int take_key(yd_app *app, int key)
{
    char name[16], help[32];
    if (app->prompt.open) return key_to_prompt(app, key);
    if (key_to_overlay(app, key)) return YD_REQUEST_NONE;
    if (key_to_screen(app, key)) return YD_REQUEST_NONE;
    int screen = screen_of_key(app, key);
    if (screen >= 0) {
        yd_app_show_screen(app, screen);
        return YD_REQUEST_NONE;
    }
    yd_binding_place place = has_screens(app) ? yd_screens[app->screen]->place : YD_BINDING_ANY;
    yd_action action = yd_keymap_action(&app->keymap, key, place);
    if (action != YD_ACTION_NONE) return yd_actions_do(app, action);
    yd_keymap_keys(&app->keymap, YD_ACTION_HELP, YD_BINDING_ANY, help, sizeof help);
    help[strcspn(help, " ")] = '\0'; /* the first will do */
    if (key != YD_KEY_ESCAPE)
        yd_services_say(&app->services, YD_STYLE_DIM, "%s does nothing here (%s lists the keys)",
                        yd_key_name(key, name), help);
    return YD_REQUEST_NONE;
}

int yd_app_key(yd_app *app, int key)
{
    app->services.now_ns = app->now_ns;
    return settle(app, take_key(app, key));
}

int yd_app_paste(yd_app *app, const char *text)
{
    const yd_screen *screen = yd_screens[app->screen];
    yd_screen_context context = yd_app_context(app, app->screen);
    if (app->prompt.open) {
        yd_prompt_paste(&app->prompt, text);
        return YD_REQUEST_NONE;
    }
    bool taken =
        app->overlay == YD_OVERLAY_NONE && has_screens(app) && screen->paste && screen->paste(&context, text);
    if (!taken) yd_services_say(&app->services, YD_STYLE_DIM, "pasted text is not taken here");
    return settle(app, YD_REQUEST_NONE);
}

int yd_app_mouse(yd_app *app, const yd_mouse *mouse)
{
    app->services.now_ns = app->now_ns;
    return settle(app, yd_pointer_take(app, mouse));
}

static bool is_of_a_screen(yd_app *app, const yd_launch_result *result)
{
    for (int i = 0; i < YD_SCREENS; i++) {
        yd_screen_context context = yd_app_context(app, i);
        if (yd_screens[i]->launched && yd_screens[i]->launched(&context, result)) return true;
    }
    return false;
}

/* What a program said that was started in the background: where a run came of it, that run is opened. */
static bool take_launched(yd_app *app)
{
    static const char before[] = " runs as process ";
    yd_services *services = &app->services;
    yd_launch_result result;
    char shown[512];
    if (!services->launcher || !yd_launcher_take(services->launcher, &result)) return false;
    if (is_of_a_screen(app, &result)) return true;
    char *end = strstr(result.line, before);
    if (result.status == 0 && end) {
        *end = '\0';
        yd_services_open_run(services, result.line);
        yd_services_show_screen(services, "dash");
        return true;
    }
    const char *line = strncmp(result.line, "yolodeck: ", 10) == 0 ? result.line + 10 : result.line;
    yd_services_say(services, YD_STYLE_BAD, "%.100s: %s", result.what,
                    yd_escape(shown, sizeof shown, line[0] ? line : "it ended without a word"));
    return true;
}

static bool look_at_past(yd_app *app)
{
    yd_services *services = &app->services;
    if (!app->view->past[0] || !services->run_folder[0]) return false;
    switch (yd_past_look(&app->past, app->view, services->run_folder, app->now_ns)) {
    case YD_PAST_LIVES:
        yd_services_open_run(services, services->run_folder);
        return true;
    case YD_PAST_CHANGED:
        return true;
    case YD_PAST_SAME:
        break;
    }
    return false;
}

static bool message_expired(yd_services *services)
{
    if (!services->message[0] || services->now_ns < services->message_until_ns) return false;
    services->message[0] = '\0';
    return true;
}

bool yd_app_tick(yd_app *app)
{
    const yd_screen *screen = yd_screens[app->screen];
    yd_screen_context context = yd_app_context(app, app->screen);
    open_screen(app);
    bool changed = message_expired(&app->services);
    if (screen->tick && screen->tick(&context)) changed = true;
    if (take_launched(app) || app->services.redraw) changed = true;
    if (look_at_past(app)) changed = true;
    app->services.redraw = false;
    return changed;
}

int yd_app_requests(yd_app *app)
{
    return settle(app, YD_REQUEST_NONE);
}

/* Who steers has changed: said, and kept in the log. */
static bool note_control(yd_app *app)
{
    char keys[32], text[256];
    yd_keymap_keys(&app->keymap, YD_ACTION_CONTROL, YD_BINDING_ANY, keys, sizeof keys);
    if (!yd_steer_control(&app->services.steer, keys, text, sizeof text)) return false;
    bool ours = app->services.steer.ours;
    if (!text[0]) return true;
    yd_services_say(&app->services, ours ? YD_STYLE_GOOD : YD_STYLE_WARNING, "%s", text);
    yd_lines_add(&app->view->lines, app->wall_ns, ours ? YD_LINE_EVENT : YD_LINE_WARNING, text);
    return true;
}

static void tell_screens(yd_app *app)
{
    for (int i = 0; i < YD_SCREENS; i++) {
        yd_screen_context context = yd_app_context(app, i);
        if (yd_screens[i]->answered) yd_screens[i]->answered(&context, &app->services.steer.result);
    }
}

bool yd_app_answers(yd_app *app)
{
    app->services.now_ns = app->now_ns;
    char message[sizeof app->services.message];
    bool done, any = false;
    while (yd_steer_answer(&app->services.steer, &done, message, sizeof message) > 0) {
        yd_services_say(&app->services, done ? YD_STYLE_GOOD : YD_STYLE_BAD, "%s", message);
        yd_lines_addf(&app->view->lines, app->wall_ns, done ? YD_LINE_EVENT : YD_LINE_WARNING, "%s (you)",
                      message);
        tell_screens(app);
        any = true;
    }
    return note_control(app) || any;
}

static void lose_link(yd_app *app)
{
    int open = yd_steer_drop(&app->services.steer);
    if (open)
        yd_services_say(&app->services, YD_STYLE_BAD,
                        "the connection was lost: whether %d command%s done is not known", open,
                        open > 1 ? "s were" : " was");
}

void yd_app_link(yd_app *app, yd_link_state state)
{
    bool revived = app->view->gone;
    if (state == YD_LINK_DOWN && !revived) lose_link(app);
    yd_curves_set_alone(&app->curves, state == YD_LINK_GONE, app->now_ns);
    if (state != YD_LINK_UP) return;
    app->services.steer.lost = false;
    app->view->unanswered = false;
    if (!app->view->has_block && !revived) return; /* it is attached for the first time */
    if (revived) yd_run_view_revive(app->view);
    yd_lines_addf(&app->view->lines, app->wall_ns, YD_LINE_EVENT, "attached again: %s",
                  revived ? "the run goes on" : "the connection was lost");
}

void yd_app_no_answer(yd_app *app, const char *problem)
{
    char text[sizeof app->services.message], shown[256];
    app->view->unanswered = true;
    if (problem[0])
        snprintf(text, sizeof text, "the engine cannot be attached to: %s",
                 yd_escape(shown, sizeof shown, problem));
    else
        snprintf(text, sizeof text, "the engine does not answer (it may be stopped by a signal); tried on");
    yd_services_say(&app->services, YD_STYLE_BAD, "%s", text);
    yd_lines_add(&app->view->lines, app->wall_ns, YD_LINE_WARNING, text);
}

int yd_app_max_fps(const yd_app *app)
{
    return yd_screens[app->screen]->max_fps;
}
