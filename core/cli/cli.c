#include "cli/cli.h"
#include "base/text.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

typedef struct command {
    const char *name;
    yd_for command;
    int least, most;
    const char *words, *meaning;
    int (*run)(const yd_cli *cli, int argc, char **argv);
} command;

static const command commands[] = {
#define YD_CLI_COMMAND(name, command, least, most, words, meaning)                                           \
    {#name, command, least, most, words, meaning, yd_cli_##name},
#include "cli/commands.def"
#undef YD_CLI_COMMAND
};
enum { COMMAND_COUNT = (int)(sizeof commands / sizeof *commands) };

static const command *find_command(const char *name)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static const command *command_for(yd_for which)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].command == which) return &commands[i];
    return NULL;
}

int yd_cli_fail(const yd_error *error)
{
    fprintf(stderr, "yolodeck: %s\n", error->message);
    return yd_exit_code(error->status);
}

static int unknown_command(const char *name)
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

/* Words of string in lines of at most 80 columns, each after the first indented. */
static void print_wrapped(FILE *out, const char *string, int column)
{
    for (int at = column; *string;) {
        int length = (int)strcspn(string, " ");
        if (at > column && at + 1 + length > 80) {
            fprintf(out, "\n%*s", column, "");
            at = column;
        }
        at += fprintf(out, "%s%.*s", at > column ? " " : "", length, string);
        string += length + (string[length] == ' ');
    }
    fputc('\n', out);
}

static void print_overview(FILE *out)
{
    fputs("usage: yolodeck COMMAND [OPTION]...\n\nTrains YOLOv5 object detectors from a terminal.\n\n", out);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        fprintf(out, "  %-8s ", commands[i].name);
        print_wrapped(out, commands[i].meaning, 11);
    }
    fputs("  help     [COMMAND]: this text, or that of a command\n\n"
          "Each command has --help. Options are written as train.py writes them: a dash\n"
          "and an underscore are the same, --opt=value and --opt value both work, any\n"
          "unambiguous prefix will do, and --no-x switches --x off.\n",
          out);
}

static int print_help(const command *c)
{
    yd_text text = {0};
    yd_preset preset;
    yd_arena *arena = yd_arena_create(0);
    bool loaded = arena && yd_preset_load("v7", arena, &preset, NULL) == YD_OK;
    yd_text_addf(&text, "usage: yolodeck %s%s%s [OPTION]...\n\n%s\n\n", c->name, *c->words ? " " : "",
                 c->words, c->meaning);
    yd_options_help(c->command, loaded ? &preset : NULL, &text);
    bool whole = !text.failed && fputs(text.data, stdout) >= 0 && fflush(stdout) == 0;
    yd_text_free(&text);
    yd_arena_destroy(arena);
    return whole ? 0 : yd_exit_code(YD_ERR_IO);
}

static int print_version(const yd_cli *cli)
{
    printf("yolodeck %s\n", YD_VERSION);
    for (int i = 0; cli->hooks->libraries && cli->hooks->libraries[i]; i++) puts(cli->hooks->libraries[i]());
    return 0;
}

static yd_status check_words(const command *c, const yd_options *options, yd_error *error)
{
    if (options->word_count < c->least) return yd_fail(error, YD_ERR_USAGE, "%s needs %s", c->name, c->words);
    if (options->word_count <= c->most) return YD_OK;
    return yd_fail(error, YD_ERR_USAGE, "%s does not know what to do with \"%.80s\"", c->name,
                   options->words[c->most]);
}

bool yd_cli_options(yd_for which, int argc, char **argv, yd_arena *arena, yd_options *options, int *status)
{
    const command *c = command_for(which);
    yd_error error = {.status = YD_ERR_MEMORY, .message = "out of memory"};
    YD_ASSERT(c != NULL);
    bool good = arena && yd_options_parse(which, argc, argv, arena, options, &error) == YD_OK;
    if (good && options->help) {
        *status = print_help(c);
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
                            .graphics = options->graphics};
}

static int help(int argc, char **argv)
{
    const command *c = argc > 1 ? find_command(argv[1]) : NULL;
    if (c) return print_help(c);
    if (argc > 1 && strcmp(argv[1], "help") != 0) return unknown_command(argv[1]);
    print_overview(stdout);
    return 0;
}

static bool is_any(const char *word, const char *a, const char *b, const char *c)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

int yd_cli_main(const yd_cli_hooks *hooks, int argc, char **argv)
{
    yd_cli cli = {.hooks = hooks, .program = argc > 0 ? argv[0] : "yolodeck"};
    if (argc < 2) {
        print_overview(stderr);
        return yd_exit_code(YD_ERR_USAGE);
    }
    if (is_any(argv[1], "help", "--help", "-h")) return help(argc - 1, argv + 1);
    if (is_any(argv[1], "version", "--version", "-V")) return print_version(&cli);
    const command *c = find_command(argv[1]);
    return c ? c->run(&cli, argc - 1, argv + 1) : unknown_command(argv[1]);
}
