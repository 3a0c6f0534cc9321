#include "tui/theme_file.h"
#include "base/file.h"
#include "base/text.h"
#include "config/find.h"
#include "config/yaml.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int16_t number;
} words[] = {
    {"default", YD_COLOUR_OWN},
    {"black", 0},
    {"red", 1},
    {"green", 2},
    {"yellow", 3},
    {"blue", 4},
    {"magenta", 5},
    {"cyan", 6},
    {"white", 7},
};

static const struct {
    const char *name;
    uint8_t bit;
} attributes[] = {{"bold", YD_BOLD}, {"reverse", YD_REVERSE}, {"dim", YD_DIM}, {"underline", YD_UNDERLINE}};

static const char wanted[] =
    "a look: colour, \"on\" and a ground, bold, dim, underline, reverse; a colour is \"#rrggbb\", "
    "0 to 255 or a name (black red green yellow blue magenta cyan white default), "
    "with \"/name\" behind it for terminals of 8 colours";

static bool find_word(const char *word, size_t length, int16_t *number)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].name) != length || strncmp(words[i].name, word, length) != 0) continue;
        *number = words[i].number;
        return true;
    }
    return false;
}

/* "#56b4e9/cyan", "208", "red". A name holds for every terminal; the others have no colour of 8 of their own.
 */
static bool read_colour(const char *word, int32_t *colour, int16_t *colour_8)
{
    size_t length = strcspn(word, "/");
    int16_t number = YD_COLOUR_OWN;
    char digits[8];
    int64_t value;
    if (word[length] && !find_word(word + length + 1, strlen(word + length + 1), &number)) return false;
    if (!word[length] && find_word(word, length, &number)) {
        *colour = *colour_8 = number;
        return true;
    }
    *colour_8 = number;
    if (length >= sizeof digits) return false;
    yd_copy_text(digits, length + 1, word);
    if (digits[0] == '#') {
        if (length != 7 || strspn(digits + 1, "0123456789abcdefABCDEF") != 6) return false;
        *colour = YD_COLOUR_RGB | (int32_t)strtol(digits + 1, NULL, 16);
        return true;
    }
    if (find_word(digits, length, &number)) {
        *colour = number;
        return true;
    }
    if (!yd_parse_int(digits, &value) || value < 0 || value > 255) return false;
    *colour = (int32_t)value;
    return true;
}

static bool read_attribute(const char *word, yd_look *look)
{
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        if (strcmp(attributes[i].name, word) != 0) continue;
        look->attributes |= attributes[i].bit;
        return true;
    }
    return false;
}

static bool read_look(const char *text, yd_look *look)
{
    char copy[128], *rest = copy;
    bool ground = false, seen[2] = {false, false};
    if (strlen(text) >= sizeof copy) return false;
    yd_copy_text(copy, sizeof copy, text);
    *look = (yd_look){YD_COLOUR_OWN, YD_COLOUR_OWN, YD_COLOUR_OWN, YD_COLOUR_OWN, YD_PLAIN};
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        if (!*word || read_attribute(word, look)) continue;
        if (strcmp(word, "on") == 0 && !ground) {
            ground = true;
            continue;
        }
        if (seen[ground]) return false;
        seen[ground] = true;
        if (!read_colour(word, ground ? &look->ground : &look->colour,
                         ground ? &look->ground_8 : &look->colour_8))
            return false;
    }
    return !ground || seen[1];
}

static int find_style(const char *name)
{
    char known[32];
    for (int i = 0; i < YD_STYLE_COUNT; i++)
        if (strcmp(yd_style_name((yd_style)i, known, sizeof known), name) == 0) return i;
    return -1;
}

static yd_status read_row(const yd_yaml *yaml, const yd_yaml_node *key, const yd_yaml_node *value,
                          yd_theme *theme, yd_error *error)
{
    yd_look look;
    int style = key->text ? find_style(key->text) : -1;
    bool all = key->text && strcmp(key->text, "*") == 0;
    if (style < 0 && !all)
        return yd_yaml_wrong(yaml, key, "a key", "a style (the default theme's file names all) or \"*\"",
                             error);
    bool scalar = value->kind != YD_YAML_SEQUENCE && value->kind != YD_YAML_MAPPING && value->text;
    if (!scalar || value->kind == YD_YAML_NULL || !read_look(value->text, &look))
        return yd_yaml_wrong(yaml, value, key->text, wanted, error);
    for (int i = 0; i < YD_STYLE_COUNT; i++)
        if (all || i == style) theme->looks[i] = look;
    return YD_OK;
}

/* "*" is for the styles that are not named, wherever it stands. */
static yd_status read_rows(const yd_yaml *yaml, yd_theme *theme, yd_error *error)
{
    const yd_yaml_node *root = yaml->root;
    if (root->kind != YD_YAML_MAPPING)
        return yd_yaml_wrong(yaml, root, "a theme", "a mapping of styles to looks", error);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < root->count; i++) {
            bool all = root->keys[i]->text && strcmp(root->keys[i]->text, "*") == 0;
            if (all == (pass == 0)) YD_TRY(read_row(yaml, root->keys[i], root->items[i], theme, error));
        }
    }
    return YD_OK;
}

static bool join_theme(char *out, size_t capacity, const char *folder, const char *name)
{
    char file[256];
    int length = snprintf(file, sizeof file, "%s.yaml", name);
    return length > 0 && length < (int)sizeof file && yd_path_join(out, capacity, folder, file) &&
           yd_file_exists(out);
}

/* The user's folder of themes, or the shipped one. */
static bool theme_folder(bool shipped, char *out, size_t capacity)
{
    char root[4096];
    if (!shipped) return yd_config_user_path("themes", out, capacity);
    return yd_config_folder(root, sizeof root, NULL) == YD_OK && yd_path_join(out, capacity, root, "themes");
}

static yd_status find_file(const char *name, char *out, size_t capacity, yd_error *error)
{
    char folder[4096];
    size_t length = strlen(name);
    if (strchr(name, '/') || (length > 5 && strcmp(name + length - 5, ".yaml") == 0)) {
        yd_copy_text(out, capacity, name);
        return YD_OK;
    }
    for (int shipped = 0; shipped < 2; shipped++)
        if (theme_folder(shipped, folder, sizeof folder) && join_theme(out, capacity, folder, name))
            return YD_OK;
    char shown[256];
    return yd_fail(error, YD_ERR_CONFIG,
                   "there is no theme \"%s\": neither in ~/.config/yolodeck/themes nor among the "
                   "shipped ones (a file is named by its path)",
                   yd_escape(shown, sizeof shown, name));
}

yd_status yd_theme_load(const char *name, yd_theme *theme, yd_error *error)
{
    char path[4096];
    yd_yaml yaml;
    yd_theme_default(theme);
    bool builtin = strcmp(name, "default") == 0;
    if (find_file(name, path, sizeof path, error) != YD_OK) return builtin ? YD_OK : error->status;
    yd_arena *arena = yd_arena_create(0);
    if (!arena) return yd_fail(error, YD_ERR_MEMORY, "%s: out of memory", path);
    yd_status status = yd_yaml_load(path, arena, &yaml, error);
    if (status == YD_OK) status = read_rows(&yaml, theme, error);
    if (status != YD_OK) yd_theme_default(theme);
    yd_arena_destroy(arena);
    return status;
}

void yd_theme_names(void (*receiver)(void *context, const char *name), void *context)
{
    for (int shipped = 0; shipped < 2; shipped++) {
        char folder[4096], users[4096], path[4096];
        DIR *list = theme_folder(shipped, folder, sizeof folder) ? opendir(folder) : NULL;
        for (struct dirent *entry; list && (entry = readdir(list));) {
            char name[256];
            size_t length = strlen(entry->d_name);
            if (length <= 5 || length >= sizeof name || strcmp(entry->d_name + length - 5, ".yaml") != 0)
                continue;
            yd_copy_text(name, length - 4, entry->d_name);
            bool again = shipped && theme_folder(false, users, sizeof users) &&
                         join_theme(path, sizeof path, users, name);
            if (!again) receiver(context, name);
        }
        if (list) closedir(list);
    }
}
