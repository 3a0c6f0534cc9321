/* Each class of a validation: a table, the confusion matrix as a heat map, and the worst confusions. Any
 * validation of the run can be looked at; the newest is followed. */
#include "base/file.h"
#include "base/text.h"
#include "tui/layout.h"
#include "tui/screens/classes_state.h"
#include "tui/show.h"
#include "tui/widgets/panel.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t look_ns = 1000000000; /* at the file, at most so often */

static void forget_report(yd_classes *own)
{
    if (own->has_report) yd_class_report_free(&own->report);
    if (own->has_before) yd_class_report_free(&own->before);
    free(own->order);
    free(own->totals);
    own->order = NULL;
    own->totals = NULL;
    own->has_report = own->has_before = false;
    own->count = own->worst_count = 0;
}

/* The class that is chosen stays so, wherever it stands now. */
static void sort_rows(yd_classes *own)
{
    if (!own->has_report) return;
    int kept = own->count && own->chosen < own->count ? own->order[own->chosen] : 0;
    const yd_class_report *before = own->has_before ? &own->before : NULL;
    yd_class_column column = own->sorted ? own->column : YD_CLASS_COLUMNS;
    own->count = yd_classes_order(&own->report, before, own->filter, column, own->reversed, own->order);
    own->chosen = 0;
    for (int i = 0; i < own->count; i++)
        if (own->order[i] == kept) own->chosen = i;
}

static int in_range(int value, int count)
{
    return value < 0 || count < 1 ? 0 : value >= count ? count - 1 : value;
}

static void load(yd_classes *own, int index)
{
    yd_error error;
    int row = own->row, across = own->across,
        kept = own->count && own->chosen < own->count ? own->order[own->chosen] : 0;
    forget_report(own);
    own->shown = index;
    own->problem[0] = '\0';
    if (yd_class_file_load(own->file, index, &own->report, &error) != YD_OK) {
        yd_copy_text(own->problem, sizeof own->problem, error.message);
        return;
    }
    size_t classes = (size_t)own->report.class_count;
    own->has_report = true;
    own->order = calloc(classes, sizeof *own->order);
    own->totals = calloc(classes + 1, sizeof *own->totals);
    if (!own->order || !own->totals) {
        forget_report(own);
        snprintf(own->problem, sizeof own->problem, "no memory for %zu classes", classes);
        return;
    }
    own->has_before = index > 0 && yd_class_file_load(own->file, index - 1, &own->before, NULL) == YD_OK;
    yd_class_totals(&own->report, own->totals);
    own->worst_count = yd_class_confusions(&own->report, own->worst, YD_CLASSES_WORST_LIMIT);
    own->worst_chosen = in_range(own->worst_chosen, own->worst_count);
    own->row = in_range(row, (int)classes + 1);
    own->across = in_range(across, (int)classes + 1);
    own->order[0] = in_range(kept, (int)classes); /* for sort_rows to keep */
    own->count = 1, own->chosen = 0;
    sort_rows(own);
}

static void look(const yd_screen_context *context)
{
    yd_classes *own = context->memory;
    if (!own->file) return;
    own->looked_ns = context->now_ns;
    bool changed = yd_class_file_refresh(own->file, &own->more);
    int count = yd_class_file_count(own->file);
    if (!changed && (count == 0 || own->shown >= 0)) return;
    if (!count) {
        forget_report(own);
        own->shown = -1;
    } else if (own->follows || own->shown < 0 || own->shown >= count) {
        load(own, count - 1);
    } else if (changed) {
        load(own, own->shown);
    }
}

static void start(const yd_screen_context *context)
{
    yd_classes *own = context->memory;
    char path[4200];
    const char *folder = context->services->run_folder;
    if (own->file || !folder[0] || !yd_path_join(path, sizeof path, folder, "classes.jsonl")) return;
    own->file = yd_class_file_create(path);
    own->shown = -1;
    own->follows = true;
    own->column = YD_CLASS_COLUMN_MAP;
}

static void opened(const yd_screen_context *context)
{
    start(context);
    look(context);
}

static bool tick(const yd_screen_context *context)
{
    yd_classes *own = context->memory;
    start(context);
    if (!own->more && own->looked_ns && context->now_ns - own->looked_ns < look_ns) return false;
    int shown = own->shown, count = own->file ? yd_class_file_count(own->file) : 0;
    look(context);
    return own->shown != shown || (own->file && yd_class_file_count(own->file) != count);
}

static void end(const yd_screen_context *context)
{
    yd_classes *own = context->memory;
    forget_report(own);
    yd_class_file_destroy(own->file);
    *own = (yd_classes){0};
}

static void draw_top(const yd_screen_context *context, const yd_canvas *canvas)
{
    yd_classes *own = context->memory;
    if (own->types) {
        int x = yd_canvas_text(canvas, 0, 0, YD_STYLE_KEY, "/");
        x = yd_entry_draw(&own->entry, canvas, x, 0, canvas->width - x, YD_STYLE_VALUE);
        *context->cursor = (yd_cursor){x, 0};
        return;
    }
    const yd_class_report *report = &own->report;
    char map50[16], map[16], conf[16];
    const char *why = report->head.why == YD_CLASS_ASKED   ? ", as asked"
                      : report->head.why == YD_CLASS_FINAL ? ", best.pt at the end"
                                                           : "";
    int x = yd_canvas_textf(canvas, 0, 0, YD_STYLE_VALUE, "epoch %d%s", report->head.epoch, why);
    x = yd_canvas_textf(canvas, x, 0, YD_STYLE_DIM, ", validation %d of %d%s", own->shown + 1,
                        yd_class_file_count(own->file), own->follows ? " (follows)" : "");
    if (own->filter[0])
        x = yd_canvas_textf(canvas, x, 0, YD_STYLE_NOTICE, ", %d of %d classes: %s", own->count,
                            report->class_count, own->filter);
    char text[128];
    snprintf(text, sizeof text, "mAP %s / %s at confidence %s",
             yd_show_metric(map50, sizeof map50, report->map50),
             yd_show_metric(map, sizeof map, report->map50_95),
             yd_show_metric(conf, sizeof conf, report->confidence));
    if (canvas->width - x > (int)strlen(text) + 1)
        yd_canvas_text_right(canvas, canvas->width, 0, YD_STYLE_DIM, text);
}

static void draw_nothing(const yd_classes *own, const yd_canvas *canvas)
{
    if (own->problem[0]) {
        yd_canvas_text_cut(canvas, 1, 1, canvas->width - 1, YD_STYLE_WARNING, own->problem);
        return;
    }
    yd_canvas_text(canvas, 1, 1, YD_STYLE_DIM,
                   "No validation yet: each class is shown from the first one on.");
    yd_canvas_text(canvas, 1, 2, YD_STYLE_DIM,
                   "(Runs of other programs, and of before there was classes.jsonl, have none.)");
}

typedef void draw_part(const yd_screen_context *context, const yd_canvas *canvas, bool focus);

static void draw(const yd_screen_context *context, const yd_canvas *canvas)
{
    static draw_part *const parts[YD_CLASSES_PARTS] = {yd_classes_draw_table, yd_classes_draw_matrix,
                                                       yd_classes_draw_worst};
    static const char *const titles[YD_CLASSES_PARTS] = {"classes", "confusion: predicted down, true across",
                                                         "worst confusions"};
    yd_classes *own = context->memory;
    memset(own->places, 0, sizeof own->places);
    if (!own->has_report) {
        draw_nothing(own, canvas);
        return;
    }
    yd_canvas top = yd_canvas_part(canvas, (yd_rect){1, 0, canvas->width - 2, 1});
    draw_top(context, &top);
    if (own->types) context->cursor->x++;
    yd_rect body = {0, 1, canvas->width, canvas->height - 1};
    yd_classes_layout layout = yd_layout_classes(body, own->report.class_count, (int)own->part);
    for (int i = 0; i < YD_CLASSES_PARTS; i++) {
        const yd_panel_place *place = &layout.panels[i];
        yd_cursor typing = *context->cursor, *cursor = context->cursor;
        bool focus = own->part == (yd_classes_part)i && !own->types;
        if (place->outer.width < 1) continue;
        yd_canvas inside = yd_panel_draw(canvas, place, titles[i]);
        if (inside.width < 1 || inside.height < 1) continue;
        own->places[i] = yd_canvas_place(canvas, &inside);
        if (focus) cursor->x = -1;
        parts[i](context, &inside, focus);
        if (focus && cursor->x >= 0)
            cursor->x += own->places[i].x, cursor->y += own->places[i].y;
        else if (focus)
            *cursor = typing;
    }
}

static void set_filter(yd_classes *own, const char *text)
{
    yd_copy_text(own->filter, sizeof own->filter, text);
    sort_rows(own);
}

static void step_to(const yd_screen_context *context, int by)
{
    yd_classes *own = context->memory;
    int count = own->file ? yd_class_file_count(own->file) : 0, wanted = own->shown + by;
    if (!count || wanted < 0 || wanted >= count) {
        yd_services_say(context->services, YD_STYLE_DIM, "there is no %s validation",
                        by < 0 ? "earlier" : "later");
        return;
    }
    own->follows = wanted == count - 1;
    load(own, wanted);
}

static void sort_by(yd_classes *own, int column)
{
    own->reversed = own->sorted && own->column == (yd_class_column)column && !own->reversed;
    own->sorted = true;
    own->column = (yd_class_column)column;
    sort_rows(own);
}

/* To the next column, and after the last one back to the data set's order. */
static void sort_next(yd_classes *own)
{
    int next = own->sorted ? (int)own->column + 1 : 0;
    own->reversed = false;
    own->sorted = next < YD_CLASS_COLUMNS;
    own->column = own->sorted ? (yd_class_column)next : YD_CLASS_COLUMN_MAP;
    sort_rows(own);
}

static void move(yd_classes *own, int down, int right)
{
    int side = own->report.class_count + 1;
    if (own->part == YD_CLASSES_TABLE)
        own->chosen = in_range(own->chosen + down, own->count);
    else if (own->part == YD_CLASSES_WORST)
        own->worst_chosen = in_range(own->worst_chosen + down, own->worst_count);
    else {
        own->row = in_range(own->row + down, side);
        own->across = in_range(own->across + right, side);
    }
}

/* From a class to its place in the matrix, from a confusion to its cell. */
static void activate(yd_classes *own)
{
    if (own->part == YD_CLASSES_TABLE && own->count) {
        own->row = own->across = own->order[own->chosen];
        own->part = YD_CLASSES_MATRIX;
    } else if (own->part == YD_CLASSES_WORST && own->worst_count) {
        own->row = own->worst[own->worst_chosen]->predicted;
        own->across = own->worst[own->worst_chosen]->truth;
        own->part = YD_CLASSES_MATRIX;
    } else {
        own->part = YD_CLASSES_TABLE;
    }
}

static void copy(const yd_screen_context *context)
{
    const yd_classes *own = context->memory;
    char a[256], b[256], text[800];
    if (!own->has_report) return;
    if (own->part == YD_CLASSES_MATRIX && own->totals) {
        snprintf(text, sizeof text, "predicted %s, true %s: %.6g (%.0f)",
                 yd_classes_name(own, own->row, a, sizeof a), yd_classes_name(own, own->across, b, sizeof b),
                 yd_classes_share(own, own->row, own->across),
                 yd_class_report_count(&own->report, own->row, own->across));
    } else if (own->count) {
        const yd_class_row *row = &own->report.rows[own->order[own->chosen]];
        snprintf(text, sizeof text, "%s\t%lld\t%lld\t%.6g\t%.6g\t%.6g\t%.6g",
                 yd_classes_name(own, own->order[own->chosen], a, sizeof a), (long long)row->images,
                 (long long)row->labels, row->precision, row->recall, row->map50, row->map50_95);
    } else {
        return;
    }
    yd_services_copy(context->services, text);
}

static int page_of(const yd_classes *own)
{
    const int pages[YD_CLASSES_PARTS] = {own->page, own->rows, own->worst_page};
    return pages[own->part] > 1 ? pages[own->part] - 1 : 1;
}

static void act_in_part(yd_classes *own, yd_action action)
{
    enum { ALL = 1 << 20 };
    int page = page_of(own);
    if (action == YD_ACTION_UP) move(own, -1, 0);
    if (action == YD_ACTION_DOWN) move(own, 1, 0);
    if (action == YD_ACTION_LEFT) move(own, 0, -1);
    if (action == YD_ACTION_RIGHT) move(own, 0, 1);
    if (action == YD_ACTION_PAGE_UP) move(own, -page, 0);
    if (action == YD_ACTION_PAGE_DOWN) move(own, page, 0);
    if (action == YD_ACTION_FIRST) move(own, -ALL, -ALL);
    if (action == YD_ACTION_LAST) move(own, ALL, ALL);
}

static void act(const yd_screen_context *context, yd_action action)
{
    yd_classes *own = context->memory;
    switch (action) {
    case YD_ACTION_NEXT_PART:
        own->part = (yd_classes_part)((own->part + 1) % YD_CLASSES_PARTS);
        break;
    case YD_ACTION_EARLIER:
    case YD_ACTION_LATER:
        step_to(context, action == YD_ACTION_EARLIER ? -1 : 1);
        break;
    case YD_ACTION_SORT:
        sort_next(own);
        break;
    case YD_ACTION_REVERSE:
        own->sorted = true;
        own->reversed = !own->reversed;
        sort_rows(own);
        break;
    case YD_ACTION_NEARER:
        own->wanted_cell = own->cell >= 2 ? 4 : 2;
        break;
    case YD_ACTION_FARTHER:
        own->wanted_cell = own->cell > 2 ? 2 : 1;
        break;
    case YD_ACTION_FIT:
        own->wanted_cell = 0;
        break;
    case YD_ACTION_FILTER:
        own->types = true;
        own->entry = (yd_entry){.history = &own->filters};
        yd_entry_set(&own->entry, own->filter);
        break;
    case YD_ACTION_BACK:
        set_filter(own, "");
        break;
    case YD_ACTION_ACTIVATE:
        if (own->has_report) activate(own);
        break;
    case YD_ACTION_COPY:
        copy(context);
        break;
    default:
        if (own->has_report) act_in_part(own, action);
    }
}

static bool key(const yd_screen_context *context, int pressed)
{
    yd_classes *own = context->memory;
    if (!own->types) return false;
    yd_entry_result result = yd_entry_key(&own->entry, pressed);
    if (result == YD_ENTRY_EDITED) set_filter(own, own->entry.text);
    if (result == YD_ENTRY_CANCELLED) set_filter(own, "");
    if (result == YD_ENTRY_DONE || result == YD_ENTRY_CANCELLED) own->types = false;
    return true;
}

static bool paste(const yd_screen_context *context, const char *text)
{
    yd_classes *own = context->memory;
    if (!own->types) return false;
    yd_entry_insert(&own->entry, text);
    set_filter(own, own->entry.text);
    return true;
}

static bool command(const yd_screen_context *context, const char *verb, const char *argument, char *error,
                    size_t capacity)
{
    (void)verb, (void)error, (void)capacity; /* filter is the only one */
    set_filter(context->memory, argument);
    return true;
}

static bool within(const yd_rect *place, const yd_mouse *mouse)
{
    return mouse->x >= place->x && mouse->x < place->x + place->width && mouse->y >= place->y &&
           mouse->y < place->y + place->height;
}

static void press(yd_classes *own, int x, int y)
{
    const yd_rect *place = &own->places[own->part];
    if (own->part == YD_CLASSES_TABLE && y == 0) {
        int column = yd_classes_title_at(place->width, x);
        if (column >= 0) sort_by(own, column);
    } else if (own->part == YD_CLASSES_TABLE && y > 1) {
        own->chosen = in_range(own->top + y - 2, own->count);
    } else if (own->part == YD_CLASSES_WORST && y > 0) {
        own->worst_chosen = in_range(own->worst_top + y - 1, own->worst_count);
    } else if (own->part == YD_CLASSES_MATRIX && y > 0 && y <= own->rows && own->cell) {
        int cell = (x - own->left) / own->cell;
        if (x < own->left || cell >= own->columns) return;
        own->row = own->first_row + y - 1;
        own->across = own->first_across + cell;
    }
}

static bool mouse(const yd_screen_context *context, const yd_mouse *event)
{
    yd_classes *own = context->memory;
    if (event->kind != YD_MOUSE_PRESS && event->kind != YD_MOUSE_WHEEL) return false;
    for (int i = 0; i < YD_CLASSES_PARTS; i++) {
        if (!within(&own->places[i], event)) continue;
        own->part = (yd_classes_part)i;
        if (event->kind == YD_MOUSE_WHEEL)
            move(own,
                 event->button == -1  ? -3
                 : event->button == 1 ? 3
                                      : 0,
                 event->button == -2  ? -3
                 : event->button == 2 ? 3
                                      : 0);
        else
            press(own, event->x - own->places[i].x, event->y - own->places[i].y);
        return true;
    }
    return false;
}

const yd_screen yd_screen_classes = {.tab_key = '4',
                                     .name = "Classes",
                                     .place = YD_BINDING_CLASSES,
                                     .max_fps = 4,
                                     .memory = sizeof(yd_classes),
                                     .draw = draw,
                                     .act = act,
                                     .key = key,
                                     .paste = paste,
                                     .command = command,
                                     .mouse = mouse,
                                     .tick = tick,
                                     .opened = opened,
                                     .end = end};
