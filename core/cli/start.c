#include "cli/start.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/launch.h"
#include "event/registry.h"
#include "train/engine.h"
#include "train/save.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct engine_start {
    const yd_options *options;
    int ready_fd;
} engine_start;

/* What the engine says once, when it is set up or could not be. */
static void report_launched(void *context, const char *folder, const yd_error *error)
{
    const engine_start *start = context;
    char path[4200];
    if (!folder) {
        yd_launch_failed(start->ready_fd, yd_exit_code(error->status), error->message);
        return;
    }
    snprintf(path, sizeof path, "%s/train.log", folder);
    yd_launch_redirect(path, NULL);
    yd_launch_ready(start->ready_fd, folder);
}

static void pass_note(void *context, const char *line)
{
    const engine_start *start = context;
    yd_launch_note(start->ready_fd, line);
}

static void report_foreground(void *context, const char *folder, const yd_error *error)
{
    (void)context;
    if (!folder) yd_cli_fail(error);
}

static int run_engine(void *context, int ready_fd)
{
    engine_start *start = context;
    start->ready_fd = ready_fd;
    yd_engine_request request = {
        .options = start->options, .ready = report_launched, .note = pass_note, .context = start};
    return yd_engine_run(&request);
}

/* From here on what is sent to this process waits for wait_for(). */
static void hold_signals(sigset_t *awaited)
{
    sigemptyset(awaited);
    sigaddset(awaited, SIGINT);
    sigaddset(awaited, SIGTERM);
    sigaddset(awaited, SIGHUP);
    sigaddset(awaited, SIGCHLD);
    sigprocmask(SIG_BLOCK, awaited, NULL);
}

/* What asks this process to end asks the engine: process 1 of a container is ended by no signal of its own.
 * The terminal's hang-up concerns neither. The signals are held: a child that ends behind the look leaves its
 * own. */
static int wait_for(pid_t engine, const sigset_t *awaited)
{
    int status;
    for (;;) {
        pid_t ended = waitpid(engine, &status, WNOHANG);
        if (ended < 0 && errno != EINTR) return 3;
        if (ended == engine) break;
        int number = sigwaitinfo(awaited, NULL);
        if (number == SIGINT || number == SIGTERM) kill(engine, number);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The console on a run that was just started. Where leaving would kill the engine, this process stays until
 * it ends. */
static int watch(const yd_cli *cli, const yd_options *options, const yd_launched *run)
{
    char why[256];
    sigset_t held;
    bool told = false, stays = yd_launch_kills_at_leave(why, sizeof why);
    yd_cli_console console = yd_cli_console_of(options, run->folder);
    console.owner = true;
    console.told = &told;
    if (stays) hold_signals(&held); /* process 1 loses what comes while nothing takes it */
    int status = cli->hooks->open_console(&console);
    if (status != 5 || !stays) return status;
    if (told) kill(run->pid, SIGTERM); /* whoever ends a container means what is in it */
    fprintf(stderr, "yolodeck: %s: this process stays until the run ends\n", why);
    return wait_for(run->pid, &held);
}

/* --resume of a run that is being trained already, here: its folder. A checkpoint other than its last.pt
 * means something else. */
static bool is_alive(const yd_options *options, char folder[4096])
{
    char checkpoint[4096];
    yd_live live;
    return options->resume &&
           yd_resume_locate("--resume", options->resume, options->project, checkpoint, folder, NULL) ==
               YD_OK &&
           strcmp(yd_path_name(checkpoint), "last.pt") == 0 && yd_live_check(folder, &live) == YD_LIVE_HERE;
}

static void tell_started(const yd_launched *run)
{
    char shown[4 * sizeof run->folder], word[4 * sizeof run->folder];
    bool reads = isatty(STDOUT_FILENO); /* a program takes the folder as it is */
    printf("%s runs as process %d; yolodeck attach %s\n",
           reads ? yd_escape(shown, sizeof shown, run->folder) : run->folder, (int)run->pid,
           yd_shell_word(word, sizeof word, run->folder));
}

int yd_cli_start_training(const yd_cli *cli, const yd_options *options)
{
    char folder[4096];
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    bool console = options->tui && terminal && !options->json && cli->hooks->open_console;
    if (cli->hooks->open_console && is_alive(options, folder)) {
        fprintf(stderr, "yolodeck: %s is being trained%s\n", folder, options->detach ? "" : ": watching it");
        if (options->detach) return 0;
        yd_cli_console watched = yd_cli_console_of(options, folder);
        watched.plain = !console;
        return cli->hooks->open_console(&watched);
    }
    if (!console && !options->detach) {
        yd_engine_request request = {
            .options = options, .plain = true, .json = options->json, .ready = report_foreground};
        return yd_engine_run(&request);
    }
    char warning[512];
    if (yd_launch_logout_warning(warning, sizeof warning))
        fprintf(stderr, "yolodeck: warning: %s\n", warning);
    engine_start start = {.options = options};
    yd_launched run;
    yd_error error;
    if (yd_launch(run_engine, &start, &run, &error) != YD_OK) {
        yd_cli_fail(&error);
        return run.exit_status;
    }
    if (console && !options->detach) return watch(cli, options, &run);
    tell_started(&run);
    return 0;
}
