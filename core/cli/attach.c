/* yolodeck attach [RUN]: opens the console on a run that lives. */
#include "cli/cli.h"
#include "config/run_folder.h"
#include "event/registry.h"

static int attach(const yd_cli *cli, const yd_options *options)
{
    char folder[YD_PATH_MAX];
    yd_error error;
    const char *name = options->word_count ? options->words[0] : NULL;
    if (yd_run_find(name, folder, sizeof folder, &error) != YD_OK) return yd_cli_fail(&error);
    if (!cli->hooks->open_console) {
        yd_fail(&error, YD_ERR_UNSUPPORTED, "this program was built without a console");
        return yd_cli_fail(&error);
    }
    yd_cli_console console = yd_cli_console_of(options, folder);
    return cli->hooks->open_console(&console);
}

int yd_cli_attach(const yd_cli *cli, int argc, char **argv)
{
    yd_arena *arena = yd_arena_create(0);
    yd_options options;
    int status;
    if (yd_cli_options(YD_FOR_ATTACH, argc, argv, arena, &options, &status)) status = attach(cli, &options);
    yd_arena_destroy(arena);
    return status;
}
