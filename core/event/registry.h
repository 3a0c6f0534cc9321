/* Which runs live, and where: RUN/live, RUN/lock, and the list of runs that the user's engines have noted. */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* start_time: field 22 of /proc/PID/stat, so that a reused pid is not mistaken for the engine. */
typedef struct yd_live {
    char host[256], boot_id[64], socket[108];
    int64_t pid, start_time;
} yd_live;

/* Fills in all of this process but the socket. */
void yd_live_here(yd_live *live);
/* RUN/live is text: "yolodeck-live 1", then a line "KEY VALUE" each for host, boot_id, pid, start_time and
 * socket. */
yd_status yd_live_write(const char *run_folder, const yd_live *live, yd_error *error);
/* DATA where there is no such file; FORMAT where it is anything but such a text. Keys that are not known are
 * skipped. */
yd_status yd_live_read(const char *run_folder, yd_live *live, yd_error *error);
/* What yd_live_read does with the text of the file (NUL-terminated); path is for messages. */
yd_status yd_live_parse(const char *text, size_t length, const char *path, yd_live *live, yd_error *error);

/* DEAD: said to live, but does not. Whoever holds the lock lives, seen from another pid namespace too. */
typedef enum yd_liveness { YD_LIVE_HERE, YD_LIVE_ELSEWHERE, YD_LIVE_DEAD, YD_LIVE_NONE } yd_liveness;
/* live: what the file says, zeroed where it cannot be read. */
yd_liveness yd_live_check(const char *run_folder, yd_live *live);

/* Takes RUN/lock. The descriptor is close-on-exec; keep it open as long as the run lasts. DATA, naming the
 * holder, where another has it. Where the file system has no locks, a warning is logged and the descriptor is
 * given all the same. */
yd_status yd_run_lock(const char *run_folder, int *descriptor, yd_error *error);

/* Finds a run by its folder, or by its last part among the noted runs (a living one first, else the newest);
 * NULL or "": the newest that lives. The path is absolute. */
yd_status yd_run_find(const char *name, char *folder, int capacity, yd_error *error);
/* An engine notes its run folder where yd_run_find looks: $XDG_STATE_HOME/yolodeck/runs, newest last,
 * bounded. Failing is no harm: the run can still be named by its folder. */
void yd_run_note(const char *run_folder);
