/* Looking at what was drawn on a sheet. */
#pragma once
#include "image/sheet.h"

/* The case fails where two texts on the sheet overlap, or one reaches out of it; what: says which sheet. */
void yd_check_layout(yd_sheet *sheet, const char *what);
/* What is on it; the sheet is destroyed. The caller frees the picture. */
yd_image yd_finish_sheet(yd_sheet *sheet);
