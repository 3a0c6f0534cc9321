/* Options from a preset, and opt.yaml. */
#include "config/options_table.h"
#include <stdio.h>
#include <string.h>

static int find_field(const char *field)
{
    for (int id = 0; id < YD_OPTION_COUNT; id++)
        if (strcmp(yd_option_rows[id].field, field) == 0 &&
            yd_option_rows[id].fallback == yd_option_of_preset)
            return id;
    return -1;
}

yd_status yd_options_apply_preset(yd_options *options, const yd_preset *preset, yd_error *error)
{
    const yd_yaml_node *given = preset->options;
    for (int i = 0; i < given->count; i++)
        if (find_field(given->keys[i]->text) < 0)
            return yd_fail(error, YD_ERR_CONFIG, "%s:%d: %s is no option whose default a preset gives",
                           preset->file, given->keys[i]->line, given->keys[i]->text);
    for (int id = 0; id < YD_OPTION_COUNT; id++) {
        const char *field = yd_option_rows[id].field;
        if (yd_option_rows[id].fallback != yd_option_of_preset) continue;
        const yd_yaml_node *node = yd_yaml_find(given, field);
        if (!node) return yd_fail(error, YD_ERR_CONFIG, "%s: options: %s is missing", preset->file, field);
        bool own = yd_option_fallback((yd_option_id)id, options->command) != yd_option_of_preset;
        if (options->given[id] || own) continue;
        YD_TRY(yd_option_set_node(options, (yd_option_id)id, &preset->yaml, node, field, error));
    }
    return YD_OK;
}

static void write_list(yd_yaml_writer *writer, const char *key, const yd_int_list *list, int least)
{
    yd_yaml_write_open(writer, key, '[');
    for (int i = 0; i < list->count || i < least; i++)
        yd_yaml_write_integer(writer, NULL, list->values[i < list->count ? i : list->count - 1]);
    yd_yaml_write_close(writer);
}

/* A word as the YAML that it looks like. */
static void write_word(yd_yaml_writer *writer, const char *key, const char *word)
{
    int64_t integer;
    double number;
    yd_yaml_kind kind = yd_yaml_resolve(word, &integer, &number);
    if (kind == YD_YAML_BOOL)
        yd_yaml_write_bool(writer, key, integer != 0);
    else if (kind == YD_YAML_INT)
        yd_yaml_write_integer(writer, key, integer);
    else
        yd_yaml_write_text(writer, key, word);
}

/* YOLOv5 stores --resume as true whatever was typed, and --cache as null or "ram". Where mid-2021 had a
 * switch, there is a truth value: but a value other than the bare option's is kept, or a resumed run would
 * lose it. */
static void write_maybe(yd_yaml_writer *writer, const char *key, yd_option_id id, bool seed,
                        const char *value)
{
    const char *rule = yd_option_rows[id].rule;
    size_t length = strcspn(rule, "| ");
    bool resume = id == YD_OPT_resume, truth = strncmp(rule, "true", length) == 0;
    bool bare = value && strlen(value) == length && strncmp(value, rule, length) == 0;
    if (resume || (seed && (!value || bare)))
        yd_yaml_write_bool(writer, key, value != NULL);
    else if (value)
        write_word(writer, key, value);
    else if (truth)
        yd_yaml_write_bool(writer, key, false);
    else
        yd_yaml_write_null(writer, key);
}

/* The value in a key such as "adam=Adam"; NULL where it is a plain key. */
static const char *value_in_key(const char *key)
{
    const char *equals = strchr(key, '=');
    return equals ? equals + 1 : NULL;
}

static void write_text_option(yd_yaml_writer *writer, const yd_option_row *row, const char *key,
                              const char *text)
{
    const char *value = value_in_key(key);
    char name[64];
    if (value) {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(key, "="), key);
        yd_yaml_write_bool(writer, name, strcmp(text, value) == 0);
    } else if (!*text && !row->fallback)
        yd_yaml_write_null(writer, key);
    else
        yd_yaml_write_text(writer, key, text);
}

static void write_value(yd_yaml_writer *writer, const yd_options *options, yd_option_id id, const char *key,
                        bool seed)
{
    const yd_option_row *row = &yd_option_rows[id];
    const void *place = (const char *)options + row->offset;
    bool opposite = *key == '!';
    if (opposite) key++;
    switch (row->type) {
    case YD_OPTION_TYPE_TEXT:
        write_text_option(writer, row, key, *(const char *const *)place);
        return;
    case YD_OPTION_TYPE_INT:
        yd_yaml_write_integer(writer, key, *(const int *)place);
        return;
    case YD_OPTION_TYPE_REAL:
        yd_yaml_write_number(writer, key, *(const double *)place);
        return;
    case YD_OPTION_TYPE_FLAG:
        yd_yaml_write_bool(writer, key, *(const bool *)place != opposite);
        return;
    case YD_OPTION_TYPE_INTS: {
        const yd_int_list *list = place;
        if (id == YD_OPT_img_size && !seed && list->count == 1)
            yd_yaml_write_integer(writer, key, list->values[0]);
        else
            write_list(writer, key, list, id == YD_OPT_img_size ? 2 : 1);
        return;
    }
    case YD_OPTION_TYPE_WORDS: /* never stored */
        return;
    case YD_OPTION_TYPE_MAYBE:
        write_maybe(writer, key, id, seed, *(const char *const *)place);
        return;
    }
}

yd_status yd_options_write(const yd_options *options, const yd_preset *preset, const yd_hyp *hyp,
                           yd_text *text, yd_error *error)
{
    bool seed = preset->wording == YD_WORDING_SEED;
    yd_yaml_writer *writer = yd_yaml_write_start(text);
    for (int i = 0; i < yd_option_stored_count && writer; i++) {
        const yd_option_stored *row = &yd_option_stored_rows[i];
        const char *key = seed ? row->seed : row->v7;
        if (!*key) continue;
        if (row->id == YD_OPT_hyp && preset->opt_holds_hyp) {
            yd_yaml_write_open(writer, key, '{');
            yd_hyp_write_keys(hyp, writer);
            yd_yaml_write_close(writer);
        } else
            write_value(writer, options, row->id, key, seed);
    }
    return yd_yaml_write_finish(writer, error);
}

/* Options that a run has settled, and that a resumed run therefore cannot have otherwise. */
static yd_status check_beside_resume(const yd_options *options, yd_error *error)
{
    for (int id = 0; id < YD_OPTION_COUNT; id++) {
        yd_option_alias alias;
        if (!options->given[id] || yd_option_rows[id].beside_resume) continue;
        yd_option_name(&yd_option_rows[id], 0, &alias);
        return yd_fail(error, YD_ERR_USAGE, "--%s cannot be given beside --resume: the run's own value stays",
                       alias.name);
    }
    return YD_OK;
}

static const yd_yaml_node *find_key(const yd_yaml *yaml, const char *key)
{
    char name[64];
    if (!*key) return NULL;
    if (*key == '!') key++;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(key, "="), key);
    return yd_yaml_find(yaml->root, name);
}

/* The node of a stored option under either generation's name. */
static const yd_yaml_node *find_stored(const yd_yaml *yaml, const yd_option_stored *row, const char **key)
{
    const char *keys[] = {row->v7, row->seed};
    for (int i = 0; i < 2; i++) {
        const yd_yaml_node *node = find_key(yaml, keys[i]);
        *key = keys[i];
        if (node) return node;
    }
    return NULL;
}

/* "adam: true" is the optimizer's value; false says nothing about which other it is. */
static yd_status take_truth(yd_options *options, const yd_yaml *yaml, yd_option_id id,
                            const yd_yaml_node *node, const char *key, yd_error *error)
{
    bool is;
    YD_TRY(yd_yaml_bool(yaml, node, key, &is, error));
    if (!is) return YD_OK;
    options->given[id] = true;
    return yd_option_set_word(options, id, value_in_key(key), key, error);
}

static yd_status take_stored(yd_options *options, const yd_yaml *yaml, const yd_option_stored *row,
                             yd_error *error)
{
    const char *key;
    const yd_yaml_node *node = find_stored(yaml, row, &key);
    if (!node || row->id == YD_OPT_resume) return YD_OK;
    if (options->given[row->id]) return YD_OK;
    if (value_in_key(key)) return take_truth(options, yaml, row->id, node, key, error);
    options->given[row->id] = true;
    if (row->id == YD_OPT_hyp && node->kind == YD_YAML_MAPPING) {
        options->hyp = "";
        return YD_OK;
    }
    bool opposite = *key == '!';
    YD_TRY(yd_option_set_node(options, row->id, yaml, node, key + opposite, error));
    bool *flag = yd_option_place(options, row->id);
    if (opposite) *flag = !*flag;
    return YD_OK;
}

static yd_status take_all(yd_options *options, const char *path, yd_error *error)
{
    yd_yaml yaml;
    YD_TRY(yd_yaml_load(path, options->arena, &yaml, error));
    if (yaml.root->kind != YD_YAML_MAPPING)
        return yd_yaml_wrong(&yaml, yaml.root, "the file", "a mapping of options", error);
    for (int i = 0; i < yd_option_stored_count; i++)
        YD_TRY(take_stored(options, &yaml, &yd_option_stored_rows[i], error));
    return YD_OK;
}

yd_status yd_options_resume(yd_options *options, const char *path, yd_error *error)
{
    YD_TRY(check_beside_resume(options, error));
    return take_all(options, path, error);
}

yd_status yd_options_inherit(yd_options *options, const char *path, yd_error *error)
{
    static const yd_option_id decided[] = {YD_OPT_weights, YD_OPT_cfg, YD_OPT_resume};
    static const yd_option_id own[] = {YD_OPT_weights,      YD_OPT_cfg,      YD_OPT_resume,
                                       YD_OPT_exist_ok,     YD_OPT_branch,   YD_OPT_branch_run,
                                       YD_OPT_branch_epoch, YD_OPT_save_dir, YD_OPT_evolve};
    bool hyp = options->given[YD_OPT_hyp];
    for (size_t i = 0; i < sizeof decided / sizeof *decided; i++)
        if (options->given[decided[i]])
            return yd_fail(error, YD_ERR_USAGE,
                           "--%s cannot be given beside --branch: the checkpoint decides",
                           yd_option_rows[decided[i]].field);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) options->given[own[i]] = true; /* so they stay */
    YD_TRY(take_all(options, path, error));
    if (!hyp) options->hyp = "";
    return YD_OK;
}
