/* Typed values out of a YAML tree, with messages that name file, line and key. */
#include "config/yaml.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const yd_yaml_node *yd_yaml_find(const yd_yaml_node *mapping, const char *key)
{
    if (!mapping || mapping->kind != YD_YAML_MAPPING) return NULL;
    for (int i = mapping->count; i-- > 0;)
        if (strcmp(mapping->keys[i]->text, key) == 0) return mapping->items[i];
    return NULL;
}

/* What a user may not know about how YAML reads what was written. */
static void add_hint(const yd_yaml_node *node, char *hint, size_t capacity)
{
    double value;
    char shortest[40];
    hint[0] = '\0';
    if (!node->text) return;
    if (node->kind == YD_YAML_TEXT && yd_parse_double(node->text, &value)) {
        yd_format_double(shortest, sizeof shortest, value);
        char *mark = strchr(shortest, 'e');
        if (!mark || strchr(shortest, '.'))
            snprintf(hint, capacity, ", which YAML reads as text; write %s", shortest);
        else
            snprintf(hint, capacity, ", which YAML reads as text; write %.*s.0%s", (int)(mark - shortest),
                     shortest, mark);
    } else if (node->kind == YD_YAML_BOOL)
        snprintf(hint, capacity, ", which YAML reads as %s", node->integer ? "true" : "false");
    else if (node->kind == YD_YAML_NULL && *node->text)
        snprintf(hint, capacity, ", which YAML reads as nothing");
}

yd_status yd_yaml_wrong(const yd_yaml *yaml, const yd_yaml_node *node, const char *what, const char *wanted,
                        yd_error *error)
{
    enum { SHOWN = 80 };
    if (!node)
        return yd_fail(error, YD_ERR_CONFIG, "%s: %s is missing; it must be %s", yaml->file, what, wanted);
    char line[16] = "";
    if (node->line > 0) snprintf(line, sizeof line, ":%d", node->line);
    if (node->kind == YD_YAML_SEQUENCE || node->kind == YD_YAML_MAPPING)
        return yd_fail(error, YD_ERR_CONFIG, "%s%s: %s must be %s, found a %s of %d", yaml->file, line, what,
                       wanted, node->kind == YD_YAML_SEQUENCE ? "list" : "mapping", node->count);
    if (node->kind == YD_YAML_NULL && !*node->text)
        return yd_fail(error, YD_ERR_CONFIG, "%s%s: %s must be %s, found nothing", yaml->file, line, what,
                       wanted);
    char hint[128];
    add_hint(node, hint, sizeof hint);
    return yd_fail(error, YD_ERR_CONFIG, "%s%s: %s must be %s, found \"%.*s%s\"%s", yaml->file, line, what,
                   wanted, SHOWN, node->text, strlen(node->text) > SHOWN ? "…" : "", hint);
}

yd_status yd_yaml_integer(const yd_yaml *yaml, const yd_yaml_node *node, const char *what, int64_t low,
                          int64_t high, int64_t *value, yd_error *error)
{
    if (node && node->kind == YD_YAML_INT && node->integer >= low && node->integer <= high) {
        *value = node->integer;
        return YD_OK;
    }
    char wanted[96];
    snprintf(wanted, sizeof wanted, "a whole number from %lld to %lld", (long long)low, (long long)high);
    return yd_yaml_wrong(yaml, node, what, wanted, error);
}

yd_status yd_yaml_bool(const yd_yaml *yaml, const yd_yaml_node *node, const char *what, bool *value,
                       yd_error *error)
{
    if (!node || node->kind != YD_YAML_BOOL) return yd_yaml_wrong(yaml, node, what, "true or false", error);
    *value = node->integer != 0;
    return YD_OK;
}

yd_status yd_yaml_text(const yd_yaml *yaml, const yd_yaml_node *node, const char *what, const char **value,
                       yd_error *error)
{
    if (!node || node->kind != YD_YAML_TEXT) return yd_yaml_wrong(yaml, node, what, "text", error);
    *value = node->text;
    return YD_OK;
}

yd_status yd_yaml_number(const yd_yaml *yaml, const yd_yaml_node *node, const char *what,
                         const char *interval, double *value, yd_error *error)
{
    bool number = node && (node->kind == YD_YAML_INT || node->kind == YD_YAML_FLOAT);
    if (number && yd_interval_holds(interval, node->number)) {
        *value = node->number;
        return YD_OK;
    }
    char wanted[96];
    snprintf(wanted, sizeof wanted, "a number in %s", interval);
    return yd_yaml_wrong(yaml, node, what, wanted, error);
}

bool yd_interval_holds(const char *interval, double value)
{
    char *end;
    double low = strtod(interval + 1, &end);
    double high = strtod(end + 1, &end); /* behind the comma; "inf" is read too */
    bool above = *interval == '[' ? value >= low : value > low;
    bool below = *end == ']' ? value <= high : value < high;
    return above && below;
}
