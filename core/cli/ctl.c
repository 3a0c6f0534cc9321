/* yolodeck ctl RUN VERB …: steers a live run from a script. */
#include "cli/cli.h"
#include "cli/ctl_request.h"

int yd_cli_ctl(const yd_cli *cli, int argc, char **argv)
{
    (void)cli;
    yd_arena *arena = yd_arena_create(0);
    yd_options options;
    int status;
    if (yd_cli_options(YD_FOR_CTL, argc, argv, arena, &options, &status))
        status = yd_ctl_run(&(yd_ctl_request){.words = options.words,
                                              .count = options.word_count,
                                              .json = options.json,
                                              .timeout = options.timeout});
    yd_arena_destroy(arena);
    return status;
}
