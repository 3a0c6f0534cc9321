/* A file that grows by whole records: they are gathered in memory, then written with one write. What cannot
 * be written waits, as far as there is room: a disk that stays full must not fill the memory too. */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

enum { YD_APPENDER_WAITING = 4 << 20 }; /* bytes that wait at most */

/* Initialise with fd = -1. */
typedef struct yd_appender {
    int fd;
    int64_t written; /* bytes of whole records in the file */
    int64_t lost;    /* records that could neither be written nor kept */
    yd_text waiting;
    char path[4096];
} yd_appender;

/* A new file, for what waits already too. IO: it is there already, or cannot be made. */
yd_status yd_appender_open(yd_appender *appender, const char *path, yd_error *error);
/* Writes what waits, as far as that can be done, and closes. */
void yd_appender_close(yd_appender *appender);
/* Whether there is room for one more record; where there is none, it counts as lost. */
bool yd_appender_admits(yd_appender *appender);
/* sync: to the disk. IO: what waits goes on waiting, and the file ends with a whole record. */
yd_status yd_appender_flush(yd_appender *appender, bool sync, yd_error *error);
