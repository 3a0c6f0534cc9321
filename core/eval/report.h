/* What a validation prints and writes (data_and_metrics.md, 27; product.md, `val --json`). */
#pragma once
#include "base/text.h"
#include "eval/validate.h"

/* The header line and the row "all", and with per_class a row for each class that has labels (its "images"
 * are all images seen) where there are several, as in the reference. names: [nc], control characters escaped.
 * Lines end with a newline. */
void yd_report_header(yd_text *text, yd_wording wording);
void yd_report_table(yd_text *text, yd_wording wording, const yd_metrics_result *result,
                     const char *const *names, bool per_class);
/* "Speed: 0.1ms pre-process, …": one line. */
void yd_report_speed(yd_text *text, const yd_validate_result *result, int batch, int size);

/* The object of `val --json`: classes are those that have labels, "images" of a class those that hold one. A
 * number that is not finite (a loss that was not computed) is null. */
void yd_report_json(yd_text *text, const yd_validate_result *result, const char *const *names);
/* The same, to a file, whole or not at all. IO, MEMORY. */
yd_status yd_report_write_json(const char *path, const yd_validate_result *result, const char *const *names,
                               yd_error *error);
