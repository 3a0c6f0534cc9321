/* The runs of a folder: how far each came and how well, which of them live; opens them, lays their curves
 * over each other, resumes what has ended. Deletes nothing. */
#include "base/file.h"
#include "base/text.h"
#include "tui/launcher.h"
#include "tui/run_names.h"
#include "tui/run_watch.h"
#include "tui/screens/runs_table.h"
#include "tui/screens/screen.h"
#include "tui/widgets/entry.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIRM_NS 5000000000LL
enum { PATH = 4096, MARGIN = 4, HEADER = 1, FOOTER = 1 };

typedef struct memory {
    yd_run_watch *watch;
    char folder[PATH]; /* that is watched */
    char open[PATH];   /* the run that is open, as the list has it; empty: none */
    yd_run_table *table;
    int *order; /* of the table's rows, as they are shown */
    int count;
    char chosen[PATH]; /* the folder of the chosen run, wherever it moves */
    int top, page;
    yd_run_column sort;
    bool sort_chosen, reversed;
    yd_entry filter;
    bool filtering;       /* the filter has the keys */
    char to_resume[PATH]; /* asked once, to be asked again */
    int64_t to_resume_until_ns;
    int width; /* of the last picture */
} memory;

static void wake(void *context)
{
    yd_services_wake(context);
}

/* Absolute, without links, where it is there. */
static void canonical(char out[PATH], const char *path)
{
    char *found = realpath(path, NULL);
    yd_copy_text(out, PATH, found ? found : path);
    free(found);
}

static void browsed_folder(const yd_screen_context *context, char out[PATH])
{
    char folder[PATH];
    yd_run_names_folder(context->services, folder);
    canonical(out, folder);
}

static const yd_run_row *row_at(const memory *own, int i)
{
    return &own->table->rows[own->order[i]];
}

/* The place of the chosen run; 0 where it is not shown. */
static int chosen_place(const memory *own)
{
    for (int i = 0; i < own->count; i++)
        if (strcmp(row_at(own, i)->entry.folder, own->chosen) == 0) return i;
    return 0;
}

static const yd_run_row *chosen_row(const memory *own)
{
    return own->count ? row_at(own, chosen_place(own)) : NULL;
}

static void choose(memory *own, int place)
{
    if (!own->count) return;
    place = place < 0 ? 0 : place >= own->count ? own->count - 1 : place;
    yd_copy_text(own->chosen, sizeof own->chosen, row_at(own, place)->entry.folder);
}

static void sort_rows(memory *own)
{
    own->count =
        own->table && own->order
            ? yd_runs_order(own->table, own->filter.text,
                            own->sort_chosen ? own->sort : YD_RUN_COLUMN_CHANGED, own->reversed, own->order)
            : 0;
}

static bool take_table(memory *own)
{
    yd_run_table *table = own->watch ? yd_run_watch_take(own->watch) : NULL;
    if (!table) return false;
    int *order = malloc(((size_t)table->count + 1) * sizeof *order);
    if (!order) {
        yd_run_table_free(table);
        return false;
    }
    yd_run_table_free(own->table);
    free(own->order);
    own->table = table;
    own->order = order;
    sort_rows(own);
    return true;
}

static void forget(memory *own)
{
    yd_run_watch_end(own->watch);
    yd_run_table_free(own->table);
    free(own->order);
    own->watch = NULL;
    own->table = NULL;
    own->order = NULL;
    own->count = 0;
}

static void opened(const yd_screen_context *context)
{
    memory *own = context->memory;
    char folder[PATH];
    browsed_folder(context, folder);
    own->open[0] = '\0';
    if (context->services->run_folder[0]) canonical(own->open, context->services->run_folder);
    if (own->watch && strcmp(folder, own->folder) == 0) {
        yd_run_watch_set_active(own->watch, true);
        return;
    }
    forget(own);
    yd_copy_text(own->folder, sizeof own->folder, folder);
    yd_copy_text(own->chosen, sizeof own->chosen, own->open);
    own->watch = yd_run_watch_start(folder, wake, context->services);
    if (!own->watch)
        yd_services_say(context->services, YD_STYLE_BAD,
                        "the runs cannot be listed: out of memory or threads");
}

static void closed(const yd_screen_context *context)
{
    memory *own = context->memory;
    own->filtering = false;
    if (own->watch) yd_run_watch_set_active(own->watch, false);
}

static void end(const yd_screen_context *context)
{
    forget(context->memory);
}

static bool tick(const yd_screen_context *context)
{
    return take_table(context->memory);
}

/* Drawing. */

static yd_style state_style(const yd_run_row *row)
{
    bool rests = strcmp(row->entry.state, "paused") == 0 || strcmp(row->entry.state, "stalled") == 0;
    if (row->entry.lives) return rests ? YD_STYLE_WARNING : YD_STYLE_GOOD;
    if (strcmp(row->entry.state, "dead") == 0 || strcmp(row->entry.state, "failed") == 0) return YD_STYLE_BAD;
    if (row->entry.may_grow) return strcmp(row->entry.state, "quiet") == 0 ? YD_STYLE_WARNING : YD_STYLE_GOOD;
    return strcmp(row->entry.state, "elsewhere") == 0 ? YD_STYLE_NOTICE : YD_STYLE_TEXT;
}

static void draw_cell(const yd_canvas *canvas, int x, int y, int width, bool right, yd_style style,
                      const char *text)
{
    if (right && yd_canvas_text_width(canvas, text) <= width)
        yd_canvas_text_right(canvas, x + width, y, style, text);
    else
        yd_canvas_text_cut(canvas, x, y, width, style, text);
}

static void draw_header(const memory *own, const yd_canvas *canvas, const int widths[YD_RUN_COLUMNS])
{
    yd_run_column sort = own->sort_chosen ? own->sort : YD_RUN_COLUMN_CHANGED;
    int x = MARGIN;
    for (int i = 0; i < YD_RUN_COLUMNS; i++) {
        char title[32];
        if (!widths[i]) continue;
        bool sorted = i == (int)sort, down = yd_runs_descends(sort) != own->reversed;
        snprintf(title, sizeof title, "%s%s", yd_runs_title((yd_run_column)i),
                 sorted ? down ? " v" : " ^" : "");
        draw_cell(canvas, x, 0, widths[i], yd_runs_right((yd_run_column)i),
                  sorted ? YD_STYLE_TITLE : YD_STYLE_DIM, title);
        x += widths[i] + YD_RUN_GAP;
    }
}

static bool is_open(const yd_screen_context *context, const char *folder)
{
    const memory *own = context->memory;
    return strcmp(own->open, folder) == 0;
}

/* The letter that the run has on Charts, ' ' for none. */
static char letter_of(const yd_screen_context *context, const char *folder)
{
    if (is_open(context, folder)) return 'A';
    int slot = yd_compare_find(context->compare, folder);
    return slot < 0 ? ' ' : (char)('B' + slot);
}

static void draw_row(const yd_screen_context *context, const yd_canvas *canvas, int y, const yd_run_row *row,
                     const int widths[YD_RUN_COLUMNS], char letter)
{
    const memory *own = context->memory;
    bool chosen = strcmp(row->entry.folder, own->chosen) == 0;
    int x = MARGIN;
    for (int i = 0; i < canvas->width && chosen; i++) yd_canvas_put(canvas, i, y, ' ', YD_STYLE_SELECTED);
    if (chosen) yd_canvas_put(canvas, 0, y, canvas->glyphs->pointer, YD_STYLE_SELECTED);
    if (letter != ' ')
        yd_canvas_put(canvas, 2, y, (unsigned char)letter, (yd_style)(YD_STYLE_RUN_1 + letter - 'A'));
    for (int i = 0; i < YD_RUN_COLUMNS; i++) {
        char text[512];
        if (!widths[i]) continue;
        yd_style style = chosen                     ? YD_STYLE_SELECTED
                         : i == YD_RUN_COLUMN_STATE ? state_style(row)
                         : i == YD_RUN_COLUMN_NAME  ? YD_STYLE_VALUE
                         : i >= YD_RUN_COLUMN_SIZE  ? YD_STYLE_DIM
                                                    : YD_STYLE_TEXT;
        draw_cell(canvas, x, y, widths[i], yd_runs_right((yd_run_column)i), style,
                  yd_runs_cell(row, (yd_run_column)i, text, sizeof text));
        x += widths[i] + YD_RUN_GAP;
    }
}

static void draw_footer(const yd_screen_context *context, const yd_canvas *canvas)
{
    memory *own = context->memory;
    int y = canvas->height - 1, x = 1, live = 0;
    if (own->filtering || own->filter.text[0]) {
        x = yd_canvas_text(canvas, x, y, YD_STYLE_DIM, "filter: ");
        int cursor = yd_entry_draw(&own->filter, canvas, x, y, canvas->width > 60 ? 30 : 16, YD_STYLE_VALUE);
        if (own->filtering && context->cursor) *context->cursor = (yd_cursor){cursor, y};
        x += (canvas->width > 60 ? 30 : 16) + 2;
    }
    for (int i = 0; i < own->count; i++) live += row_at(own, i)->entry.lives;
    x = yd_canvas_textf(canvas, x, y, YD_STYLE_TEXT, "%d run%s", own->count, own->count == 1 ? "" : "s");
    if (live) x = yd_canvas_textf(canvas, x, y, YD_STYLE_GOOD, ", %d live", live);
    int marked = yd_compare_count(context->compare);
    if (marked) x = yd_canvas_textf(canvas, x, y, YD_STYLE_TEXT, ", %d compared", marked);
    char folder[1024];
    x = yd_canvas_text(canvas, x, y, YD_STYLE_DIM, " in ");
    yd_canvas_text_cut(canvas, x, y, canvas->width - x - 1, YD_STYLE_DIM,
                       yd_escape(folder, sizeof folder, own->folder));
}

static void draw_nothing(const memory *own, const yd_canvas *canvas)
{
    char problem[1024], folder[1024], text[2100];
    if (own->watch && yd_run_watch_problem(own->watch, problem, sizeof problem))
        snprintf(text, sizeof text, "%s", problem);
    else if (own->filter.text[0] && own->table && own->table->count)
        snprintf(text, sizeof text, "no run has all these words in its folder, state or kind");
    else
        snprintf(text, sizeof text, own->table ? "no runs in %s" : "looking at %s",
                 yd_escape(folder, sizeof folder, own->folder));
    yd_canvas_text_cut(canvas, MARGIN, 2, canvas->width - MARGIN, YD_STYLE_DIM, text);
}

static void draw(const yd_screen_context *context, const yd_canvas *canvas)
{
    memory *own = context->memory;
    int widths[YD_RUN_COLUMNS];
    take_table(own);
    own->width = canvas->width;
    own->page = canvas->height - HEADER - FOOTER > 0 ? canvas->height - HEADER - FOOTER : 1;
    yd_runs_widths(canvas->width - MARGIN - 1, widths);
    draw_header(own, canvas, widths);
    if (!own->count) draw_nothing(own, canvas);
    int place = chosen_place(own);
    choose(own, place);
    if (own->top > place) own->top = place;
    if (place >= own->top + own->page) own->top = place - own->page + 1;
    if (own->top > own->count - own->page) own->top = own->count > own->page ? own->count - own->page : 0;
    for (int i = 0; i < own->page && own->top + i < own->count; i++) {
        const yd_run_row *row = row_at(own, own->top + i);
        draw_row(context, canvas, HEADER + i, row, widths, letter_of(context, row->entry.folder));
    }
    draw_footer(context, canvas);
    if (context->cursor && !own->filtering && own->count)
        *context->cursor = (yd_cursor){0, HEADER + place - own->top};
}

/* Acting. */

static void toggle_mark(const yd_screen_context *context, const yd_run_row *row)
{
    if (is_open(context, row->entry.folder))
        yd_services_say(context->services, YD_STYLE_DIM, "this run is open: its curves are A");
    else if (yd_compare_find(context->compare, row->entry.folder) >= 0)
        yd_compare_remove(context->compare, row->entry.folder);
    else if (yd_compare_add(context->compare, row->entry.folder) < 0)
        yd_services_say(context->services, YD_STYLE_WARNING,
                        "eight runs are compared at most: unmark one first");
}

/* Charts, with the marked runs; where none is marked, with the chosen one. Something has to be open for
 * others to be laid over. */
static void compare(const yd_screen_context *context, const yd_run_row *row)
{
    yd_services *services = context->services;
    if (!services->run_folder[0]) {
        const char *first = row->entry.folder;
        for (int i = YD_COMPARED - 1; i >= 0; i--)
            if (yd_compare_folder(context->compare, i)) first = yd_compare_folder(context->compare, i);
        yd_services_open_run(services, first);
    } else if (!yd_compare_count(context->compare) && !is_open(context, row->entry.folder)) {
        toggle_mark(context, row);
    }
    yd_services_show_screen(services, "charts");
}

static void resume(const yd_screen_context *context, const yd_run_row *row)
{
    memory *own = context->memory;
    yd_services *services = context->services;
    char name[256];
    yd_escape(name, sizeof name, row->entry.name);
    bool again = strcmp(own->to_resume, row->entry.folder) == 0 && context->now_ns < own->to_resume_until_ns;
    char what[300];
    snprintf(what, sizeof what, "resume %s", name);
    const char *const arguments[] = {"train", "--resume", row->entry.folder, "--detach", NULL};
    own->to_resume[0] = '\0';
    if (row->entry.lives) {
        yd_services_say(services, YD_STYLE_DIM, "%s is being trained: Enter watches it", name);
    } else if (!again) {
        yd_copy_text(own->to_resume, sizeof own->to_resume, row->entry.folder);
        own->to_resume_until_ns = context->now_ns + CONFIRM_NS;
        yd_services_say(services, YD_STYLE_NOTICE, "%sthe same key again resumes %s",
                        row->entry.may_grow ? "it may still be trained by others: " : "", name);
    } else if (services->launcher && yd_launcher_start(services->launcher, arguments, what)) {
        yd_services_say(services, YD_STYLE_NOTICE, "%s is being resumed ...", name);
    } else {
        yd_services_say(services, YD_STYLE_BAD, "%s: not now, another one is being started", name);
    }
}

static void act_on_run(const yd_screen_context *context, yd_action action, const yd_run_row *row)
{
    yd_services *services = context->services;
    switch (action) {
    case YD_ACTION_ACTIVATE:
        yd_services_open_run(services, row->entry.folder);
        yd_services_show_screen(services, "dash");
        break;
    case YD_ACTION_PICTURES:
        if (!is_open(context, row->entry.folder)) yd_services_open_run(services, row->entry.folder);
        yd_services_show_screen(services, "images");
        break;
    case YD_ACTION_MARK:
        toggle_mark(context, row);
        break;
    case YD_ACTION_COMPARE:
        compare(context, row);
        break;
    case YD_ACTION_RESUME_RUN:
        resume(context, row);
        break;
    case YD_ACTION_COPY:
        yd_services_copy(services, row->entry.folder);
        break;
    default:
        break;
    }
}

static void change_sort(memory *own, int step)
{
    int now = own->sort_chosen ? (int)own->sort : YD_RUN_COLUMN_CHANGED;
    int widths[YD_RUN_COLUMNS];
    yd_runs_widths(own->width - MARGIN - 1, widths);
    do now = (now + step + YD_RUN_COLUMNS) % YD_RUN_COLUMNS;
    while (!widths[now]);
    own->sort = (yd_run_column)now;
    own->sort_chosen = true;
    own->reversed = false;
    sort_rows(own);
}

static void act(const yd_screen_context *context, yd_action action)
{
    memory *own = context->memory;
    int place = chosen_place(own);
    switch (action) {
    case YD_ACTION_UP:
        choose(own, place - 1);
        break;
    case YD_ACTION_DOWN:
        choose(own, place + 1);
        break;
    case YD_ACTION_PAGE_UP:
        choose(own, place - own->page);
        break;
    case YD_ACTION_PAGE_DOWN:
        choose(own, place + own->page);
        break;
    case YD_ACTION_FIRST:
        choose(own, 0);
        break;
    case YD_ACTION_LAST:
        choose(own, own->count - 1);
        break;
    case YD_ACTION_SORT:
        change_sort(own, 1);
        break;
    case YD_ACTION_REVERSE:
        own->reversed = !own->reversed;
        sort_rows(own);
        break;
    case YD_ACTION_FILTER:
        own->filtering = true;
        break;
    case YD_ACTION_BACK:
        own->filter = (yd_entry){0};
        sort_rows(own);
        break;
    default:
        if (chosen_row(own)) act_on_run(context, action, chosen_row(own));
    }
}

static bool key(const yd_screen_context *context, int key)
{
    memory *own = context->memory;
    if (!own->filtering) return false;
    switch (yd_entry_key(&own->filter, key)) {
    case YD_ENTRY_DONE:
        own->filtering = false;
        return true;
    case YD_ENTRY_CANCELLED:
        own->filter = (yd_entry){0};
        own->filtering = false;
        sort_rows(own);
        return true;
    case YD_ENTRY_EDITED:
        sort_rows(own);
        return true;
    case YD_ENTRY_TAKEN:
        return true;
    case YD_ENTRY_IGNORED:
        break;
    }
    return key != YD_KEY_UP && key != YD_KEY_DOWN && key != YD_KEY_PAGE_UP && key != YD_KEY_PAGE_DOWN;
}

static bool paste(const yd_screen_context *context, const char *text)
{
    memory *own = context->memory;
    if (!own->filtering) return false;
    yd_entry_insert(&own->filter, text);
    sort_rows(own);
    return true;
}

static bool command(const yd_screen_context *context, const char *verb, const char *argument, char *error,
                    size_t capacity)
{
    memory *own = context->memory;
    if (strcmp(verb, "filter") != 0) {
        snprintf(error, capacity, "%s has no meaning on this screen", verb);
        return false;
    }
    yd_entry_set(&own->filter, argument);
    sort_rows(own);
    return true;
}

static void sort_by_title(memory *own, int x)
{
    int widths[YD_RUN_COLUMNS], from = MARGIN;
    yd_runs_widths(own->width - MARGIN - 1, widths);
    for (int i = 0; i < YD_RUN_COLUMNS; i++) {
        if (!widths[i]) continue;
        bool here = x >= from && x < from + widths[i] + YD_RUN_GAP;
        from += widths[i] + YD_RUN_GAP;
        if (!here) continue;
        bool same = i == (int)(own->sort_chosen ? own->sort : YD_RUN_COLUMN_CHANGED);
        own->reversed = same && !own->reversed;
        own->sort = (yd_run_column)i;
        own->sort_chosen = true;
        sort_rows(own);
        return;
    }
}

/* A click chooses, a click on what is chosen opens it. */
static bool mouse(const yd_screen_context *context, const yd_mouse *mouse)
{
    memory *own = context->memory;
    int place = own->top + mouse->y - HEADER;
    if (mouse->kind == YD_MOUSE_WHEEL) {
        choose(own, chosen_place(own) + (mouse->button < 0 ? -3 : 3));
        return true;
    }
    if (mouse->kind != YD_MOUSE_PRESS) return false;
    if (mouse->y < HEADER) {
        sort_by_title(own, mouse->x);
    } else if (mouse->y < HEADER + own->page && place < own->count) {
        bool again = chosen_place(own) == place;
        choose(own, place);
        if (again) act_on_run(context, YD_ACTION_ACTIVATE, row_at(own, place));
    }
    return true;
}

const yd_screen yd_screen_runs = {.tab_key = '6',
                                  .name = "Runs",
                                  .place = YD_BINDING_RUNS,
                                  .max_fps = 4,
                                  .memory = sizeof(memory),
                                  .draw = draw,
                                  .act = act,
                                  .key = key,
                                  .paste = paste,
                                  .command = command,
                                  .mouse = mouse,
                                  .tick = tick,
                                  .opened = opened,
                                  .closed = closed,
                                  .end = end,
                                  .keeps = true};
