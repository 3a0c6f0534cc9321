/* evolve.png: what an evolution of hyperparameters has tried. */
#pragma once
#include "image/sheet.h"
#include "series/evolution.h"

/* 2080 wide. A panel for each hyperparameter: the fitness of each generation against the value that it was
 * trained with, the fittest marked, whose value stands in the title. DATA where no generation is done;
 * MEMORY. The caller destroys the sheet. */
yd_status yd_draw_evolution(const yd_evolution *evolution, yd_sheet **sheet, yd_error *error);
/* The same into a PNG. DATA, IO, MEMORY. */
yd_status yd_plot_evolution(const char *path, const yd_evolution *evolution, yd_error *error);
