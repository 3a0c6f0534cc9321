#include "series/fitness.h"

double yd_fitness(double map50, double map50_95)
{
    return 0.1 * map50 + 0.9 * map50_95;
}
