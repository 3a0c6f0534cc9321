#include "tui/keymap.h"
#include <stdio.h>
#include <string.h>

static const yd_binding bindings[] = {
#define YD_BINDING(key, action, place, footer, help)                                                         \
    {key, YD_ACTION_##action, YD_BINDING_##place, footer, help},
#include "tui/keymap.def"
#undef YD_BINDING
};
enum { BINDINGS = sizeof bindings / sizeof *bindings };

const yd_binding *yd_keymap(int *count)
{
    *count = BINDINGS;
    return bindings;
}

yd_action yd_keymap_action(int key, yd_binding_place place)
{
    for (int i = 0; i < BINDINGS; i++)
        if (bindings[i].key == key && (bindings[i].place == YD_BINDING_ANY || bindings[i].place == place))
            return bindings[i].action;
    return YD_ACTION_NONE;
}

const char *yd_keymap_keys(yd_action action, char *out, size_t capacity)
{
    size_t length = 0;
    out[0] = '\0';
    for (int i = 0; i < BINDINGS; i++) {
        char name[16];
        if (bindings[i].action != action) continue;
        int more = snprintf(out + length, capacity - length, "%s%s", length ? " " : "",
                            yd_key_name(bindings[i].key, name));
        if (more < 0 || (size_t)more >= capacity - length) break;
        length += (size_t)more;
    }
    return out;
}
