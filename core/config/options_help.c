/* The part of a command's help that comes from options.def. */
#include "config/options_table.h"
#include <stdio.h>
#include <string.h>

enum { COLUMN = 26, WIDTH = 80 };

/* Words of string behind the column, wrapped; *at is where the line stands. */
static void add_wrapped(yd_text *text, const char *string, int *at)
{
    while (*string) {
        int length = (int)strcspn(string, " ");
        if (*at > COLUMN && *at + 1 + length > WIDTH) {
            yd_text_add(text, "\n");
            *at = 0;
        }
        if (*at < COLUMN)
            yd_text_addf(text, "%*s", COLUMN - *at, ""), *at = COLUMN;
        else if (*at > COLUMN)
            yd_text_add(text, " "), ++*at;
        yd_text_add_bytes(text, string, (size_t)length);
        *at += length;
        string += length + (string[length] == ' ');
    }
}

/* "--img-size N [N ...]", "--resume [RUN|FILE]", "--nosave"; "--[no-]tui" where it may be on without being
 * named */
static void describe_form(const yd_option_row *row, const char *name, char *out, size_t capacity)
{
    if (yd_option_is_list(row)) {
        snprintf(out, capacity, "--%s %s [%s ...]", name, row->value, row->value);
        return;
    }
    switch (row->type) {
    case YD_OPTION_TYPE_FLAG:
        snprintf(out, capacity, "--%s%s", strcmp(row->fallback, "false") == 0 ? "" : "[no-]", name);
        return;
    case YD_OPTION_TYPE_MAYBE:
        snprintf(out, capacity, "--%s [%s]", name, row->value);
        return;
    default:
        snprintf(out, capacity, "--%s %s", name, row->value);
        return;
    }
}

/* The default as help shows it, "" where there is none worth showing. */
static const char *shown_default(const yd_option_row *row, yd_for command, yd_option_id id,
                                 const yd_preset *preset)
{
    const char *fallback = yd_option_fallback(id, command);
    if (!fallback) return "";
    if (fallback == yd_option_of_preset) {
        const yd_yaml_node *node = preset ? yd_yaml_find(preset->options, row->field) : NULL;
        if (node && node->kind == YD_YAML_SEQUENCE && node->count) node = node->items[0];
        if (!node || !node->text) return fallback;
        fallback = node->text;
    }
    if (row->type == YD_OPTION_TYPE_FLAG) return strcmp(fallback, "true") == 0 ? "on" : "";
    return fallback;
}

/* " (also --img, --imgsz; default: 640)" */
static void describe_rest(const yd_option_row *row, const char *fallback, char *out, size_t capacity)
{
    yd_option_alias alias;
    const char *before = " (also";
    size_t n = 0;
    out[0] = '\0';
    for (int i = 1; yd_option_name(row, i, &alias) && n < capacity; i++, before = ",")
        n += (size_t)snprintf(out + n, capacity - n, "%s --%s%s%s", before, alias.name,
                              alias.negative ? " for off"
                              : *alias.value ? " for "
                                             : "",
                              alias.value);
    if (*fallback && n < capacity)
        n += (size_t)snprintf(out + n, capacity - n, "%sdefault: %s", n ? "; " : " (", fallback);
    if (n && n < capacity) snprintf(out + n, capacity - n, ")");
}

void yd_options_each(yd_for command, const yd_preset *preset, yd_option_receiver *receiver, void *context)
{
    for (int id = 0; id < YD_OPTION_COUNT; id++) {
        const yd_option_row *row = &yd_option_rows[id];
        yd_option_alias alias;
        char form[128], rest[256], whole[512];
        bool choices = row->type == YD_OPTION_TYPE_TEXT && strchr(row->rule, '|');
        if (!(row->commands & (unsigned)command) || !yd_option_name(row, 0, &alias)) continue;
        describe_form(row, alias.name, form, sizeof form);
        describe_rest(row, shown_default(row, command, (yd_option_id)id, preset), rest, sizeof rest);
        snprintf(whole, sizeof whole, "%s%s", row->help, rest);
        receiver(context, &(yd_option_help){.name = alias.name,
                                            .form = form,
                                            .text = whole,
                                            .value = row->type == YD_OPTION_TYPE_FLAG ? "" : row->value,
                                            .choices = choices ? row->rule : ""});
    }
}

static void add_option(void *context, const yd_option_help *option)
{
    yd_text *text = context;
    yd_text_addf(text, "  %s", option->form);
    int at = 2 + (int)strlen(option->form);
    if (at >= COLUMN) {
        yd_text_add(text, "\n");
        at = 0;
    }
    add_wrapped(text, option->text, &at);
    yd_text_add(text, "\n");
}

void yd_options_help(yd_for command, const yd_preset *preset, yd_text *text)
{
    yd_options_each(command, preset, add_option, text);
}
