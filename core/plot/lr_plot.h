/* LR.png: the learning rate that a run plans. */
#pragma once
#include "image/sheet.h"
#include "series/schedule.h"

/* 1280 x 960: of the three parameter groups against epochs, and below, where there is a warm-up, the same
 * against its iterations. The caller destroys the sheet. MEMORY. */
yd_status yd_draw_lr(const yd_schedule *schedule, yd_sheet **sheet, yd_error *error);
/* The same into FOLDER/LR.png. IO, MEMORY. */
yd_status yd_plot_lr(const char *folder, const yd_schedule *schedule, yd_error *error);
