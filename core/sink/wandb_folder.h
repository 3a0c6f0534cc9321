/* The folders of W&B's offline runs: PLACE/offline-run-YYYYMMDD_HHMMSS-ID, one a session, with run-ID.wandb
 * and files/. */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What earlier sessions of a run have left. */
typedef struct yd_wandb_past {
    int sessions;
    int64_t last_step; /* of their history; -1: it has none */
    double runtime;    /* seconds of the run at its last step */
} yd_wandb_past;

/* Cuts the logs of the run that are not synced yet before the first step of their history at step or behind
 * it: what a resumed run does anew. A log that cannot be read is left alone. IO. */
yd_status yd_wandb_trim(const char *place, const char *id, int64_t step, yd_wandb_past *past,
                        yd_error *error);
/* The same of one file; the end of what stays, in bytes. */
yd_status yd_wandb_trim_file(const char *path, int64_t step, yd_wandb_past *past, int64_t *end,
                             yd_error *error);

/* Makes the folder of a session that began at wall_ns, and files/ in it: its path. IO. */
yd_status yd_wandb_make_folder(const char *place, const char *id, int64_t wall_ns, char out[4096],
                               yd_error *error);

/* A word of random letters and digits, as W&B names runs: length of them, terminated. */
void yd_wandb_random_word(char *out, size_t length);
/* Whether a run can have that id: 1 to 64 letters, digits and -_ */
bool yd_wandb_is_id(const char *id);
