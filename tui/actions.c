#include "tui/actions.h"

static int command(yd_app *app, yd_command_type type, const char *argument, const char *what)
{
    yd_services_send(&app->services, type, argument, what);
    return YD_REQUEST_NONE;
}

static int change_period(yd_app *app, int change)
{
    char message[sizeof app->services.message];
    int now = app->view->block.save_period;
    bool sent = yd_steer_save_period(&app->services.steer, now, change, message, sizeof message);
    yd_services_say(&app->services, sent ? YD_STYLE_NOTICE : YD_STYLE_BAD, "%s", message);
    return YD_REQUEST_NONE;
}

static int take_control(yd_app *app)
{
    const yd_steer *steer = &app->services.steer;
    if (!steer->client || steer->lost)
        yd_services_say(&app->services, YD_STYLE_BAD, "there is no run to steer");
    else if (yd_client_controller(steer->client)->ours)
        yd_services_say(&app->services, YD_STYLE_NOTICE, "this console steers already");
    else
        yd_client_control(steer->client, YD_CONTROL_TAKE);
    return YD_REQUEST_NONE;
}

static int copy(yd_app *app)
{
    yd_services_say(&app->services, YD_STYLE_DIM, "nothing to copy here");
    yd_app_act_on_screen(app, YD_ACTION_COPY); /* says better where it copies something */
    return YD_REQUEST_NONE;
}

static int leave(yd_app *app)
{
    (void)app;
    return YD_REQUEST_LEAVE;
}

static int redraw(yd_app *app)
{
    (void)app;
    return YD_REQUEST_REDRAW;
}

static int suspend(yd_app *app)
{
    (void)app;
    return YD_REQUEST_SUSPEND;
}

static int pause_or_resume(yd_app *app)
{
    bool paused = app->view->state == YD_RUN_PAUSED;
    return command(app, paused ? YD_COMMAND_RESUME : YD_COMMAND_PAUSE, "", paused ? "go on" : "pause");
}

static int save(yd_app *app)
{
    return command(app, YD_COMMAND_SAVE, "", "save");
}

static int validate(yd_app *app)
{
    return command(app, YD_COMMAND_VALIDATE, "", "validate");
}

static int period_up(yd_app *app)
{
    return change_period(app, 1);
}

static int period_down(yd_app *app)
{
    return change_period(app, -1);
}

static int show_or_hide_help(yd_app *app)
{
    if (app->overlay == YD_OVERLAY_HELP)
        app->overlay = YD_OVERLAY_NONE;
    else
        yd_app_show_help(app, "");
    return YD_REQUEST_NONE;
}

/* A menu of what can be done to a run; of one that has ended there is nothing to choose. */
static int open_menu(yd_app *app, yd_menu menu)
{
    if (yd_run_view_ended(app->view))
        yd_services_say(&app->services, YD_STYLE_NOTICE, "no engine trains this run: there is nothing to %s",
                        menu == YD_MENU_STOP ? "end" : "take back");
    else
        yd_app_open_menu(app, menu);
    return YD_REQUEST_NONE;
}

static int show_or_hide_stop_menu(yd_app *app)
{
    return open_menu(app, YD_MENU_STOP);
}

static int show_or_hide_rollback_menu(yd_app *app)
{
    return open_menu(app, YD_MENU_ROLLBACK);
}

static int open_command_line(yd_app *app)
{
    yd_app_open_command_line(app, "");
    return YD_REQUEST_NONE;
}

static int hand_over_mouse(yd_app *app)
{
    yd_app_set_mouse(app, !app->services.mouse);
    return YD_REQUEST_NONE;
}

static int branch(yd_app *app)
{
    yd_app_show_screen(app, YD_SCREEN_INDEX_tune);
    yd_app_act_on_screen(app, YD_ACTION_BRANCH);
    return YD_REQUEST_NONE;
}

static int next_screen(yd_app *app)
{
    yd_app_show_screen(app, app->screen + 1);
    return YD_REQUEST_NONE;
}

static int previous_screen(yd_app *app)
{
    yd_app_show_screen(app, app->screen - 1);
    return YD_REQUEST_NONE;
}

/* What the console does by itself; every other action is the screen's. */
static int (*const actions[YD_ACTION_COUNT])(yd_app *app) = {
    [YD_ACTION_DETACH] = leave,
    [YD_ACTION_REDRAW] = redraw,
    [YD_ACTION_SUSPEND] = suspend,
    [YD_ACTION_INTERRUPT] = yd_app_interrupt,
    [YD_ACTION_PAUSE] = pause_or_resume,
    [YD_ACTION_SAVE] = save,
    [YD_ACTION_VALIDATE] = validate,
    [YD_ACTION_PERIOD_UP] = period_up,
    [YD_ACTION_PERIOD_DOWN] = period_down,
    [YD_ACTION_STOP_MENU] = show_or_hide_stop_menu,
    [YD_ACTION_ROLLBACK] = show_or_hide_rollback_menu,
    [YD_ACTION_HELP] = show_or_hide_help,
    [YD_ACTION_COMMAND_LINE] = open_command_line,
    [YD_ACTION_MOUSE] = hand_over_mouse,
    [YD_ACTION_COPY] = copy,
    [YD_ACTION_BRANCH] = branch,
    [YD_ACTION_CONTROL] = take_control,
    [YD_ACTION_NEXT_SCREEN] = next_screen,
    [YD_ACTION_PREVIOUS_SCREEN] = previous_screen,
};

int yd_actions_do(yd_app *app, yd_action action)
{
    if (actions[action]) return actions[action](app);
    yd_app_act_on_screen(app, action);
    return YD_REQUEST_NONE;
}
