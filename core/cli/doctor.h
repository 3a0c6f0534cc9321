/* yolodeck doctor: what this machine offers, what is missing, and what to do about it. */
#pragma once
#include "base/text.h"
#include "cli/cli.h"

/* Appends the report. root stands before /proc, /sys and /dev ("" for the system's own). Returns how many
 * things are missing without which nothing can be trained. */
int yd_doctor_report(const yd_cli *cli, const char *root, yd_text *text);
