/* Where the parts of Tune stand: a pure function of the size. */
#pragma once
#include "tui/layout.h"

/* Empty where there is no room. The values come first, what a change would do next, the history last. */
typedef struct yd_tune_layout {
    yd_panel_place values, effect, history;
} yd_tune_layout;

/* rows: how many values there are. curve: the effect is to hold one, at the cost of the others where room is
 * short. */
yd_tune_layout yd_layout_tune(yd_rect body, int rows, bool curve);
