/* yolodeck help: of the program, of a command, of the console; the man page and shell completion. All of it
 * is made from the tables that the program itself goes by. */
#pragma once
#include "cli/cli.h"
#include <stdio.h>

typedef struct yd_cli_command {
    const char *name;
    yd_for command;
    int least, most;
    const char *words, *meaning;
    int (*run)(const yd_cli *cli, int argc, char **argv);
} yd_cli_command;

/* commands.def. */
const yd_cli_command *yd_cli_commands(int *count);
const yd_cli_command *yd_cli_find(const char *name); /* NULL: none */
/* Says that there is no such command, and the nearest that there is; returns the exit status. */
int yd_cli_unknown(const char *name);

/* The command line's overview. */
void yd_cli_overview(FILE *out);
int yd_cli_command_help(const yd_cli_command *command);
/* yolodeck help […]: argv[0] is "help". Returns the exit status. */
int yd_cli_help(const yd_cli *cli, int argc, char **argv);

/* The man page yolodeck(1), as roff. */
void yd_cli_man(const yd_cli_hooks *hooks, yd_text *out);
/* A completion script; false where the shell is not known. */
bool yd_cli_completion(const char *shell, yd_text *out);
