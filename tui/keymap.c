#include "tui/keymap.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

static const yd_binding shipped[] = {
#define YD_BINDING(key, action, place, footer, help)                                                         \
    {key, YD_ACTION_##action, YD_BINDING_##place, footer, help},
#include "tui/keymap.def"
#undef YD_BINDING
};
enum { SHIPPED = sizeof shipped / sizeof *shipped };
static_assert((int)SHIPPED <= (int)YD_KEYMAP_LIMIT, "the table fits");

static const struct {
    const char *name;
    bool steers;
} actions[YD_ACTION_COUNT] = {
    [YD_ACTION_NONE] = {"none", false},
#define YD_ACTION(enumerator, name, steers) [YD_ACTION_##enumerator] = {name, steers},
#include "tui/actions.def"
#undef YD_ACTION
};

static const char *const place_titles[YD_BINDING_PLACES] = {
#define YD_PLACE(enumerator, title) [YD_BINDING_##enumerator] = title,
#include "tui/places.def"
#undef YD_PLACE
};

void yd_keymap_default(yd_keymap *keymap)
{
    memcpy(keymap->bindings, shipped, sizeof shipped);
    keymap->count = SHIPPED;
}

yd_action yd_keymap_action(const yd_keymap *keymap, int key, yd_binding_place place)
{
    yd_action everywhere = YD_ACTION_NONE;
    for (int i = 0; i < keymap->count; i++) {
        const yd_binding *binding = &keymap->bindings[i];
        if (binding->key != key) continue;
        if (binding->place == place) return binding->action;
        if (binding->place == YD_BINDING_ANY && everywhere == YD_ACTION_NONE) everywhere = binding->action;
    }
    return everywhere;
}

bool yd_keymap_hides(const yd_keymap *keymap, const yd_binding *binding, yd_binding_place place)
{
    return binding->place == YD_BINDING_ANY &&
           yd_keymap_action(keymap, binding->key, place) != binding->action;
}

const char *yd_keymap_keys_on(const yd_keymap *keymap, yd_action action, yd_binding_place place,
                              yd_binding_place screen, char *out, size_t capacity)
{
    size_t length = 0;
    out[0] = '\0';
    for (int i = 0; i < keymap->count; i++) {
        const yd_binding *binding = &keymap->bindings[i];
        char name[16];
        if (binding->action != action || binding->place != place) continue;
        if (yd_keymap_hides(keymap, binding, screen)) continue;
        int more = snprintf(out + length, capacity - length, "%s%s", length ? " " : "",
                            yd_key_name(binding->key, name));
        if (more < 0 || (size_t)more >= capacity - length) break;
        length += (size_t)more;
    }
    return out;
}

const char *yd_keymap_keys(const yd_keymap *keymap, yd_action action, yd_binding_place place, char *out,
                           size_t capacity)
{
    return yd_keymap_keys_on(keymap, action, place, YD_BINDING_ANY, out, capacity);
}

const char *yd_action_name(yd_action action)
{
    return actions[action].name;
}

bool yd_action_steers(yd_action action)
{
    return actions[action].steers;
}

const char *yd_binding_place_title(yd_binding_place place)
{
    return place_titles[place];
}
