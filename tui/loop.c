#include "tui/loop.h"
#include "base/clock.h"
#include "base/file.h"
#include "tui/frame.h"
#include "tui/link.h"
#include "tui/sample.h"
#include "tui/term/capture.h"
#include "tui/term/crash.h"
#include "tui/term/suspend.h"
#include "tui/train_log.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#define SECOND 1000000000LL
enum { SOON_FPS = 10 }; /* how soon a key's effect is seen */

typedef struct loop {
    yd_app *app;
    yd_link link;
    yd_terminal *terminal;
    yd_signals signals;
    yd_capture capture;       /* of what libraries print */
    yd_canvas canvas, shown;  /* the next picture, and the one that the terminal has or is being given */
    yd_picture_list pictures; /* of canvas */
    bool stay;
    bool changed;                    /* something may look different */
    bool soon;                       /* and is awaited: what a key did, the curves of the run */
    bool redraw;                     /* every cell */
    int64_t sample_ns, frame_ns;     /* of the last ones */
    uint64_t news;                   /* of the view that were told */
    int64_t begun_ns, begun_wall_ns; /* when the loop began */
    int64_t told_ns;                 /* the last news was told; 0: none was */
    bool over;
    yd_loop_end end;
} loop;

static void finish(loop *own, yd_loop_end end)
{
    if (!own->over) own->end = end;
    own->over = true;
}

static bool resize(loop *own)
{
    int width, height;
    bool differs = yd_terminal_resize(own->terminal, &width, &height);
    if (!differs && own->canvas.cells) return true;
    yd_canvas_free(&own->canvas);
    yd_canvas_free(&own->shown);
    own->changed = own->redraw = true;
    const yd_glyphs *glyphs = yd_terminal_glyphs(own->terminal);
    bool made = yd_canvas_create(&own->canvas, width, height, glyphs) &&
                yd_canvas_create(&own->shown, width, height, glyphs);
    own->canvas.pictures = &own->pictures;
    return made;
}

/* Other programs have had the terminal: all is drawn anew. */
static void come_back(loop *own)
{
    yd_terminal_resume(own->terminal);
    if (!resize(own)) finish(own, YD_LOOP_FAILED);
    own->changed = own->redraw = true;
}

static void suspend(loop *own)
{
    yd_terminal_suspend(own->terminal);
    yd_suspend_here();
    come_back(own);
}

static void obey(loop *own, int request)
{
    if (request & YD_REQUEST_LEAVE)
        finish(own, yd_run_view_ended(own->app->view) ? YD_LOOP_ENDED : YD_LOOP_LEFT);
    if (request & YD_REQUEST_OPEN) finish(own, YD_LOOP_OPEN);
    if (request & YD_REQUEST_REDRAW) own->changed = own->redraw = true;
    if (request & YD_REQUEST_SUSPEND) suspend(own);
}

static void take_signals(loop *own)
{
    int signal_number;
    while (!own->over && (signal_number = yd_signals_take(&own->signals)) != 0) {
        switch (signal_number) {
        case SIGWINCH:
            if (!resize(own)) finish(own, YD_LOOP_FAILED);
            break;
        case SIGINT:
            obey(own, yd_app_interrupt(own->app));
            break;
        case SIGTSTP:
            suspend(own);
            break;
        case SIGCONT:
            come_back(own);
            break;
        case SIGTERM:
            finish(own, YD_LOOP_TOLD);
            break;
        default:
            finish(own, YD_LOOP_LOST);
        }
        own->changed = own->soon = true;
    }
}

static int take_key(loop *own, int key)
{
    switch (key) {
    case YD_KEY_MOUSE:
        return yd_app_mouse(own->app, yd_terminal_mouse(own->terminal));
    case YD_KEY_PASTE:
        return yd_app_paste(own->app, yd_terminal_pasted(own->terminal));
    default:
        return yd_app_key(own->app, key);
    }
}

static void take_copied(loop *own)
{
    yd_services *services = &own->app->services;
    if (!services->copied) return;
    yd_terminal_copy(own->terminal, services->copied);
    free(services->copied);
    services->copied = NULL;
}

static void take_theme(loop *own)
{
    yd_services *services = &own->app->services;
    if (services->theme_changed) yd_terminal_set_theme(own->terminal, &services->theme);
    own->changed |= services->theme_changed;
    own->redraw |= services->theme_changed;
    services->theme_changed = false;
}

static void take_keys(loop *own)
{
    int key;
    while (!own->over && (key = yd_terminal_key(own->terminal, own->app->now_ns)) != YD_KEY_NONE) {
        own->changed = own->soon = true;
        obey(own, take_key(own, key));
        take_copied(own);
        take_theme(own);
        yd_terminal_set_mouse(own->terminal, own->app->services.mouse);
    }
    if (yd_terminal_lost(own->terminal)) finish(own, YD_LOOP_LOST);
}

static int64_t sample_interval(const loop *own)
{
    return SECOND / yd_app_max_fps(own->app);
}

/* Answers, and the connection as it comes and goes; true where it did. */
static bool mind_link(loop *own)
{
    yd_app *app = own->app;
    yd_link *link = &own->link;
    if (link->state == YD_LINK_UP && yd_app_answers(app)) own->changed = own->soon = true;
    if (link->state == YD_LINK_UP && app->services.steer.lost) {
        yd_link_lost(link);
        yd_app_link(app, link->state);
    }
    yd_link_state before = link->state;
    if (yd_link_try(link, app->now_ns) == before) return false;
    yd_app_link(app, link->state);
    own->changed = true;
    return true;
}

/* A run that was opened while its engine stands still is shown as it is: its files, and that it does not
 * answer. One that dies before it has answered is opened again, as what it has left. */
static void mind_silence(loop *own)
{
    enum { PATIENCE_SECONDS = 1 };
    yd_app *app = own->app;
    if (!own->link.client || app->view->has_block || app->view->gone) return;
    if (own->link.state == YD_LINK_GONE && own->stay) {
        yd_services_open_run(&app->services, app->services.run_folder);
        finish(own, YD_LOOP_OPEN);
    } else if (own->link.state == YD_LINK_DOWN && !app->view->unanswered &&
               app->now_ns - own->begun_ns > PATIENCE_SECONDS * SECOND) {
        yd_app_no_answer(app, yd_client_problem(own->link.client)), own->changed = true;
    }
}

/* What happened before the console came is no news; a new best is none right after other news. */
static void tell_news(loop *own)
{
    enum { WAIT_SECONDS = 60 };
    const yd_news *news = &own->app->view->news;
    char text[512];
    if (news->count == own->news) return;
    own->news = news->count;
    bool lately = own->told_ns && own->app->now_ns - own->told_ns < WAIT_SECONDS * SECOND;
    if (!own->begun_wall_ns || news->wall_ns < own->begun_wall_ns || (news->can_wait && lately)) return;
    own->told_ns = own->app->now_ns;
    snprintf(text, sizeof text, "%s: %s", own->app->run_name, news->text);
    yd_terminal_notify(own->terminal, own->app->services.notify, text);
}

/* The ring is read once more after the end of the connection: what the engine said last is still in it. */
static void take_events(loop *own, bool at_once)
{
    yd_app *app = own->app;
    bool moved = mind_link(own);
    mind_silence(own);
    if (!at_once && !moved && app->now_ns - own->sample_ns < sample_interval(own)) return;
    own->sample_ns = app->now_ns;
    own->changed = true;
    if (own->link.client) yd_sample(own->link.client, app->view, NULL, NULL);
    if (own->link.state == YD_LINK_GONE) yd_run_view_gone(app->view, app->wall_ns);
    tell_news(own);
    if (yd_run_view_ended(app->view) && !own->stay) finish(own, YD_LOOP_ENDED);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Nanoseconds until the next frame; -1: none is due, or the terminal is not ready and will wake us by itself.
 */
static int64_t frame_wait(loop *own)
{
    if (!own->changed) return -1;
    int fps = own->soon || own->redraw ? SOON_FPS : yd_app_max_fps(own->app);
    int64_t rest = own->frame_ns ? own->frame_ns + SECOND / fps - own->app->now_ns : 0;
    int64_t terminal = yd_terminal_frame_wait(own->terminal, own->app->now_ns);
    if (terminal < 0) return -1;
    return rest > terminal ? rest : terminal; /* never below 0: terminal is not */
}

static void draw(loop *own)
{
    if (frame_wait(own) != 0) return;
    yd_cursor cursor = yd_frame_draw(own->app, &own->canvas);
    own->changed = own->soon = false;
    if (!own->redraw && yd_canvas_equal(&own->canvas, &own->shown) &&
        !yd_terminal_lacks(own->terminal, &own->pictures))
        return;
    if (own->redraw) yd_terminal_forget(own->terminal);
    own->redraw = false;
    own->frame_ns = own->app->now_ns;
    yd_terminal_draw(own->terminal, &own->canvas, cursor.x, cursor.y, own->app->now_ns);
    yd_canvas_copy(&own->shown, &own->canvas);
    if (yd_terminal_lacks(own->terminal, &own->pictures)) own->changed = true;
}

static int poll_timeout(loop *own)
{
    int64_t wait = own->sample_ns + sample_interval(own) - own->app->now_ns;
    int64_t frame = frame_wait(own), key = yd_terminal_key_wait(own->terminal);
    int64_t link = yd_link_wait(&own->link, own->app->now_ns);
    int64_t curves = yd_curves_wait(&own->app->curves, own->app->now_ns);
    if (frame >= 0) wait = earlier(wait, frame);
    if (key >= 0) wait = earlier(wait, key);
    if (link >= 0) wait = earlier(wait, link);
    if (curves >= 0) wait = earlier(wait, curves);
    return wait <= 0 ? 0 : (int)((wait + 999999) / 1000000);
}

static void wait_for_something(loop *own)
{
    enum { TERMINAL, SIGNALS, ENGINE, WAKER, PRINTED, POLLERS };
    struct pollfd pollers[] = {
        [TERMINAL] = {.fd = yd_terminal_descriptor(own->terminal),
                      .events = yd_terminal_poll_events(own->terminal)},
        [SIGNALS] = {.fd = own->signals.fd, .events = POLLIN},
        [ENGINE] = {.fd = yd_link_descriptor(&own->link), .events = POLLIN},
        [WAKER] = {.fd = own->app->services.waker, .events = POLLIN},
        [PRINTED] = {.fd = yd_capture_descriptor(&own->capture), .events = POLLIN},
    };
    eventfd_t woken;
    poll(pollers, POLLERS, poll_timeout(own));
    if (pollers[WAKER].revents & POLLIN) eventfd_read(own->app->services.waker, &woken), own->changed = true;
    if (pollers[TERMINAL].revents & (POLLHUP | POLLERR | POLLNVAL)) yd_terminal_set_lost(own->terminal);
    if (pollers[TERMINAL].revents & POLLOUT) yd_terminal_flush(own->terminal);
}

/* What libraries printed, as lines of the log; the same line again and again is one. */
static void take_printed(loop *own)
{
    enum { MOST = 256 }; /* at once: there are keys to look after */
    char text[YD_LINE_LENGTH], line[YD_LINE_LENGTH + 16];
    yd_lines *lines = &own->app->view->lines;
    for (int i = 0; i < MOST && yd_capture_line(&own->capture, text, sizeof text); i++) {
        snprintf(line, sizeof line, "(console) %s", text);
        own->changed |= yd_lines_add_once(lines, own->app->wall_ns, YD_LINE_WARNING, line);
    }
}

/* Nothing is written to a run that is only looked at. */
static void start_capture(loop *own)
{
    char path[4096];
    bool writes =
        own->link.client && yd_path_join(path, sizeof path, own->app->services.run_folder, "console.log");
    yd_capture_start(&own->capture, writes ? path : "");
    yd_crash_tell(yd_capture_descriptor(&own->capture));
}

static void tell_time(yd_app *app)
{
    app->now_ns = yd_clock_ns();
    app->wall_ns = yd_wall_clock_ns();
}

/* Its answers come whenever they come. */
static void tell_graphics(const loop *own)
{
    yd_services *services = &own->app->services;
    yd_terminal_ask(own->terminal, own->app->now_ns);
    services->graphics = yd_terminal_graphics(own->terminal);
    services->graphics_open = yd_terminal_listens(own->terminal, own->app->now_ns);
}

/* A run that is opened shows its history as soon as all of it has been read. */
static void read_curves(loop *own)
{
    yd_curves *curves = &own->app->curves;
    bool reading = curves->reading;
    if (yd_curves_work(curves, own->app->now_ns)) own->changed = true;
    if (reading && !curves->reading) own->changed = own->soon = true;
}

yd_loop_end yd_loop_run(yd_app *app, yd_client *client, yd_terminal *terminal, bool stay)
{
    loop own = {.app = app, .link = {.client = client}, .terminal = terminal, .stay = stay};
    if (!client) own.link.state = YD_LINK_GONE;
    if (client && !yd_client_is_up(client)) own.link.state = YD_LINK_DOWN;
    if (client) yd_client_control(client, YD_CONTROL_ASK);
    tell_time(app);
    app->services.glyphs = yd_terminal_glyphs(terminal);
    app->services.colours = yd_terminal_colours(terminal);
    if (yd_terminal_signals_open(&own.signals, NULL) != YD_OK) return YD_LOOP_FAILED;
    start_capture(&own);
    if (!resize(&own)) finish(&own, YD_LOOP_FAILED);
    take_theme(&own);
    own.begun_ns = app->now_ns;
    if (!own.over) take_events(&own, true);
    own.begun_wall_ns = app->wall_ns;
    if (app->services.run_folder[0]) yd_train_log_read(app->view, app->services.run_folder);
    while (!own.over) {
        tell_graphics(&own);
        draw(&own);
        wait_for_something(&own);
        tell_time(app);
        take_signals(&own);
        take_keys(&own);
        take_printed(&own);
        take_events(&own, false);
        if (yd_app_tick(app)) own.changed = true;
        read_curves(&own);
        obey(&own, yd_app_requests(app));
    }
    yd_crash_tell(-1);
    yd_capture_stop(&own.capture);
    take_printed(&own);
    yd_canvas_free(&own.canvas);
    yd_canvas_free(&own.shown);
    yd_signals_close(&own.signals);
    return own.end;
}
