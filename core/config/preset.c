#include "config/preset.h"
#include "base/file.h"
#include "config/find.h"
#include "config/run_folder.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* How a key of "behaviour" is read; rule: an interval, or the choices. */
typedef enum field_type { FIELD_BOOL, FIELD_INT, FIELD_REAL, FIELD_TEXT, FIELD_CHOICE } field_type;
typedef struct field {
    const char *key;
    field_type type;
    size_t offset;
    const char *rule;
    int low, high;
} field;

static const field fields[] = {
#define YD_PRESET_BOOL(key, meaning)           {#key, FIELD_BOOL, offsetof(yd_preset, key), NULL, 0, 0},
#define YD_PRESET_INT(key, low, high, meaning) {#key, FIELD_INT, offsetof(yd_preset, key), NULL, low, high},
#define YD_PRESET_REAL(key, interval, meaning) {#key, FIELD_REAL, offsetof(yd_preset, key), interval, 0, 0},
#define YD_PRESET_TEXT(key, meaning)           {#key, FIELD_TEXT, offsetof(yd_preset, key), NULL, 0, 0},
#define YD_PRESET_CHOICE(key, type, choices, meaning)                                                        \
    {#key, FIELD_CHOICE, offsetof(yd_preset, key), choices, (int)sizeof(type), 0},
#include "config/preset.def"
#undef YD_PRESET_BOOL
#undef YD_PRESET_INT
#undef YD_PRESET_REAL
#undef YD_PRESET_TEXT
#undef YD_PRESET_CHOICE
};
enum { FIELD_COUNT = (int)(sizeof fields / sizeof *fields) };

static const field *find_field(const char *key)
{
    for (int i = 0; i < FIELD_COUNT; i++)
        if (strcmp(fields[i].key, key) == 0) return &fields[i];
    return NULL;
}

/* The number of word among "a|b|c"; -1 where it is none of them. */
static int find_choice(const char *choices, const char *word)
{
    size_t length = strlen(word);
    for (int i = 0;; i++) {
        size_t one = strcspn(choices, "|");
        if (one == length && strncmp(choices, word, one) == 0) return i;
        if (!choices[one]) return -1;
        choices += one + 1;
    }
}

static yd_status read_choice(const yd_preset *preset, const yd_yaml_node *node, const field *f, int *value,
                             yd_error *error)
{
    int found = node->text ? find_choice(f->rule, node->text) : -1;
    if (found < 0) {
        char wanted[128];
        snprintf(wanted, sizeof wanted, "one of %s", f->rule);
        return yd_yaml_wrong(&preset->yaml, node, f->key, wanted, error);
    }
    *value = found;
    return YD_OK;
}

static yd_status read_field(yd_preset *preset, const yd_yaml_node *node, const field *f, yd_error *error)
{
    void *place = (char *)preset + f->offset;
    int64_t integer = 0;
    int choice = 0;
    switch (f->type) {
    case FIELD_BOOL:
        return yd_yaml_bool(&preset->yaml, node, f->key, place, error);
    case FIELD_INT:
        YD_TRY(yd_yaml_integer(&preset->yaml, node, f->key, f->low, f->high, &integer, error));
        *(int *)place = (int)integer;
        return YD_OK;
    case FIELD_REAL:
        return yd_yaml_number(&preset->yaml, node, f->key, f->rule, place, error);
    case FIELD_TEXT:
        return yd_yaml_text(&preset->yaml, node, f->key, (const char **)place, error);
    case FIELD_CHOICE:
        YD_TRY(read_choice(preset, node, f, &choice, error));
        YD_ASSERT(f->low == (int)sizeof choice); /* an enumeration is an int */
        memcpy(place, &choice, sizeof choice);
        return YD_OK;
    }
    return yd_fail(error, YD_ERR_INTERNAL, "%s: no such type", f->key);
}

static yd_status read_behaviour(yd_preset *preset, const yd_yaml_node *behaviour, yd_error *error)
{
    bool seen[FIELD_COUNT] = {false};
    if (!behaviour || behaviour->kind != YD_YAML_MAPPING)
        return yd_yaml_wrong(&preset->yaml, behaviour, "behaviour", "a mapping", error);
    for (int i = 0; i < behaviour->count; i++) {
        const yd_yaml_node *key = behaviour->keys[i];
        const field *f = find_field(key->text);
        if (!f)
            return yd_fail(error, YD_ERR_CONFIG, "%s:%d: %s is no key of a preset", preset->file, key->line,
                           key->text);
        seen[f - fields] = true;
        YD_TRY(read_field(preset, behaviour->items[i], f, error));
    }
    for (int i = 0; i < FIELD_COUNT; i++)
        if (!seen[i]) return yd_fail(error, YD_ERR_CONFIG, "%s: %s is missing", preset->file, fields[i].key);
    return YD_OK;
}

static yd_status name_preset(yd_preset *preset, yd_arena *arena, const char *path, yd_error *error)
{
    const char *name = yd_path_name(path);
    const char *dot = strrchr(name, '.');
    int length = (int)(dot ? dot - name : (ptrdiff_t)strlen(name));
    preset->name = yd_arena_printf(arena, "%.*s", length, name);
    return preset->name ? YD_OK : yd_fail(error, YD_ERR_MEMORY, "%s: out of memory", path);
}

yd_status yd_preset_load(const char *name, yd_arena *arena, yd_preset *preset, yd_error *error)
{
    char path[YD_PATH_MAX], file[NAME_MAX];
    *preset = (yd_preset){0};
    /* "v7" is a name and "v7.yaml" or "my/v7.yaml" a file, even where a file or folder called v7 lies here.
     */
    bool bare = !strchr(name, '/') && !strchr(name, '.');
    if (snprintf(file, sizeof file, "%s%s", name, bare ? ".yaml" : "") >= (int)sizeof file)
        return yd_fail(error, YD_ERR_CONFIG, "%s: too long for the name of a preset", name);
    YD_TRY(yd_config_find(YD_CONFIG_PRESET, NULL, file, path, sizeof path, error));
    YD_TRY(yd_yaml_load(path, arena, &preset->yaml, error));
    preset->file = preset->yaml.file;
    YD_TRY(name_preset(preset, arena, path, error));
    preset->options = yd_yaml_find(preset->yaml.root, "options");
    if (!preset->options || preset->options->kind != YD_YAML_MAPPING)
        return yd_yaml_wrong(&preset->yaml, preset->options, "options", "a mapping", error);
    return read_behaviour(preset, yd_yaml_find(preset->yaml.root, "behaviour"), error);
}
