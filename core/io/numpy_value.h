/* Numbers as NumPy pickles them: scalars, and arrays of them. (training.md, 10.4) */
#pragma once
#include "io/pickle.h"

/* A BOOL, INT or FLOAT, a NumPy scalar, or a NumPy array of one element. */
bool yd_pickle_number(const yd_pickle_node *node, double *value);
