#include "tui/widgets/spark.h"
#include <math.h>

static uint8_t level_of(double value, double low, double high)
{
    if (!(high > low)) return YD_SPARK_LEVELS / 2;
    int level = 1 + (int)((value - low) / (high - low) * YD_SPARK_LEVELS);
    return (uint8_t)(level > YD_SPARK_LEVELS ? YD_SPARK_LEVELS : level);
}

void yd_spark_make(yd_spark *spark, const yd_series *series, double from, double to, int width)
{
    yd_series_column columns[YD_SPARK_WIDTH];
    *spark = (yd_spark){.width = width < 0 ? 0 : width > YD_SPARK_WIDTH ? YD_SPARK_WIDTH : width};
    if (!series) return;
    yd_series_columns(series, YD_AXIS_EPOCH, from, to, columns, spark->width);
    yd_series_fill(columns, spark->width);
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < spark->width; i++)
        low = fmin(low, columns[i].mean), high = fmax(high, columns[i].mean);
    for (int i = 0; i < spark->width; i++)
        spark->levels[i] = columns[i].not_finite     ? YD_SPARK_NOT_FINITE
                           : !isnan(columns[i].mean) ? level_of(columns[i].mean, low, high)
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
