/* The step machine: states, and what one visit to each does. */
#pragma once
#include "train/run.h"

/* From set-up to the end: YD_OK when all epochs are done, YD_ERR_STOPPED when stopped by the user (everything
 * saved), else what went wrong. The state that observers see ends as DONE or FAILED. */
yd_status yd_trainer_run(yd_run *run, yd_error *error);
