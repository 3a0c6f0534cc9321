#include "tui/console.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "event/client.h"
#include "event/registry.h"
#include "runs/run_entry.h"
#include "tui/history.h"
#include "tui/keymap_file.h"
#include "tui/launcher.h"
#include "tui/loop.h"
#include "tui/past.h"
#include "tui/plain.h"
#include "tui/show.h"
#include "tui/theme_file.h"
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STATUS_NOT_ALIVE = 2, STATUS_FAILED = 3, STATUS_LEFT = 5 };
enum { NICENESS = 5 };
enum {
    GREETING_MS = 30,
    ANSWER_MS = 3000
}; /* the engine has so long: for the first frame; for plain lines */

typedef struct console {
    yd_console_options options;
    char run_folder[4096];
    char first_folder[4096]; /* of the run that this process started, once another is looked at; else empty */
    char run_name[256];      /* escaped */
    yd_client *client;       /* NULL: nobody publishes */
    yd_launcher *launcher;   /* NULL: nothing can be started */
    yd_app app;
} console;

static void tell_end(const console *own)
{
    const yd_run_view *view = own->app.view;
    const yd_status_block *block = &view->block;
    char folder[4096], fitness[32], map50[32], map[32];
    printf("%s: %s", own->run_name, yd_run_state_name((uint32_t)view->state));
    if (view->has_block) printf(" in epoch %d of %d", block->epoch, block->epochs);
    if (view->has_block && block->best_epoch >= 0)
        printf(", best epoch %d (fitness %s); last mAP@.5 %s, mAP@.5:.95 %s", block->best_epoch,
               yd_show_metric(fitness, sizeof fitness, block->best_fitness),
               yd_show_metric(map50, sizeof map50, block->map50),
               yd_show_metric(map, sizeof map, block->map50_95));
    printf("\n%s\n", yd_escape(folder, sizeof folder, own->run_folder));
    for (int back = yd_lines_count(&view->lines) - 1; back >= 0 && view->state != YD_RUN_DONE; back--)
        if (back < 8 && yd_lines_at(&view->lines, back)->level == YD_LINE_ERROR)
            fprintf(stderr, "%s\n", yd_lines_at(&view->lines, back)->text);
}

static void tell_way_back(const char *folder)
{
    char name[1024], word[1024];
    printf("%s goes on; to come back: yolodeck attach %s\n",
           yd_escape(name, sizeof name, yd_path_name(folder)),
           yd_shell_word(word, sizeof word, yd_path_name(folder)));
}

/* How it went, said in the shell (but not to programs); returns the exit status. */
static int tell(const console *own, yd_loop_end end)
{
    bool silent = end == YD_LOOP_LOST || end == YD_LOOP_TOLD || own->options.json;
    yd_live live;
    if (own->first_folder[0] && yd_live_check(own->first_folder, &live) == YD_LIVE_HERE) {
        if (!silent) tell_way_back(own->first_folder);
        return STATUS_LEFT;
    }
    if (own->app.view->past[0]) return end == YD_LOOP_FAILED ? STATUS_FAILED : 0;
    if (end == YD_LOOP_ENDED || yd_run_view_ended(own->app.view)) {
        if (!silent) tell_end(own);
        return yd_run_view_exit_code(own->app.view);
    }
    if (!silent) tell_way_back(own->run_folder);
    fflush(stdout);
    return STATUS_LEFT;
}

static yd_loop_end run_plain(console *own)
{
    bool ended = yd_plain_run(own->client, own->app.view, own->run_name, own->run_folder, own->options.json);
    return ended ? YD_LOOP_ENDED : YD_LOOP_LEFT;
}

/* What is wrong with the user's own files or terminal is said, and costs nothing else. */
static void complain(console *own, yd_style style, const char *message)
{
    char shown[512];
    yd_escape(shown, sizeof shown, message);
    yd_services_say(&own->app.services, style, "%s", shown);
    yd_lines_add(&own->app.view->lines, yd_wall_clock_ns(), YD_LINE_WARNING, message);
}

static void take_users_files(console *own)
{
    yd_error error;
    yd_services *services = &own->app.services;
    const char *theme = own->options.theme && *own->options.theme ? own->options.theme : "default";
    if (yd_keymap_load_users(&own->app.keymap, &error) != YD_OK) complain(own, YD_STYLE_BAD, error.message);
    if (yd_theme_load(theme, &services->theme, &error) != YD_OK) complain(own, YD_STYLE_BAD, error.message);
    services->theme_changed = true;
}

/* What there is to be seen of own->run_folder: the run itself, what its files say where it does not live, or
 * nothing where no run is open. NULL where memory is out. */
static yd_run_view *view_of(const console *own)
{
    yd_run_view *view = yd_run_view_create();
    yd_status_block nothing = {.best_epoch = -1};
    if (!view || own->client) return view;
    if (own->run_folder[0])
        yd_past_load(view, own->run_folder);
    else
        yd_run_view_past(view, &nothing, "no run", 0);
    return view;
}

static void set_run(console *own, const char *folder)
{
    yd_copy_text(own->run_folder, sizeof own->run_folder, folder);
    yd_escape(own->run_name, sizeof own->run_name, yd_path_name(folder));
}

static bool change_run(console *own)
{
    yd_error error = {0};
    yd_client *before = own->client;
    if (!own->first_folder[0] && !own->options.stay)
        yd_copy_text(own->first_folder, sizeof own->first_folder, own->run_folder);
    set_run(own, own->app.services.open_folder);
    yd_client_begin(own->run_folder, GREETING_MS, &own->client, &error);
    yd_run_view *view = view_of(own);
    if (view) yd_app_change_run(&own->app, view, own->client, own->run_folder);
    yd_client_close(before);
    if (view && !own->client && yd_folder_exists(own->run_folder))
        yd_services_say(&own->app.services, YD_STYLE_NOTICE, "%s",
                        view->grows ? "another program writes this run: it can be watched, not steered"
                                    : error.message);
    return view != NULL;
}

static yd_loop_end run_screen(console *own, yd_terminal *terminal)
{
    yd_loop_end end;
    bool stay = own->options.stay;
    int loaded = yd_history_load(&own->app.prompt.history);
    do {
        end = yd_loop_run(&own->app, own->client, terminal, stay);
        stay = true; /* whoever looks about ends by a key */
    } while (end == YD_LOOP_OPEN && change_run(own));
    yd_terminal_close(terminal);
    yd_history_save(&own->app.prompt.history, loaded);
    return end == YD_LOOP_OPEN ? YD_LOOP_FAILED : end;
}

static void set_terminal(const console *own, yd_terminal_options *options, char crash[256])
{
    if (own->client)
        snprintf(crash, 256, "the console crashed; %.100s goes on: yolodeck attach %.100s\r\n", own->run_name,
                 own->run_name);
    else
        snprintf(crash, 256, "the console crashed\r\n");
    *options = (yd_terminal_options){.ascii = own->options.ascii,
                                     .no_color = own->options.no_color,
                                     .max_fps = own->options.max_fps,
                                     .max_kbps = own->options.max_kbps,
                                     .graphics = own->options.graphics,
                                     .crash_message = crash};
}

/* Whether there may be a screen at all. */
static bool wants_screen(const console *own)
{
    return !own->options.plain && !own->options.json && isatty(STDOUT_FILENO);
}

/* NULL: there is no screen, and why was said where there could have been one. */
static yd_terminal *open_screen(console *own, char crash[256])
{
    yd_terminal_options options;
    yd_terminal *terminal;
    yd_error error;
    if (!wants_screen(own)) return NULL;
    set_terminal(own, &options, crash);
    if (yd_terminal_open(&options, &terminal, &error) != YD_OK) {
        fprintf(stderr, "yolodeck: lines in place of a screen: %s\n", error.message);
        return NULL;
    }
    if (yd_terminal_notice(terminal)[0]) complain(own, YD_STYLE_NOTICE, yd_terminal_notice(terminal));
    return terminal;
}

static int run_anyhow(console *own, const yd_error *not_alive)
{
    char crash[256];
    yd_terminal *terminal = open_screen(own, crash);
    if (terminal) {
        yd_loop_end end = run_screen(own, terminal);
        if (own->options.told) *own->options.told = end == YD_LOOP_TOLD;
        return tell(own, end);
    }
    if (own->client && yd_client_await(own->client, ANSWER_MS)) return tell(own, run_plain(own));
    if (own->client)
        fprintf(stderr, "yolodeck: %s: the engine does not answer (it may be stopped by a signal)\n",
                own->run_folder);
    else
        fprintf(stderr, "yolodeck: %s\n", not_alive->message);
    return STATUS_NOT_ALIVE;
}

static void wake(void *context)
{
    yd_services_wake(context);
}

static bool start_app(console *own)
{
    yd_services *services = &own->app.services;
    if (!yd_app_start(&own->app, view_of(own), own->client, own->run_folder)) return false;
    services->now_ns = yd_clock_ns();
    services->launcher = own->launcher;
    services->notify = own->options.notify;
    if (own->launcher) yd_launcher_set_wake(own->launcher, wake, services);
    if (own->options.browse)
        yd_copy_text(services->browse_folder, sizeof services->browse_folder, own->options.browse);
    if (!own->run_folder[0]) {
        yd_services_show_screen(services, "runs");
        yd_escape(own->app.run_name, sizeof own->app.run_name,
                  yd_path_name(own->options.browse ? own->options.browse : ""));
    }
    take_users_files(own);
    return true;
}

/* A run that does not live can be looked at on a screen only, and only where it has left something. */
static bool can_look_at(const console *own)
{
    return wants_screen(own) && isatty(STDIN_FILENO) && yd_run_stamp_of(own->run_folder).readable;
}

int yd_console_run(const char *run_folder, const yd_console_options *options)
{
    console own = {0};
    yd_error error = {0};
    if (options) own.options = *options;
    set_run(&own, run_folder ? run_folder : "");
    if (run_folder && yd_client_begin(run_folder, GREETING_MS, &own.client, &error) != YD_OK) {
        if (!can_look_at(&own)) {
            fprintf(stderr, "yolodeck: %s\n", error.message);
            return STATUS_NOT_ALIVE;
        }
    } else if (!run_folder) {
        yd_fail(&error, YD_ERR_CONFIG, "the run browser needs a terminal");
    }
    int status = STATUS_FAILED;
    if (!own.client) own.options.stay = true;
    own.launcher = wants_screen(&own) ? yd_launcher_create() : NULL;
    if (start_app(&own)) {
        setpriority(PRIO_PROCESS, 0, NICENESS); /* the training comes first */
        if (!own.client && run_folder)
            yd_services_say(&own.app.services, YD_STYLE_NOTICE, "%s", error.message);
        status = run_anyhow(&own, &error);
    }
    if (!own.app.view) fputs("yolodeck: out of memory for the console\n", stderr);
    yd_app_end(&own.app);
    yd_client_close(own.client);
    yd_launcher_destroy(own.launcher);
    return status;
}
