#include "support/events.h"
#include "base/file.h"
#include "series/run_series.h"
#include "support/test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES = 8 };

typedef struct events {
    char name[64];
    yd_series_store *store;
    int64_t wanted;
} events;

static void load(events *own, const char *folder)
{
    char path[4400];
    yd_run_series *run;
    yd_run_series_report report;
    own->store = yd_series_store_create();
    snprintf(path, sizeof path, "%s/%s", folder, own->name);
    REQUIRE(own->store && yd_run_series_open(path, own->store, &run, NULL) == YD_OK);
    while (yd_run_series_update(run, 0)) continue;
    yd_run_series_tell(run, &report);
    CHECK(report.corrupt == 0 && report.records > 30);
    yd_run_series_close(run);
}

static events *find(events files[FILES], const char *folder, const char *name)
{
    int i = 0;
    while (i < FILES && files[i].store && strcmp(files[i].name, name) != 0) i++;
    REQUIRE(i < FILES);
    if (files[i].store) return &files[i];
    snprintf(files[i].name, sizeof files[i].name, "%s", name);
    load(&files[i], folder);
    return &files[i];
}

static void check_line(events files[FILES], const char *folder, const char *line)
{
    char name[64], tag[64];
    double step, value;
    yd_series_point point;
    REQUIRE(sscanf(line, "%63s %63s %lf %lf", name, tag, &step, &value) == 4);
    events *file = find(files, folder, name);
    file->wanted++;
    const yd_series *series = yd_series_store_find(file->store, tag);
    REQUIRE(series && yd_series_nearest(series, YD_AXIS_STEP, step, &point) && (double)point.step == step);
    if (isfinite(value))
        CHECK_NEAR(point.mean, value, 0);
    else
        CHECK(point.count == 0 && point.not_finite == 1);
    CHECK(point.wall > 1.6e9);
}

int yd_test_events_check(const char *folder)
{
    events files[FILES] = {0};
    char path[4400], *text;
    size_t length;
    int lines = 0;
    snprintf(path, sizeof path, "%s/expected.txt", folder);
    REQUIRE(yd_file_read(path, 0, &text, &length, NULL) == YD_OK);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++)
        check_line(files, folder, line);
    free(text);
    for (int i = 0; i < FILES && files[i].store; i++) {
        int64_t kept = 0;
        for (int k = 0; k < yd_series_store_count(files[i].store); k++)
            kept += yd_series_count(yd_series_store_at(files[i].store, k));
        CHECK(kept == files[i].wanted);
        yd_series_store_destroy(files[i].store);
    }
    return lines;
}
