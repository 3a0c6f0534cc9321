/* Where a run goes: PROJECT/NAME, numbered. */
#pragma once
#include "base/error.h"
#include "config/preset.h"

enum { YD_PATH_MAX = 4096 };

/* Chooses the folder as YOLOv5's increment_path does (training.md, 2.5) and makes it, with the folder
 * inside in it ("": none). numbering: of the preset. With exist_ok an existing folder is taken as it is.
 * CONFIG where the path does not fit or cannot be written to. */
yd_status yd_run_folder_choose(const char *project, const char *name, bool exist_ok,
                               yd_run_numbering numbering, const char *inside, char folder[YD_PATH_MAX],
                               yd_error *error);
/* CONFIG where a folder stands in the place of a file that runs keep. */
yd_status yd_run_folder_check(const char *folder, yd_error *error);
