/* What can be changed while the run lives: each value with its range and the first batch that a change would
 * affect, what it would do before it is asked for, what the run answered, and what was changed so far. */
#include "base/file.h"
#include "base/text.h"
#include "event/tweaks.h"
#include "tui/screens/branch_form.h"
#include "tui/screens/tune_panels.h"
#include "tui/tune_effect.h"
#include "tui/tune_layout.h"
#include "tui/widgets/entry.h"
#include "tui/widgets/panel.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LOOK_NS 1000000000LL /* the ledger is looked at so often */

/* What became of the last change of a value that was asked for here. */
typedef enum yd_outcome { NOTHING, WAITING, DONE, REFUSED } yd_outcome;
typedef struct request {
    yd_outcome state;
    uint32_t number;
    char text[512]; /* escaped */
} request;

typedef struct memory {
    int chosen, top, rows; /* of the list; rows: as drawn last */
    yd_rect list;          /* of the values, on the screen's canvas, as drawn last */
    yd_cursor focus;       /* within the panel of the values */
    bool editing;
    yd_entry entry;
    request asked[YD_TWEAK_COUNT];
    bool has_ledger;
    yd_ledger ledger;
    int64_t looked_ns;
    yd_branch_form branch;
    struct timespec changed; /* of the ledger's file */
    int64_t size;
} memory;

/* ---- the ledger ---- */

static bool look_at_ledger(const yd_screen_context *context)
{
    memory *own = context->memory;
    char path[4200];
    struct stat info;
    own->looked_ns = context->now_ns;
    if (!yd_path_join(path, sizeof path, context->services->run_folder, "tweaks.jsonl")) return false;
    if (stat(path, &info) != 0) return false;
    bool same = own->size == info.st_size && own->changed.tv_sec == info.st_mtim.tv_sec &&
                own->changed.tv_nsec == info.st_mtim.tv_nsec;
    if (same && own->has_ledger) return false;
    if (own->has_ledger) yd_ledger_free(&own->ledger);
    own->ledger = YD_LEDGER;
    own->has_ledger = true;
    own->size = info.st_size;
    own->changed = info.st_mtim;
    yd_ledger_read(&own->ledger, path, NULL); /* one that cannot be read is shown as empty */
    return true;
}

static void opened(const yd_screen_context *context)
{
    look_at_ledger(context);
}

static bool tick(const yd_screen_context *context)
{
    memory *own = context->memory;
    if (context->now_ns - own->looked_ns < LOOK_NS) return false;
    bool form = own->branch.open && yd_branch_form_look(&own->branch, context);
    return look_at_ledger(context) || form;
}

static void end(const yd_screen_context *context)
{
    memory *own = context->memory;
    if (own->has_ledger) yd_ledger_free(&own->ledger);
    yd_branch_form_free(&own->branch);
}

/* ---- drawing ---- */

/* The value that would be asked for; false where none is typed, or none that the run would take. */
static bool proposed(const memory *own, const yd_status_block *block, double *value)
{
    return own->editing && own->entry.text[0] &&
           yd_tweak_parse(block, (yd_tweak)own->chosen, own->entry.text, value);
}

static void range_text(const yd_status_block *block, yd_tweak tweak, char *out, size_t capacity)
{
    yd_tweak_range range = yd_tweak_range_of(block, tweak);
    char low[40], high[40], grid[32] = "";
    if (range.grid > 0) snprintf(grid, sizeof grid, " by %.0f", range.grid);
    snprintf(out, capacity, "%s to %s%s", yd_tweak_text(tweak, range.low, low, sizeof low),
             yd_tweak_text(tweak, range.high, high, sizeof high), grid);
}

enum { NAME = 1, RANGE = 22, FIRST = 40, MEANING = 52 }; /* columns; the value ends before its range */

static void draw_asked(const request *asked, const yd_canvas *canvas, int y)
{
    static const struct {
        const char *word;
        yd_style style;
    } looks[] = {[WAITING] = {"asked", YD_STYLE_NOTICE},
                 [DONE] = {"done", YD_STYLE_GOOD},
                 [REFUSED] = {"refused", YD_STYLE_BAD}};
    int x = yd_canvas_textf(canvas, RANGE, y, looks[asked->state].style, "%s%s", looks[asked->state].word,
                            asked->text[0] ? ": " : "");
    yd_canvas_text_cut(canvas, x, y, canvas->width - x, looks[asked->state].style, asked->text);
}

static void draw_value(const yd_screen_context *context, const yd_canvas *canvas, int y, yd_tweak tweak)
{
    memory *own = context->memory;
    const yd_status_block *block = &context->view->block;
    bool chosen = own->chosen == (int)tweak;
    char text[64];
    yd_style style = chosen ? YD_STYLE_SELECTED : YD_STYLE_TEXT;
    if (chosen) yd_canvas_put(canvas, 0, y, '>', YD_STYLE_KEY);
    yd_canvas_text(canvas, NAME, y, style, yd_tweak_rows[tweak].name);
    yd_tweak_text(tweak, yd_tweak_get(block, tweak), text, sizeof text);
    yd_canvas_text_right(canvas, RANGE - 2, y, YD_STYLE_VALUE, text);
    if (chosen && own->editing) {
        int x = yd_canvas_text(canvas, RANGE, y, YD_STYLE_DIM, "-> ");
        int at = yd_entry_draw(&own->entry, canvas, x, y, canvas->width - x, YD_STYLE_VALUE);
        own->focus = (yd_cursor){at, y};
        return;
    }
    if (own->asked[tweak].state != NOTHING) {
        draw_asked(&own->asked[tweak], canvas, y);
        return;
    }
    bool over = yd_run_view_ended(context->view); /* nothing may be, and nothing would hold */
    range_text(block, tweak, text, sizeof text);
    yd_canvas_text_cut(canvas, RANGE, y, FIRST - 1 - RANGE, YD_STYLE_DIM, over ? "-" : text);
    yd_tune_first_text(block, tweak, text, sizeof text);
    yd_canvas_text_cut(canvas, FIRST, y, MEANING - 1 - FIRST, YD_STYLE_DIM, over ? "-" : text);
    yd_canvas_text_cut(canvas, MEANING, y, canvas->width - MEANING, YD_STYLE_DIM,
                       yd_tweak_rows[tweak].meaning);
}

static void draw_values(const yd_screen_context *context, const yd_canvas *canvas)
{
    memory *own = context->memory;
    int y = 0;
    if (canvas->height > YD_TWEAK_COUNT) {
        yd_canvas_text(canvas, NAME, y, YD_STYLE_DIM, "value");
        yd_canvas_text_right(canvas, RANGE - 2, y, YD_STYLE_DIM,
                             yd_run_view_ended(context->view) ? "last" : "now");
        yd_canvas_text(canvas, RANGE, y, YD_STYLE_DIM, "may be");
        yd_canvas_text(canvas, FIRST, y, YD_STYLE_DIM, "holds from");
        yd_canvas_text_cut(canvas, MEANING, y++, canvas->width - MEANING, YD_STYLE_DIM, "what it is");
    }
    own->rows = canvas->height - y;
    own->list = (yd_rect){0, y, canvas->width, own->rows};
    if (own->chosen < own->top) own->top = own->chosen;
    if (own->rows > 0 && own->chosen >= own->top + own->rows) own->top = own->chosen - own->rows + 1;
    if (own->rows >= YD_TWEAK_COUNT) own->top = 0;
    own->focus = (yd_cursor){0, y + own->chosen - own->top};
    for (int i = own->top; i < YD_TWEAK_COUNT && y < canvas->height; i++, y++)
        draw_value(context, canvas, y, (yd_tweak)i);
}

/* One line of words, wrapped at blanks; returns the row behind it. */
static int draw_wrapped(const yd_canvas *canvas, int y, yd_style style, const char *text)
{
    while (*text && y < canvas->height) {
        char line[256];
        size_t length = strlen(text), most = canvas->width > 0 ? (size_t)canvas->width : 1;
        if (most > sizeof line - 1) most = sizeof line - 1;
        if (length > most) { /* ASCII, so that bytes are cells */
            length = most;
            while (length > 0 && text[length] != ' ') length--;
            if (!length) length = most;
        }
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        yd_canvas_text(canvas, 0, y++, style, line);
        text += length + (text[length] == ' ');
    }
    return y;
}

static bool has_curve(const memory *own)
{
    return own->chosen == YD_TWEAK_lr_scale || own->chosen == YD_TWEAK_epochs;
}

static const char *hint_of(const memory *own, const yd_run_view *view, bool good)
{
    if (yd_run_view_ended(view)) return "the run has ended: no more changes";
    if (!own->editing) return "Enter types a value, + and - step";
    return good || !own->entry.text[0] ? "Enter asks the run for it, Esc drops it" : "";
}

static void draw_effect(const yd_screen_context *context, const yd_canvas *canvas)
{
    const memory *own = context->memory;
    const yd_run_view *view = context->view;
    yd_tweak tweak = (yd_tweak)own->chosen;
    yd_status_block then = view->block;
    double value = yd_tweak_get(&view->block, tweak);
    bool good = proposed(own, &view->block, &value), wrong = own->editing && own->entry.text[0] && !good;
    char wanted[128], line[160];
    yd_tune_effect effect;
    int y = draw_wrapped(canvas, 0, YD_STYLE_TEXT, yd_tweak_rows[tweak].meaning);
    if (wrong) {
        yd_tweak_wanted(&view->block, tweak, wanted, sizeof wanted);
        snprintf(line, sizeof line, "must be %s", wanted);
        y = draw_wrapped(canvas, y, YD_STYLE_BAD, line);
    } else if (!yd_run_view_ended(view)) {
        yd_tune_effect_of(view, tweak, value, &effect);
        for (int i = 0; i < effect.count; i++)
            y = draw_wrapped(canvas, y, good ? YD_STYLE_NOTICE : YD_STYLE_DIM, effect.lines[i]);
    }
    if (own->asked[tweak].state >= DONE && !own->editing)
        y = draw_wrapped(canvas, y, own->asked[tweak].state == DONE ? YD_STYLE_GOOD : YD_STYLE_BAD,
                         own->asked[tweak].text);
    int hint = canvas->height - 1;
    if (hint >= y) yd_canvas_text_cut(canvas, 0, hint, canvas->width, YD_STYLE_DIM, hint_of(own, view, good));
    yd_tweak_set(&then, tweak, value);
    if (!has_curve(own)) return;
    enum { TALLEST = 20 };
    int rows = hint - y - 1 < TALLEST ? hint - y - 1 : TALLEST;
    yd_canvas chart = yd_canvas_part(canvas, (yd_rect){0, y + (rows > 6), canvas->width, rows - (rows > 6)});
    yd_tune_draw_plan(view, &then, &chart);
}

static void draw(const yd_screen_context *context, const yd_canvas *canvas)
{
    memory *own = context->memory;
    if (own->branch.open) {
        yd_branch_form_draw(&own->branch, context, canvas);
        return;
    }
    const yd_tune_layout layout = yd_layout_tune((yd_rect){0, 0, canvas->width, canvas->height},
                                                 YD_TWEAK_COUNT, own->editing && has_curve(own));
    yd_canvas part = yd_panel_draw(canvas, &layout.values, "live values");
    if (!context->view->has_block) {
        yd_canvas_text_cut(&part, 0, 0, part.width, YD_STYLE_DIM, "nothing is known of the run yet");
        return;
    }
    draw_values(context, &part);
    yd_rect place = yd_canvas_place(canvas, &part);
    own->list.x += place.x, own->list.y += place.y;
    if (context->cursor) *context->cursor = (yd_cursor){place.x + own->focus.x, place.y + own->focus.y};
    part = yd_panel_draw(canvas, &layout.effect, yd_tweak_rows[own->chosen].name);
    draw_effect(context, &part);
    part = yd_panel_draw(canvas, &layout.history, "changed so far");
    yd_tune_draw_history(&own->ledger, context->view->block.batches, &part);
}

/* ---- keys ---- */

static bool may_change(const yd_screen_context *context)
{
    if (!yd_run_view_ended(context->view) && context->view->has_block) return true;
    yd_services_say(context->services, YD_STYLE_BAD, "the run has ended: nothing can be changed any more");
    return false;
}

static void begin_edit(const yd_screen_context *context)
{
    memory *own = context->memory;
    if (own->editing || !may_change(context)) return;
    own->editing = true;
    own->entry = (yd_entry){0};
}

/* A step from what is typed, or from what is. */
static void step(const yd_screen_context *context, int direction)
{
    memory *own = context->memory;
    const yd_status_block *block = &context->view->block;
    yd_tweak tweak = (yd_tweak)own->chosen;
    double value = yd_tweak_get(block, tweak);
    char text[64];
    begin_edit(context);
    if (!own->editing) return;
    proposed(own, block, &value);
    value = yd_tweak_step(block, tweak, value, direction);
    yd_entry_set(&own->entry, yd_tweak_text(tweak, value, text, sizeof text));
}

static void ask(const yd_screen_context *context)
{
    memory *own = context->memory;
    yd_tweak tweak = (yd_tweak)own->chosen;
    request *asked = &own->asked[tweak];
    double value;
    char text[64], argument[128], wanted[128];
    if (!own->entry.text[0]) {
        own->editing = false;
        return;
    }
    if (!proposed(own, &context->view->block, &value)) {
        yd_tweak_wanted(&context->view->block, tweak, wanted, sizeof wanted);
        yd_services_say(context->services, YD_STYLE_BAD, "%s must be %s", yd_tweak_rows[tweak].name, wanted);
        return;
    }
    yd_tweak_text(tweak, value, text, sizeof text);
    snprintf(argument, sizeof argument, "%s %s", yd_tweak_rows[tweak].name, text);
    if (!yd_services_send(context->services, YD_COMMAND_SET, argument, argument)) return;
    own->editing = false;
    *asked = (request){.state = WAITING, .number = context->services->steer.sent};
    snprintf(asked->text, sizeof asked->text, "%s, at the next batch", text);
}

static void answered(const yd_screen_context *context, const yd_steer_result *result)
{
    memory *own = context->memory;
    for (int i = 0; i < YD_TWEAK_COUNT; i++) {
        request *asked = &own->asked[i];
        if (asked->state != WAITING || asked->number != result->number) continue;
        asked->state = result->done ? DONE : REFUSED;
        yd_copy_text(asked->text, sizeof asked->text, result->text);
        look_at_ledger(context);
    }
}

static void choose(memory *own, int chosen)
{
    if (chosen < 0) chosen = 0;
    if (chosen >= YD_TWEAK_COUNT) chosen = YD_TWEAK_COUNT - 1;
    if (chosen == own->chosen) return;
    /* What was answered has been read. */
    if (own->asked[own->chosen].state >= DONE) own->asked[own->chosen].state = NOTHING;
    own->chosen = chosen;
    own->editing = false;
}

/* '-' is a sign where a number or an exponent begins, else a step. */
static bool is_sign(const yd_entry *entry, int key)
{
    char before = entry->cursor > 0 ? entry->text[entry->cursor - 1] : 'e';
    return (key == '-' || key == '+') && (before == 'e' || before == 'E');
}

static bool key(const yd_screen_context *context, int typed)
{
    memory *own = context->memory;
    if (own->branch.open) return yd_branch_form_key(&own->branch, context, typed);
    if (!own->editing) return false;
    if (typed == YD_KEY_UP || typed == YD_KEY_DOWN)
        step(context, typed == YD_KEY_UP ? 1 : -1);
    else if ((typed == '+' || typed == '-' || typed == '=') && !is_sign(&own->entry, typed))
        step(context, typed == '-' ? -1 : 1);
    else
        switch (yd_entry_key(&own->entry, typed)) {
        case YD_ENTRY_DONE:
            ask(context);
            break;
        case YD_ENTRY_CANCELLED:
            own->editing = false;
            break;
        case YD_ENTRY_IGNORED:
            return false;
        default:
            break;
        }
    return true;
}

static bool paste(const yd_screen_context *context, const char *text)
{
    memory *own = context->memory;
    if (own->branch.open) return yd_branch_form_paste(&own->branch, text);
    if (own->editing) yd_entry_insert(&own->entry, text);
    return own->editing;
}

static void copy(const yd_screen_context *context)
{
    const memory *own = context->memory;
    char value[64], text[128];
    if (!context->view->has_block) return;
    yd_tweak_text((yd_tweak)own->chosen, yd_tweak_get(&context->view->block, (yd_tweak)own->chosen), value,
                  sizeof value);
    snprintf(text, sizeof text, "%s %s", yd_tweak_rows[own->chosen].name, value);
    yd_services_copy(context->services, text);
}

static void act(const yd_screen_context *context, yd_action action)
{
    memory *own = context->memory;
    switch (action) {
    case YD_ACTION_UP:
        choose(own, own->chosen - 1);
        break;
    case YD_ACTION_DOWN:
        choose(own, own->chosen + 1);
        break;
    case YD_ACTION_FIRST:
        choose(own, 0);
        break;
    case YD_ACTION_LAST:
        choose(own, YD_TWEAK_COUNT - 1);
        break;
    case YD_ACTION_ACTIVATE:
        begin_edit(context);
        break;
    case YD_ACTION_INCREASE:
        step(context, 1);
        break;
    case YD_ACTION_DECREASE:
        step(context, -1);
        break;
    case YD_ACTION_BRANCH:
        yd_branch_form_open(&own->branch, context);
        break;
    case YD_ACTION_COPY:
        copy(context);
        break;
    default:
        break;
    }
}

static bool mouse(const yd_screen_context *context, const yd_mouse *mouse)
{
    memory *own = context->memory;
    if (own->branch.open) return yd_branch_form_mouse(&own->branch, context, mouse);
    int row = own->top + mouse->y - own->list.y;
    bool inside = mouse->x >= own->list.x && mouse->x < own->list.x + own->list.width &&
                  mouse->y >= own->list.y && mouse->y < own->list.y + own->list.height &&
                  row < YD_TWEAK_COUNT;
    if (mouse->kind != YD_MOUSE_PRESS || mouse->button != 1 || !inside) return false;
    if (row == own->chosen)
        begin_edit(context);
    else
        choose(own, row);
    return true;
}

static bool launched(const yd_screen_context *context, const yd_launch_result *result)
{
    memory *own = context->memory;
    if (!yd_branch_form_launched(&own->branch, result)) return false;
    bool good = own->branch.state == YD_BRANCH_STARTED;
    yd_services_say(context->services, good ? YD_STYLE_GOOD : YD_STYLE_BAD, "branch: %s", own->branch.said);
    return true;
}

const yd_screen yd_screen_tune = {.tab_key = '5',
                                  .name = "Tune",
                                  .place = YD_BINDING_TUNE,
                                  .max_fps = 4,
                                  .memory = sizeof(memory),
                                  .draw = draw,
                                  .act = act,
                                  .key = key,
                                  .paste = paste,
                                  .answered = answered,
                                  .launched = launched,
                                  .mouse = mouse,
                                  .tick = tick,
                                  .opened = opened,
                                  .end = end};
