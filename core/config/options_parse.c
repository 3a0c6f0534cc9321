/* The command line, read as train.py's own parser reads it. (training.md, 2.2) */
#include "config/options_table.h"
#include <stdio.h>
#include <string.h>

enum { MAX_NAME = 64, SHOWN_CANDIDATES = 6 };

/* What a word such as "--img-size=640" names. */
typedef struct match {
    yd_option_id id;
    yd_option_alias alias; /* in full, without dashes; negative where it says --no-x too */
} match;

/* A dash and an underscore are the same, so names are compared with dashes; what is behind "=" is no part of
 * the name. */
static void normalise(char out[MAX_NAME], const char *word)
{
    size_t length = strcspn(word, "=");
    if (length >= MAX_NAME) length = MAX_NAME - 1;
    for (size_t i = 0; i < length; i++) out[i] = word[i] == '_' ? '-' : word[i];
    out[length] = '\0';
}

/* "-1" and "-.5" are values, as for argparse: no option looks like a negative number. */
static bool is_negative_number(const char *word)
{
    const char *s = word + 1;
    s += strspn(s, "0123456789");
    if (!*s) return s > word + 1;
    if (*s++ != '.') return false;
    return *s && !s[strspn(s, "0123456789")];
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] && !is_negative_number(word);
}

/* Calls visit for every name that a command knows: each alias, and "no-" before those of flags. */
typedef void name_visitor(void *context, const match *known);
static void visit_names(yd_for command, name_visitor *visit, void *context)
{
    for (int id = 0; id < YD_OPTION_COUNT; id++) {
        const yd_option_row *row = &yd_option_rows[id];
        match known = {.id = (yd_option_id)id};
        if (!(row->commands & (unsigned)command)) continue;
        for (int i = 0; yd_option_name(row, i, &known.alias); i++) {
            visit(context, &known);
            if (row->type != YD_OPTION_TYPE_FLAG) continue;
            match opposite = {.id = known.id, .alias.negative = !known.alias.negative};
            snprintf(opposite.alias.name, sizeof opposite.alias.name, "no-%.*s", MAX_NAME - 4,
                     known.alias.name);
            visit(context, &opposite);
        }
    }
}

typedef struct lookup {
    const char *name; /* normalised */
    match found;
    int exact, prefixes; /* different options (or senses) that fit */
    bool seen[YD_OPTION_COUNT][2];
    char candidates[256];
} lookup;

static void look(void *context, const match *known)
{
    lookup *l = context;
    size_t length = strlen(l->name);
    const char *name = known->alias.name;
    bool sense = known->alias.negative || *known->alias.value;
    if (strcmp(name, l->name) == 0) {
        l->exact = 1;
        l->found = *known;
    }
    if (l->exact || strncmp(name, l->name, length) != 0) return;
    if (l->seen[known->id][sense]) return;
    l->seen[known->id][sense] = true;
    if (l->prefixes++ == 0) l->found = *known;
    size_t used = strlen(l->candidates);
    if (l->prefixes <= SHOWN_CANDIDATES)
        snprintf(l->candidates + used, sizeof l->candidates - used, "%s--%s", used ? ", " : "", name);
    else if (l->prefixes == SHOWN_CANDIDATES + 1)
        snprintf(l->candidates + used, sizeof l->candidates - used, ", …");
}

typedef struct nearest {
    const char *name;
    int distance;
    char found[MAX_NAME];
} nearest;

static void compare(void *context, const match *known)
{
    nearest *n = context;
    int distance = yd_edit_distance(n->name, known->alias.name);
    if (distance >= n->distance) return;
    n->distance = distance;
    yd_copy_text(n->found, sizeof n->found, known->alias.name);
}

static yd_status unknown(yd_for command, const char *word, const char *name, yd_error *error)
{
    nearest n = {.name = name, .distance = (int)strlen(name) / 3 + 2};
    visit_names(command, compare, &n);
    int shown = (int)strcspn(word, "=");
    if (*n.found)
        return yd_fail(error, YD_ERR_USAGE, "unknown option %.*s; did you mean --%s?", shown, word, n.found);
    return yd_fail(error, YD_ERR_USAGE, "unknown option %.*s", shown, word);
}

static yd_status find_option(yd_for command, const char *word, match *found, yd_error *error)
{
    char name[MAX_NAME];
    if (strcmp(word, "-h") == 0) word = "--help";
    bool two = word[1] == '-';
    normalise(name, word + (two ? 2 : 1));
    lookup l = {.name = name};
    if (two && *name) visit_names(command, look, &l);
    if (!l.exact && l.prefixes > 1)
        return yd_fail(error, YD_ERR_USAGE, "%.*s may be any of %s", (int)strcspn(word, "="), word,
                       l.candidates);
    if (!l.exact && l.prefixes == 0) return unknown(command, word, name, error);
    *found = l.found;
    return YD_OK;
}

typedef struct parser {
    yd_options *options;
    int argc, next;
    char **argv;
    yd_error *error;
} parser;

/* The value after "=", else the next word where that is no option; NULL where there is none. */
static const char *take_value(parser *p, const char *attached)
{
    if (attached) return attached;
    return p->next < p->argc && !is_option(p->argv[p->next]) ? p->argv[p->next++] : NULL;
}

/* What may stand behind a list's first value: whole numbers, or all that is no option. */
static bool goes_on(yd_option_type type, const char *word)
{
    int64_t number;
    return type == YD_OPTION_TYPE_INTS ? yd_parse_int(word, &number) : !is_option(word);
}

/* One value after "=", or all words that follow. Given again, a list begins anew. */
static yd_status take_list(parser *p, const match *m, const char *attached, const char *label)
{
    const yd_option_type type = yd_option_rows[m->id].type;
    yd_option_empty_list(p->options, m->id);
    const char *first = take_value(p, attached);
    if (!first) return yd_fail(p->error, YD_ERR_USAGE, "%s needs a value", label);
    YD_TRY(yd_option_set_word(p->options, m->id, first, label, p->error));
    while (!attached && p->next < p->argc && goes_on(type, p->argv[p->next]))
        YD_TRY(yd_option_set_word(p->options, m->id, p->argv[p->next++], label, p->error));
    return YD_OK;
}

static yd_status take_option(parser *p, const char *word)
{
    match m;
    char label[MAX_NAME + 2];
    yd_options *options = p->options;
    YD_TRY(find_option(p->options->command, word, &m, p->error));
    snprintf(label, sizeof label, "--%s", m.alias.name);
    const char *equals = strchr(word, '='), *attached = equals ? equals + 1 : NULL, *value;
    options->given[m.id] = true;
    const yd_option_row *row = &yd_option_rows[m.id];
    bool valueless = row->type == YD_OPTION_TYPE_FLAG || *m.alias.value;
    if (valueless && attached)
        return yd_fail(p->error, YD_ERR_USAGE, "%s takes no value, found \"%.80s\"", label, attached);
    if (*m.alias.value)
        return yd_option_set_word(options, m.id, yd_arena_strdup(options->arena, m.alias.value), label,
                                  p->error);
    if (yd_option_is_list(row)) return take_list(p, &m, attached, label);
    switch (row->type) {
    case YD_OPTION_TYPE_FLAG:
        *(bool *)yd_option_place(options, m.id) = !m.alias.negative;
        return YD_OK;
    case YD_OPTION_TYPE_MAYBE:
        value = take_value(p, attached);
        if (!value) value = yd_option_bare(options, m.id);
        return value ? yd_option_set_word(options, m.id, value, label, p->error)
                     : yd_fail(p->error, YD_ERR_MEMORY, "out of memory");
    default:
        value = take_value(p, attached);
        if (!value) return yd_fail(p->error, YD_ERR_USAGE, "%s needs a value", label);
        return yd_option_set_word(options, m.id, value, label, p->error);
    }
}

static yd_status set_defaults(yd_options *options, yd_error *error)
{
    for (int id = 0; id < YD_OPTION_COUNT; id++) {
        const yd_option_row *row = &yd_option_rows[id];
        const char *fallback = yd_option_fallback((yd_option_id)id, options->command);
        if (fallback == yd_option_of_preset) continue;
        if (!fallback && row->type == YD_OPTION_TYPE_TEXT) fallback = "";
        if (!fallback) continue;
        if (row->type == YD_OPTION_TYPE_FLAG)
            *(bool *)yd_option_place(options, (yd_option_id)id) = strcmp(fallback, "true") == 0;
        else if (row->type == YD_OPTION_TYPE_TEXT && !*fallback)
            *(const char **)yd_option_place(options, (yd_option_id)id) = "";
        else
            YD_TRY(yd_option_set_word(options, (yd_option_id)id, fallback, row->field, error));
    }
    return YD_OK;
}

yd_status yd_options_parse(yd_for command, int argc, char **argv, yd_arena *arena, yd_options *options,
                           yd_error *error)
{
    *options = (yd_options){.command = command, .arena = arena};
    options->words = yd_arena_alloc(arena, (size_t)argc + 1, sizeof *options->words);
    if (!options->words) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    YD_TRY(set_defaults(options, error));
    parser p = {.options = options, .argc = argc, .next = 1, .argv = argv, .error = error};
    for (bool only_words = false; p.next < argc && !options->help;) {
        const char *word = argv[p.next++];
        if (!only_words && strcmp(word, "--") == 0)
            only_words = true;
        else if (!only_words && is_option(word))
            YD_TRY(take_option(&p, word));
        else
            options->words[options->word_count++] = word;
    }
    return YD_OK;
}
