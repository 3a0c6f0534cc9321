#include "support/test.h"
#include "tui/show.h"
#include "tui/widgets/bar.h"
#include "tui/widgets/chart.h"
#include "tui/widgets/panel.h"
#include "tui/widgets/spark.h"
#include "tui/widgets/table.h"
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static yd_canvas canvas;

static void begin(int width, int height, const yd_glyphs *glyphs)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    yd_canvas_free(&canvas);
    REQUIRE(yd_canvas_create(&canvas, width, height, glyphs));
}

static const char *row(int y)
{
    static char text[4096];
    yd_canvas_row(&canvas, y, text, sizeof text);
    return text;
}

static void text_stays_inside(void)
{
    begin(10, 3, &yd_glyphs_unicode);
    CHECK(yd_canvas_text(&canvas, 6, 0, YD_STYLE_TEXT, "beyond") == 10);
    CHECK_TEXT(row(0), "      beyo");
    yd_canvas_text(&canvas, -3, 1, YD_STYLE_TEXT, "before");
    CHECK_TEXT(row(1), "ore");
    yd_canvas_text(&canvas, 0, 3, YD_STYLE_TEXT, "below");
    yd_canvas_text(&canvas, 0, -1, YD_STYLE_TEXT, "above");
    CHECK_TEXT(row(2), "");
    yd_canvas part = yd_canvas_part(&canvas, (yd_rect){8, 2, 100, 100});
    CHECK(part.width == 2 && part.height == 1);
    yd_canvas_text(&part, 0, 0, YD_STYLE_TEXT, "xyz");
    CHECK_TEXT(row(2), "        xy");
    part = yd_canvas_part(&canvas, (yd_rect){-5, -5, 3, 3});
    CHECK(part.width == 0 && part.height == 0);
    part = yd_canvas_part(&canvas, (yd_rect){50, 50, 3, 3});
    yd_canvas_fill(&part, 'z', YD_STYLE_TEXT);
    CHECK_TEXT(row(0), "      beyo");
}

static void text_is_cut_with_an_ellipsis(void)
{
    begin(10, 2, &yd_glyphs_ascii);
    CHECK(yd_canvas_text_cut(&canvas, 0, 0, 5, YD_STYLE_TEXT, "abcdefgh") == 5);
    CHECK_TEXT(row(0), "abcd~");
    CHECK(yd_canvas_text_cut(&canvas, 0, 1, 8, YD_STYLE_TEXT, "abcdefgh") == 8);
    CHECK_TEXT(row(1), "abcdefgh");
    CHECK(yd_canvas_text_cut(&canvas, 3, 1, 0, YD_STYLE_TEXT, "x") == 3);
    CHECK(yd_canvas_text_right(&canvas, 10, 0, YD_STYLE_TEXT, "right") == 5);
    CHECK_TEXT(row(0), "abcd~right");
}

static void wide_characters_are_never_halved(void)
{
    begin(6, 2, &yd_glyphs_unicode);
    yd_canvas_text(&canvas, 0, 0, YD_STYLE_TEXT, "\350\241\200\347\264\260"); /* two, of two cells each */
    CHECK(canvas.cells[0].glyph == 0x8840 && canvas.cells[1].glyph == 0);
    yd_canvas_put(&canvas, 1, 0, 'x', YD_STYLE_TEXT);
    CHECK_TEXT(row(0), " x\347\264\260");
    yd_canvas_put(&canvas, 2, 0, 'y', YD_STYLE_TEXT);
    CHECK_TEXT(row(0), " xy");
    CHECK(yd_canvas_text(&canvas, 5, 1, YD_STYLE_TEXT, "\350\241\200") == 5); /* does not fit */
    CHECK_TEXT(row(1), "");
    CHECK(yd_canvas_text(&canvas, -1, 1, YD_STYLE_TEXT, "\350\241\200") == 1);
    CHECK_TEXT(row(1), "");
}

static void what_cannot_be_shown_is_marked(void)
{
    begin(20, 2, &yd_glyphs_unicode);
    yd_canvas_text(&canvas, 0, 0, YD_STYLE_TEXT, "a\033\302\233\377e\314\201z");
    CHECK_TEXT(row(0), "a???ez");
    begin(20, 2, &yd_glyphs_ascii);
    yd_canvas_text(&canvas, 0, 0, YD_STYLE_TEXT, "K\303\266rper");
    CHECK_TEXT(row(0), "K?rper");
}

static void bars_fill(void)
{
    begin(8, 1, &yd_glyphs_ascii);
    static const struct {
        double share;
        const char *wanted;
    } rows[] = {{0, "........"}, {0.5, "####...."}, {0.99, "#######."}, {1, "########"},
                {7, "########"}, {-1, "........"},  {NAN, "........"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        yd_bar_draw(&canvas, 0, 0, 8, rows[i].share);
        CHECK_TEXT(row(0), rows[i].wanted);
    }
    begin(4, 1, &yd_glyphs_unicode);
    yd_bar_draw(&canvas, 0, 0, 4, 0.375); /* one and a half */
    CHECK(canvas.cells[0].glyph == 0x2588 && canvas.cells[1].glyph == 0x258c &&
          canvas.cells[2].glyph == 0x2591);
}

static void sparklines_rise(void)
{
    yd_series_budget budget = {0};
    yd_series *series = yd_series_create("metrics/mAP_0.5", 15, &budget); /* its steps are epochs */
    yd_spark spark;
    REQUIRE(series != NULL);
    for (int i = 0; i < 8; i++) yd_series_add(series, i, 0, i);
    yd_spark_make(&spark, series, 0.5, 8.5, 8, 1);
    for (int i = 0; i < 8; i++) CHECK(spark.levels[i] == i + 1);
    begin(10, 1, &yd_glyphs_ascii);
    yd_spark_draw(&spark, &canvas, 1, 0);
    CHECK_TEXT(row(0), " _.,-=o*#");
    yd_spark_make(&spark, series, 0.5, 8.5, 8, 2);
    for (int i = 0; i < 8; i++) CHECK(spark.levels[i] == 1 + i * 16 / 7 - (i == 7));
    CHECK(spark.low == 0 && spark.high == 7);
    begin(10, 2, &yd_glyphs_ascii);
    yd_spark_draw(&spark, &canvas, 1, 0);
    CHECK_TEXT(row(0), "     .-o#"); /* the upper half */
    CHECK_TEXT(row(1), " _,=*####");
    yd_series_add(series, 7, 0, (double)NAN);
    yd_spark_make(&spark, series, 0.5, 8.5, 8, 1);
    CHECK(spark.levels[7] == YD_SPARK_NOT_FINITE);
    yd_spark_make(&spark, series, 0.5, 8.5, 16, 1); /* what has no value repeats the one before */
    CHECK(spark.levels[1] != YD_SPARK_BLANK && spark.levels[2] == spark.levels[1]);
    yd_spark_make(&spark, series, -3.5, 8.5, 12, 1);
    CHECK(spark.levels[3] == YD_SPARK_BLANK && spark.levels[4] != YD_SPARK_BLANK);
    yd_spark_make(&spark, series, 0, 8, 100000, 1);
    CHECK(spark.width == YD_SPARK_WIDTH);
    yd_spark_make(&spark, series, 0, 8, -1, 1);
    CHECK(spark.width == 0);
    yd_spark_make(&spark, NULL, 0, 8, 8, 1);
    CHECK(spark.width == 8 && spark.levels[0] == YD_SPARK_BLANK);
    yd_spark_make_sum(&spark, (const yd_series *const[]){series, series}, 2, 0.5, 8.5, 8, 1);
    CHECK(spark.low == 0 && spark.high == 12 && spark.levels[7] == YD_SPARK_NOT_FINITE);
    for (int i = 0; i < 4; i++) yd_series_add(series, i, 0, 3.0);
    yd_spark_make(&spark, series, 0.5, 4.5, 4, 1);
    CHECK(spark.levels[0] == YD_SPARK_LEVELS / 2 && spark.levels[3] == YD_SPARK_LEVELS / 2);
    yd_series_destroy(series);
}

static void charts_draw_in_range(void)
{
    begin(4, 2, &yd_glyphs_unicode);
    yd_chart chart = yd_chart_start(&canvas, 0, 8, 0, 1);
    CHECK(chart.columns == 8 && chart.rows == 8);
    CHECK_NEAR(yd_chart_x(&chart, 0), 0.5, 1e-12);
    yd_chart_point(&chart, 0, 1.0, YD_STYLE_TEXT, 'a');
    yd_chart_point(&chart, 1, 0.0, YD_STYLE_TEXT, 'a');
    CHECK(canvas.cells[0].glyph == 0x2801 && canvas.cells[4].glyph == 0x2880);
    yd_chart_line(&chart, 7, 0, 1, YD_STYLE_TEXT, 'a');
    CHECK(canvas.cells[3].glyph == 0x28b8 && canvas.cells[7].glyph == 0x28b8);
    yd_chart_point(&chart, 2, 99, YD_STYLE_TEXT, 'a'); /* stands at the edge */
    CHECK(canvas.cells[1].glyph == 0x2801);
    yd_chart_point(&chart, 4, (double)NAN, YD_STYLE_TEXT, 'a');
    yd_chart_point(&chart, 800, 0.5, YD_STYLE_TEXT, 'a');
    yd_chart_line(&chart, 4, (double)NAN, (double)INFINITY, YD_STYLE_TEXT, 'a');
    CHECK(canvas.cells[2].glyph == ' ');
    begin(4, 3, &yd_glyphs_ascii);
    chart = yd_chart_start(&canvas, 0, 4, 0, 1);
    yd_chart_point(&chart, 1, 0.5, YD_STYLE_TEXT, 'a');
    CHECK_TEXT(row(1), " a");
}

static void panels_and_boxes_fit(void)
{
    begin(20, 5, &yd_glyphs_ascii);
    yd_panel_place place = {.outer = {0, 0, 20, 5}, .first = true, .last = true};
    yd_canvas inside = yd_panel_draw(&canvas, &place, "title that is too long");
    CHECK_TEXT(row(0), "+ title that is to-+");
    CHECK_TEXT(row(4), "+------------------+");
    CHECK(inside.width == 16 && inside.height == 3);
    for (int width = 1; width < 30; width++)
        for (int height = 1; height < 12; height++) {
            begin(width, height, &yd_glyphs_unicode);
            inside = yd_box_draw(&canvas, 20, 6, "box");
            yd_canvas_fill(&inside, 'x', YD_STYLE_TEXT);
            CHECK(inside.width >= 1 && inside.height >= 1);
        }
}

static void tables_scroll_to_the_chosen_row(void)
{
    begin(20, 2, &yd_glyphs_ascii);
    const yd_table_row rows[] = {{{"a", "first"}}, {{"bb", "second"}}, {{"c", "third"}}};
    yd_table table = {.rows = rows, .count = 3, .chosen = 2};
    CHECK(yd_table_width(&table, &canvas) == 2 + 2 + 6);
    CHECK(yd_table_draw(&table, &canvas) == 1);
    CHECK_TEXT(row(0), "bb  second");
    CHECK_TEXT(row(1), "c   third");
    CHECK(canvas.cells[20].style == YD_STYLE_SELECTED && canvas.cells[39].style == YD_STYLE_SELECTED);
    table.chosen = 0;
    CHECK(yd_table_draw(&table, &canvas) == 0);
}

static void numbers_are_short(void)
{
    char out[64];
    CHECK_TEXT(yd_show_duration(out, sizeof out, 2470), "0:41:10");
    CHECK_TEXT(yd_show_duration(out, sizeof out, 273845), "3d 04:04");
    CHECK_TEXT(yd_show_duration(out, sizeof out, 59.7), "0:01:00");
    CHECK_TEXT(yd_show_duration(out, sizeof out, (double)NAN), "-");
    CHECK_TEXT(yd_show_duration(out, sizeof out, -1), "-");
    CHECK_TEXT(yd_show_duration(out, sizeof out, 1e300), "-");
    CHECK_TEXT(yd_show_bytes(out, sizeof out, 1100000000), "1.1 GB");
    CHECK_TEXT(yd_show_bytes(out, sizeof out, 999), "999 B");
    CHECK_TEXT(yd_show_bytes(out, sizeof out, 71000000000), "71 GB");
    CHECK_TEXT(yd_show_bytes(out, sizeof out, INT64_MAX), "9.2 EB");
    CHECK_TEXT(yd_show_bytes(out, sizeof out, -1), "-");
    CHECK_TEXT(yd_show_loss(out, sizeof out, 0.04121), "0.0412");
    CHECK_TEXT(yd_show_loss(out, sizeof out, 1234.56), "1234.6");
    CHECK_TEXT(yd_show_loss(out, sizeof out, 1e30), "1.0e+30");
    CHECK_TEXT(yd_show_loss(out, sizeof out, (double)INFINITY), "inf");
    CHECK_TEXT(yd_show_metric(out, sizeof out, 0.5834), "0.583");
    CHECK_TEXT(yd_show_percent(out, sizeof out, 0.123), "12%");
    CHECK_TEXT(yd_show_rate(out, sizeof out, 38.12), "38.1");
    CHECK_TEXT(yd_show_rate(out, sizeof out, 3.456), "3.46");
    CHECK_TEXT(yd_show_rate(out, sizeof out, 381.2), "381");
}

static const yd_test_case cases[] = {
    {"text stays inside", text_stays_inside},
    {"text is cut with an ellipsis", text_is_cut_with_an_ellipsis},
    {"wide characters are never halved", wide_characters_are_never_halved},
    {"what cannot be shown is marked", what_cannot_be_shown_is_marked},
    {"bars fill", bars_fill},
    {"sparklines rise", sparklines_rise},
    {"charts draw in range", charts_draw_in_range},
    {"panels and boxes fit", panels_and_boxes_fit},
    {"tables scroll to the chosen row", tables_scroll_to_the_chosen_row},
    {"numbers are short", numbers_are_short},
};

TEST_MAIN(cases)
