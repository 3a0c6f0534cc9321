/* Values of TensorBoard's message Summary beside scalars. */
#pragma once
#include "base/error.h"
#include "base/text.h"
#include <stdint.h>

/* How often each of the numbers 0 to count - 1 occurs: one bin a number, around it. */
void yd_summary_histogram(yd_text *summary, const char *tag, const int64_t *occurs, int count);
/* A picture file as it is (JPEG or PNG). IO, FORMAT. */
yd_status yd_summary_picture(yd_text *summary, const char *tag, const char *path, yd_error *error);
