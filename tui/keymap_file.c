#include "tui/keymap_file.h"
#include "base/file.h"
#include "config/find.h"
#include "config/yaml.h"
#include <stdio.h>
#include <string.h>

enum { KEYS = 16 }; /* of one action */

typedef struct reader {
    const yd_yaml *yaml;
    yd_keymap *keymap;
    const yd_yaml_node *origins[YD_KEYMAP_LIMIT]; /* where each binding was read; NULL: shipped */
} reader;

static yd_action find_action(const char *name)
{
    for (int action = YD_ACTION_NONE + 1; action < YD_ACTION_COUNT; action++)
        if (strcmp(yd_action_name((yd_action)action), name) == 0) return (yd_action)action;
    return YD_ACTION_NONE;
}

static void remove_binding(reader *own, int index)
{
    int behind = --own->keymap->count - index;
    yd_binding *bindings = own->keymap->bindings;
    memmove(&bindings[index], &bindings[index + 1], (size_t)behind * sizeof *bindings);
    memmove(&own->origins[index], &own->origins[index + 1], (size_t)behind * sizeof(void *));
}

static bool insert_binding(reader *own, int index, const yd_binding *binding, const yd_yaml_node *origin)
{
    if (own->keymap->count >= YD_KEYMAP_LIMIT) return false;
    int behind = own->keymap->count++ - index;
    yd_binding *bindings = own->keymap->bindings;
    memmove(&bindings[index + 1], &bindings[index], (size_t)behind * sizeof *bindings);
    memmove(&own->origins[index + 1], &own->origins[index], (size_t)behind * sizeof(void *));
    bindings[index] = *binding;
    own->origins[index] = origin;
    return true;
}

/* The keys of an action in one place, in place of those that it has there: the first takes over what the last
 * line and the help say. */
static bool rebind_in_place(reader *own, yd_action action, yd_binding_place place, const int *keys, int count,
                            const yd_yaml_node *origin)
{
    int first = -1;
    yd_binding binding = {0};
    for (int i = 0; i < own->keymap->count; i++) {
        const yd_binding *found = &own->keymap->bindings[i];
        if (found->action != action || found->place != place) continue;
        if (first < 0) first = i, binding = *found;
        remove_binding(own, i--);
    }
    for (int i = 0; first >= 0 && i < count; i++) {
        binding.key = keys[i];
        if (!insert_binding(own, first + i, &binding, origin)) return false;
        binding.footer = binding.help = NULL;
    }
    return true;
}

static yd_status read_keys(const reader *own, const yd_yaml_node *node, const char *action, int keys[KEYS],
                           int *count, yd_error *error)
{
    static const char wanted[] =
        "a key or a list of keys: a character, Ctrl-A, F1, Up, PgUp, Home, Tab, Enter, Esc, Space, "
        "Backspace, Delete, Shift-Tab";
    bool list = node->kind == YD_YAML_SEQUENCE;
    *count = list ? node->count : 1;
    if (*count > KEYS) return yd_yaml_wrong(own->yaml, node, action, "at most 16 keys", error);
    for (int i = 0; i < *count; i++) {
        const yd_yaml_node *item = list ? node->items[i] : node;
        bool scalar = item->kind != YD_YAML_SEQUENCE && item->kind != YD_YAML_MAPPING && item->text;
        keys[i] = scalar ? yd_key_parse(item->text) : YD_KEY_NONE;
        if (keys[i] == YD_KEY_NONE) return yd_yaml_wrong(own->yaml, item, action, wanted, error);
        if (keys[i] >= '0' && keys[i] <= '9')
            return yd_yaml_wrong(own->yaml, item, action, "no digit: those bring up the screens", error);
    }
    return YD_OK;
}

static yd_status read_row(reader *own, const yd_yaml_node *name, const yd_yaml_node *value, yd_error *error)
{
    int keys[KEYS] = {0}, count = 0;
    yd_action action = name->text ? find_action(name->text) : YD_ACTION_NONE;
    if (action == YD_ACTION_NONE)
        return yd_yaml_wrong(own->yaml, name, "an action", "one that yolodeck help actions lists", error);
    if (action == YD_ACTION_INTERRUPT)
        return yd_yaml_wrong(own->yaml, name, "an action", "another one: Ctrl-C always means interrupt",
                             error);
    YD_TRY(read_keys(own, value, name->text, keys, &count, error));
    for (int place = 0; place < YD_BINDING_PLACES; place++)
        if (!rebind_in_place(own, action, (yd_binding_place)place, keys, count, name))
            return yd_yaml_wrong(own->yaml, name, name->text, "fewer keys in all", error);
    return YD_OK;
}

/* A key that two actions of one place claim: whoever of them stands in the file is complained of. */
static yd_status check_conflicts(const reader *own, yd_error *error)
{
    const yd_binding *bindings = own->keymap->bindings;
    for (int i = 0; i < own->keymap->count; i++) {
        for (int j = 0; own->origins[i] && j < own->keymap->count; j++) {
            char wanted[160], key[16];
            bool same = bindings[i].key == bindings[j].key && bindings[i].place == bindings[j].place;
            if (!same || bindings[i].action == bindings[j].action) continue;
            snprintf(wanted, sizeof wanted, "another key than %s, which %s has (%s), or other keys for that",
                     yd_key_name(bindings[i].key, key), yd_action_name(bindings[j].action),
                     yd_binding_place_title(bindings[i].place));
            return yd_yaml_wrong(own->yaml, own->origins[i], yd_action_name(bindings[i].action), wanted,
                                 error);
        }
    }
    return YD_OK;
}

static yd_status read_map(reader *own, yd_error *error)
{
    const yd_yaml_node *root = own->yaml->root;
    if (root->kind == YD_YAML_NULL) return YD_OK; /* an empty file */
    if (root->kind != YD_YAML_MAPPING)
        return yd_yaml_wrong(own->yaml, root, "a key map", "a mapping of actions to keys", error);
    for (int i = 0; i < root->count; i++) YD_TRY(read_row(own, root->keys[i], root->items[i], error));
    return check_conflicts(own, error);
}

yd_status yd_keymap_load(const char *path, yd_keymap *keymap, yd_error *error)
{
    yd_yaml yaml;
    reader own = {.yaml = &yaml, .keymap = keymap};
    yd_keymap_default(keymap);
    yd_arena *arena = yd_arena_create(0);
    if (!arena) return yd_fail(error, YD_ERR_MEMORY, "%s: out of memory", path);
    yd_status status = yd_yaml_load(path, arena, &yaml, error);
    if (status == YD_OK) status = read_map(&own, error);
    if (status != YD_OK) yd_keymap_default(keymap);
    yd_arena_destroy(arena);
    return status;
}

yd_status yd_keymap_load_users(yd_keymap *keymap, yd_error *error)
{
    char path[4096];
    yd_keymap_default(keymap);
    if (!yd_config_user_path("keys.yaml", path, sizeof path) || !yd_file_exists(path)) return YD_OK;
    return yd_keymap_load(path, keymap, error);
}
