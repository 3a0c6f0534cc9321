/* Whether the machine's fonts have what plots and captions are to show, and what to do where they have not.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* The family that text is set in here; false where there is no font at all, and text has ASCII alone. */
bool yd_font_family(char *family, size_t capacity);

/* One sentence for the user where a name has a character that no font here has, or where there is no font at
 * all: what is missing, what is shown instead, and which package has it. False, and nothing written, where
 * all can be shown. names: [count], raw. */
bool yd_font_advice(const char *const *names, int count, char *out, size_t capacity);
