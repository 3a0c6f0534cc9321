#include "tui/tune_layout.h"

enum {
    EFFECT = 5,        /* rows that the effect has at least: its edge and four lines */
    CHART = 9,         /* beyond them: for a curve */
    HISTORY_LEAST = 2, /* its edge and one line */
    LIST_LEAST = 4     /* its edge and three values */
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Places panels of such heights, upper edges counted in, one under the other; the last one gets what is left.
 */
static void stack(yd_rect area, yd_panel_place *const *panels, const int *heights, int count)
{
    int y = area.y;
    for (int i = 0; i < count; i++) {
        bool last = i + 1 == count;
        *panels[i] =
            (yd_panel_place){.outer = {area.x, y, area.width, last ? area.y + area.height - y : heights[i]},
                             .first = i == 0,
                             .last = last};
        if (!last) y += heights[i];
    }
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

static void place_one_column(yd_tune_layout *layout, yd_rect body, int list, bool curve)
{
    yd_panel_place *const panels[] = {&layout->values, &layout->effect, &layout->history};
    int room = body.height - 1; /* the lower edge */
    int effect = curve ? EFFECT + CHART : EFFECT;
    if (room < EFFECT + LIST_LEAST) {
        stack(body, panels, NULL, 1);
        return;
    }
    int heights[3] = {most(least(list, room - effect), LIST_LEAST)};
    int rest = room - heights[0];
    heights[2] = rest - effect;
    if (!curve && heights[2] >= HISTORY_LEAST + CHART + 2) heights[2] -= CHART;
    heights[1] = rest - most(heights[2], 0);
    stack(body, panels, heights, heights[2] >= HISTORY_LEAST ? 3 : 2);
}

yd_tune_layout yd_layout_tune(yd_rect body, int rows, bool curve)
{
    yd_tune_layout layout = {0};
    int list = rows + 2; /* an edge and a heading */
    if (body.height < 3 || body.width < 8) return layout;
    if (body.width < YD_LAYOUT_TWO_COLUMNS) {
        place_one_column(&layout, body, list, curve);
        return layout;
    }
    int left = body.width * 58 / 100;
    yd_panel_place *const columns[] = {&layout.values, &layout.history}, *const right[] = {&layout.effect};
    int room = body.height - 1, heights[2] = {least(list, room)};
    bool history = room - heights[0] >= HISTORY_LEAST;
    stack((yd_rect){body.x, body.y, left, body.height}, columns, heights, history ? 2 : 1);
    stack((yd_rect){body.x + left, body.y, body.width - left, body.height}, right, NULL, 1);
    return layout;
}
