#include "plot/evolve_plot.h"
#include "plot/axes.h"
#include "plot/palette.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS = 5, PANEL_WIDTH = 400, PANEL_HEIGHT = 360, MARGIN = 40, FONT = 17 };

typedef struct points {
    double *value, *fitness; /* [count] */
    int count, best;
} points;

static void draw_gene(yd_sheet *sheet, int gene, const yd_evolution *evolution, const points *all)
{
    const int row = gene / COLUMNS, column = gene % COLUMNS;
    const double left = MARGIN + PANEL_WIDTH * (double)column, top = PANEL_HEIGHT * (double)row;
    char title[96];
    for (int i = 0; i < all->count; i++) all->value[i] = yd_evolution_at(evolution, i)->values[gene];
    snprintf(title, sizeof title, "%s = %.4g", evolution->genes[gene], all->value[all->best]);
    yd_axes axes = {.sheet = sheet,
                    .area = {left + 80, top + 56, left + PANEL_WIDTH - 20, top + PANEL_HEIGHT - 50},
                    .size = FONT,
                    .title = title,
                    .y_label = column == 0 ? "fitness" : NULL};
    yd_axes_fit(&axes.x_low, &axes.x_high, all->value, (size_t)all->count);
    yd_axes_fit(&axes.y_low, &axes.y_high, all->fitness, (size_t)all->count);
    yd_axes_draw(&axes);
    yd_axes_dots(&axes, all->value, all->fitness, all->count, 5, yd_palette_colour(0));
    yd_axes_dots(&axes, all->value + all->best, all->fitness + all->best, 1, 10, yd_palette_colour(1));
}

yd_status yd_draw_evolution(const yd_evolution *evolution, yd_sheet **sheet, yd_error *error)
{
    points all = {.count = yd_evolution_count(evolution), .best = yd_evolution_best(evolution)};
    const int rows = (evolution->gene_count + COLUMNS - 1) / COLUMNS;
    *sheet = NULL;
    if (all.best < 0 || rows == 0) return yd_fail(error, YD_ERR_DATA, "no generation to plot");
    all.value = calloc((size_t)all.count, sizeof *all.value);
    all.fitness = calloc((size_t)all.count, sizeof *all.fitness);
    yd_status status =
        all.value && all.fitness
            ? yd_sheet_create(COLUMNS * PANEL_WIDTH + 2 * MARGIN, rows * PANEL_HEIGHT, sheet, error)
            : yd_fail(error, YD_ERR_MEMORY, "no memory to plot an evolution");
    if (status == YD_OK) {
        for (int i = 0; i < all.count; i++) all.fitness[i] = yd_evolution_at(evolution, i)->fitness;
        for (int gene = 0; gene < evolution->gene_count; gene++) draw_gene(*sheet, gene, evolution, &all);
    }
    free(all.value);
    free(all.fitness);
    return status;
}

yd_status yd_plot_evolution(const char *path, const yd_evolution *evolution, yd_error *error)
{
    yd_sheet *sheet;
    yd_status status = yd_draw_evolution(evolution, &sheet, error);
    if (status == YD_OK) status = yd_sheet_write(sheet, path, error);
    yd_sheet_destroy(sheet);
    return status;
}
