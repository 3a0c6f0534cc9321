/* study.png: what models find at sizes from small to large, and how long that takes. */
#pragma once
#include "image/sheet.h"
#include "series/study.h"

/* 2000 wide. mAP over the size of the pictures, and over the time of inference with the sizes at its points;
 * a colour a study, with a legend. The caller destroys the sheet. MEMORY. */
yd_status yd_draw_studies(const yd_study *studies, int count, yd_sheet **sheet, yd_error *error);
/* The same into a PNG. IO, MEMORY. */
yd_status yd_plot_studies(const char *path, const yd_study *studies, int count, yd_error *error);

/* FOLDER/study_*.txt, in the order of their names, drawn into path. DATA where there are none; FORMAT, IO,
 * MEMORY. */
yd_status yd_plot_study_folder(const char *folder, const char *path, yd_error *error);
