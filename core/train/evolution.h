/* An evolution of hyperparameters (--evolve N; training.md, 11): generation after generation is bred, trained
 * in a process of its own (nursery.h, generation.h), and written down. This process holds what whoever
 * watches sees as one run: event ring, server, run folder and lock. It is one thread that waits for its
 * generation, for signals and for commands, which it passes on.
 *
 * Whatever happens, what is written down is whole: a generation counts from the moment that its line stands
 * in RUN/evolve.jsonl. One that was stopped goes on from weights/last.pt, one that was killed begins anew;
 * both are bitwise what they would have been. */
#pragma once
#include "train/engine.h"

/* --evolve is given, or --resume names an evolution. */
bool yd_evolution_is_asked(const yd_options *options);
/* The engine of an evolution: yd_engine_run for it. */
int yd_evolution_run(const yd_engine_request *request);
