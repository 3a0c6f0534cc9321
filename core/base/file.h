/* Files: whole reads, and writes that are there whole or not at all. */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole file, at most limit bytes (0: no limit), with a NUL after it; the caller frees *data. */
yd_status yd_file_read(const char *path, size_t limit, char **data, size_t *length, yd_error *error);

/* A file being written beside its target: commit syncs, renames and syncs the folder; drop removes it.
 * After any failure the target is untouched. Zero-initialise. */
typedef struct yd_atomic_file {
    int fd;
    char path[4096], temporary[4096];
} yd_atomic_file;
yd_status yd_atomic_open(yd_atomic_file *file, const char *path, yd_error *error);
yd_status yd_atomic_write(yd_atomic_file *file, const void *data, size_t length, yd_error *error);
yd_status yd_atomic_commit(yd_atomic_file *file, yd_error *error);
void yd_atomic_drop(yd_atomic_file *file);
/* All of the above in one call. */
yd_status yd_file_write(const char *path, const void *data, size_t length, yd_error *error);
/* The same of a text, which is released in any case; MEMORY where it is not whole. */
yd_status yd_file_write_text(const char *path, yd_text *text, yd_error *error);

/* Appends whole lines with one write call (creating the file), behind a newline where the last line there has
 * none: what was cut stays a line of its own. A short write is an error and is cut off again. */
yd_status yd_file_append(const char *path, const void *data, size_t length, yd_error *error);
/* The same of a text, which is released in any case; MEMORY where it is not whole. */
yd_status yd_file_append_text(const char *path, yd_text *text, yd_error *error);

/* What is closed of standard input, output and error becomes /dev/null: else the next file or socket that is
 * opened has its number, and what is printed goes there. To be called before anything is opened. */
void yd_file_hold_standard(void);

/* mkdir -p. */
yd_status yd_make_folders(const char *path, yd_error *error);
bool yd_file_exists(const char *path); /* a regular file */
bool yd_folder_exists(const char *path);
/* Joins with one slash into out; an absolute tail replaces the head. False where it does not fit. */
bool yd_path_join(char *out, size_t capacity, const char *head, const char *tail);
const char *yd_path_name(const char *path);                        /* last component */
void yd_path_parent(char *out, size_t capacity, const char *path); /* "." where there is none */
/* write() until all is written, EINTR retried. */
bool yd_write_all(int fd, const void *data, size_t length);
/* The last line of what a descriptor has so far, of at most 2 kB; "" where there is none (fd < 0 is fine). */
void yd_file_last_line(int fd, char *line, size_t capacity);
