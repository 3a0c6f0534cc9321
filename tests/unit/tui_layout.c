#include "support/test.h"
#include "tui/layout.h"
#include <stdio.h>
#include <string.h>

enum { WIDTH = 250, HEIGHT = 80 };

static bool lies_inside(yd_rect rect, int width, int height)
{
    return rect.x >= 0 && rect.y >= 0 && rect.width >= 0 && rect.height >= 0 &&
           rect.x + rect.width <= width && rect.y + rect.height <= height;
}

/* Marks a rectangle's cells; false where one was marked before. */
static bool claim(unsigned char taken[HEIGHT][WIDTH], yd_rect rect)
{
    bool free_before = true;
    for (int y = rect.y; y < rect.y + rect.height; y++)
        for (int x = rect.x; x < rect.x + rect.width; x++) {
            if (taken[y][x]) free_before = false;
            taken[y][x] = 1;
        }
    return free_before;
}

/* Any number of charts wanted fills the body without a gap, as many as have room. */
static bool charts_hold(yd_rect body)
{
    for (int wanted = 1; wanted <= YD_LAYOUT_CHARTS; wanted++) {
        yd_charts_layout layout = yd_layout_charts(body, wanted);
        int cells = 0;
        if (layout.count < 1 || layout.count > wanted) return false;
        for (int i = 0; i < layout.count; i++) {
            yd_rect a = layout.panels[i].outer;
            cells += a.width * a.height;
            if (a.x < body.x || a.y < body.y || a.x + a.width > body.x + body.width ||
                a.y + a.height > body.y + body.height || (layout.count > 1 && (a.width < 30 || a.height < 6)))
                return false;
            for (int j = 0; j < i; j++) {
                yd_rect b = layout.panels[j].outer;
                if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
                    b.y < a.y + a.height)
                    return false;
            }
        }
        if (cells != body.width * body.height) return false;
    }
    return true;
}

static bool holds_at(int width, int height)
{
    static unsigned char taken[HEIGHT][WIDTH];
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) taken[y][x] = 0;
    yd_frame_layout frame = yd_layout_frame(width, height);
    const yd_rect parts[] = {frame.header, frame.tabs, frame.footer};
    bool good = lies_inside(frame.body, width, height);
    for (int i = 0; i < 3; i++) good &= lies_inside(parts[i], width, height) && claim(taken, parts[i]);
    if (frame.essential) return good && frame.body.width == width && frame.body.height == height;
    yd_dash_layout dash = yd_layout_dash(frame.body);
    for (int i = 0; i < YD_PANEL_COUNT; i++) {
        yd_rect outer = dash.panels[i].outer, inside = yd_layout_inside(&dash.panels[i]);
        if (!outer.height) continue;
        good &= lies_inside(outer, width, height) && claim(taken, outer);
        good &= inside.x > outer.x && inside.y > outer.y && inside.x + inside.width < outer.x + outer.width;
        good &= inside.y + inside.height <= outer.y + outer.height && inside.height >= 1;
    }
    return good && charts_hold(frame.body);
}

static void nothing_overlaps_or_leaves_the_screen(void)
{
    for (int width = 1; width <= WIDTH; width++)
        for (int height = 1; height <= HEIGHT; height++)
            if (!holds_at(width, height)) {
                fprintf(stderr, "at %d x %d:\n", width, height);
                CHECK(holds_at(width, height));
                return;
            }
    CHECK(true);
}

static int shown(int width, int height)
{
    yd_dash_layout dash = yd_layout_dash(yd_layout_frame(width, height).body);
    int bits = 0;
    for (int i = 0; i < YD_PANEL_COUNT; i++) bits |= dash.panels[i].outer.height ? 1 << i : 0;
    return bits;
}

/* Where more room is given, no panel is lost. */
static void more_room_shows_more(void)
{
    for (int height = YD_LAYOUT_HEIGHT; height < HEIGHT; height++) {
        CHECK((shown(80, height) & ~shown(80, height + 4)) == 0);
        CHECK((shown(94, height) & ~shown(94, height + 4)) == 0);
    }
}

static void the_least_important_go_first(void)
{
    const int most = 1 << YD_PANEL_PROGRESS | 1 << YD_PANEL_LOSS | 1 << YD_PANEL_MAP;
    CHECK(shown(94, 30) == (1 << YD_PANEL_COUNT) - 1);
    CHECK(shown(200, 60) == (1 << YD_PANEL_COUNT) - 1);
    CHECK(shown(80, 24) == (most | 1 << YD_PANEL_EVENTS | 1 << YD_PANEL_MACHINE));
    CHECK(shown(60, 16) == most);
    CHECK(yd_layout_frame(59, 16).essential);
    CHECK(yd_layout_frame(60, 15).essential);
}

static void two_columns_stand_side_by_side(void)
{
    yd_dash_layout dash = yd_layout_dash((yd_rect){0, 2, 94, 27});
    const yd_panel_place *progress = &dash.panels[YD_PANEL_PROGRESS],
                         *machine = &dash.panels[YD_PANEL_MACHINE];
    CHECK(progress->outer.x == 0 && machine->outer.x == progress->outer.width);
    CHECK(machine->outer.x + machine->outer.width == 94);
    CHECK(progress->outer.y == 2 && machine->outer.y == 2);
    CHECK(progress->first && machine->first && dash.panels[YD_PANEL_LR].last &&
          dash.panels[YD_PANEL_EVENTS].last);
    CHECK(dash.panels[YD_PANEL_LR].outer.y + dash.panels[YD_PANEL_LR].outer.height == 29);
    CHECK(dash.panels[YD_PANEL_EVENTS].outer.y + dash.panels[YD_PANEL_EVENTS].outer.height == 29);
}

/* Panels of several curves grow by a row for each of them, and every row of the screen is used. */
static void large_screens_are_used(void)
{
    for (int height = 30; height < HEIGHT; height++) {
        yd_dash_layout dash = yd_layout_dash((yd_rect){0, 2, 200, height - 3});
        int rows = yd_layout_inside(&dash.panels[YD_PANEL_LOSS]).height;
        CHECK(rows % 4 == 0);
        CHECK(yd_layout_inside(&dash.panels[YD_PANEL_MAP]).height % 2 == 0);
        if (height == 60) CHECK(rows >= 16 && yd_layout_inside(&dash.panels[YD_PANEL_LR]).height >= 12);
        const yd_rect *last = &dash.panels[YD_PANEL_EVENTS].outer;
        CHECK(last->y + last->height == height - 1);
    }
}

static void tabs_fit(void)
{
    static const char *const names[] = {"Dash", "Charts", "Images", "Classes", "Tune", "Runs", "Log"};
    for (int width = 1; width < WIDTH; width++) {
        yd_tab_layout tabs = yd_layout_tabs(width, names, 7);
        int end = 0;
        for (int i = 0; i < 7 && tabs.width[i]; i++) {
            CHECK(tabs.x[i] >= end && tabs.x[i] + tabs.width[i] <= width);
            CHECK(tabs.width[i] == 2 + (int)strlen(names[i]) + 2 * tabs.pad);
            end = tabs.x[i] + tabs.width[i];
        }
        CHECK(width < YD_LAYOUT_WIDTH ||
              tabs.width[6] > 0); /* all seven, wherever screens are drawn at all */
        CHECK(!tabs.help_x || (tabs.help_x >= end && tabs.help_x + 6 < width));
        CHECK(width < 80 || tabs.help_x);
    }
}

static void charts_get_their_number(void)
{
    CHECK(yd_layout_charts((yd_rect){0, 0, 200, 56}, 6).count == 6);
    CHECK(yd_layout_charts((yd_rect){0, 0, 94, 26}, 4).count == 4);
    CHECK(yd_layout_charts((yd_rect){0, 0, 80, 20}, 4).count == 4);
    CHECK(yd_layout_charts((yd_rect){0, 0, 60, 12}, 4).count == 2);
    CHECK(yd_layout_charts((yd_rect){0, 0, 20, 4}, 6).count == 1);
    CHECK(yd_layout_charts((yd_rect){0, 0, 200, 56}, 99).count == YD_LAYOUT_CHARTS);
    CHECK(yd_layout_charts((yd_rect){0, 0, 200, 56}, -1).count == 1);
}

static const yd_test_case cases[] = {
    {"large screens are used", large_screens_are_used},
    {"tabs fit", tabs_fit},
    {"charts get their number", charts_get_their_number},
    {"nothing overlaps or leaves the screen", nothing_overlaps_or_leaves_the_screen},
    {"more room shows more", more_room_shows_more},
    {"the least important go first", the_least_important_go_first},
    {"two columns stand side by side", two_columns_stand_side_by_side},
};

TEST_MAIN(cases)
