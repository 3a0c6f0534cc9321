/* A sparkline: a level a column, one row high or several. */
#pragma once
#include "series/series.h"
#include "tui/canvas.h"

enum {
    YD_SPARK_WIDTH = 160,
    YD_SPARK_ROWS = 30,
    YD_SPARK_BLANK = 0,
    YD_SPARK_NOT_FINITE = 255
}; /* levels are 1..YD_SPARK_LEVELS in each row, counted on from the lowest */

typedef struct yd_spark {
    uint8_t levels[YD_SPARK_WIDTH];
    int width, rows;
    double low, high; /* of what is shown; NAN: nothing is */
} yd_spark;

/* The series from x = from to x = to in epochs, over width columns (at most YD_SPARK_WIDTH) and rows (at most
 * YD_SPARK_ROWS), from the lowest mean shown to the highest; a column without a value repeats the one before
 * it. NULL: blank. */
void yd_spark_make(yd_spark *spark, const yd_series *series, double from, double to, int width, int rows);
/* The same of the sum of count series, which have values at the same places. */
void yd_spark_make_sum(yd_spark *spark, const yd_series *const *series, int count, double from, double to,
                       int width, int rows);
/* (x, y): its upper left cell. */
void yd_spark_draw(const yd_spark *spark, const yd_canvas *canvas, int x, int y);
