#include "tui/help.h"
#include "base/text.h"
#include "tui/commands.h"
#include "tui/widgets/panel.h"
#include <stdio.h>
#include <string.h>

/* seen_from: the screen that is shown; a key of every screen may mean something else there. */
static void each_of_place(const yd_keymap *keymap, yd_binding_place place, yd_binding_place seen_from,
                          yd_help_receiver *receiver, void *context)
{
    for (int i = 0; i < keymap->count; i++) {
        const yd_binding *binding = &keymap->bindings[i];
        char keys[64], text[256];
        if (binding->place != place || !binding->help) continue;
        yd_keymap_keys_on(keymap, binding->action, place, seen_from, keys, sizeof keys);
        bool hidden = !keys[0];
        if (hidden) yd_keymap_keys(keymap, binding->action, place, keys, sizeof keys);
        snprintf(text, sizeof text, "%s%s", binding->help, hidden ? " (on other screens)" : "");
        receiver(context, yd_binding_place_title(place), keys, text);
    }
}

static void each_verb(yd_help_receiver *receiver, void *context)
{
    int count;
    const yd_verb *verbs = yd_verbs(&count);
    for (int i = 0; i < count; i++) {
        char words[64];
        snprintf(words, sizeof words, "%s%s%s", verbs[i].name, verbs[i].words[0] ? " " : "", verbs[i].words);
        receiver(context, "command line", words, verbs[i].help);
    }
}

static void each_gesture(yd_help_receiver *receiver, void *context)
{
    static const char *const rows[][2] = {
        {"click", "on a tab, a key of the last line, a row of a menu or list: what it names"},
        {"wheel", "scrolls"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        receiver(context, "mouse", rows[i][0], rows[i][1]);
}

void yd_help_each(const yd_keymap *keymap, yd_binding_place first, yd_help_receiver *receiver, void *context)
{
    if (first != YD_BINDING_ANY) each_of_place(keymap, first, first, receiver, context);
    for (int place = 0; place < YD_BINDING_PLACES; place++)
        if (place != (int)first || first == YD_BINDING_ANY)
            each_of_place(keymap, (yd_binding_place)place, first, receiver, context);
    each_verb(receiver, context);
    each_gesture(receiver, context);
}

void yd_help_each_action(const yd_keymap *keymap, yd_help_receiver *receiver, void *context)
{
    for (int place = 0; place < YD_BINDING_PLACES; place++) {
        for (int i = 0; i < keymap->count; i++) {
            const yd_binding *binding = &keymap->bindings[i];
            char keys[64], text[256];
            if (binding->place != (yd_binding_place)place || !binding->help) continue;
            yd_keymap_keys(keymap, binding->action, binding->place, keys, sizeof keys);
            snprintf(text, sizeof text, "[%s] %s", keys, binding->help);
            receiver(context, yd_binding_place_title(binding->place), yd_action_name(binding->action), text);
        }
    }
}

void yd_help_start(yd_help *help, const char *filter)
{
    *help = (yd_help){0};
    yd_entry_set(&help->filter, filter);
}

static void search_key(yd_help *help, int key)
{
    yd_entry_result result = yd_entry_key(&help->filter, key);
    if (result == YD_ENTRY_EDITED) help->top = 0;
    if (result == YD_ENTRY_DONE || result == YD_ENTRY_CANCELLED) help->searching = false;
    if (result == YD_ENTRY_CANCELLED) yd_entry_set(&help->filter, "");
}

bool yd_help_key(yd_help *help, const yd_keymap *keymap, int key, bool *close)
{
    if (help->searching) {
        search_key(help, key);
        return true;
    }
    switch (yd_keymap_action(keymap, key, YD_BINDING_OVERLAY)) {
    case YD_ACTION_DOWN:
        help->top++;
        return true;
    case YD_ACTION_UP:
        help->top--;
        return true;
    case YD_ACTION_PAGE_DOWN:
        help->top += help->page;
        return true;
    case YD_ACTION_PAGE_UP:
        help->top -= help->page;
        return true;
    case YD_ACTION_FIRST:
        help->top = 0;
        return true;
    case YD_ACTION_LAST:
        help->top = YD_KEYMAP_LIMIT;
        return true;
    case YD_ACTION_SEARCH:
        help->searching = true;
        return true;
    case YD_ACTION_BACK:
    case YD_ACTION_ACTIVATE:
        *close = true;
        return true;
    default:
        return false;
    }
}

/* Drawing goes over the rows several times: to measure, to count, and to put them down. */
typedef struct pass {
    const yd_help *help;
    const yd_canvas *canvas; /* NULL: nothing is drawn */
    const yd_canvas *measure;
    const char *group;          /* of the row before */
    int row;                    /* of all that are shown, titles too */
    int keys_width, text_width; /* text_width 0: is being measured */
    int widest_keys, widest_text;
} pass;

static bool is_wanted(const pass *own, const char *group, const char *keys, const char *text)
{
    const char *filter = own->help->filter.text;
    return !filter[0] || strcasestr(group, filter) || strcasestr(keys, filter) || strcasestr(text, filter);
}

static void put_title(pass *own, const char *group)
{
    if (own->group && strcmp(own->group, group) == 0) return;
    own->group = group;
    if (own->canvas) yd_canvas_text(own->canvas, 0, own->row - own->help->top, YD_STYLE_TITLE, group);
    own->row++;
}

/* As many words as fit the width, at least one: bytes of them. */
static size_t line_of(const pass *own, const char *text)
{
    char head[256];
    size_t end = 0;
    for (size_t next = 0; text[next];) {
        next += strspn(text + next, " ");
        next += strcspn(text + next, " ");
        if (next >= sizeof head) break;
        yd_copy_text(head, next + 1, text);
        if (end && yd_canvas_text_width(own->measure, head) > own->text_width) break;
        end = next;
    }
    return end ? end : strlen(text);
}

static void put_text(pass *own, const char *text)
{
    for (bool first = true; first || *text; first = false) {
        char line[256];
        size_t length = line_of(own, text);
        int x = own->keys_width + 4, y = own->row++ - own->help->top;
        yd_copy_text(line, length + 1 < sizeof line ? length + 1 : sizeof line, text);
        if (own->canvas) yd_canvas_text_cut(own->canvas, x, y, own->canvas->width - x, YD_STYLE_TEXT, line);
        text += length;
        text += strspn(text, " ");
    }
}

static void put_row(void *context, const char *group, const char *keys, const char *text)
{
    pass *own = context;
    if (!is_wanted(own, group, keys, text)) return;
    put_title(own, group);
    if (!own->text_width) {
        int keys_width = yd_canvas_text_width(own->measure, keys);
        int text_width = yd_canvas_text_width(own->measure, text);
        if (keys_width > own->widest_keys) own->widest_keys = keys_width;
        if (text_width > own->widest_text) own->widest_text = text_width;
        return;
    }
    if (own->canvas)
        yd_canvas_text_cut(own->canvas, 2, own->row - own->help->top, own->keys_width, YD_STYLE_KEY, keys);
    put_text(own, text);
}

static void draw_search(yd_help *help, const yd_canvas *canvas, yd_rect outer, int y, yd_cursor *cursor)
{
    int x = yd_canvas_text(canvas, 0, y, YD_STYLE_KEY, "/ ");
    if (!help->searching && !help->filter.text[0]) {
        yd_canvas_text_cut(canvas, x, y, canvas->width - x, YD_STYLE_DIM, "searches; Esc closes");
        return;
    }
    int at = yd_entry_draw(&help->filter, canvas, x, y, canvas->width - x, YD_STYLE_VALUE);
    if (help->searching) *cursor = (yd_cursor){outer.x + at, outer.y + y};
}

static int clamp(int value, int low, int high)
{
    return value > high ? high : value < low ? low : value;
}

yd_rect yd_help_draw(yd_help *help, const yd_keymap *keymap, yd_binding_place first, const yd_canvas *canvas,
                     yd_cursor *cursor)
{
    enum { LEAST_TEXT = 24, EDGES = 4, BESIDE = 4 };
    pass measure = {.help = help, .measure = canvas};
    yd_help_each(keymap, first, put_row, &measure);
    int keys = clamp(measure.widest_keys, 0, canvas->width / 3);
    int room = canvas->width - EDGES - BESIDE - keys;
    int text = clamp(measure.widest_text, LEAST_TEXT, room < LEAST_TEXT ? LEAST_TEXT : room);
    pass count = {.help = help, .measure = canvas, .keys_width = keys, .text_width = text};
    yd_help_each(keymap, first, put_row, &count);
    yd_canvas box = yd_box_draw(canvas, keys + BESIDE + text, count.row + 1, "keys");
    yd_canvas list = yd_canvas_part(&box, (yd_rect){0, 0, box.width, box.height - 1});
    help->page = list.height;
    help->top = clamp(help->top, 0, count.row > list.height ? count.row - list.height : 0);
    pass drawing = {.help = help, .canvas = &list, .measure = canvas, .keys_width = keys, .text_width = text};
    if (list.height > 0) yd_help_each(keymap, first, put_row, &drawing);
    if (box.height > 1) draw_search(help, &box, yd_canvas_place(canvas, &box), box.height - 1, cursor);
    return yd_canvas_place(canvas, &box);
}
