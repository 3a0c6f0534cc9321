#include "tui/widgets/table.h"

enum { GAP = 2 };

static void column_widths(const yd_table *table, const yd_canvas *canvas, int widths[YD_TABLE_COLUMNS])
{
    for (int column = 0; column < YD_TABLE_COLUMNS; column++) {
        widths[column] = 0;
        for (int i = 0; i < table->count; i++) {
            const char *cell = table->rows[i].cells[column];
            int width = cell ? yd_canvas_text_width(canvas, cell) : 0;
            if (width > widths[column]) widths[column] = width;
        }
    }
}

int yd_table_width(const yd_table *table, const yd_canvas *canvas)
{
    int widths[YD_TABLE_COLUMNS], sum = 0;
    column_widths(table, canvas, widths);
    for (int i = 0; i < YD_TABLE_COLUMNS; i++) sum += widths[i] ? widths[i] + (i ? GAP : 0) : 0;
    return sum;
}

static void draw_row(const yd_table *table, const yd_canvas *canvas, int y, int row, const int *widths)
{
    bool chosen = row == table->chosen;
    yd_style style = chosen ? YD_STYLE_SELECTED : YD_STYLE_TEXT;
    for (int x = 0; chosen && x < canvas->width; x++) yd_canvas_put(canvas, x, y, ' ', style);
    int x = 0;
    for (int i = 0; i < YD_TABLE_COLUMNS && table->rows[row].cells[i]; i++) {
        yd_style cell_style = i == 0 && !chosen ? YD_STYLE_KEY : style;
        yd_canvas_text_cut(canvas, x, y, canvas->width - x, cell_style, table->rows[row].cells[i]);
        x += widths[i] + GAP;
    }
}

int yd_table_draw(const yd_table *table, const yd_canvas *canvas)
{
    int widths[YD_TABLE_COLUMNS], top = table->top, found = -1;
    column_widths(table, canvas, widths);
    if (table->chosen >= top + canvas->height) top = table->chosen - canvas->height + 1;
    if (table->chosen >= 0 && table->chosen < top) top = table->chosen;
    for (int y = 0; y < canvas->height && top + y < table->count; y++) {
        draw_row(table, canvas, y, top + y, widths);
        if (top + y == table->chosen) found = y;
    }
    return found;
}
