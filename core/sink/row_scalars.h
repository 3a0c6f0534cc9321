/* The row of an epoch as the scalars that its events become (series/event_scalars.h). */
#pragma once
#include "series/event_scalars.h"
#include "sink/results.h"

enum { YD_ROW_SCALARS = 13 };
/* Returns how many. */
int yd_row_scalars(const yd_epoch_row *row, yd_results_order order, yd_scalar out[YD_ROW_SCALARS]);
