#include "tui/picture/diffusion.h"
#include <stdlib.h>
#include <string.h>

static const float most_owed = 24;

bool yd_diffusion_start(yd_diffusion *diffusion, int columns)
{
    size_t width = (size_t)columns + 2;
    diffusion->columns = columns;
    diffusion->here = calloc(width, sizeof *diffusion->here);
    diffusion->below = calloc(width, sizeof *diffusion->below);
    if (diffusion->here && diffusion->below) return true;
    yd_diffusion_free(diffusion);
    return false;
}

void yd_diffusion_free(yd_diffusion *diffusion)
{
    free(diffusion->here);
    free(diffusion->below);
    *diffusion = (yd_diffusion){0};
}

void yd_diffusion_next_row(yd_diffusion *diffusion)
{
    yd_missed *done = diffusion->here;
    diffusion->here = diffusion->below;
    diffusion->below = done;
    memset(done, 0, ((size_t)diffusion->columns + 2) * sizeof *done);
}

yd_missed yd_diffusion_owed(const yd_diffusion *diffusion, int column)
{
    yd_missed owed = diffusion->here[column + 1];
    for (int k = 0; k < 3; k++) {
        float *value = &owed.channel[k];
        *value = *value < -most_owed ? -most_owed : *value > most_owed ? most_owed : *value;
    }
    return owed;
}

void yd_diffusion_share(yd_diffusion *diffusion, int column, const yd_missed *missed)
{
    for (int k = 0; k < 3; k++) {
        float part = missed->channel[k] / 16;
        diffusion->here[column + 2].channel[k] += 7 * part;
        diffusion->below[column].channel[k] += 3 * part;
        diffusion->below[column + 1].channel[k] += 5 * part;
        diffusion->below[column + 2].channel[k] += part;
    }
}
