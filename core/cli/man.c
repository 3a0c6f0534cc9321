/* yolodeck(1), as roff, from the tables of commands, options, keys and verbs. */
#include "base/text.h"
#include "cli/help.h"
#include <string.h>

/* Text as roff takes it: backslashes, dashes that can be copied, and lines that begin like requests. */
static void add_escaped(yd_text *out, const char *string)
{
    if (*string == '.' || *string == '\'') yd_text_add(out, "\\&");
    for (; *string; string++) {
        if (*string == '\\')
            yd_text_add(out, "\\e");
        else if (*string == '-')
            yd_text_add(out, "\\-");
        else
            yd_text_add_bytes(out, string, 1);
    }
}

static void add_heading(yd_text *out, const char *macro, const char *title)
{
    yd_text_addf(out, ".%s \"", macro);
    add_escaped(out, title);
    yd_text_add(out, "\"\n");
}

static void add_item(yd_text *out, const char *name, const char *text)
{
    yd_text_add(out, ".TP\n.B ");
    add_escaped(out, name);
    yd_text_add(out, "\n");
    add_escaped(out, text);
    yd_text_add(out, "\n");
}

static void add_option(void *context, const yd_option_help *option)
{
    add_item(context, option->form, option->text);
}

static void add_command(yd_text *out, const yd_cli_command *command, const yd_preset *preset)
{
    yd_text_add(out, ".SS \"yolodeck ");
    add_escaped(out, command->name);
    if (*command->words) yd_text_add(out, " ");
    add_escaped(out, command->words);
    yd_text_add(out, " [OPTION]...\"\n");
    add_escaped(out, command->meaning);
    yd_text_add(out, "\n");
    yd_options_each(command->command, preset, add_option, out);
}

static void add_commands(yd_text *out)
{
    int count;
    const yd_cli_command *commands = yd_cli_commands(&count);
    yd_preset preset;
    yd_arena *arena = yd_arena_create(0);
    bool loaded = arena && yd_preset_load("v7", arena, &preset, NULL) == YD_OK;
    for (int i = 0; i < count; i++) add_command(out, &commands[i], loaded ? &preset : NULL);
    yd_arena_destroy(arena);
}

typedef struct keys {
    yd_text *out;
    char group[64];
} keys;

static void add_key(void *context, const char *group, const char *name, const char *text)
{
    keys *own = context;
    if (strcmp(own->group, group) != 0) add_heading(own->out, "SS", group);
    yd_copy_text(own->group, sizeof own->group, group);
    add_item(own->out, name, text);
}

static void add_items(yd_text *out, const char *title, const char *const (*items)[2])
{
    add_heading(out, "SH", title);
    for (; (*items)[0]; items++) add_item(out, (*items)[0], (*items)[1]);
}

void yd_cli_man(const yd_cli_hooks *hooks, yd_text *out)
{
    static const char *const files[][2] = {
        {"~/.config/yolodeck/keys.yaml",
         "the console's keys: \"action: [key, key]\"; yolodeck help actions lists what there is"},
        {"~/.config/yolodeck/themes/NAME.yaml",
         "themes of your own; the shipped default.yaml says how they are written"},
        {"RUN/train.log", "what the engine of a run has printed"},
        {NULL, NULL}};
    static const char *const environment[][2] = {
        {"NO_COLOR", "the console draws without colours"},
        {"COLORTERM", "truecolor or 24bit: the terminal takes RGB colours"},
        {"XDG_CONFIG_HOME", "stands for ~/.config"},
        {"YOLODECK_CONFIGS", "the folder of the shipped models, presets and themes"},
        {NULL, NULL}};
    static const char *const statuses[][2] = {
        {"0", "done"},
        {"1", "ctl: refused, or no answer in time"},
        {"2", "wrong use, or files that cannot be used"},
        {"3", "failed: out of memory, an error of the system, the run's engine died"},
        {"4", "stopped by the user; ctl: the run does not live"},
        {"5", "the console was left, the run goes on"},
        {NULL, NULL}};
    yd_text_add(
        out,
        ".TH YOLODECK 1\n.SH NAME\nyolodeck \\- trains YOLOv5 object detectors from a terminal\n"
        ".SH SYNOPSIS\n.B yolodeck\n.I COMMAND\n[OPTION]...\n.SH DESCRIPTION\n"
        "Trains, evaluates and watches YOLOv5 object detectors. A run is a process of its own; the console "
        "watches and steers it, and can be left and opened again.\n.SH COMMANDS\n");
    add_commands(out);
    if (hooks->console_keys) {
        keys own = {.out = out};
        yd_text_add(out, ".SH \"KEYS OF THE CONSOLE\"\n");
        hooks->console_keys(add_key, &own);
    }
    add_items(out, "FILES", files);
    add_items(out, "ENVIRONMENT", environment);
    add_items(out, "EXIT STATUS", statuses);
}
