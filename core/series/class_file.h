/* RUN/classes.jsonl: which validations it has, followed while an engine appends to it, and each of them on
 * demand. What is kept in memory is a few bytes a line. */
#pragma once
#include "series/class_report.h"

typedef struct yd_class_file yd_class_file;

/* Reads nothing yet. path is copied. NULL when memory is out. */
yd_class_file *yd_class_file_create(const char *path);
void yd_class_file_destroy(yd_class_file *file);

/* Looks for lines that are new, at most some megabytes at a time (then *more is true: call again). A file
 * that was cut or replaced is read anew. True where the list of validations has changed. Lines that are none,
 * and a last one without its newline, are left out; a file that is not there has none. Never waits for
 * anything but the disk. */
bool yd_class_file_refresh(yd_class_file *file, bool *more);
/* In the order of the file; an epoch that was trained again replaces the older line. */
int yd_class_file_count(const yd_class_file *file);
const yd_class_head *yd_class_file_head(const yd_class_file *file, int index);
/* IO, FORMAT, MEMORY; the caller frees with yd_class_report_free. */
yd_status yd_class_file_load(const yd_class_file *file, int index, yd_class_report *report, yd_error *error);

/* Before a run goes on at epoch and step: cuts all that was validated later, and a torn last line. A file
 * that is not there is left so. IO, MEMORY. */
yd_status yd_class_file_trim(const char *path, int epoch, int64_t step, yd_error *error);
