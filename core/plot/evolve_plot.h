/* evolve.png: what an evolution of hyperparameters has tried. */
#pragma once
#include "base/error.h"
#include "series/evolution.h"

/* path: a PNG, 2080 wide. A panel for each hyperparameter: the fitness of each generation against the value
 * that it was trained with, the fittest marked, whose value stands in the title. DATA where no generation is
 * done; IO, MEMORY. */
yd_status yd_plot_evolution(const char *path, const yd_evolution *evolution, yd_error *error);
