/* Where everything stands: pure functions of a size, without a terminal. What is found has an empty rectangle
 * where there is no room for it. No two rectangles overlap, and none leaves the screen, whatever the size. */
#pragma once
#include "tui/canvas.h"

enum {
    YD_LAYOUT_WIDTH = 60, /* below this width or height the essential line is all that is shown */
    YD_LAYOUT_HEIGHT = 16,
    YD_LAYOUT_TWO_COLUMNS = 94, /* from this width on */
};

/* The frame around every screen. */
typedef struct yd_frame_layout {
    bool essential; /* too small: body is the whole screen, the rest is empty */
    yd_rect header, tabs, body, footer;
} yd_frame_layout;

yd_frame_layout yd_layout_frame(int width, int height);

enum { YD_TABS_LIMIT = 10 };

/* Tabs " 1 Dash  2 Charts …" and "? help" at the right end; blanks go first where room is short, then the
 * help, then the last tabs. */
typedef struct yd_tab_layout {
    int pad;                                    /* blanks before the text of each tab */
    int x[YD_TABS_LIMIT], width[YD_TABS_LIMIT]; /* width 0: no room */
    int help_x;                                 /* 0: no room */
} yd_tab_layout;

/* names: ASCII, shown behind a digit and a blank. */
yd_tab_layout yd_layout_tabs(int width, const char *const *names, int count);

/* In the order of importance: the last go first where room is short. */
typedef enum yd_panel {
    YD_PANEL_PROGRESS,
    YD_PANEL_LOSS,
    YD_PANEL_MAP,
    YD_PANEL_EVENTS,
    YD_PANEL_MACHINE,
    YD_PANEL_LR,
    YD_PANEL_COUNT
} yd_panel;

/* A panel's rectangle holds its upper edge and its sides; the lower edge of a column belongs to its last
 * panel. */
typedef struct yd_panel_place {
    yd_rect outer;
    bool first, last; /* in its column */
} yd_panel_place;

typedef struct yd_dash_layout {
    yd_panel_place panels[YD_PANEL_COUNT];
} yd_dash_layout;

yd_dash_layout yd_layout_dash(yd_rect body);
/* What a panel's edges leave, one blank column at either side. */
yd_rect yd_layout_inside(const yd_panel_place *place);

enum { YD_LAYOUT_CHARTS = 6 };

/* Panels side by side and below each other, in the order of reading. */
typedef struct yd_charts_layout {
    yd_panel_place panels[YD_LAYOUT_CHARTS];
    int count;
} yd_charts_layout;

/* As many of the wanted panels (1 to 6) as have room to show something, one at least, in the arrangement
 * whose panels are nearest to being twice as wide as high. */
yd_charts_layout yd_layout_charts(yd_rect body, int wanted);

enum { YD_LAYOUT_CLASSES = 3 };

/* The table, the confusion matrix and the worst confusions. */
typedef struct yd_classes_layout {
    yd_panel_place panels[YD_LAYOUT_CLASSES];
} yd_classes_layout;

/* Of so many classes. From 130 cells across on all three, the table at the left; else below each other as far
 * as they have room for all of theirs, and the worst confusions for some; else the chosen one (0 to 2) alone.
 */
yd_classes_layout yd_layout_classes(yd_rect body, int classes, int chosen);
