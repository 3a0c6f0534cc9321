/* Starting a run: in the foreground with plain lines, or in a session of its own with the console on it. */
#pragma once
#include "cli/cli.h"

/* options: of train or demo, as parsed. Returns the exit status of product.md: the engine's, or the
 * console's. */
int yd_cli_start_training(const yd_cli *cli, const yd_options *options);
