/* Label files: "class cx cy w h" a line, or "class x y x y ..." polygons, normalised (data_and_metrics.md,
 * 4). */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "data/rules.h"
#include <stdint.h>

/* Labels of one picture. Everything lies in the arena that was given to the parser. */
typedef struct yd_labels {
    float *rows; /* [count, 5] class, cx, cy, w, h */
    int count;
    float *points; /* [ends[count - 1], 2] x, y of all polygons, row by row; NULL where the file has boxes */
    int32_t *ends; /* [count] end of each row's polygon in points; NULL where the file has boxes */
    int largest_class; /* -1 where there is no label */
    int largest_line;  /* the line, from 1, where largest_class stands first */
    int duplicates;    /* rows removed because an equal one stands before them */
    int misread; /* lines with the columns of a box among polygons, read as two points as the original does */
} yd_labels;

/* Parses text. An empty text gives no labels and is no error. YD_ERR_FORMAT, named "NAME:LINE: ...": wrong or
 * changing number of columns, not numbers, below 0 or beyond 1, a class that is no whole number, equal rows
 * where the rules forbid them; YD_ERR_MEMORY. Never reads beyond length; hostile text is as harmless as any
 * other. */
yd_status yd_labels_parse(const char *text, size_t length, const char *name, const yd_data_rules *rules,
                          yd_arena *arena, yd_labels *labels, yd_error *error);
