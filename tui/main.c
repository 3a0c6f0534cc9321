/* The composition root: hands the command line what core must not know. */
#include "backend/cpu/cpu.h"
#include "backend/cpu/dnnl.h"
#include "backend/cpu/prepare.h"
#include "backend/ref/ref.h"
#include "base/file.h"
#include "cli/cli.h"
#include "tui/console.h"
#include "tui/help.h"
#include "tui/keymap_file.h"
#include "tui/term/probe.h"
#include <curses.h>
#include <locale.h>
#include <stdio.h>

static const char *name_dnnl(void)
{
    static char text[48];
    int version[3];
    yd_dnnl_version(version);
    snprintf(text, sizeof text, "oneDNN %d.%d.%d", version[0], version[1], version[2]);
    return text;
}

static int open_console(const yd_cli_console *console)
{
    yd_console_options options = {.browse = console->project,
                                  .plain = console->plain,
                                  .json = console->json,
                                  .stay = !console->owner,
                                  .told = console->told,
                                  .max_kbps = console->max_kbps,
                                  .ascii = console->ascii,
                                  .no_color = console->no_color,
                                  .theme = console->theme,
                                  .graphics = yd_graphics_wish_of(console->graphics),
                                  .notify = yd_notify_of(console->notify)};
    return yd_console_run(console->run_folder, &options);
}

static void name_keys(yd_cli_row *receiver, void *context)
{
    yd_keymap keymap;
    yd_error error;
    if (yd_keymap_load_users(&keymap, &error) != YD_OK)
        fprintf(stderr, "yolodeck: warning: %s\n", error.message);
    yd_help_each(&keymap, YD_BINDING_ANY, receiver, context);
}

static void name_actions(yd_cli_row *receiver, void *context)
{
    yd_keymap keymap;
    yd_error error;
    if (yd_keymap_load_users(&keymap, &error) != YD_OK)
        fprintf(stderr, "yolodeck: warning: %s\n", error.message);
    yd_help_each_action(&keymap, receiver, context);
}

int main(int argc, char **argv)
{
    static const char *(*const libraries[])(void) = {name_dnnl, curses_version, NULL};
    static const yd_cli_hooks hooks = {.open_console = open_console,
                                       .console_keys = name_keys,
                                       .console_actions = name_actions,
                                       .describe_terminal = yd_probe_describe,
                                       .libraries = libraries};
    yd_file_hold_standard();
    yd_cpu_prepare(argv);
    setlocale(LC_CTYPE, ""); /* never LC_NUMERIC: files have points */
    if (yd_backend_register(&yd_backend_cpu) != YD_OK || yd_backend_register(&yd_backend_cpu_bf16) != YD_OK ||
        yd_backend_register(&yd_backend_ref) != YD_OK)
        return 3;
    return yd_cli_main(&hooks, argc, argv);
}
