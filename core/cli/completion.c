/* Completion for shells: a script that knows every command, option and choice by itself and asks nothing of
 * the program while a line is typed. */
#include "base/text.h"
#include "cli/help.h"
#include "event/wire.h"
#include <stdio.h>
#include <string.h>

static void add_name(void *context, const yd_option_help *option)
{
    yd_text_addf(context, " --%s", option->name);
}

/* "a|b" as "a b". */
static void add_choices(yd_text *out, const char *choices)
{
    for (; *choices; choices++) yd_text_add_bytes(out, *choices == '|' ? " " : choices, 1);
}

static void add_bash_choices(void *context, const yd_option_help *option)
{
    if (!*option->choices) return;
    yd_text_addf(context, "            --%s) words=\"", option->name);
    add_choices(context, option->choices);
    yd_text_add(context, "\" ;;\n");
}

static void add_verbs(yd_text *out)
{
    for (uint32_t type = 0; type < YD_COMMAND_COUNT; type++) yd_text_addf(out, " %s", yd_command_name(type));
}

/* One function for bash, which zsh runs too: words to choose from, or names of files where there are none. */
static void add_bash(yd_text *out)
{
    int count;
    const yd_cli_command *commands = yd_cli_commands(&count);
    yd_text_add(out, "# completion of yolodeck; made by: yolodeck help --completion bash\n"
                     "# shellcheck shell=bash disable=SC2207\n"
                     "_yolodeck() {\n"
                     "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} "
                     "words=\"\" options=\"\"\n"
                     "    COMPREPLY=()\n"
                     "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"help version");
    for (int i = 0; i < count; i++) yd_text_addf(out, " %s", commands[i].name);
    yd_text_add(out, "\"\n        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n        return\n    fi\n"
                     "    case ${COMP_WORDS[1]} in\n");
    for (int i = 0; i < count; i++) {
        yd_text_addf(out, "    %s)\n        options=\"", commands[i].name);
        yd_options_each(commands[i].command, NULL, add_name, out);
        yd_text_add(out, "\"\n        case $before in\n");
        yd_options_each(commands[i].command, NULL, add_bash_choices, out);
        yd_text_add(out, "        esac\n        ;;\n");
    }
    yd_text_add(out, "    help) words=\"keys actions --man --completion");
    for (int i = 0; i < count; i++) yd_text_addf(out, " %s", commands[i].name);
    yd_text_add(out, "\"; [ \"$before\" != --completion ] || words=\"bash zsh fish\" ;;\n    esac\n"
                     "    if [ \"${COMP_WORDS[1]}\" = ctl ] && [ \"$COMP_CWORD\" -eq 3 ]; then words=\"");
    add_verbs(out);
    yd_text_add(out, "\"; fi\n"
                     "    if [ \"${COMP_WORDS[1]}\" = ctl ] && [ \"$before\" = stop ]; then words=\"now "
                     "epoch final\"; fi\n"
                     "    case $word in -*) words=$options ;; esac\n"
                     "    if [ -n \"$words\" ]; then\n"
                     "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                     "    else\n"
                     "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                     "    fi\n}\n");
}

/* A string in single quotes, as fish takes it. */
static void add_quoted(yd_text *out, const char *string)
{
    yd_text_add(out, "'");
    for (; *string; string++) {
        if (*string == '\'' || *string == '\\') yd_text_add(out, "\\");
        yd_text_add_bytes(out, string, 1);
    }
    yd_text_add(out, "'");
}

typedef struct fish {
    yd_text *out;
    const char *command;
} fish;

static void add_fish_option(void *context, const yd_option_help *option)
{
    const fish *own = context;
    yd_text_addf(own->out, "complete -c yolodeck -n '__fish_seen_subcommand_from %s' -l %s", own->command,
                 option->name);
    if (*option->value) yd_text_add(own->out, *option->choices ? " -x" : " -r");
    if (*option->choices) {
        yd_text_add(own->out, " -a '");
        add_choices(own->out, option->choices);
        yd_text_add(own->out, "'");
    }
    yd_text_add(own->out, " -d ");
    add_quoted(own->out, option->text);
    yd_text_add(own->out, "\n");
}

static void add_fish(yd_text *out)
{
    int count;
    const yd_cli_command *commands = yd_cli_commands(&count);
    yd_text_add(out, "# completion of yolodeck; made by: yolodeck help --completion fish\n");
    for (int i = 0; i < count; i++) {
        yd_text_addf(out, "complete -c yolodeck -n __fish_use_subcommand -f -a %s -d ", commands[i].name);
        add_quoted(out, commands[i].meaning);
        yd_text_add(out, "\n");
        fish own = {out, commands[i].name};
        yd_options_each(commands[i].command, NULL, add_fish_option, &own);
    }
    yd_text_add(out, "complete -c yolodeck -n '__fish_seen_subcommand_from ctl' -a '");
    add_verbs(out);
    yd_text_add(out, "'\n");
}

bool yd_cli_completion(const char *shell, yd_text *out)
{
    bool bash = strcmp(shell, "bash") == 0, zsh = strcmp(shell, "zsh") == 0;
    if (strcmp(shell, "fish") == 0)
        add_fish(out);
    else if (!bash && !zsh)
        return false;
    /* A bare zsh has not set up completion yet; folders that others may write to are left out unasked. */
    if (zsh)
        yd_text_add(out, "(( $+functions[compdef] )) || { autoload -U +X compinit && compinit -i; }\n"
                         "autoload -U +X bashcompinit && bashcompinit\n");
    if (bash || zsh) add_bash(out);
    if (bash) yd_text_add(out, "complete -o filenames -F _yolodeck yolodeck\n");
    if (zsh) yd_text_add(out, "complete -F _yolodeck yolodeck\n");
    return true;
}
