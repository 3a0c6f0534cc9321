/* LR.png: the learning rate that a run plans. */
#pragma once
#include "base/error.h"
#include "series/schedule.h"

/* FOLDER/LR.png, 1280 x 960: of the three parameter groups against epochs, warm-up included. IO, MEMORY. */
yd_status yd_plot_lr(const char *folder, const yd_schedule *schedule, yd_error *error);
