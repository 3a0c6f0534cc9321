/* --weights of an unfinished run, where the preset brings its run along: epoch, optimizer, average, best
 * fitness and results.txt so far. (training.md, 8.4) */
#pragma once
#include "train/run.h"

/* Decides whether it does, where the run begins, and how many epochs it has: one that has more behind it than
 * --epochs is fine-tuned for about as many more. Before data and schedule. CONFIG where nothing is left to
 * train. */
yd_status yd_carry_on_plan(yd_run *run, const yd_weights *weights, yd_error *error);

/* Reads the state, where the plan says so, over what was transferred of the weights. FORMAT where it is
 * another model's. */
yd_status yd_carry_on_take(yd_run *run, yd_error *error);

/* Writes the results.txt that came along into the run's folder. IO. */
yd_status yd_carry_on_results(const yd_run *run, yd_error *error);
