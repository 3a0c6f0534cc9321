/* What the colours of a terminal miss of a cell is made up for by the cells to come, as Floyd and Steinberg
 * share it out (An Adaptive Algorithm for Spatial Greyscale, 1976), row by row from the left. */
#pragma once
#include <stdbool.h>

typedef struct yd_missed {
    float channel[3]; /* red, green, blue, of 255 */
} yd_missed;

/* Zero-initialise. */
typedef struct yd_diffusion {
    int columns;
    yd_missed *here,
        *below; /* a place for each column of this row and the next, and one more at either end */
} yd_diffusion;

/* False where memory is out. */
bool yd_diffusion_start(yd_diffusion *diffusion, int columns);
void yd_diffusion_free(yd_diffusion *diffusion);
void yd_diffusion_next_row(yd_diffusion *diffusion);
/* What the cell has to make up for. Not beyond a bound: what no colour comes near to would end as specks
 * elsewhere. */
yd_missed yd_diffusion_owed(const yd_diffusion *diffusion, int column);
void yd_diffusion_share(yd_diffusion *diffusion, int column, const yd_missed *missed);
