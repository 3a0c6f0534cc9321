#include "sink/wandb_folder.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "sink/wandb_log.h"
#include "sink/wandb_writer.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char prefix[] = "offline-run-";

typedef struct scan {
    int64_t step; /* the first that goes */
    int64_t cut;  /* offset of its record; -1: none */
    yd_wandb_past *past;
} scan;

static void look_at(void *context, const void *record, size_t length, int64_t offset)
{
    scan *own = context;
    int64_t step;
    double runtime;
    if (own->cut >= 0 || !yd_wandb_record_step(record, length, &step, &runtime)) return;
    if (step >= own->step) {
        own->cut = offset;
        return;
    }
    if (step > own->past->last_step) own->past->last_step = step;
    if (runtime > own->past->runtime) own->past->runtime = runtime;
}

yd_status yd_wandb_trim_file(const char *path, int64_t step, yd_wandb_past *past, int64_t *end,
                             yd_error *error)
{
    scan own = {.step = step, .cut = -1, .past = past};
    YD_TRY(yd_wandb_log_read(path, look_at, &own, end, error));
    if (own.cut < 0) return YD_OK;
    *end = own.cut;
    if (truncate(path, own.cut) == 0) return YD_OK;
    return yd_fail_errno(error, YD_ERR_IO, "%s: what a resumed run does anew cannot be cut off", path);
}

/* "offline-run-…-ID" */
static bool is_session(const char *name, const char *id)
{
    size_t length = strlen(name), tail = strlen(id);
    return strncmp(name, prefix, sizeof prefix - 1) == 0 && length > tail + sizeof prefix &&
           name[length - tail - 1] == '-' && strcmp(name + length - tail, id) == 0;
}

static yd_status trim_session(const char *folder, const char *id, int64_t step, yd_wandb_past *past,
                              yd_error *error)
{
    char path[4300], synced[4320];
    int64_t end;
    snprintf(path, sizeof path, "%.4200s/run-%s.wandb", folder, id);
    snprintf(synced, sizeof synced, "%s.synced", path);
    past->sessions++;
    if (yd_file_exists(synced) || !yd_file_exists(path)) return YD_OK;
    yd_status status = yd_wandb_trim_file(path, step, past, &end, error);
    return status == YD_ERR_FORMAT ? YD_OK : status;
}

yd_status yd_wandb_trim(const char *place, const char *id, int64_t step, yd_wandb_past *past, yd_error *error)
{
    char folder[4200];
    struct dirent *entry;
    yd_status status = YD_OK;
    *past = (yd_wandb_past){.last_step = -1};
    DIR *listing = opendir(place);
    while (listing && status == YD_OK && (entry = readdir(listing)) != NULL)
        if (is_session(entry->d_name, id) && yd_path_join(folder, sizeof folder, place, entry->d_name))
            status = trim_session(folder, id, step, past, error);
    if (listing) closedir(listing);
    return status;
}

yd_status yd_wandb_make_folder(const char *place, const char *id, int64_t wall_ns, char out[4096],
                               yd_error *error)
{
    char stamp[32], files[4200];
    struct tm parts;
    YD_TRY(yd_make_folders(place, error));
    for (time_t second = (time_t)(wall_ns / 1000000000);; second++) { /* a name that is taken: the next */
        localtime_r(&second, &parts);
        strftime(stamp, sizeof stamp, "%Y%m%d_%H%M%S", &parts);
        int length = snprintf(out, 4096, "%s/%s%s-%s", place, prefix, stamp, id);
        if (length >= 4096) return yd_fail(error, YD_ERR_IO, "%s: the path is too long", place);
        if (mkdir(out, 0777) == 0) break;
        if (errno != EEXIST) return yd_fail_errno(error, YD_ERR_IO, "cannot make %s", out);
    }
    snprintf(files, sizeof files, "%s/files", out);
    return yd_make_folders(files, error);
}

void yd_wandb_random_word(char *out, size_t length)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (size_t i = 0; i < length; i++) {
        uint32_t drawn;
        if (getrandom(&drawn, sizeof drawn, 0) != sizeof drawn)
            drawn = (uint32_t)(yd_wall_clock_ns() >> 4) * 2654435761u + (uint32_t)getpid();
        out[i] = letters[(uint64_t)drawn * (sizeof letters - 1) >> 32];
    }
    out[length] = '\0';
}

bool yd_wandb_is_id(const char *id)
{
    size_t length = strlen(id);
    return length > 0 && length <= 64 &&
           strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == length;
}
