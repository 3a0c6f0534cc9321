/* What a run stands on and is not on this machine yet: data sets whose YAML names an archive, and YOLOv5's
 * released weights. (training.md, 2.4 and 3.2) */
#pragma once
#include "config/dataset_yaml.h"
#include "config/find.h"

/* Who waits for a download; any member may be NULL. */
typedef struct yd_fetch_watch {
    bool (*go_on)(void *context); /* false: the user stops it */
    void (*tell)(void *context,
                 const char *line); /* how far it is, a few times a second; the log says so too, less often */
    void *context;
} yd_fetch_watch;

/* Where a folder or list of one of the splits (bits 1 << YD_SPLIT_…) is missing and the YAML names an
 * archive: downloads it to the parent of "path" ("..", where there is no path), unpacks it there, removes it,
 * and reads the YAML anew. An archive of that name that lies there already is unpacked, and kept.
 * download_sha256, or #sha256=… behind the address, is checked. Shell commands and Python scripts are never
 * run: DATA says what to do. STOPPED where the user stops; DATA, IO, FORMAT, UNSUPPORTED as yd_download and
 * yd_unpack. */
yd_status yd_fetch_dataset(yd_dataset_yaml *yaml, unsigned splits, const yd_preset *preset, yd_arena *arena,
                           const yd_fetch_watch *watch, yd_error *error);

/* Weights that are not there: an address is downloaded into the current folder; a file whose name is that of
 * a release of YOLOv5's, to where it was wanted, from $YOLODECK_RELEASES or the project's page. *path becomes
 * where they are, in the arena. CONFIG where there is no such file and no such release; DATA, IO, STOPPED. */
yd_status yd_fetch_weights(const char **path, yd_arena *arena, const yd_fetch_watch *watch, yd_error *error);

/* A configuration file, as yd_config_find finds it; one that is named by its address is downloaded into the
 * current folder, under its own name, unless a file of that name lies there: then that is taken, and a line
 * says so. watch may be NULL. CONFIG, DATA (the server has none, or an empty one), IO, STOPPED. (training.md,
 * 2.3) */
yd_status yd_fetch_config(yd_config_kind kind, const yd_preset *preset, const char *name,
                          const yd_fetch_watch *watch, char *out, size_t capacity, yd_error *error);
