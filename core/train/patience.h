/* Which epoch is the best, and when waiting for a better one ends. (training.md, 8.1, 15) */
#pragma once
#include <stdbool.h>

typedef struct yd_best {
    double fitness; /* 0 at first, as in the reference */
    int epoch;      /* the last one whose fitness was at least the best; -1: none */
} yd_best;

/* Takes an epoch's fitness in. True where it is the best: a tie counts too, a fitness that is not a number
 * never does. */
bool yd_best_judge(yd_best *best, int epoch, double fitness);
/* Whether patience epochs have passed since the best one; patience 0 waits for ever. */
bool yd_best_waited(const yd_best *best, int epoch, int patience);
