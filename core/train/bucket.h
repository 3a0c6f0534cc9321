/* A bucket of Google Cloud Storage that evolution is shared by (training.md, 12.4), through Google's own
 * programs: gsutil, else gcloud storage, started without a shell and given two minutes. */
#pragma once
#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct yd_bucket {
    char program[4096]; /* gsutil or gcloud, absolute */
    bool gcloud;
    char url[1024]; /* gs://NAME, or gs://NAME/FOLDER */
} yd_bucket;

/* name: NAME, gs://NAME or either with a folder. CONFIG where it cannot be one, or where neither program is
 * installed. */
yd_status yd_bucket_open(const char *name, yd_bucket *bucket, yd_error *error);
/* The size of a file of the bucket; 0 where there is none. IO where the program fails. */
yd_status yd_bucket_size(const yd_bucket *bucket, const char *file, int64_t *bytes, yd_error *error);
/* Copies a file of the bucket to local, or local into the bucket, under the last part of its name. IO: it is
 * not there, or the program fails; its own words are in the message. */
yd_status yd_bucket_fetch(const yd_bucket *bucket, const char *file, const char *local, yd_error *error);
yd_status yd_bucket_send(const yd_bucket *bucket, const char *local, yd_error *error);
