/* Every line that is kept, newest last, from a least level on; scrolled, or following the newest; searched,
 * and filtered by a text. */
#include "base/text.h"
#include "tui/screens/screen.h"
#include "tui/show.h"
#include "tui/widgets/entry.h"
#include <string.h>

typedef enum typing { TYPES_NOTHING, TYPES_SEARCH, TYPES_FILTER } typing;

typedef struct memory {
    int back;       /* lines between the newest and the last one shown; 0: follows */
    uint64_t total; /* lines there were when back was right */
    int page;       /* rows of the last drawing */
    int shift;      /* cells of the lines' text beyond the left edge */
    int text_width; /* of the last drawing: cells that a line's text has */
    int longest;    /* and what the longest line in view would need */
    int least;      /* yd_line_level */
    typing types;
    yd_entry entry;
    yd_entry_history searches, filters;
    char search[YD_ENTRY_LIMIT], filter[YD_ENTRY_LIMIT];
    uint64_t chosen; /* the how manieth of all lines, from 1; 0: none */
} memory;

static const char *const level_names[] = {"all", "info", "warning", "error"};

/* Events count as information here. */
static bool is_shown(const memory *own, const yd_line *line)
{
    int level = line->level == YD_LINE_EVENT ? YD_LINE_INFO : line->level;
    return level >= own->least && (!own->filter[0] || strcasestr(line->text, own->filter));
}

static int count_shown(const memory *own, const yd_lines *lines)
{
    int count = 0;
    for (int i = 0; i < yd_lines_count(lines); i++) count += is_shown(own, yd_lines_at(lines, i));
    return count;
}

static void clamp_back(memory *own, int shown)
{
    int most = shown - own->page;
    if (own->back > most) own->back = most;
    if (own->back < 0) own->back = 0;
}

/* Lines that came meanwhile push what is shown further back, so that it stands still. */
static void keep_place(memory *own, const yd_lines *lines, int shown)
{
    uint64_t fresh = lines->total - own->total;
    for (uint64_t i = 0; own->back > 0 && i < fresh && i < (uint64_t)yd_lines_count(lines); i++)
        own->back += is_shown(own, yd_lines_at(lines, (int)i));
    own->total = lines->total;
    clamp_back(own, shown);
}

/* The part of the row that holds what was searched for stands out. */
static void mark_found(const memory *own, const yd_canvas *canvas, int x, int y, const char *text)
{
    const char *found = own->search[0] ? strcasestr(text, own->search) : NULL;
    char before[YD_LINE_LENGTH], match[YD_LINE_LENGTH];
    if (!found) return;
    yd_copy_text(before, (size_t)(found - text) + 1, text);
    yd_copy_text(match, strlen(own->search) + 1, found);
    x += yd_canvas_text_width(canvas, before);
    yd_canvas_text(canvas, x, y, YD_STYLE_TAB, match);
}

static void draw_line(memory *own, const yd_canvas *canvas, int y, const yd_line *line, bool chosen)
{
    static const struct {
        char mark;
        yd_style style;
    } looks[] = {{' ', YD_STYLE_DIM},
                 {' ', YD_STYLE_TEXT},
                 {'!', YD_STYLE_WARNING},
                 {'E', YD_STYLE_BAD},
                 {'*', YD_STYLE_GOOD}};
    char time[16];
    unsigned level = line->level <= YD_LINE_EVENT ? line->level : YD_LINE_INFO;
    if (chosen) yd_canvas_put(canvas, 0, y, canvas->glyphs->pointer, YD_STYLE_KEY);
    int x = yd_canvas_text(canvas, 1, y, YD_STYLE_DIM, yd_show_clock(time, sizeof time, line->wall_ns));
    yd_canvas_put(canvas, x + 1, y, (uint32_t)looks[level].mark, looks[level].style);
    yd_style style = level == YD_LINE_EVENT ? YD_STYLE_TEXT : looks[level].style;
    yd_canvas inner = yd_canvas_part(canvas, (yd_rect){x + 3, y, canvas->width - x - 3, 1});
    yd_canvas_text_cut(&inner, -own->shift, 0, inner.width + own->shift, style, line->text);
    mark_found(own, &inner, -own->shift, 0, line->text);
    if (own->shift > 0 && line->text[0]) yd_canvas_put(&inner, 0, 0, canvas->glyphs->ellipsis, style);
    int width = yd_canvas_text_width(&inner, line->text);
    if (width > own->longest) own->longest = width;
    own->text_width = inner.width;
}

static void draw_top(const yd_screen_context *context, const yd_canvas *canvas, int shown)
{
    const memory *own = context->memory;
    if (own->types != TYPES_NOTHING) {
        int x = yd_canvas_text(canvas, 1, 0, YD_STYLE_KEY, own->types == TYPES_SEARCH ? "/" : "&");
        x = yd_entry_draw(&own->entry, canvas, x, 0, canvas->width - x - 1, YD_STYLE_VALUE);
        *context->cursor = (yd_cursor){x, 0};
        return;
    }
    int x = yd_canvas_textf(canvas, 1, 0, YD_STYLE_DIM, "%d lines of %llu, level: %s, %s", shown,
                            (unsigned long long)context->view->lines.total, level_names[own->least],
                            own->back ? "scrolled (End follows)" : "following");
    if (own->filter[0]) x = yd_canvas_textf(canvas, x, 0, YD_STYLE_NOTICE, ", filter: %s", own->filter);
    if (own->search[0]) yd_canvas_textf(canvas, x, 0, YD_STYLE_NOTICE, ", search: %s", own->search);
}

/* Calls back for the lines in view, from the last upwards, with their row and how manieth they are. */
typedef void visitor(void *context, const yd_line *line, int y, uint64_t number);
static void each_in_view(const memory *own, const yd_lines *lines, int height, visitor *visit, void *context)
{
    int y = height - 1, skip = own->back;
    for (int i = 0; i < yd_lines_count(lines) && y > 0; i++) {
        const yd_line *line = yd_lines_at(lines, i);
        if (!is_shown(own, line) || skip-- > 0) continue;
        visit(context, line, y--, lines->total - (uint64_t)i);
    }
}

typedef struct drawing {
    memory *own;
    const yd_canvas *canvas;
} drawing;

static void draw_visited(void *context, const yd_line *line, int y, uint64_t number)
{
    const drawing *to = context;
    draw_line(to->own, to->canvas, y, line, number == to->own->chosen);
}

static void draw(const yd_screen_context *context, const yd_canvas *canvas)
{
    memory *own = context->memory;
    const yd_lines *lines = &context->view->lines;
    int shown = count_shown(own, lines);
    own->page = canvas->height - 1;
    keep_place(own, lines, shown);
    draw_top(context, canvas, shown);
    own->longest = 0;
    drawing to = {own, canvas};
    each_in_view(own, lines, canvas->height, draw_visited, &to);
}

/* Half the width of the text to the left or right, not beyond the end of the longest line in view. */
static void move_sideways(memory *own, int direction)
{
    int most = own->longest - own->text_width;
    own->shift += direction * (own->text_width > 1 ? own->text_width / 2 : 1);
    if (own->shift > most) own->shift = most;
    if (own->shift < 0) own->shift = 0;
}

/* Goes to a line: it is chosen, and in view, in the middle where it was not before. */
static void go_to(memory *own, const yd_lines *lines, int index, int shown_before)
{
    own->chosen = lines->total - (uint64_t)index;
    bool seen = shown_before >= own->back && shown_before < own->back + own->page;
    if (!seen) own->back = shown_before - own->page / 2;
    own->total = lines->total;
    clamp_back(own, count_shown(own, lines));
}

/* The nearest line that holds what is searched for, older than the chosen one or newer; the first time from
 * the last line in view. */
static void find(const yd_screen_context *context, bool older, bool anew)
{
    memory *own = context->memory;
    const yd_lines *lines = &context->view->lines;
    uint64_t from = anew ? 0 : own->chosen;
    int best = -1, best_shown = 0, shown = 0;
    for (int i = 0; i < yd_lines_count(lines) && own->search[0]; i++) {
        const yd_line *line = yd_lines_at(lines, i);
        uint64_t number = lines->total - (uint64_t)i;
        if (!is_shown(own, line)) continue;
        bool beyond = from ? (older ? number < from : number > from) : shown >= own->back;
        bool nearer = best < 0 || !older; /* newer ones are met from the far end */
        if (beyond && nearer && strcasestr(line->text, own->search)) best = i, best_shown = shown;
        shown++;
    }
    if (best >= 0)
        go_to(own, lines, best, best_shown);
    else if (own->search[0])
        yd_services_say(context->services, YD_STYLE_NOTICE, "no %s line holds \"%s\"",
                        anew    ? "such"
                        : older ? "older"
                                : "newer",
                        own->search);
}

static void begin_typing(memory *own, typing types)
{
    own->types = types;
    own->entry = (yd_entry){.history = types == TYPES_SEARCH ? &own->searches : &own->filters};
    if (types == TYPES_FILTER) yd_entry_set(&own->entry, own->filter);
}

static void set_filter(memory *own, const char *text)
{
    yd_copy_text(own->filter, sizeof own->filter, text);
    own->back = 0;
}

static bool key(const yd_screen_context *context, int pressed)
{
    memory *own = context->memory;
    if (own->types == TYPES_NOTHING) return false;
    yd_entry_result result = yd_entry_key(&own->entry, pressed);
    if (own->types == TYPES_FILTER && result == YD_ENTRY_EDITED) set_filter(own, own->entry.text);
    if (result == YD_ENTRY_DONE && own->types == TYPES_SEARCH) {
        yd_copy_text(own->search, sizeof own->search, own->entry.text);
        find(context, true, true);
    }
    if (result == YD_ENTRY_CANCELLED && own->types == TYPES_FILTER) set_filter(own, "");
    if (result == YD_ENTRY_DONE || result == YD_ENTRY_CANCELLED) own->types = TYPES_NOTHING;
    return true;
}

static bool paste(const yd_screen_context *context, const char *text)
{
    memory *own = context->memory;
    if (own->types == TYPES_NOTHING) return false;
    yd_entry_insert(&own->entry, text);
    if (own->types == TYPES_FILTER) set_filter(own, own->entry.text);
    return true;
}

static bool command(const yd_screen_context *context, const char *verb, const char *argument, char *error,
                    size_t capacity)
{
    (void)verb, (void)error, (void)capacity; /* filter is the only one */
    set_filter(context->memory, argument);
    return true;
}

static void copy(const yd_screen_context *context)
{
    const memory *own = context->memory;
    const yd_lines *lines = &context->view->lines;
    for (int i = 0, skip = own->back; i < yd_lines_count(lines); i++) {
        const yd_line *line = yd_lines_at(lines, i);
        bool last = is_shown(own, line) && skip-- == 0;
        bool wanted = own->chosen ? lines->total - (uint64_t)i == own->chosen : last;
        if (!wanted) continue;
        yd_services_copy(context->services, line->text);
        return;
    }
}

typedef struct press {
    int y;
    uint64_t number;
} press;

static void note_pressed(void *context, const yd_line *line, int y, uint64_t number)
{
    press *at = context;
    (void)line;
    if (y == at->y) at->number = number;
}

static bool mouse(const yd_screen_context *context, const yd_mouse *event)
{
    memory *own = context->memory;
    if (event->kind != YD_MOUSE_PRESS || event->button != 1 || event->y < 1) return false;
    press at = {.y = event->y};
    each_in_view(own, &context->view->lines, own->page + 1, note_pressed, &at);
    own->chosen = at.number;
    return true;
}

static void act(const yd_screen_context *context, yd_action action)
{
    memory *own = context->memory;
    switch (action) {
    case YD_ACTION_UP:
        own->back++;
        break;
    case YD_ACTION_DOWN:
        own->back--;
        break;
    case YD_ACTION_LEFT:
        move_sideways(own, -1);
        break;
    case YD_ACTION_RIGHT:
        move_sideways(own, 1);
        break;
    case YD_ACTION_PAGE_UP:
        own->back += own->page;
        break;
    case YD_ACTION_PAGE_DOWN:
        own->back -= own->page;
        break;
    case YD_ACTION_FIRST:
        own->back = YD_LINES_CAPACITY;
        break;
    case YD_ACTION_LAST:
        own->back = 0;
        own->chosen = 0;
        break;
    case YD_ACTION_LEVEL:
        own->least = (own->least + 1) % 4;
        break;
    case YD_ACTION_SEARCH:
        begin_typing(own, TYPES_SEARCH);
        break;
    case YD_ACTION_FILTER:
        begin_typing(own, TYPES_FILTER);
        break;
    case YD_ACTION_SEARCH_NEXT:
    case YD_ACTION_SEARCH_PREVIOUS:
        find(context, action == YD_ACTION_SEARCH_NEXT, false);
        break;
    case YD_ACTION_COPY:
        copy(context);
        break;
    default:
        return;
    }
    if (own->back < 0) own->back = 0;
}

const yd_screen yd_screen_log = {.tab_key = '7',
                                 .name = "Log",
                                 .place = YD_BINDING_LOG,
                                 .max_fps = 10,
                                 .memory = sizeof(memory),
                                 .draw = draw,
                                 .act = act,
                                 .key = key,
                                 .paste = paste,
                                 .command = command,
                                 .mouse = mouse};
