/* The learning rate that a run is going to use, out of its status block. Pure. */
#pragma once
#include "event/wire.h"
#include "series/schedule.h"

/* False where the block does not say enough. */
bool yd_plan_of(const yd_status_block *block, yd_schedule *schedule);
/* epochs: position of the run, from 0, with the fraction of the epoch under way. */
void yd_plan_at(const yd_schedule *schedule, double epochs, yd_schedule_point *point);
