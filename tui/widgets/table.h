/* Rows of text in columns, one of them chosen, scrolled so that it is seen: menus and the help are tables. */
#pragma once
#include "tui/canvas.h"

enum { YD_TABLE_COLUMNS = 4 };

typedef struct yd_table_row {
    const char *cells[YD_TABLE_COLUMNS]; /* NULL: no more */
} yd_table_row;

typedef struct yd_table {
    const yd_table_row *rows;
    int count;
    int chosen; /* -1: none */
    int top;    /* the first row that is shown */
} yd_table;

/* Cells that the table would like to have across. */
int yd_table_width(const yd_table *table, const yd_canvas *canvas);
/* The first column stands out as a key does. Returns the row where the chosen one was drawn; -1: nowhere. */
int yd_table_draw(const yd_table *table, const yd_canvas *canvas);
