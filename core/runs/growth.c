#include "runs/growth.h"
#include "base/file.h"
#include "base/text.h"
#include "series/event_file.h"
#include <dirent.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_CAPACITY = 4096, NAME_CAPACITY = 256 };
#define SECOND_NS      1000000000LL
#define UNKNOWN_PERIOD 1800.0 /* seconds */
/* Whatever the period: what has been quiet for so long is not read at all. */
#define LONGEST_NS (10 * 86400 * SECOND_NS)
#define COPYING_NS (5 * SECOND_NS)

static int64_t changed_ns(const struct stat *info)
{
    return info->st_mtim.tv_sec * SECOND_NS + info->st_mtim.tv_nsec;
}

/* 0 where it is not there. */
static int64_t file_ns(const char *folder, const char *name)
{
    char path[PATH_CAPACITY];
    struct stat info;
    bool found = yd_path_join(path, sizeof path, folder, name) && stat(path, &info) == 0;
    return found && S_ISREG(info.st_mode) ? changed_ns(&info) : 0;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The event file that was written last; "" for none. */
typedef struct newest_file {
    char path[PATH_CAPACITY];
    int64_t changed_ns;
} newest_file;

static void find_event_file(const char *folder, newest_file *newest)
{
    DIR *handle = opendir(folder);
    for (struct dirent *child; handle && (child = readdir(handle));) {
        char path[PATH_CAPACITY];
        struct stat info;
        if (!strstr(child->d_name, "tfevents") || !yd_path_join(path, sizeof path, folder, child->d_name) ||
            stat(path, &info) != 0 || !S_ISREG(info.st_mode) || changed_ns(&info) <= newest->changed_ns)
            continue;
        yd_copy_text(newest->path, sizeof newest->path, path);
        newest->changed_ns = changed_ns(&info);
    }
    if (handle) closedir(handle);
}

/* When values came: the newest time, and the longest between two of them. Seconds; NAN: not known. */
typedef struct rhythm {
    double newest, period;
} rhythm;

static void take_item(void *context, const yd_event_item *item)
{
    rhythm *own = context;
    if (!isfinite(item->wall) || item->wall <= 0) return;
    double gap = item->wall - own->newest;
    if (gap > 0 && !(own->period >= gap)) own->period = gap;
    if (!(own->newest >= item->wall)) own->newest = item->wall;
}

static rhythm read_rhythm(const char *path)
{
    rhythm own = {NAN, NAN};
    yd_event_file *file;
    if (!path[0] || yd_event_file_open(path, &file, NULL) != YD_OK) return own;
    yd_event_file_skip(file, YD_EVENT_FILE_WINDOW);
    yd_event_file_read(file, 0, take_item, &own);
    yd_event_file_close(file);
    return own;
}

/* The mean time of an epoch, as far as times of files tell it. A copy has them all at once, in any order;
 * where opt.yaml is clearly the newer one, the run was taken up again and has finished no epoch since. */
static double mean_period(const char *folder, int64_t table_ns, int rows)
{
    int64_t begun_ns = file_ns(folder, "opt.yaml");
    if (!begun_ns || rows <= 0 || begun_ns - table_ns > COPYING_NS) return NAN;
    return table_ns > begun_ns ? (double)(table_ns - begun_ns) / (double)SECOND_NS / rows : 0;
}

yd_growth yd_growth_of(const char *folder, int rows, int64_t wall_ns)
{
    newest_file events = {0};
    struct stat own;
    if (stat(folder, &own) != 0) return YD_GROWTH_OVER;
    int64_t table_ns = later(file_ns(folder, "results.csv"), file_ns(folder, "results.txt"));
    int64_t newest_ns = S_ISREG(own.st_mode) ? changed_ns(&own) : table_ns;
    if (S_ISDIR(own.st_mode))
        find_event_file(folder, &events);
    else if (strstr(yd_path_name(folder), "tfevents"))
        yd_copy_text(events.path, sizeof events.path, folder);
    newest_ns = later(newest_ns, later(events.changed_ns, file_ns(folder, "opt.yaml")));
    /* YOLOv5 draws its curves when the last epoch is over, also where patience has ended the run. */
    int64_t drawn_ns = file_ns(folder, "results.png");
    if (wall_ns - newest_ns > LONGEST_NS || (table_ns && drawn_ns >= table_ns)) return YD_GROWTH_OVER;

    rhythm beat = read_rhythm(events.path);
    double period = isfinite(beat.period) ? beat.period : mean_period(folder, table_ns, rows);
    if (!isfinite(period)) period = UNKNOWN_PERIOD;
    double quiet = (double)(wall_ns - newest_ns) / (double)SECOND_NS;
    double by_values = (double)wall_ns / (double)SECOND_NS - beat.newest;
    if (by_values > quiet) quiet = by_values; /* a NAN is not */
    return quiet <= 3 * period + 120    ? YD_GROWTH_GOES_ON
           : quiet <= 10 * period + 600 ? YD_GROWTH_QUIET
                                        : YD_GROWTH_OVER;
}
