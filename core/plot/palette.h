/* The colours of plots: told apart by colour-blind eyes too, and in grey. */
#pragma once
#include "image/draw.h"
#include <stdbool.h>

extern const yd_colour yd_ink;   /* text and axes */
extern const yd_colour yd_faded; /* secondary text, and lines that are context */
extern const yd_colour yd_grid;  /* grid lines */
extern const yd_colour yd_paper;

enum { YD_PALETTE_COLOURS = 10 };
/* The colour of the index-th of several curves; repeated from YD_PALETTE_COLOURS on. */
yd_colour yd_palette_colour(int index);
/* Whether it repeats one, and is to be dashed. */
bool yd_palette_repeats(int index);

/* From white (share 0) to a dark blue (1), each step as visible as the next; NAN is white. */
yd_colour yd_palette_heat(double share);
/* What can be read on that: ink or paper. */
yd_colour yd_palette_on_heat(double share);
