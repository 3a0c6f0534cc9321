#include "tui/console.h"
#include "base/file.h"
#include "base/text.h"
#include "event/client.h"
#include "tui/loop.h"
#include "tui/plain.h"
#include "tui/sample.h"
#include "tui/show.h"
#include "tui/term/capture.h"
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STATUS_NOT_ALIVE = 2, STATUS_FAILED = 3, STATUS_LEFT = 5 };
enum { NICENESS = 5 };

typedef struct console {
    yd_console_options options;
    const char *run_folder;
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

/* How it went, said in the shell; returns the exit status. */
static int tell(const console *own, yd_loop_end end)
{
    if (end == YD_LOOP_ENDED || yd_run_view_ended(own->app.view)) {
        if (end != YD_LOOP_LOST) tell_end(own);
        return yd_run_view_exit_code(own->app.view);
    }
    if (end != YD_LOOP_LOST)
        printf("%s goes on; to come back: yolodeck attach %s\n", own->run_name, own->run_name);
    fflush(stdout);
    return STATUS_LEFT;
}

static yd_loop_end run_plain(console *own)
{
    return yd_plain_run(own->client, own->app.view, own->run_name) ? YD_LOOP_ENDED : YD_LOOP_LEFT;
}

static yd_loop_end run_screen(console *own, yd_terminal *terminal)
{
    char log_path[4096];
    yd_capture capture = {0};
    if (yd_path_join(log_path, sizeof log_path, own->run_folder, "console.log"))
        yd_capture_start(&capture, log_path);
    yd_loop_end end = yd_loop_run(&own->app, own->client, terminal, own->options.stay);
    yd_terminal_close(terminal);
    yd_capture_stop(&capture);
    return end;
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
                                   .crash_message = crash};
    yd_terminal *terminal;
    if (own->options.plain || !isatty(STDOUT_FILENO) || yd_terminal_open(&options, &terminal, NULL) != YD_OK)
        return run_plain(own);
    return run_screen(own, terminal);
}

int yd_console_run(const char *run_folder, const yd_console_options *options)
{
    console own = {.run_folder = run_folder};
    yd_error error;
    if (options) own.options = *options;
    yd_escape(own.run_name, sizeof own.run_name, yd_path_name(run_folder));
    if (yd_client_open(run_folder, &own.client, &error) != YD_OK) {
        fprintf(stderr, "yolodeck: %s\n", error.message);
        return STATUS_NOT_ALIVE;
    }
    int status = STATUS_FAILED;
    yd_run_view *view = yd_run_view_create();
    if (view && yd_app_start(&own.app, view, own.client, run_folder)) {
        setpriority(PRIO_PROCESS, 0, NICENESS); /* the training comes first */
        yd_sample_results(view, run_folder);
        status = tell(&own, run_anyhow(&own));
        yd_app_end(&own.app);
    } else {
        fputs("yolodeck: out of memory for the console\n", stderr);
    }
    yd_client_close(own.client);
    return status;
}
