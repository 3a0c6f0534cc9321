#include "tui/stop_menu.h"
#include "tui/show.h"
#include "tui/widgets/panel.h"
#include "tui/widgets/table.h"
#include <math.h>
#include <stdio.h>

static const struct {
    const char *key, *argument, *name, *row;
} choices[YD_STOP_CHOICES] = {
    {"1", "now", "end after this batch", "after this batch"},
    {"2", "epoch", "end after this epoch", "after this epoch"},
    {"3", "final", "end after a final validation", "after a final validation"},
};

const char *yd_stop_menu_argument(int choice)
{
    return choices[choice].argument;
}

const char *yd_stop_menu_name(int choice)
{
    return choices[choice].name;
}

static void costs(const yd_run_view *view, char out[YD_STOP_CHOICES][96])
{
    char duration[32];
    snprintf(out[0], 96, "at once; saved, resumes exactly here");
    double epoch = view->has_block ? view->block.epoch_eta_seconds : NAN;
    if (isfinite(epoch))
        snprintf(out[1], 96, "in about %s; saved", yd_show_duration(duration, sizeof duration, epoch));
    else
        snprintf(out[1], 96, "when the epoch is done; saved");
    if (isfinite(view->validation_seconds))
        snprintf(out[2], 96, "in about %s; best.pt made ready",
                 yd_show_duration(duration, sizeof duration, view->validation_seconds));
    else
        snprintf(out[2], 96, "one validation; best.pt made ready");
}

yd_rect yd_stop_menu_draw(const yd_run_view *view, int chosen, const yd_canvas *canvas, yd_cursor *cursor)
{
    char cost[YD_STOP_CHOICES][96];
    yd_table_row rows[YD_STOP_CHOICES];
    costs(view, cost);
    for (int i = 0; i < YD_STOP_CHOICES; i++)
        rows[i] = (yd_table_row){{choices[i].key, choices[i].row, cost[i], NULL}};
    yd_table table = {.rows = rows, .count = YD_STOP_CHOICES, .chosen = chosen};
    yd_canvas box = yd_box_draw(canvas, yd_table_width(&table, canvas), YD_STOP_CHOICES + 2, "end the run");
    yd_canvas list =
        yd_canvas_part(&box, (yd_rect){0, 0, box.width, box.height > 4 ? box.height - 2 : box.height});
    int row = yd_table_draw(&table, &list);
    if (box.height > 4)
        yd_canvas_text_cut(&box, 0, box.height - 1, box.width, YD_STYLE_DIM,
                           "Enter ends it so, Esc goes on; Ctrl-C again: save, stop now");
    yd_rect place = yd_canvas_place(canvas, &list);
    if (row >= 0 && place.width > 0) *cursor = (yd_cursor){place.x, place.y + row};
    return place;
}
