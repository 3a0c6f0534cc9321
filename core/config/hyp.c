#include "config/hyp.h"
#include "base/log.h"
#include <stddef.h>
#include <string.h>

enum { REQUIRED = -1 }; /* no default: every hyperparameter is at least 0 */

typedef struct row {
    const char *name, *interval, *meaning;
    double fallback; /* REQUIRED: the file must give the key */
    yd_hyp_gene gene;
    size_t offset;
} row;

static const row rows[] = {
#define YD_HYP(key, interval, fallback, gain, low, high, meaning)                                            \
    {#key, interval, meaning, fallback, {gain, low, high}, offsetof(yd_hyp, key)},
#include "config/hyp.def"
#undef YD_HYP
};

const char *yd_hyp_name(yd_hyp_key key)
{
    return rows[key].name;
}

const char *yd_hyp_interval(yd_hyp_key key)
{
    return rows[key].interval;
}

const char *yd_hyp_meaning(yd_hyp_key key)
{
    return rows[key].meaning;
}

yd_hyp_gene yd_hyp_gene_of(yd_hyp_key key)
{
    return rows[key].gene;
}

double *yd_hyp_value(yd_hyp *hyp, yd_hyp_key key)
{
    return (double *)((char *)hyp + rows[key].offset);
}

yd_hyp_key yd_hyp_find(const char *name)
{
    int i = 0;
    while (i < YD_HYP_COUNT && strcmp(rows[i].name, name) != 0) i++;
    return (yd_hyp_key)i;
}

/* The key that a name may be meant for. */
static int nearest_row(const char *name, int *distance)
{
    int nearest = 0;
    *distance = INT32_MAX;
    for (int i = 0; i < YD_HYP_COUNT; i++) {
        int found = yd_edit_distance(name, rows[i].name);
        if (found < *distance) nearest = i, *distance = found;
    }
    return nearest;
}

/* A key that nothing reads is most often a misspelt one. */
static void warn_unknown(const yd_yaml *yaml, const yd_yaml_node *key)
{
    int least, nearest = nearest_row(key->text, &least);
    if (least <= 2)
        yd_log(YD_LOG_WARNING, "%s:%d: %s is not a hyperparameter; did you mean %s?", yaml->file, key->line,
               key->text, rows[nearest].name);
    else
        yd_log(YD_LOG_WARNING, "%s:%d: %s is not a hyperparameter; it is left out", yaml->file, key->line,
               key->text);
}

static yd_status check_missing(const yd_yaml *yaml, const yd_hyp *hyp, yd_error *error)
{
    yd_text missing = {0};
    int count = 0;
    for (int i = 0; i < YD_HYP_COUNT; i++)
        if (!hyp->present[i] && rows[i].fallback == REQUIRED)
            yd_text_addf(&missing, "%s%s", count++ ? ", " : "", rows[i].name);
    yd_status status = YD_OK;
    if (count)
        status = yd_fail(error, YD_ERR_CONFIG, "%s: %s missing: %s", yaml->file,
                         count > 1 ? "hyperparameters are" : "a hyperparameter is",
                         missing.data ? missing.data : "");
    yd_text_free(&missing);
    return status;
}

yd_status yd_hyp_read(const yd_yaml *yaml, const yd_yaml_node *mapping, yd_hyp *hyp, yd_error *error)
{
    *hyp = (yd_hyp){0};
    if (!mapping || mapping->kind != YD_YAML_MAPPING)
        return yd_yaml_wrong(yaml, mapping, "the file", "a mapping of hyperparameters", error);
    for (int i = 0; i < YD_HYP_COUNT; i++) *yd_hyp_value(hyp, (yd_hyp_key)i) = rows[i].fallback;
    for (int i = 0; i < mapping->count; i++) {
        const yd_yaml_node *key = mapping->keys[i];
        yd_hyp_key found = yd_hyp_find(key->text);
        if (found == YD_HYP_COUNT) {
            warn_unknown(yaml, key);
            continue;
        }
        if (hyp->present[found])
            yd_log(YD_LOG_WARNING, "%s:%d: %s stands here again; this one counts", yaml->file, key->line,
                   key->text);
        hyp->present[found] = true;
        YD_TRY(yd_yaml_number(yaml, mapping->items[i], key->text, rows[found].interval,
                              yd_hyp_value(hyp, found), error));
    }
    return check_missing(yaml, hyp, error);
}

yd_status yd_hyp_load(const char *path, yd_hyp *hyp, yd_error *error)
{
    yd_arena *arena = yd_arena_create(0);
    if (!arena) return yd_fail(error, YD_ERR_MEMORY, "%s: out of memory", path);
    yd_yaml yaml;
    yd_status status = yd_yaml_load(path, arena, &yaml, error);
    if (status == YD_OK) status = yd_hyp_read(&yaml, yaml.root, hyp, error);
    yd_arena_destroy(arena);
    return status;
}

yd_status yd_hyp_set(yd_hyp *hyp, const char *assignment, yd_error *error)
{
    char name[64] = "";
    const char *equals = strchr(assignment, '=');
    size_t length = equals ? (size_t)(equals - assignment) : 0;
    if (!length || length >= sizeof name)
        return yd_fail(error, YD_ERR_USAGE, "--set must be KEY=VALUE, found \"%.80s\"", assignment);
    memcpy(name, assignment, length);
    yd_hyp_key key = yd_hyp_find(name);
    if (key == YD_HYP_COUNT) {
        int distance, nearest = nearest_row(name, &distance);
        bool near = distance <= (int)strlen(name) / 3 + 1;
        return yd_fail(error, YD_ERR_USAGE, "--set %s: %s is not a hyperparameter%s%s%s", assignment, name,
                       near ? "; did you mean " : "", near ? rows[nearest].name : "", near ? "?" : "");
    }
    double value;
    if (!yd_parse_double(equals + 1, &value) || !yd_interval_holds(rows[key].interval, value))
        return yd_fail(error, YD_ERR_USAGE, "--set: %s must be a number in %s, found \"%.80s\"", name,
                       rows[key].interval, equals + 1);
    *yd_hyp_value(hyp, key) = value;
    hyp->present[key] = true;
    return YD_OK;
}

void yd_hyp_write_keys(const yd_hyp *hyp, yd_yaml_writer *writer)
{
    for (int i = 0; i < YD_HYP_COUNT; i++)
        if (hyp->present[i]) {
            double value = *(const double *)((const char *)hyp + rows[i].offset);
            yd_yaml_write_number(writer, rows[i].name, value);
        }
}

yd_status yd_hyp_write(const yd_hyp *hyp, yd_text *text, yd_error *error)
{
    yd_yaml_writer *writer = yd_yaml_write_start(text);
    if (writer) yd_hyp_write_keys(hyp, writer);
    return yd_yaml_write_finish(writer, error);
}
