/* What the screen Classes holds: the validation that is shown, and where its three parts stand. For the files
 * of that screen. */
#pragma once
#include "series/class_file.h"
#include "tui/classes.h"
#include "tui/screens/screen.h"
#include "tui/widgets/entry.h"

typedef enum yd_classes_part {
    YD_CLASSES_TABLE,
    YD_CLASSES_MATRIX,
    YD_CLASSES_WORST,
    YD_CLASSES_PARTS
} yd_classes_part;
enum { YD_CLASSES_WORST_LIMIT = 1000 };

typedef struct yd_classes {
    yd_class_file *file;
    int64_t looked_ns; /* when the file was last looked at; 0: never */
    bool more;         /* of it is still to be read */
    int shown;         /* the validation that is shown; -1: none */
    bool follows;      /* the newest */
    yd_class_report report, before;
    bool has_report, has_before;
    char problem[256]; /* why there is nothing to show */

    int *order; /* [report.class_count]: the classes in the table */
    int count, chosen, top, page;
    yd_class_column column;
    bool reversed, sorted; /* sorted: by column; else in the data set's order */
    char filter[YD_ENTRY_LIMIT];
    bool types;
    yd_entry entry;
    yd_entry_history filters;

    double *totals;  /* [report.class_count + 1] */
    int row, across; /* of the cell under the cursor: predicted, true */
    int first_row, first_across, rows, columns, cell, left; /* what of the matrix is drawn, how wide a cell
                                                               is, and where they begin */
    int wanted_cell;                                        /* 0: as wide as fits */

    const yd_confusion_entry *worst[YD_CLASSES_WORST_LIMIT];
    int worst_count, worst_chosen, worst_top, worst_page;

    yd_classes_part part;             /* that has the keys; alone, where there is room for one */
    yd_rect places[YD_CLASSES_PARTS]; /* of the last drawing; empty: not drawn */
} yd_classes;

/* The name of a place in the matrix, escaped: the last one is the background. */
const char *yd_classes_name(const yd_classes *own, int index, char *out, size_t capacity);
/* The share of the true class's column; 0 where it is empty. */
double yd_classes_share(const yd_classes *own, int predicted, int truth);

/* Each draws one part; focus: it has the keys. */
void yd_classes_draw_table(const yd_screen_context *context, const yd_canvas *canvas, bool focus);
void yd_classes_draw_matrix(const yd_screen_context *context, const yd_canvas *canvas, bool focus);
void yd_classes_draw_worst(const yd_screen_context *context, const yd_canvas *canvas, bool focus);
/* The column whose title stands at x in a table of so many cells; -1: none. */
int yd_classes_title_at(int width, int x);
