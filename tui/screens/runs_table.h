/* Which columns of the list of runs there is room for, which rows pass a filter and in which order, and what
 * stands in a cell. Pure. */
#pragma once
#include "runs/run_scan.h"

typedef enum yd_run_column {
#define YD_RUN_COLUMN(enumerator, title, width, right) YD_RUN_COLUMN_##enumerator,
#include "tui/screens/runs_columns.def"
#undef YD_RUN_COLUMN
    YD_RUN_COLUMNS
} yd_run_column;

enum { YD_RUN_GAP = 2 };

/* Cells of each column, 0 for one that has no room; between two there is a gap of YD_RUN_GAP. */
void yd_runs_widths(int width, int widths[YD_RUN_COLUMNS]);
const char *yd_runs_title(yd_run_column column);
bool yd_runs_right(yd_run_column column);
/* The text of a cell, escaped. Returns out. */
const char *yd_runs_cell(const yd_run_row *row, yd_run_column column, char *out, size_t capacity);
/* Whether the larger ones come first unless it is reversed: of numbers and times. */
bool yd_runs_descends(yd_run_column column);
/* The rows that hold all words of the filter in their name, folder, state or kind, by their index, sorted by
 * a column; what is not known comes last either way. order has room for all. Returns how many. */
int yd_runs_order(const yd_run_table *table, const char *filter, yd_run_column column, bool reversed,
                  int *order);
