#include "tui/layout.h"
#include <stdbool.h>
#include <string.h>

enum { TABS_FROM_HEIGHT = 20 };

/* Rows within a panel. What is left over after `wanted` of all goes to `more` of each first, and is then
 * shared by weight, in steps of `grain`: panels of several curves grow by a row for each. */
typedef struct demand {
    int least, wanted, more, weight, grain;
} demand;

static const demand demands[YD_PANEL_COUNT] = {
    [YD_PANEL_PROGRESS] = {3, 3, 3, 0, 1}, [YD_PANEL_LOSS] = {4, 4, 4, 4, 4},
    [YD_PANEL_MAP] = {2, 4, 4, 2, 2},      [YD_PANEL_EVENTS] = {1, 4, 20, 2, 1},
    [YD_PANEL_MACHINE] = {2, 3, 3, 1, 1},  [YD_PANEL_LR] = {3, 6, 12, 3, 1},
};

/* From top to bottom. */
static const yd_panel left_column[] = {YD_PANEL_PROGRESS, YD_PANEL_LOSS, YD_PANEL_LR};
static const yd_panel right_column[] = {YD_PANEL_MACHINE, YD_PANEL_MAP, YD_PANEL_EVENTS};
static const yd_panel one_column[] = {YD_PANEL_PROGRESS, YD_PANEL_LOSS,    YD_PANEL_MAP,
                                      YD_PANEL_LR,       YD_PANEL_MACHINE, YD_PANEL_EVENTS};
#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

yd_frame_layout yd_layout_frame(int width, int height)
{
    yd_frame_layout layout = {.essential = width < YD_LAYOUT_WIDTH || height < YD_LAYOUT_HEIGHT};
    if (layout.essential) {
        layout.body = (yd_rect){0, 0, width, height};
        return layout;
    }
    int top = 1;
    layout.header = (yd_rect){0, 0, width, 1};
    if (height >= TABS_FROM_HEIGHT) layout.tabs = (yd_rect){0, top++, width, 1};
    layout.body = (yd_rect){0, top, width, height - top - 1};
    layout.footer = (yd_rect){0, height - 1, width, 1};
    return layout;
}

yd_tab_layout yd_layout_tabs(int width, const char *const *names, int count)
{
    enum { NUMBER = 2, HELP = 6 };
    static const struct {
        int pad, gap;
    } ways[] = {{1, 1}, {1, 0}, {0, 1}};
    yd_tab_layout layout = {0};
    int letters = 0, way = 0;
    if (count > YD_TABS_LIMIT) count = YD_TABS_LIMIT;
    for (int i = 0; i < count; i++) letters += NUMBER + (int)strlen(names[i]);
    while (way < COUNT(ways) - 1 && 2 + letters + count * (2 * ways[way].pad + ways[way].gap) + HELP > width)
        way++;
    int x = 1;
    layout.pad = ways[way].pad;
    for (int i = 0; i < count; i++) {
        int needed = NUMBER + (int)strlen(names[i]) + 2 * layout.pad;
        if (x + needed > width) break;
        layout.x[i] = x;
        layout.width[i] = needed;
        x += needed + ways[way].gap;
    }
    if (x + HELP + 1 <= width) layout.help_x = width - 1 - HELP;
    return layout;
}

static bool holds(const yd_panel *column, int count, yd_panel panel)
{
    for (int i = 0; i < count; i++)
        if (column[i] == panel) return true;
    return false;
}

/* Raises what is given to `to` of each panel, in their order, as far as the rows go. */
static int raise_to(int rows, int given[YD_PANEL_COUNT], int (*to)(const demand *))
{
    for (int panel = 0; panel < YD_PANEL_COUNT; panel++) {
        int more = to(&demands[panel]) - given[panel];
        if (!given[panel] || more <= 0) continue;
        if (more > rows) more = rows;
        given[panel] += more;
        rows -= more;
    }
    return rows;
}

static int wanted_of(const demand *of)
{
    return of->wanted;
}

static int more_of(const demand *of)
{
    return of->more;
}

/* Rows for each panel of a column; 0 for one that has no room. */
static void share_rows(const yd_panel *column, int count, int rows, int given[YD_PANEL_COUNT])
{
    int last = -1, weights = 0;
    for (int panel = 0; panel < YD_PANEL_COUNT; panel++) {
        given[panel] = 0;
        if (!holds(column, count, (yd_panel)panel) || demands[panel].least + 1 > rows) continue;
        given[panel] = demands[panel].least;
        rows -= demands[panel].least + 1; /* its upper edge too */
        weights += demands[panel].weight;
    }
    rows = raise_to(rows, given, wanted_of);
    rows = raise_to(rows, given, more_of);
    for (int panel = 0; panel < YD_PANEL_COUNT && weights; panel++) {
        if (!given[panel] || !demands[panel].weight) continue;
        int more = rows * demands[panel].weight / weights;
        more -= more % demands[panel].grain;
        weights -= demands[panel].weight;
        given[panel] += more;
        rows -= more;
        if (demands[panel].grain == 1) last = panel;
    }
    if (last >= 0) given[last] += rows; /* what the grains have left */
}

static void place_column(yd_dash_layout *layout, const yd_panel *column, int count, yd_rect area)
{
    int given[YD_PANEL_COUNT], y = area.y;
    share_rows(column, count, area.height - 1, given);
    yd_panel_place *last = NULL;
    for (int i = 0; i < count; i++) {
        if (!given[column[i]]) continue;
        yd_panel_place *place = &layout->panels[column[i]];
        *place = (yd_panel_place){.outer = {area.x, y, area.width, given[column[i]] + 1}, .first = !last};
        y += place->outer.height;
        last = place;
    }
    if (!last) return;
    last->last = true;
    last->outer.height = area.y + area.height - last->outer.y;
}

yd_dash_layout yd_layout_dash(yd_rect body)
{
    yd_dash_layout layout = {0};
    if (body.width < YD_LAYOUT_TWO_COLUMNS) {
        place_column(&layout, one_column, COUNT(one_column), body);
        return layout;
    }
    int left = body.width * 49 / 94;
    place_column(&layout, left_column, COUNT(left_column), (yd_rect){body.x, body.y, left, body.height});
    place_column(&layout, right_column, COUNT(right_column),
                 (yd_rect){body.x + left, body.y, body.width - left, body.height});
    return layout;
}

yd_rect yd_layout_inside(const yd_panel_place *place)
{
    yd_rect outer = place->outer;
    int width = outer.width - 4, height = outer.height - 1 - (place->last ? 1 : 0);
    if (width <= 0 || height <= 0) return (yd_rect){0};
    return (yd_rect){outer.x + 2, outer.y + 1, width, height};
}

enum { CHART_WIDTH = 30, CHART_HEIGHT = 6, CHART_SHAPE = 4 }; /* cells are about twice as high as wide */

/* How far a panel is from the shape that it should have; negative: it would be too small. */
static double misshape(yd_rect body, int count, int columns)
{
    int rows = (count + columns - 1) / columns;
    int width = body.width / columns, height = (body.height - 1) / rows;
    if (count > 1 && (width < CHART_WIDTH || height < CHART_HEIGHT)) return -1;
    if (width < 1 || height < 1) return 0;
    double shape = (double)width / (CHART_SHAPE * height);
    return (shape < 1 ? 1 / shape : shape) + (count % columns ? 1 : 0);
}

static int best_columns(yd_rect body, int count)
{
    int best = 0;
    double least = 0;
    for (int columns = 1; columns <= count && columns <= 3; columns++) {
        double now = misshape(body, count, columns);
        if (now < 0 || (best && now >= least)) continue;
        best = columns, least = now;
    }
    return best;
}

/* The last row shares out its width where it is not full. */
yd_charts_layout yd_layout_charts(yd_rect body, int wanted)
{
    yd_charts_layout layout = {.count = wanted < 1                  ? 1
                                        : wanted > YD_LAYOUT_CHARTS ? YD_LAYOUT_CHARTS
                                                                    : wanted};
    int columns;
    while (!(columns = best_columns(body, layout.count)) && layout.count > 1) layout.count--;
    if (columns < 1) columns = 1;
    int rows = (layout.count + columns - 1) / columns;
    for (int i = 0; i < layout.count; i++) {
        int row = i / columns, column = i % columns;
        int across = row == rows - 1 ? layout.count - row * columns : columns;
        int left = body.width * column / across, right = body.width * (column + 1) / across;
        int top = (body.height - 1) * row / rows, bottom = (body.height - 1) * (row + 1) / rows;
        layout.panels[i] = (yd_panel_place){
            .outer = {body.x + left, body.y + top, right - left, bottom - top + (row == rows - 1 ? 1 : 0)},
            .first = row == 0,
            .last = row == rows - 1};
    }
    return layout;
}

/* Rows that the three parts want, their upper edges too; of the worst confusions some. */
enum { TABLE_ROWS = 3, MATRIX_ROWS = 4, WORST_ROWS = 4 };

/* Below each other, the table first; what is left over is for the last of them. */
static yd_classes_layout stack_classes(yd_rect body, int classes, int chosen)
{
    yd_classes_layout layout = {0};
    int wanted[YD_LAYOUT_CLASSES] = {classes + TABLE_ROWS, classes + MATRIX_ROWS, WORST_ROWS};
    int left = body.height - 1 - wanted[chosen], y = body.y, last = chosen;
    bool shown[YD_LAYOUT_CLASSES] = {false};
    shown[chosen] = true;
    for (int i = 0; i < YD_LAYOUT_CLASSES; i++) {
        if (shown[i] || left < wanted[i]) continue;
        shown[i] = true;
        left -= wanted[i];
        last = i > last ? i : last;
    }
    for (int i = 0; i < YD_LAYOUT_CLASSES; i++) {
        if (!shown[i]) continue;
        int height = i == last ? body.y + body.height - y : wanted[i];
        layout.panels[i] =
            (yd_panel_place){{body.x, y, body.width, height}, .first = y == body.y, .last = i == last};
        y += height;
    }
    return layout;
}

yd_classes_layout yd_layout_classes(yd_rect body, int classes, int chosen)
{
    enum { ALL_WIDTH = 130, TABLE_WIDTH = 78, ALL_HEIGHT = 20 };
    yd_classes_layout layout = {0};
    if (classes > body.height) classes = body.height;
    if (body.width < ALL_WIDTH || body.height < ALL_HEIGHT) return stack_classes(body, classes, chosen);
    int table = body.width / 2 < TABLE_WIDTH ? body.width / 2 : TABLE_WIDTH;
    int matrix = body.height - body.height / 4; /* of many classes; of few, as much as it needs */
    if (classes + MATRIX_ROWS < matrix) matrix = classes + MATRIX_ROWS;
    yd_rect right = {body.x + table, body.y, body.width - table, matrix};
    layout.panels[0] = (yd_panel_place){{body.x, body.y, table, body.height}, true, true};
    layout.panels[1] = (yd_panel_place){right, true, false};
    layout.panels[2] =
        (yd_panel_place){{right.x, right.y + right.height, right.width, body.height - matrix}, false, true};
    return layout;
}
