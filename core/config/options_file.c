/* Options from a preset, and opt.yaml. */
#include "base/log.h"
#include "config/options_table.h"
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

/* YOLOv5 stores --resume as true whatever was typed, and --cache as null or "ram", mid-2021 as a truth value.
 */
static void write_maybe(yd_yaml_writer *writer, const char *key, bool resume, bool seed, const char *value)
{
    if (resume || seed)
        yd_yaml_write_bool(writer, key, value != NULL);
    else if (value)
        yd_yaml_write_text(writer, key, value);
    else
        yd_yaml_write_null(writer, key);
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
        yd_yaml_write_text(writer, key, *(const char *const *)place);
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
        write_maybe(writer, key, id == YD_OPT_resume, seed, *(const char *const *)place);
        return;
    }
}

static void write_constant(yd_yaml_writer *writer, const char *key, const char *value)
{
    int64_t integer;
    double number;
    if (strcmp(value, "''") == 0)
        yd_yaml_write_text(writer, key, "");
    else if (yd_yaml_resolve(value, &integer, &number) == YD_YAML_NULL)
        yd_yaml_write_null(writer, key);
    else if (yd_yaml_resolve(value, &integer, &number) == YD_YAML_BOOL)
        yd_yaml_write_bool(writer, key, integer != 0);
    else if (yd_yaml_resolve(value, &integer, &number) == YD_YAML_INT)
        yd_yaml_write_integer(writer, key, integer);
    else
        yd_yaml_write_text(writer, key, value);
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
        if (row->id < 0)
            write_constant(writer, key, seed ? row->seed_value : row->v7_value);
        else if (row->id == YD_OPT_hyp && preset->opt_holds_hyp) {
            yd_yaml_write_open(writer, key, '{');
            yd_hyp_write_keys(hyp, writer);
            yd_yaml_write_close(writer);
        } else
            write_value(writer, options, (yd_option_id)row->id, key, seed);
    }
    return yd_yaml_write_finish(writer, error);
}

/* Options that a run has settled, and that a resumed run therefore cannot have otherwise. */
static yd_status check_beside_resume(const yd_options *options, yd_error *error)
{
    for (int id = 0; id < YD_OPTION_COUNT; id++) {
        char name[64];
        bool negative;
        if (!options->given[id] || yd_option_rows[id].beside_resume) continue;
        yd_option_name(&yd_option_rows[id], 0, name, &negative);
        return yd_fail(error, YD_ERR_USAGE, "--%s cannot be given beside --resume: the run's own value stays",
                       name);
    }
    return YD_OK;
}

/* The node of a stored option under either generation's name. */
static const yd_yaml_node *find_stored(const yd_yaml *yaml, const yd_option_stored *row, const char **key)
{
    const char *keys[] = {row->v7, row->seed};
    for (int i = 0; i < 2; i++) {
        const yd_yaml_node *node = *keys[i] ? yd_yaml_find(yaml->root, keys[i] + (*keys[i] == '!')) : NULL;
        *key = keys[i];
        if (node) return node;
    }
    return NULL;
}

/* What YOLOv5 can do and YoloDeck cannot must not go unnoticed. */
static void check_constant(const yd_yaml *yaml, const yd_option_stored *row, const yd_yaml_node *node,
                           const char *key)
{
    const char *const usual[] = {row->v7_value, row->seed_value, "", "null", "false", "-1"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (node->text && strcmp(node->text, usual[i]) == 0) return;
    yd_log(YD_LOG_WARNING, "%s:%d: %s is not supported and has no effect", yaml->file, node->line, key);
}

static yd_status take_stored(yd_options *options, const yd_yaml *yaml, const yd_option_stored *row,
                             yd_error *error)
{
    const char *key;
    const yd_yaml_node *node = find_stored(yaml, row, &key);
    if (!node || row->id == YD_OPT_resume) return YD_OK;
    if (row->id < 0) {
        check_constant(yaml, row, node, key);
        return YD_OK;
    }
    if (options->given[row->id]) return YD_OK;
    options->given[row->id] = true;
    if (row->id == YD_OPT_hyp && node->kind == YD_YAML_MAPPING) {
        options->hyp = "";
        return YD_OK;
    }
    bool opposite = *key == '!';
    YD_TRY(yd_option_set_node(options, (yd_option_id)row->id, yaml, node, key + opposite, error));
    bool *flag = yd_option_place(options, (yd_option_id)row->id);
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
    static const yd_option_id own[] = {YD_OPT_weights,      YD_OPT_cfg,     YD_OPT_resume,
                                       YD_OPT_exist_ok,     YD_OPT_branch,  YD_OPT_branch_run,
                                       YD_OPT_branch_epoch, YD_OPT_save_dir};
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
