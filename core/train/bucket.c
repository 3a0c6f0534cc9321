#include "train/bucket.h"
#include "base/file.h"
#include "base/program.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char scheme[] = "gs://";
static const double limit_seconds = 120;

yd_status yd_bucket_open(const char *name, yd_bucket *bucket, yd_error *error)
{
    if (strncmp(name, scheme, sizeof scheme - 1) == 0) name += sizeof scheme - 1;
    size_t length = strlen(name);
    while (length && name[length - 1] == '/') length--;
    if (!length || !isalnum((unsigned char)*name) || strpbrk(name, "*?[]") ||
        length + sizeof scheme > sizeof bucket->url)
        return yd_fail(error, YD_ERR_CONFIG,
                       "--bucket %s: wanted the name of a bucket, or gs:// and the name", name);
    snprintf(bucket->url, sizeof bucket->url, "%s%.*s", scheme, (int)length, name);
    bucket->gcloud = false;
    if (yd_program_find("gsutil", bucket->program)) return YD_OK;
    bucket->gcloud = true;
    if (yd_program_find("gcloud", bucket->program)) return YD_OK;
    return yd_fail(error, YD_ERR_CONFIG,
                   "--bucket %s: neither gsutil nor gcloud is to be found in PATH; install Google Cloud's "
                   "command line, or leave --bucket out",
                   bucket->url);
}

/* The last line that the program complained with, or what it ended with. */
static yd_status tell_failure(const yd_bucket *bucket, const char *what, const char *subject, int code,
                              yd_text *complaint, yd_error *error)
{
    char shown[512], line[512] = "";
    while (complaint->length && isspace((unsigned char)complaint->data[complaint->length - 1]))
        complaint->data[--complaint->length] = '\0';
    const char *last = complaint->length ? strrchr(complaint->data, '\n') : NULL;
    if (complaint->length) yd_copy_text(line, sizeof line, last ? last + 1 : complaint->data);
    return yd_fail(error, YD_ERR_IO, "%s %s %s: it ended with status %d%s%s", yd_path_name(bucket->program),
                   what, subject, code, line[0] ? ": " : "", yd_escape(shown, sizeof shown, line));
}

/* verb: cp or du. second: NULL where there is but one. */
static yd_status call(const yd_bucket *bucket, const char *verb, const char *first, const char *second,
                      yd_text *output, yd_error *error)
{
    const char *arguments[6] = {bucket->program};
    int count = 1, code;
    yd_text complaint = {0};
    if (bucket->gcloud) arguments[count++] = "storage";
    arguments[count++] = verb;
    arguments[count++] = first;
    if (second) arguments[count++] = second;
    yd_status status = yd_program_run(arguments, limit_seconds, output, &complaint, &code, error);
    if (status == YD_OK && code != 0) status = tell_failure(bucket, verb, first, code, &complaint, error);
    yd_text_free(&complaint);
    return status;
}

static yd_status url_of(const yd_bucket *bucket, const char *file, char out[2048], yd_error *error)
{
    if (snprintf(out, 2048, "%s/%s", bucket->url, file) < 2048) return YD_OK;
    return yd_fail(error, YD_ERR_IO, "%s/%s: the name is too long", bucket->url, file);
}

/* A path that no program takes for an option. */
static yd_status plain_path(const char *path, char out[4200], yd_error *error)
{
    if (snprintf(out, 4200, "%s%s", *path == '-' ? "./" : "", path) < 4200) return YD_OK;
    return yd_fail(error, YD_ERR_IO, "%s: the path is too long", path);
}

yd_status yd_bucket_size(const yd_bucket *bucket, const char *file, int64_t *bytes, yd_error *error)
{
    char url[2048];
    yd_text output = {0};
    *bytes = 0;
    YD_TRY(url_of(bucket, file, url, error));
    yd_status status = call(bucket, "du", url, NULL, &output, error);
    if (status == YD_OK && output.length) {
        output.data[strcspn(output.data, " \t\n")] = '\0'; /* "SIZE  URL"; nothing where there is none */
        if (!yd_parse_int(output.data, bytes) || *bytes < 0)
            status = yd_fail(error, YD_ERR_IO, "%s du %s: wanted a size, found \"%.60s\"",
                             yd_path_name(bucket->program), url, output.data);
    }
    yd_text_free(&output);
    return status;
}

yd_status yd_bucket_fetch(const yd_bucket *bucket, const char *file, const char *local, yd_error *error)
{
    char url[2048], path[4200];
    YD_TRY(url_of(bucket, file, url, error));
    YD_TRY(plain_path(local, path, error));
    return call(bucket, "cp", url, path, NULL, error);
}

yd_status yd_bucket_send(const yd_bucket *bucket, const char *local, yd_error *error)
{
    char url[2048], path[4200];
    YD_TRY(url_of(bucket, yd_path_name(local), url, error));
    YD_TRY(plain_path(local, path, error));
    return call(bucket, "cp", path, url, NULL, error);
}
