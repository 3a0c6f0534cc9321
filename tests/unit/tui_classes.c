/* Which classes are listed in which order, what of the matrix is how dark, and where the parts of the screen
 * stand. */
#include "support/test.h"
#include "tui/classes.h"
#include "tui/layout.h"
#include <math.h>

static const char *const names[] = {"red cell", "White cell", "platelet", "Blob"};
static const yd_class_row rows[] = {{.images = 9, .labels = 30, .map50_95 = .5},
                                    {.images = 2, .labels = 3, .map50_95 = .9},
                                    {.labels = 0, .map50_95 = (double)NAN},
                                    {.images = 1, .labels = 3, .map50_95 = .7}};
static const yd_class_row rows_before[] = {
    {.map50_95 = .6}, {.map50_95 = .1}, {.map50_95 = .3}, {.map50_95 = .7}};
static const yd_confusion_entry entries[] = {{0, 0, 20}, {0, 1, 2}, {0, 4, 7},
                                             {1, 1, 1},  {3, 3, 3}, {4, 0, 10}};
static const yd_class_report report = {.class_count = 4,
                                       .names = names,
                                       .rows = rows,
                                       .has_confusion = true,
                                       .entries = entries,
                                       .entry_count = 6};
static const yd_class_report before = {.class_count = 4, .names = names, .rows = rows_before};

static void check_order(const char *filter, yd_class_column column, bool reversed, int count,
                        const int *wanted)
{
    int order[4];
    int found = yd_classes_order(&report, &before, filter, column, reversed, order);
    CHECK(found == count);
    for (int i = 0; i < count && i < found; i++) CHECK(order[i] == wanted[i]);
}

static void sorts_and_filters(void)
{
    check_order("", YD_CLASS_COLUMNS, false, 4, (const int[]){0, 1, 2, 3});
    check_order("", YD_CLASS_COLUMN_NAME, false, 4, (const int[]){3, 2, 0, 1}); /* whatever the case */
    check_order("", YD_CLASS_COLUMN_MAP, false, 4, (const int[]){1, 3, 0, 2});  /* what is not known: last */
    check_order("", YD_CLASS_COLUMN_MAP, true, 4, (const int[]){0, 3, 1, 2});
    check_order("", YD_CLASS_COLUMN_LABELS, false, 4, (const int[]){0, 1, 3, 2}); /* ties by number */
    check_order("", YD_CLASS_COLUMN_CHANGE, false, 4, (const int[]){1, 3, 0, 2});
    check_order("CELL", YD_CLASS_COLUMN_MAP, false, 2, (const int[]){1, 0});
    check_order("cell wh", YD_CLASS_COLUMN_MAP, false, 1, (const int[]){1});
    check_order("none", YD_CLASS_COLUMN_MAP, false, 0, NULL);
}

static void knows_a_change_of_the_same_class_only(void)
{
    static const char *const others[] = {"red cell", "cat"};
    const yd_class_report fewer = {.class_count = 2, .names = others, .rows = rows_before};
    CHECK_NEAR(yd_class_value(&report, &before, 1, YD_CLASS_COLUMN_CHANGE), .8, 1e-12);
    CHECK_NEAR(yd_class_value(&report, &fewer, 0, YD_CLASS_COLUMN_CHANGE), -.1, 1e-12);
    CHECK(isnan(yd_class_value(&report, &fewer, 1, YD_CLASS_COLUMN_CHANGE)));
    CHECK(isnan(yd_class_value(&report, &fewer, 3, YD_CLASS_COLUMN_CHANGE)));
    CHECK(isnan(yd_class_value(&report, NULL, 0, YD_CLASS_COLUMN_CHANGE)));
}

static void finds_the_worst(void)
{
    const yd_confusion_entry *worst[8];
    double totals[5];
    REQUIRE(yd_class_confusions(&report, worst, 8) == 3);
    CHECK(worst[0]->count == 10 && worst[1]->count == 7 && worst[2]->count == 2);
    CHECK(yd_class_confusions(&report, worst, 1) == 1 && worst[0]->truth == 0 && worst[0]->predicted == 4);
    yd_class_totals(&report, totals);
    CHECK(totals[0] == 30 && totals[1] == 3 && totals[2] == 0 && totals[3] == 3 && totals[4] == 7);
}

static void grows_denser(void)
{
    static const double shares[] = {0, .004, .005, .05, .2, .4, .7, 1};
    static const int levels[] = {0, 0, 1, 2, 3, 4, 5, 5};
    const yd_glyphs *sets[] = {&yd_glyphs_unicode, &yd_glyphs_ascii};
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < 8; i++) CHECK(yd_class_shade(sets[s], shares[i]) == sets[s]->shade[levels[i]]);
    CHECK(yd_class_shade(&yd_glyphs_ascii, (double)NAN) == ' ');
    CHECK(yd_class_style(.9, true) == YD_STYLE_GOOD && yd_class_style(.9, false) == YD_STYLE_BAD);
    CHECK(yd_class_style(.01, true) == YD_STYLE_DIM && yd_class_style(.3, false) == YD_STYLE_WARNING);
}

static bool overlap(yd_rect a, yd_rect b)
{
    return a.width > 0 && b.width > 0 && a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
           b.y < a.y + a.height;
}

static void stands_apart_at_every_size(void)
{
    for (int width = 1; width < 300; width += 3)
        for (int height = 1; height < 90; height += 3)
            for (int chosen = 0; chosen < 3; chosen++) {
                yd_rect body = {0, 1, width, height};
                int classes = 1 + (width * 7 + height) % 40;
                yd_classes_layout layout = yd_layout_classes(body, classes, chosen);
                CHECK(layout.panels[chosen].outer.width > 0);
                for (int i = 0; i < 3; i++) {
                    yd_rect one = layout.panels[i].outer;
                    CHECK(one.width == 0 || (one.x >= 0 && one.x + one.width <= width && one.y >= 1 &&
                                             one.y + one.height <= height + 1));
                    for (int k = 0; k < i; k++) CHECK(!overlap(one, layout.panels[k].outer));
                }
            }
    yd_classes_layout wide = yd_layout_classes((yd_rect){0, 0, 200, 56}, 20, 0);
    CHECK(wide.panels[0].outer.width && wide.panels[1].outer.width && wide.panels[2].outer.width);
    yd_classes_layout narrow = yd_layout_classes((yd_rect){0, 0, 80, 20}, 80, 1);
    CHECK(!narrow.panels[0].outer.width && narrow.panels[1].outer.width == 80);
    CHECK(!narrow.panels[2].outer.width && narrow.panels[1].outer.height == 20);
    for (int chosen = 0; chosen < 3; chosen++) { /* three classes: the table, the matrix, and the worst */
        yd_classes_layout few = yd_layout_classes((yd_rect){0, 1, 94, 26}, 3, chosen);
        CHECK(few.panels[0].outer.height == 6 && few.panels[1].outer.y == 7 && few.panels[2].outer.y == 14 &&
              few.panels[2].outer.height == 13 && few.panels[0].first && few.panels[2].last);
    }
    yd_classes_layout some = yd_layout_classes((yd_rect){0, 0, 80, 24}, 15, 0);
    CHECK(some.panels[0].outer.height == 18 && !some.panels[1].outer.width &&
          some.panels[2].outer.height == 6);
}

static const yd_test_case cases[] = {
    {"sorts and filters", sorts_and_filters},
    {"knows a change of the same class only", knows_a_change_of_the_same_class_only},
    {"finds the worst", finds_the_worst},
    {"grows denser", grows_denser},
    {"stands apart at every size", stands_apart_at_every_size},
};

TEST_MAIN(cases)
