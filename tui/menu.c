#include "tui/menu.h"
#include "tui/show.h"
#include "tui/widgets/panel.h"
#include "tui/widgets/table.h"
#include <math.h>
#include <stdio.h>

enum { CHOICES = 3, COST = 96 };

static void stop_costs(const yd_run_view *view, int64_t wall_ns, char out[CHOICES][COST])
{
    char duration[32];
    (void)wall_ns;
    snprintf(out[0], COST, "at once; saved, resumes exactly here");
    double epoch = view->has_block ? view->block.epoch_eta_seconds : NAN;
    if (isfinite(epoch))
        snprintf(out[1], COST, "in about %s; saved", yd_show_duration(duration, sizeof duration, epoch));
    else
        snprintf(out[1], COST, "when the epoch is done; saved");
    if (isfinite(view->validation_seconds))
        snprintf(out[2], COST, "in about %s; best.pt made ready",
                 yd_show_duration(duration, sizeof duration, view->validation_seconds));
    else
        snprintf(out[2], COST, "one validation; best.pt made ready");
}

/* Which file it will be the engine finds out, which reads them. */
static void rollback_costs(const yd_run_view *view, int64_t wall_ns, char out[CHOICES][COST])
{
    char duration[32];
    double age = (double)(wall_ns - view->saved_wall_ns) / 1e9;
    if (view->saved_wall_ns && age >= 0)
        snprintf(out[0], COST, "the last one was saved %s ago",
                 yd_show_duration(duration, sizeof duration, age));
    else
        snprintf(out[0], COST, "by weights and losses");
    snprintf(out[1], COST, "type its name");
}

static const struct {
    const char *title, *hint;
    void (*costs)(const yd_run_view *view, int64_t wall_ns, char out[CHOICES][COST]);
    int count;
    yd_menu_choice choices[CHOICES];
} menus[] = {
    [YD_MENU_STOP] = {"end the run",
                      "Enter ends it so, Esc goes on; Ctrl-C again: save, stop now",
                      stop_costs,
                      3,
                      {{"after this batch", YD_COMMAND_STOP, "now", "end after this batch", NULL},
                       {"after this epoch", YD_COMMAND_STOP, "epoch", "end after this epoch", NULL},
                       {"after a final validation", YD_COMMAND_STOP, "final", "end after a final validation",
                        NULL}}},
    [YD_MENU_ROLLBACK] = {"go back to a checkpoint",
                          "what came later is undone: rows, live changes; Esc goes on",
                          rollback_costs,
                          2,
                          {{"the newest that is finite", YD_COMMAND_ROLLBACK, "",
                            "go back to the last good state", NULL},
                           {"another one of weights/", YD_COMMAND_ROLLBACK, "", "", "rollback "}}},
};

int yd_menu_count(yd_menu menu)
{
    return menus[menu].count;
}

const yd_menu_choice *yd_menu_at(yd_menu menu, int i)
{
    return &menus[menu].choices[i];
}

yd_rect yd_menu_draw(yd_menu menu, const yd_run_view *view, int chosen, int64_t wall_ns,
                     const yd_canvas *canvas, yd_cursor *cursor)
{
    static const char *const keys[CHOICES] = {"1", "2", "3"};
    char cost[CHOICES][COST];
    yd_table_row rows[CHOICES];
    int count = menus[menu].count;
    menus[menu].costs(view, wall_ns, cost);
    for (int i = 0; i < count; i++)
        rows[i] = (yd_table_row){{keys[i], menus[menu].choices[i].row, cost[i], NULL}};
    yd_table table = {.rows = rows, .count = count, .chosen = chosen};
    int width = yd_table_width(&table, canvas), hint = yd_canvas_text_width(canvas, menus[menu].hint);
    yd_canvas box = yd_box_draw(canvas, width > hint ? width : hint, count + 2, menus[menu].title);
    bool hinted = box.height > count + 1;
    yd_canvas list = yd_canvas_part(&box, (yd_rect){0, 0, box.width, hinted ? box.height - 2 : box.height});
    int row = yd_table_draw(&table, &list);
    if (hinted) yd_canvas_text_cut(&box, 0, box.height - 1, box.width, YD_STYLE_DIM, menus[menu].hint);
    yd_rect place = yd_canvas_place(canvas, &list);
    if (row >= 0 && place.width > 0) *cursor = (yd_cursor){place.x, place.y + row};
    return place;
}
