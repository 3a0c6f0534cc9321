#include "cli/cli.h"
#include "base/text.h"
#include "cli/help.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const yd_cli_command commands[] = {
#define YD_CLI_COMMAND(name, command, least, most, words, meaning)                                           \
    {#name, command, least, most, words, meaning, yd_cli_##name},
#include "cli/commands.def"
#undef YD_CLI_COMMAND
};
enum { COMMAND_COUNT = (int)(sizeof commands / sizeof *commands) };

const yd_cli_command *yd_cli_find(const char *name)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static const yd_cli_command *command_for(yd_for which)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].command == which) return &commands[i];
    return NULL;
}

const yd_cli_command *yd_cli_commands(int *count)
{
    *count = COMMAND_COUNT;
    return commands;
}

int yd_cli_fail(const yd_error *error)
{
    fprintf(stderr, "yolodeck: %s\n", error->message);
    return yd_exit_code(error->status);
}

int yd_cli_unknown(const char *name)
{
    int nearest = 0, least = INT_MAX;
    yd_error error;
    for (int i = 0; i < COMMAND_COUNT; i++) {
        int distance = yd_edit_distance(name, commands[i].name);
        if (distance < least) nearest = i, least = distance;
    }
    if (least <= (int)strlen(name) / 3 + 1)
        yd_fail(&error, YD_ERR_USAGE, "unknown command %.80s; did you mean %s?", name,
                commands[nearest].name);
    else
        yd_fail(&error, YD_ERR_USAGE, "unknown command %.80s; yolodeck help lists them", name);
    return yd_cli_fail(&error);
}

static int print_version(const yd_cli *cli)
{
    printf("yolodeck %s\n", YD_VERSION);
    for (int i = 0; cli->hooks->libraries && cli->hooks->libraries[i]; i++) puts(cli->hooks->libraries[i]());
    return 0;
}

static yd_status check_words(const yd_cli_command *c, const yd_options *options, yd_error *error)
{
    if (options->word_count < c->least) return yd_fail(error, YD_ERR_USAGE, "%s needs %s", c->name, c->words);
    if (options->word_count <= c->most) return YD_OK;
    return yd_fail(error, YD_ERR_USAGE, "%s does not know what to do with \"%.80s\"", c->name,
                   options->words[c->most]);
}

bool yd_cli_options(yd_for which, int argc, char **argv, yd_arena *arena, yd_options *options, int *status)
{
    const yd_cli_command *c = command_for(which);
    yd_error error = {.status = YD_ERR_MEMORY, .message = "out of memory"};
    YD_ASSERT(c != NULL);
    bool good = arena && yd_options_parse(which, argc, argv, arena, options, &error) == YD_OK;
    if (good && options->help) {
        *status = yd_cli_command_help(c);
        return false;
    }
    if (good && check_words(c, options, &error) == YD_OK) return true;
    *status = yd_cli_fail(&error);
    if (error.status == YD_ERR_USAGE) fprintf(stderr, "see yolodeck %s --help\n", c->name);
    return false;
}

yd_cli_console yd_cli_console_of(const yd_options *options, const char *run_folder)
{
    return (yd_cli_console){.run_folder = run_folder,
                            .plain = options->plain,
                            .json = options->json,
                            .ascii = options->ascii,
                            .no_color = !options->color,
                            .theme = options->theme,
                            .max_kbps = options->max_kbps,
                            .graphics = options->graphics,
                            .notify = options->notify};
}

static bool is_any(const char *word, const char *a, const char *b, const char *c)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

static int run_command(const yd_cli_hooks *hooks, int argc, char **argv)
{
    yd_cli cli = {.hooks = hooks, .program = argc > 0 ? argv[0] : "yolodeck"};
    if (argc < 2) {
        yd_cli_overview(stderr);
        return yd_exit_code(YD_ERR_USAGE);
    }
    if (is_any(argv[1], "help", "--help", "-h")) return yd_cli_help(&cli, argc - 1, argv + 1);
    if (is_any(argv[1], "version", "--version", "-V")) return print_version(&cli);
    const yd_cli_command *c = yd_cli_find(argv[1]);
    return c ? c->run(&cli, argc - 1, argv + 1) : yd_cli_unknown(argv[1]);
}

int yd_cli_main(const yd_cli_hooks *hooks, int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* a file that must not grow is an error with a name, not the end */
    int status = run_command(hooks, argc, argv);
    bool told = !ferror(stdout), whole = fflush(stdout) == 0 && told;
    if (whole || status != 0) return status;
    fprintf(stderr, "yolodeck: standard output: cannot write%s%s\n", told ? ": " : "",
            told ? strerror(errno) : "");
    return yd_exit_code(YD_ERR_IO);
}
