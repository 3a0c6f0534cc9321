#include "tui/widgets/spark.h"
#include <math.h>

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static uint8_t level_of(double value, const yd_spark *spark)
{
    int levels = YD_SPARK_LEVELS * spark->rows;
    if (!(spark->high > spark->low)) return (uint8_t)(levels / 2);
    return (uint8_t)clamp(1 + (int)((value - spark->low) / (spark->high - spark->low) * levels), 1, levels);
}

void yd_spark_make(yd_spark *spark, const yd_series *series, double from, double to, int width, int rows)
{
    yd_spark_make_sum(spark, &series, series ? 1 : 0, from, to, width, rows);
}

void yd_spark_make_sum(yd_spark *spark, const yd_series *const *series, int count, double from, double to,
                       int width, int rows)
{
    yd_series_column columns[YD_SPARK_WIDTH], more[YD_SPARK_WIDTH];
    *spark = (yd_spark){.width = clamp(width, 0, YD_SPARK_WIDTH),
                        .rows = clamp(rows, 1, YD_SPARK_ROWS),
                        .low = NAN,
                        .high = NAN};
    if (count <= 0) return;
    yd_series_columns(series[0], YD_AXIS_EPOCH, from, to, columns, spark->width);
    for (int one = 1; one < count; one++) {
        yd_series_columns(series[one], YD_AXIS_EPOCH, from, to, more, spark->width);
        for (int i = 0; i < spark->width; i++)
            columns[i].mean += more[i].mean, columns[i].not_finite += more[i].not_finite;
    }
    yd_series_fill(columns, spark->width);
    for (int i = 0; i < spark->width; i++)
        spark->low = fmin(spark->low, columns[i].mean), spark->high = fmax(spark->high, columns[i].mean);
    for (int i = 0; i < spark->width; i++)
        spark->levels[i] = columns[i].not_finite     ? YD_SPARK_NOT_FINITE
                           : !isnan(columns[i].mean) ? level_of(columns[i].mean, spark)
                                                     : YD_SPARK_BLANK;
}

static void draw_column(const yd_canvas *canvas, int x, int y, int rows, int level)
{
    for (int row = rows - 1; row >= 0 && level > 0; row--, level -= YD_SPARK_LEVELS) {
        int part = clamp(level, 1, YD_SPARK_LEVELS);
        yd_canvas_put(canvas, x, y + row, canvas->glyphs->spark[part - 1], YD_STYLE_SPARK);
    }
}

void yd_spark_draw(const yd_spark *spark, const yd_canvas *canvas, int x, int y)
{
    for (int i = 0; i < spark->width; i++) {
        if (spark->levels[i] == YD_SPARK_NOT_FINITE)
            yd_canvas_put(canvas, x + i, y + spark->rows - 1, canvas->glyphs->not_finite, YD_STYLE_BAD);
        else
            draw_column(canvas, x + i, y, spark->rows, spark->levels[i]);
    }
}
