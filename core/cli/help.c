#include "cli/help.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

enum { WIDTH = 80 };

/* Words of string in lines of at most 80 columns, each after the first indented. */
static void print_wrapped(FILE *out, const char *string, int column)
{
    for (int at = column; *string;) {
        int length = (int)strcspn(string, " ");
        if (at > column && at + 1 + length > WIDTH) {
            fprintf(out, "\n%*s", column, "");
            at = column;
        }
        at += fprintf(out, "%s%.*s", at > column ? " " : "", length, string);
        string += length + (string[length] == ' ');
    }
    fputc('\n', out);
}

void yd_cli_overview(FILE *out)
{
    fputs("usage: yolodeck COMMAND [OPTION]...\n\nTrains YOLOv5 object detectors from a terminal.\n\n", out);
    int count;
    const yd_cli_command *commands = yd_cli_commands(&count);
    for (int i = 0; i < count; i++) {
        fprintf(out, "  %-8s ", commands[i].name);
        print_wrapped(out, commands[i].meaning, 11);
    }
    fputs("  help     [COMMAND]: this text, or that of a command; keys: those of the console;\n"
          "           actions: what a key map can bind; --man: a man page; --completion\n"
          "           bash|zsh|fish: for a shell\n\n"
          "Each command has --help. Options are written as train.py writes them: a dash\n"
          "and an underscore are the same, --opt=value and --opt value both work, any\n"
          "unambiguous prefix will do, and --no-x switches --x off.\n",
          out);
}

int yd_cli_command_help(const yd_cli_command *c)
{
    yd_text text = {0};
    yd_preset preset;
    yd_arena *arena = yd_arena_create(0);
    bool loaded = arena && yd_preset_load("v7", arena, &preset, NULL) == YD_OK;
    yd_text_addf(&text, "usage: yolodeck %s%s%s [OPTION]...\n\n%s\n\n", c->name, *c->words ? " " : "",
                 c->words, c->meaning);
    yd_options_help(c->command, loaded ? &preset : NULL, &text);
    bool whole = !text.failed;
    if (whole) fputs(text.data, stdout);
    yd_text_free(&text);
    yd_arena_destroy(arena);
    return whole ? 0 : yd_exit_code(YD_ERR_IO);
}

typedef struct rows {
    yd_text *out;
    char group[64];
    int column;
} rows;

static void measure_row(void *context, const char *group, const char *name, const char *text)
{
    rows *own = context;
    (void)group, (void)text;
    if ((int)strlen(name) + 4 > own->column) own->column = (int)strlen(name) + 4;
}

static void print_row(void *context, const char *group, const char *name, const char *text)
{
    rows *own = context;
    if (strcmp(own->group, group) != 0) {
        printf("%s%s\n", own->group[0] ? "\n" : "", group);
        yd_copy_text(own->group, sizeof own->group, group);
    }
    printf("  %s%*s", name, own->column - 2 - (int)strlen(name), "");
    print_wrapped(stdout, text, own->column);
}

static int print_rows(void (*each)(yd_cli_row *receiver, void *context))
{
    rows own = {0};
    if (!each) {
        yd_error error;
        yd_fail(&error, YD_ERR_UNSUPPORTED, "this program was built without a console");
        return yd_cli_fail(&error);
    }
    each(measure_row, &own);
    each(print_row, &own);
    return 0;
}

static int print_text(yd_text *text)
{
    bool whole = !text->failed && text->data;
    if (whole) fputs(text->data, stdout);
    yd_text_free(text);
    return whole ? 0 : yd_exit_code(YD_ERR_IO);
}

static int print_man(const yd_cli *cli)
{
    yd_text text = {0};
    yd_cli_man(cli->hooks, &text);
    return print_text(&text);
}

static int print_completion(const char *shell)
{
    yd_text text = {0};
    yd_error error;
    if (shell && yd_cli_completion(shell, &text)) return print_text(&text);
    yd_text_free(&text);
    yd_fail(&error, YD_ERR_USAGE, "help --completion needs bash, zsh or fish, found \"%.80s\"",
            shell ? shell : "");
    return yd_cli_fail(&error);
}

int yd_cli_help(const yd_cli *cli, int argc, char **argv)
{
    const char *topic = argc > 1 ? argv[1] : "help";
    const yd_cli_command *c = yd_cli_find(topic);
    if (c) return yd_cli_command_help(c);
    if (strcmp(topic, "keys") == 0) return print_rows(cli->hooks->console_keys);
    if (strcmp(topic, "actions") == 0) return print_rows(cli->hooks->console_actions);
    if (strcmp(topic, "--man") == 0) return print_man(cli);
    if (strcmp(topic, "--completion") == 0) return print_completion(argc > 2 ? argv[2] : NULL);
    if (strcmp(topic, "help") != 0) return yd_cli_unknown(topic);
    yd_cli_overview(stdout);
    return 0;
}
