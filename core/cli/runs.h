/* yolodeck runs [DIR]: lists the runs of a folder, live and ended, YOLOv5's own run folders too. */
#pragma once

struct yd_cli;

/* argv[0] is "runs". Returns the exit status of the program. */
int yd_cli_runs(const struct yd_cli *cli, int argc, char **argv);
