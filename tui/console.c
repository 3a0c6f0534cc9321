#include "tui/console.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "event/client.h"
#include "tui/keymap_file.h"
#include "tui/loop.h"
#include "tui/plain.h"
#include "tui/show.h"
#include "tui/term/capture.h"
#include "tui/theme_file.h"
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STATUS_NOT_ALIVE = 2, STATUS_FAILED = 3, STATUS_LEFT = 5 };
enum { NICENESS = 5 };

typedef struct console {
    yd_console_options options;
    char run_folder[4096];
    char run_name[256]; /* escaped */
    yd_client *client;
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

/* How it went, said in the shell (but not to programs); returns the exit status. */
static int tell(const console *own, yd_loop_end end)
{
    bool silent = end == YD_LOOP_LOST || own->options.json;
    if (end == YD_LOOP_ENDED || yd_run_view_ended(own->app.view)) {
        if (!silent) tell_end(own);
        return yd_run_view_exit_code(own->app.view);
    }
    if (!silent) printf("%s goes on; to come back: yolodeck attach %s\n", own->run_name, own->run_name);
    fflush(stdout);
    return STATUS_LEFT;
}

static yd_loop_end run_plain(console *own)
{
    bool ended = yd_plain_run(own->client, own->app.view, own->run_name, own->run_folder, own->options.json);
    return ended ? YD_LOOP_ENDED : YD_LOOP_LEFT;
}

/* What is wrong with the user's own files is said, and costs nothing else. */
static void complain(console *own, const yd_error *error)
{
    char shown[512];
    yd_escape(shown, sizeof shown, error->message);
    yd_services_say(&own->app.services, YD_STYLE_BAD, "%s", shown);
    yd_lines_add(&own->app.view->lines, yd_wall_clock_ns(), YD_LINE_WARNING, error->message);
}

static void take_users_files(console *own)
{
    yd_error error;
    yd_services *services = &own->app.services;
    const char *theme = own->options.theme && *own->options.theme ? own->options.theme : "default";
    if (yd_keymap_load_users(&own->app.keymap, &error) != YD_OK) complain(own, &error);
    if (yd_theme_load(theme, &services->theme, &error) != YD_OK) complain(own, &error);
    services->theme_changed = true;
}

/* Takes the run in own->run_folder, or what its files say where it is not alive. On failure nothing is open.
 */
static bool open_run(console *own, const char *why_not_alive)
{
    yd_run_view *view = yd_run_view_create();
    if (!yd_app_start(&own->app, view, own->client, own->run_folder)) return false;
    own->app.services.now_ns = yd_clock_ns();
    take_users_files(own);
    if (!own->client) {
        yd_run_view_gone(view, yd_wall_clock_ns());
        yd_services_say(&own->app.services, YD_STYLE_NOTICE, "%s", why_not_alive);
    }
    return true;
}

static bool change_run(console *own)
{
    yd_error error = {0};
    yd_theme theme = own->app.services.theme; /* as it was chosen meanwhile */
    yd_copy_text(own->run_folder, sizeof own->run_folder, own->app.services.open_folder);
    yd_escape(own->run_name, sizeof own->run_name, yd_path_name(own->run_folder));
    yd_app_end(&own->app);
    yd_client_close(own->client);
    own->client = NULL;
    if (yd_client_open(own->run_folder, &own->client, &error) != YD_OK) own->client = NULL;
    if (!open_run(own, error.message)) return false;
    own->app.services.theme = theme;
    return true;
}

static yd_loop_end run_screen(console *own, yd_terminal *terminal)
{
    yd_loop_end end;
    bool stay = own->options.stay;
    do {
        char log_path[4096];
        yd_capture capture = {0};
        if (yd_path_join(log_path, sizeof log_path, own->run_folder, "console.log"))
            yd_capture_start(&capture, log_path);
        end = yd_loop_run(&own->app, own->client, terminal, stay);
        yd_capture_stop(&capture);
        stay = true; /* whoever looks about ends by a key */
    } while (end == YD_LOOP_OPEN && change_run(own));
    yd_terminal_close(terminal);
    return end == YD_LOOP_OPEN ? YD_LOOP_FAILED : end;
}

static yd_loop_end run_anyhow(console *own)
{
    char crash[256];
    snprintf(crash, sizeof crash, "the console crashed; %.100s goes on: yolodeck attach %.100s\r\n",
             own->run_name, own->run_name);
    yd_terminal_options options = {.ascii = own->options.ascii,
                                   .no_color = own->options.no_color,
                                   .max_fps = own->options.max_fps,
                                   .max_kbps = own->options.max_kbps,
                                   .graphics = own->options.graphics,
                                   .crash_message = crash};
    yd_terminal *terminal;
    if (own->options.plain || own->options.json || !isatty(STDOUT_FILENO) ||
        yd_terminal_open(&options, &terminal, NULL) != YD_OK)
        return run_plain(own);
    return run_screen(own, terminal);
}

int yd_console_run(const char *run_folder, const yd_console_options *options)
{
    console own = {0};
    yd_error error;
    if (options) own.options = *options;
    yd_copy_text(own.run_folder, sizeof own.run_folder, run_folder);
    yd_escape(own.run_name, sizeof own.run_name, yd_path_name(run_folder));
    if (yd_client_open(run_folder, &own.client, &error) != YD_OK) {
        fprintf(stderr, "yolodeck: %s\n", error.message);
        return STATUS_NOT_ALIVE;
    }
    int status = STATUS_FAILED;
    if (open_run(&own, "")) {
        setpriority(PRIO_PROCESS, 0, NICENESS); /* the training comes first */
        yd_loop_end end = run_anyhow(&own);
        if (own.app.view) status = tell(&own, end);
    }
    if (!own.app.view) fputs("yolodeck: out of memory for the console\n", stderr);
    yd_app_end(&own.app);
    yd_client_close(own.client);
    return status;
}
