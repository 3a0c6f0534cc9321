/* The command line: finds the command and runs it. The composition root hands in what core must not know. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "config/options.h"

/* How a console is to be opened. */
typedef struct yd_cli_console {
    const char *run_folder; /* NULL: the run browser, on project */
    const char *project;
    bool owner; /* this process started the run: the console takes control at once */
    bool plain; /* lines instead of a screen */
    bool json;  /* objects instead of a screen */
    bool *told; /* becomes true where SIGTERM ended the screen; NULL: nobody asks */
    bool ascii, no_color;
    const char *theme;
    int max_kbps;
    const char *graphics; /* as the option has it; NULL: auto */
    const char *notify;   /* likewise; NULL: bell */
} yd_cli_console;

/* A row of what the console offers: the title that it stands under, keys or words, what they do. */
typedef void yd_cli_row(void *context, const char *group, const char *name, const char *text);

typedef struct yd_cli_hooks {
    /* Opens the console and returns the exit status when it is left; NULL where there is none. */
    int (*open_console)(const yd_cli_console *console);
    /* What keys and command line of the console do, as the user has them; what keys.yaml can bind, with the
     * keys that it has. NULL where there is no console. */
    void (*console_keys)(yd_cli_row *receiver, void *context);
    void (*console_actions)(yd_cli_row *receiver, void *context);
    /* Asks the terminal how it can be shown pictures; a line for doctor. IO where there is none to ask. */
    yd_status (*describe_terminal)(char *line, size_t capacity, yd_error *error);
    /* Lines for --version and doctor about libraries that core does not link ("oneDNN 2.6.0"); NULL ends it.
     */
    const char *(*const *libraries)(void);
} yd_cli_hooks;

typedef struct yd_cli {
    const yd_cli_hooks *hooks;
    const char *program; /* argv[0] */
} yd_cli;

/* Runs «yolodeck COMMAND …» and returns the exit status. Backends are registered before. */
int yd_cli_main(const yd_cli_hooks *hooks, int argc, char **argv);

/* Each command: argv[0] is its name. Returns the exit status. */
#define YD_CLI_COMMAND(name, ...) int yd_cli_##name(const yd_cli *cli, int argc, char **argv);
#include "cli/commands.def"
#undef YD_CLI_COMMAND

/* What every command begins with: parses its options, checks the number of words, answers --help. False: the
 * command is over and *status is its exit status (an error has been printed). */
bool yd_cli_options(yd_for command, int argc, char **argv, yd_arena *arena, yd_options *options, int *status);

/* The console that the options of a command ask for, on a run folder (NULL: none yet). */
yd_cli_console yd_cli_console_of(const yd_options *options, const char *run_folder);

/* Prints «yolodeck: message» to standard error and returns the exit status that goes with it. */
int yd_cli_fail(const yd_error *error);
