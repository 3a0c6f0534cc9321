#include "tui/screens/branch_form.h"
#include "base/file.h"
#include "base/text.h"
#include "tui/show.h"
#include "tui/widgets/panel.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char launch_name[] = "branch";

void yd_branch_form_open(yd_branch_form *form, const yd_screen_context *context)
{
    if (!context->services->run_folder[0]) {
        yd_services_say(context->services, YD_STYLE_BAD, "no run is open");
        return;
    }
    if (!form->branch) form->branch = calloc(1, sizeof *form->branch);
    if (!form->branch) {
        yd_services_say(context->services, YD_STYLE_BAD, "no memory");
        return;
    }
    yd_branch_load(form->branch, context->services->run_folder, context->view->block.epochs);
    form->open = true;
    form->editing = false;
    form->state = form->state == YD_BRANCH_STARTING ? YD_BRANCH_STARTING : YD_BRANCH_OPEN;
    form->said[0] = '\0';
}

bool yd_branch_form_look(yd_branch_form *form, const yd_screen_context *context)
{
    yd_branch *branch = form->branch;
    int count = branch->file_count;
    char newest[sizeof branch->files[0].name];
    yd_copy_text(newest, sizeof newest, count ? branch->files[0].name : "");
    yd_branch_load(branch, context->services->run_folder, context->view->block.epochs);
    return branch->file_count != count || (count && strcmp(newest, branch->files[0].name) != 0);
}

void yd_branch_form_free(yd_branch_form *form)
{
    free(form->branch);
    *form = (yd_branch_form){0};
}

/* ---- drawing ---- */

enum { NAME = 1, PARENT = 18, DECIDED = 32, MEANING = 50, NOTES = 6 };

static void draw_checkpoint(const yd_branch_form *form, const yd_screen_context *context,
                            const yd_canvas *canvas, int y)
{
    const yd_branch *branch = form->branch;
    if (!branch->file_count) return;
    const yd_branch_file *file = &branch->files[branch->file];
    char name[1024], bytes[32], clock[32], line[1200];
    bool last = strcmp(file->name, "last.pt") == 0 || strcmp(file->name, "best.pt") == 0;
    bool bare = last && yd_run_view_ended(context->view);
    snprintf(line, sizeof line, "%s  %s  %s  %d of %d%s", yd_escape(name, sizeof name, file->name),
             yd_show_bytes(bytes, sizeof bytes, file->bytes),
             yd_show_clock(clock, sizeof clock, file->changed_ns), branch->file + 1, branch->file_count,
             bare ? ": of a run that has ended, weights alone" : "");
    yd_canvas_text_cut(canvas, PARENT, y, canvas->width - PARENT, YD_STYLE_VALUE, line);
}

static void draw_row(yd_branch_form *form, const yd_screen_context *context, const yd_canvas *canvas, int y,
                     yd_branch_row row, yd_cursor *focus)
{
    char parent[YD_BRANCH_TEXT], decided[YD_BRANCH_TEXT], shown[4 * YD_BRANCH_TEXT], meaning[200];
    bool chosen = form->chosen == (int)row;
    if (chosen) yd_canvas_put(canvas, 0, y, '>', YD_STYLE_KEY);
    yd_canvas_text(canvas, NAME, y, chosen ? YD_STYLE_SELECTED : YD_STYLE_TEXT, yd_branch_row_name(row));
    if (chosen) *focus = (yd_cursor){0, y};
    if (row == YD_BRANCH_CHECKPOINT) {
        draw_checkpoint(form, context, canvas, y);
        return;
    }
    yd_branch_row_values(form->branch, row, parent, decided);
    yd_canvas_text_cut(canvas, PARENT, y, DECIDED - 1 - PARENT, decided[0] ? YD_STYLE_DIM : YD_STYLE_VALUE,
                       parent);
    if (chosen && form->editing) {
        int x = yd_canvas_text(canvas, DECIDED - 3, y, YD_STYLE_DIM, "-> ");
        int at = yd_entry_draw(&form->entry, canvas, x, y, canvas->width - x, YD_STYLE_VALUE);
        *focus = (yd_cursor){at, y};
        return;
    }
    if (decided[0]) yd_canvas_text(canvas, DECIDED - 3, y, YD_STYLE_NOTICE, "-> ");
    yd_canvas_text_cut(canvas, DECIDED, y, MEANING - 1 - DECIDED, YD_STYLE_NOTICE,
                       yd_escape(shown, sizeof shown, decided));
    yd_branch_row_meaning(row, meaning, sizeof meaning);
    yd_canvas_text_cut(canvas, MEANING, y, canvas->width - MEANING, YD_STYLE_DIM, meaning);
}

/* What a second run on the same processors costs the first. */
static void draw_cost(const yd_screen_context *context, const yd_canvas *canvas)
{
    const yd_status_block *block = &context->view->block;
    char now[32], then[32], line[400];
    snprintf(line, sizeof line, "%s is being trained on this machine: both will be about half as fast",
             context->run_name);
    yd_canvas_text_cut(canvas, 0, 1, canvas->width, YD_STYLE_WARNING, line);
    if (!isfinite(block->eta_seconds)) return;
    snprintf(line, sizeof line, "it ends in %s, then in about %s",
             yd_show_duration(now, sizeof now, block->eta_seconds),
             yd_show_duration(then, sizeof then, 2 * block->eta_seconds));
    yd_canvas_text_cut(canvas, 0, 2, canvas->width, YD_STYLE_WARNING, line);
}

static void draw_notes(const yd_branch_form *form, const yd_screen_context *context, const yd_canvas *canvas)
{
    static const char *const hints[] = {
        [YD_BRANCH_OPEN] = "Enter types a value, on \"start\" it starts; Esc closes, what was typed stays",
        [YD_BRANCH_WARNED] = "Enter starts it all the same; p pauses the run first",
        [YD_BRANCH_STARTING] = "it is being started ...",
        [YD_BRANCH_STARTED] = "Enter watches it, Esc stays here"};
    char line[640];
    yd_branch_row_meaning((yd_branch_row)form->chosen, line, sizeof line);
    yd_canvas_text_cut(canvas, 0, 0, canvas->width, YD_STYLE_TEXT, line);
    bool good = form->state == YD_BRANCH_STARTED;
    if (!form->said[0] && form->branch->problem[0])
        yd_escape(line, sizeof line, form->branch->problem);
    else
        yd_copy_text(line, sizeof line, form->said);
    yd_canvas_text_cut(canvas, 0, 1, canvas->width, good ? YD_STYLE_GOOD : YD_STYLE_BAD, line);
    if (form->state == YD_BRANCH_WARNED) draw_cost(context, canvas);
    if (canvas->height > 1)
        yd_canvas_text_cut(canvas, 0, canvas->height - 1, canvas->width, YD_STYLE_DIM, hints[form->state]);
}

void yd_branch_form_draw(yd_branch_form *form, const yd_screen_context *context, const yd_canvas *canvas)
{
    int notes = canvas->height > NOTES + 4 ? NOTES : 0;
    yd_cursor focus = {.x = -1};
    char title[300];
    const yd_panel_place upper = {
        .outer = {0, 0, canvas->width, canvas->height - notes}, .first = true, .last = !notes};
    const yd_panel_place lower = {.outer = {0, canvas->height - notes, canvas->width, notes}, .last = true};
    snprintf(title, sizeof title, "branch off %s", context->run_name);
    yd_canvas part = yd_panel_draw(canvas, &upper, title);
    form->list = yd_canvas_place(canvas, &part);
    if (form->chosen < form->top) form->top = form->chosen;
    if (part.height > 0 && form->chosen >= form->top + part.height)
        form->top = form->chosen - part.height + 1;
    for (int y = 0; y < part.height && form->top + y < YD_BRANCH_ROWS; y++)
        draw_row(form, context, &part, y, (yd_branch_row)(form->top + y), &focus);
    if (context->cursor && focus.x >= 0)
        *context->cursor = (yd_cursor){form->list.x + focus.x, form->list.y + focus.y};
    if (!notes) return;
    part = yd_panel_draw(canvas, &lower, yd_branch_row_name((yd_branch_row)form->chosen));
    draw_notes(form, context, &part);
}

/* ---- keys ---- */

static void choose(yd_branch_form *form, int row)
{
    if (row < 0) row = 0;
    if (row >= YD_BRANCH_ROWS) row = YD_BRANCH_ROWS - 1;
    form->chosen = row;
    form->editing = false;
    if (form->state == YD_BRANCH_WARNED) form->state = YD_BRANCH_OPEN;
}

static void start(yd_branch_form *form, const yd_screen_context *context)
{
    yd_services *services = context->services;
    const yd_run_view *view = context->view;
    bool busy = view->has_block && !yd_run_view_ended(view) && view->state != YD_RUN_PAUSED;
    yd_branch_command command;
    form->said[0] = '\0';
    if (form->branch->problem[0]) return; /* it is shown */
    if (!services->launcher) {
        yd_copy_text(form->said, sizeof form->said, "no other program can be started from here");
    } else if (busy && form->state != YD_BRANCH_WARNED) {
        form->state = YD_BRANCH_WARNED;
    } else {
        yd_branch_command_of(form->branch, &command);
        bool started = yd_launcher_start(services->launcher, command.arguments, launch_name);
        form->state = started ? YD_BRANCH_STARTING : YD_BRANCH_OPEN;
        if (!started)
            yd_copy_text(form->said, sizeof form->said, "not now, another program is being started");
    }
}

static void activate(yd_branch_form *form, const yd_screen_context *context)
{
    if (form->state == YD_BRANCH_STARTED) {
        yd_services_open_run(context->services, form->folder);
        yd_services_show_screen(context->services, "charts");
        form->open = false;
    } else if (form->state == YD_BRANCH_STARTING)
        return;
    else if (form->chosen == YD_BRANCH_START)
        start(form, context);
    else if (form->chosen != YD_BRANCH_CHECKPOINT) {
        form->editing = true;
        form->entry = (yd_entry){0};
    }
}

static bool key_to_entry(yd_branch_form *form, int key)
{
    switch (yd_entry_key(&form->entry, key)) {
    case YD_ENTRY_DONE:
        form->said[0] = '\0';
        form->editing = !yd_branch_set(form->branch, (yd_branch_row)form->chosen, form->entry.text,
                                       form->said, sizeof form->said);
        return true;
    case YD_ENTRY_CANCELLED:
        form->editing = false;
        form->said[0] = '\0';
        return true;
    case YD_ENTRY_IGNORED:
        return key == YD_KEY_UP || key == YD_KEY_DOWN;
    default:
        return true;
    }
}

bool yd_branch_form_key(yd_branch_form *form, const yd_screen_context *context, int key)
{
    if (form->editing) return key_to_entry(form, key);
    int page = form->list.height > 1 ? form->list.height - 1 : 1;
    if ((key == YD_KEY_LEFT || key == YD_KEY_RIGHT) && form->chosen == YD_BRANCH_CHECKPOINT) {
        yd_branch_choose(form->branch, key == YD_KEY_LEFT ? -1 : 1);
        return true;
    }
    switch (yd_keymap_action(context->services->keymap, key, YD_BINDING_OVERLAY)) {
    case YD_ACTION_UP:
        choose(form, form->chosen - 1);
        return true;
    case YD_ACTION_DOWN:
        choose(form, form->chosen + 1);
        return true;
    case YD_ACTION_PAGE_UP:
        choose(form, form->chosen - page);
        return true;
    case YD_ACTION_PAGE_DOWN:
        choose(form, form->chosen + page);
        return true;
    case YD_ACTION_FIRST:
        choose(form, 0);
        return true;
    case YD_ACTION_LAST:
        choose(form, YD_BRANCH_ROWS - 1);
        return true;
    case YD_ACTION_ACTIVATE:
        activate(form, context);
        return true;
    case YD_ACTION_BACK:
        form->open = false;
        return true;
    default:
        return false;
    }
}

bool yd_branch_form_paste(yd_branch_form *form, const char *text)
{
    if (form->editing) yd_entry_insert(&form->entry, text);
    return form->editing;
}

bool yd_branch_form_mouse(yd_branch_form *form, const yd_screen_context *context, const yd_mouse *mouse)
{
    int row = form->top + mouse->y - form->list.y;
    bool inside = mouse->x >= form->list.x && mouse->x < form->list.x + form->list.width &&
                  mouse->y >= form->list.y && mouse->y < form->list.y + form->list.height &&
                  row < YD_BRANCH_ROWS;
    if (mouse->kind == YD_MOUSE_WHEEL && (mouse->button == 1 || mouse->button == -1)) {
        choose(form, form->chosen + mouse->button);
        return true;
    }
    if (mouse->kind != YD_MOUSE_PRESS || mouse->button != 1 || !inside) return false;
    if (row == form->chosen)
        activate(form, context);
    else
        choose(form, row);
    return true;
}

bool yd_branch_form_launched(yd_branch_form *form, const yd_launch_result *result)
{
    static const char before[] = " runs as process ";
    const char *line = strncmp(result->line, "yolodeck: ", 10) == 0 ? result->line + 10 : result->line;
    const char *end = strstr(result->line, before);
    if (strcmp(result->what, launch_name) != 0) return false;
    form->state = YD_BRANCH_OPEN;
    if (result->status == 0 && end) {
        snprintf(form->folder, sizeof form->folder, "%.*s", (int)(end - result->line), result->line);
        char name[256];
        snprintf(form->said, sizeof form->said, "%s was started",
                 yd_escape(name, sizeof name, yd_path_name(form->folder)));
        form->state = YD_BRANCH_STARTED;
    } else {
        yd_escape(form->said, sizeof form->said, line[0] ? line : "it ended without a word");
    }
    return true;
}
