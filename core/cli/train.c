/* yolodeck train: trains a detector. */
#include "cli/cli.h"
#include "cli/start.h"

int yd_cli_train(const yd_cli *cli, int argc, char **argv)
{
    yd_arena *arena = yd_arena_create(0);
    yd_options options;
    int status;
    if (yd_cli_options(YD_FOR_TRAIN, argc, argv, arena, &options, &status))
        status = yd_cli_start_training(cli, &options);
    yd_arena_destroy(arena);
    return status;
}
