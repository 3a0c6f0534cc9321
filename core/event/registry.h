/* Which runs live, and where: RUN/live and RUN/lock. */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct yd_live {
    char host[256], boot_id[64], socket[108];
    int64_t pid,
        start_time; /* start_time: field 22 of /proc/PID/stat, so that a reused pid is not mistaken */
} yd_live;

yd_status yd_live_write(const char *run_folder, const yd_live *live, yd_error *error);
yd_status yd_live_read(const char *run_folder, yd_live *live, yd_error *error); /* hostile files included */
typedef enum yd_liveness {
    YD_LIVE_HERE,
    YD_LIVE_ELSEWHERE,
    YD_LIVE_DEAD,
    YD_LIVE_NONE
} yd_liveness; /* DEAD: said to live, does not */
yd_liveness yd_live_check(const char *run_folder, yd_live *live);

/* Takes RUN/lock (the descriptor is close-on-exec; keep it open). DATA, naming the holder, where another
 * process has it. */
yd_status yd_run_lock(const char *run_folder, int *descriptor, yd_error *error);

/* Finds a run by folder, or by its last part below the runs that this user's engines have noted; NULL or "":
 * the newest that lives. */
yd_status yd_run_find(const char *name, char *folder, int capacity, yd_error *error);
/* An engine notes its run folder where yd_run_find looks ($XDG_STATE_HOME/yolodeck/runs, newest last,
 * bounded). */
void yd_run_note(const char *run_folder);
