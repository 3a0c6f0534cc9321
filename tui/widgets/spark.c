#include "tui/widgets/spark.h"
#include <math.h>

static uint8_t level_of(float value, float low, float high)
{
    if (!(high > low)) return YD_SPARK_LEVELS / 2;
    int level = 1 + (int)((value - low) / (high - low) * YD_SPARK_LEVELS);
    return (uint8_t)(level > YD_SPARK_LEVELS ? YD_SPARK_LEVELS : level);
}

void yd_spark_make(yd_spark *spark, const yd_history *history, double from, double to, int width)
{
    yd_history_column columns[YD_SPARK_WIDTH];
    spark->width = width < 0 ? 0 : width > YD_SPARK_WIDTH ? YD_SPARK_WIDTH : width;
    yd_history_columns(history, from, to, columns, spark->width);
    float low = INFINITY, high = -INFINITY;
    for (int i = 0; i < spark->width; i++) {
        if (!columns[i].known) continue;
        low = fminf(low, columns[i].mean);
        high = fmaxf(high, columns[i].mean);
    }
    for (int i = 0; i < spark->width; i++)
        spark->levels[i] = columns[i].not_finite ? YD_SPARK_NOT_FINITE
                           : columns[i].known    ? level_of(columns[i].mean, low, high)
                                                 : YD_SPARK_BLANK;
}

void yd_spark_draw(const yd_spark *spark, const yd_canvas *canvas, int x, int y)
{
    for (int i = 0; i < spark->width; i++) {
        uint8_t level = spark->levels[i];
        if (level == YD_SPARK_NOT_FINITE)
            yd_canvas_put(canvas, x + i, y, canvas->glyphs->not_finite, YD_STYLE_BAD);
        else if (level != YD_SPARK_BLANK)
            yd_canvas_put(canvas, x + i, y, canvas->glyphs->spark[level - 1], YD_STYLE_SPARK);
    }
}
