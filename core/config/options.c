/* The table of options, and single values in and out of yd_options. */
#include "config/options_table.h"
#include <stdio.h>
#include <string.h>

const char yd_option_of_preset[] = "of the preset";

#define PRESET yd_option_of_preset
#define NONE   NULL
enum { ALONE = false, BESIDE = true };

const yd_option_row yd_option_rows[YD_OPTION_COUNT] = {
#define YD_OPTION(field, type, names, commands, resume, fallback, rule, value, v7, seed, help)               \
    {#field, YD_OPTION_TYPE_##type,      names, commands, resume, fallback, rule, value,                     \
     help,   offsetof(yd_options, field)},
#define YD_OPTION_STORED(...)
#define YD_OPTION_DEFAULT(...)
#include "config/options.def"
#undef YD_OPTION
#undef YD_OPTION_STORED
};

const yd_option_stored yd_option_stored_rows[] = {
#define YD_OPTION(field, type, names, commands, resume, fallback, rule, value, v7, seed, help)               \
    {YD_OPT_##field, v7, seed},
#define YD_OPTION_STORED(field, v7, seed) {YD_OPT_##field, v7, seed},
#include "config/options.def"
#undef YD_OPTION
#undef YD_OPTION_STORED
#undef YD_OPTION_DEFAULT
};
const int yd_option_stored_count = (int)(sizeof yd_option_stored_rows / sizeof *yd_option_stored_rows);

static const struct {
    yd_for command;
    yd_option_id id;
    const char *fallback;
} command_defaults[] = {
#define YD_OPTION(...)
#define YD_OPTION_STORED(...)
#define YD_OPTION_DEFAULT(command, field, fallback) {command, YD_OPT_##field, fallback},
#include "config/options.def"
#undef YD_OPTION
#undef YD_OPTION_STORED
#undef YD_OPTION_DEFAULT
};

const char *yd_option_fallback(yd_option_id id, yd_for command)
{
    for (size_t i = 0; i < sizeof command_defaults / sizeof *command_defaults; i++)
        if (command_defaults[i].command == command && command_defaults[i].id == id)
            return command_defaults[i].fallback;
    return yd_option_rows[id].fallback;
}

bool yd_option_name(const yd_option_row *row, int index, yd_option_alias *alias)
{
    const char *at = row->names;
    for (; index > 0; index--) {
        at += strcspn(at, "|");
        if (!*at++) return false;
    }
    alias->negative = *at == '!';
    if (alias->negative) at++;
    size_t length = strcspn(at, "|="), value = at[length] == '=' ? strcspn(at + length + 1, "|") : 0;
    snprintf(alias->name, sizeof alias->name, "%.*s", (int)length, at);
    snprintf(alias->value, sizeof alias->value, "%.*s", (int)value, at + length + (value > 0));
    return true;
}

/* The rule of INTS: how many at most, then the interval of each. */
static const char *list_interval(const yd_option_row *row, int *most)
{
    int taken = 0;
    sscanf(row->rule, "%d %n", most, &taken);
    return row->rule + taken;
}

/* The rule of a MAYBE that is a number: its interval; NULL for all others. */
static const char *maybe_interval(const yd_option_row *row)
{
    const char *space = strchr(row->rule, ' ');
    return space ? space + 1 : NULL;
}

const char *yd_option_bare(const yd_options *options, yd_option_id id)
{
    const char *rule = yd_option_rows[id].rule;
    return yd_arena_printf(options->arena, "%.*s", (int)strcspn(rule, "| "), rule);
}

/* What a value must be, for messages: "a whole number in [1, 9]". */
static void describe_wanted(const yd_option_row *row, char *out, size_t capacity)
{
    int most = 0;
    switch (row->type) {
    case YD_OPTION_TYPE_TEXT:
        snprintf(out, capacity, "%s%s", *row->rule ? "one of " : "text", row->rule);
        return;
    case YD_OPTION_TYPE_INT:
        snprintf(out, capacity, "a whole number in %s", row->rule);
        return;
    case YD_OPTION_TYPE_REAL:
        snprintf(out, capacity, "a number in %s", row->rule);
        return;
    case YD_OPTION_TYPE_FLAG:
        snprintf(out, capacity, "true or false");
        return;
    case YD_OPTION_TYPE_INTS: {
        const char *interval = list_interval(row, &most);
        snprintf(out, capacity, "1 to %d whole numbers in %s", most, interval);
        return;
    }
    case YD_OPTION_TYPE_MAYBE:
        if (maybe_interval(row))
            snprintf(out, capacity, "a whole number in %s", maybe_interval(row));
        else
            snprintf(out, capacity, "%s%s", strchr(row->rule, '|') ? "one of " : "",
                     *row->rule ? row->rule : "text, true or false");
        return;
    case YD_OPTION_TYPE_WORDS:
        snprintf(out, capacity, "%s, at most %d", row->value, YD_OPTION_MAX_LIST);
        return;
    }
}

void *yd_option_place(yd_options *options, yd_option_id id)
{
    return (char *)options + yd_option_rows[id].offset;
}

bool yd_option_is_list(const yd_option_row *row)
{
    return row->type == YD_OPTION_TYPE_INTS || (row->type == YD_OPTION_TYPE_WORDS && *row->rule == '+');
}

void yd_option_empty_list(yd_options *options, yd_option_id id)
{
    void *place = yd_option_place(options, id);
    if (yd_option_rows[id].type == YD_OPTION_TYPE_INTS)
        ((yd_int_list *)place)->count = 0;
    else
        ((yd_word_list *)place)->count = 0;
}

static bool is_choice(const char *choices, const char *word)
{
    size_t length = strlen(word);
    for (;; choices++) {
        size_t one = strcspn(choices, "|");
        if (one == length && strncmp(choices, word, one) == 0) return true;
        choices += one;
        if (!*choices) return false;
    }
}

static bool add_int(yd_int_list *list, const yd_option_row *row, int64_t value)
{
    int most;
    const char *interval = list_interval(row, &most);
    YD_ASSERT(most <= YD_OPTION_MAX_LIST);
    if (list->count >= most || !yd_interval_holds(interval, (double)value)) return false;
    list->values[list->count++] = (int)value;
    return true;
}

/* Rules see whole numbers as doubles: every bound is far below 2^53. */
static bool set_number(void *place, const yd_option_row *row, bool whole, int64_t integer, double number)
{
    switch (row->type) {
    case YD_OPTION_TYPE_INT:
        if (!whole || !yd_interval_holds(row->rule, (double)integer)) return false;
        *(int *)place = (int)integer;
        return true;
    case YD_OPTION_TYPE_REAL:
        if (!yd_interval_holds(row->rule, number)) return false;
        *(double *)place = number;
        return true;
    case YD_OPTION_TYPE_INTS:
        return whole && add_int(place, row, integer);
    default:
        return false;
    }
}

/* TEXT and MAYBE: choices, and the interval of a number, are checked. */
static bool set_text(void *place, const yd_option_row *row, const char *text)
{
    const char *interval = row->type == YD_OPTION_TYPE_MAYBE ? maybe_interval(row) : NULL;
    int64_t number;
    if (interval && !(yd_parse_int(text, &number) && yd_interval_holds(interval, (double)number)))
        return false;
    if (!interval && *row->rule && !is_choice(row->rule, text)) return false;
    *(const char **)place = text;
    return true;
}

static bool add_word(yd_word_list *list, const char *word)
{
    if (list->count >= YD_OPTION_MAX_LIST) return false;
    list->values[list->count++] = word;
    return true;
}

yd_status yd_option_set_word(yd_options *options, yd_option_id id, const char *word, const char *label,
                             yd_error *error)
{
    const yd_option_row *row = &yd_option_rows[id];
    void *place = yd_option_place(options, id);
    int64_t integer = 0;
    double number = 0;
    bool good;
    if (row->type == YD_OPTION_TYPE_WORDS)
        good = add_word(place, word);
    else if (row->type == YD_OPTION_TYPE_TEXT || row->type == YD_OPTION_TYPE_MAYBE)
        good = set_text(place, row, word);
    else {
        bool whole = yd_parse_int(word, &integer);
        good = (whole || yd_parse_double(word, &number)) &&
               set_number(place, row, whole, integer, whole ? (double)integer : number);
    }
    if (good) return YD_OK;
    char wanted[160];
    describe_wanted(row, wanted, sizeof wanted);
    return yd_fail(error, YD_ERR_USAGE, "%s must be %s, found \"%.80s\"", label, wanted, word);
}

static bool set_int_list(yd_int_list *list, const yd_option_row *row, const yd_yaml_node *node)
{
    list->count = 0;
    if (node->kind == YD_YAML_INT) return add_int(list, row, node->integer);
    if (node->kind != YD_YAML_SEQUENCE || node->count == 0) return false;
    for (int i = 0; i < node->count; i++)
        if (node->items[i]->kind != YD_YAML_INT || !add_int(list, row, node->items[i]->integer)) return false;
    return true;
}

/* A MAYBE is stored as null or false (not there), true (there without a value), or text. */
static bool set_maybe(yd_options *options, yd_option_id id, const yd_yaml_node *node)
{
    const char **place = yd_option_place(options, id);
    if (node->kind == YD_YAML_NULL || (node->kind == YD_YAML_BOOL && !node->integer)) {
        *place = NULL;
        return true;
    }
    if (node->kind == YD_YAML_BOOL) return (*place = yd_option_bare(options, id)) != NULL;
    return node->text && set_text(place, &yd_option_rows[id], node->text);
}

yd_status yd_option_set_node(yd_options *options, yd_option_id id, const yd_yaml *yaml,
                             const yd_yaml_node *node, const char *key, yd_error *error)
{
    const yd_option_row *row = &yd_option_rows[id];
    void *place = yd_option_place(options, id);
    bool good = false;
    switch (row->type) {
    case YD_OPTION_TYPE_TEXT:
        good = node->text && set_text(place, row, node->kind == YD_YAML_NULL ? "" : node->text);
        break;
    case YD_OPTION_TYPE_INT:
    case YD_OPTION_TYPE_REAL:
        good = (node->kind == YD_YAML_INT || node->kind == YD_YAML_FLOAT) &&
               set_number(place, row, node->kind == YD_YAML_INT, node->integer, node->number);
        break;
    case YD_OPTION_TYPE_FLAG:
        if ((good = node->kind == YD_YAML_BOOL)) *(bool *)place = node->integer != 0;
        break;
    case YD_OPTION_TYPE_INTS:
        good = set_int_list(place, row, node);
        break;
    case YD_OPTION_TYPE_MAYBE:
        good = set_maybe(options, id, node);
        break;
    case YD_OPTION_TYPE_WORDS: /* never stored */
        break;
    }
    if (good) return YD_OK;
    char wanted[160];
    describe_wanted(row, wanted, sizeof wanted);
    return yd_yaml_wrong(yaml, node, key, wanted, error);
}

int yd_options_val_size(const yd_options *options)
{
    return options->img_size.values[options->img_size.count > 1 ? 1 : 0];
}
