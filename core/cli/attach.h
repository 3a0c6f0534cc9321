/* yolodeck attach [RUN]: opens the console on a run that lives. */
#pragma once

struct yd_cli;

/* argv[0] is "attach". Returns the exit status of the program. */
int yd_cli_attach(const struct yd_cli *cli, int argc, char **argv);
