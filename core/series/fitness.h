/* What a validation is worth: one number that best.pt, patience and lists of runs go by. */
#pragma once

double yd_fitness(double map50, double map50_95); /* 0.1 * map50 + 0.9 * map50_95 */
