/* A sparkline: one row, a level a column. */
#pragma once
#include "series/series.h"
#include "tui/canvas.h"

enum {
    YD_SPARK_WIDTH = 160,
    YD_SPARK_BLANK = 0,
    YD_SPARK_NOT_FINITE = 255
}; /* levels are 1..YD_SPARK_LEVELS */

typedef struct yd_spark {
    uint8_t levels[YD_SPARK_WIDTH];
    int width;
} yd_spark;

/* The series from x = from to x = to in epochs, over width columns (at most YD_SPARK_WIDTH), from the lowest
 * mean shown to the highest; a column without a value repeats the one before it. NULL: blank. */
void yd_spark_make(yd_spark *spark, const yd_series *series, double from, double to, int width);
void yd_spark_draw(const yd_spark *spark, const yd_canvas *canvas, int x, int y);
