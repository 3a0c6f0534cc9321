/* Assignment: cells and neighbours at the places where it is easily got wrong. */
#include "train/assign.h"
#include "support/test.h"
#include <math.h>
#include <string.h>

static const double one_anchor[1][2] = {{1, 1}};
static const yd_assign_level level = {
    .images = 2, .classes = 3, .na = 1, .height = 8, .width = 8, .anchors = one_anchor, .anchor_t = 4};

static int assign(yd_assign_list *list, float x, float y, float w, float h)
{
    yd_error error;
    const float target[6] = {1, 2, x / 8, y / 8, w / 8, h / 8};
    REQUIRE(yd_assign(&level, target, 1, list, &error) == YD_OK);
    return list->count;
}

static bool is(const yd_assign_list *list, int index, int column, int row, float x, float y)
{
    const yd_assignment *entry = &list->entries[index];
    return entry->image == 1 && entry->cls == 2 && entry->column == column && entry->row == row &&
           entry->box[0] == x && entry->box[1] == y;
}

static void inside_a_cell(void)
{
    yd_assign_list list = {0};
    REQUIRE(assign(&list, 3.25f, 4.75f, 1, 1) == 3);
    CHECK(is(&list, 0, 3, 4, 0.25f, 0.75f));
    CHECK(is(&list, 1, 2, 4, 1.25f, 0.75f));
    CHECK(is(&list, 2, 3, 5, 0.25f, -0.25f));
    REQUIRE(assign(&list, 3.75f, 4.25f, 1, 1) == 3);
    CHECK(is(&list, 0, 3, 4, 0.75f, 0.25f));
    CHECK(is(&list, 1, 3, 3, 0.75f, 1.25f));
    CHECK(is(&list, 2, 4, 4, -0.25f, 0.25f));
    yd_assign_free(&list);
}

static void lattice_point_has_duplicates(void)
{
    yd_assign_list list = {0};
    REQUIRE(assign(&list, 3, 4, 1, 1) == 5);
    CHECK(is(&list, 0, 3, 4, 0, 0));
    CHECK(is(&list, 1, 2, 4, 1, 0));
    CHECK(is(&list, 2, 3, 3, 0, 1));
    CHECK(is(&list, 3, 3, 4, 0, 0));
    CHECK(is(&list, 4, 3, 4, 0, 0));
    yd_assign_free(&list);
}

static void middle_of_a_cell_has_no_neighbour(void)
{
    yd_assign_list list = {0};
    REQUIRE(assign(&list, 3.5f, 4.5f, 1, 1) == 1);
    CHECK(is(&list, 0, 3, 4, 0.5f, 0.5f));
    yd_assign_free(&list);
}

static void borders(void)
{
    yd_assign_list list = {0};
    /* x = 1: the centre cell is clamped, and its left neighbour is the same cell */
    REQUIRE(assign(&list, 8, 4.5f, 1, 1) == 2);
    CHECK(is(&list, 0, 7, 4, 1, 0.5f));
    CHECK(is(&list, 1, 7, 4, 1, 0.5f));
    /* in the first cell there is nothing to the left, in the last nothing to the right */
    REQUIRE(assign(&list, 0.25f, 4.5f, 1, 1) == 1);
    REQUIRE(assign(&list, 7.75f, 4.5f, 1, 1) == 1);
    REQUIRE(assign(&list, 1, 4.5f, 1, 1) == 2); /* not beyond 1: no left; but right, a duplicate */
    CHECK(is(&list, 1, 1, 4, 0, 0.5f));
    yd_assign_free(&list);
}

static void size_ratio_is_strict(void)
{
    yd_assign_list list = {0};
    CHECK(assign(&list, 3.5f, 3.5f, 4, 1) == 0);
    CHECK(assign(&list, 3.5f, 3.5f, 1, 0.25f) == 0);
    CHECK(assign(&list, 3.5f, 3.5f, 3.999f, 0.2501f) == 1);
    CHECK(assign(&list, 3.5f, 3.5f, 0, 0) == 0);
    CHECK(assign(&list, 3.5f, 3.5f, -1, 1) == 1 || list.count == 0); /* nothing crashes */
    yd_assign_free(&list);
}

static void order_is_set_then_anchor_then_target(void)
{
    static const double anchors[2][2] = {{1, 1}, {2, 2}};
    const yd_assign_level two = {
        .images = 2, .classes = 1, .na = 2, .height = 4, .width = 4, .anchors = anchors, .anchor_t = 4};
    const float targets[12] = {0, 0, 2.25f / 4, 2.5f / 4, 0.3f, 0.3f, 1, 0, 1.25f / 4, 1.5f / 4, 0.3f, 0.3f};
    yd_assign_list list = {0};
    yd_error error;
    REQUIRE(yd_assign(&two, targets, 2, &list, &error) == YD_OK);
    static const int wanted[8][3] = {/* image, anchor, column */
                                     {0, 0, 2}, {1, 0, 1}, {0, 1, 2}, {1, 1, 1},
                                     {0, 0, 1}, {1, 0, 0}, {0, 1, 1}, {1, 1, 0}};
    REQUIRE(list.count == 8);
    for (int i = 0; i < 8; i++) {
        CHECK(list.entries[i].image == wanted[i][0]);
        CHECK(list.entries[i].anchor == wanted[i][1]);
        CHECK(list.entries[i].column == wanted[i][2]);
    }
    yd_assign_free(&list);
}

/* model_and_loss.md, 19.2 */
static void published_entries(void)
{
    static const double pixels[3][3][2] = {
        {{10, 13}, {16, 30}, {33, 23}}, {{30, 61}, {62, 45}, {59, 119}}, {{116, 90}, {156, 198}, {373, 326}}};
    static const float targets[4][6] = {{0, 1, .30f, .40f, .20f, .30f},
                                        {0, 0, .75f, .5f, .05f, .10f},
                                        {1, 1, .5f, .5f, .9f, .8f},
                                        {1, 0, .11f, .93f, .3f, .12f}};
    static const int counts[3] = {28, 30, 15};
    static const int last[5][4] = {
        {2, 2, 0, 0}, {2, 1, 1, 0}, {1, 2, 0, 1}, {2, 2, 0, 0}, {2, 2, 0, 0}}; /* row, column, x, y */
    yd_assign_list list = {0};
    for (int l = 0; l < 3; l++) {
        double anchors[3][2];
        yd_error error;
        for (int a = 0; a < 3; a++)
            for (int k = 0; k < 2; k++) anchors[a][k] = pixels[l][a][k] / (8 << l);
        const yd_assign_level shape = {.images = 2,
                                       .classes = 2,
                                       .na = 3,
                                       .height = 16 >> l,
                                       .width = 16 >> l,
                                       .anchors = (const double(*)[2])anchors,
                                       .anchor_t = 4};
        REQUIRE(yd_assign(&shape, targets[0], 4, &list, &error) == YD_OK);
        REQUIRE(list.count == counts[l]);
    }
    for (int e = 0; e < 15; e++) {
        const yd_assignment *entry = &list.entries[e];
        const int *wanted = last[e / 3];
        CHECK(entry->image == 1 && entry->cls == 1 && entry->anchor == e % 3);
        CHECK(entry->row == wanted[0] && entry->column == wanted[1]);
        CHECK(entry->box[0] == (float)wanted[2] && entry->box[1] == (float)wanted[3]);
        CHECK_NEAR((double)entry->box[2], 3.6, 1e-6);
        CHECK_NEAR((double)entry->box[3], 3.2, 1e-6);
    }
    yd_assign_free(&list);
}

static void bad_targets_are_refused(void)
{
    static const float good[6] = {0, 0, 0.5f, 0.5f, 0.1f, 0.1f};
    static const struct {
        int column;
        float value;
    } bad[] = {{0, -1}, {0, 2}, {1, -1}, {1, 3}, {0, NAN}, {1, INFINITY}, {2, NAN}, {3, INFINITY}, {4, NAN}};
    yd_assign_list list = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        float target[6];
        yd_error error = {0};
        memcpy(target, good, sizeof target);
        target[bad[i].column] = bad[i].value;
        CHECK(yd_assign(&level, target, 1, &list, &error) == YD_ERR_INTERNAL);
        CHECK(strstr(error.message, "target 0") != NULL);
        CHECK(list.count == 0);
    }
    const float outside[6] = {0, 0, 1e30f, -1e30f, 0.1f, 0.1f};
    yd_error error;
    REQUIRE(yd_assign(&level, outside, 1, &list, &error) == YD_OK);
    for (int i = 0; i < list.count; i++)
        CHECK(list.entries[i].column >= 0 && list.entries[i].column < 8 && list.entries[i].row >= 0 &&
              list.entries[i].row < 8);
    yd_assign_free(&list);
}

static const yd_test_case cases[] = {
    {"inside a cell", inside_a_cell},
    {"lattice point has duplicates", lattice_point_has_duplicates},
    {"middle of a cell has no neighbour", middle_of_a_cell_has_no_neighbour},
    {"borders", borders},
    {"size ratio is strict", size_ratio_is_strict},
    {"order is set, then anchor, then target", order_is_set_then_anchor_then_target},
    {"published entries", published_entries},
    {"bad targets are refused", bad_targets_are_refused},
};
TEST_MAIN(cases)
