/* What oneDNN alone needs for the convolutions of a training step: direct forward, data gradient (not for the
 * stem) and weight gradient of each, in the layouts that the library prefers. */
#pragma once
#include "model/model.h"

typedef struct yd_limit yd_limit;

/* type: F32, or BF16 for activations and weights that are read (weight gradients stay float32). repeats: most
 * times that each pass is timed. clock: the time in seconds. Ends the program where something fails. */
yd_limit *yd_limit_open(const yd_model *model, int batch, int size, yd_dtype type, int repeats,
                        double (*clock)(void));
void yd_limit_close(yd_limit *limit);
/* Times each pass so many times more, after one run to warm up. */
void yd_limit_time(yd_limit *limit, int repeats);
/* Sums over all passes, in seconds: of medians and of the fastest. */
void yd_limit_sums(yd_limit *limit, double *median, double *fastest);
