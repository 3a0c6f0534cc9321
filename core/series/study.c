#include "series/study.h"
#include "base/file.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = sizeof(yd_study_row) / sizeof(double), FILE_LIMIT = 1 << 16 };
static const char prefix[] = "study_", suffix[] = ".txt";

static int stem_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? (int)(dot - name) : (int)strlen(name);
}

void yd_study_file_name(char *out, size_t capacity, const char *data, const char *weights)
{
    snprintf(out, capacity, "%s%.*s_%.*s%s", prefix, stem_length(data), data, stem_length(weights), weights,
             suffix);
}

void yd_study_add_row(yd_text *text, const yd_study_row *row)
{
    double columns[COLUMNS];
    memcpy(columns, row, sizeof columns);
    for (size_t i = 0; i < COLUMNS; i++) yd_text_addf(text, "%s%10.4g", i ? " " : "", columns[i]);
    yd_text_add(text, "\n");
}

static bool read_number(const char *cell, double *value)
{
    *value = (double)NAN;
    return yd_parse_double(cell, value) || strcmp(cell + (*cell == '-'), "nan") == 0 ||
           strcmp(cell + (*cell == '-'), "inf") == 0;
}

/* Ten numbers, and nothing behind them. */
static bool read_line(char *line, yd_study_row *row)
{
    double columns[COLUMNS];
    char *rest = NULL, *cell = strtok_r(line, " \t\r", &rest);
    for (size_t i = 0; i < COLUMNS; i++, cell = strtok_r(NULL, " \t\r", &rest))
        if (!cell || !read_number(cell, &columns[i])) return false;
    memcpy(row, columns, sizeof columns);
    return !cell;
}

static void name_study(yd_study *study, const char *path)
{
    const char *name = yd_path_name(path);
    if (strncmp(name, prefix, sizeof prefix - 1) == 0) name += sizeof prefix - 1;
    snprintf(study->name, sizeof study->name, "%.*s", stem_length(name), name);
}

yd_status yd_study_read(const char *path, yd_study *study, yd_error *error)
{
    char *data, *rest = NULL;
    size_t length;
    yd_status status = YD_OK;
    *study = (yd_study){0};
    name_study(study, path);
    YD_TRY(yd_file_read(path, FILE_LIMIT, &data, &length, error));
    for (char *line = strtok_r(data, "\n", &rest); line && study->count < YD_STUDY_SIZES && status == YD_OK;
         line = strtok_r(NULL, "\n", &rest)) {
        if (!read_line(line, &study->rows[study->count++]))
            status = yd_fail(error, YD_ERR_FORMAT, "%s:%d: wanted %d numbers, as a study of val has them",
                             path, study->count, COLUMNS);
    }
    free(data);
    if (status == YD_OK && !study->count) status = yd_fail(error, YD_ERR_DATA, "%s: holds no line", path);
    return status;
}
