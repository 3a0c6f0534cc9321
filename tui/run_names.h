/* Runs as a user names them: by the name of a run beside the one that is open (or in the folder whose runs
 * are listed), or by a path, which may begin with ~/. */
#pragma once
#include "tui/services.h"

enum { YD_RUN_PATH = 4096 };

/* The folder that names are taken from: what is listed, else where the open run stands. */
void yd_run_names_folder(const yd_services *services, char folder[YD_RUN_PATH]);
/* Where the run is: a bare name is looked for in that folder first, a path from the current one. False: there
 * is nothing of that name. */
bool yd_run_names_find(const yd_services *services, const char *name, char path[YD_RUN_PATH]);
/* Calls offer for everything that a word which begins so may become: names of runs, and where a slash is in
 * it, paths; folders end with a slash there. files: also event files and tables. */
void yd_run_names_offer(const yd_services *services, const char *word, bool files,
                        void (*offer)(void *context, const char *name), void *context);
