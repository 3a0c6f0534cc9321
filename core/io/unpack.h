/* Archives of data sets into a folder: .zip, .tar, .tar.gz, .tgz. */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct yd_unpack_state {
    int64_t files, bytes; /* so far */
} yd_unpack_state;
/* Called after every file. False stops. */
typedef bool yd_unpack_progress(void *context, const yd_unpack_state *state);

typedef struct yd_unpack_request {
    const char *archive, *folder; /* folder exists */
    yd_unpack_progress *progress; /* NULL: nobody looks on */
    void *context;
} yd_unpack_request;

/* Whether a file's name is that of an archive that can be unpacked. */
bool yd_unpack_knows(const char *name);

/* Unpacks beside the target first (a hidden folder there) and moves what it has into place when all is whole:
 * a failure changes nothing. Files that are there already are replaced, what else lies in the folder stays.
 * .DS_Store and __MACOSX are left out, as the reference does. Refused as FORMAT: names that are absolute,
 * lead out of the folder or hold control characters; links, devices; what expands beyond 200 times the
 * archive (and 64 MB), or is damaged. IO: no space (told before anything is written, where the archive says
 * its sizes); STOPPED, MEMORY, UNSUPPORTED for other archives. */
yd_status yd_unpack(const yd_unpack_request *request, yd_error *error);
