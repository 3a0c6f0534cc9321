#include "train/patience.h"

bool yd_best_judge(yd_best *best, int epoch, double fitness)
{
    if (!(fitness >= best->fitness)) return false;
    best->fitness = fitness;
    best->epoch = epoch;
    return true;
}

bool yd_best_waited(const yd_best *best, int epoch, int patience)
{
    return patience > 0 && best->epoch >= 0 && epoch - best->epoch >= patience;
}
